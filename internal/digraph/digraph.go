// Package digraph is a compact directed graph of integers: the nodes are 0 to
// N-1 and the edges stand in two arrays, by source and by target.
//
// Nothing here recurses, so that a chain of a million nodes is an input like
// any other, and nothing depends on map order: equal graphs give equal answers.
// Callers that have names intern them as numbers in the order in which they
// want ties broken, for a smaller number always goes first.
package digraph

import (
	"iter"
	"sync"
)

// An Edge leads from one node to another.
type Edge struct{ From, To int32 }

// A Graph is a directed graph that does not change once it is made, so any
// number of goroutines may read it.
type Graph struct {
	out, in lists

	// sets holds empty bitsets of N bits. To clear the bits of what a search
	// has found is quick where little was found; a new bitset never is.
	sets *sync.Pool
}

// lists holds the neighbours of node v in node[start[v]:start[v+1]], ascending.
type lists struct {
	start []int32
	node  []int32
}

func (l *lists) of(v int32) []int32 {
	lo, hi := l.start[v], l.start[v+1]
	return l.node[lo:hi:hi]
}

// New returns the graph of n nodes and the given edges, in time O(n + edges).
// The order of the edges does not matter. Parallel edges become one, and an
// edge from a node to itself is left out. An edge to or from a node outside 0
// to n-1 is a mistake of the caller's, and New panics.
func New(n int, edges []Edge) *Graph {
	out := bySource(n, edges)
	out.collapse()
	in := out.transposed()
	// Each transposition leaves sorted lists, so the second one sorts the first.
	return &Graph{out: in.transposed(), in: in, sets: &sync.Pool{New: func() any {
		b := newBitset(n)
		return &b
	}}}
}

// bySource distributes the edges over lists by source, in input order.
func bySource(n int, edges []Edge) lists {
	l := lists{start: make([]int32, n+1), node: make([]int32, len(edges))}
	for _, e := range edges {
		l.start[e.From+1]++
	}
	l.sum()
	next := l.cursor()
	for _, e := range edges {
		l.node[next[e.From]] = e.To
		next[e.From]++
	}
	return l
}

// collapse takes repetitions and the node itself out of every list.
func (l *lists) collapse() {
	seen := make([]int32, len(l.start)-1) // seen[w] == v+1: v's list has w
	kept := int32(0)
	lo := l.start[0]
	for v := range int32(len(seen)) {
		hi := l.start[v+1]
		for _, w := range l.node[lo:hi] {
			if seen[w] != v+1 && w != v {
				seen[w] = v + 1
				l.node[kept] = w
				kept++
			}
		}
		lo, l.start[v+1] = hi, kept
	}
	l.node = l.node[:kept]
}

// transposed returns the lists of the opposite direction, each ascending.
func (l *lists) transposed() lists {
	t := lists{start: make([]int32, len(l.start)), node: make([]int32, len(l.node))}
	for _, w := range l.node {
		t.start[w+1]++
	}
	t.sum()
	next := t.cursor()
	for v := range int32(len(next)) {
		for _, w := range l.of(v) {
			t.node[next[w]] = v
			next[w]++
		}
	}
	return t
}

// sum turns counts, each one place to the right, into starts.
func (l *lists) sum() {
	for v := 1; v < len(l.start); v++ {
		l.start[v] += l.start[v-1]
	}
}

// cursor returns for each node the place of its first neighbour.
func (l *lists) cursor() []int32 {
	next := make([]int32, len(l.start)-1)
	copy(next, l.start)
	return next
}

// N returns the number of nodes.
func (g *Graph) N() int { return len(g.out.start) - 1 }

// M returns the number of edges.
func (g *Graph) M() int { return len(g.out.node) }

// Out returns the targets of v's edges, ascending. The slice is the graph's own
// and must not be changed.
func (g *Graph) Out(v int32) []int32 { return g.out.of(v) }

// In returns the sources of the edges to v, ascending. The slice is the graph's
// own and must not be changed.
func (g *Graph) In(v int32) []int32 { return g.in.of(v) }

// Edges yields every edge as from and to, by from and then by to.
func (g *Graph) Edges() iter.Seq2[int32, int32] {
	return func(yield func(int32, int32) bool) {
		for v := range int32(g.N()) {
			for _, w := range g.Out(v) {
				if !yield(v, w) {
					return
				}
			}
		}
	}
}

// Reverse returns the graph with every edge turned round. It shares g's arrays
// and costs nothing.
func (g *Graph) Reverse() *Graph { return &Graph{out: g.in, in: g.out, sets: g.sets} }

// Roots returns the nodes that no edge leads to, ascending. A node without any
// edge is both a root and a leaf.
func (g *Graph) Roots() []int32 { return g.in.empty() }

// Leaves returns the nodes that no edge leaves, ascending.
func (g *Graph) Leaves() []int32 { return g.out.empty() }

func (l *lists) empty() []int32 {
	var nodes []int32
	for v := range int32(len(l.start) - 1) {
		if l.start[v] == l.start[v+1] {
			nodes = append(nodes, v)
		}
	}
	return nodes
}
