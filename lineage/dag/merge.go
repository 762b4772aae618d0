package dag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MergeOptions say how projects are joined. The zero value is useful.
type MergeOptions struct {
	// Aliases tell under which name a project knows a database of another one,
	// such as the Redshift database in which an external schema shows tables
	// of the AWS Glue Data Catalog.
	Aliases []DatabaseAlias

	// Links tell that two resources are one table where names do not show it.
	Links []Link

	// ExactDatabase turns off the last level, where a source is joined to the
	// only table of its schema and name although the database differs.
	ExactDatabase bool

	// LeaveOut lists the resource types that stay out of the graph; an empty
	// list that is not nil keeps all. Defaults to [DefaultLeaveOut].
	LeaveOut []string
}

// A DatabaseAlias says that what a project calls Database is called As by the
// others. Database is empty for an adapter with two-part names.
type DatabaseAlias struct {
	Project  string
	Database string
	As       string
}

// A Link says that Reader, a source or stub of one project, is the table that
// Table of another project builds.
type Link struct{ Reader, Table Ref }

// DefaultLeaveOut returns the resource types that are no part of the data's way:
// test, unit_test, operation and sql_operation.
func DefaultLeaveOut() []string {
	return []string{"test", "unit_test", "operation", "sql_operation"}
}

// Merge joins projects into one graph. Resources are keyed by project and unique
// id and joined, in this order, by the caller's links, by stubs of dbt Mesh and
// dbt-loom, and by relation: within a project, between projects, with the
// caller's database aliases, and by schema and table alone. The last only takes
// a source, left unresolved so far, to the one table of that name. Two resources
// that both build a table are never joined.
//
// The order of projects does not matter. Every decision is in the Report of the
// graph, and no edge is lost: see [Graph.Check]. Cycles are reported; the graph
// can be used all the same.
func Merge(projects []*Project, opts MergeOptions) (*Graph, error) {
	m, err := newMerger(projects, opts)
	if err != nil {
		return nil, fmt.Errorf("dag: merge: %w", err)
	}
	m.joinLinks()
	m.joinExternal()
	m.joinByRelation(LevelProject, func(i int32) string { return m.projectOf(i).Name + "\x00" + m.relations[i].String() })
	m.joinByRelation(LevelRelation, func(i int32) string { return m.relations[i].String() })
	if len(opts.Aliases) > 0 {
		m.joinByRelation(LevelAlias, func(i int32) string { return m.aliased(i).String() })
	}
	if !opts.ExactDatabase {
		m.joinBySchemaTable()
	}
	g := m.graph()
	if err := g.build(); err != nil {
		return nil, fmt.Errorf("dag: merge: %w", err)
	}
	g.Report.Cycles = g.cycles()
	return g, nil
}

// merger joins the nodes of all projects, which it numbers from 0 in the order
// of project and unique id.
type merger struct {
	opts     MergeOptions
	projects []*Project        // by name
	offset   []int32           // number of the first node of each project, and behind them the number of all
	packages []map[string]bool // of the nodes that each project describes itself
	nodes    []*Node
	leftOut  []bool

	hasRelation []bool
	relations   []relation
	aliases     map[DatabaseAlias]string // As, by Project and canonical Database

	// Nodes that are joined form a set. parent leads from a node towards the
	// one that stands for its set; members, builder and settled are kept for
	// that one. builder is the member that builds the table, or that an ephemeral
	// model is, and -1 for a set of sources and stubs alone.
	parent  []int32
	members [][]int32
	builder []int32
	settled []bool // ambiguous, so that no weaker evidence may decide

	report Report
}

func newMerger(projects []*Project, opts MergeOptions) (*merger, error) {
	m := &merger{opts: opts, projects: slices.Clone(projects), offset: []int32{0}}
	slices.SortStableFunc(m.projects, func(a, b *Project) int { return cmp.Compare(a.Name, b.Name) })
	for i, p := range m.projects {
		switch {
		case p.Name == "" || strings.Contains(p.Name, "/"):
			return nil, fmt.Errorf("project name %q: must not be empty nor contain a slash", p.Name)
		case i > 0 && p.Name == m.projects[i-1].Name:
			return nil, fmt.Errorf("two projects are named %q", p.Name)
		}
		m.nodes = append(m.nodes, p.nodes...)
		m.packages = append(m.packages, p.packages())
		m.offset = append(m.offset, int32(len(m.nodes)))
	}
	m.identify()
	if err := m.readAliases(); err != nil {
		return nil, err
	}
	return m, m.checkLinks()
}

