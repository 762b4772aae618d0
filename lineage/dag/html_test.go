package dag_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

func htmlPage(t *testing.T, g *dag.Graph, opts dag.HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := g.WriteHTML(&b, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// htmlIsland is the data of a page, as far as the tests look at it.
type htmlIsland struct {
	Title    string
	Focus    int
	Selected bool
	Strings  []string
	Projects []struct{ Name, Color, Ink string }
	Nodes    struct {
		ID, Project, Name, Flags, Layer, X, Y []int
		Members, Columns                      [][]int
	}
	Edges struct {
		From, To []int
		Bends    [][]int
	}
	Report struct {
		Unmatched []dag.Ref
		Levels    []struct {
			Level dag.Level
			Count int
		}
		Totals map[string]int
	}
}

var islandPattern = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)

func htmlData(t *testing.T, page string) htmlIsland {
	t.Helper()
	match := islandPattern.FindStringSubmatch(page)
	if match == nil {
		t.Fatalf("no data in\n%s", page)
	}
	var data htmlIsland
	if err := json.Unmarshal([]byte(match[1]), &data); err != nil {
		t.Fatal(err)
	}
	return data
}

// htmlGraph returns a graph of nodes of one or several projects: "a/x b/y" are
// two nodes, "a/x>b/y" adds an edge.
func htmlGraph(t *testing.T, nodes, edges string) *dag.Graph {
	t.Helper()
	var list []dag.Node
	for id := range strings.FieldsSeq(nodes) {
		project, name, _ := strings.Cut(id, "/")
		list = append(list, dag.Node{ID: id, Project: project, UniqueID: name, Type: "model", Name: name})
	}
	var links []dag.Edge
	for e := range strings.FieldsSeq(edges) {
		from, to, _ := strings.Cut(e, ">")
		links = append(links, dag.Edge{From: from, To: to})
	}
	g, err := dag.NewGraph(list, links)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestWriteHTML(t *testing.T) {
	g := htmlGraph(t, "b/y a/x a/z c/other", "a/x>b/y b/y>a/z a/x>a/z")
	g.Nodes[2].Members = []dag.Ref{{Project: "b", UniqueID: "y"}, {Project: "d", UniqueID: "source.y"}}
	data := htmlData(t, htmlPage(t, g, dag.HTMLOptions{}))

	var ids, projects []string
	for _, i := range data.Nodes.ID {
		ids = append(ids, data.Strings[i])
	}
	for _, p := range data.Projects {
		projects = append(projects, p.Name)
	}
	if want := []string{"a/x", "a/z", "b/y", "c/other"}; !slices.Equal(ids, want) {
		t.Errorf("nodes %q, want %q", ids, want)
	}
	if want := []string{"a", "b", "c", "d"}; !slices.Equal(projects, want) {
		t.Errorf("projects %q, want %q, those of members among them", projects, want)
	}
	var members []string
	for v, list := range data.Nodes.Members {
		for i := 0; i < len(list); i += 2 {
			members = append(members, fmt.Sprintf("%s joins %s/%s", ids[v], projects[list[i]], data.Strings[list[i+1]]))
		}
	}
	if want := []string{"b/y joins b/y", "b/y joins d/source.y"}; !slices.Equal(members, want) {
		t.Errorf("members %q, want %q", members, want)
	}
	if got, want := fmt.Sprint(data.Edges.From, data.Edges.To), "[0 0 2] [1 2 1]"; got != want {
		t.Errorf("edges %s, want %s", got, want)
	}
	for e, from := range data.Edges.From {
		if to := data.Edges.To[e]; data.Nodes.X[from] >= data.Nodes.X[to] || data.Nodes.Layer[from] >= data.Nodes.Layer[to] {
			t.Errorf("%s is not drawn to the left of %s", ids[from], ids[to])
		}
	}
	if len(data.Edges.Bends[0]) == 0 || len(data.Edges.Bends[1]) != 0 {
		t.Errorf("bends %v, want some where an edge passes a layer and none elsewhere", data.Edges.Bends)
	}
	if data.Title != "Lineage" || data.Selected || ids[data.Focus] != "b/y" {
		t.Errorf("title %q, focus %s, selected %v; want Lineage, the joined node, false", data.Title, ids[data.Focus], data.Selected)
	}
}

func ExampleGraph_WriteHTML() {
	g, err := dag.NewGraph(
		[]dag.Node{
			{ID: "athena/model.imdb.titles", Project: "athena", Type: "model", Name: "titles"},
			{ID: "redshift/model.dw.dim_titles", Project: "redshift", Type: "model", Name: "dim_titles"},
		},
		[]dag.Edge{{From: "athena/model.imdb.titles", To: "redshift/model.dw.dim_titles"}},
	)
	if err != nil {
		log.Fatal(err)
	}
	var page bytes.Buffer // in a program: a file
	if err := g.WriteHTML(&page, dag.HTMLOptions{Title: "Films", Focus: "athena/model.imdb.titles"}); err != nil {
		log.Fatal(err)
	}
	line, _ := page.ReadString('\n')
	fmt.Print(line)
	// Output: <!DOCTYPE html>
}

func TestWriteHTMLIsDeterministic(t *testing.T) {
	nodes := strings.Fields("a/1 b/2 a/3 c/4 b/5 a/6 c/7 a/8")
	edges := strings.Fields("a/1>b/2 b/2>a/3 a/1>c/4 c/4>a/8 b/5>a/8 a/3>a/6 a/6>c/7 c/7>a/3 a/1>c/7")
	want := htmlPage(t, htmlGraph(t, strings.Join(nodes, " "), strings.Join(edges, " ")), dag.HTMLOptions{})
	for range 5 {
		slices.Reverse(nodes)
		edges = append(edges[3:], edges[:3]...)
		got := htmlPage(t, htmlGraph(t, strings.Join(nodes, " "), strings.Join(edges, " ")), dag.HTMLOptions{})
		if got != want {
			t.Fatal("the same graph, built in another order, gives another page")
		}
	}
}

// hostileNames are names that try to be more than names.
var hostileNames = []string{
	`</script><script>alert(1)</script>`, `<!--<script>`, `"><img src=x onerror=alert(1)>`, `{{.}} ${x}`,
	"line\nbreak\u2028\u2029", "\u202eright to left\u2066", "nul\x00 and bell\a", "\xff\xfe not UTF-8",
	`__proto__`, `' " & \ </title></style>`, strings.Repeat("long ", 200),
}

func TestWriteHTMLResistsHostileNames(t *testing.T) {
	var nodes []dag.Node
	for i, name := range hostileNames {
		nodes = append(nodes, dag.Node{
			ID: fmt.Sprint(i) + name, Project: name, UniqueID: name, Type: name, Package: name, Name: name, Version: name,
			Relation: name, Materialization: name, Adapter: name, Description: name, Tags: []string{name}, Owner: name,
			Columns: []dag.Column{{Name: name, Type: name, Description: name}}, Path: name,
			Members: []dag.Ref{{Project: name, UniqueID: name}, {Project: name, UniqueID: name + "2"}},
		})
	}
	g, err := dag.NewGraph(nodes, nil)
	if err != nil {
		t.Fatal(err)
	}
	ref := g.Nodes[0].Members[0]
	g.Report = dag.Report{
		Projects:  []dag.ProjectReport{{Name: hostileNames[0], Warnings: hostileNames}},
		Unmatched: []dag.Ref{ref},
		Cycles:    [][]string{hostileNames},
	}
	page := htmlPage(t, g, dag.HTMLOptions{Title: strings.Join(hostileNames, " ")})

	checkSelfContained(t, page)
	shell, program, _ := strings.Cut(page, "<script>") // the data is in the former
	if !strings.HasPrefix(program, "(() => {") || strings.Count(program, "</script") != 1 {
		t.Errorf("the program does not begin or end where it should: %.40q", program)
	}
	for tag, want := range map[string]int{
		"<script": 1, "</script": 1, "<style": 1, "</style": 1, "<title": 1, "</title": 1, "<!--": 0, "<img": 0, "onerror=alert(1)>": 0,
	} {
		if n := strings.Count(strings.ToLower(shell), tag); n != want {
			t.Errorf("%s appears %d times before the program, want %d", tag, n, want)
		}
	}
	data := htmlData(t, page)
	for _, name := range hostileNames {
		if name = strings.ToValidUTF8(name, "\ufffd"); !slices.ContainsFunc(data.Strings, func(s string) bool {
			return strings.ReplaceAll(s, "\ufffd\ufffd", "\ufffd") == name
		}) {
			t.Errorf("%.40q does not arrive", name)
		}
	}
}

var (
	policyPattern    = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; `)
	referencePattern = regexp.MustCompile(`(?i:https?:)?//[\w-]+\.\w+[^\s'"]*|\b(?i:src|href|action)\s*=\s*["'][^"']*|@import|\burl\([^)]*\)`)
)

// checkSelfContained fails if the page refers to anything but itself.
func checkSelfContained(t *testing.T, page string) {
	t.Helper()
	if !policyPattern.MatchString(page) {
		t.Errorf("no strict policy in %.600s", page)
	}
	shell := islandPattern.ReplaceAllString(page, "")
	for _, reference := range referencePattern.FindAllString(shell, -1) {
		if reference != "http://www.w3.org/2000/svg" && !strings.HasPrefix(reference, "url(#") {
			t.Errorf("the page refers to %s", reference)
		}
	}
}

func TestWriteHTMLOfSmallestGraphs(t *testing.T) {
	for _, nodes := range []string{"", "a/x"} {
		page := htmlPage(t, htmlGraph(t, nodes, ""), dag.HTMLOptions{})
		checkSelfContained(t, page)
		data := htmlData(t, page)
		if n := len(strings.Fields(nodes)); len(data.Nodes.ID) != n || data.Focus != n-1 || len(data.Projects) != n {
			t.Errorf("%q: %d nodes, focus %d, %d projects", nodes, len(data.Nodes.ID), data.Focus, len(data.Projects))
		}
		if strings.Contains(islandPattern.FindString(page), `"id":null`) {
			t.Errorf("%q: the script would stumble over null instead of an empty list", nodes)
		}
	}
}

func TestWriteHTMLFocus(t *testing.T) {
	g := htmlGraph(t, "a/x a/y a/z", "a/x>a/y")
	data := htmlData(t, htmlPage(t, g, dag.HTMLOptions{Focus: "a/z"}))
	if data.Focus != 2 || !data.Selected {
		t.Errorf("focus %d, selected %v, want node 2 selected", data.Focus, data.Selected)
	}
	var b bytes.Buffer
	if err := g.WriteHTML(&b, dag.HTMLOptions{Focus: "a/nowhere"}); !errors.Is(err, dag.ErrNoNode) || b.Len() > 0 {
		t.Errorf("unknown focus: %v after %d bytes, want %v before any", err, b.Len(), dag.ErrNoNode)
	}

	// A node that hundreds read is a poor place to begin, joined or not.
	var nodes, edges strings.Builder
	nodes.WriteString("a/hub b/quiet ")
	for i := range 300 {
		fmt.Fprintf(&nodes, "c/%03d ", i)
		fmt.Fprintf(&edges, "a/hub>c/%03d ", i)
	}
	g = htmlGraph(t, nodes.String(), edges.String()+"b/quiet>c/000")
	g.Nodes[0].Members = []dag.Ref{{Project: "a", UniqueID: "hub"}, {Project: "b", UniqueID: "hub"}}
	g.Nodes[1].Members = []dag.Ref{{Project: "a", UniqueID: "quiet"}, {Project: "b", UniqueID: "quiet"}}
	if data := htmlData(t, htmlPage(t, g, dag.HTMLOptions{})); data.Focus != 1 {
		t.Errorf("focus %d, want 1, the joined node with a small neighbourhood", data.Focus)
	}
}

func TestWriteHTMLCutsTheReport(t *testing.T) {
	g := htmlGraph(t, "a/x", "")
	for i := range 1000 {
		g.Report.Unmatched = append(g.Report.Unmatched, dag.Ref{Project: "a", UniqueID: fmt.Sprint(i)})
		level := []dag.Level{dag.LevelSchemaTable, dag.LevelLink}[i%2]
		g.Report.Matches = append(g.Report.Matches, dag.Match{Level: level})
	}
	report := htmlData(t, htmlPage(t, g, dag.HTMLOptions{})).Report
	if len(report.Unmatched) > 50 || report.Totals["unmatched"] != 1000 {
		t.Errorf("%d of %d unmatched", len(report.Unmatched), report.Totals["unmatched"])
	}
	if got, want := fmt.Sprint(report.Levels), "[{link 500} {schema+table 500}]"; got != want {
		t.Errorf("levels %s, want %s", got, want)
	}
	if len(g.Report.Unmatched) != 1000 {
		t.Error("writing the page changed the graph")
	}
}

func TestWriteHTMLColors(t *testing.T) {
	var nodes strings.Builder
	for i := range 21 {
		fmt.Fprintf(&nodes, "p%02d/x ", i)
	}
	seen := map[string]bool{}
	for _, p := range htmlData(t, htmlPage(t, htmlGraph(t, nodes.String(), ""), dag.HTMLOptions{})).Projects {
		if seen[p.Color] {
			t.Errorf("%s has a colour that was given before", p.Name)
		}
		seen[p.Color] = true
		if c := contrast(t, p.Color, p.Ink); c < 4.5 {
			t.Errorf("%s: contrast of %s on %s is %.1f", p.Name, p.Ink, p.Color, c)
		}
	}
}

// contrast returns the contrast ratio of two colours as WCAG defines it.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var rgb [3]int
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(rgb[i]) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
