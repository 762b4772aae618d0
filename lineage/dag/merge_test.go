package dag_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// project makes a project from lines such as
//
//	model.a.orders = db.dw.orders < source.a.raw.orders seed.a.codes
//	ephemeral model.a.x < model.a.orders
//	stub model.b.y = db.dw.y
//
// The relation is left of the inputs and may be missing.
func project(t *testing.T, name, adapter string, lines ...string) *dag.Project {
	t.Helper()
	nodes := map[string]any{}
	for _, line := range lines {
		line, inputs, _ := strings.Cut(line, " < ")
		line, relation, _ := strings.Cut(line, " = ")
		mark, id, marked := strings.Cut(strings.TrimSpace(line), " ")
		if !marked {
			mark, id = "", mark
		}
		path := "models/x.sql"
		config := map[string]any{"materialized": "table"}
		switch mark {
		case "stub":
			path = ""
		case "ephemeral":
			config["materialized"] = "ephemeral"
		}
		parts := strings.Split(id, ".")
		node := map[string]any{
			"resource_type": parts[0], "package_name": parts[1], "name": parts[len(parts)-1],
			"original_file_path": path, "config": config, "depends_on": map[string]any{"nodes": strings.Fields(inputs)},
		}
		if names := strings.Split(relation, "."); len(names) == 3 {
			node["database"], node["schema"], node["identifier"] = names[0], names[1], names[2]
		} else if len(names) == 2 {
			node["schema"], node["identifier"] = names[0], names[1]
		}
		nodes[id] = node
	}
	text, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"project_name": name, "adapter_type": adapter, "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"},
		"nodes":    nodes,
	})
	if err != nil {
		t.Fatal(err)
	}
	return read(t, string(text))
}

// summary tells what was joined and why, and everything that was not.
func summary(g *dag.Graph) string {
	var lines []string
	for _, m := range g.Report.Matches {
		lines = append(lines, fmt.Sprintf("%s: %v = %v", m.Level, m.From, m.To))
	}
	for _, a := range g.Report.Ambiguities {
		lines = append(lines, fmt.Sprintf("ambiguous %s: %v ? %v", a.Level, a.Node, a.Candidates))
	}
	for _, c := range g.Report.Conflicts {
		lines = append(lines, fmt.Sprintf("conflict %s: %v", c.Level, c.Builders))
	}
	for _, r := range g.Report.Unmatched {
		lines = append(lines, fmt.Sprintf("unmatched: %v", r))
	}
	for _, o := range g.Report.Internal {
		lines = append(lines, fmt.Sprintf("internal: %s %s > %s", o.Project, o.From, o.To))
	}
	for _, c := range g.Report.Cycles {
		lines = append(lines, fmt.Sprintf("cycle: %v", c))
	}
	return strings.Join(lines, "\n")
}

