package integration_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/lineage"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// dbt runs dbt in a copy of a project and returns the copy.
func dbt(t *testing.T, project string, commands ...[]string) string {
	t.Helper()
	path := engine(t, "dbt", "bin/dbt")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(project)); err != nil {
		t.Fatal(err)
	}
	for _, args := range commands {
		cmd := exec.Command(path, append(args, "--profiles-dir", ".")...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "DBT_SEND_ANONYMOUS_USAGE_STATS=false")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("dbt %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	return dir
}

func artifact(dir, name string) lineage.Document {
	return lineage.Document{File: filepath.Join(dir, "target", name)}
}

func mergeDAG(t *testing.T, opts lineage.MergeDAGOptions) *dag.Graph {
	t.Helper()
	result, err := lineage.MergeDAG(t.Context(), lineage.Clients{}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if c := result.Graph.Check(); !c.OK() {
		t.Errorf("edges are not accounted for: %+v", c)
	}
	return result.Graph
}

// TestExampleManifests checks that the manifests of the example are what dbt
// makes of the projects beside them.
func TestExampleManifests(t *testing.T) {
	const example = "../../examples/lineage/"
	var fresh, committed []lineage.Project
	for _, name := range []string{"athena", "redshift"} {
		dir := dbt(t, example+"dbt/imdb_"+name, []string{"parse"})
		fresh = append(fresh, lineage.Project{Name: name, Manifest: artifact(dir, "manifest.json")})
		committed = append(committed, lineage.Project{Name: name, Manifest: lineage.Document{File: example + "manifests/imdb_" + name + ".json.gz"}})
	}
	got := mergeDAG(t, lineage.MergeDAGOptions{Projects: fresh})
	want := mergeDAG(t, lineage.MergeDAGOptions{Projects: committed})
	if d := dag.Diff(want, got); !d.Empty() || len(got.Nodes) != 29 || len(got.Edges) != 30 {
		var b bytes.Buffer
		d.WriteMarkdown(&b)
		t.Errorf("%d nodes, %d edges\n%s", len(got.Nodes), len(got.Edges), b.String())
	}
}

// TestBuiltProject lets dbt build the shop in DuckDB: with compiled SQL, and a
// catalog of what is really in the database.
func TestBuiltProject(t *testing.T) {
	target := []string{"--target", "duckdb"}
	dir := dbt(t, "../../lineage/dag/testdata/dbt/shop",
		append([]string{"seed"}, target...), append([]string{"build"}, target...), append([]string{"docs", "generate"}, target...))
	g := mergeDAG(t, lineage.MergeDAGOptions{Projects: []lineage.Project{
		{Manifest: artifact(dir, "manifest.json"), Catalog: artifact(dir, "catalog.json")}}})
	customers := slices.IndexFunc(g.Nodes, func(n dag.Node) bool { return n.Name == "dim_customers" && n.Version == "2" })
	if customers < 0 {
		t.Fatal("no dim_customers v2")
	}
	columns := g.Nodes[customers].Columns
	if i := slices.IndexFunc(columns, func(c dag.Column) bool { return strings.EqualFold(c.Name, "customer_id") }); i < 0 || columns[i].Type != "INTEGER" {
		t.Errorf("got columns %+v, want the type of customer_id", columns)
	}
	checkGzip(t, dir, g)
}

// checkGzip checks that a manifest that somebody packed gives the same graph.
func checkGzip(t *testing.T, dir string, want *dag.Graph) {
	t.Helper()
	plain, err := os.ReadFile(artifact(dir, "manifest.json").File)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(plain)
	w.Close()
	got := mergeDAG(t, lineage.MergeDAGOptions{Projects: []lineage.Project{
		{Manifest: lineage.Document{Reader: &packed}, Catalog: artifact(dir, "catalog.json")}}})
	if d := dag.Diff(want, got); !d.Empty() {
		t.Errorf("packed and plain differ: %+v", d)
	}
}
