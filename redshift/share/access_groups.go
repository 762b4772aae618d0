package share

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// accessOf returns what everyone in a warehouse may do in a database.
func (a *auditor) accessOf(u *use) []Access {
	var list []Access
	for _, h := range u.holdings() {
		for _, schema := range u.schemas(h) {
			if access, ok := u.access(h, schema, u.groups(h, schema)); ok {
				list = append(list, access)
			}
		}
	}
	return append(list, u.combinations()...)
}

// holdings returns the identities that something was granted to, the superusers, and one for
// all that could not be read.
func (u *use) holdings() []*holding {
	var list []*holding
	for who := range u.holders {
		list = append(list, u.holding(who))
	}
	slices.SortFunc(list, func(a, b *holding) int { return compareGrantees(a.who, b.who) })
	if len(u.in.found.Superusers) > 0 {
		list = append(list, &holding{who: Grantee{Type: Superusers}, every: true})
	}
	if why := u.unseen(); why != "" {
		list = append(list, &holding{who: Grantee{Type: Anyone}, every: true, unsure: why})
	}
	return list
}

// holding returns an identity with everything that it was granted.
func (u *use) holding(who Grantee) *holding {
	return &holding{who: who, parts: u.in.parts(who, u.holders)}
}

// unseen tells why there may be identities with access that are not known.
func (u *use) unseen() string {
	n := u.in
	switch {
	case !n.known:
		return n.name + " was not looked into: no more than this"
	case u.unlisted:
		return "the datashares that " + n.name + " uses could not be read: who may use it there is unknown, no more than this"
	case n.unread.grants && !n.found.Superuser && n.found.User != "":
		return n.name + " was read as a user who is no superuser and sees a part of the grants: others may have access, no more than this"
	case n.unread.grants:
		return "grants of " + n.name + " could not be read: others may have access, no more than this"
	case u.offer == nil && !u.source.reached:
		return n.name + " was not connected to the database " + u.database + ": who may do what there is unknown"
	}
	return ""
}

// schemas returns the schemas to look at for an identity, and schemas to come, as "".
func (u *use) schemas(h *holding) []string {
	wanted := func(name string) bool {
		if h.every || u.made == withoutPermissions || u.made == unknownPermissions {
			return true
		}
		return slices.ContainsFunc(h.parts, func(p part) bool { return p.schemas|p.tables != 0 || p.schema[name] != nil })
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(u.source.tables)) {
		if wanted(name) {
			list = append(list, name)
		}
	}
	if u.offer == nil && u.source.sharesAll() || u.offer != nil && (!u.offer.complete || u.offer.touches("")) {
		list = append(list, "")
	}
	return list
}

// access returns what an identity may do in a schema, and false if there is nothing to tell.
func (u *use) access(h *holding, schema string, groups []*tableGroup) (Access, bool) {
	access := Access{
		Warehouse: u.in.name, Identity: h.who, Producer: u.source.node.name, Source: u.source.name, Schema: schema, Database: u.database,
		OnSchema: u.rights(h, spot{schema: schema, itself: true}),
		Tables:   tablesOf(groups),
	}
	if u.offer != nil {
		access.Datashare = u.offer.name
	}
	return access, len(access.OnSchema)+len(access.Tables) > 0
}

// rights returns the rights of an identity at a spot, those alike together.
func (u *use) rights(h *holding, s spot) []Right {
	var list []Right
	for _, p := range s.all().list() {
		v, why := u.rule(h, s, maskOf(p))
		if v == "" || !u.own(h, s, maskOf(p), v) {
			continue
		}
		right := Right{Privileges: []Privilege{p}, Verdict: v, Why: why, Path: u.path(h, s, maskOf(p))}
		i := slices.IndexFunc(list, func(r Right) bool {
			return r.Verdict == v && slices.Equal(r.Why, why) && slices.Equal(r.Path, right.Path)
		})
		if i < 0 {
			list = append(list, right)
		} else {
			list[i].Privileges = append(list[i].Privileges, p)
		}
	}
	return list
}

// own reports whether the identity adds to what PUBLIC has: that is told once.
func (u *use) own(h *holding, s spot, p mask, v Verdict) bool {
	i := slices.IndexFunc(h.parts, func(p part) bool { return p.who.Type == ToPublic })
	if h.every || i < 0 || h.who.Type == ToPublic {
		return true
	}
	alone, _ := u.rule(&holding{who: h.parts[i].who, parts: h.parts[i : i+1]}, s, p)
	if better(v, alone) {
		return true
	}
	return slices.ContainsFunc(h.parts, func(part part) bool {
		return part.who.Type != ToPublic && (s.of(part.granted)&p != 0 || u.made != withPermissions && u.made != local && part.database&usageBit != 0)
	})
}

// better reports whether a says more access than b, which may be none.
func better(a, b Verdict) bool { return rank(a) > rank(b) }

func rank(v Verdict) int { return slices.Index([]Verdict{"", No, Unsure, Yes}, v) }

// A tableGroup is tables that are alike for an identity.
type tableGroup struct {
	rights []Right
	tables []string
	spots  []spot // one for each way in which tables differ in what was granted on them
	toCome bool
}

