package dag_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// hostile are names that mean something in one of the formats.
var hostile = []string{
	`plain`, `"quoted"`, `back\slash`, `back\`, `both\"`, "new\nline", "carriage\r\nreturn", "tab\tnul\x00bell\a", `</script><script>alert(1)</script>`,
	`{{ template }}`, `${x} #{y} #quot; #35;`, `<b>&amp;</b>`, `]]>`, `a|b`, "back`tick``s", `%%{init: {"theme":"dark"}}%%`, `end`, `'; drop table`,
	`=cmd()`, `;semi,colon`, `ünïcødé 表 🦆`, "right\u202eleft", "line\u2028separator", `-- > x`, strings.Repeat("long", 300), `\N\G\L`, "\ufffe",
}

// hostileGraph has a node for each of the names, in a chain.
func hostileGraph(t *testing.T) *dag.Graph {
	t.Helper()
	var nodes []dag.Node
	var edges []dag.Edge
	for i, name := range hostile {
		nodes = append(nodes, dag.Node{ID: fmt.Sprintf("p%s/%02d%s", name, i, name), Project: "p" + name, UniqueID: name, Type: "model", Name: name,
			Relation: name, Description: name, Owner: name, Tags: []string{name}, Columns: []dag.Column{{Name: name, Type: name, Description: name}},
			Members: []dag.Ref{{Project: name, UniqueID: name}}})
		if i > 0 {
			edges = append(edges, dag.Edge{From: nodes[i-1].ID, To: nodes[i].ID, Origins: []dag.Origin{{Project: name, From: name, To: name}}})
		}
	}
	g, err := dag.NewGraph(nodes, edges)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func export(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJSONRoundTrip(t *testing.T) {
	for name, g := range map[string]*dag.Graph{"hostile": hostileGraph(t), "diamond": diamond(t), "manifest": merge(t, dag.MergeOptions{}, read(t, small))} {
		text := export(t, g.WriteJSON)
		again, err := dag.ReadJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := export(t, again.WriteJSON); got != text {
			t.Errorf("%s changes on its way through JSON:\n%s\n%s", name, got, text)
		}
		if strings.Contains(text, "<") {
			t.Errorf("%s: a < stands in the JSON, which a page may hold", name)
		}
	}
	empty, _ := dag.NewGraph(nil, nil)
	if got, want := export(t, empty.WriteJSON), `{"nodes":[],"edges":[],"report":{"projects":null}}`+"\n"; got != want {
		t.Errorf("empty graph: got %s", got)
	}
}

func TestReadJSONErrors(t *testing.T) {
	for _, text := range []string{"", "{}", `{"nodes":[]}`, `{"nodes":[{"id":"a"}],"edges":[{"from":"a","to":"b"}]}`, `{"nodes":[{"id":1}],"edges":[]}`, `{"nodes":[],"edges":[]} x`} {
		if _, err := dag.ReadJSON(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "dag: read graph: ") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

// FuzzReadJSON checks that what is read as a graph is written as the same one.
func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(`{"nodes":[{"id":"a"},{"id":"b"}],"edges":[{"from":"a","to":"b","origins":null}],"report":{"projects":[{"name":"x"}]}}`))
	f.Add([]byte(`{"nodes":[{"id":"a","members":[{"project":"x"}],"columns":[{}]}],"edges":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		g, err := dag.ReadJSON(bytes.NewReader(text))
		if err != nil {
			return
		}
		first := export(t, g.WriteJSON)
		again, err := dag.ReadJSON(strings.NewReader(first))
		if err != nil {
			t.Fatal(err)
		}
		if second := export(t, again.WriteJSON); second != first {
			t.Errorf("changes when it is read again:\n%s\n%s", first, second)
		}
		for _, write := range []func(io.Writer) error{g.WriteDOT, g.WriteGraphML, g.WriteMarkdown} {
			export(t, write)
		}
	})
}

// TestDOT takes the output apart by the rules of the language: what is not in
// quotes must be of our making.
func TestDOT(t *testing.T) {
	text := export(t, hostileGraph(t).WriteDOT)
	quoted := regexp.MustCompile(`"(\\.|[^"\\])*"`)
	rest := quoted.ReplaceAllString(text, "Q")
	line := regexp.MustCompile(`^(digraph lineage \{|rankdir=LR;|node \[(\w+=\w+(, )?)+\];|subgraph Q \{|label=Q;|Q \[label=Q, tooltip=Q\];|Q -> Q;|\})$`)
	for l := range strings.Lines(rest) {
		if l = strings.TrimSpace(l); !line.MatchString(l) {
			t.Errorf("unexpected line %q", l)
		}
	}
	if n := strings.Count(rest, "Q -> Q"); n != len(hostile)-1 {
		t.Errorf("got %d edges, want %d", n, len(hostile)-1)
	}
}

func TestMermaid(t *testing.T) {
	var b bytes.Buffer
	diagrams, err := hostileGraph(t).WriteMermaid(&b)
	if err != nil || diagrams != 1 {
		t.Fatalf("%d diagrams, %v", diagrams, err)
	}
	line := regexp.MustCompile(`^(flowchart LR|classDef p\d+ fill:#[0-9a-f]{6},color:#[0-9a-f]{6},stroke:#888|n\d+\["[\pL\pN\pM _.,/…#;-]*"\]:::p\d+|n\d+ --> n\d+)$`)
	for l := range strings.Lines(b.String()) {
		if l = strings.TrimSpace(l); !line.MatchString(l) {
			t.Errorf("unexpected line %q", l)
		}
	}
}

// TestMermaidSplits checks that each diagram stays within the limits of the
// renderer and that every edge is drawn once.
func TestMermaidSplits(t *testing.T) {
	var nodes []dag.Node
	var edges []dag.Edge
	for i := range 2000 {
		nodes = append(nodes, dag.Node{ID: fmt.Sprintf("p/%04d", i), Project: "p", Name: strings.Repeat("name", i%60)})
		for _, step := range []int{1, 7} {
			if i >= step && i < 1900 {
				edges = append(edges, dag.Edge{From: nodes[i-step].ID, To: nodes[i].ID})
			}
		}
	}
	g, err := dag.NewGraph(nodes, edges)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	diagrams, err := g.WriteMermaid(&b)
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile("(?s)```mermaid\n(.*?)```").FindAllStringSubmatch(b.String(), -1)
	if len(parts) != diagrams || diagrams < len(edges)/dag.MermaidMaxEdges {
		t.Fatalf("%d diagrams are said to be there, found %d", diagrams, len(parts))
	}
	drawn, seen := map[string]int{}, map[string]bool{}
	for i, part := range parts {
		arrows := regexp.MustCompile(`n\d+ --> n\d+`).FindAllString(part[1], -1)
		if len(arrows) > dag.MermaidMaxEdges || len(part[1]) > dag.MermaidMaxText {
			t.Errorf("diagram %d has %d edges and %d characters", i, len(arrows), len(part[1]))
		}
		for _, a := range arrows {
			drawn[a]++
		}
		for _, n := range regexp.MustCompile(`(?m)^  (n\d+)\[`).FindAllStringSubmatch(part[1], -1) {
			seen[n[1]] = true
		}
	}
	if len(drawn) != len(edges) || len(seen) != len(nodes) {
		t.Errorf("drew %d of %d edges and %d of %d nodes", len(drawn), len(edges), len(seen), len(nodes))
	}
	for a, n := range drawn {
		if n != 1 {
			t.Errorf("%s is drawn %d times", a, n)
		}
	}
}

func TestGraphML(t *testing.T) {
	text := export(t, hostileGraph(t).WriteGraphML)
	var doc struct {
		Graph struct {
			Nodes []struct {
				ID   string `xml:"id,attr"`
				Data []struct {
					Key   string `xml:"key,attr"`
					Value string `xml:",chardata"`
				} `xml:"data"`
			} `xml:"node"`
			Edges []struct {
				Source string `xml:"source,attr"`
			} `xml:"edge"`
		} `xml:"graph"`
	}
	if err := xml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Graph.Nodes) != len(hostile) || len(doc.Graph.Edges) != len(hostile)-1 {
		t.Errorf("got %d nodes and %d edges", len(doc.Graph.Nodes), len(doc.Graph.Edges))
	}
	names := map[string]bool{}
	for _, n := range doc.Graph.Nodes {
		for _, d := range n.Data {
			if d.Key == "name" {
				names[d.Value] = true
			}
		}
	}
	allowed := regexp.MustCompile("[\x00\a\ufffe]") // which XML cannot hold
	for _, name := range hostile {
		if want := allowed.ReplaceAllString(name, "\ufffd"); !names[want] {
			t.Errorf("name %q is not there as it was", name)
		}
	}
}

func TestCSV(t *testing.T) {
	var nodes, edges bytes.Buffer
	g := hostileGraph(t)
	if err := g.WriteCSV(&nodes, &edges); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&nodes).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows[1:] {
		want := strings.ReplaceAll(g.Nodes[i].Name, "\r\n", "\n") // as Go's reader does
		if row[5] != want || rows[0][5] != "name" {
			t.Errorf("row %d: got name %q, want %q", i, row[5], want)
		}
	}
	if rows, err := csv.NewReader(&edges).ReadAll(); err != nil || len(rows) != len(hostile) {
		t.Errorf("edges: %d rows, %v", len(rows), err)
	}
}

// TestMarkdown checks that no name ends its line or the code it stands in.
func TestMarkdown(t *testing.T) {
	g := hostileGraph(t)
	for _, name := range hostile {
		r := dag.Ref{Project: name, UniqueID: name}
		g.Report.Unmatched = append(g.Report.Unmatched, r)
		g.Report.Projects = append(g.Report.Projects, dag.ProjectReport{Name: name, Warnings: []string{name}})
		g.Report.Cycles = append(g.Report.Cycles, []string{name, name})
	}
	text := export(t, g.WriteMarkdown)
	code := regexp.MustCompile("(`+)[^`]*(`+)")
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if l != "" && !strings.HasPrefix(l, "- ") && !strings.HasPrefix(l, "|") && !strings.HasPrefix(l, "#") && !regexp.MustCompile(`^\d+ nodes, \d+ edges$`).MatchString(l) {
			t.Errorf("unexpected line %q", l)
		}
		if rest := code.ReplaceAllString(l, ""); strings.Contains(rest, "<") {
			t.Errorf("markup outside of code: %q", l)
		}
	}
}
