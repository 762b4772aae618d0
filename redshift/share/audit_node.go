package share

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A node is a warehouse as the audit knows it: all that was found of it, by name.
type node struct {
	name   string
	known  bool // looked into
	found  Found
	unread unread

	databases map[string]Database
	grants    map[string]map[Grantee]*granted // by database and grantee
	has       map[Grantee][]Grantee           // roles and groups that a user or role has directly
	groups    map[string]bool                 // whose users are known
	uses      []*use
}

// newNode returns the node of a warehouse, of all that was found of it. A warehouse is found
// several times if it was connected to several of its databases.
func newNode(found []Found) *node {
	n := &node{
		known: true, found: found[0],
		databases: map[string]Database{}, grants: map[string]map[Grantee]*granted{}, has: map[Grantee][]Grantee{}, groups: map[string]bool{},
	}
	f := &n.found
	f.Unknown, f.Superusers = nil, nil
	for _, one := range found {
		n.take(one)
		f.Unknown = append(f.Unknown, one.Unknown...)
		f.Superusers = append(f.Superusers, one.Superusers...)
		f.Namespace = cmp.Or(f.Namespace, one.Namespace)
		f.Account = cmp.Or(f.Account, one.Account)
		f.Region = cmp.Or(f.Region, one.Region)
		f.NodeType = cmp.Or(f.NodeType, one.NodeType)
		f.Status = cmp.Or(f.Status, one.Status)
		f.Version = cmp.Or(f.Version, one.Version)
		if one.User == "" {
			f.User = "" // of one reading it is unknown
		}
		f.Superuser = f.Superuser && one.Superuser
		f.Slices = max(f.Slices, one.Slices)
	}
	f.Account = cmp.Or(f.Account, f.Warehouse.Account)
	f.Region = cmp.Or(f.Region, f.Warehouse.Region)
	n.found.Outbound = unique(found, func(f Found) []Outbound { return f.Outbound }, func(o Outbound) string { return o.Name })
	n.found.Inbound = unique(found, func(f Found) []Inbound { return f.Inbound }, func(i Inbound) string { return i.Namespace + " " + i.Name })
	f.Unknown = sortedOnce(f.Unknown, func(u Unknown) string { return u.What + "\x00" + u.Reason })
	f.Superusers = sortedOnce(append(f.Superusers, n.havingSuperuser()...), func(s string) string { return s })
	n.unread = unreadOf(n.found)
	for who := range n.has {
		n.has[who] = sortedOnce(n.has[who], granteeText)
	}
	return n
}

// havingSuperuser returns the users who are superusers by a role ("Amazon Redshift
// system-defined roles"): PG_USER does not show it.
func (n *node) havingSuperuser() []string {
	super := Grantee{Type: ToRole, Name: "sys:superuser"}
	var users []string
	for who := range n.has {
		if who.Type == ToUser && len(n.parts(who, map[Grantee]*granted{super: {}})) > 0 {
			users = append(users, who.Name)
		}
	}
	return users
}

// take adds databases, grants and memberships.
func (n *node) take(f Found) {
	for _, d := range f.Databases {
		n.databases[d.Name] = d
	}
	for _, g := range f.Grants {
		who := g.Grantee.normal()
		by := n.grants[g.Database]
		if by == nil {
			by = map[Grantee]*granted{}
			n.grants[g.Database] = by
		}
		if by[who] == nil {
			by[who] = &granted{}
		}
		by[who].add(g)
	}
	for _, r := range f.RoleGrants {
		who := r.To.normal()
		n.has[who] = append(n.has[who], Grantee{Type: ToRole, Name: r.Role})
	}
	for _, g := range f.Groups {
		n.groups[g.Name] = true
		for _, user := range g.Users {
			who := Grantee{Type: ToUser, Name: user}
			n.has[who] = append(n.has[who], Grantee{Type: ToGroup, Name: g.Name})
		}
	}
}

// unique returns a list of all that was found, each once by its key and sorted by it.
func unique[T any, K comparable](found []Found, list func(Found) []T, key func(T) K) []T {
	var all []T
	seen := map[K]bool{}
	for _, f := range found {
		for _, item := range list(f) {
			if k := key(item); !seen[k] {
				seen[k] = true
				all = append(all, item)
			}
		}
	}
	return all
}

// sortedOnce returns the list sorted by its key, with each key once.
func sortedOnce[T any](list []T, key func(T) string) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return slices.CompactFunc(list, func(a, b T) bool { return key(a) == key(b) })
}

