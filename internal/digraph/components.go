package digraph

// Components returns the weakly connected components: the sets of nodes that
// hang together if directions are ignored. Each is ascending, and they are in
// the order of their smallest nodes.
func (g *Graph) Components() [][]int32 {
	comp := make([]int32, g.N())
	for v := range comp {
		comp[v] = -1
	}
	count := int32(0)
	var stack []int32
	for v := range int32(g.N()) {
		if comp[v] >= 0 {
			continue
		}
		comp[v] = count
		stack = append(stack, v)
		for len(stack) > 0 {
			u := stack[len(stack)-1]
			stack = claim(stack[:len(stack)-1], g.out.of(u), comp, count)
			stack = claim(stack, g.in.of(u), comp, count)
		}
		count++
	}
	return grouped(comp, int(count))
}

// claim gives the unclaimed ones of nodes to component c and pushes them.
func claim(stack, nodes, comp []int32, c int32) []int32 {
	for _, w := range nodes {
		if comp[w] < 0 {
			comp[w] = c
			stack = append(stack, w)
		}
	}
	return stack
}

// grouped returns the nodes of each of count components, ascending.
func grouped(comp []int32, count int) [][]int32 {
	edges := lists{start: make([]int32, count+1), node: make([]int32, len(comp))}
	for _, c := range comp {
		edges.start[c+1]++
	}
	edges.sum()
	next := edges.cursor()
	for v, c := range comp {
		edges.node[next[c]] = int32(v)
		next[c]++
	}
	groups := make([][]int32, count)
	for c := range groups {
		groups[c] = edges.of(int32(c))
	}
	return groups
}

// strong returns the strongly connected component of each node. Components are
// numbered in the order of their smallest nodes.
func (g *Graph) strong() (comp []int32, count int) {
	t := tarjan{g: g, index: make([]int32, g.N()), low: make([]int32, g.N()), comp: make([]int32, g.N())}
	for v := range int32(g.N()) {
		if t.index[v] == 0 {
			t.visit(v)
		}
	}
	return renumbered(t.comp, t.comps)
}

// renumbered gives components new numbers in the order in which they appear.
func renumbered(comp []int32, count int32) ([]int32, int) {
	number := make([]int32, count+1) // components of tarjan start with 1
	next := int32(0)
	for v, c := range comp {
		if number[c] == 0 {
			next++
			number[c] = next
		}
		comp[v] = number[c] - 1
	}
	return comp, int(count)
}

// tarjan is a run of Tarjan's algorithm for strongly connected components, with
// a stack of its own in place of recursion.
type tarjan struct {
	g     *Graph
	index []int32 // order of discovery from 1; 0 is not discovered
	low   []int32 // least index known to be reachable
	comp  []int32 // from 1; 0 is still open
	calls []call
	open  []int32 // nodes whose component is not complete
	count int32   // nodes discovered
	comps int32   // components completed
}

// call is a node under way and how many of its edges have been followed.
type call struct{ node, next int32 }

func (t *tarjan) visit(root int32) {
	t.discover(root)
	for len(t.calls) > 0 {
		c := &t.calls[len(t.calls)-1]
		v, out := c.node, t.g.out.of(c.node)
		if int(c.next) == len(out) {
			t.calls = t.calls[:len(t.calls)-1]
			t.leave(v)
			continue
		}
		w := out[c.next]
		c.next++
		if t.index[w] == 0 {
			t.discover(w)
		} else if t.comp[w] == 0 {
			t.low[v] = min(t.low[v], t.index[w])
		}
	}
}

func (t *tarjan) discover(v int32) {
	t.count++
	t.index[v], t.low[v] = t.count, t.count
	t.open = append(t.open, v)
	t.calls = append(t.calls, call{node: v})
}

// leave completes v's component if v was first of it, and tells v's caller.
func (t *tarjan) leave(v int32) {
	if len(t.calls) > 0 {
		u := t.calls[len(t.calls)-1].node
		t.low[u] = min(t.low[u], t.low[v])
	}
	if t.low[v] < t.index[v] {
		return
	}
	t.comps++
	for {
		w := t.open[len(t.open)-1]
		t.open = t.open[:len(t.open)-1]
		t.comp[w] = t.comps
		if w == v {
			return
		}
	}
}
