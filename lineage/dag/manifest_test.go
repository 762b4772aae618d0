package dag_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// small is a manifest with one of everything that is read.
const small = `{
"child_map": {"source.shop.raw.Orders": ["model.shop.orders"], "model.shop.orders": []},
"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.11.2",
  "adapter_type": "athena", "project_name": "shop", "project_id": null},
"nodes": {
 "model.shop.orders": {"resource_type": "model", "package_name": "shop", "name": "orders", "version": 2, "database": "awsdatacatalog",
  "schema": "dw", "alias": "orders_v2", "relation_name": "\"awsdatacatalog\".\"dw\".\"orders_v2\"", "description": "All \"orders\"\n\u00e9",
  "tags": ["daily", "daily", "pii"], "path": "marts/orders.sql", "original_file_path": "models/marts/orders.sql", "group": "sales",
  "config": {"materialized": "incremental", "meta": {"owner": ["ann", {"name": "bob"}]}},
  "columns": {"ID": {"name": "ID", "data_type": "bigint", "description": "key"}, "amount": {"name": "amount", "data_type": null}},
  "depends_on": {"macros": ["macro.shop.m"], "nodes": ["source.shop.raw.Orders", "model.shop.gone"]}, "raw_code": "select '\\n' -- {{ x }}"},
 "test.shop.t": {"resource_type": "test", "package_name": "shop", "name": "t", "depends_on": {"nodes": ["model.shop.orders"]}}},
"sources": {"source.shop.raw.Orders": {"resource_type": "source", "package_name": "shop", "name": "Orders", "database": "lake",
  "schema": "raw", "identifier": "orders_2024", "path": "models/sources.yml", "meta": {"owner": "crew"}}},
"exposures": {"exposure.shop.board": {"resource_type": "exposure", "package_name": "shop", "name": "board", "path": "models/e.yml",
  "owner": {"name": null, "email": "x@example.com"}, "depends_on": {"nodes": ["model.shop.orders"]}}},
"groups": {"group.shop.sales": {"name": "sales", "owner": {"name": "Sales"}}},
"parent_map": {"model.shop.orders": ["model.shop.gone", "source.shop.raw.Orders"], "model.shop.unused": []},
"macros": {"macro.shop.m": {"macro_sql": "{% macro %}"}}, "docs": {}, "disabled": null, "metrics": null
}`