func TestMerge(t *testing.T) {
	lake := func(t *testing.T) *dag.Project {
		return project(t, "lake", "athena",
			"source.lake.raw.orders = awsdatacatalog.raw.orders",
			"model.lake.orders = awsdatacatalog.dw.orders < source.lake.raw.orders")
	}
	tests := []struct {
		name     string
		projects func(*testing.T) []*dag.Project
		opts     dag.MergeOptions
		want     string
		edges    []string
	}{
		{
			name: "same relation",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "bi", "athena",
					"source.bi.dw.orders = AwsDataCatalog.DW.Orders", "model.bi.top = awsdatacatalog.bi.top < source.bi.dw.orders")}
			},
			want:  "relation: bi/source.bi.dw.orders = lake/model.lake.orders\nunmatched: lake/source.lake.raw.orders",
			edges: []string{"lake/model.lake.orders > bi/model.bi.top", "lake/source.lake.raw.orders > lake/model.lake.orders"},
		},
		{
			name: "two-part name",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "old", "athena", "source.old.dw.orders = dw.orders")}
			},
			want: "unmatched: lake/source.lake.raw.orders\nrelation: old/source.old.dw.orders = lake/model.lake.orders",
		},
		{
			name: "schema and table alone",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "dwh", "redshift", "source.dwh.dw.orders = main.dw.orders")}
			},
			want: "schema+table: dwh/source.dwh.dw.orders = lake/model.lake.orders\nunmatched: lake/source.lake.raw.orders",
		},
		{
			name: "exact database",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "dwh", "redshift", "source.dwh.dw.orders = main.dw.orders")}
			},
			opts: dag.MergeOptions{ExactDatabase: true},
			want: "unmatched: dwh/source.dwh.dw.orders\nunmatched: lake/source.lake.raw.orders",
		},
		{
			name: "database alias",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "dwh", "redshift", "source.dwh.dw.orders = main.dw.orders")}
			},
			opts: dag.MergeOptions{ExactDatabase: true, Aliases: []dag.DatabaseAlias{{Project: "dwh", Database: "MAIN", As: "awsdatacatalog"}}},
			want: "alias: dwh/source.dwh.dw.orders = lake/model.lake.orders\nunmatched: lake/source.lake.raw.orders",
		},
		{
			name: "two tables of one schema and name",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "pg", "postgres", "model.pg.orders = app.dw.orders"),
					project(t, "dwh", "redshift", "source.dwh.dw.orders = main.dw.orders")}
			},
			want: "ambiguous schema+table: dwh/source.dwh.dw.orders ? [lake/model.lake.orders pg/model.pg.orders]\nunmatched: lake/source.lake.raw.orders",
		},
		{
			name: "the project's own table in another database",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "dwh", "redshift", "source.dwh.dw.orders = raw.dw.orders",
					"model.dwh.orders = main.dw.orders < source.dwh.dw.orders")}
			},
			want:  "unmatched: dwh/source.dwh.dw.orders",
			edges: []string{"dwh/source.dwh.dw.orders > dwh/model.dwh.orders"},
		},
		{
			name: "two sources of a project for one table",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "dwh", "redshift", "source.dwh.a.orders = a.dw.orders", "source.dwh.b.orders = b.dw.orders")}
			},
			want: "ambiguous schema+table: dwh/source.dwh.a.orders ? [lake/model.lake.orders]\n" +
				"ambiguous schema+table: dwh/source.dwh.b.orders ? [lake/model.lake.orders]\nunmatched: lake/source.lake.raw.orders",
		},
		{
			name: "two builders of one relation",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "lake2", "athena", "model.lake2.orders = awsdatacatalog.dw.orders"),
					project(t, "bi", "athena", "source.bi.dw.orders = awsdatacatalog.dw.orders")}
			},
			want: "ambiguous relation: bi/source.bi.dw.orders ? [lake/model.lake.orders lake2/model.lake2.orders]\n" +
				"conflict relation: [lake/model.lake.orders lake2/model.lake2.orders]\nunmatched: lake/source.lake.raw.orders",
		},
		{
			name: "two builders under an alias",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "dwh", "redshift", "model.dwh.orders = main.dw.orders")}
			},
			opts: dag.MergeOptions{Aliases: []dag.DatabaseAlias{{Project: "dwh", Database: "main", As: "awsdatacatalog"}}},
			want: "conflict alias: [dwh/model.dwh.orders lake/model.lake.orders]\nunmatched: lake/source.lake.raw.orders",
		},
		{
			name: "seed and source within a project",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "shop", "duckdb", "seed.shop.codes = dev.main.codes",
					"source.shop.raw.codes = dev.main.codes", "model.shop.x = dev.main.x < source.shop.raw.codes")}
			},
			want:  "project: shop/source.shop.raw.codes = shop/seed.shop.codes",
			edges: []string{"shop/seed.shop.codes > shop/model.shop.x"},
		},
		{
			name: "a model that reads its own table as a source",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "shop", "duckdb", "source.shop.own.x = dev.main.x", "model.shop.x = dev.main.x < source.shop.own.x")}
			},
			want: "project: shop/source.shop.own.x = shop/model.shop.x\ninternal: shop source.shop.own.x > model.shop.x",
		},
		{
			name: "projects that read each other",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{
					project(t, "a", "athena", "model.a.x = awsdatacatalog.s.x < source.a.s.y", "source.a.s.y = awsdatacatalog.s.y"),
					project(t, "b", "athena", "model.b.y = awsdatacatalog.s.y < source.b.s.x", "source.b.s.x = awsdatacatalog.s.x")}
			},
			want: "relation: a/source.a.s.y = b/model.b.y\nrelation: b/source.b.s.x = a/model.a.x\ncycle: [a/model.a.x b/model.b.y]",
		},
		{
			name: "sources alone",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "a", "athena", "source.a.s.x = awsdatacatalog.s.x", "model.a.m = awsdatacatalog.t.m < source.a.s.x"),
					project(t, "b", "athena", "source.b.s.x = awsdatacatalog.s.x", "model.b.n = awsdatacatalog.t.n < source.b.s.x")}
			},
			want:  "unmatched: a/source.a.s.x\nrelation: b/source.b.s.x = a/source.a.s.x\nunmatched: b/source.b.s.x",
			edges: []string{"a/source.a.s.x > a/model.a.m", "a/source.a.s.x > b/model.b.n"},
		},
		{
			name: "stub of dbt Mesh",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "up", "postgres", "model.up.x = prod.s.x", "ephemeral model.up.y < model.up.x"),
					project(t, "down", "postgres", "stub model.up.x = staging.s.x", "model.down.z = prod.t.z < model.up.x")}
			},
			want:  "external: down/model.up.x = up/model.up.x",
			edges: []string{"up/model.up.x > down/model.down.z", "up/model.up.x > up/model.up.y"},
		},
		{
			name: "what a stub depends on is not in the manifest",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "up", "postgres", "model.up.hidden = prod.s.h", "model.up.x = prod.s.x < model.up.hidden"),
					project(t, "down", "postgres", "stub model.up.x = prod.s.x < model.up.hidden", "model.down.z = prod.t.z < model.up.x")}
			},
			want:  "external: down/model.up.hidden = up/model.up.hidden\nexternal: down/model.up.x = up/model.up.x",
			edges: []string{"up/model.up.hidden > up/model.up.x", "up/model.up.x > down/model.down.z"},
		},
		{
			name: "a disabled model of an installed package is none of another project's",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "pkg", "postgres", "model.pkg.x = prod.s.x"),
					project(t, "down", "postgres", "model.pkg.y = prod.t.y < model.pkg.x")}
			},
			want:  "",
			edges: []string{"down/model.pkg.x > down/model.pkg.y"},
		},
		{
			name: "stub with two possible owners",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "up", "postgres", "model.up.x = prod.s.x"), renamed(project(t, "up", "postgres", "model.up.x = staging.s.x"), "up-staging"),
					project(t, "down", "postgres", "stub model.up.x = staging.s.x"), project(t, "other", "postgres", "stub model.up.x = elsewhere.s.x")}
			},
			want: "external: down/model.up.x = up-staging/model.up.x\n" +
				"ambiguous external: other/model.up.x ? [up/model.up.x up-staging/model.up.x]",
		},
		{
			name: "same ids of an installed package are different tables",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "a", "postgres", "model.pkg.x = db.a.x"), project(t, "b", "postgres", "model.pkg.x = db.b.x")}
			},
			want: "",
		},
		{
			name: "explicit link",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "dwh", "redshift", "source.dwh.ext.o = main.ext.o", "model.dwh.m = main.t.m < source.dwh.ext.o")}
			},
			opts:  dag.MergeOptions{Links: []dag.Link{{Reader: dag.Ref{Project: "dwh", UniqueID: "source.dwh.ext.o"}, Table: dag.Ref{Project: "lake", UniqueID: "model.lake.orders"}}}},
			want:  "link: dwh/source.dwh.ext.o = lake/model.lake.orders\nunmatched: lake/source.lake.raw.orders",
			edges: []string{"lake/model.lake.orders > dwh/model.dwh.m", "lake/source.lake.raw.orders > lake/model.lake.orders"},
		},
		{
			name: "explicit link of two tables",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "dwh", "redshift", "model.dwh.m = main.t.m")}
			},
			opts: dag.MergeOptions{Links: []dag.Link{{Reader: dag.Ref{Project: "dwh", UniqueID: "model.dwh.m"}, Table: dag.Ref{Project: "lake", UniqueID: "model.lake.orders"}}}},
			want: "conflict link: [dwh/model.dwh.m lake/model.lake.orders]\nunmatched: lake/source.lake.raw.orders",
		},
		{
			name: "a source and the table it is not, which the project reads by another name",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{lake(t), project(t, "dwh", "redshift", "source.dwh.a.orders = awsdatacatalog.dw.orders", "source.dwh.b.orders = main.dw.orders")}
			},
			want: "relation: dwh/source.dwh.a.orders = lake/model.lake.orders\nunmatched: dwh/source.dwh.b.orders\nunmatched: lake/source.lake.raw.orders",
		},
		{
			name: "a stub of a package that two projects install",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "down", "postgres", "stub model.core.x = prod.core.x", "stub model.core.y = prod.core.y"),
					project(t, "other", "postgres", "model.core.x = otherdb.zzz.x", "model.core.y = prod.core.y")}
			},
			want: "external: down/model.core.y = other/model.core.y\nunmatched: down/model.core.x",
		},
		{
			name: "one name for two databases, which aliases tell apart",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{
					project(t, "p1", "redshift", "source.p1.s.t = main.s.t"), project(t, "p2", "redshift", "source.p2.s.t = main.s.t"),
					project(t, "l1", "athena", "model.l1.t = lake1.s.t"), project(t, "l2", "athena", "model.l2.t = lake2.s.t")}
			},
			opts: dag.MergeOptions{Aliases: []dag.DatabaseAlias{{Project: "p1", Database: "main", As: "lake1"}, {Project: "p2", Database: "main", As: "lake2"}}},
			want: "alias: p1/source.p1.s.t = l1/model.l1.t\nalias: p2/source.p2.s.t = l2/model.l2.t",
		},
		{
			name: "an alias of one project is none of another",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{
					project(t, "p1", "redshift", "source.p1.s.t = main.s.t"), project(t, "p2", "redshift", "source.p2.s.t = main.s.t"),
					project(t, "l1", "athena", "model.l1.t = lake1.s.t")}
			},
			opts: dag.MergeOptions{ExactDatabase: true, Aliases: []dag.DatabaseAlias{{Project: "p1", Database: "main", As: "lake1"}}},
			want: "alias: p1/source.p1.s.t = l1/model.l1.t\nunmatched: p2/source.p2.s.t",
		},
		{
			name: "a model named like its source, and an alias that confuses them",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{
					project(t, "p1", "redshift", "source.p1.s.t = lake.s.t", "model.p1.t = main.s.t < source.p1.s.t"),
					project(t, "p2", "redshift", "source.p2.s.t = main.s.t")}
			},
			opts:  dag.MergeOptions{Aliases: []dag.DatabaseAlias{{Project: "p2", Database: "main", As: "lake"}}},
			want:  "relation: p2/source.p2.s.t = p1/model.p1.t\nunmatched: p1/source.p1.s.t",
			edges: []string{"p1/source.p1.s.t > p1/model.p1.t"},
		},
		{
			name: "a link settles a stub with two possible owners",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{renamed(project(t, "up", "postgres", "model.up.x = prod.s.x"), "up1"), renamed(project(t, "up", "postgres", "model.up.x = staging.s.x"), "up2"),
					project(t, "down", "postgres", "stub model.up.x = elsewhere.s.x")}
			},
			opts: dag.MergeOptions{Links: []dag.Link{{Reader: dag.Ref{Project: "down", UniqueID: "model.up.x"}, Table: dag.Ref{Project: "up2", UniqueID: "model.up.x"}}}},
			want: "link: down/model.up.x = up2/model.up.x",
		},
		{
			name: "a link against the id",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "up", "postgres", "model.up.x = prod.s.x", "model.up.y = prod.s.y"), project(t, "down", "postgres", "stub model.up.x = prod.s.x")}
			},
			opts: dag.MergeOptions{Links: []dag.Link{{Reader: dag.Ref{Project: "down", UniqueID: "model.up.x"}, Table: dag.Ref{Project: "up", UniqueID: "model.up.y"}}}},
			want: "link: down/model.up.x = up/model.up.y\nconflict external: [up/model.up.x up/model.up.y]",
		},
		{
			name: "a source of what is ephemeral",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "up", "postgres", "ephemeral model.up.x"), project(t, "down", "postgres", "stub model.up.x = prod.s.x"),
					project(t, "z", "postgres", "source.z.s.x = prod.s.x")}
			},
			want: "external: down/model.up.x = up/model.up.x\nunmatched: z/source.z.s.x",
		},
		{
			name: "dots in names do not run together",
			projects: func(t *testing.T) []*dag.Project {
				model := read(t, `{"metadata":{"project_name":"m","adapter_type":"postgres"},"nodes":{"model.m.t":{"package_name":"m","database":"x.y","schema":"s","alias":"t","path":"p"}}}`)
				source := read(t, `{"metadata":{"project_name":"n","adapter_type":"postgres"},"sources":{"source.n.s.t":{"package_name":"n","database":"x","schema":"y.s","identifier":"t","path":"p"}}}`)
				return []*dag.Project{model, source}
			},
			opts: dag.MergeOptions{ExactDatabase: true},
			want: "unmatched: n/source.n.s.t",
		},
		{
			name: "an engine that folds reads one that keeps case",
			projects: func(t *testing.T) []*dag.Project {
				return []*dag.Project{project(t, "pg", "postgres", "model.pg.Orders = app.Sales.Orders"), project(t, "fed", "trino", "source.fed.s.orders = pgcatalog.sales.orders")}
			},
			want: "schema+table: fed/source.fed.s.orders = pg/model.pg.Orders",
		},
		{
			name: "a dot within a name",
			projects: func(t *testing.T) []*dag.Project {
				dotted := read(t, `{"metadata":{"project_name":"q","adapter_type":"postgres"},"sources":{"source.q.s.t":{"relation_name":"\"db\".\"a.b\".\"c\"","path":"x"}}}`)
				return []*dag.Project{dotted, project(t, "r", "postgres", "model.r.c = db.a.b", "model.r.d = a.b")}
			},
			want: "unmatched: q/source.q.s.t",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := merge(t, tt.opts, tt.projects(t)...)
			if got := summary(g); sortLines(got) != sortLines(tt.want) {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			var edges []string
			for _, e := range g.Edges {
				edges = append(edges, e.From+" > "+e.To)
			}
			if tt.edges != nil && !slices.Equal(edges, tt.edges) {
				t.Errorf("got edges %q, want %q", edges, tt.edges)
			}
			checkOrderDoesNotMatter(t, g, tt.projects(t), tt.opts)
		})
	}
}

