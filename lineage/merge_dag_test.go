package lineage_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/awspatterns/awspatterns/lineage"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

const (
	lake = `{"metadata": {"project_name": "lake", "adapter_type": "athena"},
		"sources": {"source.lake.raw.orders": {"package_name": "lake", "name": "orders", "database": "awsdatacatalog", "schema": "raw", "identifier": "orders", "path": "s.yml"}},
		"nodes": {"model.lake.orders": {"package_name": "lake", "name": "orders", "database": "awsdatacatalog", "schema": "dw", "alias": "orders", "path": "o.sql",
			"depends_on": {"nodes": ["source.lake.raw.orders"]}, "columns": {"id": {"name": "id", "description": "key"}}}}}`
	warehouse = `{"metadata": {"project_name": "dwh", "adapter_type": "redshift"},
		"sources": {"source.dwh.lake.orders": {"package_name": "dwh", "name": "orders", "database": "main", "schema": "dw", "identifier": "orders", "path": "s.yml"}},
		"nodes": {"model.dwh.report": {"package_name": "dwh", "name": "report", "database": "main", "schema": "bi", "alias": "report", "path": "r.sql",
			"depends_on": {"nodes": ["source.dwh.lake.orders"]}}}}`
	lakeCatalog = `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}, "sources": {}, "errors": null,
		"nodes": {"model.lake.orders": {"metadata": {"owner": "hadoop"}, "columns": {"ID": {"name": "ID", "type": "bigint", "index": 1}, "AMOUNT": {"name": "AMOUNT", "type": "double", "index": 2}}, "stats": {}}}}`
)

func text(s string) lineage.Document { return lineage.Document{Reader: strings.NewReader(s)} }

func edges(g *dag.Graph) string {
	var out []string
	for _, e := range g.Edges {
		out = append(out, e.From+" > "+e.To)
	}
	return strings.Join(out, ", ")
}

func TestMergeDAG(t *testing.T) {
	file := filepath.Join(t.TempDir(), "manifest.json")
	if err := os.WriteFile(file, []byte(lake), 0o666); err != nil {
		t.Fatal(err)
	}
	var progress []lineage.ProjectRead
	result, err := lineage.MergeDAG(t.Context(), lineage.Clients{}, lineage.MergeDAGOptions{
		Projects: []lineage.Project{
			{Name: "warehouse", Manifest: text(warehouse)},
			{Manifest: lineage.Document{File: file}, Catalog: text(lakeCatalog)},
		},
		Progress: func(p lineage.ProjectRead) { progress = append(progress, p) },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "lake/model.lake.orders > warehouse/model.dwh.report, lake/source.lake.raw.orders > lake/model.lake.orders"
	if got := edges(result.Graph); got != want {
		t.Errorf("got edges %s, want %s", got, want)
	}
	if c := result.Graph.Check(); !c.OK() {
		t.Errorf("edges are not accounted for: %+v", c)
	}
	orders, _ := result.Graph.Node("lake/model.lake.orders")
	if got, want := fmt.Sprint(orders.Columns, orders.Owner), "[{AMOUNT double } {id bigint key}]hadoop"; got != want {
		t.Errorf("with the catalog: got %s, want %s", got, want)
	}
	slices.SortFunc(progress, func(a, b lineage.ProjectRead) int { return strings.Compare(a.Name, b.Name) })
	if got, want := fmt.Sprint(progress), "[{lake 2 1 <nil>} {warehouse 2 1 <nil>}]"; got != want {
		t.Errorf("progress: got %s, want %s", got, want)
	}
}

// TestMergeDAGOptions checks that what is for the merge arrives there.
func TestMergeDAGOptions(t *testing.T) {
	projects := func() []lineage.Project {
		return []lineage.Project{{Manifest: text(lake)}, {Manifest: text(warehouse)}}
	}
	levels := map[dag.Level]dag.MergeOptions{
		dag.LevelSchemaTable: {},
		dag.LevelAlias:       {Aliases: []dag.DatabaseAlias{{Project: "dwh", Database: "main", As: "awsdatacatalog"}}},
		dag.LevelLink: {Links: []dag.Link{{Reader: dag.Ref{Project: "dwh", UniqueID: "source.dwh.lake.orders"},
			Table: dag.Ref{Project: "lake", UniqueID: "model.lake.orders"}}}},
		"": {ExactDatabase: true},
	}
	for want, opts := range levels {
		result, err := lineage.MergeDAG(t.Context(), lineage.Clients{}, lineage.MergeDAGOptions{Projects: projects(), MergeOptions: opts})
		if err != nil {
			t.Fatal(err)
		}
		var got dag.Level
		for _, m := range result.Graph.Report.Matches {
			got = m.Level
		}
		if got != want {
			t.Errorf("%+v: matched by %q, want %q", opts, got, want)
		}
	}
}

func TestMergeDAGErrors(t *testing.T) {
	const none = "does/not/exist.json"
	result, err := lineage.MergeDAG(t.Context(), lineage.Clients{}, lineage.MergeDAGOptions{Projects: []lineage.Project{
		{Name: "missing", Manifest: lineage.Document{File: none}},
		{Name: "good", Manifest: text(lake)},
		{Name: "cut", Manifest: lineage.Document{File: "cut.json", Reader: strings.NewReader(lake[:200])}},
		{Name: "spoilt catalog", Manifest: text(lake), Catalog: text(lake + "x")},
	}})
	if result.Graph != nil {
		t.Error("a graph of half of the projects")
	}
	if !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want it to wrap both causes", err)
	}
	for _, want := range []string{"lineage: merge DAG: project missing: open " + none, "project cut: cut.json: byte 200: ", "project spoilt catalog: catalog: byte "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to tell %q", err, want)
		}
	}
	if p, ok := errors.AsType[*lineage.ProjectError](err); !ok || p.Index != 0 || p.Name != "missing" {
		t.Errorf("got %#v, want the first project's error", p)
	}
}

func TestMergeDAGBadOptions(t *testing.T) {
	touched := lineage.Document{Reader: iotest.ErrReader(errors.New("read before the options were checked"))}
	tests := []struct {
		opts lineage.MergeDAGOptions
		want string
	}{
		{lineage.MergeDAGOptions{}, "lineage: merge DAG: no Projects"},
		{lineage.MergeDAGOptions{Projects: []lineage.Project{{Manifest: touched}, {Name: "x"}}}, "lineage: merge DAG: project x: no Manifest"},
		{lineage.MergeDAGOptions{Projects: []lineage.Project{{Manifest: text(lake)}, {Manifest: text(lake)}}}, `two projects are named "lake"`},
	}
	for _, tt := range tests {
		if _, err := lineage.MergeDAG(t.Context(), lineage.Clients{}, tt.opts); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}

func TestMergeDAGCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	endless := lineage.Document{Reader: io.MultiReader(strings.NewReader(`{"nodes": {}, "x": [`), cancelling{cancel, stop})}
	_, err := lineage.MergeDAG(ctx, lineage.Clients{}, lineage.MergeDAGOptions{Projects: []lineage.Project{{Manifest: endless}}})
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want %v wrapped", err, stop)
	}
}

// cancelling is an endless list of numbers that cancels the context.
type cancelling struct {
	cancel context.CancelCauseFunc
	cause  error
}

func (c cancelling) Read(b []byte) (int, error) {
	c.cancel(c.cause)
	return copy(b, "1,"), nil
}