func read(t *testing.T, text string) *dag.Project {
	t.Helper()
	p, err := dag.ReadManifest(strings.NewReader(text), "manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func merge(t *testing.T, opts dag.MergeOptions, projects ...*dag.Project) *dag.Graph {
	t.Helper()
	g, err := dag.Merge(projects, opts)
	if err != nil {
		t.Fatal(err)
	}
	if c := g.Check(); !c.OK() {
		t.Errorf("edges are not accounted for: %+v", c)
	}
	return g
}

func toJSON(t *testing.T, g *dag.Graph) string {
	t.Helper()
	var b strings.Builder
	if err := g.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReadManifest(t *testing.T) {
	p := read(t, small)
	if p.Package != "shop" || p.Name() != "shop" || p.Adapter != "athena" || p.DBTVersion != "1.11.2" || p.SchemaVersion != "v12" || len(p.Warnings) > 0 {
		t.Errorf("got project %+v", p)
	}
	if nodes, edges := p.Len(); nodes != 4 || edges != 4 {
		t.Errorf("got %d nodes and %d edges, want 4 and 4", nodes, edges)
	}
	g := merge(t, dag.MergeOptions{LeaveOut: []string{}}, p)
	want := map[string]string{
		"shop/exposure.shop.board":    `{"id":"shop/exposure.shop.board","project":"shop","unique_id":"exposure.shop.board","type":"exposure","package":"shop","name":"board","relation":"","adapter":"athena","owner":"x@example.com","path":"models/e.yml"}`,
		"shop/model.shop.gone":        `{"id":"shop/model.shop.gone","project":"shop","unique_id":"model.shop.gone","type":"model","name":"gone","relation":"","adapter":"athena","placeholder":true}`,
		"shop/model.shop.orders":      `{"id":"shop/model.shop.orders","project":"shop","unique_id":"model.shop.orders","type":"model","package":"shop","name":"orders","version":"2","database":"awsdatacatalog","schema":"dw","identifier":"orders_v2","relation":"\"awsdatacatalog\".\"dw\".\"orders_v2\"","materialization":"incremental","adapter":"athena","description":"All \"orders\"\né","tags":["daily","pii"],"owner":"ann, bob","columns":[{"name":"ID","type":"bigint","description":"key"},{"name":"amount"}],"path":"models/marts/orders.sql"}`,
		"shop/source.shop.raw.Orders": `{"id":"shop/source.shop.raw.Orders","project":"shop","unique_id":"source.shop.raw.Orders","type":"source","package":"shop","name":"Orders","database":"lake","schema":"raw","identifier":"orders_2024","relation":"lake.raw.orders_2024","adapter":"athena","owner":"crew","path":"models/sources.yml"}`,
		"shop/test.shop.t":            `{"id":"shop/test.shop.t","project":"shop","unique_id":"test.shop.t","type":"test","package":"shop","name":"t","relation":"","adapter":"athena"}`,
	}
	for _, n := range g.Nodes {
		got, _ := json.Marshal(n)
		if string(got) != want[n.ID] {
			t.Errorf("got  %s\nwant %s", got, want[n.ID])
		}
		delete(want, n.ID)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if got := fmt.Sprint(g.Report.Placeholders); got != "[shop/model.shop.gone]" {
		t.Errorf("placeholders %s", got)
	}
}

func TestReadManifestGroupOwner(t *testing.T) {
	text := strings.Replace(small, `"meta": {"owner": ["ann", {"name": "bob"}]}`, `"meta": {}`, 1)
	g := merge(t, dag.MergeOptions{}, read(t, text))
	if n, _ := g.Node("shop/model.shop.orders"); n.Owner != "Sales" {
		t.Errorf("got owner %q, want that of the group", n.Owner)
	}
}

func TestReadManifestVersions(t *testing.T) {
	for _, version := range []string{"v1", "v7", "v12", "v20"} {
		p := read(t, strings.Replace(small, "/v12.json", "/"+version+".json", 1))
		if p.SchemaVersion != version || len(p.Warnings) > 0 {
			t.Errorf("%s: read as %s with warnings %q", version, p.SchemaVersion, p.Warnings)
		}
	}
	p := read(t, strings.Replace(small, "/v12.json", "/v13.json", 1))
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], `"v13"`) {
		t.Errorf("v13: warnings %q, want one about the version", p.Warnings)
	}
}

func TestReadManifestInfersPackage(t *testing.T) {
	const nodes = `"nodes": {"model.a.x": {"package_name": "a"}, "model.a.y": {"package_name": "a"}, "model.b.z": {"package_name": "b"}}`
	tests := []struct{ text, want, warning string }{
		{`{"metadata": {"project_id": "92eb5ffee6ae2fec3ad71c777531578f"}, ` + nodes + `}`, "b", ""}, // the MD5 of b
		{`{` + nodes + `}`, "a", "most nodes"},
	}
	for _, tt := range tests {
		p := read(t, tt.text)
		warnings := strings.Join(p.Warnings, "; ")
		if p.Package != tt.want || tt.warning != "" && !strings.Contains(warnings, tt.warning) {
			t.Errorf("got package %q, warnings %q; want %q and %q", p.Package, warnings, tt.want, tt.warning)
		}
	}
}

// TestReadManifestStubs checks that only models of other packages are stubs: a
// tool may have taken the paths away.
func TestReadManifestStubs(t *testing.T) {
	p := read(t, `{"metadata":{"project_name":"p","adapter_type":"athena"},"nodes":{"model.p.a":{"package_name":"p","schema":"s","alias":"a"},
		"model.q.b":{"package_name":"q","schema":"s","alias":"b"},"model.q.c":{"package_name":"q","schema":"s","alias":"c","path":"c.sql"}}}`)
	for _, n := range merge(t, dag.MergeOptions{}, p).Nodes {
		if want := n.Name == "b"; n.External != want {
			t.Errorf("%s: external %t, want %t", n.ID, n.External, want)
		}
	}
}

func TestReadManifestErrors(t *testing.T) {
	conflict := strings.Replace(small, `"nodes": {`, "\"nodes\": {\n<<<<<<< HEAD\n", 1)
	wrongType := strings.Replace(small, `"schema": "dw"`, `"schema": 7`, 1)
	tests := []struct {
		name, text string
		offset     int
		want       string
	}{
		{"empty", "", 0, "stops in the middle"},
		{"truncated", small[:700], 700, "stops in the middle"},
		{"conflict markers", conflict, strings.Index(conflict, "<<<"), "git conflict marker"},
		{"wrong type", wrongType, strings.Index(wrongType, "7, \"alias"), "a string should stand"},
		{"two documents", small + "{}", len(small), "end of the file"},
		{"byte order mark", "\ufeff" + small, 0, "byte order mark"},
		{"no manifest", `{"a": 1}`, 8, "not a dbt manifest"},
		{"a catalog", `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}, "nodes": {}}`, 99, "a dbt catalog"},
		{"nodes is a list", `{"nodes": []}`, 10, "an object should stand"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := dag.ReadManifest(strings.NewReader(tt.text), "some/manifest.json")
			at, ok := errors.AsType[*dag.ReadError](err)
			if p != nil || !ok {
				t.Fatalf("got %v and %v, want a ReadError alone", p, err)
			}
			if at.File != "some/manifest.json" || at.Offset != int64(tt.offset) || !strings.Contains(err.Error(), tt.want) ||
				!strings.HasPrefix(err.Error(), "some/manifest.json: byte ") {
				t.Errorf("got %v, want %q at byte %d of the file", err, tt.want, tt.offset)
			}
		})
	}
	broken := errors.New("disk on fire")
	if _, err := dag.ReadManifest(io.MultiReader(strings.NewReader(small[:500]), iotest.ErrReader(broken)), "m"); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v wrapped", err, broken)
	}
	if _, err := dag.ReadManifest(strings.NewReader(`{"a":1}`), "m"); !errors.Is(err, dag.ErrNotManifest) {
		t.Errorf("got %v, want ErrNotManifest", err)
	}
}

