package dag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// Walk limits a walk through the graph. The zero value walks all the way.
type Walk struct {
	// Depth is the largest number of edges from the start; 0 is no limit.
	Depth int

	// Types, if set, are the resource types that are returned. The walk
	// leads through nodes of other types all the same.
	Types []string
}

// A Step is a node that a walk has reached, and over how many edges at least.
type Step struct {
	Node  *Node
	Depth int
}

// Upstream returns what the node feeds on, directly or not, the nearest first.
func (g *Graph) Upstream(id string, walk Walk) ([]Step, error) {
	return g.walk(id, walk, g.links.Reverse())
}

// Downstream returns what the node feeds, directly or not, the nearest first.
func (g *Graph) Downstream(id string, walk Walk) ([]Step, error) {
	return g.walk(id, walk, g.links)
}

func (g *Graph) walk(id string, walk Walk, links *digraph.Graph) ([]Step, error) {
	start, err := g.at(id)
	if err != nil {
		return nil, err
	}
	if walk.Depth < 0 {
		return nil, fmt.Errorf("dag: depth %d is negative", walk.Depth)
	}
	nodes, depths := links.Reach([]int32{start}, walk.Depth)
	steps := make([]Step, 0, len(nodes))
	for i, n := range nodes { // by depth and number, and numbers are in the order of IDs
		if node := &g.Nodes[n]; len(walk.Types) == 0 || slices.Contains(walk.Types, node.Type) {
			steps = append(steps, Step{node, int(depths[i])})
		}
	}
	return steps, nil
}

func (g *Graph) at(id string) (int32, error) {
	i, ok := g.index[id]
	if !ok {
		return 0, fmt.Errorf("dag: %w: %q", ErrNoNode, id)
	}
	return i, nil
}

// An Impact counts what depends on a node, directly or not.
type Impact struct {
	Node   *Node         `json:"node"`
	Total  int           `json:"total"`
	Counts []ImpactCount `json:"counts"` // by project and type
}

// An ImpactCount is the number of affected nodes of one project and type.
type ImpactCount struct {
	Project string `json:"project"`
	Type    string `json:"type"`
	Nodes   int    `json:"nodes"`
}

// Impact summarises what is downstream of a node.
func (g *Graph) Impact(id string) (Impact, error) {
	steps, err := g.Downstream(id, Walk{})
	if err != nil {
		return Impact{}, err
	}
	node, _ := g.Node(id)
	impact := Impact{Node: node, Total: len(steps)}
	slices.SortFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.Node.Project, b.Node.Project), cmp.Compare(a.Node.Type, b.Node.Type))
	})
	for _, s := range steps {
		key := ImpactCount{Project: s.Node.Project, Type: s.Node.Type}
		n := len(impact.Counts)
		if n == 0 || impact.Counts[n-1].Project != key.Project || impact.Counts[n-1].Type != key.Type {
			impact.Counts = append(impact.Counts, key)
			n++
		}
		impact.Counts[n-1].Nodes++
	}
	return impact, nil
}

// Paths returns the paths from one node to another that visit no node twice,
// as node IDs, at most limit of them; complete tells whether these are all.
func (g *Graph) Paths(from, to string, limit int) (paths [][]string, complete bool, err error) {
	a, b, err := g.ends(from, to)
	if err != nil {
		return nil, false, err
	}
	found, complete := g.links.SimplePaths(a, b, limit)
	for _, p := range found {
		paths = append(paths, g.ids(p))
	}
	return paths, complete, nil
}

// ShortestPath returns the IDs on a shortest path from one node to another, both
// included, or nil if there is none.
func (g *Graph) ShortestPath(from, to string) ([]string, error) {
	a, b, err := g.ends(from, to)
	if err != nil {
		return nil, err
	}
	path := g.links.ShortestPath(a, b)
	if path == nil {
		return nil, nil
	}
	return g.ids(path), nil
}

func (g *Graph) ends(from, to string) (a, b int32, err error) {
	a, errA := g.at(from)
	b, errB := g.at(to)
	return a, b, errors.Join(errA, errB)
}

// Roots returns the IDs of the nodes that feed on nothing.
func (g *Graph) Roots() []string { return g.ids(g.links.Roots()) }

