// Package layered draws directed graphs from left to right, in the manner of
// Sugiyama: nodes stand in layers, edges lead from layer to layer, and the order
// within a layer is chosen so that few edges cross.
//
// A drawing is a set of coordinates in whatever unit the sizes of the nodes have;
// x grows to the right and y downwards. The same graph and sizes always give the
// same drawing.
package layered

import (
	"cmp"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// Options are the distances of a drawing.
type Options struct {
	// LayerGap is the horizontal space between layers. Defaults to 60.
	LayerGap float64

	// NodeGap is the least vertical space between the nodes of a layer. Edges
	// that pass a node keep half of it. Defaults to 16.
	NodeGap float64
}

// A Drawing tells where to draw the nodes and edges of a graph. Everything lies
// between 0 and Width and between 0 and Height.
type Drawing struct {
	Nodes         []Node // by number
	Edges         []Edge // by From, then by To
	Width, Height float64
}

// Node is the place of a node.
type Node struct {
	// Layer is 0 for the leftmost nodes of a connected component. Edges lead to a
	// higher layer, save for reversed ones.
	Layer int32

	// Order is the place within the layer of the component, from 0 at the top.
	// Isolated nodes are one component in this respect, with layer 0 only.
	Order int32

	// X and Y are the top left corner, W and H the size.
	X, Y, W, H float64
}

// Edge is the way of an edge.
type Edge struct {
	From, To int32

	// Reversed is set for edges that close a cycle and so lead from right to left.
	// If the opposite edge exists too, both take the same way.
	Reversed bool

	// Points are the corners of the line, from the middle of a side of From to
	// the middle of a side of To. Lines keep clear of nodes, save for very long
	// edges in graphs with very many layers: they are drawn straight.
	Points []Point
}

// Point is a place in a drawing.
type Point struct{ X, Y float64 }

// Layout draws g. Size returns the width and height of a node; it is called once
// for each node, in order, and its results must be finite and not negative.
//
// Weakly connected components are drawn apart from each other, large ones first,
// in rows from top to bottom; isolated nodes come last, in a grid. Time grows a
// little faster than the number of nodes and edges, whatever the shape of the
// graph.
func Layout(g *digraph.Graph, size func(v int32) (w, h float64), opts Options) Drawing {
	opts.LayerGap = cmp.Or(opts.LayerGap, 60)
	opts.NodeGap = cmp.Or(opts.NodeGap, 16)
	d := Drawing{Nodes: make([]Node, g.N()), Edges: make([]Edge, 0, g.M())}
	for v := range int32(g.N()) {
		d.Nodes[v].W, d.Nodes[v].H = size(v)
		for _, w := range g.Out(v) {
			d.Edges = append(d.Edges, Edge{From: v, To: w})
		}
	}
	d.pack(components(g, &d, opts), opts)
	return d
}
