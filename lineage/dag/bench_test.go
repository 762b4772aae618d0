package dag_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/dbt"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// cloned returns the manifest of the shop, many times over.
func cloned(b *testing.B, megabytes int64) []byte {
	b.Helper()
	small, err := dbt.ReadFile("testdata/manifests/shop_duckdb_1.12.6.json.gz")
	if err != nil {
		b.Fatal(err)
	}
	var large bytes.Buffer
	if err := dbt.Clone(&large, small, megabytes<<20); err != nil {
		b.Fatal(err)
	}
	return large.Bytes()
}

func BenchmarkReadManifest(b *testing.B) {
	text := cloned(b, 48)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dag.ReadManifest(bytes.NewReader(text), ""); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMerge merges two projects of some ten thousand nodes, of which one
// reads what the other builds.
func BenchmarkMerge(b *testing.B) {
	text := cloned(b, 48)
	var projects []*dag.Project
	for _, name := range []string{"a", "b"} {
		p, err := dag.ReadManifest(bytes.NewReader(text), "")
		if err != nil {
			b.Fatal(err)
		}
		p.Rename(name)
		projects = append(projects, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		g, err := dag.Merge(projects, dag.MergeOptions{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(g.Nodes)), "nodes")
	}
}

func BenchmarkWrite(b *testing.B) {
	p, err := dag.ReadManifest(bytes.NewReader(cloned(b, 24)), "")
	if err != nil {
		b.Fatal(err)
	}
	g, err := dag.Merge([]*dag.Project{p}, dag.MergeOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for name, write := range map[string]func(io.Writer) error{
		"HTML": func(w io.Writer) error { return g.WriteHTML(w, dag.HTMLOptions{}) }, "JSON": g.WriteJSON,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := write(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(g.Nodes)), "nodes")
		})
	}
}