// Leaves returns the IDs of the nodes that feed nothing.
func (g *Graph) Leaves() []string { return g.ids(g.links.Leaves()) }

// Order returns the IDs of all nodes, each after those it feeds on; where that
// leaves a choice, the smaller ID comes first. On a cycle no such order exists:
// its nodes then stand together, and acyclic is false.
func (g *Graph) Order() (ids []string, acyclic bool) {
	order, acyclic := g.links.TopoOrder()
	return g.ids(order), acyclic
}

// Components returns the IDs of each part of the graph that hangs together.
func (g *Graph) Components() [][]string {
	var components [][]string
	for _, c := range g.links.Components() {
		components = append(components, g.ids(c))
	}
	return components
}

// Search returns the nodes that match all words of a query, by ID. Case is
// ignored. A plain word matches within name, ID, relation or a tag; name:w, id:w,
// relation:w and project:w match within that alone, and tag:w and type:w its
// beginning. A node has the IDs and projects of its members too. The page that
// WriteHTML writes searches by the same rules.
func (g *Graph) Search(query string) []*Node {
	words := strings.Fields(strings.ToLower(query))
	var found []*Node
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if !slices.ContainsFunc(words, func(w string) bool { return !n.matches(w) }) {
			found = append(found, n)
		}
	}
	return found
}

// matches reports whether n matches one word, which is in lower case.
func (n *Node) matches(word string) bool {
	field, w, hasField := strings.Cut(word, ":")
	if hasField && w != "" {
		switch field {
		case "name":
			return within(n.Name, w)
		case "id":
			return n.idMatches(w)
		case "relation":
			return within(n.Relation, w)
		case "project":
			return within(n.Project, w) || slices.ContainsFunc(n.Members, func(m Ref) bool { return within(m.Project, w) })
		case "tag":
			return slices.ContainsFunc(n.Tags, func(tag string) bool { return strings.HasPrefix(strings.ToLower(tag), w) })
		case "type":
			return strings.HasPrefix(strings.ToLower(n.Type), w)
		}
	}
	return within(n.Name, word) || n.idMatches(word) || within(n.Relation, word) ||
		slices.ContainsFunc(n.Tags, func(tag string) bool { return within(tag, word) })
}

func (n *Node) idMatches(w string) bool {
	return within(n.ID, w) || slices.ContainsFunc(n.Members, func(m Ref) bool { return within(m.UniqueID, w) })
}

// within reports whether s contains part, which is in lower case.
func within(s, part string) bool { return strings.Contains(strings.ToLower(s), part) }

// Find returns the one node that ref names: by ID, else by unique id or the one
// of a member, else by name. If several fit, the error names them.
func (g *Graph) Find(ref string) (*Node, error) {
	if n, ok := g.Node(ref); ok {
		return n, nil
	}
	for _, fits := range []func(n *Node) bool{
		func(n *Node) bool {
			return n.UniqueID == ref || slices.ContainsFunc(n.Members, func(m Ref) bool { return m.UniqueID == ref || m.String() == ref })
		},
		func(n *Node) bool { return n.Name == ref },
	} {
		var found []*Node
		var ids []string
		for i := range g.Nodes {
			if n := &g.Nodes[i]; fits(n) {
				found, ids = append(found, n), append(ids, n.ID)
			}
		}
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			return nil, fmt.Errorf("dag: %q fits several nodes; give one ID of: %s", ref, strings.Join(ids, ", "))
		}
	}
	return nil, fmt.Errorf("dag: %w: %q", ErrNoNode, ref)
}

// Subgraph returns the graph of the given nodes and of the edges between them.
// Its report is empty.
func (g *Graph) Subgraph(ids []string) (*Graph, error) {
	var nodes []Node
	chosen := make(map[string]bool, len(ids))
	for _, id := range ids {
		i, err := g.at(id)
		if err != nil {
			return nil, err
		}
		if !chosen[id] {
			chosen[id] = true
			nodes = append(nodes, g.Nodes[i])
		}
	}
	var edges []Edge
	for _, e := range g.Edges {
		if chosen[e.From] && chosen[e.To] {
			edges = append(edges, e)
		}
	}
	return NewGraph(nodes, edges)
}
