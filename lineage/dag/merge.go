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
// others, both without quotes and in any case. Database is empty for names of
// two parts; those of Athena are in awsdatacatalog already. An alias for a
// database that the project does not know makes a warning.
type DatabaseAlias struct {
	Project  string
	Database string
	As       string
}

// A Link says that Reader, a source or stub, is the table that Table builds.
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
// a source, left unresolved so far, to the one table of that name in all projects,
// unless its own project knows that table under another name. Two resources that
// both build a table are never joined.
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
	exact := func(i int32) relation { return m.relations[i] }
	m.joinByRelation(LevelProject, true, exact)
	m.joinByRelation(LevelRelation, len(opts.Aliases) == 0, exact)
	if len(opts.Aliases) > 0 {
		// Only now is it known which readers read one table.
		m.joinByRelation(LevelAlias, true, m.aliased)
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
	aliases     map[DatabaseAlias]string // canonical As, by Project and Database in lower case

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
	slices.SortStableFunc(m.projects, func(a, b *Project) int { return cmp.Compare(a.name, b.name) })
	for i, p := range m.projects {
		switch {
		case p.name == "" || strings.Contains(p.name, "/"):
			return nil, fmt.Errorf("project name %q: must not be empty nor contain a slash", p.name)
		case i > 0 && p.name == m.projects[i-1].name:
			return nil, fmt.Errorf("two projects are named %q", p.name)
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
	known := map[string]bool{} // databases, in their canonical form
	for i := range m.nodes {
		known[m.relations[i].database] = true
	}
	for _, a := range m.opts.Aliases {
		if m.project(a.Project) == nil {
			return fmt.Errorf("database alias %s=%s: no project %q", a.Database, a.As, a.Project)
		}
		as := strings.ToLower(a.As)
		if quoted := `"` + a.As + `"`; known[quoted] {
			as = quoted
		}
		key := aliasKey(a.Project, a.Database)
		if before, twice := m.aliases[key]; twice && before != as {
			return fmt.Errorf("project %q: database %q has two aliases, %q and %q", a.Project, a.Database, before, as)
		}
		m.aliases[key] = as
	}
	return nil
}

// aliasKey is where the alias of a database is found, however it is written.
func aliasKey(project, database string) DatabaseAlias {
	return DatabaseAlias{Project: project, Database: strings.ToLower(strings.Trim(database, `"`))}
}

// unusedAliases returns a warning for each alias of p that fits no relation.
func (m *merger) unusedAliases(p int) []string {
	used := map[DatabaseAlias]bool{}
	for i := m.offset[p]; i < m.offset[p+1]; i++ {
		if m.hasRelation[i] {
			used[aliasKey(m.projects[p].name, m.relations[i].database)] = true
		}
	}
	var warnings []string
	for _, a := range m.opts.Aliases {
		if a.Project == m.projects[p].name && !used[aliasKey(a.Project, a.Database)] {
			warnings = append(warnings, fmt.Sprintf("no table or source is in database %q, which has the alias %q", a.Database, a.As))
		}
	}
	slices.Sort(warnings)
	return warnings
}

func (m *merger) checkLinks() error {
	for _, l := range m.opts.Links {
		reader, table := m.find(l.Reader), m.find(l.Table)
		switch {
		case reader < 0 || m.leftOut[reader]:
			return fmt.Errorf("link %s to %s: %w: %s", l.Reader, l.Table, ErrNoNode, l.Reader)
		case table < 0 || m.leftOut[table]:
			return fmt.Errorf("link %s to %s: %w: %s", l.Reader, l.Table, ErrNoNode, l.Table)
		case !m.nodes[reader].reads() && !m.nodes[reader].owned() || !m.nodes[table].owned() || reader == table:
			return fmt.Errorf("link %s to %s: want a source or stub, and the model, seed or snapshot that builds it", l.Reader, l.Table)
		}
	}
	return nil
}

func (m *merger) project(name string) *Project {
	i, ok := slices.BinarySearchFunc(m.projects, name, func(p *Project, name string) int { return cmp.Compare(p.name, name) })
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
	if as, ok := m.aliases[aliasKey(m.nodes[i].Project, r.database)]; ok {
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
