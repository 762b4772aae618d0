package dag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// A Graph is the lineage of one or more dbt projects. Its nodes are sorted by
// ID and its edges by From and To; both must not be changed. Methods that only
// read may be called from several goroutines.
type Graph struct {
	Nodes  []Node
	Edges  []Edge
	Report Report

	index  map[string]int32 // of Nodes, by ID
	links  *digraph.Graph   // edge i of links is Edges[i]
	inputs []*Project       // what Merge was given; nil for a graph from elsewhere
}

// A Node is a table or another resource of a dbt project, or several of them
// that are one and the same table (see Members).
type Node struct {
	// ID is the project and the unique id of the member that builds the table,
	// or of the smallest member if none does: "redshift/model.dw.titles".
	ID       string `json:"id"`
	Project  string `json:"project"`
	UniqueID string `json:"unique_id"`

	// Type is dbt's resource type: "model", "seed", "snapshot", "source",
	// "exposure", "metric" and so on.
	Type    string `json:"type"`
	Package string `json:"package,omitempty"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"` // of a versioned model

	// Database, Schema and Identifier are the table's name in parts, as
	// written in the project. Relation is the name as dbt renders it.
	Database   string `json:"database,omitempty"`
	Schema     string `json:"schema,omitempty"`
	Identifier string `json:"identifier,omitempty"`
	Relation   string `json:"relation"`

	Materialization string   `json:"materialization,omitempty"`
	Adapter         string   `json:"adapter,omitempty"` // "athena", "redshift", …
	Description     string   `json:"description,omitempty"`
	Tags            []string `json:"tags,omitempty"`
	Owner           string   `json:"owner,omitempty"`
	Columns         []Column `json:"columns,omitempty"` // sorted by name
	Path            string   `json:"path,omitempty"`    // of the defining file, within the project

	// Catalog says that Columns are all columns of the table, as catalog.json
	// lists them; otherwise they are the documented ones.
	Catalog bool `json:"catalog,omitempty"`

	// External says that the node stands for a model of another project
	// (dbt Mesh, dbt-loom) whose manifest was not among the inputs.
	External bool `json:"external,omitempty"`

	// Placeholder says that an edge names this node but the manifest does not
	// describe it, for instance because it is disabled.
	Placeholder bool `json:"placeholder,omitempty"`

	// Members lists the resources that were joined into this node, sorted;
	// it is empty for a node that is one resource.
	Members []Ref `json:"members,omitempty"`
}

// A Column is a documented column of a table, or one that catalog.json lists.
type Column struct {
	Name        string `json:"name"`
	Type        string `json:"type,omitempty"`
	Description string `json:"description,omitempty"`
}

// A Ref names a resource by the project that it was read from and its dbt
// unique id.
type Ref struct {
	Project  string `json:"project"`
	UniqueID string `json:"unique_id"`
}

// String returns the reference in the form of a node's ID.
func (r Ref) String() string { return r.Project + "/" + r.UniqueID }

func compareRefs(a, b Ref) int {
	return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.UniqueID, b.UniqueID))
}

// An Edge says that To reads From. Both are node IDs.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`

	// Origins are the edges of the projects that this edge stands for, sorted.
	Origins []Origin `json:"origins"`
}

// An Origin is one edge as a project's manifest has it; From and To are dbt
// unique ids.
type Origin struct {
	Project string `json:"project"`
	From    string `json:"from"`
	To      string `json:"to"`
}

func compareOrigins(a, b Origin) int {
	return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
}

// ErrNoNode is wrapped by errors that name a node the graph does not have.
var ErrNoNode = errors.New("no such node")

// NewGraph returns the graph of nodes and edges in any order. It is for graphs
// that come from elsewhere than [Merge]; its Report is empty. Every edge must
// join two different nodes of the graph, and no ID or edge may be given twice.
func NewGraph(nodes []Node, edges []Edge) (*Graph, error) {
	g := &Graph{Nodes: slices.Clone(nodes), Edges: slices.Clone(edges)}
	if err := g.build(); err != nil {
		return nil, fmt.Errorf("dag: %w", err)
	}
	return g, nil
}

// build sorts nodes and edges and makes the index and the adjacency of them.
func (g *Graph) build() error {
	slices.SortFunc(g.Nodes, func(a, b Node) int { return cmp.Compare(a.ID, b.ID) })
	g.index = make(map[string]int32, len(g.Nodes))
	for i := range g.Nodes {
		id := g.Nodes[i].ID
		if _, twice := g.index[id]; twice || id == "" {
			return fmt.Errorf("node %q: no ID, or one given twice", id)
		}
		g.index[id] = int32(i)
	}
	slices.SortFunc(g.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	pairs := make([]digraph.Edge, len(g.Edges))
	for i, e := range g.Edges {
		from, okFrom := g.index[e.From]
		to, okTo := g.index[e.To]
		switch {
		case !okFrom || !okTo:
			return fmt.Errorf("edge %q to %q: %w", e.From, e.To, ErrNoNode)
		case from == to:
			return fmt.Errorf("edge %q to itself", e.From)
		case i > 0 && e.From == g.Edges[i-1].From && e.To == g.Edges[i-1].To:
			return fmt.Errorf("edge %q to %q given twice", e.From, e.To)
		}
		pairs[i] = digraph.Edge{From: from, To: to}
	}
	g.links = digraph.New(len(g.Nodes), pairs)
	return nil
}

// Node returns the node with the given ID.
func (g *Graph) Node(id string) (*Node, bool) {
	i, ok := g.index[id]
	if !ok {
		return nil, false
	}
	return &g.Nodes[i], true
}
