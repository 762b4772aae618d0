package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// runIn runs the example in an empty folder and returns what it printed.
func runIn(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	status = run(t.Context(), args, &out, &errs)
	return status, out.String(), errs.String()
}

// dictionary is the table of the article: source, tool and target. The tool is
// the project that the target is built in.
func dictionary(t *testing.T) map[[2]string]bool {
	t.Helper()
	text, err := os.ReadFile("testdata/dictionary.txt")
	if err != nil {
		t.Fatal(err)
	}
	edges := map[[2]string]bool{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 2 && !strings.HasPrefix(line, "#") {
			edges[[2]string{f[0], f[1]}] = true
		}
	}
	return edges
}

// TestArticle checks the graph against the article's data dictionary, which has
// 29 edges, and the one edge it forgot.
func TestArticle(t *testing.T) {
	want := dictionary(t)
	if len(want) != 29 {
		t.Fatalf("the dictionary has %d edges, want 29", len(want))
	}
	want[[2]string{"new_stg_imdb__title_basics", "genre_titles"}] = true

	status, stdout, _ := runIn(t, "-format", "json", "-o", "-")
	g, err := dag.ReadJSON(strings.NewReader(stdout))
	if err != nil || status != 0 {
		t.Fatalf("status %d, %v", status, err)
	}
	if len(g.Nodes) != 29 || len(g.Edges) != 30 {
		t.Errorf("got %d nodes and %d edges, want 29 and 30", len(g.Nodes), len(g.Edges))
	}
	for _, e := range g.Edges {
		from, _ := g.Node(e.From)
		to, _ := g.Node(e.To)
		edge := [2]string{from.Name, to.Name}
		if !want[edge] {
			t.Errorf("the article does not have %v", edge)
		}
		delete(want, edge)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

func TestReport(t *testing.T) {
	status, stdout, stderr := runIn(t)
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	if page, err := os.ReadFile("lineage.html"); err != nil || !bytes.Contains(page, []byte("title_crew")) {
		t.Errorf("lineage.html: %d bytes, %v", len(page), err)
	}
	got := regexp.MustCompile(`in [\d.]+[mµ]?s\n`).ReplaceAllString(stdout, "in TIME\n")
	golden.Equal(t, filepath.Join(testdata, "report.txt"), got)
}

// testdata is absolute, since the tests run in folders of their own.
var testdata = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

func TestFormats(t *testing.T) {
	files := map[string][]string{
		"html": {"lineage.html"}, "json": {"lineage.json"}, "dot": {"lineage.dot"}, "mermaid": {"lineage.mmd"},
		"graphml": {"lineage.graphml"}, "csv": {"lineage.nodes.csv", "lineage.edges.csv"}, "markdown": {"lineage.md"},
	}
	for _, format := range formats {
		status, stdout, stderr := runIn(t, "-format", format)
		for _, file := range files[format] {
			if b, err := os.ReadFile(file); status != 0 || err != nil || len(b) == 0 || !strings.Contains(stdout, "Wrote "+file) {
				t.Errorf("%s: status %d, %s: %d bytes, %v, %s", format, status, file, len(b), err, stderr)
			}
		}
		if format == "csv" {
			continue
		}
		written, _ := os.ReadFile(files[format][0])
		if _, stdout, _ := runIn(t, "-format", format, "-o", "-"); stdout != string(written) {
			t.Errorf("%s: standard output and the file differ", format)
		}
	}
}

// TestSameBytes checks that runs compare byte for byte, whatever the order of
// the manifests.
func TestSameBytes(t *testing.T) {
	a := writeTemp(t, "a.json.gz", athenaManifest)
	r := writeTemp(t, "r.json.gz", redshiftManifest)
	_, builtIn, _ := runIn(t, "-format", "json", "-o", "-")
	_, given, _ := runIn(t, "-manifest", "athena="+a, "-manifest", "redshift="+r, "-format", "json", "-o", "-")
	_, swapped, _ := runIn(t, "-manifest", "redshift="+r, "-manifest", "athena="+a, "-format", "json", "-o", "-")
	if builtIn != given || given != swapped {
		t.Error("the same projects give different JSON")
	}
	var document struct {
		Nodes  []map[string]any
		Edges  []map[string]any
		Report map[string]any
	}
	if err := json.Unmarshal([]byte(given), &document); err != nil || len(document.Nodes) != 29 || len(document.Edges) != 30 || document.Report == nil {
		t.Errorf("got %d nodes, %d edges, report %t, %v", len(document.Nodes), len(document.Edges), document.Report != nil, err)
	}
}

func writeTemp(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAlias(t *testing.T) {
	_, stdout, _ := runIn(t, "-alias", "redshift:main=awsdatacatalog")
	if !strings.Contains(stdout, "7 sources and stubs joined: 7 by alias") {
		t.Errorf("got\n%s", stdout)
	}
}

func TestUpAndDownstream(t *testing.T) {
	tests := []struct {
		args  []string
		nodes int
		says  string
	}{
		{[]string{"-downstream", "title_crew"}, 6, "feeds 5 nodes"},
		{[]string{"-downstream", "athena/source.imdb_athena.imdb.title_crew", "-depth", "2"}, 3, "feeds 2 nodes"},
		{[]string{"-upstream", "genre_titles"}, 5, "feeds on 4 nodes"},
		{[]string{"-upstream", "names", "-downstream", "title_crew"}, 9, "feeds on 8 nodes"},
	}
	for _, tt := range tests {
		status, stdout, stderr := runIn(t, append(tt.args, "-format", "json", "-o", "-")...)
		g, err := dag.ReadJSON(strings.NewReader(stdout))
		if err != nil || status != 0 {
			t.Fatalf("%v: status %d, %v, %s", tt.args, status, err, stderr)
		}
		if len(g.Nodes) != tt.nodes || !strings.Contains(stderr, tt.says) {
			t.Errorf("%v: got %d nodes and said\n%s\nwant %d and %q", tt.args, len(g.Nodes), stderr, tt.nodes, tt.says)
		}
	}
	if status, _, stderr := runIn(t, "-upstream", "nobody"); status != 1 || !strings.Contains(stderr, "no such node") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

func TestTests(t *testing.T) {
	_, stdout, _ := runIn(t, "-tests", "-format", "json", "-o", "-")
	g, err := dag.ReadJSON(strings.NewReader(stdout))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(g.Nodes, func(n dag.Node) bool { return n.Type == "test" }) {
		t.Error("no tests in the graph")
	}
}

func TestDiff(t *testing.T) {
	_, base, _ := runIn(t, "-format", "json", "-o", "-")
	same := writeTemp(t, "base.json", []byte(base))
	g, err := dag.ReadJSON(strings.NewReader(base))
	if err != nil {
		t.Fatal(err)
	}
	// The base has a column and an exposure more than there are now.
	i := slices.IndexFunc(g.Nodes, func(n dag.Node) bool { return n.Name == "stg_imdb__title_crews" })
	g.Nodes[i].Columns = append(g.Nodes[i].Columns, dag.Column{Name: "zzz"})
	column := writeTemp(t, "column.json", []byte(graphJSON(t, g.Nodes, g.Edges)))
	leaf := dag.Node{ID: "redshift/exposure.x", Project: "redshift", UniqueID: "exposure.x", Type: "exposure"}
	removed := writeTemp(t, "removed.json", []byte(graphJSON(t, append(slices.Clone(g.Nodes), leaf), g.Edges)))

	tests := []struct {
		base, failOn string
		status       int
		says         string
	}{
		{same, "breaking", 0, "None."},
		{same, "removed", 0, "None."},
		{column, "", 0, "column zzz removed"},
		{column, "removed", 0, "column zzz removed"},
		{column, "breaking", 1, "column zzz removed"},
		{removed, "removed", 1, "`redshift/exposure.x`"},
	}
	for _, tt := range tests {
		args := []string{"-diff", tt.base}
		if tt.failOn != "" {
			args = append(args, "-fail-on", tt.failOn)
		}
		status, stdout, stderr := runIn(t, append(args, "-format", "markdown", "-o", "-")...)
		if status != tt.status || !strings.Contains(stdout, tt.says) || !strings.HasPrefix(stdout, "# Lineage changes") {
			t.Errorf("%v: status %d, %s\n%s", args, status, stderr, stdout)
		}
		status, stdout, _ = runIn(t, args...)
		if status != tt.status || !strings.Contains(stdout, tt.says) {
			t.Errorf("%v with a page: status %d\n%s", args, status, stdout)
		}
	}
	broken := writeTemp(t, "broken.json", []byte("{"))
	if status, _, stderr := runIn(t, "-diff", broken); status != 1 || !strings.Contains(stderr, broken) {
		t.Errorf("status %d, %s", status, stderr)
	}
}

func graphJSON(t *testing.T, nodes []dag.Node, edges []dag.Edge) string {
	t.Helper()
	g, err := dag.NewGraph(nodes, edges)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := g.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestBadFlags(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"x"}, "unexpected argument"},
		{[]string{"-format", "png"}, "want one of html, json"},
		{[]string{"-format", "csv", "-o", "-"}, "two files"},
		{[]string{"-depth", "-1", "-upstream", "x"}, "must not be negative"},
		{[]string{"-depth", "1"}, "-depth needs"},
		{[]string{"-fail-on", "breaking"}, "needs -diff"},
		{[]string{"-fail-on", "all", "-diff", "x"}, "want removed or breaking"},
		{[]string{"-manifest", "x"}, "want NAME=PATH"},
		{[]string{"-catalog", "x=y"}, "after -manifest"},
		{[]string{"-alias", "x:y"}, "want PROJECT:DATABASE=DATABASE"},
	}
	for _, tt := range tests {
		if status, _, stderr := runIn(t, tt.args...); status != 2 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: status %d, %s; want 2 and %q", tt.args, status, stderr, tt.want)
		}
	}
	if status, _, stderr := runIn(t, "-h"); status != 0 || !strings.Contains(stderr, "-manifest NAME=PATH") {
		t.Errorf("-h: status %d, %s", status, stderr)
	}
	if status, _, stderr := runIn(t, "-manifest", "a=none.json"); status != 1 || !strings.Contains(stderr, "none.json") {
		t.Errorf("missing file: status %d, %s", status, stderr)
	}
	if status, _, stderr := runIn(t, "-o", "no/such/folder/x.html"); status != 1 || !strings.Contains(stderr, "no/such/folder") {
		t.Errorf("unwritable: status %d, %s", status, stderr)
	}
}
