package integration_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// A tab is a page open in a browser. It notes what the page must
// never do; the test that opened it fails for each.
type tab struct {
	t         *testing.T
	ctx       context.Context
	url       string
	downloads string // directory
	provoked  bool   // whether the test makes the page misbehave

	mu       sync.Mutex
	problems []string // errors on the console, violations of the policy
	requests []string
}

// openPage writes the page of g to a file and opens it. Scheme is the colour
// scheme, "light" or "dark".
func openPage(t *testing.T, g *dag.Graph, opts dag.HTMLOptions, scheme string) *tab {
	t.Helper()
	var page bytes.Buffer
	if err := g.WriteHTML(&page, opts); err != nil {
		t.Fatal(err)
	}
	return openHTML(t, page.Bytes(), scheme)
}

// openHTML writes any page to a file and opens it.
func openHTML(t *testing.T, page []byte, scheme string) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, page, 0o644); err != nil {
		t.Fatal(err)
	}
	p := &tab{t: t, ctx: startBrowser(t), url: "file://" + file, downloads: t.TempDir()}
	p.prepare(scheme)
	p.do(chromedp.Navigate(p.url))
	t.Cleanup(p.checkConduct)
	return p
}

// startBrowser returns the context of a new browser's only tab.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{cmp.Or(os.Getenv("CHROMIUM"), "chromium"), "chromium-browser", "google-chrome"} { // as engines.sh
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		missing(t, "chromium")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(profileDir(t)),
		chromedp.Headless, chromedp.NoFirstRun, chromedp.DisableGPU,
	}
	for _, flag := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which does not work for root
	}
	ctx, _ = chromedp.NewExecAllocator(ctx, options...)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx) })
	return ctx
}

// profileDir returns a new directory for what a browser writes. It is not a
// t.TempDir, for the browser may go on writing for a moment after it was stopped.
func profileDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "page-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 50 {
			if err = os.RemoveAll(dir); err == nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Log(err)
	})
	return dir
}

// prepare makes the tab ready before the page is opened.
func (p *tab) prepare(scheme string) {
	p.t.Helper()
	p.check(chromedp.Listen(p.ctx, p.note))
	_, err := chromedp.Call(p.ctx, log.Enable, cdp.Empty{})
	p.check(err)
	_, err = chromedp.Call(p.ctx, network.Enable, network.EnableParams{})
	p.check(err)
	_, err = chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		},
	})
	p.check(err)
	_, err = chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: p.downloads,
	})
	p.check(err)
	p.do(chromedp.EmulateViewport(1440, 900))
}

// note is called for every event of the tab.
func (p *tab) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded: // violations of the policy are among them
		p.problems = append(p.problems, fmt.Sprintf("log %s: %s", e.Entry.Level, e.Entry.Text))
	case *runtime.EventExceptionThrown:
		p.problems = append(p.problems, fmt.Sprintf("exception: %+v", e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		p.problems = append(p.problems, fmt.Sprintf("console %s", e.Type))
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

// checkConduct fails the test for what the page must never do.
func (p *tab) checkConduct() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.provoked {
		return
	}
	for _, problem := range p.problems {
		p.t.Errorf("the page reports: %s", problem)
	}
	for _, url := range p.requests {
		if url != p.url && !strings.HasPrefix(url, "blob:") { // the exported file
			p.t.Errorf("the page asks for %s", url)
		}
	}
	if !slices.Contains(p.requests, p.url) {
		p.t.Error("the request for the page itself was not seen, so no other would be")
	}
}

func (p *tab) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.check(chromedp.Do(p.ctx, actions...))
}

// get evaluates an expression in the page.
func get[T any](p *tab, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	p.check(err)
	return v
}

// want compares the value of an expression.
func want[T comparable](p *tab, expression string, want T) {
	p.t.Helper()
	if got := get[T](p, expression); got != want {
		p.t.Errorf("%s is %v, want %v", expression, got, want)
	}
}

// click presses the mouse on the middle of an element, like a person does.
func (p *tab) click(selector string) {
	p.t.Helper()
	at := get[[]float64](p, fmt.Sprintf(`(e => {
		e.scrollIntoView({block: 'nearest'});
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})(document.querySelector(%q))`, selector))
	p.do(chromedp.MouseClickXY(at[0], at[1]))
}

// types presses keys, wherever the focus is.
func (p *tab) types(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// screenshot saves what the page looks like if $SCREENSHOTS names a directory.
func (p *tab) screenshot(name string) {
	p.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	p.check(err)
	p.check(os.MkdirAll(dir, 0o755))
	p.check(os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}
