package layered_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/digraph"
	"github.com/awspatterns/awspatterns/internal/layered"
)

const rounding = 1e-6

// link is an edge from its first node to its second.
type link [2]int32

func graph(n int, edges []link) *digraph.Graph {
	list := make([]digraph.Edge, len(edges))
	for i, e := range edges {
		list[i] = digraph.Edge{From: e[0], To: e[1]}
	}
	return digraph.New(n, list)
}

// boxes gives nodes sizes that differ.
func boxes(v int32) (w, h float64) { return 40 + float64(v*7%50), 20 + float64(v*3%20) }

// draw lays out a graph and checks what is true of every drawing.
func draw(t *testing.T, n int, edges []link) layered.Drawing {
	t.Helper()
	g := graph(n, edges)
	d := layered.Layout(g, boxes, layered.Options{})
	checkEdges(t, g, d)
	checkNodes(t, n, d)
	return d
}

func checkEdges(t *testing.T, g *digraph.Graph, d layered.Drawing) {
	t.Helper()
	i := 0
	_, acyclic := g.TopoOrder()
	for v, w := range g.Edges() {
		e := d.Edges[i]
		i++
		if e.From != v || e.To != w {
			t.Fatalf("edge %d: got %d to %d, want %d to %d", i, e.From, e.To, v, w)
		}
		from, to := d.Nodes[v], d.Nodes[w]
		if e.Reversed {
			from, to = to, from
		}
		if e.Reversed && acyclic || from.Layer >= to.Layer {
			t.Errorf("edge %d to %d leads from layer %d to %d, reversed %v", v, w, from.Layer, to.Layer, e.Reversed)
		}
		checkLine(t, e, from, to, d.Height)
	}
	if len(d.Edges) != i {
		t.Errorf("got %d edges, want %d", len(d.Edges), i)
	}
}

// checkLine takes the ends of e from left to right.
func checkLine(t *testing.T, e layered.Edge, from, to layered.Node, height float64) {
	t.Helper()
	points := slices.Clone(e.Points)
	if e.Reversed {
		slices.Reverse(points)
	}
	first, last := points[0], points[len(points)-1]
	if first.X != from.X+from.W || math.Abs(first.Y-from.Y-from.H/2) > rounding {
		t.Errorf("edge %d to %d starts at %v, not at %v", e.From, e.To, first, from)
	}
	if last.X != to.X || math.Abs(last.Y-to.Y-to.H/2) > rounding {
		t.Errorf("edge %d to %d ends at %v, not at %v", e.From, e.To, last, to)
	}
	for k, p := range points {
		if k > 0 && p.X < points[k-1].X || p.Y < 0 || p.Y > height+rounding {
			t.Errorf("edge %d to %d leaves its way: %v", e.From, e.To, points)
		}
	}
}

// checkNodes looks for nodes outside the drawing or over each other.
func checkNodes(t *testing.T, n int, d layered.Drawing) {
	t.Helper()
	if len(d.Nodes) != n {
		t.Fatalf("got %d nodes, want %d", len(d.Nodes), n)
	}
	nodes := slices.SortedFunc(slices.Values(d.Nodes), func(a, b layered.Node) int {
		return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
	})
	for i, a := range nodes {
		if a.X < 0 || a.Y < 0 || a.X+a.W > d.Width+rounding || a.Y+a.H > d.Height+rounding {
			t.Errorf("node %+v is outside of %g by %g", a, d.Width, d.Height)
		}
		for _, b := range nodes[i+1:] {
			if b.X >= a.X+a.W || b.X == a.X && b.Y >= a.Y+a.H {
				break // those after b are further away
			}
			if a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("nodes overlap: %+v and %+v", a, b)
			}
		}
	}
}

// checkClear looks for lines across nodes.
func checkClear(t *testing.T, d layered.Drawing) {
	t.Helper()
	for _, e := range d.Edges {
		for i, a := range e.Points[1:] {
			for v, n := range d.Nodes {
				if int32(v) != e.From && int32(v) != e.To && hits(e.Points[i], a, n) {
					t.Errorf("edge %d to %d runs over node %d", e.From, e.To, v)
				}
			}
		}
	}
}

// hits tells whether the line from a to b comes into n, by going along it.
func hits(a, b layered.Point, n layered.Node) bool {
	if max(a.X, b.X) <= n.X || min(a.X, b.X) >= n.X+n.W {
		return false
	}
	const steps = 50
	for i := range steps + 1 {
		f := float64(i) / steps
		x, y := a.X+f*(b.X-a.X), a.Y+f*(b.Y-a.Y)
		if n.X < x && x < n.X+n.W && n.Y < y && y < n.Y+n.H {
			return true
		}
	}
	return false
}

// crossings counts the pairs of edges without a common node whose lines meet.
func crossings(d layered.Drawing) int {
	total := 0
	for i, e := range d.Edges {
		for _, f := range d.Edges[i+1:] {
			if e.From != f.From && e.From != f.To && e.To != f.From && e.To != f.To && meet(e.Points, f.Points) {
				total++
			}
		}
	}
	return total
}

func meet(a, b []layered.Point) bool {
	for i := range len(a) - 1 {
		for k := range len(b) - 1 {
			p, q, r, s := a[i], a[i+1], b[k], b[k+1]
			if side(p, q, r)*side(p, q, s) <= 0 && side(r, s, p)*side(r, s, q) <= 0 {
				return true
			}
		}
	}
	return false
}

// side tells on which side of the line from a to b point p lies.
func side(a, b, p layered.Point) float64 {
	return (b.X-a.X)*(p.Y-a.Y) - (b.Y-a.Y)*(p.X-a.X)
}

// pipelines returns a graph like those of data pipelines: stages, with most edges
// from stage to stage and some further on.
func pipelines(r *rand.Rand, n, m, stages int) []link {
	edges := make([]link, m)
	wide := n / stages
	for i := range edges {
		far := 1
		for far < 4 && r.IntN(4) == 0 {
			far++
		}
		from := r.IntN(stages - far)
		at := r.IntN(wide)
		to := min(max(at+r.IntN(9)-4, 0), wide-1)
		edges[i] = link{int32(from*wide + at), int32((from+far)*wide + to)}
	}
	return edges
}

func randomEdges(r *rand.Rand, n, m int, acyclic bool) []link {
	edges := make([]link, m)
	for i := range edges {
		v, w := int32(r.IntN(n)), int32(r.IntN(n))
		if acyclic {
			v, w = min(v, w), max(v, w)
		}
		edges[i] = link{v, w}
	}
	return edges
}
