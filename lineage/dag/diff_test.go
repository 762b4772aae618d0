package dag_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// changed returns before and after the same graph with changes by f.
func changed(t *testing.T, f func(nodes []dag.Node, edges []dag.Edge) ([]dag.Node, []dag.Edge)) (before, after *dag.Graph) {
	t.Helper()
	before = diamond(t)
	for i := range before.Nodes {
		before.Nodes[i].Adapter, before.Nodes[i].Path = "redshift", "x.sql"
		before.Nodes[i].Columns = []dag.Column{{Name: "id", Type: "bigint"}, {Name: "amount", Type: "double", Description: "in cents"}}
	}
	nodes, edges := slices.Clone(before.Nodes), slices.Clone(before.Edges)
	for i := range nodes {
		nodes[i].Columns = slices.Clone(nodes[i].Columns)
	}
	after, err := dag.NewGraph(f(nodes, edges))
	if err != nil {
		t.Fatal(err)
	}
	return before, after
}

func at(nodes []dag.Node, id string) *dag.Node {
	return &nodes[slices.IndexFunc(nodes, func(n dag.Node) bool { return n.ID == id })]
}

func TestDiff(t *testing.T) {
	tests := []struct {
		name   string
		change func(nodes []dag.Node, edges []dag.Edge) ([]dag.Node, []dag.Edge)
		want   string // counts, then what breaks
	}{
		{"nothing", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) { return n, e }, "nodes +0 -0 ~0, edges +0 -0 ~0"},
		{"description", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			at(n, "l/model.l.b").Description = "new"
			return n, e
		}, "nodes +0 -0 ~1, edges +0 -0 ~0"},
		{"column added", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			b := at(n, "l/model.l.b")
			b.Columns = append(b.Columns, dag.Column{Name: "zip"})
			return n, e
		}, "nodes +0 -0 ~1, edges +0 -0 ~0"},
		{"column removed", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			b := at(n, "l/model.l.b")
			b.Columns = b.Columns[:1]
			return n, e
		}, "nodes +0 -0 ~1, edges +0 -0 ~0; l/model.l.b: column amount removed, 3 readers"},
		{"column of another type", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			at(n, "l/model.l.b").Columns[0].Type = "varchar"
			return n, e
		}, "nodes +0 -0 ~1, edges +0 -0 ~0; l/model.l.b: column id was bigint, is varchar, 3 readers"},
		{"column whose type is not known any more", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			at(n, "l/model.l.b").Columns[0].Type = ""
			return n, e
		}, "nodes +0 -0 ~1, edges +0 -0 ~0"},
		{"renamed table", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			at(n, "l/model.l.b").Relation = `"lake"."dw"."b2"`
			return n, e
		}, `nodes +0 -0 ~1, edges +0 -0 ~0; l/model.l.b: relation was "lake"."dw"."b", is "lake"."dw"."b2", 3 readers`},
		{"renamed table that nobody reads", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			at(n, "l/seed.l.alone").Relation = `"lake"."dw"."other"`
			return n, e
		}, "nodes +0 -0 ~1, edges +0 -0 ~0"},
		{"table written another way", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			at(n, "l/model.l.b").Relation = `LAKE.dw."B"`
			return n, e
		}, "nodes +0 -0 ~1, edges +0 -0 ~0"},
		{"type under another name", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			at(n, "l/model.l.b").Columns[0].Type = "INT8"
			return n, e
		}, "nodes +0 -0 ~1, edges +0 -0 ~0"},
		{"no longer ephemeral", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			at(n, "w/model.w.d").Materialization = "table"
			return n, e
		}, "nodes +0 -0 ~1, edges +0 -0 ~0"},
		{"model renamed, same table", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			renamed := *at(n, "w/model.w.c")
			renamed.ID, renamed.UniqueID, renamed.Name = "w/model.w.c2", "model.w.c2", "c2"
			n, e = without(n, e, "w/model.w.c")
			return append(n, renamed), append(e, dag.Edge{From: renamed.ID, To: "w/exposure.w.e"}, dag.Edge{From: "l/model.l.b", To: renamed.ID})
		}, "nodes +1 -0 ~1, edges +2 -2 ~0"},
		{"ephemeral", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			at(n, "w/model.w.c").Materialization = "ephemeral"
			return n, e
		}, "nodes +0 -0 ~1, edges +0 -0 ~0; w/model.w.c: is no table any more but ephemeral, 1 readers"},
		{"node removed", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			return without(n, e, "w/model.w.d")
		}, "nodes +0 -1 ~0, edges +0 -2 ~0; w/model.w.d: removed, 1 readers"},
		{"leaf removed", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			return without(n, e, "w/exposure.w.e")
		}, "nodes +0 -1 ~0, edges +0 -2 ~0"},
		{"edge added", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			return n, append(e, dag.Edge{From: "l/seed.l.alone", To: "w/model.w.c"})
		}, "nodes +0 -0 ~0, edges +1 -0 ~0"},
		{"edge of other origins", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			e[0].Origins = nil
			return n, e
		}, "nodes +0 -0 ~0, edges +0 -0 ~1"},
		{"source found its table", func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			n, e = without(n, e, "l/source.l.s.a")
			joined := dag.Node{ID: "u/model.u.a", Project: "u", UniqueID: "model.u.a",
				Members: []dag.Ref{{Project: "l", UniqueID: "source.l.s.a"}, {Project: "u", UniqueID: "model.u.a"}}}
			return append(n, joined), append(e, dag.Edge{From: joined.ID, To: "l/model.l.b"})
		}, "nodes +1 -0 ~1, edges +1 -1 ~0"},
	}
	for _, tt := range tests {
		before, after := changed(t, tt.change)
		d := dag.Diff(before, after)
		got := fmt.Sprintf("nodes +%d -%d ~%d, edges +%d -%d ~%d", len(d.Added), len(d.Removed), len(d.Changed),
			len(d.AddedEdges), len(d.RemovedEdges), len(d.ChangedEdges))
		for _, b := range d.Breaking() {
			got += fmt.Sprintf("; %s: %s, %d readers", b.ID, strings.Join(b.Breaking, ", "), b.Readers)
		}
		if got != tt.want {
			t.Errorf("%s: got %s\nwant %s", tt.name, got, tt.want)
		}
		if d.Empty() != (tt.name == "nothing") {
			t.Errorf("%s: empty is %t", tt.name, d.Empty())
		}
	}
}