func renamed(p *dag.Project, name string) *dag.Project {
	p.Rename(name)
	return p
}

func sortLines(s string) string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func checkOrderDoesNotMatter(t *testing.T, g *dag.Graph, projects []*dag.Project, opts dag.MergeOptions) {
	t.Helper()
	want := toJSON(t, g)
	random := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		random.Shuffle(len(projects), func(i, j int) { projects[i], projects[j] = projects[j], projects[i] })
		if got := toJSON(t, merge(t, opts, projects...)); got != want {
			t.Fatalf("another order of projects gives another graph:\n%s\n%s", got, want)
		}
	}
}

// checkNoTwoBuilders checks that no node joins two resources that build a table.
func checkNoTwoBuilders(t *testing.T, g *dag.Graph, builds map[dag.Ref]bool) {
	t.Helper()
	for _, n := range g.Nodes {
		var builders []dag.Ref
		for _, m := range n.Members {
			if builds[m] {
				builders = append(builders, m)
			}
		}
		if len(builders) > 1 {
			t.Errorf("%s joins several tables: %v", n.ID, builders)
		}
		if len(builders) == 1 && n.ID != builders[0].String() {
			t.Errorf("%s is not named after %v, which builds it", n.ID, builders[0])
		}
	}
}

func TestMergeOwnerWins(t *testing.T) {
	up := read(t, `{"metadata":{"project_name":"up","adapter_type":"postgres"},"nodes":{"model.up.x":{"package_name":"up","name":"x","path":"x.sql",
		"database":"d","schema":"s","alias":"x","config":{"materialized":"incremental"},"description":"the table","tags":["t"]}}}`)
	down := read(t, `{"metadata":{"project_name":"down","adapter_type":"postgres"},"nodes":{"model.up.x":{"package_name":"up","name":"x","path":"",
		"database":"d","schema":"s","alias":"x","config":{"materialized":"view","meta":{"owner":"someone"}},"description":"a stub"}}}`)
	g := merge(t, dag.MergeOptions{}, down, up)
	if len(g.Nodes) != 1 {
		t.Fatalf("got %d nodes, want 1", len(g.Nodes))
	}
	n := g.Nodes[0]
	if n.ID != "up/model.up.x" || n.Materialization != "incremental" || n.Description != "the table" || n.Owner != "someone" || n.External || len(n.Members) != 2 {
		t.Errorf("got %+v", n)
	}
}

