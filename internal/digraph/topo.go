package digraph

import "math/bits"

// TopoOrder returns the nodes so that every edge leads from an earlier node to
// a later one. Among the nodes that may come next the smallest always does, so
// the order is the only one of its kind.
//
// If the graph has cycles ok is false, and order still holds every node once:
// the nodes of a strongly connected component then stand together, ascending,
// and all edges between components lead forward.
func (g *Graph) TopoOrder() (order []int32, ok bool) {
	order = g.kahn()
	if len(order) == g.N() {
		return order, true
	}
	return g.condensedOrder(), false
}

// kahn returns the order as far as it gets: it stops at cycles.
func (g *Graph) kahn() []int32 {
	n := g.N()
	waiting := make([]int32, n) // edges to a node whose sources are not placed
	ready := newMinSet(n)
	for v := range int32(n) {
		waiting[v] = g.in.start[v+1] - g.in.start[v]
		if waiting[v] == 0 {
			ready.add(v)
		}
	}
	order := make([]int32, 0, n)
	for !ready.empty() {
		v := ready.takeMin()
		order = append(order, v)
		for _, w := range g.out.of(v) {
			if waiting[w]--; waiting[w] == 0 {
				ready.add(w)
			}
		}
	}
	return order
}

// condensedOrder orders the strongly connected components, each known by its
// smallest node, and lists their nodes.
func (g *Graph) condensedOrder() []int32 {
	comp, count := g.strong()
	var edges []Edge
	for v, w := range g.Edges() {
		if comp[v] != comp[w] {
			edges = append(edges, Edge{comp[v], comp[w]})
		}
	}
	members := grouped(comp, count)
	order := make([]int32, 0, g.N())
	for _, c := range New(count, edges).kahn() {
		order = append(order, members[c]...)
	}
	return order
}

// minSet is a set of nodes that gives up its smallest in time log64(n). The bits
// of the first level are the nodes; a bit of a further level tells that the
// word with that index one level down is not zero.
type minSet [][]uint64

func newMinSet(n int) minSet {
	var s minSet
	for {
		n = (n + 63) / 64
		s = append(s, make([]uint64, max(n, 1)))
		if n <= 1 {
			return s
		}
	}
}

func (s minSet) empty() bool { return s[len(s)-1][0] == 0 }

func (s minSet) add(v int32) {
	i := uint32(v)
	for _, level := range s {
		was := level[i/64]
		level[i/64] |= 1 << (i % 64)
		if was != 0 {
			return
		}
		i /= 64
	}
}

func (s minSet) takeMin() int32 {
	i := 0
	for l := len(s) - 1; l >= 0; l-- {
		i = i*64 + bits.TrailingZeros64(s[l][i])
	}
	v := int32(i)
	for _, level := range s {
		level[i/64] &^= 1 << (i % 64)
		if level[i/64] != 0 {
			break
		}
		i /= 64
	}
	return v
}
