package layered

import (
	"math"
	"slices"
)

// commit writes the places of the nodes to the drawing and returns its size.
func (s *sketch) commit(d *Drawing, b *block, gap float64) (width, height float64) {
	top, bottom := math.Inf(1), math.Inf(-1)
	for v, y := range s.y {
		top = min(top, y-s.height[v]/2)
		bottom = max(bottom, y+s.height[v]/2)
	}
	for v := range s.y {
		s.y[v] -= top
	}
	s.left, s.right = make([]float64, len(s.layers)), make([]float64, len(s.layers))
	for l, nodes := range s.layers {
		s.left[l], s.right[l] = width, width
		order := int32(0)
		for _, v := range nodes {
			if s.virtual(v) {
				continue
			}
			n := &d.Nodes[b.nodes[v]]
			n.Layer, n.Order = int32(l), order
			n.X, n.Y = s.left[l], max(0, s.y[v]-n.H/2) // rounding may go below 0
			s.right[l] = max(s.right[l], s.left[l]+n.W)
			order++
		}
		width = s.right[l] + gap
	}
	return width - gap, bottom - top
}

// route writes the way of e, which leads from v to w in this component.
func (s *sketch) route(d *Drawing, b *block, e *Edge, v, w int32) {
	e.Reversed = s.layer[v] > s.layer[w]
	if e.Reversed {
		v, w = w, v
	}
	from, to := d.Nodes[b.nodes[v]], d.Nodes[b.nodes[w]]
	e.Points = append(e.Points, Point{from.X + from.W, s.y[v]})
	if s.chained(v, w) >= 0 {
		e.Points = append(e.Points, Point{s.right[from.Layer], s.y[v]})
		for l, u := from.Layer+1, s.chained(v, w); l < to.Layer; l, u = l+1, u+1 {
			e.Points = append(e.Points, Point{s.left[l], s.y[u]}, Point{s.right[l], s.y[u]})
		}
	}
	e.Points = straightened(append(e.Points, Point{to.X, s.y[w]}))
	if e.Reversed {
		slices.Reverse(e.Points)
	}
}

// chained returns the first virtual node of the edge from v to w, or -1 if the edge
// has to be straight.
func (s *sketch) chained(v, w int32) int32 {
	i, _ := slices.BinarySearch(s.dag.Out(v), w)
	return s.chain[s.first[v]+int32(i)]
}

// straightened leaves out points that are not corners.
func straightened(points []Point) []Point {
	kept := points[:1]
	for i, p := range points[1:] {
		last := i+2 == len(points)
		if a := kept[len(kept)-1]; last || !onLine(a, p, points[i+2]) {
			kept = append(kept, p)
		}
	}
	return slices.Clip(kept)
}

// onLine tells whether p lies on the line from a to b, or is a, to within less than
// can be seen.
func onLine(a, p, b Point) bool {
	const invisible = 0.01
	if p.X-a.X < invisible {
		return math.Abs(p.Y-a.Y) < invisible
	}
	y := a.Y + (b.Y-a.Y)*(p.X-a.X)/(b.X-a.X)
	return math.Abs(p.Y-y) < invisible
}