func TestMergeQuoting(t *testing.T) {
	source := func(adapter, relation string) *dag.Project {
		relation = strings.ReplaceAll(relation, `"`, `\"`)
		return read(t, `{"metadata":{"project_name":"reader","adapter_type":"`+adapter+`"},"sources":{"source.r.s.t":{"path":"x","relation_name":"`+relation+`"}}}`)
	}
	model := func(adapter, relation string) *dag.Project {
		relation = strings.ReplaceAll(relation, `"`, `\"`)
		return read(t, `{"metadata":{"project_name":"builder","adapter_type":"`+adapter+`"},"nodes":{"model.b.t":{"path":"x","relation_name":"`+relation+`"}}}`)
	}
	tests := []struct {
		readerAdapter, reader, builderAdapter, builder string
		same                                           bool
	}{
		{"athena", `"awsdatacatalog"."a"."T"`, "redshift", `"AWSDATACATALOG"."a"."t"`, true},
		{"athena", "a.t", "athena", `"awsdatacatalog"."a"."t"`, true},
		{"snowflake", "db.a.t", "snowflake", "DB.A.T", true},
		{"snowflake", `db.a."t"`, "snowflake", "db.a.t", false},
		{"snowflake", `db.a."T"`, "snowflake", "db.a.t", true},
		{"snowflake", `db.a.t`, "athena", `"db"."a"."t"`, true},
		{"postgres", `"db"."a"."T"`, "postgres", `"db"."a"."t"`, false},
		{"postgres", `db.a.T`, "postgres", `"db"."a"."t"`, true},
		{"bigquery", "`p-1`.`a`.`T`", "bigquery", "`p-1`.`a`.`t`", false},
		{"bigquery", "`p-1`.`a`.`t`", "bigquery", "p-1.a.t", true},
		{"sqlserver", "[db].[a].[t]", "sqlserver", `"DB"."A"."T"`, true},
		{"postgres", `"db"."a""b"."t"`, "postgres", `"db"."a"."b"`, false},
		{"trino", `"db"."a.b"."t"`, "trino", `"DB"."A.B"."T"`, true},
		{"unheardof", "db.a.t", "unheardof", "db.a.T", false},
	}
	for _, tt := range tests {
		g := merge(t, dag.MergeOptions{ExactDatabase: true}, source(tt.readerAdapter, tt.reader), model(tt.builderAdapter, tt.builder))
		if got := len(g.Nodes) == 1; got != tt.same {
			t.Errorf("%s %s and %s %s: same table: got %t, want %t", tt.readerAdapter, tt.reader, tt.builderAdapter, tt.builder, got, tt.same)
		}
	}
}

