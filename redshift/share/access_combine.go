package share

import (
	"fmt"
	"slices"
)

// combinations returns what users and roles may do only because of several of the roles and
// groups they belong to, such as one that may use the database and another that may read
// a table. Users who belong to the same are told together.
func (u *use) combinations() []Access {
	var list []Access
	for _, c := range u.classes() {
		var single []*holding
		for _, p := range c.first.parts {
			single = append(single, u.holding(p.who))
		}
		for _, schema := range u.schemas(c.first) {
			groups := u.groups(c.first, schema)
			if !u.adds(c.first, schema, groups, single) {
				continue
			}
			if access, ok := u.access(c.first, schema, groups); ok {
				access.Alike = c.alike
				list = append(list, access)
			}
		}
	}
	return list
}

// A class is users that belong to the same roles and groups, or a role.
type class struct {
	first *holding
	alike []string
}

// classes returns who was granted nothing and belongs to several that were.
func (u *use) classes() []*class {
	byName := map[string]*class{}
	var list []*class
	for _, who := range u.in.belonging() {
		if u.holders[who] != nil {
			continue // is told anyway
		}
		h := u.holding(who)
		if count(h.parts) < 2 {
			continue
		}
		name := classOf(h)
		if who.Type == ToUser && byName[name] != nil {
			byName[name].alike = append(byName[name].alike, who.Name)
			continue
		}
		c := &class{first: h}
		list = append(list, c)
		if who.Type == ToUser {
			byName[name] = c
		}
	}
	return list
}

// belonging returns who has roles or is in groups, in order.
func (n *node) belonging() []Grantee {
	var list []Grantee
	for who := range n.has {
		list = append(list, who)
	}
	slices.SortFunc(list, compareGrantees)
	return list
}

// count returns of how many grantees the parts are, PUBLIC apart.
func count(parts []part) int {
	n := 0
	for _, p := range parts {
		if p.who.Type != ToPublic {
			n++
		}
	}
	return n
}

// classOf names what an identity consists of, and through which roles.
func classOf(h *holding) string {
	var chains [][]Grantee
	for _, p := range h.parts {
		chains = append(chains, p.chain[:len(p.chain)-1])
	}
	return fmt.Sprintf("%q", chains)
}

// adds reports whether an identity may do more in a schema than each of those it belongs to.
func (u *use) adds(h *holding, schema string, groups []*tableGroup, single []*holding) bool {
	more := func(s spot) bool {
		for _, p := range s.all().list() {
			v, _ := u.rule(h, s, maskOf(p))
			if v == "" {
				continue
			}
			if !slices.ContainsFunc(single, func(one *holding) bool {
				w, _ := u.rule(one, s, maskOf(p))
				return !better(v, w)
			}) {
				return true
			}
		}
		return false
	}
	if more(spot{schema: schema, itself: true}) {
		return true
	}
	return slices.ContainsFunc(groups, func(g *tableGroup) bool { return slices.ContainsFunc(g.spots, more) })
}
