package dag

import (
	"math"

	"github.com/awspatterns/awspatterns/internal/layered"
)

// The size of a node and the distances between nodes, in CSS pixels.
const (
	boxWidth  = 240
	boxHeight = 36
	layerGap  = 84
	nodeGap   = 18
)

// place computes the drawing of the whole graph. Of an edge only the corners
// between its ends are kept; the page knows the ends from the nodes.
func (g *Graph) place(nodes *htmlNodes, edges *htmlEdges) {
	drawing := layered.Layout(g.links,
		func(int32) (w, h float64) { return boxWidth, boxHeight },
		layered.Options{LayerGap: layerGap, NodeGap: nodeGap})
	for _, n := range drawing.Nodes {
		nodes.Layer = append(nodes.Layer, n.Layer)
		nodes.X = append(nodes.X, pixel(n.X))
		nodes.Y = append(nodes.Y, pixel(n.Y))
	}
	for _, e := range drawing.Edges { // in the order of g.Edges
		corners := e.Points[1 : len(e.Points)-1]
		bends := make([]int32, 0, 2*len(corners))
		for _, p := range corners {
			bends = append(bends, pixel(p.X), pixel(p.Y))
		}
		edges.Bends = append(edges.Bends, bends)
	}
}

func pixel(x float64) int32 { return int32(math.Round(x)) }