func TestMergeLeaveOut(t *testing.T) {
	p := func() *dag.Project { return read(t, small) }
	g := merge(t, dag.MergeOptions{}, p())
	if got := fmt.Sprint(g.Report.LeftOut); got != "[{shop test 1 1}]" {
		t.Errorf("left out %s", got)
	}
	g = merge(t, dag.MergeOptions{LeaveOut: []string{"source", "exposure"}}, p())
	if got := fmt.Sprint(g.Report.LeftOut, len(g.Edges)); got != "[{shop exposure 1 1} {shop source 1 1}] 2" {
		t.Errorf("left out and edges: %s", got)
	}
}

func TestMergeErrors(t *testing.T) {
	tests := []struct {
		name, project string
		opts          dag.MergeOptions
		want          string
	}{
		{"slash", "a/b", dag.MergeOptions{}, "slash"},
		{"empty", "", dag.MergeOptions{}, "empty"},
		{"twice", "other", dag.MergeOptions{}, `named "other"`},
		{"alias of nothing", "p", dag.MergeOptions{Aliases: []dag.DatabaseAlias{{Project: "q", Database: "d", As: "e"}}}, `no project "q"`},
		{"two aliases", "p", dag.MergeOptions{Aliases: []dag.DatabaseAlias{{Project: "p", Database: "d", As: "e"}, {Project: "p", Database: "D", As: "f"}}}, "two aliases"},
		{"link of another kind", "p", dag.MergeOptions{Links: []dag.Link{{Reader: dag.Ref{Project: "p", UniqueID: "exposure.p.e"}, Table: dag.Ref{Project: "p", UniqueID: "model.p.a"}}}}, "want a source or stub"},
		{"link to itself", "p", dag.MergeOptions{Links: []dag.Link{{Reader: dag.Ref{Project: "p", UniqueID: "model.p.a"}, Table: dag.Ref{Project: "p", UniqueID: "model.p.a"}}}}, "want a source or stub"},
		{"link to nothing", "p", dag.MergeOptions{Links: []dag.Link{{Reader: dag.Ref{Project: "p", UniqueID: "x"}}}}, "no such node"},
	}
	for _, tt := range tests {
		p, other := project(t, "p", "redshift", "model.p.a = d.s.a", "exposure.p.e"), project(t, "other", "athena")
		p.Rename(tt.project)
		_, err := dag.Merge([]*dag.Project{p, other}, tt.opts)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
		if tt.name == "link to nothing" && !errors.Is(err, dag.ErrNoNode) {
			t.Errorf("%s: %v does not wrap ErrNoNode", tt.name, err)
		}
	}
}

