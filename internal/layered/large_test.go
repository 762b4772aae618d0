package layered_test

import (
	"math/rand/v2"
	"testing"

	"github.com/awspatterns/awspatterns/internal/layered"
)

// large are graphs that grow with n in different ways.
var large = []struct {
	name  string
	edges func(n int32) []link
}{
	{"pipelines", func(n int32) []link { return pipelines(seeded(), int(n), int(2*n), 20) }},
	{"random", func(n int32) []link { return randomEdges(seeded(), int(n), int(2*n), true) }},
	{"cyclic", func(n int32) []link { return randomEdges(seeded(), int(n), int(2*n), false) }},
	{"chain", chain},
	{"chain and long edges", func(n int32) []link { return append(chain(n), long(n)...) }},
	{"star", star},
	{"bipartite", func(int32) []link { return bipartite(100) }},
}

func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

func chain(n int32) []link {
	var edges []link
	for v := range n - 1 {
		edges = append(edges, link{v, v + 1})
	}
	return edges
}

func star(n int32) []link {
	var edges []link
	for v := range n - 1 {
		edges = append(edges, link{0, v + 1})
	}
	return edges
}

// bipartite joins each of n nodes with each of n others.
func bipartite(n int32) []link {
	var edges []link
	for i := range n * n {
		edges = append(edges, link{i / n, n + i%n})
	}
	return edges
}

// long returns edges over half of n nodes.
func long(n int32) []link {
	var edges []link
	for v := range n / 2 {
		edges = append(edges, link{v, v + n/2})
	}
	return edges
}

func TestLarge(t *testing.T) {
	const n = 2_000
	for _, tt := range large {
		t.Run(tt.name, func(t *testing.T) { draw(t, n, tt.edges(n)) })
	}
}

func BenchmarkLayout(b *testing.B) {
	const n = 10_000
	for _, tt := range large {
		b.Run(tt.name, func(b *testing.B) {
			g := graph(n, tt.edges(n))
			for b.Loop() {
				layered.Layout(g, boxes, layered.Options{})
			}
		})
	}
}
