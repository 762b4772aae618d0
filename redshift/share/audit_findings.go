package share

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// findings returns what a person should look at, in order.
func (a *auditor) findings(r AuditResult, opts AuditOptions) []Finding {
	list := slices.Clone(a.gone)
	for _, n := range a.nodes {
		if n.known {
			list = append(list, n.findings(a)...)
		}
	}
	meant := a.readOnly(opts)
	for i := range r.Access {
		list = append(list, r.Access[i].findings(meant)...)
	}
	kinds := []FindingKind{
		WritesUnmeant, PublicGrant, PublicAccessible, AllToEveryUser, ConsumerNotLookedInto, NotRead,
		NoEffect, IdentityColumn, ReadOnlyToCome, ShareGone, NoConsumers, NoDatabase, SuperuserCount,
	}
	slices.SortStableFunc(list, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, x.Kind), slices.Index(kinds, y.Kind)), strings.Compare(x.Warehouse, y.Warehouse),
			strings.Compare(x.Datashare, y.Datashare), strings.Compare(x.Database, y.Database), compareGrantees(x.Identity, y.Identity),
			strings.Compare(x.Schema, y.Schema), strings.Compare(x.Text, y.Text))
	})
	return list
}

// findings returns those about the warehouse and its datashares.
func (n *node) findings(a *auditor) []Finding {
	var list []Finding
	add := func(kind FindingKind, share, database, text string) {
		list = append(list, Finding{Kind: kind, Warehouse: n.name, Datashare: share, Database: database, Text: text})
	}
	for _, u := range n.found.Unknown {
		add(NotRead, "", "", u.What+": "+u.Reason)
	}
	if c := len(n.found.Superusers); c > 0 {
		add(SuperuserCount, "", "", fmt.Sprintf("%d may do everything there that the warehouse may: %s", c, listed(n.found.Superusers)))
	}
	for _, o := range n.found.Outbound {
		if o.PublicAccessible {
			add(PublicAccessible, o.Name, "", "Warehouses that can be reached from the internet may use it.")
		}
		if len(o.Consumers) == 0 && !n.unread.shares {
			add(NoConsumers, o.Name, "", "Nobody may use it.")
		}
	}
	for _, in := range n.found.Inbound {
		if in.Database == "" {
			add(NoDatabase, in.Name, "", "Shared with the warehouse, and no database was made of it: only who may create one can use it.")
		}
	}
	list = append(list, n.gone()...)
	for _, u := range n.uses {
		list = append(list, u.findings()...)
		if u.offer == nil {
			for _, o := range u.source.offers {
				list = append(list, o.comeReadOnly()...)
			}
		}
	}
	return list
}

// gone returns databases that were made of datashares that are no more.
func (n *node) gone() []Finding {
	if n.unread.shares {
		return nil
	}
	text := "It was made of a datashare that the warehouse no longer sees: the database stays, with nothing in it. Drop it."
	if slices.ContainsFunc(n.found.Inbound, func(in Inbound) bool { return in.Database == "" }) {
		text = "No datashare is known that it was made of. If that is gone, the database stays, with nothing in it."
	}
	var list []Finding
	for _, name := range slices.Sorted(maps.Keys(n.databases)) {
		used := slices.ContainsFunc(n.found.Inbound, func(in Inbound) bool { return in.Database == name })
		if n.databases[name].Shared && !used {
			list = append(list, Finding{Kind: ShareGone, Warehouse: n.name, Database: name, Text: text})
		}
	}
	return list
}

// findings returns those about the use of a database.
func (u *use) findings() []Finding {
	var list []Finding
	add := func(kind FindingKind, text string) {
		f := Finding{Kind: kind, Warehouse: u.in.name, Database: u.database, Text: text}
		if u.offer != nil {
			f.Datashare = u.offer.name
		}
		list = append(list, f)
	}
	switch {
	case u.made == withoutPermissions:
		add(AllToEveryUser, "Made without WITH PERMISSIONS: whoever may use the database may do everything that the datashare gives.")
	case u.made == unknownPermissions && len(u.holders) > 0:
		add(AllToEveryUser, "Whether it was made WITH PERMISSIONS is unknown: if not, whoever may use the database may do everything that the datashare gives.")
	}
	if why, tables := u.identities(); len(tables) > 0 {
		add(IdentityColumn, "INSERT, UPDATE and COPY are not supported on tables with an identity column from a consumer with more slices than the producer; "+why+": "+listed(tables))
	}
	return list
}

// identities returns tables with an identity column that the datashare lets a consumer write
// and that it cannot write, or may not be able to.
func (u *use) identities() (why string, tables []string) {
	if u.offer == nil {
		return "", nil
	}
	for _, schema := range slices.Sorted(maps.Keys(u.source.tables)) {
		for _, table := range u.source.tables[schema] {
			t := u.source.schemas[schema][table]
			if len(t.Identity) == 0 || u.offer.gives(spot{schema: schema, table: table})&(insertBit|updateBit) == 0 {
				continue
			}
			var r ruling
			u.limitIdentity(&r, t)
			switch v, _ := r.verdict(); v {
			case No:
				why, tables = u.in.name+" has more than "+u.source.node.name, append(tables, schema+"."+table)
			case Unsure:
				why, tables = "the slices of both are not known", append(tables, schema+"."+table)
			}
		}
	}
	return why, tables
}

// meaning tells which uses are meant to read only: by datashare, and by consumer.
type meaning struct {
	shares map[string]bool
	uses   map[[2]string]bool // of a datashare of a producer, by name of the consumer
}