func TestMergeAliases(t *testing.T) {
	reader := project(t, "r", "postgres", `source.r.s.t = Analytics.s.t`)
	builder := project(t, "b", "bigquery", "model.b.t = AwsDataCatalog.s.t")
	alias := func(database, as string) dag.MergeOptions {
		return dag.MergeOptions{ExactDatabase: true, Aliases: []dag.DatabaseAlias{{Project: "r", Database: database, As: as}}}
	}
	for _, database := range []string{"Analytics", "analytics", "ANALYTICS", `"Analytics"`} {
		if g := merge(t, alias(database, "AwsDataCatalog"), reader, builder); len(g.Nodes) != 1 {
			t.Errorf("alias for %s: not joined:\n%s", database, summary(g))
		}
	}
	g := merge(t, alias("analitycs", "AwsDataCatalog"), reader, builder)
	if w := g.Report.Projects[1].Warnings; len(w) != 1 || !strings.Contains(w[0], `"analitycs"`) {
		t.Errorf("warnings %q, want one about the alias that fits nothing", w)
	}
}

// TestMergeManyAmbiguities checks that the report stays in proportion to the
// input.
func TestMergeManyAmbiguities(t *testing.T) {
	var sources, models []string
	for i := range 300 {
		sources = append(sources, fmt.Sprintf("source.r.s.n%d = r%d.s.t", i, i))
		models = append(models, fmt.Sprintf("model.b.n%d = b%d.s.t", i, i))
	}
	g := merge(t, dag.MergeOptions{}, project(t, "r", "redshift", sources...), project(t, "b", "redshift", models...))
	if n := len(g.Report.Ambiguities); n != 300 {
		t.Errorf("got %d ambiguities, want 300", n)
	}
	for _, a := range g.Report.Ambiguities {
		if len(a.Candidates)+a.More != 300 || len(a.Candidates) > 25 {
			t.Fatalf("got %d candidates and %d more", len(a.Candidates), a.More)
		}
	}
}

