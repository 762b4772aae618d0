package dag_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// diamond is a small graph of two projects:
//
//	l/source.l.s.a → l/model.l.b → w/model.w.c → w/exposure.w.e
//	                 l/model.l.b → w/model.w.d → w/exposure.w.e      l/seed.l.alone
func diamond(t *testing.T) *dag.Graph {
	t.Helper()
	node := func(id, relation string, tags ...string) dag.Node {
		project, uniqueID, _ := strings.Cut(id, "/")
		parts := strings.Split(uniqueID, ".")
		return dag.Node{ID: id, Project: project, UniqueID: uniqueID, Type: parts[0], Name: parts[len(parts)-1], Relation: relation, Tags: tags}
	}
	nodes := []dag.Node{
		node("l/source.l.s.a", `"lake"."s"."a"`), node("l/model.l.b", `"lake"."dw"."b"`, "PII"), node("l/seed.l.alone", ""),
		node("w/model.w.c", `"wh"."dw"."c"`), node("w/model.w.d", `"wh"."dw"."d"`, "pii", "daily"), node("w/exposure.w.e", ""),
	}
	edge := func(from, to string) dag.Edge {
		return dag.Edge{From: from, To: to, Origins: []dag.Origin{{Project: "l", From: from, To: to}}}
	}
	g, err := dag.NewGraph(nodes, []dag.Edge{
		edge("w/model.w.d", "w/exposure.w.e"), edge("w/model.w.c", "w/exposure.w.e"), edge("l/model.l.b", "w/model.w.d"),
		edge("l/model.l.b", "w/model.w.c"), edge("l/source.l.s.a", "l/model.l.b"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func steps(list []dag.Step, err error) string {
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%d %s", s.Depth, s.Node.ID))
	}
	return strings.Join(out, ", ")
}

func TestWalk(t *testing.T) {
	g := diamond(t)
	tests := []struct{ name, got, want string }{
		{"downstream", steps(g.Downstream("l/source.l.s.a", dag.Walk{})), "1 l/model.l.b, 2 w/model.w.c, 2 w/model.w.d, 3 w/exposure.w.e"},
		{"depth", steps(g.Downstream("l/source.l.s.a", dag.Walk{Depth: 2})), "1 l/model.l.b, 2 w/model.w.c, 2 w/model.w.d"},
		{"types", steps(g.Downstream("l/source.l.s.a", dag.Walk{Types: []string{"exposure"}})), "3 w/exposure.w.e"},
		{"upstream", steps(g.Upstream("w/exposure.w.e", dag.Walk{Depth: 2})), "1 w/model.w.c, 1 w/model.w.d, 2 l/model.l.b"},
		{"end", steps(g.Downstream("w/exposure.w.e", dag.Walk{})), ""},
		{"no node", steps(g.Downstream("x", dag.Walk{})), `dag: no such node: "x"`},
		{"negative", steps(g.Downstream("l/model.l.b", dag.Walk{Depth: -1})), "dag: depth -1 is negative"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, tt.got, tt.want)
		}
	}
}

func TestImpact(t *testing.T) {
	impact, err := diamond(t).Impact("l/source.l.s.a")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%s %d %v", impact.Node.Name, impact.Total, impact.Counts), "a 4 [{l model 1} {w exposure 1} {w model 2}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPaths(t *testing.T) {
	g := diamond(t)
	paths, complete, err := g.Paths("l/model.l.b", "w/exposure.w.e", 10)
	if got, want := fmt.Sprint(paths, complete, err), "[[l/model.l.b w/model.w.c w/exposure.w.e] [l/model.l.b w/model.w.d w/exposure.w.e]] true <nil>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	paths, complete, _ = g.Paths("l/model.l.b", "w/exposure.w.e", 1)
	if len(paths) != 1 || complete {
		t.Errorf("with limit 1: got %v, complete %t", paths, complete)
	}
	if got, _ := g.ShortestPath("l/source.l.s.a", "w/exposure.w.e"); fmt.Sprint(got) != "[l/source.l.s.a l/model.l.b w/model.w.c w/exposure.w.e]" {
		t.Errorf("shortest path %v", got)
	}
	if got, err := g.ShortestPath("w/exposure.w.e", "l/model.l.b"); got != nil || err != nil {
		t.Errorf("path against the edges: %v, %v", got, err)
	}
	if _, err := g.ShortestPath("x", "l/model.l.b"); !errors.Is(err, dag.ErrNoNode) {
		t.Errorf("got %v, want ErrNoNode", err)
	}
}

func TestShape(t *testing.T) {
	g := diamond(t)
	order, acyclic := g.Order()
	tests := []struct {
		name, want string
		got        any
	}{
		{"roots", "[l/seed.l.alone l/source.l.s.a]", g.Roots()},
		{"leaves", "[l/seed.l.alone w/exposure.w.e]", g.Leaves()},
		{"order", "[l/seed.l.alone l/source.l.s.a l/model.l.b w/model.w.c w/model.w.d w/exposure.w.e]", order},
		{"acyclic", "true", acyclic},
		{"components", "[[l/model.l.b l/source.l.s.a w/exposure.w.e w/model.w.c w/model.w.d] [l/seed.l.alone]]", g.Components()},
	}
	for _, tt := range tests {
		if got := fmt.Sprint(tt.got); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSearch(t *testing.T) {
	g := diamond(t)
	tests := map[string]string{
		"lake":            "l/model.l.b l/source.l.s.a",
		"tag:pii":         "l/model.l.b w/model.w.d",
		"PII type:model":  "l/model.l.b w/model.w.d",
		"tag:pi":          "l/model.l.b w/model.w.d",
		"tag:ii":          "",
		"type:m alone":    "",
		"tag:":            "",
		"project:w dw":    "w/model.w.c w/model.w.d",
		"name:alone":      "l/seed.l.alone",
		`relation:"dw"`:   "l/model.l.b w/model.w.c w/model.w.d",
		"id:exposure":     "w/exposure.w.e",
		"nothing":         "",
		"type:source l/s": "l/source.l.s.a",
	}
	for query, want := range tests {
		var ids []string
		for _, n := range g.Search(query) {
			ids = append(ids, n.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	g := diamond(t)
	for ref, want := range map[string]string{"w/model.w.c": "w/model.w.c", "model.w.c": "w/model.w.c", "c": "w/model.w.c"} {
		if n, err := g.Find(ref); err != nil || n.ID != want {
			t.Errorf("%s: got %v, %v; want %s", ref, n, err, want)
		}
	}
	if _, err := g.Find("x"); !errors.Is(err, dag.ErrNoNode) {
		t.Errorf("got %v, want ErrNoNode", err)
	}
	twice, err := dag.NewGraph([]dag.Node{{ID: "a/x", Name: "x"}, {ID: "b/x", Name: "x"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := twice.Find("x"); err == nil || !strings.Contains(err.Error(), "a/x, b/x") {
		t.Errorf("got %v, want both IDs named", err)
	}
}

func TestSubgraph(t *testing.T) {
	g, err := diamond(t).Subgraph([]string{"w/exposure.w.e", "w/model.w.d", "l/source.l.s.a", "w/model.w.d"})
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Nodes) != 3 || len(g.Edges) != 1 || g.Edges[0].From != "w/model.w.d" {
		t.Errorf("got %d nodes and edges %v", len(g.Nodes), g.Edges)
	}
	if _, err := g.Subgraph([]string{"x"}); !errors.Is(err, dag.ErrNoNode) {
		t.Errorf("got %v, want ErrNoNode", err)
	}
}

func TestNewGraphErrors(t *testing.T) {
	a, b := dag.Node{ID: "a"}, dag.Node{ID: "b"}
	tests := []struct {
		nodes []dag.Node
		edges []dag.Edge
		want  string
	}{
		{[]dag.Node{a, a}, nil, "given twice"},
		{[]dag.Node{{}}, nil, "no ID"},
		{[]dag.Node{a}, []dag.Edge{{From: "a", To: "b"}}, "no such node"},
		{[]dag.Node{a}, []dag.Edge{{From: "a", To: "a"}}, "to itself"},
		{[]dag.Node{a, b}, []dag.Edge{{From: "a", To: "b"}, {From: "a", To: "b"}}, "given twice"},
	}
	for _, tt := range tests {
		if _, err := dag.NewGraph(tt.nodes, tt.edges); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}
