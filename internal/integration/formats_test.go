package integration_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// hostileNames mean something in one of the formats that graphs are written in.
var hostileNames = []string{
	`plain`, `"quoted"`, `back\`, `both\"`, "new\nline", "nul\x00bell\a", `</script><script>alert(1)</script>`, `{{ template }}`, `#quot; #35;`,
	`<b>&amp;</b>`, `]]>`, `a|b`, "back`tick", `%%{init: {"theme":"dark"}}%%`, `end`, `ünïcødé 表 🦆`, "right\u202eleft", `-- > x`, `\N\G`, `&lt;`, `click n0`, `1. first`, `- dash`, `__init__`, `*star*`, `# head`, `> quote`, `_it_`,
}

func hostileGraph(t *testing.T) *dag.Graph {
	t.Helper()
	var nodes []dag.Node
	var edges []dag.Edge
	for i, name := range hostileNames {
		types := []string{"model", "source", "exposure"}
		nodes = append(nodes, dag.Node{ID: fmt.Sprintf("p/%02d%s", i, name), Project: "p" + name, UniqueID: name, Type: types[i%3], Name: name, Relation: name})
		if i > 0 {
			edges = append(edges, dag.Edge{From: nodes[i-1].ID, To: nodes[i].ID})
		}
	}
	return newGraph(t, nodes, edges)
}

// TestGraphvizDrawsHostileNames lets Graphviz draw the names and reads them back
// from its SVG.
func TestGraphvizDrawsHostileNames(t *testing.T) {
	path := engine(t, "graphviz", "dot")
	var text, errs bytes.Buffer
	if err := hostileGraph(t).WriteDOT(&text); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-Tsvg")
	cmd.Stdin, cmd.Stderr = &text, &errs
	svg, err := cmd.Output()
	if err != nil || strings.Contains(errs.String(), "rror") {
		t.Fatalf("%v: %s", err, errs.String())
	}
	drawn := svgTexts(t, svg)
	for _, name := range hostileNames {
		want := strings.NewReplacer("\n", " ", "\x00", "\ufffd", "\a", "\ufffd").Replace(name)
		if !drawn[want] {
			t.Errorf("%q is not drawn as it is", name)
		}
	}
	if n := bytes.Count(svg, []byte(`class="edge"`)); n != len(hostileNames)-1 {
		t.Errorf("%d edges drawn, want %d", n, len(hostileNames)-1)
	}
}

func svgTexts(t *testing.T, svg []byte) map[string]bool {
	t.Helper()
	texts := map[string]bool{}
	d := xml.NewDecoder(bytes.NewReader(svg))
	d.Entity = map[string]string{"nbsp": "\u00a0"}
	inText := false
	for {
		token, err := d.Token()
		if token == nil {
			if err.Error() != "EOF" {
				t.Fatal(err)
			}
			return texts
		}
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text"
		case xml.CharData:
			if inText {
				texts[strings.ReplaceAll(string(token), "\u00a0", " ")] = true
			}
		}
	}
}

// TestMermaidDrawsHostileNames lets Mermaid draw the names in a page.
func TestMermaidDrawsHostileNames(t *testing.T) {
	script := engine(t, "mermaid", "mermaid.min.js")
	ctx := startBrowser(t)
	var text bytes.Buffer
	if n, err := hostileGraph(t).WriteMermaid(&text); err != nil || n != 1 {
		t.Fatalf("%d diagrams, %v", n, err)
	}
	literal, err := json.Marshal(text.String())
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "page.html")
	html := fmt.Sprintf(`<!doctype html><meta charset="utf-8"><body><script src="file://%s"></script><script>
mermaid.initialize({startOnLoad: false, securityLevel: "strict"});
window.result = "";
const diagram = %s;
mermaid.render("drawing", diagram).then(
  r => { document.body.innerHTML = r.svg; window.result = "drawn"; }, e => { window.result = "error: " + e; });
</script>`, script, literal)
	if err := os.WriteFile(page, []byte(html), 0o666); err != nil {
		t.Fatal(err)
	}
	p := &tab{t: t, ctx: ctx}
	p.do(chromedp.Navigate("file://" + page))
	var result string
	for range 100 {
		if result = get[string](p, "window.result"); result != "" {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if result != "drawn" {
		t.Fatalf("Mermaid: %q\n%s", result, text.String())
	}
	drawn := map[string]bool{}
	for _, label := range get[[]string](p, `[...document.querySelectorAll(".nodeLabel")].map(e => e.textContent)`) {
		drawn[label] = true
	}
	for _, name := range hostileNames {
		want := strings.NewReplacer("\n", " ", "\x00", "\ufffd", "\a", "\ufffd").Replace(name)
		if !drawn[want] {
			t.Errorf("%q is not drawn as it is; drawn are %v", name, drawn)
		}
	}
}
