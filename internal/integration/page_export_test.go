package integration_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

func TestPageExportsSVG(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{Title: `Films & "more" <1>`}, "light")
	p.click(`.box[title^="stg_title_basics"]`)
	groups, names := readSVG(t, p.export("small"))
	if groups != 17+1 { // one of all lines
		t.Errorf("%d groups, want 18", groups)
	}
	for _, name := range []string{`Films & "more" <1>`, "dim_titles", "athena/model.athena.stg_title_crew"} {
		if !slices.Contains(names, name) {
			t.Errorf("no text %q among %q", name, names)
		}
	}
}

// export presses the button and returns the file that is downloaded.
func (p *tab) export(name string) []byte {
	p.t.Helper()
	p.click("#export")
	var svg []byte
	err := errors.New("not tried")
	for range 200 {
		if svg, err = os.ReadFile(filepath.Join(p.downloads, "lineage.svg")); err == nil && len(svg) > 0 {
			break
		}
		p.do(chromedp.Sleep(20 * time.Millisecond))
	}
	p.check(err)
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		p.check(os.WriteFile(filepath.Join(dir, name+".svg"), svg, 0o644))
	}
	return svg
}

// readSVG reads a file as XML and returns the number of groups and all texts.
func readSVG(t *testing.T, svg []byte) (groups int, texts []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return groups, texts
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "g" {
				groups++
			}
			if token.Name.Local == "script" || token.Name.Local == "style" {
				t.Errorf("the file has a %s", token.Name.Local)
			}
		case xml.CharData:
			texts = append(texts, string(token))
		}
	}
}
