package integration_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
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
