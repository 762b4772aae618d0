package dag

import (
	"cmp"
	"maps"
	"slices"
)

func (m *merger) joinLinks() {
	links := slices.SortedFunc(slices.Values(m.opts.Links), func(a, b Link) int {
		return cmp.Or(compareRefs(a.Reader, b.Reader), compareRefs(a.Table, b.Table))
	})
	for _, l := range slices.Compact(links) {
		reader, table := m.find(l.Reader), m.find(l.Table)
		if m.join(reader, table) {
			m.matched(LevelLink, reader, table)
		} else {
			m.conflict(LevelLink, []int32{m.builder[m.set(reader)], m.builder[m.set(table)]})
		}
	}
}

// joinExternal joins the stubs that dbt Mesh and dbt-loom leave in a manifest to
// the node they stand for. A stub has the unique id of that node; where several
// projects have such a node, being the project's own decides, then the relation.
// What a stub depends on may not be in the manifest at all: such a placeholder is
// joined to the one project whose own name its id has, unless its project has
// nodes of that package itself, as one that installs the package does.
func (m *merger) joinExternal() {
	owners := map[string][]int32{}
	for i, n := range m.nodes {
		if !m.leftOut[i] && !n.External && !n.Placeholder {
			owners[n.UniqueID] = append(owners[n.UniqueID], int32(i))
		}
	}
	for i, n := range m.nodes {
		i := int32(i)
		var candidates []int32
		switch {
		case m.leftOut[i]:
		case n.External:
			candidates = m.closest(i, owners[n.UniqueID])
		case n.Placeholder && !m.installs(i):
			candidates = m.owned(n.UniqueID, owners[n.UniqueID])
		}
		switch {
		case len(candidates) > 1:
			m.ambiguous(LevelExternal, i, candidates)
		case len(candidates) == 1 && m.join(i, candidates[0]):
			m.matched(LevelExternal, i, candidates[0])
		}
	}
}

// closest narrows the candidates for stub i down.
func (m *merger) closest(i int32, candidates []int32) []int32 {
	own := m.owned(m.nodes[i].UniqueID, candidates)
	if len(own) > 0 {
		candidates = own
	}
	if len(candidates) < 2 {
		return candidates
	}
	same := keep(candidates, func(c int32) bool { return m.hasRelation[c] && m.relations[c] == m.relations[i] })
	if len(same) > 0 {
		return same
	}
	return candidates
}

// owned keeps the candidates whose project is the one that the unique id names.
func (m *merger) owned(uniqueID string, candidates []int32) []int32 {
	return keep(candidates, func(c int32) bool { return m.projectOf(c).Package == packageOf(uniqueID) })
}

// installs reports whether the project of node i has nodes of its own in the
// package that i's unique id names.
func (m *merger) installs(i int32) bool {
	return m.packages[m.projectIndex(i)][packageOf(m.nodes[i].UniqueID)]
}

func keep(list []int32, ok func(int32) bool) []int32 {
	var kept []int32
	for _, i := range list {
		if ok(i) {
			kept = append(kept, i)
		}
	}
	return kept
}

// joinByRelation joins readers to the one builder whose relation has the same
// key, and readers without any builder to each other. It decides in rounds, each
// on the state that the round before left, so that no order matters; a further
// round is only needed where a set knows its table by several names.
func (m *merger) joinByRelation(level Level, key func(i int32) string) {
	groups := map[string][]int32{}
	for i := range m.nodes {
		if m.hasRelation[i] {
			k := key(int32(i))
			groups[k] = append(groups[k], int32(i))
		}
	}
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(groups)), func(k string) bool { return len(groups[k]) < 2 })
	for _, k := range keys {
		m.checkConflict(level, groups[k])
	}
	for changed := true; changed; {
		candidates := map[int32][]int32{} // builders by reader
		for _, k := range keys {
			builders := m.buildersOf(groups[k])
			for _, set := range m.unresolved(groups[k]) {
				candidates[set] = append(candidates[set], builders...)
			}
		}
		changed = m.resolve(level, candidates)
		if changed {
			continue
		}
		for _, k := range keys {
			changed = m.joinReaders(level, groups[k]) || changed
		}
	}
}

// buildersOf returns the builders of the sets that the nodes of a group are in.
func (m *merger) buildersOf(group []int32) []int32 {
	var builders []int32
	for _, i := range group {
		if b := m.builder[m.set(i)]; b >= 0 {
			builders = append(builders, b)
		}
	}
	return builders
}

// unresolved returns the sets in a group that nobody builds and that no
// ambiguity has settled.
func (m *merger) unresolved(group []int32) []int32 {
	var sets []int32
	for _, i := range group {
		if set := m.set(i); m.builder[set] < 0 && !m.settled[set] {
			sets = append(sets, set)
		}
	}
	slices.Sort(sets)
	return slices.Compact(sets)
}

