package share

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/awspatterns/awspatterns/internal/page"
	"github.com/awspatterns/awspatterns/internal/printable"
)

var (
	//go:embed page/page.css
	pageCSS string
	//go:embed page/audit.html
	auditHTML string
	//go:embed page/drill.html
	drillHTML string
)

// WriteHTML writes the result as a page: one file that asks the network for nothing and runs
// no script. Findings come first, then a matrix of schemas and warehouses, with tables that
// differ, then who can do what, through what, and why not. What names hold is escaped and made
// safe to look at. Of much it shows a part, and says how much there is; the JSON has all.
func (r AuditResult) WriteHTML(w io.Writer) error {
	return writePage(w, "Who can read and write", auditHTML, r.page())
}

// WriteHTML writes the result as a page: one file that asks the network for nothing and runs
// no script.
func (d DrillResult) WriteHTML(w io.Writer) error {
	return writePage(w, "If "+safe(d.Paused)+" were paused", drillHTML, d.page())
}

func writePage(w io.Writer, title, text string, data any) error {
	t, err := template.New("body").Parse(text)
	var body strings.Builder
	if err == nil {
		err = t.Execute(&body, data)
	}
	if err == nil {
		err = page.Document{Title: title, Style: pageCSS, Body: body.String()}.Write(w)
	}
	if err != nil {
		return fmt.Errorf("share: write HTML: %w", err)
	}
	return nil
}

// safe makes a text safe to look at, and cuts it to 300 characters.
func safe(text string) string {
	text = printable.Replace(text)
	if r := []rune(text); len(r) > 300 {
		return string(r[:299]) + "…"
	}
	return text
}

// A pageTile is a number that is shown large.
type pageTile struct {
	Class, Name string
	Number      int
	More        string
}

// classOfVerdict returns the style of a verdict.
func classOfVerdict(v Verdict) string {
	switch v {
	case Yes:
		return "kept"
	case No:
		return "lost"
	}
	return "unsure"
}

// shown tells how much of a list is shown.
func shown(shown, all int) string {
	if shown < all {
		return fmt.Sprintf("the first %d of %d", shown, all)
	}
	return fmt.Sprint(all)
}
