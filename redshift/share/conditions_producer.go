package share

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// taken holds back what is of a datashare whose name stands for another one.
func (dc *deciding) taken(i Item) *hold {
	if _, ok := dc.shares[i.Datashare]; !ok || !i.atProducer() && i.Kind != KindAuthorization {
		return nil
	}
	for _, o := range dc.producer.Outbound {
		if o.Name != i.Datashare {
			continue
		}
		resource := dc.resourceAt(&dc.producer, "datashare", quoted(o.Name))
		if o.ManagedBy != "" {
			return dc.blocked("managed "+o.Name, &dc.producer, resource,
				"it is managed by "+o.ManagedBy+", and changed there", "choose another name for the datashare")
		}
		if o.Database != dc.database {
			return dc.blocked("taken "+o.Name, &dc.producer, resource,
				fmt.Sprintf("there is one of this name already, of database %s and not of %s", quoted(o.Database), quoted(dc.database)),
				"choose another name for the datashare, or drop the other one")
		}
	}
	return nil
}

// noObject holds back grants on what is not there.
func (dc *deciding) noObject(i Item) *hold {
	g := *i.Grant
	if h := dc.needsRead(&dc.producer, g.objectReads()...); h != nil {
		return h
	}
	name := g.Schema + separator + g.Object
	_, table := dc.tables[name]
	switch {
	case g.Schema != "" && !dc.schemas[g.Schema]:
		schema := Grant{Scope: OnSchema, Database: g.Database, Schema: g.Schema}
		return dc.missing("schema", schema.path())
	case g.Scope == OnTable && !table:
		return dc.missing("table", g.path())
	case g.Scope == OnFunction && !dc.functions[name]:
		return dc.missing("function", g.path())
	}
	return nil
}

// objectReads returns the names of the reads that tell whether the object is there, and
// whether it can be shared.
func (g Grant) objectReads() []string {
	var reads []string
	if g.Schema != "" {
		reads = append(reads, redshiftsql.QuerySchemas.Name)
	}
	switch g.Scope {
	case OnTable:
		reads = append(reads, redshiftsql.QueryTables.Name, redshiftsql.QueryColumns.Name, redshiftsql.QueryMasks.Name, redshiftsql.QueryRowSecurity.Name)
	case OnFunction:
		reads = append(reads, redshiftsql.QueryFunctions.Name)
	}
	return reads
}

// needsRead returns the hold of a read that failed, if it is one of some.
func (dc *deciding) needsRead(f *Found, reads ...string) *hold {
	for _, u := range f.Unknown {
		if slices.ContainsFunc(reads, u.concerns) {
			return dc.unknownRead(f, u)
		}
	}
	return nil
}

func (dc *deciding) missing(kind, path string) *hold {
	return dc.blocked("missing "+kind+" "+path, &dc.producer, dc.resourceAt(&dc.producer, kind, path),
		"it does not exist", "create it at the producer, or take it out of the description")
}

// cannotShare holds back grants on a table that cannot be shared.
func (dc *deciding) cannotShare(i Item) *hold {
	if i.Grant.Scope != OnTable {
		return nil
	}
	t := dc.tables[i.Grant.Schema+separator+i.Grant.Object]
	why, wayOut := t.unshareable()
	if why == "" {
		return nil
	}
	path := i.Grant.path()
	return dc.blocked("unshareable "+path, &dc.producer, dc.resourceAt(&dc.producer, "table", path), why, wayOut)
}

// unshareable returns why a table cannot be read through a datashare, and the way out.
// Sources: "Considerations for data sharing reads and writes", "Considerations when using
// dynamic data masking", "Considerations and limitations using RLS policies".
func (t TableOf) unshareable() (why, wayOut string) {
	table := quoted(t.Schema) + "." + quoted(t.Name)
	switch {
	case t.Interleaved:
		return "it has an interleaved sort key, with which it cannot be shared",
			"alter its sort key: ALTER TABLE " + table + " ALTER COMPOUND SORTKEY (…)"
	case len(t.Masks) > 0:
		return "it is protected by masking policy " + strings.Join(t.Masks, ", ") + ", with which it cannot be added to a datashare, nor read through one",
			"decide whether consumers may see what is masked; if so: ALTER TABLE " + table + " MASKING OFF FOR DATASHARES"
	case t.RowSecurity:
		return "it has row-level security, with which consumers cannot read it",
			"decide whether consumers may see all rows; if so: ALTER TABLE " + table + " ROW LEVEL SECURITY OFF FOR DATASHARES"
	}
	return "", ""
}

// producerWrites holds back privileges to write that the producer is not ready for.
func (dc *deciding) producerWrites(i Item) *hold {
	if !i.Grant.Privilege.changes() {
		return nil
	}
	return first(i,
		func(Item) *hold { return dc.needsRead(&dc.producer, redshiftsql.QueryDatabases.Name) },
		func(Item) *hold { return dc.patched(&dc.producer) },
		func(Item) *hold { return dc.isolated() },
	)
}

// isolated returns the hold of a source database without snapshot isolation.
func (dc *deciding) isolated() *hold {
	p := &dc.producer
	for _, d := range p.Databases {
		if d.Name != dc.database || d.Isolation == "" {
			continue
		}
		if strings.Contains(strings.ToLower(d.Isolation), "snapshot") {
			return nil
		}
		wayOut := "with no other connection to it: ALTER DATABASE " + quoted(d.Name) + " ISOLATION LEVEL SNAPSHOT"
		if d.Name == "dev" {
			wayOut = "that of dev cannot be altered: share from another database"
		}
		return dc.blocked("isolation", p, dc.resourceAt(p, "database", quoted(d.Name)),
			"its isolation level is "+d.Isolation+": other warehouses can write to it with snapshot isolation alone", wayOut)
	}
	dc.note("%s: the isolation level of database %s is not known; writes through datashares need snapshot isolation", p.name(), quoted(dc.database))
	return nil
}
