package share

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Wanted returns the items that the description asks for, in the order of their keys. It
// needs the namespaces that were found: without that of the producer it returns nothing,
// and consumers without one are left out.
func Wanted(d Description, s State) []Item {
	w := wanting{places: placesOf(s), database: d.Producer.Database, items: map[string]Item{}}
	if s.Producer.Namespace == "" {
		return nil
	}
	for _, ds := range d.Datashares {
		w.datashare(ds)
	}
	return sorted(w.items)
}

// sorted returns the items in the order of their keys.
func sorted(items map[string]Item) []Item {
	list := make([]Item, 0, len(items))
	for _, key := range slices.Sorted(maps.Keys(items)) {
		list = append(list, items[key])
	}
	return list
}

// Places are the warehouses that were found.
type places struct {
	producer    Found
	byWarehouse map[string]*Found // by key of the warehouse
	byNamespace map[string]*Found
}

func placesOf(s State) places {
	p := places{byWarehouse: map[string]*Found{}, byNamespace: map[string]*Found{}}
	var found []*Found
	for _, f := range append([]Found{s.Producer}, s.Consumers...) {
		f.Unknown = slices.SortedFunc(slices.Values(f.Unknown), func(a, b Unknown) int {
			return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Reason, b.Reason))
		})
		found = append(found, &f)
	}
	slices.SortStableFunc(found[1:], func(a, b *Found) int { return cmp.Compare(a.Warehouse.Key(), b.Warehouse.Key()) })
	for _, f := range found {
		setOnce(p.byWarehouse, f.Warehouse.Key(), f)
		if first, twice := p.byNamespace[f.Namespace]; twice && f.Namespace != "" {
			first.join(*f)
		}
		setOnce(p.byNamespace, f.Namespace, f)
	}
	p.producer = *found[0]
	delete(p.byNamespace, "")
	return p
}

// join takes in what was found of the same warehouse under another name: with its account
// and without. Each was asked about other users and roles.
func (f *Found) join(other Found) {
	f.Unknown = slices.Concat(f.Unknown, other.Unknown)
	f.Grants = slices.Concat(f.Grants, other.Grants)
	f.Roles = slices.Concat(f.Roles, other.Roles)
	f.Users = slices.Concat(f.Users, other.Users)
	f.Associations = slices.Concat(f.Associations, other.Associations)
	f.Superuser = f.Superuser && other.Superuser
}

func setOnce[V any](m map[string]V, key string, value V) {
	if _, ok := m[key]; !ok {
		m[key] = value
	}
}

// consumer returns who uses a datashare by a consumer, its warehouse if that was found, and
// whether it is of another account. It is not ok if that cannot be told.
func (p places) consumer(c Consumer) (who UsedBy, found *Found, abroad, ok bool) {
	switch {
	case c.Namespace != "":
		return UsedBy{Namespace: c.Namespace}, p.byNamespace[c.Namespace], false, true
	case c.Account != "":
		return UsedBy{Account: c.Account}, nil, true, true
	}
	f := p.byWarehouse[c.Warehouse.Key()]
	if f == nil || f.Namespace == "" {
		return UsedBy{}, f, false, false
	}
	account, producer := f.account(), p.producer.account()
	if account == producer {
		return UsedBy{Namespace: f.Namespace}, f, false, true
	}
	return UsedBy{Account: account}, f, true, account != "" && producer != ""
}

// account returns the account of the warehouse, empty if it is not known.
func (f Found) account() string {
	return cmp.Or(f.Account, arnPart(f.NamespaceARN, 4), f.Warehouse.Account)
}

// region returns the Region of the warehouse, empty if it is not known.
func (f Found) region() string {
	return cmp.Or(f.Region, arnPart(f.NamespaceARN, 3), f.Warehouse.Region)
}

// arnPart returns one of the parts of an ARN.
func arnPart(arn string, i int) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[i]
	}
	return ""
}

// A wanting collects the items of a description.
type wanting struct {
	places
	database string // of the producer
	items    map[string]Item
}

func (w *wanting) add(i Item) { w.items[i.Key()] = i }

// of returns an item of a datashare at a warehouse, to be filled in.
func (p places) of(kind Kind, at *Found, datashare string) Item {
	return Item{
		Kind: kind, Warehouse: at.Warehouse, Namespace: at.Namespace, Account: at.account(),
		Datashare: datashare, Producer: p.producer.Namespace,
	}
}

