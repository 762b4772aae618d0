package share_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// many describes schemas of 50 tables, two privileges on each, to a datashare and to a role
// of its consumer: 200 grants for each schema.
func many(b testing.TB, schemas int) (share.Description, *model) {
	m := newModel(b)
	p := &m.state.Producer
	var o share.Objects
	for i := range schemas {
		s := share.Schema{Name: fmt.Sprint("schema", i)}
		p.Schemas = append(p.Schemas, s.Name)
		for j := range 50 {
			t := share.Table{Name: fmt.Sprint("table", j), Privileges: []share.Privilege{share.Select, share.Insert}}
			p.Tables = append(p.Tables, share.TableOf{Database: "prod", Schema: s.Name, Name: t.Name})
			s.Tables = append(s.Tables, t)
		}
		o.Schemas = append(o.Schemas, s)
	}
	return share.Description{
		Producer: p.Warehouse,
		Datashares: []share.Datashare{{Name: "one", Objects: o, Consumers: []share.Consumer{{
			Warehouse: &share.Warehouse{Workgroup: "sales"}, Writable: true, Database: "one_db",
			Grants: []share.ConsumerGrant{{Role: "writer", Objects: o}},
		}}}},
	}, m
}

// BenchmarkDecide decides on 20,000 grants: none is there, all are, or all are to go.
func BenchmarkDecide(b *testing.B) {
	d, m := many(b, 100)
	run := func(name string, d share.Description, steps int) {
		opts := m.options()
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if decision := m.decide(d, opts); len(decision.Steps) != steps {
					b.Fatalf("%d steps", len(decision.Steps))
				}
			}
		})
	}
	run("make", d, 10_204)
	fill(m, d)
	run("done", d, 0)
	none := d
	none.Datashares = nil
	run("take away", none, 3)
}

// fill makes everything at once.
func fill(m *model, d share.Description) {
	m.state.Producer.Outbound = []share.Outbound{{Name: "one", Database: "prod", Consumers: []share.UsedBy{{Account: company, Namespace: salesGUID}}}}
	f := &m.state.Consumers[0]
	f.Inbound = []share.Inbound{{Name: "one", Account: company, Namespace: etlGUID, Database: "one_db"}}
	f.Databases = append(f.Databases, share.Database{Name: "one_db", Shared: true})
	for _, i := range share.Wanted(d, m.state) {
		m.owned[i.Key()] = i
		if i.Grant != nil {
			at := m.at(i.Warehouse)
			at.Grants = append(at.Grants, *i.Grant)
		}
	}
}

// TestMany checks that 2,000 grants are taken as one is, and that a script of them is one.
func TestMany(t *testing.T) {
	d, m := many(t, 10)
	decision := m.decide(d, m.options())
	if n := len(scripted(t, share.Script(decision.Steps))); n != len(decision.Steps) {
		t.Errorf("%d statements of %d", n, len(decision.Steps))
	}
	fill(m, d)
	m.state.Producer.Unknown = []share.Unknown{{What: "privileges on tables", Reason: "denied"}}
	p := &m.state.Producer
	p.Grants = slices.DeleteFunc(p.Grants, func(g share.Grant) bool { return g.Scope == share.OnTable })
	unknown := m.decide(d, m.options())
	if len(unknown.Steps) != 1 || !unknown.Incomplete() {
		t.Errorf("%d steps for what is unknown", len(unknown.Steps))
	}
	if n := len(m.owned); n != 2_000+24 {
		t.Errorf("%d items", n)
	}
}
