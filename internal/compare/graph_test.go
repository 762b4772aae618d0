// Package compare measures this module against well-known libraries that it does
// not depend on.
package compare

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	dominik "github.com/dominikbraun/graph"
	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
	"gonum.org/v1/gonum/graph/traverse"

	"github.com/awspatterns/awspatterns/internal/digraph"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// A pair is an edge between nodes known by name.
type pair struct{ from, to string }

// randomDAG returns m distinct edges among n named nodes, without cycles.
func randomDAG(r *rand.Rand, n, m int) []pair {
	name := r.Perm(n)
	seen := make(map[[2]int]bool, m)
	pairs := make([]pair, 0, m)
	for len(pairs) < m {
		v, w := r.IntN(n), r.IntN(n)
		if v == w || seen[[2]int{min(v, w), max(v, w)}] {
			continue
		}
		seen[[2]int{min(v, w), max(v, w)}] = true
		pairs = append(pairs, pair{
			fmt.Sprintf("dataset/%06d", name[min(v, w)]),
			fmt.Sprintf("dataset/%06d", name[max(v, w)]),
		})
	}
	return pairs
}

// intern gives the names numbers in the order in which they appear. All arms of a
// comparison intern in this way.
func intern(pairs []pair) (edges []digraph.Edge, n int) {
	number := make(map[string]int32, len(pairs))
	of := func(name string) int32 {
		v, ok := number[name]
		if !ok {
			v = int32(len(number))
			number[name] = v
		}
		return v
	}
	edges = make([]digraph.Edge, len(pairs))
	for i, p := range pairs {
		edges[i] = digraph.Edge{From: of(p.from), To: of(p.to)}
	}
	return edges, len(number)
}

func newGonum(n int, edges []digraph.Edge) *simple.DirectedGraph {
	g := simple.NewDirectedGraph()
	for v := range n {
		g.AddNode(simple.Node(v))
	}
	for _, e := range edges {
		g.SetEdge(simple.Edge{F: simple.Node(e.From), T: simple.Node(e.To)})
	}
	return g
}

func gonumOrder(tb testing.TB, n int, edges []digraph.Edge) []int32 {
	nodes, err := topo.Sort(newGonum(n, edges))
	if err != nil {
		tb.Fatal(err)
	}
	order := make([]int32, len(nodes))
	for i, v := range nodes {
		order[i] = int32(v.ID())
	}
	return order
}

func gonumReach(g *simple.DirectedGraph, from int32) []int32 {
	var nodes []int32
	bfs := traverse.BreadthFirst{Visit: func(v graph.Node) {
		if id := int32(v.ID()); id != from {
			nodes = append(nodes, id)
		}
	}}
	bfs.Walk(g, simple.Node(from), nil)
	return nodes
}

func digraphOrder(tb testing.TB, n int, edges []digraph.Edge) []int32 {
	order, ok := digraph.New(n, edges).TopoOrder()
	if !ok {
		tb.Fatal("cyclic")
	}
	return order
}

// dominikOrder leaves the search for cycles on each insertion off, which is the
// library's quicker way.
func dominikOrder(tb testing.TB, n int, edges []digraph.Edge) []int32 {
	g := dominik.New(func(v int32) int32 { return v }, dominik.Directed())
	for v := range int32(n) {
		if err := g.AddVertex(v); err != nil {
			tb.Fatal(err)
		}
	}
	for _, e := range edges {
		if err := g.AddEdge(e.From, e.To); err != nil {
			tb.Fatal(err)
		}
	}
	order, err := dominik.TopologicalSort(g)
	if err != nil {
		tb.Fatal(err)
	}
	return order
}

func TestGraphOrders(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		edges, n := intern(randomDAG(r, 100, 10+r.IntN(500)))
		checkOrder(t, "digraph", edges, n, digraphOrder(t, n, edges))
		checkOrder(t, "gonum", edges, n, gonumOrder(t, n, edges))
		checkOrder(t, "dominikbraun", edges, n, dominikOrder(t, n, edges))
	}
}

func checkOrder(t *testing.T, arm string, edges []digraph.Edge, n int, order []int32) {
	t.Helper()
	place := make([]int, n)
	for i, v := range order {
		place[v] = i + 1
	}
	if len(order) != n || slices.Contains(place, 0) {
		t.Fatalf("%s: the order does not hold each of %d nodes once", arm, n)
	}
	for _, e := range edges {
		if place[e.From] > place[e.To] {
			t.Errorf("%s: edge %v leads back", arm, e)
		}
	}
}

