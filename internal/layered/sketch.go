package layered

import (
	"cmp"
	"slices"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// sketch is a connected graph in the making. Besides the nodes of the graph it has
// virtual ones, at which long edges pass through the layers between their ends;
// so all its edges join neighbouring layers.
type sketch struct {
	dag   *digraph.Graph // without virtual nodes
	first []int32        // index of each node's first edge in dag
	chain []int32        // first virtual node of each edge of dag; they are consecutive

	real   int            // nodes from here on are virtual
	g      *digraph.Graph // with virtual nodes
	layer  []int32
	layers [][]int32 // nodes by layer from top to bottom, parts of one array
	all    []int32   // that array
	pos    []int32   // index of each node in its layer

	y      []float64 // of the middle
	height []float64
	left   []float64 // of each layer
	right  []float64
}

// virtualPerEdge bounds the number of virtual nodes, and so the time for a graph
// in which most edges span hundreds of layers: so many virtual nodes there are for
// each node and edge, and edges that get none are drawn straight.
const virtualPerEdge = 6

// newSketch gives virtual nodes to long edges, shorter ones first.
func newSketch(dag *digraph.Graph, layer []int32) *sketch {
	s := &sketch{dag: dag, first: firstEdges(dag), chain: make([]int32, dag.M()), real: dag.N(), layer: layer}
	ends := make([]digraph.Edge, 0, dag.M())
	byspan := make([]int32, dag.M())
	for v, w := range dag.Edges() {
		byspan[len(ends)] = int32(len(ends))
		ends = append(ends, digraph.Edge{From: v, To: w})
	}
	span := func(e int32) int32 { return layer[ends[e].To] - layer[ends[e].From] }
	slices.SortStableFunc(byspan, func(a, b int32) int { return cmp.Compare(span(a), span(b)) })

	limit := s.real + virtualPerEdge*(dag.N()+dag.M())
	var parts []digraph.Edge
	for _, e := range byspan {
		if s.chain[e] = int32(len(s.layer)); len(s.layer)+int(span(e))-1 > limit {
			s.chain[e] = -1
			continue
		}
		parts = s.split(parts, ends[e])
	}
	s.g = digraph.New(len(s.layer), parts)
	s.y, s.height = make([]float64, len(s.layer)), make([]float64, len(s.layer))
	s.fillLayers()
	return s
}

// split appends the parts of e to parts, and its virtual nodes to the layers.
func (s *sketch) split(parts []digraph.Edge, e digraph.Edge) []digraph.Edge {
	v := e.From
	for l := s.layer[e.From] + 1; l < s.layer[e.To]; l++ {
		w := int32(len(s.layer))
		s.layer = append(s.layer, l)
		parts = append(parts, digraph.Edge{From: v, To: w})
		v = w
	}
	return append(parts, digraph.Edge{From: v, To: e.To})
}

// fillLayers makes room for the nodes of each layer; their order is not set yet.
func (s *sketch) fillLayers() {
	s.layers = make([][]int32, slices.Max(s.layer)+1)
	s.all, s.pos = make([]int32, len(s.layer)), make([]int32, len(s.layer))
	size := make([]int32, len(s.layers))
	for _, l := range s.layer {
		size[l]++
	}
	rest := s.all
	for l, n := range size {
		s.layers[l], rest = rest[:0:n], rest[n:]
	}
	for v, l := range s.layer {
		s.layers[l] = append(s.layers[l], int32(v))
	}
	s.number()
}

// number sets the positions from the layers.
func (s *sketch) number() {
	for _, nodes := range s.layers {
		for i, v := range nodes {
			s.pos[v] = int32(i)
		}
	}
}

// virtual tells whether v is not a node of the graph but part of an edge.
func (s *sketch) virtual(v int32) bool { return int(v) >= s.real }
