package layered

import (
	"cmp"
	"slices"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

const (
	maxSweeps  = 32
	maxStalled = 6         // sweeps in a row that improve nothing
	maxWork    = 5_000_000 // edges looked at, over all sweeps
)

// reduceCrossings orders the layers. It begins with the better one of two
// depth-first orders, sweeps to and fro over the layers, and keeps the best order
// that it meets.
func (s *sketch) reduceCrossings() {
	s.depthFirst(s.g.Reverse(), false)
	fewest, best := s.crossings(), slices.Clone(s.all)
	s.depthFirst(s.g, true)
	if n := s.crossings(); n < fewest {
		fewest = n
		copy(best, s.all)
	} else {
		s.restore(best)
	}
	sweeps := min(maxSweeps, 2+maxWork/(s.g.M()+s.g.N()))
	for i, stalled := 0, 0; i < sweeps && stalled < maxStalled && fewest > 0; i++ {
		s.sweep(i)
		stalled++
		if n := s.crossings(); n < fewest {
			fewest, stalled = n, 0
			copy(best, s.all)
		}
	}
	s.restore(best)
}

func (s *sketch) restore(all []int32) {
	copy(s.all, all)
	s.number()
}

// depthFirst gives each layer the order in which a depth-first search over edges
// in both directions, those of g first, comes to its nodes. The search starts in
// the leftmost layer, or in the rightmost if fromRight is set. If g leads away
// from where the search goes, as it must, trees are drawn without crossings.
func (s *sketch) depthFirst(g *digraph.Graph, fromRight bool) {
	back := g.Reverse()
	seen := make([]bool, g.N())
	for i := range s.layers {
		s.layers[i] = s.layers[i][:0]
	}
	var stack []int32
	for _, root := range s.startOrder(fromRight) {
		stack = append(stack, root)
		for len(stack) > 0 {
			v := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[v] {
				continue
			}
			seen[v] = true
			s.layers[s.layer[v]] = append(s.layers[s.layer[v]], v)
			stack = pushUnseen(stack, back.Out(v), seen)
			stack = pushUnseen(stack, g.Out(v), seen)
		}
	}
	s.number()
}

// startOrder returns all nodes by layer and number.
func (s *sketch) startOrder(fromRight bool) []int32 {
	nodes := make([]int32, len(s.layer))
	for v := range nodes {
		nodes[v] = int32(v)
	}
	sign := 1
	if fromRight {
		sign = -1
	}
	slices.SortStableFunc(nodes, func(v, w int32) int { return sign * cmp.Compare(s.layer[v], s.layer[w]) })
	return nodes
}

// pushUnseen pushes so that the first of nodes is popped first.
func pushUnseen(stack, nodes []int32, seen []bool) []int32 {
	for _, w := range slices.Backward(nodes) {
		if !seen[w] {
			stack = append(stack, w)
		}
	}
	return stack
}

// sweep orders every layer by the one before it: from left to right if i is even,
// and from right to left if it is odd. Nodes that are equal in this respect change
// places in every other pair of sweeps. Then neighbours are exchanged.
func (s *sketch) sweep(i int) {
	turn := i/2%2 == 1
	last := len(s.layers) - 1
	for l := range last {
		if i%2 == 0 {
			s.sortLayer(l+1, s.g.Reverse(), turn)
		} else {
			s.sortLayer(last-1-l, s.g, turn)
		}
	}
	for l := range s.layers {
		s.exchange(l)
	}
}

// keyed is a node and the mean position of its neighbours.
type keyed struct {
	mean float64
	pos  int32 // breaks ties
	node int32
}

// sortLayer orders a layer by the means of the nodes that g's edges lead to. Nodes
// without such edges stay where they are.
func (s *sketch) sortLayer(l int, g *digraph.Graph, turn bool) {
	nodes := s.layers[l]
	var moving []keyed
	for i, v := range nodes {
		if out := g.Out(v); len(out) > 0 {
			k := keyed{mean: s.meanPosition(out), pos: int32(i), node: v}
			if turn {
				k.pos = -k.pos
			}
			moving = append(moving, k)
		}
	}
	slices.SortFunc(moving, func(a, b keyed) int {
		return cmp.Or(cmp.Compare(a.mean, b.mean), cmp.Compare(a.pos, b.pos))
	})
	for i, v := range nodes {
		if len(g.Out(v)) > 0 {
			nodes[i], moving = moving[0].node, moving[1:]
		}
	}
	for i, v := range nodes {
		s.pos[v] = int32(i)
	}
}

func (s *sketch) meanPosition(nodes []int32) float64 {
	sum := 0
	for _, w := range nodes {
		sum += int(s.pos[w])
	}
	return float64(sum) / float64(len(nodes))
}
