package digraph

import "slices"

// ShortestPath returns a path of the fewest edges, both ends included, or nil if
// there is none. Among several it is the first in lexicographic order. The path
// from a node to itself is that node.
func (g *Graph) ShortestPath(from, to int32) []int32 {
	if from == to {
		return []int32{from}
	}
	s := search{g: g, prev: newPrev(g.N()), queue: []int32{from}}
	s.prev[from] = from
	for i := 0; i < len(s.queue); i++ {
		v := s.queue[i]
		for _, w := range g.out.of(v) {
			s.reach(v, w)
			if w == to {
				return s.pathTo(w)
			}
		}
	}
	return nil
}

// search is a breadth-first search that remembers where it came from.
type search struct {
	g     *Graph
	prev  []int32 // the node before; itself for the first; -1 if not reached
	queue []int32
}

func newPrev(n int) []int32 {
	prev := make([]int32, n)
	for v := range prev {
		prev[v] = -1
	}
	return prev
}

func (s *search) reach(v, w int32) {
	if s.prev[w] < 0 {
		s.prev[w] = v
		s.queue = append(s.queue, w)
	}
}

func (s *search) pathTo(v int32) []int32 {
	path := []int32{v}
	for s.prev[v] != v {
		v = s.prev[v]
		path = append(path, v)
	}
	slices.Reverse(path)
	return path
}

// SimplePaths returns the paths between two nodes that visit no node twice, in
// lexicographic order, but at most limit of them; complete tells whether these
// are all. The path from a node to itself is that node. The work is bounded by
// (limit + 1) times the size of the graph, cycles or not.
func (g *Graph) SimplePaths(from, to int32, limit int) (paths [][]int32, complete bool) {
	s := pathSearch{g: g, to: to, state: make([]pathState, g.N())}
	s.enter(from)
	for len(s.calls) > 0 {
		path, ok := s.next()
		if !ok {
			break
		}
		if len(paths) >= limit {
			return paths, false
		}
		paths = append(paths, path)
	}
	return paths, true
}

// pathSearch is a depth-first search for paths that keeps out of dead ends, after
// D. B. Johnson, "Finding all the elementary circuits of a directed graph",
// 1975. A node that was left without finding a path is blocked. It becomes free
// again when one of its successors does, for until then every way on from it
// runs into the path at hand. So no node is entered more than twice between
// one path and the next.
type pathSearch struct {
	g     *Graph
	to    int32
	state []pathState
	calls []pathCall // the path at hand
	freed []int32    // work list of free
}

type pathState uint8

const (
	free pathState = iota
	onPath
	blocked
)

type pathCall struct {
	call
	found bool // a path went through here
}

func (s *pathSearch) enter(v int32) {
	s.state[v] = onPath
	s.calls = append(s.calls, pathCall{call: call{node: v}})
}

// next goes on with the search until it finds a path.
func (s *pathSearch) next() (path []int32, ok bool) {
	for len(s.calls) > 0 {
		c := &s.calls[len(s.calls)-1]
		if c.node == s.to && !c.found {
			c.found = true
			return s.path(), true
		}
		out := s.g.out.of(c.node)
		if c.node == s.to || int(c.next) == len(out) {
			s.leave()
			continue
		}
		c.next++
		if w := out[c.next-1]; s.state[w] == free {
			s.enter(w)
		}
	}
	return nil, false
}

func (s *pathSearch) path() []int32 {
	path := make([]int32, len(s.calls))
	for i, c := range s.calls {
		path[i] = c.node
	}
	return path
}

// leave takes the last node off the path.
func (s *pathSearch) leave() {
	last := s.calls[len(s.calls)-1]
	s.calls = s.calls[:len(s.calls)-1]
	if !last.found {
		s.state[last.node] = blocked
		return
	}
	s.free(last.node)
	if len(s.calls) > 0 {
		s.calls[len(s.calls)-1].found = true
	}
}

// free frees v and all blocked nodes that have a way to it over blocked nodes.
func (s *pathSearch) free(v int32) {
	s.state[v] = free
	s.freed = append(s.freed[:0], v)
	for len(s.freed) > 0 {
		v := s.freed[len(s.freed)-1]
		s.freed = s.freed[:len(s.freed)-1]
		for _, u := range s.g.in.of(v) {
			if s.state[u] == blocked {
				s.state[u] = free
				s.freed = append(s.freed, u)
			}
		}
	}
}
