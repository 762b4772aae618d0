package integration_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// films is a graph of two projects that meet in three tables.
func films(t *testing.T) *dag.Graph {
	t.Helper()
	var nodes []dag.Node
	add := func(project, kind, name string, change func(*dag.Node)) {
		id := fmt.Sprintf("%s.%s.%s", kind, project, name)
		n := dag.Node{
			ID: project + "/" + id, Project: project, UniqueID: id, Type: kind, Package: project, Name: name,
			Relation: fmt.Sprintf(`"lake"."%s"."%s"`, project, name),
			Adapter:  map[string]string{"athena": "athena", "redshift": "redshift"}[project],
		}
		if change != nil {
			change(&n)
		}
		nodes = append(nodes, n)
	}
	joined := func(n *dag.Node) {
		n.Materialization, n.Owner, n.Path = "table", "films team", "models/staging/"+n.Name+".sql"
		n.Description = "One row per title, cleaned.\nSee the notes of the source for the meaning of the codes."
		n.Tags = []string{"daily", "pii"}
		n.Columns = []dag.Column{
			{Name: "primary_title", Type: "varchar", Description: "the title that is used on posters"},
			{Name: "start_year", Type: "integer"},
			{Name: "title_id", Type: "varchar", Description: "key"},
		}
		n.Members = []dag.Ref{
			{Project: "athena", UniqueID: n.UniqueID},
			{Project: "redshift", UniqueID: "source.redshift.lake." + n.Name},
		}
	}
	for _, name := range []string{"title_basics", "title_ratings", "name_basics", "title_crew"} {
		add("athena", "source", name, nil)
	}
	add("athena", "seed", "region_codes", nil)
	for _, name := range []string{"stg_title_basics", "stg_title_ratings", "stg_name_basics"} {
		add("athena", "model", name, joined)
	}
	add("athena", "model", "stg_title_crew", nil)
	add("redshift", "model", "int_titles_rated", nil)
	add("redshift", "model", "int_people_by_title", nil)
	add("redshift", "model", "dim_titles", nil)
	add("redshift", "model", "fct_ratings_by_year_and_region_with_moving_average", nil)
	add("redshift", "snapshot", "titles_history", nil)
	add("redshift", "metric", "average_rating", nil)
	add("redshift", "exposure", "films_dashboard", nil)
	add("redshift", "model", "retired_ratings", func(n *dag.Node) { n.Placeholder = true })

	edges := edgesByName(nodes, `
		title_basics stg_title_basics  title_ratings stg_title_ratings  name_basics stg_name_basics
		title_crew stg_title_crew  region_codes stg_title_basics  stg_title_basics int_titles_rated
		stg_title_ratings int_titles_rated  stg_name_basics int_people_by_title
		stg_title_basics int_people_by_title  stg_title_crew stg_name_basics  int_titles_rated dim_titles
		int_people_by_title dim_titles  int_titles_rated fct_ratings_by_year_and_region_with_moving_average
		dim_titles titles_history  fct_ratings_by_year_and_region_with_moving_average average_rating
		average_rating films_dashboard  dim_titles films_dashboard  retired_ratings films_dashboard
		stg_title_ratings films_dashboard`)
	g := newGraph(t, nodes, edges)
	g.Report = filmsReport(g)
	return g
}

func filmsReport(g *dag.Graph) dag.Report {
	r := dag.Report{
		Projects: []dag.ProjectReport{
			{Name: "athena", Adapter: "athena", DBTVersion: "1.9.4", SchemaVersion: "v12", Nodes: 9, Edges: 6},
			{Name: "redshift", Adapter: "redshift", DBTVersion: "1.8.0", SchemaVersion: "v12", Nodes: 10, Edges: 13,
				Warnings: []string{"manifest names no owner of 3 exposures"}},
		},
		Ambiguities: []dag.Ambiguity{{
			Level: dag.LevelSchemaTable, Node: dag.Ref{Project: "redshift", UniqueID: "source.redshift.lake.codes"},
			Candidates: []dag.Ref{{Project: "athena", UniqueID: "seed.athena.region_codes"}, {Project: "athena", UniqueID: "model.athena.codes"}},
		}},
		Placeholders: []dag.Ref{{Project: "redshift", UniqueID: "model.redshift.retired_ratings"}},
		LeftOut:      []dag.LeftOut{{Project: "athena", Type: "test", Nodes: 31, Edges: 34}},
	}
	for _, n := range g.Nodes {
		if len(n.Members) == 2 {
			r.Matches = append(r.Matches, dag.Match{Level: dag.LevelAlias, From: n.Members[1], To: n.Members[0], Relation: n.Relation})
		}
	}
	return r
}

// edgesByName reads pairs of node names.
func edgesByName(nodes []dag.Node, pairs string) []dag.Edge {
	id := map[string]string{}
	for _, n := range nodes {
		id[n.Name] = n.ID
	}
	var edges []dag.Edge
	names := strings.Fields(pairs)
	for i := 0; i < len(names); i += 2 {
		edges = append(edges, dag.Edge{From: id[names[i]], To: id[names[i+1]]})
	}
	return edges
}

