package layered

import (
	"slices"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// layers returns the layer of each node of an acyclic graph: to begin with, the
// length of the longest path to it, then shifted to where edges are short. Nodes
// without sources end up right before the first node that they lead to.
func layers(g *digraph.Graph) []int32 {
	order, _ := g.TopoOrder()
	layer := make([]int32, g.N())
	for _, v := range order {
		layer[v] = afterSources(g, layer, v)
	}
	const rounds = 8 // most graphs settle after two or three
	for range rounds {
		changed := false
		for _, v := range slices.Backward(order) {
			changed = pullRight(g, layer, v) || changed
		}
		for _, v := range order {
			changed = pullLeft(g, layer, v) || changed
		}
		if !changed {
			break
		}
	}
	return closeGaps(layer)
}

// afterSources returns the leftmost layer that v may have.
func afterSources(g *digraph.Graph, layer []int32, v int32) int32 {
	least := int32(0)
	for _, u := range g.In(v) {
		least = max(least, layer[u]+1)
	}
	return least
}

// pullRight moves v as far as it can go if that makes edges shorter in sum, or
// leaves their sum as it is: nodes before v may follow then.
func pullRight(g *digraph.Graph, layer []int32, v int32) bool {
	out := g.Out(v)
	if len(out) == 0 || len(out) < len(g.In(v)) {
		return false
	}
	to := layer[out[0]] - 1
	for _, w := range out {
		to = min(to, layer[w]-1)
	}
	moved := to != layer[v]
	layer[v] = to
	return moved
}

// pullLeft moves v to its sources if that makes edges shorter in sum.
func pullLeft(g *digraph.Graph, layer []int32, v int32) bool {
	if len(g.In(v)) <= len(g.Out(v)) {
		return false
	}
	to := afterSources(g, layer, v)
	moved := to != layer[v]
	layer[v] = to
	return moved
}

// closeGaps renumbers the layers without the empty ones.
func closeGaps(layer []int32) []int32 {
	number := make([]int32, slices.Max(layer)+1)
	for _, l := range layer {
		number[l] = 1
	}
	next := int32(0)
	for l, used := range number {
		number[l] = next
		next += used
	}
	for v, l := range layer {
		layer[v] = number[l]
	}
	return layer
}
