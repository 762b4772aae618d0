package redshift

import (
	"slices"
	"strconv"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// offered returns the producer of a datashare if it is shared with the namespace of the
// warehouse, nil if it is not, and whether consumer and producer agree on writes.
func (wh *Warehouse) offered(from source) (producer *Warehouse, writes bool) {
	p := wh.world.byNamespace(from.namespace)
	if p == nil || p == wh || !wh.fitForSharing() {
		return nil, false
	}
	if _, ok := p.shares[from.datashare]; !ok {
		return nil, false
	}
	if p.Account == wh.Account {
		_, ok := p.consumers[consumerKey{datashare: from.datashare, namespace: wh.Namespace}]
		return onlyIf(p, ok), ok
	}
	with := p.consumers[consumerKey{datashare: from.datashare, account: wh.Account}]
	associated, accepts := with.covers(wh)
	return onlyIf(p, with.status == authorized && associated), with.producerWrites && accepts
}

func onlyIf(wh *Warehouse, ok bool) *Warehouse {
	if !ok {
		return nil
	}
	return wh
}

// covers reports whether a warehouse is among what its account associated, and whether
// writes were accepted for it.
func (a agreement) covers(wh *Warehouse) (associated, writes bool) {
	for c, accepts := range a.associations {
		if c.EntireAccount || c.ARN == wh.NamespaceARN() || c.ARN == "" && c.Region == wh.Region {
			associated, writes = true, writes || accepts
		}
	}
	return associated, writes
}

// sharesTable reports whether a datashare lets the warehouse do something with a table of
// the database that it made of it.
func (wh *Warehouse) sharesTable(from source, name string, at objectKey) bool {
	p, writes := wh.offered(from)
	if p == nil {
		return false
	}
	d := p.shares[from.datashare]
	at.database = d.database
	t, ok := p.tables[at]
	if !ok || len(t.Interleaved) > 0 || t.masked() || t.RowSecurity && !t.rowSecurityOff {
		return false
	}
	if name != "SELECT" && !(writes && wh.writesTo(p, d.database)) {
		return false
	}
	who := []identity{{anyDatashare, from.datashare}}
	return p.inShare(from.datashare, at) && p.onTable(who, name, at)
}

// writesTo reports whether what is demanded of writing through datashares holds: patch 186
// on both sides, a database with snapshot isolation, and 64 slices of a consumer that is a
// cluster ("Considerations for data sharing reads and writes").
func (wh *Warehouse) writesTo(producer *Warehouse, database string) bool {
	return wh.patched() && producer.patched() && producer.fitForSharing() &&
		producer.bases[database].isolation == snapshot && (wh.Serverless || wh.Slices >= 64)
}

const snapshot = "Snapshot Isolation"

// patched reports whether the version of the warehouse is one that writes through
// datashares.
func (wh *Warehouse) patched() bool {
	least := []int{1, 0, 78881}
	if wh.Serverless {
		least[2] = 78890
	}
	var version []int
	for part := range strings.SplitSeq(wh.Version, ".") {
		n, _ := strconv.Atoi(part)
		version = append(version, n)
	}
	return slices.Compare(version, least) >= 0
}

// A listing is what can be seen in a database: its own, or through its datashare.
type listing struct {
	schemas   map[string]bool
	tables    map[objectKey]table
	functions map[objectKey]bool
}

func (wh *Warehouse) listing(database string) listing {
	l := listing{map[string]bool{}, map[objectKey]table{}, map[objectKey]bool{}}
	b := wh.bases[database]
	p, from, name := wh, database, b.source.datashare
	if b.shared() {
		if p, _ = wh.offered(b.source); p == nil {
			return l
		}
		from = p.shares[name].database
	}
	for k := range p.schemas {
		if k.database == from && (!b.shared() || p.inShare(name, k)) {
			l.schemas[k.schema] = true
		}
	}
	for k, t := range p.tables {
		if k.database == from && l.schemas[k.schema] && (!b.shared() || p.sharedTable(name, k, t)) {
			k.database = database
			l.tables[k] = t
		}
	}
	for k := range p.functions {
		if k.database == from && l.schemas[k.schema] && (!b.shared() || p.onFunction([]identity{{anyDatashare, name}}, k)) {
			k.database = database
			l.functions[k] = true
		}
	}
	return l
}

// there returns an error unless there is a schema, table or function, or the schema that
// one would be in.
func (l listing) there(on redshiftsql.Scope, at objectKey) error {
	if at.schema != "" && !l.schemas[at.schema] {
		return fail(undefinedSchema, "schema %q does not exist", at.schema)
	}
	if _, ok := l.tables[at]; on == redshiftsql.OnTable && !ok {
		return fail(undefinedTable, "relation %q does not exist", at.schema+"."+at.name)
	}
	if on == redshiftsql.OnFunction && !l.functions[at] {
		return fail(undefinedFunction, "function %s does not exist", at.name)
	}
	return nil
}

var tablePrivileges = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "DROP", "ALTER", "REFERENCES"}

// sharedTable reports whether a datashare holds a table, with any privilege.
func (c *catalog) sharedTable(name string, at objectKey, t table) bool {
	who := []identity{{anyDatashare, name}}
	return len(t.Interleaved) == 0 && slices.ContainsFunc(tablePrivileges, func(p string) bool { return c.onTable(who, p, at) })
}

// inbound returns the datashares that are shared with the namespace of the warehouse.
func (wh *Warehouse) inbound() []source {
	var all []source
	for _, p := range wh.world.warehouses {
		for name := range p.shares {
			from := source{namespace: p.Namespace, datashare: name}
			if found, _ := wh.offered(from); found != nil {
				all = append(all, from)
			}
		}
	}
	return all
}

// direct returns the objects that are in a datashare themselves, not as one of all of a
// kind: schemas, tables and functions.
func (c *catalog) direct(name string) map[objectKey]redshiftsql.Scope {
	objects := map[objectKey]redshiftsql.Scope{}
	for p := range c.grants {
		if p.to == (identity{anyDatashare, name}) && (p.on == redshiftsql.OnSchema || p.on == redshiftsql.OnTable || p.on == redshiftsql.OnFunction) {
			objects[p.at] = p.on
		}
	}
	return objects
}