// TestCheckFinds checks that Check notices what must never happen.
func TestCheckFinds(t *testing.T) {
	graph := func() *dag.Graph {
		return merge(t, dag.MergeOptions{}, project(t, "p", "athena", "model.p.a = d.s.a", "model.p.b = d.s.b < model.p.a", "model.p.c = d.s.c < model.p.a model.p.b", "test.p.t < model.p.c"))
	}
	tests := map[string]func(g *dag.Graph){
		"lost edge":                     func(g *dag.Graph) { g.Edges = g.Edges[1:] },
		"lost origin":                   func(g *dag.Graph) { g.Edges[0].Origins = nil },
		"doubled origin":                func(g *dag.Graph) { g.Edges[0].Origins = append(g.Edges[0].Origins, g.Edges[0].Origins[0]) },
		"swapped origins":               func(g *dag.Graph) { g.Edges[0].Origins, g.Edges[1].Origins = g.Edges[1].Origins, g.Edges[0].Origins },
		"an edge that is said internal": func(g *dag.Graph) { g.Report.Internal, g.Edges = g.Edges[0].Origins, g.Edges[1:] },
		"an origin from nowhere":        func(g *dag.Graph) { g.Edges[0].Origins = append(g.Edges[0].Origins, dag.Origin{Project: "q"}) },
		"left out and not":              func(g *dag.Graph) { g.Report.LeftOut[0].Type = "model" },
	}
	for name, spoil := range tests {
		g := graph()
		spoil(g)
		if c := g.Check(); c.OK() {
			t.Errorf("%s: not noticed: %+v", name, c)
		}
	}
}

