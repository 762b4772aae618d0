package integration_test

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestDashboardPage opens the page of the example: all widgets are on the grid, none over
// another and none with a title that is cut off, and it asks the network for nothing.
func TestDashboardPage(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "firewall-dashboard")
	runIn(t, "../..", "go", "build", "-o", program, "./examples/firewall-dashboard")
	runIn(t, dir, program)
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			p := &tab{t: t, ctx: startBrowser(t), url: "file://" + filepath.Join(dir, "firewall-dashboard.html"), downloads: t.TempDir()}
			p.prepare(scheme)
			p.do(chromedp.EmulateViewport(1600, 1200), chromedp.Navigate(p.url))
			t.Cleanup(p.checkConduct)
			want(p, `document.querySelectorAll(".grid > *").length`, 60)
			want(p, `(() => {
				const boxes = [...document.querySelectorAll(".grid > *")].map(e => e.getBoundingClientRect());
				return boxes.filter((a, i) => boxes.some((b, j) => i < j && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
			})()`, 0)
			want(p, `[...document.querySelectorAll(".card h3, .heading h2")].filter(e => e.scrollWidth > e.clientWidth + 1).length`, 0)
			want(p, `document.documentElement.scrollWidth <= window.innerWidth`, true)
			want(p, `getComputedStyle(document.querySelector(".card.rule")).borderTopColor == getComputedStyle(document.querySelector(".card.log")).borderTopColor`, false)
			p.screenshot("firewall-dashboard-" + scheme)
		})
	}
}