func (w *wanting) datashare(ds Datashare) {
	item := w.of(KindDatashare, &w.producer, ds.Name)
	item.Database, item.PublicAccessible = w.database, ds.PublicAccessible
	w.add(item)
	w.grants(&w.producer, ds.Name, ds.Objects, Grantee{Type: ToDatashare, Name: ds.Name}, w.database)
	for _, c := range ds.Consumers {
		if who, found, abroad, ok := w.consumer(c); ok {
			w.usedBy(ds.Name, c, who, abroad)
			if c.Warehouse != nil {
				w.atConsumer(ds.Name, c, found, abroad)
			}
		}
	}
}

// usedBy adds what the producer has of a consumer.
func (w *wanting) usedBy(datashare string, c Consumer, who UsedBy, abroad bool) {
	item := w.of(KindConsumer, &w.producer, datashare)
	item.Consumer = who
	w.add(item)
	if abroad {
		item.Kind, item.Writes = KindAuthorization, c.Writable
		w.add(item)
	}
}

// atConsumer adds what a consumer has.
func (w *wanting) atConsumer(datashare string, c Consumer, at *Found, abroad bool) {
	if abroad {
		w.add(w.association(datashare, at, c.Writable))
	}
	if c.Database == "" {
		return
	}
	item := w.of(KindDatabase, at, datashare)
	item.Database = c.Database
	w.add(item)
	for _, g := range c.Grants {
		to := g.grantee()
		item := w.of(KindDatabaseUsage, at, datashare)
		item.Grant = &Grant{Grantee: to, Privilege: Usage, Scope: OnDatabase, Database: c.Database}
		w.add(item)
		w.grants(at, datashare, g.Objects, to, c.Database)
	}
}

func (p places) association(datashare string, at *Found, writes bool) Item {
	item := p.of(KindAssociation, at, datashare)
	item.Consumer = UsedBy{Account: at.account(), Namespace: at.Namespace}
	item.Writes, item.ConsumerARN, item.ConsumerRegion = writes, at.NamespaceARN, at.region()
	return item
}

func (g ConsumerGrant) grantee() Grantee {
	if g.Role != "" {
		return Grantee{Type: ToRole, Name: g.Role}
	}
	return Grantee{Type: ToUser, Name: g.User}
}

func (w *wanting) grants(at *Found, datashare string, o Objects, to Grantee, database string) {
	for _, g := range o.grants(to, database) {
		item := w.of(KindGrant, at, datashare)
		item.Grant = &g
		w.add(item)
	}
}

// grants returns the single privileges of what is described.
func (o Objects) grants(to Grantee, database string) []Grant {
	var grants []Grant
	o.each(func(_ place, g Grant) {
		g.Grantee, g.Database = to, database
		grants = append(grants, g)
	})
	return grants
}

// A place is where in [Objects] something is described: in a schema, if the number of that
// is not negative, and there in a list, if that has a name.
type place struct {
	schema int
	list   string
	index  int
}

func (s place) String() string {
	path := ""
	if s.schema >= 0 {
		path = fmt.Sprintf(".schemas[%d]", s.schema)
	}
	if s.list == "" {
		return path
	}
	return fmt.Sprintf("%s.%s[%d]", path, s.list, s.index)
}

// each calls f for all single privileges of what is described, without grantee and database.
func (o Objects) each(f func(place, Grant)) {
	on := func(at place, g Grant, privileges ...Privilege) {
		for i, p := range privileges {
			if strings.HasPrefix(at.list, "all_") || at.list == "privileges" {
				at.index = i
			}
			g.Privilege = p
			f(at, g)
		}
	}
	on(place{-1, "all_schemas", 0}, Grant{Scope: ForSchemas}, o.AllSchemas...)
	on(place{-1, "all_tables", 0}, Grant{Scope: ForTables}, o.AllTables...)
	on(place{-1, "all_functions", 0}, Grant{Scope: ForFunctions}, o.AllFunctions...)
	for n, s := range o.Schemas {
		on(place{schema: n}, Grant{Scope: OnSchema, Schema: s.Name}, Usage)
		on(place{n, "privileges", 0}, Grant{Scope: OnSchema, Schema: s.Name}, s.Privileges...)
		on(place{n, "all_tables", 0}, Grant{Scope: ForTables, Schema: s.Name}, s.AllTables...)
		on(place{n, "all_functions", 0}, Grant{Scope: ForFunctions, Schema: s.Name}, s.AllFunctions...)
		for i, t := range s.Tables {
			on(place{n, "tables", i}, Grant{Scope: OnTable, Schema: s.Name, Object: t.Name}, t.Privileges...)
		}
		for i, function := range s.Functions {
			on(place{n, "functions", i}, Grant{Scope: OnFunction, Schema: s.Name, Object: function.signature()}, Execute)
		}
	}
}

func (f Function) signature() string { return function(f.Name, f.Arguments) }