// TestMergeProperties merges random projects that share databases, schemas and
// names, in every way that names can be shared.
func TestMergeProperties(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		projects, builds := randomProjects(t, random)
		opts := dag.MergeOptions{ExactDatabase: random.IntN(2) == 0}
		if random.IntN(2) == 0 {
			opts.Aliases = []dag.DatabaseAlias{{Project: "p0", Database: "d0", As: "d1"}}
		}
		g := merge(t, opts, projects...)
		checkOrderDoesNotMatter(t, g, projects, opts)
		checkNoTwoBuilders(t, g, builds)
		again, err := dag.ReadJSON(strings.NewReader(toJSON(t, g)))
		if err != nil {
			t.Fatal(err)
		}
		if toJSON(t, again) != toJSON(t, g) || !again.Check().OK() {
			t.Errorf("seed %d: the graph changes on its way through JSON", seed)
		}
		for _, e := range g.Edges {
			if e.From == e.To || len(e.Origins) == 0 {
				t.Errorf("seed %d: edge %+v", seed, e)
			}
		}
	}
}

// randomProjects also returns the resources that build a table.
func randomProjects(t *testing.T, random *rand.Rand) ([]*dag.Project, map[dag.Ref]bool) {
	var projects []*dag.Project
	builds := map[dag.Ref]bool{}
	for p := range 2 + random.IntN(3) {
		name := fmt.Sprintf("p%d", p)
		var lines, ids []string
		for i := range 2 + random.IntN(8) {
			kind := []string{"model", "source", "seed", "ephemeral model", "stub model", "test"}[random.IntN(6)]
			id := fmt.Sprintf("%s.pkg%d.n%d", kind, random.IntN(2), i)
			relation := fmt.Sprintf("d%d.s%d.t%d", random.IntN(2), random.IntN(2), random.IntN(4))
			var inputs []string
			for range random.IntN(3) {
				if len(ids) > 0 {
					inputs = append(inputs, ids[random.IntN(len(ids))])
				}
			}
			lines = append(lines, id+" = "+relation+" < "+strings.Join(inputs, " "))
			ids = append(ids, id[strings.LastIndex(id, " ")+1:])
			builds[dag.Ref{Project: name, UniqueID: id}] = kind == "model" || kind == "seed"
		}
		projects = append(projects, project(t, name, []string{"redshift", "athena", "snowflake"}[random.IntN(3)], lines...))
	}
	return projects, builds
}
