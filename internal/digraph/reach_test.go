package digraph_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

func TestReach(t *testing.T) {
	// 0 → 1 → 2 → 3 → 4, 0 → 3, 4 → 1 and, apart, 5 → 4.
	edges := []digraph.Edge{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 3}, {4, 1}, {5, 4}}
	tests := []struct {
		name          string
		start         []int32
		depth         int
		nodes, depths string
	}{
		{name: "no start", nodes: "[]", depths: "[]"},
		{name: "all", start: []int32{0}, nodes: "[1 3 2 4]", depths: "[1 1 2 2]"},
		{name: "one edge", start: []int32{0}, depth: 1, nodes: "[1 3]", depths: "[1 1]"},
		{name: "start on a cycle", start: []int32{1}, nodes: "[2 3 4]", depths: "[1 2 3]"},
		{name: "several starts", start: []int32{5, 0}, nodes: "[1 3 4 2]", depths: "[1 1 1 2]"},
		{name: "start after start", start: []int32{2, 3, 2}, nodes: "[4 1]", depths: "[1 2]"},
		{name: "beyond the end", start: []int32{3}, depth: 100, nodes: "[4 1 2]", depths: "[1 2 3]"},
	}
	g := digraph.New(6, edges)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			nodes, depths := g.Reach(tt.start, tt.depth)
			check(t, "nodes", nodes, tt.nodes)
			check(t, "depths", depths, tt.depths)
		})
	}
}

func compareReach(t *testing.T, g *digraph.Graph, want naive, r *rand.Rand) {
	t.Helper()
	start := []int32{int32(r.IntN(want.n)), int32(r.IntN(want.n))}[:r.IntN(3)]
	depth := r.IntN(4)
	dist := want.distances(start...)
	for v, d := range dist {
		if d == 0 || depth > 0 && int(d) > depth {
			delete(dist, v)
		}
	}
	nodes, depths := g.Reach(start, depth)
	if len(nodes) != len(dist) || len(depths) != len(dist) {
		t.Fatalf("from %v: got %d nodes and %d depths, want %d", start, len(nodes), len(depths), len(dist))
	}
	for i, v := range nodes {
		if dist[v] != depths[i] {
			t.Errorf("from %v: got depth %d of node %d, want %d", start, depths[i], v, dist[v])
		}
		if i > 0 && depths[i-1] == depths[i] && nodes[i-1] >= v {
			t.Errorf("from %v: node %d stands before node %d at one depth", start, nodes[i-1], v)
		}
	}
	if !slices.IsSorted(depths) {
		t.Errorf("from %v: depths are not ascending: %v", start, depths)
	}
}

// TestReachLeavesStartAlone makes sure that the work list is not the caller's.
func TestReachLeavesStartAlone(t *testing.T) {
	g := digraph.New(3, []digraph.Edge{{0, 1}, {1, 2}})
	start := append(make([]int32, 0, 8), 0)
	g.Reach(start, 0)
	check(t, "start", start[:3], "[0 0 0]")
}
