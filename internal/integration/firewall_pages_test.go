package integration_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/logs"
)

// runExample runs an example of this repository with flags, and returns the page that
// it wrote to the file that comes after them.
func runExample(t *testing.T, name string, flags ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	cmd := exec.Command("go", append(append([]string{"run", "-C", "../..", "./examples/" + name}, flags...), file)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// TestFirewallDashboardPage opens the page of examples/firewall-dashboard: every widget
// is there, has a size, and none lies over another.
func TestFirewallDashboardPage(t *testing.T) {
	page := runExample(t, "firewall-dashboard", "-firewall", "edge-inspection", "-alarms", "-body", "", "-o")
	for _, scheme := range []string{"light", "dark"} {
		p := openHTML(t, page, scheme)
		want(p, `document.querySelector("h1").textContent`, "edge-inspection-dashboard")
		want(p, `document.querySelectorAll(".grid > *").length`, 60)
		want(p, `document.querySelectorAll(".card.rule").length`, 26)
		want(p, `[...document.querySelectorAll(".grid > *, h1, table.alarms tr")].filter(e => !e.checkVisibility() || e.innerText.trim() == "").length`, 0)
		want(p, overlapping(".grid > *"), 0)
		want(p, `document.querySelectorAll("table.alarms tbody tr").length > 0`, true)
		want(p, `document.documentElement.scrollWidth <= innerWidth`, true)
		p.screenshot("firewall-dashboard-" + scheme)
	}
}

// overlapping is an expression for how many pairs of elements lie over one another.
func overlapping(selector string) string {
	return `(boxes => boxes.reduce((n, a, i) => n + boxes.slice(i + 1).filter(b =>
		a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1).length, 0)
	)([...document.querySelectorAll("` + selector + `")].map(e => e.getBoundingClientRect()))`
}

// TestFirewallLogsPage opens the page of examples/firewall-logs: every card has rows, and
// each row and bar can be seen.
func TestFirewallLogsPage(t *testing.T) {
	page := runExample(t, "firewall-logs", "-quiet", "-html")
	for _, scheme := range []string{"light", "dark"} {
		p := openHTML(t, page, scheme)
		want(p, `document.querySelectorAll("article.card").length > 20`, true)
		want(p, `[...document.querySelectorAll("article.card")].filter(e => e.querySelectorAll("li").length == 0).length`, 0)
		want(p, `[...document.querySelectorAll("h1, h2, h3, .tiles li, .card li .key, .card li .n, tbody tr")].filter(e => !e.checkVisibility() || e.innerText.trim() == "").length`, 0)
		want(p, `[...document.querySelectorAll(".timeline rect.flow, .card svg.bar rect")].filter(e => e.getBoundingClientRect().height == 0).length`, 0)
		want(p, overlapping("main .card"), 0)
		want(p, `document.documentElement.scrollWidth <= innerWidth`, true)
		want(p, `[...document.querySelectorAll("nav a")].filter(a => !document.querySelector(a.hash)).length`, 0)
		p.screenshot("firewall-logs-" + scheme)
	}
}

// TestFirewallLogsPageHostile opens a page of logs whose every text tries to break out.
func TestFirewallLogsPageHostile(t *testing.T) {
	texts := []string{
		`</script><script>window.pwned = 1</script>`, `"><img src=x onerror="window.pwned = 1">`, `' onmouseover='window.pwned = 1`,
		`</style></svg></title><svg onload="window.pwned = 1">`, "{{.}} ${alert(1)}", "\u202eright to left", "nul\x00 bell\a", `<!--`, `]]>`,
		`<a href="javascript:window.pwned = 1">x</a>`, `&lt;b&gt;`, strings.Repeat("very long ", 100), strings.Repeat("x", 5000),
	}
	page := hostilePage(t, texts)
	p := openHTML(t, page, "light")
	want(p, `document.querySelectorAll("script").length`, 2) // the page's own, which are empty
	want(p, `document.querySelectorAll("img, style:not(head style), a:not(nav a), [onload], [onerror], [onmouseover]").length`, 0)
	want(p, `typeof window.pwned`, "undefined")
	want(p, `document.body.innerText.includes("<script>window.pwned = 1</script>")`, true)
	want(p, `document.body.innerText.includes("&lt;b&gt;")`, true)
	want(p, `document.body.innerText.includes("\u202e")`, false)
	want(p, `document.documentElement.scrollWidth <= innerWidth`, true)
	p.screenshot("firewall-logs-hostile")
}

// hostilePage is a report about events all of whose texts are one of some, and of lines
// that are none.
func hostilePage(t *testing.T, texts []string) []byte {
	t.Helper()
	var sources []logs.Source
	for i, text := range texts {
		var lines bytes.Buffer
		event := map[string]any{
			"timestamp": fmt.Sprintf("2026-03-02T06:%02d:00.000000+0000", i), "flow_id": i, "event_type": "alert", "src_ip": text, "src_port": text,
			"dest_ip": text, "dest_port": text, "proto": text, "app_proto": text, "verdict": map[string]any{"action": text},
			"alert": map[string]any{"action": "blocked", "signature_id": i + 1, "signature": text, "category": text, "severity": 1},
			"http":  map[string]any{"hostname": text, "url": text, "http_user_agent": text, "http_method": text}, "tls": map[string]any{"sni": text},
		}
		for _, kind := range []string{"alert", "netflow"} {
			event["event_type"] = kind
			event["netflow"] = map[string]any{"pkts": 1, "bytes": 10, "age": 400, "tcp_flags": text}
			line, err := json.Marshal(map[string]any{"firewall_name": text, "availability_zone": text, "event_timestamp": "1772431200", "event": event})
			if err != nil {
				t.Fatal(err)
			}
			lines.Write(append(line, '\n'))
		}
		fmt.Fprintf(&lines, "%s\n", strings.ReplaceAll(text, "\n", " ")) // which is no JSON
		sources = append(sources, logs.Source{Name: text, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(&lines), nil }})
	}
	sources = append(sources, logs.Source{Name: texts[0], Open: func(context.Context) (io.ReadCloser, error) { return nil, errors.New(texts[1]) }})
	report, err := logs.Analyze(t.Context(), logs.Options{Top: 100, Sources: func(yield func(logs.Source, error) bool) {
		for _, s := range sources {
			if !yield(s, nil) {
				return
			}
		}
	}})
	if len(report.Answers) == 0 || err == nil {
		t.Fatalf("%d answers, %v", len(report.Answers), err)
	}
	var page bytes.Buffer
	if err := report.WriteHTML(&page, logs.HTMLOptions{Title: texts[0]}); err != nil {
		t.Fatal(err)
	}
	return page.Bytes()
}
