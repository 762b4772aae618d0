package dag

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/internal/digraph"
)

// project puts what was read in order.
func (m *manifest) project() *Project {
	p := &Project{
		Adapter: m.adapter, DBTVersion: m.dbtVersion, SchemaVersion: m.schemaVersion,
		Package: m.projectName, Warnings: m.warnings,
	}
	m.checkVersion(p)
	if p.Package == "" {
		m.inferPackage(p)
	}
	m.complete(p.Package)
	p.nodes, p.edges = m.sorted()
	p.Rename(p.Package)
	return p
}

func (m *manifest) checkVersion(p *Project) {
	switch m.schemaVersion {
	case "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v20":
	case "":
		p.Warnings = append(p.Warnings, "the manifest does not tell its schema version; read as v12")
	default:
		p.Warnings = append(p.Warnings, fmt.Sprintf("manifest schema %q is not known; read as v12", m.schemaVersion))
	}
}

// inferPackage finds the project's own name, which manifests before v10 do not
// tell: dbt's project_id is the MD5 of it. Without an id it is taken to be the
// package with the most nodes.
func (m *manifest) inferPackage(p *Project) {
	counts := map[string]int{}
	for _, n := range m.nodes {
		if n.known {
			counts[cmp.Or(n.Package, packageOf(n.UniqueID))]++
		}
	}
	for pkg, n := range counts {
		sum := md5.Sum([]byte(pkg))
		if pkg != "" && hex.EncodeToString(sum[:]) == m.projectID {
			p.Package = pkg
			return
		}
		if best := counts[p.Package]; n > best || n == best && pkg < p.Package {
			p.Package = pkg
		}
	}
	p.Warnings = append(p.Warnings, fmt.Sprintf("the manifest does not tell the project's name; %q has the most nodes", p.Package))
}

// complete fills in what stands elsewhere in the manifest. A model of another
// package that no file defines is a stub.
func (m *manifest) complete(ownPackage string) {
	for _, n := range m.nodes {
		if !n.known {
			n.Type, n.Placeholder = typeOf(n.UniqueID), true
		}
		n.Adapter = m.adapter
		n.External = n.known && n.Path == "" && table(n.Type) && n.Type != "source" && n.Package != ownPackage
		if n.Name == "" {
			_, n.Name, _ = cutLast(n.UniqueID, ".")
		}
		if n.Owner == "" && n.group != "" {
			n.Owner = m.owners["group."+n.Package+"."+n.group]
		}
		slices.SortFunc(n.Columns, func(a, b Column) int { return cmp.Compare(a.Name, b.Name) })
	}
}

// sorted returns the nodes by unique id, without those that are neither
// described nor on an edge, and the edges.
func (m *manifest) sorted() ([]*Node, []digraph.Edge) {
	used := make([]bool, len(m.nodes))
	for _, e := range m.edges {
		used[e.From], used[e.To] = true, true
	}
	order := make([]int32, 0, len(m.nodes))
	for i, n := range m.nodes {
		if used[i] || n.known {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(m.nodes[a].UniqueID, m.nodes[b].UniqueID) })
	nodes, place := make([]*Node, len(order)), make([]int32, len(m.nodes))
	for to, from := range order {
		nodes[to], place[from] = &m.nodes[from].Node, int32(to)
	}
	for i, e := range m.edges {
		m.edges[i] = digraph.Edge{From: place[e.From], To: place[e.To]}
	}
	return nodes, sortEdges(m.edges)
}