func newGraph(t *testing.T, nodes []dag.Node, edges []dag.Edge) *dag.Graph {
	t.Helper()
	g, err := dag.NewGraph(nodes, edges)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// warehouse is a graph of n nodes and half as many edges again, shaped like the
// dbt projects of a large company: a few tables that nearly everything reads,
// and one table with more columns, members and neighbours than any list shows.
// It has more projects and types than are listed, too, and a report likewise.
func warehouse(t *testing.T, n int) *dag.Graph {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	var projects []string
	for _, name := range []string{"core", "finance", "growth", "logistics", "marketing", "risk", "sales", "support"} {
		projects = append(projects, name, name+"_eu", name+"_us")
	}
	nodes := make([]dag.Node, n)
	for i := range nodes {
		nodes[i] = warehouseNode(i, n, projects, rng)
	}
	hub := &nodes[n/5]
	hub.Name, hub.Columns, hub.Description = "hub", columns(500), strings.Repeat("What everything is made of. ", 100)
	hub.Members = nil
	for i := range 200 {
		hub.Members = append(hub.Members, dag.Ref{Project: projects[i%len(projects)], UniqueID: fmt.Sprintf("source.x.%03d", i)})
	}
	g := newGraph(t, nodes, warehouseEdges(nodes, n/5, rng))
	g.Report = longReport()
	return g
}

// warehouseNode returns the i-th of n nodes: sources first, what few read last.
func warehouseNode(i, n int, projects []string, rng *rand.Rand) dag.Node {
	project := projects[rng.IntN(len(projects))]
	kind, prefix := "model", []string{"stg", "int", "dim", "fct"}[min(3*i/n+rng.IntN(2), 3)]
	switch {
	case i < n/6:
		kind, prefix = "source", "raw"
	case i > n-n/10:
		kinds := []string{"exposure", "metric", "semantic_model", "saved_query", "seed", "snapshot", "analysis", "function"}
		kind, prefix = kinds[i%8], kinds[i%8]
	}
	name := fmt.Sprintf("%s_%s_%05d", prefix, []string{"orders", "customers", "payments", "visits", "stock"}[rng.IntN(5)], i)
	unique := fmt.Sprintf("%s.%s.%s", kind, project, name)
	node := dag.Node{
		ID: project + "/" + unique, Project: project, UniqueID: unique, Type: kind, Package: project, Name: name,
		Relation: fmt.Sprintf(`"lake"."%s"."%s"`, project, name), Materialization: "table", Adapter: "athena",
		Path: "models/" + name + ".sql", Tags: []string{"daily"}, Columns: columns(8),
	}
	if i%20 == 0 {
		other := projects[rng.IntN(len(projects))]
		node.Members = []dag.Ref{{Project: project, UniqueID: unique}, {Project: other, UniqueID: "source." + other + "." + name}}
	}
	return node
}

// longReport has more of everything than the page shows.
func longReport() (r dag.Report) {
	for i := range 400 {
		ref := dag.Ref{Project: "core", UniqueID: fmt.Sprintf("source.core.lost_%03d", i)}
		r.Projects = append(r.Projects, dag.ProjectReport{Name: fmt.Sprint("p", i), Warnings: []string{"odd"}})
		r.Matches = append(r.Matches, dag.Match{Level: dag.LevelRelation, From: ref, To: ref})
		r.Ambiguities = append(r.Ambiguities, dag.Ambiguity{Level: dag.LevelAlias, Node: ref, Candidates: []dag.Ref{ref, ref}})
		r.Conflicts = append(r.Conflicts, dag.Conflict{Level: dag.LevelRelation, Builders: []dag.Ref{ref, ref}})
		r.Unmatched = append(r.Unmatched, ref)
		r.Placeholders = append(r.Placeholders, ref)
		r.Internal = append(r.Internal, dag.Origin{Project: "core", From: ref.UniqueID, To: ref.UniqueID})
		r.LeftOut = append(r.LeftOut, dag.LeftOut{Project: "core", Type: fmt.Sprint("type", i), Nodes: i})
		r.Cycles = append(r.Cycles, []string{"a", "b", "a"})
	}
	return r
}

// warehouseEdges gives most nodes one or two inputs from shortly before them, and
// the hub some hundred inputs and a good thousand readers.
func warehouseEdges(nodes []dag.Node, hub int, rng *rand.Rand) []dag.Edge {
	n := len(nodes)
	seen := map[[2]int]bool{}
	var edges []dag.Edge
	add := func(from, to int) {
		if from != to && !seen[[2]int{from, to}] {
			seen[[2]int{from, to}] = true
			edges = append(edges, dag.Edge{From: nodes[from].ID, To: nodes[to].ID})
		}
	}
	for i := range 120 {
		add(i, hub)
	}
	for i := range 1200 {
		add(hub, hub+1+i*6*n/10000)
	}
	for len(edges) < n+n/2 {
		to := n/6 + rng.IntN(n-n/6)
		from := to - 1 - rng.IntN(min(to, cmp.Or(n/6, 1)))
		add(from, to)
	}
	return edges
}

func columns(n int) []dag.Column {
	list := make([]dag.Column, n)
	for i := range list {
		list[i] = dag.Column{Name: fmt.Sprintf("column_%03d", i), Type: "varchar", Description: "as in the source"}
	}
	return list
}
