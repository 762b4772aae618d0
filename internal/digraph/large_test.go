package digraph_test

import (
	"math/rand/v2"
	"testing"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// TestMillionNodeChain would overflow the stack of anything recursive and time
// out anything quadratic.
func TestMillionNodeChain(t *testing.T) {
	const n = 1_000_000
	chain := make([]digraph.Edge, n-1, n)
	for v := range chain {
		chain[v] = digraph.Edge{From: int32(v), To: int32(v + 1)}
	}
	g := digraph.New(n, chain)
	nodes, depths := g.Reach([]int32{0}, 0)
	order, ok := g.TopoOrder()
	paths, complete := g.SimplePaths(0, n-1, 10)
	switch {
	case len(nodes) != n-1 || depths[n-2] != n-1:
		t.Errorf("reached %d nodes, want %d", len(nodes), n-1)
	case !ok || order[n-1] != n-1:
		t.Errorf("got order ending with %d, %v, want %d, true", order[n-1], ok, n-1)
	case len(g.Components()) != 1 || len(g.Cycles()) != 0:
		t.Errorf("got %d components, %d cycles, want 1, 0", len(g.Components()), len(g.Cycles()))
	case len(paths) != 1 || !complete || len(g.ShortestPath(0, n-1)) != n:
		t.Errorf("got %d paths, complete %v, want 1, true", len(paths), complete)
	}
	ring := digraph.New(n, append(chain, digraph.Edge{From: n - 1, To: 0}))
	if cycles := ring.Cycles(); len(cycles) != 1 || len(cycles[0]) != n {
		t.Errorf("got %d cycles in the ring, want 1 of %d nodes", len(cycles), n)
	}
	if order, ok := ring.TopoOrder(); ok || len(order) != n {
		t.Errorf("got %d nodes in order, ok %v, want %d, false", len(order), ok, n)
	}
}

// TestSimplePathsDeadEnds has a dense cyclic part that leads back to the path
// only: plain backtracking would try all of its exponentially many ways.
func TestSimplePathsDeadEnds(t *testing.T) {
	const n = 60
	edges := []digraph.Edge{{From: 0, To: 1}, {From: 1, To: n - 1}}
	for v := int32(1); v < n-1; v++ {
		for w := int32(1); w < n-1; w++ {
			edges = append(edges, digraph.Edge{From: v, To: w})
		}
	}
	paths, complete := digraph.New(n, edges).SimplePaths(0, n-1, 10)
	if len(paths) != 1 || !complete {
		t.Errorf("got %d paths, complete %v, want 1, true", len(paths), complete)
	}
}

func BenchmarkTopoOrder(b *testing.B) {
	edges := random(rand.New(rand.NewPCG(1, 1)), 20_000, 50_000, true)
	for b.Loop() {
		if _, ok := digraph.New(20_000, edges).TopoOrder(); !ok {
			b.Fatal("cyclic")
		}
	}
}

func BenchmarkReach(b *testing.B) {
	g := digraph.New(1_000_000, random(rand.New(rand.NewPCG(1, 1)), 1_000_000, 5_000_000, false))
	b.ResetTimer()
	for b.Loop() {
		nodes, _ := g.Reach([]int32{0}, 0)
		b.ReportMetric(float64(len(nodes)), "nodes")
	}
}

func BenchmarkNew(b *testing.B) {
	edges := random(rand.New(rand.NewPCG(1, 1)), 1_000_000, 5_000_000, false)
	for b.Loop() {
		digraph.New(1_000_000, edges)
	}
}
