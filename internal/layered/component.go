package layered

import (
	"cmp"
	"slices"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// block is a part of a drawing that is drawn apart from the others, with its top
// left corner at 0, 0 until the parts are packed.
type block struct {
	nodes         []int32 // ascending
	edges         []int32 // by index
	width, height float64
}

// components draws every component into d, as if it were alone.
func components(g *digraph.Graph, d *Drawing, opts Options) []block {
	index := make([]int32, g.N()) // of a node in its component
	first := firstEdges(g)
	var blocks []block
	var isolated []int32
	for _, nodes := range g.Components() {
		if len(nodes) == 1 {
			isolated = append(isolated, nodes[0])
			continue
		}
		b := block{nodes: nodes}
		for i, v := range nodes {
			index[v] = int32(i)
			for k := range g.Out(v) {
				b.edges = append(b.edges, first[v]+int32(k))
			}
		}
		b.draw(d, index, opts)
		blocks = append(blocks, b)
	}
	slices.SortStableFunc(blocks, func(a, b block) int { return cmp.Compare(len(b.nodes), len(a.nodes)) })
	return append(blocks, grid(d, isolated)...)
}

// firstEdges returns for each node the index of its first edge.
func firstEdges(g *digraph.Graph) []int32 {
	first := make([]int32, g.N()+1)
	for v := range int32(g.N()) {
		first[v+1] = first[v] + int32(len(g.Out(v)))
	}
	return first
}

// grid returns a block for each isolated node, all of the same width.
func grid(d *Drawing, isolated []int32) []block {
	width := 0.0
	for _, v := range isolated {
		width = max(width, d.Nodes[v].W)
	}
	blocks := make([]block, len(isolated))
	for i, v := range isolated {
		blocks[i] = block{nodes: isolated[i : i+1], width: width, height: d.Nodes[v].H}
		d.Nodes[v].Order = int32(i)
	}
	return blocks
}

// draw goes through the steps of the method for one component.
func (b *block) draw(d *Drawing, index []int32, opts Options) {
	edges := make([]digraph.Edge, len(b.edges))
	for i, e := range b.edges {
		edges[i] = digraph.Edge{From: index[d.Edges[e].From], To: index[d.Edges[e].To]}
	}
	g := acyclic(digraph.New(len(b.nodes), edges))
	s := newSketch(g, layers(g))
	s.reduceCrossings()
	for i, v := range b.nodes {
		s.height[i] = d.Nodes[v].H
	}
	s.spread(opts.NodeGap)
	b.width, b.height = s.commit(d, b, opts.LayerGap)
	for i, e := range edges {
		s.route(d, b, &d.Edges[b.edges[i]], e.From, e.To)
	}
}
