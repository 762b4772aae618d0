package dag

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// A Project is one dbt project as its manifest describes it, made by
// [ReadManifest] and [Project.AddCatalog].
type Project struct {
	// Package is dbt's own name of the project: the package of the nodes that
	// it defines itself, as opposed to those of packages it installs.
	Package string

	Adapter       string // "athena", "redshift", …
	DBTVersion    string // "1.11.2"
	SchemaVersion string // of the manifest: "v12"
	Warnings      []string

	name  string
	nodes []*Node        // sorted by unique id
	edges []digraph.Edge // of indices of nodes; sorted, distinct
}

// Name returns the project's name among those that are merged.
func (p *Project) Name() string { return p.name }

// Rename gives the project another name than Package, which [ReadManifest] gave
// it. A project must not be changed any more once it is merged.
func (p *Project) Rename(name string) {
	p.name = name
	for _, n := range p.nodes {
		n.Project = name
		n.ID = n.ref().String()
	}
}

// Len returns the numbers of nodes, placeholders not counted, and of distinct
// edges.
func (p *Project) Len() (nodes, edges int) {
	for _, n := range p.nodes {
		if !n.Placeholder {
			nodes++
		}
	}
	return nodes, len(p.edges)
}

// packages returns the packages of the nodes that the project describes itself.
func (p *Project) packages() map[string]bool {
	packages := map[string]bool{}
	for _, n := range p.nodes {
		if !n.External && !n.Placeholder {
			packages[n.Package] = true
		}
	}
	return packages
}

func (p *Project) origin(e digraph.Edge) Origin {
	return Origin{p.name, p.nodes[e.From].UniqueID, p.nodes[e.To].UniqueID}
}

func (n *Node) ref() Ref { return Ref{n.Project, n.UniqueID} }

// A ReadError says where in a file reading stopped. Nothing of the file is used.
type ReadError struct {
	File   string
	Offset int64 // of the byte, from 0; in the unpacked text of a gzip file
	Err    error
}

func (e *ReadError) Error() string {
	return fmt.Sprintf("%s: byte %d: %v", cmp.Or(e.File, "manifest"), e.Offset, e.Err)
}

// Unwrap returns e.Err.
func (e *ReadError) Unwrap() error { return e.Err }

// table reports whether dbt resources of the type are tables or views in a
// database, which a relation can identify.
func table(resourceType string) bool {
	switch resourceType {
	case "model", "seed", "snapshot", "source":
		return true
	}
	return false
}

// owned reports whether n is defined by the project that it was read from, and
// so tells the truth about it; a source and a stub are defined elsewhere.
func (n *Node) owned() bool {
	return table(n.Type) && n.Type != "source" && !n.External && !n.Placeholder
}

// builds reports whether the project that n was read from makes n's table. An
// ephemeral model makes none.
func (n *Node) builds() bool { return n.owned() && n.Materialization != "ephemeral" }

// reads reports whether n stands for a table that is made elsewhere.
func (n *Node) reads() bool {
	return !n.Placeholder && (n.Type == "source" || n.External && table(n.Type))
}

// sortEdges sorts edges and drops those given twice. As single numbers they sort
// several times faster than pair by pair.
func sortEdges(edges []digraph.Edge) []digraph.Edge {
	keys := make([]uint64, len(edges))
	for i, e := range edges {
		keys[i] = uint64(e.From)<<32 | uint64(e.To)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	edges = make([]digraph.Edge, len(keys))
	for i, k := range keys {
		edges[i] = digraph.Edge{From: int32(k >> 32), To: int32(uint32(k))}
	}
	return edges
}
