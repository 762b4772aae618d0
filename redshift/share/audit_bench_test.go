package share

import (
	"encoding/json"
	"fmt"
	"testing"
)

// manyWarehouses are 200 consumers of one producer with 2,000 tables in 20 schemas. With
// single, everything is granted table by table, as GRANT … ON ALL TABLES IN SCHEMA does,
// and a tenth of the tables are read-only.
func manyWarehouses(consumers, tables int, single bool) []Found {
	const schemas, roles, users = 20, 5, 20
	p := etl()
	p.Schemas, p.Tables, p.Grants, p.Outbound = nil, nil, nil, nil
	share := ds("all_ds")
	out := Outbound{Name: share.Name, Database: "prod"}
	give := func(to Grantee, database string) []Grant {
		list := grants(to, OnDatabase, database, "", "", Usage)
		for s := range schemas {
			schema := fmt.Sprint("schema_", s)
			list = append(list, grants(to, OnSchema, database, schema, "", Usage)...)
			if !single {
				list = append(list, grants(to, ForTables, database, schema, "", allTable...)...)
				continue
			}
			for t := range tables / schemas {
				privileges := allTable
				if t%10 == 0 {
					privileges = privileges[:1]
				}
				list = append(list, grants(to, OnTable, database, schema, fmt.Sprint("table_", t), privileges...)...)
			}
		}
		return list
	}
	for s := range schemas {
		p.Schemas = append(p.Schemas, fmt.Sprint("schema_", s))
		for t := range tables / schemas {
			p.Tables = append(p.Tables, TableOf{Schema: fmt.Sprint("schema_", s), Name: fmt.Sprint("table_", t), Type: "TABLE"})
		}
	}
	p.Grants = give(share, "prod")
	found := []Found{}
	for c := range consumers {
		f := unit(fmt.Sprint("unit_", c), fmt.Sprint("namespace-", c))
		f.Inbound[0].Name = share.Name
		f.Grants, f.RoleGrants = nil, nil
		out.Consumers = append(out.Consumers, UsedBy{Namespace: f.Namespace})
		for r := range roles {
			name := fmt.Sprint("role_", r)
			if r == 0 || !single {
				f.Grants = append(f.Grants, give(role(name), f.Inbound[0].Database)...)
			}
			for u := range users {
				f.RoleGrants = append(f.RoleGrants, RoleGrant{Role: name, To: user(fmt.Sprint("user_", u))})
			}
		}
		found = append(found, f)
	}
	p.Outbound = []Outbound{out}
	return append(found, p)
}

func BenchmarkAudit(b *testing.B) {
	for _, single := range []bool{false, true} {
		name := "scoped"
		if single {
			name = "table by table"
		}
		b.Run(name, func(b *testing.B) {
			found := manyWarehouses(200, 2000, single)
			var r AuditResult
			for b.Loop() {
				r = Audit(found, AuditOptions{})
			}
			data, err := json.Marshal(r)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(r.Access)), "access")
			b.ReportMetric(float64(len(data))/1e6, "MB-JSON")
			b.ReportMetric(float64(len(r.String()))/1e3, "kB-text")
		})
	}
}
