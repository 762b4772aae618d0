package share

import (
	"fmt"
	"maps"
	"slices"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// standing looks at what must hold for all that is described, whether or not something is
// missing. What keeps nothing back becomes a note.
func (dc *deciding) standing() {
	if !dc.opts.Remembers {
		dc.note("there is no store, so it is not known what earlier plans made: nothing is taken away that is no longer described")
	}
	for _, f := range dc.byWarehouse {
		dc.standingReads(f)
	}
	if dc.producer.Namespace == "" {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(dc.shares)) {
		ds := dc.shares[name]
		if len(ds.writing()) > 0 {
			cmpOr(dc.patched(&dc.producer), dc.isolated())
		}
		dc.standingTables(ds)
		for _, c := range ds.Consumers {
			dc.standingConsumer(ds, c)
		}
		for _, w := range dc.unresolved[name] {
			dc.unread(Item{Warehouse: w})
		}
	}
}

// standingReads says what was not read, whatever it would have told.
func (dc *deciding) standingReads(f *Found) {
	if f.Missing && f.Warehouse.Key() != dc.producer.Warehouse.Key() { // it matters if it is described
		return
	}
	if f.Namespace == "" {
		dc.unread(Item{Warehouse: f.Warehouse})
		return
	}
	for _, u := range f.Unknown {
		dc.unknownRead(f, u)
	}
	if !f.Superuser {
		dc.partial(f)
	}
}

// standingTables notes the tables that scoped grants reach and that cannot be read through
// a datashare, and those that look as if they were granted less than they are.
func (dc *deciding) standingTables(ds Datashare) {
	offer := offerOf(ds.Objects)
	var bad []string
	for _, key := range slices.Sorted(maps.Keys(dc.tables)) {
		t := dc.tables[key]
		why, _ := t.unshareable()
		one := Grant{Privilege: Select, Scope: OnTable, Schema: t.Schema, Object: t.Name}
		switch {
		case why == "" || !offer.reaches(one):
		case offer[one]: // named: found grants on it are of no use
			dc.cannotShare(dc.of(KindGrant, &dc.producer, ds.Name).with(Grant{Scope: OnTable, Database: dc.database, Schema: t.Schema, Object: t.Name}))
		default:
			bad = append(bad, quoted(t.Schema)+"."+quoted(t.Name)+" ("+why+")")
		}
	}
	datashare := dc.of(KindDatashare, &dc.producer, ds.Name)
	datashare.Database = dc.database
	if untold := dc.untold(datashare); len(untold) > 0 {
		dc.note("datashare %s: somebody added to it with ALTER DATASHARE, which is for reading alone and is left as it is: %s", quoted(ds.Name), someOf(untold, 10))
	}
	if len(bad) > 0 {
		dc.note("datashare %s: grants on all tables cannot leave out single ones; consumers cannot read %s", quoted(ds.Name), someOf(bad, 10))
	}
	for _, s := range ds.Schemas {
		dc.less(ds, s)
	}
}

// less notes tables that are listed with less than a scoped grant gives them anyway.
func (dc *deciding) less(ds Datashare, s Schema) {
	scoped := append(slices.Clone(s.AllTables), ds.AllTables...)
	for _, t := range s.Tables {
		own := slices.ContainsFunc(t.Privileges, func(p Privilege) bool { return !slices.Contains(scoped, p) })
		more := slices.ContainsFunc(scoped, func(p Privilege) bool { return !slices.Contains(t.Privileges, p) })
		if !own && more {
			dc.note("datashare %s: table %s.%s is listed with %s, but the grant on all tables gives %s on it, too: scoped grants cannot leave out single tables",
				quoted(ds.Name), quoted(s.Name), quoted(t.Name), list(t.Privileges), list(scoped))
		}
	}
}

func (dc *deciding) standingConsumer(ds Datashare, c Consumer) {
	_, f, abroad, ok := dc.consumer(c)
	if abroad {
		dc.note("datashare %s: to share with another account, the clusters of both sides must be encrypted", quoted(ds.Name))
	}
	if !ok || f == nil {
		if c.Warehouse == nil {
			dc.note("datashare %s: %s%s is not reached, so its node type, version and slices are not checked", quoted(ds.Name), c.Namespace, c.Account)
		}
		return
	}
	if r := f.region(); r != dc.producer.region() {
		dc.note("%s pays for the transfer of what it reads from %s", f.name(), dc.producer.region())
	}
	settings := !f.unread(ReadSetting) && !dc.producer.unread(ReadSetting)
	if settings && f.CaseSensitive != dc.producer.CaseSensitive {
		dc.note("%s and the producer differ in enable_case_sensitive_identifier: names with capital letters are one thing here and another there", f.name())
	}
	if c.Writable {
		cmpOr(dc.patched(f), dc.slices(f))
		dc.standingIdentity(ds, f)
	}
}

// standingIdentity tells where consumers cannot write to tables with identity columns, or
// might not be able to.
func (dc *deciding) standingIdentity(ds Datashare, f *Found) {
	var unknown []string
	offer := offerOf(ds.Objects)
	for _, key := range slices.Sorted(maps.Keys(dc.tables)) {
		t := dc.tables[key]
		on := Grant{Scope: OnTable, Schema: t.Schema, Object: t.Name}
		insert, update := on, on
		insert.Privilege, update.Privilege = Insert, Update
		if len(t.Identity) == 0 || !offer.reaches(insert) && !offer.reaches(update) {
			continue
		}
		switch more, known := dc.moreSlices(f); {
		case more:
			dc.identityHold(f, t)
		case !known:
			unknown = append(unknown, quoted(t.Schema)+"."+quoted(t.Name))
		}
	}
	if len(unknown) > 0 {
		dc.note("%s: if it has more slices than the producer, which is not known, INSERT, UPDATE and COPY fail on tables with identity columns: %s", f.name(), someOf(unknown, 10))
	}
}

// refuseFolded finds names that Redshift would take for others: unless
// enable_case_sensitive_identifier is on, capital letters are folded, in quotation marks,
// too. The names of users are not.
func (p places) refuseFolded(path string, producer Warehouse, ds Datashare) []error {
	var errs []error
	refuse := func(at string, f *Found, of string, names ...string) {
		if f == nil || f.Namespace == "" || f.CaseSensitive || f.unread(ReadSetting) {
			return
		}
		for _, name := range names {
			if folded := redshiftsql.Fold(name); folded != name {
				errs = append(errs, fmt.Errorf("%s: %s %q: enable_case_sensitive_identifier is off in %s, which makes %q of it: write that, or turn it on there", at, of, name, f.name(), folded))
			}
		}
	}
	refuse(path, &p.producer, "datashare", ds.Name)
	refuse("producer.database", &p.producer, "database", producer.Database)
	ds.Objects.named(func(at place, of, name string) { refuse(path+at.String(), &p.producer, of, name) })
	for i, c := range ds.Consumers {
		_, f, _, _ := p.consumer(c)
		at := fmt.Sprintf("%s.consumers[%d]", path, i)
		if c.Database == "" {
			continue
		}
		refuse(at+".database", f, "database", c.Database)
		refuse(at, f, "datashare", ds.Name)
		for n, g := range c.Grants {
			at := fmt.Sprintf("%s.grants[%d]", at, n)
			refuse(at, f, "role", g.Role)
			g.Objects.named(func(in place, of, name string) { refuse(at+in.String(), f, of, name) })
		}
	}
	return errs
}

// named calls f for all names of objects.
func (o Objects) named(f func(at place, of, name string)) {
	for n, s := range o.Schemas {
		f(place{schema: n}, "schema", s.Name)
		for i, t := range s.Tables {
			f(place{n, "tables", i}, "table", t.Name)
		}
		for i, function := range s.Functions {
			f(place{n, "functions", i}, "function", function.Name)
		}
	}
}

// hasCapitals reports whether an item has a name that Redshift might fold.
func (dc *deciding) hasCapitals(i Item) bool {
	g := i.grant()
	names := []string{i.Datashare, i.Database, g.Database, g.Schema, g.Object}
	if g.Grantee.Type == ToRole {
		names = append(names, g.Grantee.Name)
	}
	return slices.ContainsFunc(names, func(name string) bool { return redshiftsql.Fold(name) != name })
}
