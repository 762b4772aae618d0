package layered_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/layered"
)

func TestLayers(t *testing.T) {
	tests := []struct {
		name  string
		n     int
		edges []link
		want  string
	}{
		{name: "nothing", want: "[]"},
		{name: "isolated", n: 3, want: "[0 0 0]"},
		{name: "chain", n: 3, edges: []link{{2, 0}, {0, 1}}, want: "[1 2 0]"},
		{name: "late source", n: 4, edges: []link{{0, 1}, {1, 2}, {3, 2}}, want: "[0 1 2 1]"},
		{name: "late chain", n: 6, edges: []link{{0, 1}, {1, 2}, {2, 3}, {4, 5}, {5, 3}}, want: "[0 1 2 3 1 2]"},
		{name: "early sink", n: 4, edges: []link{{0, 1}, {1, 2}, {0, 3}}, want: "[0 1 2 1]"},
		{name: "cycle", n: 3, edges: []link{{0, 1}, {1, 2}, {2, 0}}, want: "[0 1 2]"},
		{name: "cycle behind its way in", n: 3, edges: []link{{0, 1}, {1, 0}, {2, 1}}, want: "[2 1 0]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := []int32{}
			for _, n := range draw(t, tt.n, tt.edges).Nodes {
				got = append(got, n.Layer)
			}
			if got := fmt.Sprint(got); got != tt.want {
				t.Errorf("got layers %s, want %s", got, tt.want)
			}
		})
	}
}

func TestReversed(t *testing.T) {
	d := draw(t, 4, []link{{0, 1}, {1, 2}, {2, 3}, {3, 0}, {1, 0}})
	var reversed []string
	for _, e := range d.Edges {
		if e.Reversed {
			reversed = append(reversed, fmt.Sprint(e.From, e.To))
		}
	}
	if got, want := fmt.Sprint(reversed), "[1 0 3 0]"; got != want {
		t.Errorf("got reversed edges %s, want %s", got, want)
	}
}

// TestPlanar has graphs that can be drawn without crossings.
func TestPlanar(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	tests := map[string]struct {
		n     int
		edges []link
	}{
		"diamond":         {4, []link{{0, 1}, {0, 2}, {1, 3}, {2, 3}}},
		"crossed numbers": {6, []link{{0, 5}, {1, 4}, {2, 3}}},
		"ladder":          {8, []link{{0, 1}, {1, 2}, {2, 3}, {4, 5}, {5, 6}, {6, 7}, {0, 5}, {1, 6}, {2, 7}}},
		"zigzag":          {7, []link{{0, 6}, {1, 6}, {1, 4}, {2, 4}, {2, 5}, {3, 5}}},
		"long edge":       {5, []link{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 4}, {1, 4}}},
		"nested diamonds": {8, []link{{0, 6}, {0, 5}, {6, 3}, {6, 2}, {3, 7}, {2, 7}, {7, 1}, {5, 4}, {4, 1}}},
		"fan in":          {300, tree(r, 300, true)},
		"fan out":         {300, tree(r, 300, false)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := draw(t, tt.n, tt.edges)
			checkClear(t, d)
			if n := crossings(d); n != 0 {
				t.Errorf("got %d crossings, want none", n)
			}
		})
	}
}

// tree returns the edges of a random tree from its root, or towards it.
func tree(r *rand.Rand, n int, in bool) []link {
	name := r.Perm(n)
	var edges []link
	for v := 1; v < n; v++ {
		e := link{int32(name[max(0, v-1-r.IntN(20))]), int32(name[v])}
		if in {
			slices.Reverse(e[:])
		}
		edges = append(edges, e)
	}
	return edges
}

func TestRandom(t *testing.T) {
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			n := 1 + r.IntN(60)
			edges := randomEdges(r, n, r.IntN(2*n), seed%3 > 0)
			d := draw(t, n, edges)
			checkClear(t, d)
			slices.Reverse(edges) // must not matter
			if again := draw(t, n, edges); !reflect.DeepEqual(d, again) {
				t.Errorf("got another drawing the second time")
			}
		})
	}
}

// TestComponents makes sure that many small parts do not make one long column.
func TestComponents(t *testing.T) {
	tests := map[string]struct {
		n     int
		edges []link
	}{
		"isolated": {n: 5000},
		"pairs":    {n: 5000, edges: pairs(2500)},
		"both":     {n: 5000, edges: pairs(1000)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := draw(t, tt.n, tt.edges)
			if shape := d.Width / d.Height; shape < 1 || shape > 3 {
				t.Errorf("got %g by %g", d.Width, d.Height)
			}
		})
	}
}

func pairs(n int) []link {
	edges := make([]link, n)
	for i := range edges {
		edges[i] = link{int32(2 * i), int32(2*i + 1)}
	}
	return edges
}

func TestGaps(t *testing.T) {
	g := graph(3, []link{{0, 1}, {0, 2}})
	size := func(int32) (w, h float64) { return 10, 10 }
	d := layered.Layout(g, size, layered.Options{LayerGap: 5, NodeGap: 2})
	if d.Width != 25 || d.Height != 22 {
		t.Errorf("got %g by %g, want 25 by 22", d.Width, d.Height)
	}
	if n := d.Nodes[0]; n.X != 0 || n.Y < 5.99 || n.Y > 6.01 {
		t.Errorf("got node 0 at %g, %g, want 0, 6", n.X, n.Y)
	}
}
