package digraph

// Reach returns the nodes that can be reached from start over at most depth
// edges, or over any number of edges if depth is 0, and beside each node the
// number of edges to it from the nearest start. The order is breadth first:
// depths ascend, and within a depth nodes stand in the order in which the nodes
// before them list them. The starts themselves are never among the nodes, not
// even one that lies on a cycle or is reached from another.
//
// Use Reverse for what leads to the starts.
func (g *Graph) Reach(start []int32, depth int) (nodes, depths []int32) {
	seen := newBitset(g.N())
	queue := make([]int32, 0, len(start)+64)
	for _, v := range start {
		if !seen.has(v) {
			seen.add(v)
			queue = append(queue, v)
		}
	}
	starts := len(queue)
	for lo, d := 0, int32(1); lo < len(queue); d++ {
		if depth > 0 && int(d) > depth {
			break
		}
		hi := len(queue)
		queue = g.expand(queue, lo, seen)
		for range len(queue) - hi {
			depths = append(depths, d)
		}
		lo = hi
	}
	return queue[starts:], depths
}

// expand appends to queue what the nodes from queue[lo] on lead to and seen does
// not have yet.
func (g *Graph) expand(queue []int32, lo int, seen bitset) []int32 {
	for _, v := range queue[lo:] {
		for _, w := range g.out.of(v) {
			if !seen.has(w) {
				seen.add(w)
				queue = append(queue, w)
			}
		}
	}
	return queue
}

// bitset is a set of nodes.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(v int32) bool { return b[uint32(v)/64]&(1<<(uint32(v)%64)) != 0 }
func (b bitset) add(v int32)      { b[uint32(v)/64] |= 1 << (uint32(v) % 64) }
