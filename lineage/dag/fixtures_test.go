package dag_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// TestFixtures reads what real dbt of several versions wrote for our own small
// projects, one with every kind of node and two that refer to each other.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/manifests/*.json.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var b strings.Builder
	projects := map[string]*dag.Project{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json.gz")
		if strings.HasSuffix(name, ".catalog") {
			continue
		}
		p := load(t, file)
		projects[p.Package] = p
		describeProject(&b, name, p)
		describe(&b, t, merge(t, dag.MergeOptions{}, p))
	}
	fmt.Fprintln(&b, "mesh_up + mesh_down")
	g := merge(t, dag.MergeOptions{}, projects["mesh_down"], projects["mesh_up"])
	describe(&b, t, g)
	for _, m := range g.Report.Matches {
		fmt.Fprintf(&b, "  %s: %v = %v\n", m.Level, m.From, m.To)
	}
	golden.Equal(t, "testdata/golden/fixtures.txt", b.String())
}

func TestCatalog(t *testing.T) {
	const fixture = "testdata/manifests/shop_duckdb_1.12.6"
	p := load(t, fixture+".json.gz")
	f, err := os.Open(fixture + ".catalog.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := p.AddCatalog(f, "catalog"); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range merge(t, dag.MergeOptions{}, p).Nodes {
		if len(n.Columns) > 0 {
			fmt.Fprintf(&b, "%s %s\n", n.ID, n.Owner)
			for _, c := range n.Columns {
				fmt.Fprintf(&b, "  %s %s: %.40q\n", c.Name, c.Type, c.Description)
			}
		}
	}
	golden.Equal(t, "testdata/golden/catalog.txt", b.String())
}

// FuzzAddCatalog checks that a catalog is read as strictly as JSON.
func FuzzAddCatalog(f *testing.F) {
	f.Add([]byte(`{"nodes":{"model.shop.orders":{"metadata":{"owner":"x"},"columns":{"ID":{"name":"ID","type":"int","comment":null}}}},"sources":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := read(t, small)
		if err := p.AddCatalog(bytes.NewReader(text), "c"); err == nil && !json.Valid(text) {
			t.Errorf("accepted what is no JSON: %q", text)
		}
	})
}

func load(t *testing.T, file string) *dag.Project {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := dag.ReadManifest(f, file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// publicDir returns the folder with manifests from public repositories, which
// are not ours to pass on.
func publicDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AWSPATTERNS_DBT_MANIFESTS")
	if dir == "" {
		t.Skip("AWSPATTERNS_DBT_MANIFESTS names no folder with public dbt manifests")
	}
	return dir
}

// TestPublicManifests reads every schema version from v1 to v12, as many
// adapters wrote them, and two pairs of projects that refer to each other.
func TestPublicManifests(t *testing.T) {
	dir := publicDir(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no manifest in %s: %v", dir, err)
	}
	var b strings.Builder
	versions := map[string]bool{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		p := load(t, file)
		versions[p.SchemaVersion] = true
		describeProject(&b, name, p)
		describe(&b, t, merge(t, dag.MergeOptions{}, p))
	}
	for _, pair := range [][2]string{
		{"cosmos_xproj_upstream", "cosmos_xproj_downstream"},
		{"cosmos_xproj_project_a_bidirectional", "cosmos_xproj_project_b_bidirectional"},
		{"colibri_redshift", "colibri_trino"}, {"jaffle_v12_1.11", "jaffle_v12_1.12"},
	} {
		first, second := load(t, filepath.Join(dir, pair[0]+".json")), load(t, filepath.Join(dir, pair[1]+".json"))
		first.Rename(pair[0])
		second.Rename(pair[1])
		fmt.Fprintf(&b, "%s + %s\n", pair[0], pair[1])
		describe(&b, t, merge(t, dag.MergeOptions{}, first, second))
	}
	for v := range 12 {
		if want := fmt.Sprintf("v%d", v+1); !versions[want] {
			t.Errorf("no manifest of schema %s", want)
		}
	}
	golden.Equal(t, "testdata/golden/public.txt", b.String())
}

func describeProject(b *strings.Builder, name string, p *dag.Project) {
	nodes, edges := p.Len()
	fmt.Fprintf(b, "%s: %s %s %s %s, %d nodes, %d edges%s\n", name, p.SchemaVersion, p.DBTVersion, p.Adapter, p.Package, nodes, edges, strings.Join(p.Warnings, "; "))
}

func describe(b *strings.Builder, t *testing.T, g *dag.Graph) {
	types, levels := map[string]int{}, map[dag.Level]int{}
	for _, n := range g.Nodes {
		types[n.Type]++
	}
	for _, m := range g.Report.Matches {
		levels[m.Level]++
	}
	r, c := g.Report, g.Check()
	fmt.Fprintf(b, "  nodes %d (%s), edges %d; matches %s; %d ambiguous, %d conflicts, %d unmatched, %d placeholders, %d cycles\n",
		len(g.Nodes), counts(types), len(g.Edges), counts(levels), len(r.Ambiguities), len(r.Conflicts), len(r.Unmatched), len(r.Placeholders), len(r.Cycles))
	fmt.Fprintf(b, "  input %d = origins %d + internal %d + left out %d; sha256 %.8x\n", c.Input, c.Origins, c.Internal, c.LeftOut, sha256.Sum256([]byte(toJSON(t, g))))
}

func counts[K cmp.Ordered](m map[K]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%v %d", k, m[k]))
	}
	return strings.Join(out, ", ")
}
