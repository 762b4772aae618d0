package digraph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

func TestNew(t *testing.T) {
	tests := []struct {
		name        string
		n           int
		edges       []digraph.Edge
		out, in     string
		roots, ends string
	}{
		{name: "no nodes", out: "[]", in: "[]", roots: "[]", ends: "[]"},
		{name: "no edges", n: 2, out: "[[] []]", in: "[[] []]", roots: "[0 1]", ends: "[0 1]"},
		{
			name: "unsorted", n: 4, edges: []digraph.Edge{{2, 3}, {0, 3}, {0, 1}, {0, 2}},
			out: "[[1 2 3] [] [3] []]", in: "[[] [0] [0] [0 2]]", roots: "[0]", ends: "[1 3]",
		},
		{
			name: "parallel", n: 3, edges: []digraph.Edge{{0, 2}, {0, 1}, {0, 2}, {0, 2}, {1, 2}},
			out: "[[1 2] [2] []]", in: "[[] [0] [0 1]]", roots: "[0]", ends: "[2]",
		},
		{
			name: "self loops", n: 2, edges: []digraph.Edge{{0, 0}, {0, 1}, {1, 1}, {0, 0}},
			out: "[[1] []]", in: "[[] [0]]", roots: "[0]", ends: "[1]",
		},
		{
			name: "cycle", n: 2, edges: []digraph.Edge{{1, 0}, {0, 1}},
			out: "[[1] [0]]", in: "[[1] [0]]", roots: "[]", ends: "[]",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := digraph.New(tt.n, tt.edges)
			var out, in [][]int32
			for v := range int32(g.N()) {
				out, in = append(out, g.Out(v)), append(in, g.In(v))
			}
			check(t, "out", out, tt.out)
			check(t, "in", in, tt.in)
			check(t, "roots", g.Roots(), tt.roots)
			check(t, "leaves", g.Leaves(), tt.ends)
			check(t, "reversed leaves", g.Reverse().Leaves(), tt.roots)
		})
	}
}

func TestNewPanicsOutOfRange(t *testing.T) {
	for _, e := range []digraph.Edge{{-1, 0}, {0, -1}, {0, 2}, {2, 0}} {
		t.Run(fmt.Sprint(e), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Errorf("New(2, %v) did not panic", e)
				}
			}()
			digraph.New(2, []digraph.Edge{e})
		})
	}
}

// TestListsAreCapped appends to a list, which must not spill into the next one.
func TestListsAreCapped(t *testing.T) {
	g := digraph.New(3, []digraph.Edge{{0, 1}, {1, 2}})
	_ = append(g.Out(0), 7)
	check(t, "out of 1", g.Out(1), "[2]")
}

// TestRandom compares everything but the paths with the naive graph.
func TestRandom(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 1 + r.IntN(25)
		edges := random(r, n, r.IntN(3*n), seed%2 == 0)
		g, want := digraph.New(n, edges), newNaive(n, edges)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			compareLists(t, g, want)
			compareReach(t, g, want, r)
			compareOrder(t, g, want)
			check(t, "components", g.Components(), fmt.Sprint(want.weak()))
			compareCycles(t, g, want)
		})
	}
}

func compareLists(t *testing.T, g *digraph.Graph, want naive) {
	t.Helper()
	edges := 0
	for v := range int32(want.n) {
		check(t, fmt.Sprint("out of ", v), g.Out(v), fmt.Sprint(sorted(want.out[v])))
		check(t, fmt.Sprint("in of ", v), g.In(v), fmt.Sprint(sorted(want.in[v])))
		edges += len(want.out[v])
	}
	if g.M() != edges {
		t.Errorf("got %d edges, want %d", g.M(), edges)
	}
	back := g.Reverse()
	for v, w := range g.Edges() {
		if !slices.Contains(back.Out(w), v) {
			t.Errorf("reverse lacks the edge %d to %d", w, v)
		}
	}
}

func check(t *testing.T, what string, got any, want string) {
	t.Helper()
	if got := fmt.Sprint(got); got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}
