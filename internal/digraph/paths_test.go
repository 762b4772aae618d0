package digraph_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

func TestSimplePaths(t *testing.T) {
	diamond := []digraph.Edge{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {0, 3}}
	tests := []struct {
		name     string
		edges    []digraph.Edge
		from, to int32
		limit    int
		want     string
		complete bool
	}{
		{name: "all", edges: diamond, to: 3, limit: 9, want: "[[0 1 3] [0 2 3] [0 3]]", complete: true},
		{name: "just enough", edges: diamond, to: 3, limit: 3, want: "[[0 1 3] [0 2 3] [0 3]]", complete: true},
		{name: "too many", edges: diamond, to: 3, limit: 2, want: "[[0 1 3] [0 2 3]]"},
		{name: "limit 0, some", edges: diamond, to: 3, want: "[]"},
		{name: "limit 0, none", edges: diamond, from: 3, want: "[]", complete: true},
		{name: "same node", edges: diamond, from: 1, to: 1, limit: 9, want: "[[1]]", complete: true},
		{name: "none", edges: diamond, from: 1, to: 2, limit: 9, want: "[]", complete: true},
		{name: "round a cycle", edges: []digraph.Edge{{0, 1}, {1, 0}, {1, 2}, {2, 1}, {2, 3}}, to: 3, limit: 9, want: "[[0 1 2 3]]", complete: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			paths, complete := digraph.New(4, tt.edges).SimplePaths(tt.from, tt.to, tt.limit)
			if check(t, "paths", paths, tt.want); complete != tt.complete {
				t.Errorf("got complete %v, want %v", complete, tt.complete)
			}
		})
	}
}

func TestPathsRandom(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 2))
		n := 1 + r.IntN(9)
		edges := random(r, n, r.IntN(3*n), seed%4 == 0)
		g, want := digraph.New(n, edges), newNaive(n, edges)
		from, to := int32(r.IntN(n)), int32(r.IntN(n))
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			all := want.paths(from, to)
			comparePaths(t, g, from, to, r.IntN(len(all)+2), all)
			var shortest []int32
			if len(all) > 0 { // MinFunc returns the first of several
				shortest = slices.MinFunc(all, func(a, b []int32) int { return cmp.Compare(len(a), len(b)) })
			}
			check(t, "shortest", g.ShortestPath(from, to), fmt.Sprint(shortest))
		})
	}
}

func comparePaths(t *testing.T, g *digraph.Graph, from, to int32, limit int, want [][]int32) {
	t.Helper()
	paths, complete := g.SimplePaths(from, to, limit)
	check(t, fmt.Sprintf("first %d paths %d to %d", limit, from, to), paths, fmt.Sprint(want[:min(limit, len(want))]))
	if wantComplete := limit >= len(want); complete != wantComplete {
		t.Errorf("got complete %v, want %v", complete, wantComplete)
	}
}