func TestReadManifestTruncatedAnywhere(t *testing.T) {
	for n := range len(small) {
		if p, err := dag.ReadManifest(strings.NewReader(small[:n]), "m"); err == nil || p != nil {
			t.Fatalf("the first %d bytes of %d are taken for a manifest", n, len(small))
		}
	}
}

func TestReadManifestGzip(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	io.WriteString(w, small)
	w.Close()
	p, err := dag.ReadManifest(bytes.NewReader(packed.Bytes()), "m.gz")
	if err != nil {
		t.Fatal(err)
	}
	want := toJSON(t, merge(t, dag.MergeOptions{}, read(t, small)))
	if got := toJSON(t, merge(t, dag.MergeOptions{}, p)); got != want {
		t.Errorf("packed and plain differ:\n%s\n%s", got, want)
	}
	for _, n := range []int{1, 5, packed.Len() / 2, packed.Len() - 1} {
		if _, err := dag.ReadManifest(bytes.NewReader(packed.Bytes()[:n]), "m.gz"); err == nil {
			t.Errorf("no error for %d of %d bytes", n, packed.Len())
		}
	}
	spoilt := bytes.Clone(packed.Bytes())
	spoilt[len(spoilt)-5]++ // of the checksum
	if _, err := dag.ReadManifest(bytes.NewReader(spoilt), "m.gz"); !errors.Is(err, gzip.ErrChecksum) {
		t.Errorf("got %v, want %v", err, gzip.ErrChecksum)
	}
}

// TestReserialised checks that neither the order of keys nor white space nor
// nulls in the place of missing values matter.
func TestReserialised(t *testing.T) {
	for name, text := range manifests(t) {
		want := toJSON(t, merge(t, dag.MergeOptions{LeaveOut: []string{}}, read(t, text)))
		for how, again := range reserialise(t, text) {
			p, err := dag.ReadManifest(strings.NewReader(again), "m")
			if err != nil {
				t.Errorf("%s %s: %v", name, how, err)
				continue
			}
			if got := toJSON(t, merge(t, dag.MergeOptions{LeaveOut: []string{}}, p)); got != want {
				t.Errorf("%s: the graph is another one after it was written %s", name, how)
			}
		}
	}
}

// reserialise returns the document with sorted keys and indented, and without
// nulls, as dbt Fusion writes it.
func reserialise(t *testing.T, text string) map[string]string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	dropNulls(v)
	sparse, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"sorted": string(sorted), "without nulls": string(sparse)}
}

func dropNulls(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, m := range v {
			if m == nil {
				delete(v, k)
			}
			dropNulls(m)
		}
	case []any:
		for _, m := range v {
			dropNulls(m)
		}
	}
}
