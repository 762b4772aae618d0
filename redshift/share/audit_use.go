package share

import (
	"maps"
	"slices"
	"strings"
)

// A use is a database of a producer as one warehouse has it: the database itself in the
// producer, the one made of a datashare in a consumer.
type use struct {
	in       *node
	source   *source
	offer    *offer // nil in the producer
	database string // in the warehouse
	made     made
	holders  map[Grantee]*granted // who was granted what in it
	reads    []limit
	writes   []limit
	unlisted bool // the warehouse itself did not tell of it

	associated []Association // of the datashare, with anybody
}

// made tells how the database of a use was made.
type made int

const (
	local              made = iota
	withPermissions         // objects take privileges of their own
	withoutPermissions      // USAGE of the database is everything that the datashare gives
	unknownPermissions
)

// A limit is something that holds for all tables of a use.
type limit struct {
	verdict Verdict // No or Unsure
	text    string
}

// auditor holds what an audit works on.
type auditor struct {
	nodes   []*node
	sources []*source
	byName  map[string]*node // by namespace
	gone    []Finding        // found on the way

	associated map[[2]string][]Association // by namespace of the producer, and datashare
}

// newAudit brings what was found into relation.
func newAudit(found []Found) *auditor {
	a := &auditor{nodes: nodesOf(found), byName: map[string]*node{}, associated: map[[2]string][]Association{}}
	for _, n := range a.nodes {
		if n.found.Namespace != "" {
			a.byName[n.found.Namespace] = n
		}
	}
	for _, f := range found {
		for _, as := range f.Associations {
			key := [2]string{as.Producer, as.Datashare}
			a.associated[key] = append(a.associated[key], as)
		}
	}
	looked := slices.Clone(a.nodes)
	offers := map[*node]map[string]*offer{}
	for _, n := range looked {
		offers[n] = a.offers(n, found)
	}
	for _, n := range looked {
		for _, in := range n.found.Inbound {
			if in.Database != "" {
				a.consume(n, in, offers)
			}
		}
	}
	for _, n := range looked {
		a.strangers(n, offers[n])
	}
	a.close()
	slices.SortStableFunc(a.nodes, func(x, y *node) int { return strings.Compare(x.name, y.name) })
	return a
}

// offers returns the datashares of a warehouse, and looks at its own use of what they share.
func (a *auditor) offers(n *node, found []Found) map[string]*offer {
	var own []Found
	for _, f := range found {
		if n.is(f) {
			own = append(own, f)
		}
	}
	offers, sources := map[string]*offer{}, map[string]*source{}
	for _, o := range n.found.Outbound {
		src := sources[o.Database]
		if src == nil {
			src = newSource(n, o.Database, own)
			sources[o.Database] = src
			a.sources = append(a.sources, src)
			n.uses = append(n.uses, &use{in: n, source: src, database: o.Database, holders: n.holders(o.Database)})
		}
		offers[o.Name] = newOffer(n, o, src)
		src.offers = append(src.offers, offers[o.Name])
	}
	return offers
}

// is reports whether f was found of the warehouse of the node.
func (n *node) is(f Found) bool {
	if f.Namespace != "" {
		return f.Namespace == n.found.Namespace
	}
	w, v := f.Warehouse, n.found.Warehouse
	return w.Account == v.Account && w.Region == v.Region && w.Cluster == v.Cluster && w.Workgroup == v.Workgroup
}

// holders returns who was granted something in a database, without datashares.
func (n *node) holders(database string) map[Grantee]*granted {
	holders := maps.Clone(n.grants[database])
	maps.DeleteFunc(holders, func(g Grantee, _ *granted) bool { return g.Type == ToDatashare })
	return holders
}

// consume adds the use of a datashare that a database was made of.
func (a *auditor) consume(n *node, in Inbound, offers map[*node]map[string]*offer) {
	producer := a.byName[in.Namespace]
	var o *offer
	switch {
	case producer == nil:
		o = a.unseen(a.stranger("namespace "+in.Namespace, in.Account, in.Namespace), in)
	case offers[producer][in.Name] == nil && !producer.unread.shares:
		a.gone = append(a.gone, Finding{
			Kind: ShareGone, Warehouse: n.name, Datashare: in.Name, Database: in.Database,
			Text: "Its producer " + producer.name + " has no such datashare: the database stays, with nothing in it. Drop it.",
		})
		return
	case offers[producer][in.Name] == nil:
		o = a.unseen(producer, in)
	default:
		o = offers[producer][in.Name]
	}
	for _, object := range in.Objects {
		o.seen(object)
	}
	u := &use{in: n, source: o.source, offer: o, database: in.Database, holders: n.holders(in.Database)}
	u.made = n.made(in.Database, u.holders)
	u.associated = a.associated[[2]string{in.Namespace, in.Name}]
	u.limit(in.Account)
	n.uses = append(n.uses, u)
}

// seen takes in an object that a consumer was shown.
func (o *offer) seen(object ObjectOf) {
	switch strings.ToLower(object.Type) {
	case "schema":
		o.source.schema(object.Name)
	case "function":
	default:
		schema, table := o.split(object.Name)
		o.source.know(schema, table)
	}
}

