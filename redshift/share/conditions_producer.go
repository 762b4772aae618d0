package share

import (
	"fmt"
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
	p := &dc.producer
	known := func(q redshiftsql.Query) bool { return !p.unread(q.Name) }
	switch {
	case g.Schema != "" && known(redshiftsql.QuerySchemas) && !dc.schemas[g.Schema]:
		schema := Grant{Scope: OnSchema, Database: g.Database, Schema: g.Schema}
		return dc.missing("schema", schema.path())
	case g.Scope == OnTable && known(redshiftsql.QueryTables):
		if _, ok := dc.tables[g.Schema+separator+g.Object]; !ok {
			return dc.missing("table", g.path())
		}
	case g.Scope == OnFunction && known(redshiftsql.QueryFunctions) && !dc.functions[g.Schema+separator+g.Object]:
		return dc.missing("function", g.path())
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
	return cmpOr(dc.patched(&dc.producer), dc.isolated())
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