// identify finds out what each node is, and makes each a set of its own.
func (m *merger) identify() {
	leaveOut := m.opts.LeaveOut
	if leaveOut == nil {
		leaveOut = DefaultLeaveOut()
	}
	n := len(m.nodes)
	m.leftOut, m.settled = make([]bool, n), make([]bool, n)
	m.hasRelation, m.relations = make([]bool, n), make([]relation, n)
	m.parent, m.builder, m.members = make([]int32, n), make([]int32, n), make([][]int32, n)
	for i, node := range m.nodes {
		m.parent[i], m.members[i], m.builder[i] = int32(i), []int32{int32(i)}, -1
		if m.leftOut[i] = slices.Contains(leaveOut, node.Type); m.leftOut[i] {
			continue
		}
		m.relations[i], m.hasRelation[i] = relationOf(node)
		if node.owned() {
			m.builder[i] = int32(i)
		}
	}
}

func (m *merger) readAliases() error {
	m.aliases = map[DatabaseAlias]string{}
	for _, a := range m.opts.Aliases {
		p := m.project(a.Project)
		if p == nil {
			return fmt.Errorf("database alias %s=%s: no project %q", a.Database, a.As, a.Project)
		}
		key := DatabaseAlias{Project: a.Project, Database: canonicalName(p.Adapter, a.Database, false)}
		as := canonicalName(p.Adapter, a.As, false)
		if before, twice := m.aliases[key]; twice && before != as {
			return fmt.Errorf("project %q: database %q has two aliases, %q and %q", a.Project, a.Database, before, as)
		}
		m.aliases[key] = as
	}
	return nil
}

func (m *merger) checkLinks() error {
	for _, l := range m.opts.Links {
		for _, ref := range []Ref{l.Reader, l.Table} {
			if i := m.find(ref); i < 0 || m.leftOut[i] {
				return fmt.Errorf("link %s to %s: %w: %s", l.Reader, l.Table, ErrNoNode, ref)
			}
		}
	}
	return nil
}

func (m *merger) project(name string) *Project {
	i, ok := slices.BinarySearchFunc(m.projects, name, func(p *Project, name string) int { return cmp.Compare(p.Name, name) })
	if !ok {
		return nil
	}
	return m.projects[i]
}

// find returns the number of a node, or -1.
func (m *merger) find(ref Ref) int32 {
	i, ok := slices.BinarySearchFunc(m.nodes, ref, func(n *Node, ref Ref) int { return compareRefs(n.ref(), ref) })
	if !ok {
		return -1
	}
	return int32(i)
}

func (m *merger) projectIndex(i int32) int {
	at, found := slices.BinarySearch(m.offset, i)
	for found && at+1 < len(m.offset) && m.offset[at+1] == i {
		at++ // past projects without nodes
	}
	if !found {
		at--
	}
	return at
}

func (m *merger) projectOf(i int32) *Project { return m.projects[m.projectIndex(i)] }

// aliased returns node i's relation under the name that other projects use.
func (m *merger) aliased(i int32) relation {
	r := m.relations[i]
	if as, ok := m.aliases[DatabaseAlias{Project: m.projectOf(i).Name, Database: r.database}]; ok {
		r.database = as
	}
	return r
}

// set returns the node that stands for i's set.
func (m *merger) set(i int32) int32 {
	for m.parent[i] != i {
		m.parent[i] = m.parent[m.parent[i]]
		i = m.parent[i]
	}
	return i
}

// join makes one set of those of a and b, unless each has a builder of its own.
func (m *merger) join(a, b int32) bool {
	a, b = m.set(a), m.set(b)
	if a == b {
		return true
	}
	if m.builder[a] >= 0 && m.builder[b] >= 0 {
		return false
	}
	if b < a {
		a, b = b, a
	}
	m.parent[b] = a
	m.members[a] = append(m.members[a], m.members[b]...)
	m.members[b] = nil
	m.builder[a] = max(m.builder[a], m.builder[b])
	m.settled[a] = m.settled[a] || m.settled[b]
	return true
}