func (m meaning) readOnly(a Access) bool {
	return m.shares[a.Datashare] || m.uses[[2]string{a.Producer + "\x00" + a.Datashare, a.Warehouse}]
}

// readOnly returns what is meant to read only.
func (a *auditor) readOnly(opts AuditOptions) meaning {
	m := meaning{map[string]bool{}, map[[2]string]bool{}}
	for _, name := range opts.ReadOnly {
		m.shares[name] = true
	}
	for _, d := range opts.Descriptions {
		producer := a.find(d.Producer)
		if producer == nil {
			continue
		}
		for _, s := range d.Datashares {
			for _, c := range s.Consumers {
				for _, n := range a.nodes {
					if !c.Writable && a.isConsumer(n, c) {
						m.uses[[2]string{producer.name + "\x00" + s.Name, n.name}] = true
					}
				}
			}
		}
	}
	return m
}

// isConsumer reports whether a described consumer is a warehouse, or has it in its account.
func (a *auditor) isConsumer(n *node, c Consumer) bool {
	switch {
	case c.Warehouse != nil:
		return a.find(*c.Warehouse) == n
	case c.Namespace != "":
		return n.found.Namespace == c.Namespace
	}
	return c.Account != "" && n.found.Account == c.Account
}

// find returns a warehouse that was looked into, by how it is described.
func (a *auditor) find(w Warehouse) *node {
	for _, n := range a.nodes {
		if n.known && n.answers(w) {
			return n
		}
	}
	return nil
}

// answers reports whether the warehouse is the one described. An account or Region that is
// not described is the one of the caller's clients, as it was when the warehouse was found.
func (n *node) answers(w Warehouse) bool {
	v := n.found.Warehouse
	same := func(described, as, found string) bool { return described == as || described == found }
	return w.Cluster == v.Cluster && w.Workgroup == v.Workgroup &&
		same(w.Account, v.Account, n.found.Account) && same(w.Region, v.Region, n.found.Region)
}

// findings returns those about what an identity may do in a schema.
func (a *Access) findings(m meaning) []Finding {
	var list []Finding
	add := func(kind FindingKind, text string) {
		list = append(list, Finding{
			Kind: kind, Warehouse: a.Warehouse, Identity: a.Identity, Datashare: a.Datashare, Database: a.Database, Schema: a.Schema, Text: text,
		})
	}
	if a.Identity.Type == Anyone && a.Database == "" {
		add(ConsumerNotLookedInto, "It was not looked into. At most: "+a.most())
	}
	if m.readOnly(*a) {
		if w := a.writes(Yes); w != 0 {
			add(WritesUnmeant, "Meant to read only, and can "+words(w))
		} else if w := a.writes(Unsure); w != 0 {
			add(WritesUnmeant, "Meant to read only, and may be able to "+words(w))
		}
	}
	if a.Identity.Type == ToPublic {
		add(PublicGrant, "Every user there has "+a.most())
	}
	if a.Identity.Type != Superusers && a.Identity.Type != Anyone {
		if why := a.noEffect(); why != "" {
			add(NoEffect, why)
		}
	}
	return list
}

// each calls f with all rights, and for how many tables they hold.
func (a *Access) each(f func(r Right, tables int)) {
	for _, r := range a.OnSchema {
		f(r, 0)
	}
	for _, t := range a.Tables {
		for _, r := range t.Rights {
			f(r, t.Count)
		}
	}
}

// writes returns the privileges to write that have a verdict somewhere in the schema.
func (a *Access) writes(v Verdict) mask {
	return a.privileges(v) & writeBits
}

func (a *Access) privileges(v Verdict) mask {
	var m mask
	a.each(func(r Right, _ int) {
		if r.Verdict == v {
			for _, p := range r.Privileges {
				m |= maskOf(p)
			}
		}
	})
	return m
}

// most tells what is possible at most.
func (a *Access) most() string {
	text := words(a.privileges(Yes) | a.privileges(Unsure))
	if text == "" {
		return "nothing that takes effect"
	}
	return text
}

func words(m mask) string {
	var list []string
	for _, p := range m.list() {
		list = append(list, string(p))
	}
	return strings.Join(list, ", ")
}

// noEffect tells of privileges that were granted and cannot be used, by table and reason.
func (a *Access) noEffect() string {
	reasons := map[string]mask{}
	for _, row := range a.rows() {
		for _, r := range row.rights {
			if r.Verdict != No {
				continue
			}
			for _, p := range r.Privileges {
				reasons[" on "+row.tables+": "+strings.Join(r.Why, "; ")] |= maskOf(p)
			}
		}
	}
	var list []string
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		list = append(list, words(reasons[why])+why)
	}
	return strings.Join(list, ". ")
}

// comeReadOnly returns findings about schemas whose tables consumers write, and whose later
// tables they will only read.
func (o *offer) comeReadOnly() []Finding {
	var list []Finding
	for _, schema := range slices.Sorted(maps.Keys(o.granted.schema)) {
		var now mask
		for _, m := range o.granted.look(schema).table {
			now |= m
		}
		later := o.gives(spot{schema: schema})
		if o.complete && now&writeBits != 0 && later&writeBits == 0 && later&selectBit != 0 {
			list = append(list, Finding{
				Kind: ReadOnlyToCome, Warehouse: o.source.node.name, Datashare: o.name, Database: o.source.name, Schema: schema,
				Text: "Consumers may write tables that are there (" + words(now&writeBits) + ") and only read those that come later. To change that, grant FOR TABLES IN SCHEMA.",
			})
		}
	}
	return list
}

// listed joins names, and counts those that are too many.
func listed(names []string) string {
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
