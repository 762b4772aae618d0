package digraph_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

func TestTopoOrder(t *testing.T) {
	tests := []struct {
		name  string
		n     int
		edges []digraph.Edge
		want  string
		ok    bool
	}{
		{name: "empty", want: "[]", ok: true},
		{name: "no edges", n: 3, want: "[0 1 2]", ok: true},
		{name: "smallest first", n: 5, edges: []digraph.Edge{{3, 0}, {4, 1}}, want: "[2 3 0 4 1]", ok: true},
		{name: "cycle alone", n: 3, edges: []digraph.Edge{{0, 2}, {2, 1}, {1, 0}}, want: "[0 1 2]"},
		{name: "cycle between", n: 5, edges: []digraph.Edge{{4, 1}, {1, 3}, {3, 1}, {3, 0}}, want: "[2 4 1 3 0]"},
		{name: "self loop is no cycle", n: 2, edges: []digraph.Edge{{1, 1}, {1, 0}}, want: "[1 0]", ok: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			order, ok := digraph.New(tt.n, tt.edges).TopoOrder()
			if check(t, "order", order, tt.want); ok != tt.ok {
				t.Errorf("got ok %v, want %v", ok, tt.ok)
			}
		})
	}
}

// TestTopoOrderManyReady has more ready nodes than one word of the set holds at
// each of its levels.
func TestTopoOrderManyReady(t *testing.T) {
	const n = 70_000
	var edges []digraph.Edge
	for v := range int32(n / 2) {
		edges = append(edges, digraph.Edge{From: n - 1 - v, To: v})
	}
	order, ok := digraph.New(n, edges).TopoOrder()
	if !ok || len(order) != n {
		t.Fatalf("got %d nodes, ok %v, want %d, true", len(order), ok, n)
	}
	for i := range int32(n / 2) {
		if from, to := order[2*i], order[2*i+1]; from != n/2+i || to != n/2-1-i {
			t.Fatalf("at %d: got %d, %d, want %d, %d", 2*i, from, to, n/2+i, n/2-1-i)
		}
	}
}

func compareOrder(t *testing.T, g *digraph.Graph, want naive) {
	t.Helper()
	order, ok := g.TopoOrder()
	naive := want.order()
	if acyclic := len(naive) == want.n; ok != acyclic {
		t.Errorf("got ok %v, want %v", ok, acyclic)
	} else if ok {
		check(t, "order", order, fmt.Sprint(naive))
		return
	}
	place := make([]int, want.n)
	for i, v := range order {
		place[v] = i
	}
	comp := make([]int, want.n)
	for i, nodes := range want.strong() {
		at := place[nodes[0]]
		if !slices.Equal(order[at:at+len(nodes)], nodes) {
			t.Errorf("component %v does not stand together in %v", nodes, order)
		}
		for _, v := range nodes {
			comp[v] = i
		}
	}
	for v, w := range g.Edges() {
		if comp[v] != comp[w] && place[v] > place[w] {
			t.Errorf("edge %d to %d leads back in %v", v, w, order)
		}
	}
}