func TestGraphReach(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		n := 2 + r.IntN(300)
		edges := randomEdges(r, n, 2*n)
		ours, theirs := digraph.New(n, edges), newGonum(n, edges)
		for v := range int32(n) {
			got, _ := ours.Reach([]int32{v}, 0)
			want := gonumReach(theirs, v)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("seed %d, from %d: got %v, want %v", seed, v, got, want)
			}
		}
	}
}

// randomEdges returns m edges between different nodes, cycles allowed.
func randomEdges(r *rand.Rand, n, m int) []digraph.Edge {
	edges := make([]digraph.Edge, m)
	for i := range edges {
		v := r.IntN(n)
		w := (v + 1 + r.IntN(n-1)) % n
		edges[i] = digraph.Edge{From: int32(v), To: int32(w)}
	}
	return edges
}

// BenchmarkGraphOrder builds a graph of 20,000 named nodes and 50,000 edges and
// sorts it topologically. Giving numbers to the names counts in all arms.
func BenchmarkGraphOrder(b *testing.B) {
	pairs := randomDAG(rand.New(rand.NewPCG(1, 1)), 20_000, 50_000)
	arms := []struct {
		name  string
		order func(testing.TB, int, []digraph.Edge) []int32
		slow  bool
	}{
		{name: "digraph", order: digraphOrder},
		{name: "gonum", order: gonumOrder},
		{name: "dominikbraun", order: dominikOrder, slow: true},
	}
	for _, arm := range arms {
		b.Run(arm.name, func(b *testing.B) {
			if arm.slow && testing.Short() {
				b.Skip("takes half a minute")
			}
			for b.Loop() {
				edges, n := intern(pairs)
				arm.order(b, n, edges)
			}
		})
	}
}

// BenchmarkGraphReach finds everything downstream of a node in a graph of
// 1,000,000 nodes and 5,000,000 edges. Building the graph does not count.
func BenchmarkGraphReach(b *testing.B) {
	const n, m = 1_000_000, 5_000_000
	edges := randomEdges(rand.New(rand.NewPCG(1, 1)), n, m)
	b.Run("digraph", func(b *testing.B) {
		g := digraph.New(n, edges)
		for b.Loop() {
			nodes, _ := g.Reach([]int32{0}, 0)
			b.ReportMetric(float64(len(nodes)), "nodes")
		}
	})
	b.Run("dag", func(b *testing.B) {
		if testing.Short() {
			b.Skip("takes some seconds to build")
		}
		g := lineageGraph(b, n, edges)
		for b.Loop() {
			steps, err := g.Downstream(g.Nodes[0].ID, dag.Walk{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(steps)), "nodes")
		}
	})
	b.Run("gonum", func(b *testing.B) {
		g := newGonum(n, edges)
		for b.Loop() {
			b.ReportMetric(float64(len(gonumReach(g, 0))), "nodes")
		}
	})
}

// BenchmarkGraphReachSmall is GraphReach for sets of a few nodes.
func BenchmarkGraphReachSmall(b *testing.B) {
	const n, m = 1_000_000, 5_000_000
	// Edges lead from larger to smaller numbers, so small numbers reach little.
	edges := randomEdges(rand.New(rand.NewPCG(1, 1)), n, m)
	for i, e := range edges {
		edges[i] = digraph.Edge{From: max(e.From, e.To), To: min(e.From, e.To)}
	}
	ours, theirs := digraph.New(n, edges), newGonum(n, edges)
	start := int32(0)
	for _, size := range []int{1, 10, 100, 10_000} {
		nodes, _ := ours.Reach([]int32{start}, 0)
		for len(nodes) < size {
			start++
			nodes, _ = ours.Reach([]int32{start}, 0)
		}
		b.Run(fmt.Sprintf("%d-nodes/digraph", len(nodes)), func(b *testing.B) {
			for b.Loop() {
				ours.Reach([]int32{start}, 0)
			}
		})
		b.Run(fmt.Sprintf("%d-nodes/gonum", len(nodes)), func(b *testing.B) {
			for b.Loop() {
				gonumReach(theirs, start)
			}
		})
	}
}

// lineageGraph is the graph as users have it, with IDs in the order of numbers.
func lineageGraph(b *testing.B, n int, edges []digraph.Edge) *dag.Graph {
	nodes := make([]dag.Node, n)
	for i := range nodes {
		nodes[i].ID = fmt.Sprintf("p/%07d", i)
	}
	slices.SortFunc(edges, func(a, b digraph.Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	var named []dag.Edge
	for _, e := range slices.Compact(slices.Clone(edges)) {
		if e.From != e.To {
			named = append(named, dag.Edge{From: nodes[e.From].ID, To: nodes[e.To].ID})
		}
	}
	g, err := dag.NewGraph(nodes, named)
	if err != nil {
		b.Fatal(err)
	}
	return g
}