// without returns the graph without one node.
func without(nodes []dag.Node, edges []dag.Edge, id string) ([]dag.Node, []dag.Edge) {
	return slices.DeleteFunc(nodes, func(n dag.Node) bool { return n.ID == id }),
		slices.DeleteFunc(edges, func(e dag.Edge) bool { return e.From == id || e.To == id })
}

// TestDiffCatalog checks that a column is only said to be missing where that can
// be known.
func TestDiffCatalog(t *testing.T) {
	for _, tt := range []struct{ before, after, breaks bool }{{false, false, true}, {true, true, true}, {false, true, true}, {true, false, false}} {
		before, after := changed(t, func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
			b := at(n, "l/model.l.b")
			b.Columns, b.Catalog = b.Columns[:1], tt.after
			return n, e
		})
		at(before.Nodes, "l/model.l.b").Catalog = tt.before
		if d := dag.Diff(before, after); (len(d.Breaking()) > 0) != tt.breaks {
			t.Errorf("catalog before %t, after %t: breaking %v", tt.before, tt.after, d.Breaking())
		}
	}
}

func TestDiffMarkdown(t *testing.T) {
	before, after := changed(t, func(n []dag.Node, e []dag.Edge) ([]dag.Node, []dag.Edge) {
		b := at(n, "l/model.l.b")
		b.Columns, b.Description = b.Columns[1:], "now with a | pipe"
		n, e = without(n, e, "w/model.w.d")
		return append(n, dag.Node{ID: "w/model.w.new", Project: "w", UniqueID: "model.w.new", Type: "model"}),
			append(e, dag.Edge{From: "l/model.l.b", To: "w/model.w.new"})
	})
	d := dag.Diff(before, after)
	golden.Equal(t, "testdata/golden/diff.md", export(t, d.WriteMarkdown))
	none := dag.Diff(before, before)
	if got, want := export(t, none.WriteMarkdown), "# Lineage changes\n\nNone.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
