package layered

import "math"

// aspect is the shape, width by height, of a drawing of many small components.
const aspect = 1.6

// pack puts the blocks into rows that are about as long as the widest block, or as
// makes a drawing of the right shape.
func (d *Drawing) pack(blocks []block, opts Options) {
	widest, area := 0.0, 0.0
	for _, b := range blocks {
		widest = max(widest, b.width)
		area += float64((b.width + opts.LayerGap) * (b.height + opts.NodeGap)) // not fused, as in spread
	}
	limit := max(widest, math.Sqrt(area*aspect))

	x, y := 0.0, 0.0
	for i, b := range blocks {
		// Isolated nodes start a row of their own, which makes them a grid.
		firstIsolated := len(b.nodes) == 1 && i > 0 && len(blocks[i-1].nodes) > 1
		if x > 0 && x+b.width > limit || firstIsolated {
			x, y = 0, d.Height+opts.NodeGap
		}
		d.move(b, x, y)
		d.Width = max(d.Width, x+b.width)
		d.Height = max(d.Height, y+b.height)
		x += b.width + opts.LayerGap
	}
}

func (d *Drawing) move(b block, x, y float64) {
	for _, v := range b.nodes {
		d.Nodes[v].X += x
		d.Nodes[v].Y += y
	}
	for _, e := range b.edges {
		for i := range d.Edges[e].Points {
			d.Edges[e].Points[i].X += x
			d.Edges[e].Points[i].Y += y
		}
	}
}
