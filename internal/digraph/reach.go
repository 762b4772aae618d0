package digraph

import (
	"math/bits"
	"slices"
)

// Reach returns the nodes that can be reached from start over at most depth
// edges, or over any number of edges if depth is 0, and beside each node the
// number of edges to it from the nearest start. Depths ascend, and within a depth
// nodes do. The starts themselves are never among the nodes, not even one that
// lies on a cycle or is reached from another.
//
// Use Reverse for what leads to the starts.
func (g *Graph) Reach(start []int32, depth int) (nodes, depths []int32) {
	pooled := g.sets.Get().(*bitset)
	seen := *pooled
	queue := make([]int32, 0, len(start)+32)
	for _, v := range start {
		if !seen.has(v) {
			seen.add(v)
			queue = append(queue, v)
		}
	}
	levels := append(make([]int, 0, 64), len(queue)) // where in queue each depth begins, from 1 on
	for lo := 0; lo < len(queue) && (depth == 0 || len(levels) <= depth); {
		hi := len(queue)
		queue = g.expand(queue, lo, seen)
		g.sort(queue[hi:])
		levels = append(levels, len(queue))
		lo = hi
	}
	for _, v := range queue {
		seen.remove(v)
	}
	g.sets.Put(pooled)
	return queue[levels[0]:], depthsOf(levels)
}

// depthsOf returns the depth of each node behind the starts.
func depthsOf(levels []int) []int32 {
	first, last := levels[0], levels[len(levels)-1]
	depths := make([]int32, last-first)
	for d := 1; d < len(levels); d++ {
		level := depths[levels[d-1]-first : levels[d]-first]
		for i := range level {
			level[i] = int32(d)
		}
	}
	return depths
}

// expand appends to queue what the nodes from queue[lo] on lead to and seen does
// not have yet. It writes every neighbour behind the queue and makes the queue
// longer only if the neighbour is new: without a branch that the processor would
// guess wrongly half of the time, it can wait for several neighbours at once.
func (g *Graph) expand(queue []int32, lo int, seen bitset) []int32 {
	for i, hi := lo, len(queue); i < hi; i++ {
		list := g.out.of(queue[i])
		n := len(queue)
		queue = slices.Grow(queue, len(list))
		room := queue[:n+len(list)]
		for _, w := range list {
			room[n] = w
			n += seen.addNew(w)
		}
		queue = room[:n]
	}
	return queue
}

// sort sorts different nodes. Many of them are marked in a set and read off, which
// takes less time than they then save: their lists are read in the order in which
// they stand in memory.
func (g *Graph) sort(nodes []int32) {
	if len(nodes) < g.N()/64 {
		slices.Sort(nodes)
		return
	}
	pooled := g.sets.Get().(*bitset)
	set := *pooled
	for _, v := range nodes {
		set.add(v)
	}
	n := 0
	for i, word := range set {
		for ; word != 0; word &= word - 1 {
			nodes[n] = int32(i*64 + bits.TrailingZeros64(word))
			n++
		}
		set[i] = 0
	}
	g.sets.Put(pooled)
}

// bitset is a set of nodes.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(v int32) bool { return b[uint32(v)/64]&(1<<(uint32(v)%64)) != 0 }
func (b bitset) add(v int32)      { b[uint32(v)/64] |= 1 << (uint32(v) % 64) }

// addNew adds v and returns 1 if it was not there, else 0.
func (b bitset) addNew(v int32) int {
	word, bit := &b[uint32(v)/64], uint32(v)%64
	was := *word >> bit & 1
	*word |= 1 << bit
	return int(was ^ 1)
}

func (b bitset) remove(v int32) { b[uint32(v)/64] &^= 1 << (uint32(v) % 64) }
