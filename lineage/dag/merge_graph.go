package dag

import (
	"cmp"
	"slices"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// graph makes the graph of the sets and completes the report.
func (m *merger) graph() *Graph {
	g := &Graph{inputs: m.projects}
	ids := make([]string, len(m.nodes)) // of the nodes of the graph, by set
	for i := range m.nodes {
		if m.leftOut[i] || m.set(int32(i)) != int32(i) {
			continue
		}
		node := m.node(int32(i))
		ids[i] = node.ID
		g.Nodes = append(g.Nodes, node)
	}
	g.Edges = m.edges(ids)
	m.finishReport()
	g.Report = m.report
	return g
}

// node returns the node for a set: the member that builds the table, or else
// the smallest that is described, with what others know where it tells nothing.
func (m *merger) node(set int32) Node {
	members := slices.Sorted(slices.Values(m.members[set]))
	first := members[0]
	if described := keep(members, func(i int32) bool { return !m.nodes[i].Placeholder }); len(described) > 0 {
		first = described[0]
	}
	if b := m.builder[set]; b >= 0 {
		first = b
	}
	n := *m.nodes[first]
	n.Relation = displayRelation(&n)
	if len(members) == 1 {
		return n
	}
	for _, i := range members {
		other := m.nodes[i]
		n.Members = append(n.Members, other.ref())
		n.Description = cmp.Or(n.Description, other.Description)
		n.Owner = cmp.Or(n.Owner, other.Owner)
		if len(n.Tags) == 0 {
			n.Tags = other.Tags
		}
		if len(n.Columns) == 0 {
			n.Columns, n.Catalog = other.Columns, other.Catalog
		}
		n.External = n.External || other.External
	}
	n.External = n.External && m.builder[set] < 0
	return n
}

// edges returns the edges between sets, and reports those within one and those
// of nodes that are left out.
func (m *merger) edges(ids []string) []Edge {
	type edge struct {
		digraph.Edge
		origin Origin
	}
	var kept []edge
	for p, project := range m.projects {
		for _, e := range project.edges {
			from, to := e.From+m.offset[p], e.To+m.offset[p]
			if m.leftOut[from] || m.leftOut[to] {
				continue
			}
			origin := project.origin(e)
			from, to = m.set(from), m.set(to)
			if from == to {
				m.report.Internal = append(m.report.Internal, origin)
				continue
			}
			kept = append(kept, edge{digraph.Edge{From: from, To: to}, origin})
		}
	}
	slices.SortFunc(kept, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), compareOrigins(a.origin, b.origin))
	})
	var edges []Edge
	for i, e := range kept {
		if i == 0 || e.Edge != kept[i-1].Edge {
			edges = append(edges, Edge{From: ids[e.From], To: ids[e.To]})
		}
		last := &edges[len(edges)-1]
		last.Origins = append(last.Origins, e.origin)
	}
	return edges
}

func (m *merger) finishReport() {
	r := &m.report
	for i, p := range m.projects {
		nodes, edges := p.Len()
		r.Projects = append(r.Projects, ProjectReport{
			Name: p.name, Adapter: p.Adapter, DBTVersion: p.DBTVersion, SchemaVersion: p.SchemaVersion,
			Nodes: nodes, Edges: edges, Warnings: slices.Concat(p.Warnings, m.unusedAliases(i)),
		})
		r.LeftOut = append(r.LeftOut, m.countLeftOut(i)...)
	}
	for i, n := range m.nodes {
		set := m.set(int32(i))
		switch {
		case m.leftOut[i]:
		case n.Placeholder:
			if len(m.members[set]) == 1 {
				r.Placeholders = append(r.Placeholders, n.ref())
			}
		case n.reads() && m.builder[set] < 0 && !m.settled[set]:
			r.Unmatched = append(r.Unmatched, n.ref())
		}
	}
	slices.SortFunc(r.Matches, func(a, b Match) int { return cmp.Or(compareRefs(a.From, b.From), compareRefs(a.To, b.To)) })
	slices.SortFunc(r.Ambiguities, func(a, b Ambiguity) int { return compareRefs(a.Node, b.Node) })
	slices.SortFunc(r.Conflicts, func(a, b Conflict) int { return slices.CompareFunc(a.Builders, b.Builders, compareRefs) })
	slices.SortFunc(r.Internal, compareOrigins)
}

// countLeftOut counts what is left out of the p-th project, by type. An edge
// counts for the type of the node it leads to, if that is left out too.
func (m *merger) countLeftOut(p int) []LeftOut {
	counts := map[string]*LeftOut{}
	count := func(i int32) *LeftOut {
		kind := m.nodes[i].Type
		if counts[kind] == nil {
			counts[kind] = &LeftOut{Project: m.projects[p].name, Type: kind}
		}
		return counts[kind]
	}
	for i := m.offset[p]; i < m.offset[p+1]; i++ {
		if m.leftOut[i] {
			count(i).Nodes++
		}
	}
	for _, e := range m.projects[p].edges {
		if to := e.To + m.offset[p]; m.leftOut[to] {
			count(to).Edges++
		} else if from := e.From + m.offset[p]; m.leftOut[from] {
			count(from).Edges++
		}
	}
	var list []LeftOut
	for _, c := range counts {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b LeftOut) int { return cmp.Compare(a.Type, b.Type) })
	return list
}

// cycles returns a path of IDs for each knot of cycles; the last node has an
// edge to the first.
func (g *Graph) cycles() [][]string {
	var cycles [][]string
	for _, c := range g.links.Cycles() {
		cycles = append(cycles, g.ids(c))
	}
	return cycles
}

func (g *Graph) ids(nodes []int32) []string {
	ids := make([]string, len(nodes))
	for i, n := range nodes {
		ids[i] = g.Nodes[n].ID
	}
	return ids
}