// unseen returns a datashare that its producer did not tell of. Its database is not known
// and is named by the datashare.
func (a *auditor) unseen(n *node, in Inbound) *offer {
	name := "of " + in.Name
	for _, s := range a.sources {
		if s.node == n && s.name == name {
			return s.offers[0]
		}
	}
	s := &source{node: n, name: name, schemas: map[string]map[string]TableOf{}}
	o := &offer{name: in.Name, source: s, granted: &granted{}}
	s.offers = []*offer{o}
	a.sources = append(a.sources, s)
	return o
}

// stranger returns the node of a warehouse that was not looked into.
func (a *auditor) stranger(name, account, namespace string) *node {
	for _, n := range a.nodes {
		if !n.known && n.name == name {
			return n
		}
	}
	n := newNode([]Found{{Account: account, Namespace: namespace}})
	n.name, n.known = name, false
	a.nodes = append(a.nodes, n)
	return n
}

// made tells how a database was made of its datashare.
func (n *node) made(database string, holders map[Grantee]*granted) made {
	switch with := n.databases[database].WithPermissions; {
	case with != nil && *with:
		return withPermissions
	case with != nil:
		return withoutPermissions
	}
	// Privileges on objects can only be granted in a database made WITH PERMISSIONS.
	for _, g := range holders {
		if g.objects() {
			return withPermissions
		}
	}
	return unknownPermissions
}

// strangers adds the consumers of datashares that were not looked into, and those that were
// and could not tell which datashares they use.
func (a *auditor) strangers(n *node, offers map[string]*offer) {
	for _, o := range n.found.Outbound {
		for _, s := range a.consumers(n, o) {
			if s == n || s.known && (!s.unread.shares || s.usesOf(offers[o.Name])) {
				continue
			}
			u := &use{in: s, source: offers[o.Name].source, offer: offers[o.Name], made: withPermissions, unlisted: true}
			u.associated = a.associated[[2]string{n.found.Namespace, o.Name}]
			u.limit(n.found.Account)
			s.uses = append(s.uses, u)
		}
	}
}

// consumers returns the warehouses that are consumers of a datashare. An account stands for
// those of its namespaces that are associated or, if that is unknown, for all.
func (a *auditor) consumers(n *node, o Outbound) []*node {
	var list []*node
	add := func(by UsedBy) {
		if s := a.consumer(by); s != nil && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	for _, by := range o.Consumers {
		associated := a.associatedOf(n, o, by.Account)
		if by.Namespace != "" || len(associated) == 0 {
			add(by)
			continue
		}
		for _, namespace := range associated {
			add(UsedBy{Account: by.Account, Namespace: namespace})
		}
	}
	return list
}

// associatedOf returns the namespaces of an account that a datashare is associated with,
// none if they are unknown or if the account is associated as a whole.
func (a *auditor) associatedOf(n *node, o Outbound, account string) []string {
	var list []string
	for _, as := range a.associated[[2]string{n.found.Namespace, o.Name}] {
		active := strings.EqualFold(as.Status, "ACTIVE")
		switch i := strings.LastIndexAny(as.Consumer, ":/"); {
		case as.Consumer == account && active:
			return nil
		case i >= 0 && active && strings.Contains(as.Consumer, ":"+account+":"):
			list = append(list, as.Consumer[i+1:])
		}
	}
	if n.unread.associations {
		return nil
	}
	return sortedOnce(list, func(s string) string { return s })
}

// consumer returns the warehouse that a consumer of a datashare is, nil for none.
func (a *auditor) consumer(by UsedBy) *node {
	switch {
	case by.Namespace == "" && by.Account == "":
		return nil
	case by.Namespace == "":
		return a.stranger("account "+by.Account, by.Account, "")
	case a.byName[by.Namespace] != nil:
		return a.byName[by.Namespace]
	}
	return a.stranger("namespace "+by.Namespace, by.Account, by.Namespace)
}

// usesOf reports whether the warehouse is known to use the datashare.
func (n *node) usesOf(o *offer) bool {
	return slices.ContainsFunc(n.uses, func(u *use) bool { return u.offer == o })
}

// close completes the sources when all uses are known: only then are all tables known.
func (a *auditor) close() {
	for _, n := range a.nodes {
		for _, u := range n.uses {
			for _, g := range u.holders {
				u.source.knowAll(g)
				if u.offer != nil {
					u.source.ask(g)
				}
			}
		}
	}
	for _, s := range a.sources {
		for _, o := range s.offers {
			s.knowAll(o.granted)
		}
		s.keep()
	}
}

// schemas returns the schemas that are shared, for the result.
func (a *auditor) schemas() []AuditedSchema {
	var list []AuditedSchema
	for _, s := range a.sources {
		for _, schema := range slices.Sorted(maps.Keys(s.tables)) {
			list = append(list, AuditedSchema{Producer: s.node.name, Database: s.name, Schema: schema, Tables: s.tables[schema]})
		}
	}
	slices.SortStableFunc(list, func(x, y AuditedSchema) int {
		return strings.Compare(x.Producer+"\x00"+x.Database+"\x00"+x.Schema, y.Producer+"\x00"+y.Database+"\x00"+y.Schema)
	})
	return list
}
