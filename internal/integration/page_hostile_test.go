package integration_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

func TestPageShowsHostileNamesVerbatim(t *testing.T) {
	names := []string{
		`</script><script>window.pwned = 1</script>`, `<img src=x onerror="window.pwned = 1">`, `{{.}} ${alert(1)}`,
		"line\nbreak\ttab\u2028", "\u202eright to left", "nul\x00 bell\a", `__proto__`, `constructor`, `' " & \ <!-- ]]>`,
		"Größe 表 🦆", strings.Repeat("very long ", 100),
	}
	var nodes []dag.Node
	var edges []dag.Edge
	for i, name := range names {
		nodes = append(nodes, dag.Node{
			ID: fmt.Sprintf("%02d %s", i, name), Project: name, UniqueID: name, Type: name, Name: name, Description: name,
			Owner: name, Tags: []string{name}, Columns: []dag.Column{{Name: name, Type: name, Description: name}},
			Members: []dag.Ref{{Project: name, UniqueID: name}, {Project: names[0], UniqueID: name}},
		})
		if i > 0 {
			edges = append(edges, dag.Edge{From: nodes[0].ID, To: nodes[i].ID})
		}
	}
	g := newGraph(t, nodes, edges)
	g.Report.Unmatched = []dag.Ref{nodes[0].Members[0], {Project: names[1], UniqueID: names[2]}}
	p := openPage(t, g, dag.HTMLOptions{Title: names[0]}, "light")
	p.wantNames("h1", names[0])
	p.wantNames(".box", names...)
	p.screenshot("hostile")
	for i, name := range names {
		p.check(chromedp.Do(p.ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector('[data-node="%d"]').click()`, i))))
		p.wantNames("#panel h2", name)
		p.wantNames("#panel .description", name)
		p.wantNames("#panel .columns dt", name)
		p.press("/")
		p.types("name:" + strings.ToUpper(strings.Fields(name)[0]) + kb.Enter)
	}
	p.click("#report")
	want(p, `document.querySelectorAll('script').length`, 2)
	want(p, `document.querySelectorAll('img').length`, 0)
	want(p, `typeof window.pwned`, "undefined")

	if groups, _ := readSVG(t, p.export("hostile")); groups != len(names)+1 {
		t.Errorf("the exported file has %d groups, want %d", groups, len(names)+1)
	}
}

// TestPagePolicy breaks the page's rules on purpose. It shows that they hold and
// that the other tests would see it if the page broke them.
func TestPagePolicy(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{}, "light")
	p.provoked = true
	for act, report := range map[string]string{
		`document.body.innerHTML = '<p>markup</p>'`:                                                 "TrustedHTML",
		`document.body.setAttribute('style', 'color: red')`:                                         "Content Security Policy",
		`document.body.appendChild(document.createElement('img')).src = 'http://127.0.0.1:9/pixel'`: "Content Security Policy",
		`fetch('http://127.0.0.1:9/')`:                                                              "Content Security Policy",
	} {
		p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`try { Promise.resolve(%s).catch(() => {}) } catch { }`, act)))
		p.eventuallyReports(report, act)
	}
	want(p, `document.querySelectorAll('.box').length`, 17)
}

// eventuallyReports waits until the page reports something, and forgets it.
func (p *tab) eventuallyReports(text, cause string) {
	p.t.Helper()
	for range 100 {
		p.mu.Lock()
		found := slices.ContainsFunc(p.problems, func(s string) bool { return strings.Contains(s, text) })
		p.problems = nil
		p.mu.Unlock()
		if found {
			return
		}
		p.do(chromedp.Sleep(20 * time.Millisecond))
	}
	p.t.Errorf("nothing is reported about %s", cause)
}

func TestPageOfNothing(t *testing.T) {
	p := openPage(t, newGraph(t, nil, nil), dag.HTMLOptions{}, "light")
	p.wantNames("#status", "This graph has no nodes")
	p.types(kb.ArrowRight + kb.Escape + "0+-f")
	p.click("#report")
	p.click("#fit")
	p.export("nothing")
	want(p, `document.querySelectorAll('.box').length`, 0)
}
