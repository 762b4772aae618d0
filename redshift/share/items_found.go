package share

import (
	"slices"

	"github.com/awspatterns/awspatterns/internal/redshiftarn"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// Have returns what was found of the datashares that are described and of those that owned
// items are of, as items, in the order of their keys. Owned items may be of warehouses that
// are no longer described: the state holds these, too, among its consumers. What the other
// warehouses of the state have as producers is left out.
func Have(d Description, s State, owned []Item) []Item {
	h := finding{places: placesOf(s), shares: map[shareID]bool{}, databases: map[databaseID]shareID{}, items: map[string]Item{}}
	h.learn(Wanted(d, s))
	h.learn(owned)
	for _, ds := range d.Datashares {
		h.shares[shareID{s.Producer.Namespace, ds.Name}] = true
	}
	if s.Producer.Namespace != "" {
		h.outbound(&s.Producer)
	}
	for _, f := range h.byNamespace {
		if f.Namespace != s.Producer.Namespace {
			h.inbound(f)
		}
	}
	return sorted(h.items)
}

// A shareID tells datashares apart: their names are unique in a namespace.
type shareID struct{ producer, name string }

func (i Item) share() shareID { return shareID{i.Producer, i.Datashare} }

// A databaseID tells databases apart.
type databaseID struct{ namespace, name string }

// A finding collects the items of what was found.
type finding struct {
	places
	shares    map[shareID]bool // that are asked about
	databases map[databaseID]shareID
	items     map[string]Item
}

// learn takes in which datashares are asked about, and which databases were or will be
// made of them: whoever cannot list datashares may still list grants.
func (h *finding) learn(items []Item) {
	for _, i := range items {
		h.shares[i.share()] = true
		if i.Kind == KindDatabase {
			h.databases[databaseID{i.Namespace, i.Database}] = i.share()
		}
	}
}

func (h *finding) add(i Item) { h.items[i.Key()] = i }

// outbound adds what the producer has.
func (h *finding) outbound(f *Found) {
	for _, o := range f.Outbound {
		if !h.shares[shareID{f.Namespace, o.Name}] {
			continue
		}
		item := h.of(KindDatashare, f, o.Name)
		item.Database, item.PublicAccessible = o.Database, o.PublicAccessible
		h.add(item)
		for _, c := range o.Consumers {
			item := h.of(KindConsumer, f, o.Name)
			item.Consumer = h.usedBy(c)
			h.add(item)
		}
	}
	for _, g := range f.Grants {
		// Nothing on a database can be granted to a datashare: what is listed there
		// follows from something else.
		if g.Grantee.Type == ToDatashare && g.Scope != OnDatabase && h.shares[shareID{f.Namespace, g.Grantee.Name}] {
			h.grant(f, shareID{f.Namespace, g.Grantee.Name}, g)
		}
	}
	for _, a := range f.Associations {
		if a.Producer == f.Namespace && h.shares[shareID{a.Producer, a.Datashare}] {
			h.authorization(f, a)
		}
	}
}

// usedBy returns the consumer as it was granted to: another account as such, whichever of
// its namespaces is told, too.
func (p places) usedBy(c UsedBy) UsedBy {
	if c.Namespace == "" || c.Account != "" && c.Account != p.producer.account() {
		return UsedBy{Account: c.Account}
	}
	return UsedBy{Namespace: c.Namespace}
}

func (h *finding) grant(at *Found, of shareID, g Grant) {
	item := h.of(KindGrant, at, of.name)
	item.Producer = of.producer
	if g.Scope == OnFunction {
		g.Object = function(splitFunction(g.Object))
	}
	if g.Scope == OnDatabase && g.Privilege == Usage {
		item.Kind = KindDatabaseUsage
	}
	item.Grant = &g
	h.add(item)
}

// authorization adds what an association tells as the producer's account sees it: that
// another account is authorized, and which of its namespaces are associated.
func (h *finding) authorization(at *Found, a Association) {
	if a.Status != "ACTIVE" && a.Status != "AUTHORIZED" {
		return
	}
	account, namespace := a.consumer()
	if account == at.account() || redshiftsql.CheckAccount(account) != nil {
		return // namespaces of the same account need none, and AWS Data Exchange is none
	}
	item := h.of(KindAuthorization, at, a.Datashare)
	item.Consumer, item.Writes = UsedBy{Account: account}, a.ProducerWrites
	if before, ok := h.items[item.Key()]; ok {
		item.Writes = item.Writes && before.Writes
	}
	h.add(item)
	if namespace == "" || a.Status != "ACTIVE" {
		return
	}
	associated := Found{Namespace: namespace, NamespaceARN: a.Consumer, Warehouse: Warehouse{Account: account, Region: arnPart(a.Consumer, 3)}}
	if f := h.byNamespace[namespace]; f != nil {
		associated = *f
	}
	item = h.association(a.Datashare, &associated, a.ConsumerWrites)
	if _, seen := h.items[item.Key()]; !seen {
		h.add(item)
	}
}

// consumer returns the account that is associated and, if it is not all of the account, the
// namespace, whose ARN ends in :namespace:GUID or, if it is serverless, :namespace/GUID.
func (a Association) consumer() (account, namespace string) {
	if account = arnPart(a.Consumer, 4); account == "" {
		return a.Consumer, ""
	}
	return account, redshiftarn.Namespace(a.Consumer)
}

// inbound adds what a consumer has.
func (h *finding) inbound(f *Found) {
	for _, in := range f.Inbound {
		id := shareID{in.Namespace, in.Name}
		if !h.shares[id] || in.Database == "" {
			continue
		}
		item := h.of(KindDatabase, f, in.Name)
		item.Producer, item.Database = in.Namespace, in.Database
		h.add(item)
		h.databases[databaseID{f.Namespace, in.Database}] = id
	}
	for _, g := range f.Grants {
		id, ok := h.databases[databaseID{f.Namespace, g.Database}]
		if ok && !f.local(g.Database) {
			h.grant(f, id, g)
		}
	}
	for _, a := range f.Associations {
		id := shareID{a.Producer, a.Datashare}
		if h.shares[id] && a.Status == "ACTIVE" && a.covers(*f) {
			item := h.association(a.Datashare, f, a.ConsumerWrites)
			item.Producer = a.Producer
			if _, namespace := a.consumer(); namespace == "" {
				item.ConsumerARN = "" // all of the account or Region
			}
			h.add(item)
		}
	}
}

// local reports whether a database is known to be none that was made of a datashare.
func (f Found) local(name string) bool {
	return slices.ContainsFunc(f.Databases, func(d Database) bool { return d.Name == name && !d.Shared })
}

// covers reports whether an association, as the consumer's account sees it, is one of a
// warehouse: of its namespace, of all of the Region or of all of the account. To associate
// the namespace beside one of the latter would overwrite it, and cut off the others
// ("Sharing data across AWS Regions").
func (a Association) covers(f Found) bool {
	account, namespace := a.consumer()
	if namespace != "" {
		return namespace == f.Namespace
	}
	return account == f.account() && (a.Region == "" || a.Region == f.region())
}