// tablesOf returns what may be done with the tables of a schema, and those to come. Most
// tables of a schema are alike, so only those that differ are named.
func tablesOf(groups []*tableGroup) []TableAccess {
	rest := 0 // the largest, or the one without rights that is as large
	for i, g := range groups {
		if n, most := len(g.tables), len(groups[rest].tables); n > most || n == most && len(g.rights) == 0 {
			rest = i
		}
	}
	var list []TableAccess
	some := false
	for i, g := range groups {
		t := TableAccess{Rest: i == rest, Count: len(g.tables), ToCome: g.toCome, Rights: g.rights}
		if i != rest || len(g.tables) <= mostNames {
			t.Tables = g.tables
		}
		some = some || len(g.rights) > 0
		if len(g.rights) > 0 || i != rest && len(groups[rest].rights) > 0 {
			list = append(list, t)
		}
	}
	if !some {
		return nil
	}
	slices.SortStableFunc(list, func(a, b TableAccess) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), slices.Compare(a.Tables, b.Tables))
	})
	return list
}

// groups puts tables together whose rights are alike. Rights follow from what was granted on
// the table itself and from what kind of table it is; only tables that differ in these are
// looked at apart.
func (u *use) groups(h *holding, schema string) []*tableGroup {
	var groups []*tableGroup
	tables, in := u.source.tables[schema], u.lookups(h, schema)
	if len(in) == 0 && u.source.plain[schema] {
		if len(tables) > 0 {
			groups = u.group(nil, h, spot{schema: schema, table: tables[0]}, func(g *tableGroup) { g.tables = tables })
		}
		return u.group(groups, h, spot{schema: schema}, func(g *tableGroup) { g.toCome = true })
	}
	kinds := u.source.schemas[schema]
	byKey := map[string]*tableGroup{}
	var key []byte
	for _, table := range tables {
		key = append(key[:0], kindOf(kinds[table]))
		for _, single := range in {
			m := single[table]
			key = append(key, byte(m), byte(m>>8))
		}
		if byKey[string(key)] == nil {
			groups = u.group(groups, h, spot{schema: schema, table: table}, func(g *tableGroup) { byKey[string(key)] = g })
		}
		g := byKey[string(key)]
		g.tables = append(g.tables, table)
	}
	return u.group(groups, h, spot{schema: schema}, func(g *tableGroup) { g.toCome = true })
}

// group hands over the group that has the rights of a spot, which is new if none is alike.
func (u *use) group(groups []*tableGroup, h *holding, s spot, take func(*tableGroup)) []*tableGroup {
	rights := u.rights(h, s)
	i := slices.IndexFunc(groups, func(g *tableGroup) bool { return slices.EqualFunc(g.rights, rights, Right.alike) })
	if i < 0 {
		i = len(groups)
		groups = append(groups, &tableGroup{rights: rights})
	}
	groups[i].spots = append(groups[i].spots, s)
	take(groups[i])
	return groups
}

// alike reports whether two rights are the same.
func (r Right) alike(o Right) bool {
	return r.Verdict == o.Verdict && slices.Equal(r.Privileges, o.Privileges) && slices.Equal(r.Why, o.Why) && slices.Equal(r.Path, o.Path)
}

// lookups returns what was granted on single tables of a schema, by the datashare and to the
// parts of an identity.
func (u *use) lookups(h *holding, schema string) []map[string]mask {
	var list []map[string]mask
	if u.offer != nil {
		if tables := u.offer.granted.look(schema).table; len(tables) > 0 {
			list = append(list, tables)
		}
	}
	for _, p := range h.parts {
		if tables := p.look(schema).table; len(tables) > 0 {
			list = append(list, tables)
		}
	}
	return list
}

// kindOf returns what of a table rights depend on.
func kindOf(t TableOf) byte {
	var kind byte
	for i, is := range []bool{t.Interleaved, len(t.Identity) > 0, len(t.Masks) > 0, t.RowSecurity, t.isView()} {
		if is {
			kind |= 1 << i
		}
	}
	return kind
}

// sortAccess puts the list into its order.
func sortAccess(list []Access) {
	slices.SortStableFunc(list, func(a, b Access) int {
		return cmp.Or(strings.Compare(a.Warehouse, b.Warehouse), strings.Compare(a.Producer, b.Producer), strings.Compare(a.Source, b.Source),
			strings.Compare(a.Datashare, b.Datashare), strings.Compare(a.Database, b.Database), compareGrantees(a.Identity, b.Identity),
			cmp.Compare(last(a.Schema), last(b.Schema)), strings.Compare(a.Schema, b.Schema))
	})
}

// last puts schemas to come behind those that are there.
func last(schema string) int {
	if schema == "" {
		return 1
	}
	return 0
}

// compareGrantees orders identities: roles, users, groups, PUBLIC, superusers, anyone.
func compareGrantees(a, b Grantee) int {
	order := []GranteeType{ToRole, ToUser, ToGroup, ToPublic, Superusers, Anyone}
	return cmp.Or(cmp.Compare(slices.Index(order, a.Type), slices.Index(order, b.Type)), strings.Compare(a.Name, b.Name))
}
