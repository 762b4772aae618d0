package digraph_test

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// naive is the slow and obvious graph that the fast one is compared with.
type naive struct {
	n   int
	out []map[int32]bool
	in  []map[int32]bool
}

func newNaive(n int, edges []digraph.Edge) naive {
	g := naive{n: n, out: make([]map[int32]bool, n), in: make([]map[int32]bool, n)}
	for v := range n {
		g.out[v], g.in[v] = map[int32]bool{}, map[int32]bool{}
	}
	for _, e := range edges {
		if e.From != e.To {
			g.out[e.From][e.To], g.in[e.To][e.From] = true, true
		}
	}
	return g
}

func sorted(set map[int32]bool) []int32 { return slices.Sorted(maps.Keys(set)) }

// distances counts the edges from the nearest start, by relaxing every edge until
// nothing changes.
func (g naive) distances(start ...int32) map[int32]int32 {
	dist := map[int32]int32{}
	for _, v := range start {
		dist[v] = 0
	}
	for changed := true; changed; {
		changed = false
		for v := range g.n {
			d, ok := dist[int32(v)]
			for w := range g.out[v] {
				if was, has := dist[w]; ok && (!has || was > d+1) {
					dist[w], changed = d+1, true
				}
			}
		}
	}
	return dist
}

// order takes the smallest node without an unplaced source, as often as it can.
func (g naive) order() []int32 {
	var order []int32
	placed := map[int32]bool{}
	for {
		v := -1
		for u := range g.n {
			if !placed[int32(u)] && g.allIn(int32(u), placed) {
				v = u
				break
			}
		}
		if v < 0 {
			return order
		}
		placed[int32(v)] = true
		order = append(order, int32(v))
	}
}

func (g naive) allIn(v int32, placed map[int32]bool) bool {
	for u := range g.in[v] {
		if !placed[u] {
			return false
		}
	}
	return true
}

// strong groups the nodes that reach each other.
func (g naive) strong() [][]int32 {
	dist := make([]map[int32]int32, g.n)
	for v := range g.n {
		dist[v] = g.distances(int32(v))
	}
	return g.groups(func(v, w int32) bool {
		_, there := dist[v][w]
		_, back := dist[w][v]
		return there && back
	})
}

func (g naive) weak() [][]int32 {
	both := naive{n: g.n, out: make([]map[int32]bool, g.n)}
	for v := range g.n {
		both.out[v] = maps.Clone(g.out[v])
		maps.Copy(both.out[v], g.in[v])
	}
	return g.groups(func(v, w int32) bool {
		_, ok := both.distances(v)[w]
		return ok
	})
}

func (g naive) groups(same func(v, w int32) bool) [][]int32 {
	var groups [][]int32
next:
	for v := range int32(g.n) {
		for i := range groups {
			if same(groups[i][0], v) {
				groups[i] = append(groups[i], v)
				continue next
			}
		}
		groups = append(groups, []int32{v})
	}
	return groups
}

// paths lists all simple paths by plain recursion.
func (g naive) paths(from, to int32) [][]int32 {
	var paths [][]int32
	var walk func(path []int32)
	walk = func(path []int32) {
		v := path[len(path)-1]
		if v == to {
			paths = append(paths, slices.Clone(path))
			return
		}
		for _, w := range sorted(g.out[v]) {
			if !slices.Contains(path, w) {
				walk(append(path, w))
			}
		}
	}
	walk([]int32{from})
	return paths
}

// random returns the edges of a random graph, some of them twice or from a node
// to itself. An acyclic one gets its directions from a random order.
func random(r *rand.Rand, n, m int, acyclic bool) []digraph.Edge {
	rank := r.Perm(n)
	var edges []digraph.Edge
	for range m {
		v, w := r.IntN(n), r.IntN(n)
		if acyclic && rank[v] > rank[w] {
			v, w = w, v
		}
		edges = append(edges, digraph.Edge{From: int32(v), To: int32(w)})
	}
	return edges
}
