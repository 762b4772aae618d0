package layered

// spread sets the heights at which nodes stand. Each wants to stand in the middle
// of its neighbours; nodes of a layer keep their order and distance. Sweeps first
// look at one side only, which moves whole trees at once, and then at both.
//
// Products are converted to float64 before they are added to anything: that keeps
// the compiler from fusing the two, so that all machines draw alike.
func (s *sketch) spread(gap float64) {
	c := column{sketch: s, gap: gap}
	for _, nodes := range s.layers {
		c.begin(nodes)
		c.settle()
	}
	const oneSided, bothSided = 8, 8
	last := len(s.layers) - 1
	for i := range oneSided + bothSided {
		for l := range s.layers {
			if i%2 == 1 {
				l = last - l
			}
			c.begin(s.layers[l])
			for k, v := range s.layers[l] {
				if i >= oneSided || i%2 == 0 {
					c.attract(k, v, s.g.In(v))
				}
				if i >= oneSided || i%2 == 1 {
					c.attract(k, v, s.g.Out(v))
				}
			}
			c.settle()
		}
	}
}

// column is a layer whose nodes are about to move.
type column struct {
	*sketch
	gap    float64
	nodes  []int32
	offset []float64 // least distance from the first node
	pull   []float64 // sum of weight times wanted height
	weight []float64
	runs   []run
}

// begin takes up a layer. Every node is a little fond of its place.
func (c *column) begin(nodes []int32) {
	c.nodes = nodes
	c.offset, c.pull, c.weight = c.offset[:0], c.pull[:0], c.weight[:0]
	offset := 0.0
	for i, v := range nodes {
		if i > 0 {
			offset += c.distance(nodes[i-1], v)
		}
		const inertia = 1e-3
		c.offset = append(c.offset, offset)
		c.pull = append(c.pull, float64(inertia*c.y[v]))
		c.weight = append(c.weight, inertia)
	}
}

// distance returns the least distance between the middles of neighbours.
func (c *column) distance(v, w int32) float64 {
	gap := c.gap
	if c.virtual(v) || c.virtual(w) {
		gap /= 2
	}
	return c.height[v]/2 + gap + c.height[w]/2
}

// attract pulls node k of the column, v, towards its neighbours. Edges between
// virtual nodes pull hardest, so that long edges are straight.
func (c *column) attract(k int, v int32, neighbours []int32) {
	for _, w := range neighbours {
		weight := 1.0
		if c.virtual(v) {
			weight *= 3
		}
		if c.virtual(w) {
			weight *= 3
		}
		c.pull[k] += float64(weight * c.y[w])
		c.weight[k] += weight
	}
}

// run is a number of neighbouring nodes without any space to spare between them.
type run struct {
	pull, weight float64
	nodes        int
}

// settle moves the nodes to where the weighted squares of their distances from the
// places they want have the least sum. Less the offsets this is isotonic
// regression: a run that wants to stand above the run before it is joined to it.
func (c *column) settle() {
	c.runs = c.runs[:0]
	for i := range c.nodes {
		r := run{c.pull[i] - float64(c.weight[i]*c.offset[i]), c.weight[i], 1}
		for n := len(c.runs) - 1; n >= 0 && r.pull*c.runs[n].weight < c.runs[n].pull*r.weight; n-- {
			before := c.runs[n]
			r = run{before.pull + r.pull, before.weight + r.weight, before.nodes + r.nodes}
			c.runs = c.runs[:n]
		}
		c.runs = append(c.runs, r)
	}
	i := 0
	for _, r := range c.runs {
		for range r.nodes {
			c.y[c.nodes[i]] = r.pull/r.weight + c.offset[i]
			i++
		}
	}
}
