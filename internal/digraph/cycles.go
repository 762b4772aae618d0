package digraph

// Cycles returns one cycle for every strongly connected component of more than
// one node: a shortest one through the component's smallest node, starting with
// it. The last node of a cycle has an edge to the first. Cycles are in the order
// of their first nodes; there are none if and only if the graph is acyclic.
func (g *Graph) Cycles() [][]int32 {
	comp, count := g.strong()
	if count == g.N() {
		return nil
	}
	var cycles [][]int32
	s := search{g: g, prev: newPrev(g.N())}
	for _, nodes := range grouped(comp, count) {
		if len(nodes) > 1 {
			cycles = append(cycles, s.cycle(nodes[0], comp))
		}
	}
	return cycles
}

// cycle returns a shortest cycle through root, which must lie on one. Only root's
// component is searched, so the searches for all components take linear time.
func (s *search) cycle(root int32, comp []int32) []int32 {
	s.queue = append(s.queue[:0], root)
	s.prev[root] = root
	for i := 0; i < len(s.queue); i++ {
		v := s.queue[i]
		for _, w := range s.g.out.of(v) {
			if w == root {
				return s.pathTo(v)
			}
			if comp[w] == comp[root] {
				s.reach(v, w)
			}
		}
	}
	return nil
}
