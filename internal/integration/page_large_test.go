package integration_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// TestPageOfLargeGraph proves that the page stays small whatever is done to it.
func TestPageOfLargeGraph(t *testing.T) {
	start := time.Now()
	g := warehouse(t, 10_000)
	t.Logf("%d nodes, %d edges, made in %v", len(g.Nodes), len(g.Edges), time.Since(start))
	start = time.Now()
	p := openPage(t, g, dag.HTMLOptions{Title: "Warehouse"}, "light")
	t.Logf("written and opened in %v", time.Since(start))
	opened := get[float64](p, `performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd`)
	t.Logf("usable after %.0f ms in the browser", opened)
	if opened > 5000 {
		t.Errorf("the page needs %.0f ms to open", opened)
	}
	small := func(what string) {
		t.Helper()
		n := get[int](p, `document.querySelectorAll('*').length`)
		t.Logf("%-50s %4d elements; %s", what, n, p.names("#status"))
		if n > 2000 {
			t.Errorf("%s: %d elements", what, n)
		}
	}
	small("at first")
	p.screenshot("large")
	want(p, `document.getElementById('whole').disabled`, true)
	want(p, `document.getElementById('focus').getAttribute('aria-pressed')`, "true")

	p.click(".box.center")
	small("first node selected")
	p.screenshot("large-details")
	p.press("/")
	p.types("o")
	want(p, `document.querySelectorAll('.result').length`, 40)
	small("search with many results")
	p.types(kb.Escape)
	p.press("/")
	p.types("name:hub" + kb.Enter)
	p.wantNames("#panel h2", "hub")
	small("node of highest degree selected")
	p.screenshot("large-hub")
	p.press("/")
	p.types("o")
	small("and results open")
	p.types(kb.Escape)
	begin := time.Now()
	p.choose("hops-up", "Infinity")
	p.choose("hops-down", "Infinity")
	small("hops set to all")
	t.Logf("two drawings of that size in %v", time.Since(begin))
	p.screenshot("large-all")
	if status := p.names("#status")[0]; !strings.Contains(status, " of ") {
		t.Errorf("status %q does not say that the drawing is cut", status)
	}
	p.press("/")
	p.types("o")
	small("and results open")
	p.types(kb.Escape)
	p.click("#report")
	small("report open")
	p.press("/")
	p.types("o")
	small("and results open")
	p.types(kb.Escape)
	readSVG(t, p.export("large"))
	small("after the export")
}