// nodesOf returns the nodes of all warehouses, sorted by name.
func nodesOf(found []Found) []*node {
	by, namespaces := map[string][]Found{}, map[string]string{}
	for _, f := range found {
		namespaces[f.Warehouse.Key()] = max(namespaces[f.Warehouse.Key()], f.Namespace)
	}
	for _, f := range found { // of one, it may be that not every reading told the namespace
		key := cmp.Or(f.Namespace, namespaces[f.Warehouse.Key()], f.Warehouse.Key())
		by[key] = append(by[key], f)
	}
	var nodes []*node
	for _, key := range slices.Sorted(maps.Keys(by)) {
		same := by[key]
		slices.SortStableFunc(same, func(a, b Found) int { return strings.Compare(a.Warehouse.Database, b.Warehouse.Database) })
		nodes = append(nodes, newNode(same))
	}
	nameNodes(nodes)
	slices.SortStableFunc(nodes, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	return nodes
}

// nameNodes gives each warehouse a name of its own: that of the cluster or workgroup and,
// where several have it, of account, Region and namespace.
func nameNodes(nodes []*node) {
	short := func(n *node) string {
		return cmp.Or(n.found.Warehouse.Cluster, n.found.Warehouse.Workgroup, n.found.Namespace, "?")
	}
	long := func(n *node) string {
		return short(n) + " (" + cmp.Or(n.found.Account, "?") + ", " + cmp.Or(n.found.Region, "?") + ")"
	}
	longest := func(n *node) string { return long(n) + " " + n.found.Namespace }
	left := nodes
	for _, form := range []func(*node) string{short, long, longest} {
		times := map[string]int{}
		for _, n := range left {
			n.name = form(n)
			times[n.name]++
		}
		left = slices.DeleteFunc(slices.Clone(left), func(n *node) bool { return times[n.name] == 1 })
	}
}

// serverless reports whether the warehouse is a workgroup.
func (n *node) serverless() bool { return n.found.Warehouse.Workgroup != "" }

// A part is a grantee whose grants an identity has.
type part struct {
	who   Grantee
	chain []Grantee // from who to the identity, both included
	*granted
}

// parts returns everything whose grants in a database count for an identity: its own, those
// of its roles and groups, the nearest first, and those of PUBLIC.
func (n *node) parts(who Grantee, holders map[Grantee]*granted) []part {
	var parts []part
	to := map[Grantee]Grantee{who: {}} // the next on the way to who
	queue := []Grantee{who}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if g := holders[at]; g != nil {
			parts = append(parts, part{at, chain(at, who, to), g})
		}
		for _, next := range n.has[at] {
			if _, seen := to[next]; !seen {
				to[next] = at
				queue = append(queue, next)
			}
		}
	}
	public := Grantee{Type: ToPublic}
	if g := holders[public]; g != nil && who != public {
		parts = append(parts, part{public, []Grantee{public, who}, g})
	}
	return parts
}

// chain returns the way from one grantee to another.
func chain(from, who Grantee, to map[Grantee]Grantee) []Grantee {
	way := []Grantee{from}
	for from != who {
		from = to[from]
		way = append(way, from)
	}
	return way
}

// members returns who has the roles and is in the groups that something was granted to.
func (n *node) members() []Member {
	holders := map[Grantee]*granted{}
	for _, u := range n.uses {
		maps.Copy(holders, u.holders)
	}
	var list []Member
	for who := range n.has {
		for _, p := range n.parts(who, holders) {
			if len(p.chain) < 2 || p.who.Type == ToPublic {
				continue
			}
			m := Member{Of: p.who, Who: who}
			for _, role := range p.chain[1 : len(p.chain)-1] {
				m.Via = append(m.Via, role.Name)
			}
			list = append(list, m)
		}
	}
	return sortedOnce(list, func(m Member) string { return granteeText(m.Of) + "\x00" + granteeText(m.Who) })
}

// told returns the warehouse for the result.
func (n *node) told() AuditedWarehouse {
	f := n.found
	return AuditedWarehouse{
		Name: n.name, Warehouse: f.Warehouse, Account: f.Account, Region: f.Region, Namespace: f.Namespace, Status: f.Status,
		NotLookedInto: !n.known, Unknown: f.Unknown, Notes: n.notes(), Superusers: f.Superusers, Members: n.members(), UnknownGroups: n.unknownGroups(),
	}
}
