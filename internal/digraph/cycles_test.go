package digraph_test

import (
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

func TestCycles(t *testing.T) {
	tests := []struct {
		name  string
		n     int
		edges []digraph.Edge
		want  string
	}{
		{name: "none", n: 3, edges: []digraph.Edge{{0, 1}, {1, 2}, {0, 2}}, want: "[]"},
		{name: "self loop", n: 1, edges: []digraph.Edge{{0, 0}}, want: "[]"},
		{name: "two", n: 5, edges: []digraph.Edge{{4, 1}, {1, 4}, {3, 0}, {0, 2}, {2, 3}}, want: "[[0 2 3] [1 4]]"},
		{name: "shortest", n: 4, edges: []digraph.Edge{{0, 1}, {1, 2}, {2, 0}, {0, 3}, {3, 0}}, want: "[[0 3]]"},
		{name: "not through the smallest", n: 4, edges: []digraph.Edge{{0, 1}, {1, 2}, {2, 1}, {2, 3}}, want: "[[1 2]]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check(t, "cycles", digraph.New(tt.n, tt.edges).Cycles(), tt.want)
		})
	}
}

func TestComponents(t *testing.T) {
	g := digraph.New(6, []digraph.Edge{{5, 0}, {5, 3}, {4, 1}})
	check(t, "components", g.Components(), "[[0 3 5] [1 4] [2]]")
}

func compareCycles(t *testing.T, g *digraph.Graph, want naive) {
	t.Helper()
	cycles := g.Cycles()
	for _, nodes := range want.strong() {
		if len(nodes) == 1 {
			continue
		}
		if len(cycles) == 0 {
			t.Fatalf("no cycle for component %v", nodes)
		}
		cycle := cycles[0]
		cycles = cycles[1:]
		if got, length := cycle[0], want.cycleLength(nodes[0]); got != nodes[0] || len(cycle) != length {
			t.Errorf("got cycle %v, want one of length %d from %d", cycle, length, nodes[0])
		}
		for i, v := range cycle {
			if w := cycle[(i+1)%len(cycle)]; !slices.Contains(g.Out(v), w) {
				t.Errorf("cycle %v: there is no edge %d to %d", cycle, v, w)
			}
		}
	}
	if len(cycles) > 0 {
		t.Errorf("cycles without a component: %v", cycles)
	}
}

// cycleLength returns the length of a shortest cycle through v.
func (g naive) cycleLength(v int32) int {
	shortest := g.n + 1
	for w := range g.out[v] {
		if d, ok := g.distances(w)[v]; ok {
			shortest = min(shortest, int(d)+1)
		}
	}
	return shortest
}
