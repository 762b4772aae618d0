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
	described := map[string][]int32{}
	for i, n := range m.nodes {
		if !m.leftOut[i] && !n.External && !n.Placeholder {
			described[n.UniqueID] = append(described[n.UniqueID], int32(i))
		}
	}
	for i, n := range m.nodes {
		i := int32(i)
		var candidates []int32
		switch {
		case m.leftOut[i]:
		case n.External:
			candidates = m.closest(i, described[n.UniqueID])
		case n.Placeholder && !m.installs(i):
			candidates = m.owned(n.UniqueID, described[n.UniqueID])
		}
		linked := m.builder[m.set(i)]
		switch {
		case linked >= 0: // by the caller, who knows better than the id
			if len(candidates) == 1 && candidates[0] != linked {
				m.conflict(LevelExternal, []int32{linked, candidates[0]})
			}
		case len(candidates) > 1:
			m.ambiguous(LevelExternal, i, candidates)
		case len(candidates) == 1 && m.join(i, candidates[0]):
			m.matched(LevelExternal, i, candidates[0])
		}
	}
}

// closest narrows the candidates for stub i down: to those of the project that
// its id names, or else, for a package that several projects may install, to
// those with its relation; if that leaves several, to those with its relation.
func (m *merger) closest(i int32, candidates []int32) []int32 {
	own := m.owned(m.nodes[i].UniqueID, candidates)
	if len(own) == 1 {
		return own
	}
	same := func(c int32) bool { return m.hasRelation[c] && m.hasRelation[i] && m.relations[c] == m.relations[i] }
	if len(own) == 0 {
		return keep(candidates, same)
	}
	if related := keep(own, same); len(related) > 0 {
		return related
	}
	return own
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
// key and, if readers is set, those without any builder to each other. It
// decides in rounds, each on the state that the round before left, so that no
// order matters; a further round is only needed where a set knows its table by
// several names.
func (m *merger) joinByRelation(level Level, readers bool, key func(i int32) relation) {
	groups := m.groups(level, key)
	for _, group := range groups {
		m.checkConflict(level, group)
	}
	for changed := true; changed; {
		candidates := map[int32][]int32{} // builders by set of readers
		for _, group := range groups {
			builders := m.buildersOf(group)
			for _, set := range m.unresolved(group) {
				candidates[set] = append(candidates[set], builders...)
			}
		}
		if level == LevelAlias {
			m.dropApart(candidates)
		}
		changed = m.resolve(level, candidates)
		if changed || !readers {
			continue
		}
		for _, group := range groups {
			changed = m.joinReaders(level, group) || changed
		}
	}
}

// groups returns the nodes that have the same key, by project too within a
// project, in a fixed order.
func (m *merger) groups(level Level, key func(i int32) relation) [][]int32 {
	type groupKey struct {
		project int
		relation
	}
	byKey := map[groupKey][]int32{}
	for i := range m.nodes {
		if !m.hasRelation[i] {
			continue
		}
		k := groupKey{relation: key(int32(i))}
		if level == LevelProject {
			k.project = m.projectIndex(int32(i))
		}
		byKey[k] = append(byKey[k], int32(i))
	}
	var groups [][]int32
	for _, group := range byKey {
		if len(group) > 1 {
			groups = append(groups, group)
		}
	}
	slices.SortFunc(groups, slices.Compare)
	return groups
}

// buildersOf returns the builders of the sets that the nodes of a group are in.
// An ephemeral model is none, whatever relation a stub of it claims.
func (m *merger) buildersOf(group []int32) []int32 {
	var builders []int32
	for _, i := range group {
		if b := m.builder[m.set(i)]; b >= 0 && m.nodes[b].builds() {
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
		if level == LevelAlias && m.relations[set] == m.relations[sets[0]] {
			m.matched(LevelRelation, set, sets[0]) // no alias was needed for this
		} else {
			m.matched(level, set, sets[0])
		}
		m.join(set, sets[0])
	}
	return len(sets) > 1
}

// joinBySchemaTable joins each source that is still unresolved to the table of
// its schema and name, if all projects together build just one of that name.
// Within one project databases are known to differ: a source is not joined to a
// table that its project knows under another name, its own tables among them,
// and two sources of a project not to the same table.
func (m *merger) joinBySchemaTable() {
	builders := map[relation][]int32{}
	for i, n := range m.nodes {
		if m.hasRelation[i] && n.builds() {
			k := m.relations[i].withoutDatabase()
			builders[k] = append(builders[k], int32(i))
		}
	}
	single, several := map[int32][]int32{}, map[int32][]int32{}
	for i, n := range m.nodes {
		set := m.set(int32(i))
		if !m.hasRelation[i] || n.Type != "source" || m.builder[set] >= 0 || m.settled[set] {
			continue
		}
		if found := builders[m.relations[i].withoutDatabase()]; len(found) == 1 {
			single[set] = append(single[set], found...)
		} else {
			several[set] = append(several[set], found...)
		}
	}
	m.dropApart(single)
	for set, found := range several {
		single[set] = append(single[set], found...)
	}
	m.settleRivals(single)
	m.resolve(LevelSchemaTable, single)
}

// dropApart takes the builders out of candidates that a project of the readers
// knows under another name: it has a member in both sets, and would have been
// joined by now if they were one table.
func (m *merger) dropApart(candidates map[int32][]int32) {
	for set, builders := range candidates {
		candidates[set] = slices.DeleteFunc(builders, func(b int32) bool { return m.apart(set, m.set(b)) })
	}
}

func (m *merger) apart(a, b int32) bool {
	for _, i := range m.members[a] {
		for _, j := range m.members[b] {
			if m.nodes[i].Project == m.nodes[j].Project && m.hasRelation[i] && m.hasRelation[j] && m.aliased(i) != m.aliased(j) {
				return true
			}
		}
	}
	return false
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
				slices.Sort(builders)
				m.ambiguous(LevelSchemaTable, set, slices.Compact(builders))
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
	match := Match{Level: level, From: m.nodes[from].ref(), To: m.nodes[to].ref(), Relation: displayRelation(m.nodes[from])}
	if level == LevelAlias || level == LevelSchemaTable {
		match.FromDatabase, match.ToDatabase = m.relations[from].database, m.relations[to].database
	}
	m.report.Matches = append(m.report.Matches, match)
}

func (m *merger) ambiguous(level Level, node int32, candidates []int32) {
	m.settled[m.set(node)] = true
	shown := candidates[:min(len(candidates), maxCandidates)]
	m.report.Ambiguities = append(m.report.Ambiguities, Ambiguity{
		Level: level, Node: m.nodes[node].ref(), Relation: displayRelation(m.nodes[node]),
		Candidates: m.refs(shown), More: len(candidates) - len(shown),
	})
}

func (m *merger) conflict(level Level, builders []int32) {
	m.report.Conflicts = append(m.report.Conflicts, Conflict{
		Level: level, Relation: displayRelation(m.nodes[builders[0]]), Builders: m.refs(builders),
	})
}

// refs returns references in the order of the nodes, sorted.
func (m *merger) refs(nodes []int32) []Ref {
	refs := make([]Ref, len(nodes))
	for i, n := range slices.Sorted(slices.Values(nodes)) {
		refs[i] = m.nodes[n].ref()
	}
	return refs
}
