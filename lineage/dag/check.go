package dag

import (
	"cmp"
	"slices"
)

// A Check accounts for the edges that went into a graph. Each distinct edge of
// each project is one of Origins, Internal and LeftOut, so that
//
//	Input == Origins + Internal + LeftOut
//
// and Lost and Doubled are empty.
type Check struct {
	Input    int      `json:"input"`    // distinct edges of all projects
	Origins  int      `json:"origins"`  // behind an edge of the graph
	Internal int      `json:"internal"` // between two members of one node
	LeftOut  int      `json:"left_out"` // of nodes whose type is left out
	Lost     []Origin `json:"lost,omitempty"`
	Doubled  []Origin `json:"doubled,omitempty"`

	// Misplaced are origins of an edge that leads from or to another node than
	// theirs, and internal ones whose ends are in two nodes.
	Misplaced []Origin `json:"misplaced,omitempty"`
}

// OK reports whether every edge is accounted for exactly once.
func (c Check) OK() bool {
	return c.Input == c.Origins+c.Internal+c.LeftOut && len(c.Lost)+len(c.Doubled)+len(c.Misplaced) == 0
}

// Check compares the graph with the projects it was merged from, edge by edge.
// A graph that was read from JSON knows only the numbers of edges, and Check
// compares those. That each origin stands at its own nodes is checked in either.
// A graph of [NewGraph] or [Graph.Subgraph] has nothing to be compared with.
func (g *Graph) Check() Check {
	var c Check
	for _, p := range g.Report.Projects {
		c.Input += p.Edges
	}
	for _, l := range g.Report.LeftOut {
		c.LeftOut += l.Edges
	}
	c.Internal = len(g.Report.Internal)
	for _, e := range g.Edges {
		c.Origins += len(e.Origins)
	}
	g.checkPlaces(&c)
	if g.inputs != nil {
		g.checkEach(&c)
	}
	return c
}

// checkPlaces finds origins that stand where they do not belong.
func (g *Graph) checkPlaces(c *Check) {
	into := g.joined()
	node := func(project, uniqueID string) string {
		r := Ref{project, uniqueID}
		return cmp.Or(into[r], r.String())
	}
	check := func(o Origin, ok bool) {
		if !ok {
			c.Misplaced = append(c.Misplaced, o)
		}
	}
	for _, e := range g.Edges {
		for _, o := range e.Origins {
			check(o, node(o.Project, o.From) == e.From && node(o.Project, o.To) == e.To)
		}
	}
	for _, o := range g.Report.Internal {
		check(o, node(o.Project, o.From) == node(o.Project, o.To))
	}
}

// checkEach finds each edge of the projects in the graph or in its report.
func (g *Graph) checkEach(c *Check) {
	seen := map[Origin]int{}
	for _, e := range g.Edges {
		for _, o := range e.Origins {
			seen[o]++
		}
	}
	for _, o := range g.Report.Internal {
		seen[o]++
	}
	for _, p := range g.inputs {
		leftOut := g.leftOutTypes(p.name)
		for _, e := range p.edges {
			o, times := p.origin(e), 0
			if leftOut[p.nodes[e.From].Type] || leftOut[p.nodes[e.To].Type] {
				times = 1
			}
			times += seen[o]
			delete(seen, o)
			switch {
			case times == 0:
				c.Lost = append(c.Lost, o)
			case times > 1:
				c.Doubled = append(c.Doubled, o)
			}
		}
	}
	for o := range seen { // no project has these
		c.Doubled = append(c.Doubled, o)
	}
	slices.SortFunc(c.Doubled, compareOrigins)
}

func (g *Graph) leftOutTypes(project string) map[string]bool {
	types := map[string]bool{}
	for _, l := range g.Report.LeftOut {
		if l.Project == project {
			types[l.Type] = true
		}
	}
	return types
}
