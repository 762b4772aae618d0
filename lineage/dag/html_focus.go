package dag

import (
	"cmp"
	"fmt"
	"slices"
)

// A neighbourhood of focusNodes can be taken in at a glance; focusTries are looked
// at to find one.
const (
	focusNodes = 80
	focusTries = 500
)

// focus returns the number of the node with the given ID or, if that is empty,
// of one that is a good beginning; -1 if there is no node.
//
// Where projects meet is what a merged graph is looked at for, so such nodes go
// before others; and of those the one with the most neighbours, as long as what
// the page draws around it is no thicket.
func (g *Graph) focus(id string) (int32, error) {
	if id != "" {
		i, ok := g.index[id]
		if !ok {
			return 0, fmt.Errorf("focus %q: %w", id, ErrNoNode)
		}
		return i, nil
	}
	nodes := g.byInterest()
	for _, v := range nodes[:min(len(nodes), focusTries)] {
		up, _ := g.links.Reverse().Reach([]int32{v}, 2)
		down, _ := g.links.Reach([]int32{v}, 2)
		if len(up)+len(down) <= focusNodes {
			return v, nil
		}
	}
	if len(nodes) == 0 {
		return -1, nil
	}
	return nodes[0], nil
}

// byInterest sorts the nodes: joined ones, then those with many edges, first.
func (g *Graph) byInterest() []int32 {
	joined := func(v int32) int { return min(len(g.Nodes[v].Members), 1) }
	degree := func(v int32) int { return len(g.links.In(v)) + len(g.links.Out(v)) }
	nodes := make([]int32, len(g.Nodes))
	for i := range nodes {
		nodes[i] = int32(i)
	}
	slices.SortStableFunc(nodes, func(a, b int32) int {
		return cmp.Or(cmp.Compare(joined(b), joined(a)), cmp.Compare(degree(b), degree(a)))
	})
	return nodes
}