// resolve joins the sets that have one candidate and settles those that have
// more.
func (m *merger) resolve(level Level, candidates map[int32][]int32) (changed bool) {
	for _, set := range slices.Sorted(maps.Keys(candidates)) {
		builders := candidates[set]
		slices.Sort(builders)
		builders = slices.Compact(builders)
		if len(builders) == 0 {
			continue
		}
		changed = true
		if len(builders) > 1 {
			m.ambiguous(level, set, builders)
			continue
		}
		for _, member := range m.members[set] {
			if m.nodes[member].reads() {
				m.matched(level, member, builders[0])
			}
		}
		m.join(set, builders[0])
	}
	return changed
}

// joinReaders joins the sets of a group that nobody builds.
func (m *merger) joinReaders(level Level, group []int32) bool {
	sets := m.unresolved(group)
	for _, set := range sets[min(1, len(sets)):] {
		m.matched(level, set, sets[0])
		m.join(set, sets[0])
	}
	return len(sets) > 1
}

// joinBySchemaTable joins each source that is still unresolved to the table of
// its schema and name, if all projects together build just one of that name.
// Within one project databases are known to differ: a source is not joined to a
// table of its own project, and two sources of a project not to the same table.
func (m *merger) joinBySchemaTable() {
	builders := map[relation][]int32{}
	for i, n := range m.nodes {
		if m.hasRelation[i] && n.builds() {
			k := m.relations[i].withoutDatabase()
			builders[k] = append(builders[k], int32(i))
		}
	}
	candidates := map[int32][]int32{}
	for i, n := range m.nodes {
		set := m.set(int32(i))
		if !m.hasRelation[i] || n.Type != "source" || m.builder[set] >= 0 || m.settled[set] {
			continue
		}
		found := builders[m.relations[i].withoutDatabase()]
		if len(found) == 1 && m.knows(set, m.projectOf(found[0])) {
			continue
		}
		candidates[set] = append(candidates[set], found...)
	}
	m.settleRivals(candidates)
	m.resolve(LevelSchemaTable, candidates)
}

// knows reports whether a set has a member that was read from p.
func (m *merger) knows(set int32, p *Project) bool {
	return slices.ContainsFunc(m.members[set], func(i int32) bool { return m.nodes[i].Project == p.Name })
}

// settleRivals takes out of candidates the sets of which one project has
// several for the same builder.
func (m *merger) settleRivals(candidates map[int32][]int32) {
	type claim struct {
		builder int32
		project string
	}
	claims := map[claim][]int32{}
	for _, set := range slices.Sorted(maps.Keys(candidates)) {
		for _, builder := range candidates[set] {
			for _, i := range m.members[set] {
				c := claim{builder, m.nodes[i].Project}
				if !slices.Contains(claims[c], set) {
					claims[c] = append(claims[c], set)
				}
			}
		}
	}
	for _, sets := range claims {
		if len(sets) < 2 {
			continue
		}
		for _, set := range sets {
			if builders, ok := candidates[set]; ok {
				m.ambiguous(LevelSchemaTable, set, builders)
				delete(candidates, set)
			}
		}
	}
}

// checkConflict reports builders of one relation, once: with aliases only those
// that were not in conflict without.
func (m *merger) checkConflict(level Level, group []int32) {
	builders := keep(group, func(i int32) bool { return m.nodes[i].builds() })
	if len(builders) < 2 || level == LevelProject {
		return
	}
	same := func(i int32) bool { return m.relations[i] == m.relations[builders[0]] }
	if level == LevelAlias && !slices.ContainsFunc(builders, func(i int32) bool { return !same(i) }) {
		return
	}
	m.conflict(level, builders)
}

func (m *merger) matched(level Level, from, to int32) {
	m.report.Matches = append(m.report.Matches, Match{
		Level: level, From: m.nodes[from].ref(), To: m.nodes[to].ref(), Relation: displayRelation(m.nodes[from]),
	})
}

func (m *merger) ambiguous(level Level, node int32, candidates []int32) {
	m.settled[m.set(node)] = true
	m.report.Ambiguities = append(m.report.Ambiguities, Ambiguity{
		Level: level, Node: m.nodes[node].ref(), Relation: displayRelation(m.nodes[node]), Candidates: m.refs(candidates),
	})
}

func (m *merger) conflict(level Level, builders []int32) {
	m.report.Conflicts = append(m.report.Conflicts, Conflict{
		Level: level, Relation: displayRelation(m.nodes[builders[0]]), Builders: m.refs(builders),
	})
}

func (m *merger) refs(nodes []int32) []Ref {
	refs := make([]Ref, len(nodes))
	for i, n := range slices.Sorted(slices.Values(nodes)) {
		refs[i] = m.nodes[n].ref()
	}
	return refs
}
