package redshift_test

import (
	"errors"
	"strings"
	"testing"

	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// TestShareOneWarehouseTwoNames checks a consumer that is described with its account and
// without: it is one warehouse, whichever of its readings tells something.
func TestShareOneWarehouseTwoNames(t *testing.T) {
	named := func() share.Description {
		d := anyCompany()
		d.Datashares[0].Consumers[0].Warehouse = &share.Warehouse{Account: company, Workgroup: "sales"}
		return d
	}
	inShareWorld(t, "named otherwise later", func(t *testing.T, w *shareWorld) {
		d := anyCompany()
		d.Datashares[0].Consumers[0].Grants = d.Datashares[0].Consumers[0].Grants[:1]
		w.mustShare(t, w.options(d))
		w.mustShare(t, w.options(named()))
		w.mustShare(t, w.options(d))
	})
	inShareWorld(t, "producer named otherwise later", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		d := anyCompany()
		d.Producer.Account = company
		w.mustShare(t, w.options(d))
		d.Datashares = nil
		w.mustShare(t, w.options(d))
	})
	inShareWorld(t, "both at once", func(t *testing.T, w *shareWorld) {
		d := named()
		d.Datashares[1].Consumers = append(d.Datashares[1].Consumers, share.Consumer{
			Warehouse: &share.Warehouse{Workgroup: "sales"}, Writable: true, Database: "marketing_db",
			Grants: []share.ConsumerGrant{{User: "alice", Objects: share.Objects{Schemas: []share.Schema{auditLog()}}}},
		})
		w.mustShare(t, w.options(d))
		d.Datashares = nil
		w.mustShare(t, w.options(d))
	})
}

// TestShareOddNames checks names that mean something to whoever splits them.
func TestShareOddNames(t *testing.T) {
	inShareWorld(t, "to nothing", func(t *testing.T, w *shareWorld) {
		long := strings.Repeat("ü", 63) + "x"
		d := anyCompany()
		d.Datashares = d.Datashares[:1]
		ds := &d.Datashares[0]
		ds.Name, ds.Consumers[0].Grants = `100% "ds".`+strings.Repeat("x", 127-10), nil
		ds.Consumers[0].Database = `%s."db"`
		ds.Schemas = []share.Schema{}
		for _, schema := range []string{"a.b", `q"'%d\`, "x(y", long} {
			w.etl.AddSchema("prod", schema)
			s := share.Schema{Name: schema}
			for _, table := range []string{"t(x", "c.d", `'"%`, long} {
				w.etl.AddTable("prod", schema, table, standin.TableOptions{})
				s.Tables = append(s.Tables, share.Table{Name: table, Privileges: []share.Privilege{share.Select, share.Insert}})
			}
			ds.Schemas = append(ds.Schemas, s)
		}
		ds.Consumers[0].Grants = []share.ConsumerGrant{{User: "alice", Objects: ds.Objects}}
		w.mustShare(t, w.options(d))
		d.Datashares = nil
		w.mustShare(t, w.options(d))
	})
}

// TestShareNameWithoutStore checks that what cannot be applied is not planned.
func TestShareNameWithoutStore(t *testing.T) {
	inShareWorld(t, "refused", func(t *testing.T, w *shareWorld) {
		opts := w.options(anyCompany())
		opts.Store = nil
		plan, err := redshift.PlanShare(t.Context(), w.clients, opts)
		if err != nil {
			return
		}
		if _, err := redshift.ApplyShare(t.Context(), w.clients, plan); err != nil {
			t.Errorf("it is planned, and not applied: %v", err)
		}
	})
}

// TestShareAdoptMany adopts two datashares of one producer.
func TestShareAdoptMany(t *testing.T) {
	inShareWorld(t, "two datashares", func(t *testing.T, w *shareWorld) {
		byHand := w.options(anyCompany())
		byHand.Name, byHand.Store = "", nil
		w.mustShare(t, byHand)
		opts := w.options(anyCompany())
		opts.Adopt = true
		w.mustShare(t, opts)
		opts.Datashares = nil
		w.mustShare(t, opts)
	})
}

// TestShareForgetsLate applies an old plan, which was to forget what was made again since.
func TestShareForgetsLate(t *testing.T) {
	inShareWorld(t, "nothing else to do", func(t *testing.T, w *shareWorld) {
		full, less := anyCompany(), anyCompany()
		less.Datashares[0].Consumers[0].Grants = less.Datashares[0].Consumers[0].Grants[:2]
		w.mustShare(t, w.options(full))
		mustRun(t, w.sales, "dev", `REVOKE SELECT ON TABLE "sales_db"."sales"."web_sales" FROM "alice"`,
			`REVOKE USAGE ON SCHEMA "sales_db"."sales" FROM "alice"`, `REVOKE USAGE ON DATABASE "sales_db" FROM "alice"`)
		old, err := redshift.PlanShare(t.Context(), w.clients, w.options(less))
		if err != nil || old.Applies() || len(old.Forget) != 3 {
			t.Fatalf("%v\n%s\n%v", err, old, old.Forget)
		}
		w.mustShare(t, w.options(full))
		if _, err := redshift.ApplyShare(t.Context(), w.clients, stored(t, old, w.store)); err != nil && !errors.Is(err, redshift.ErrUndone) {
			t.Log(err)
		}
		w.mustShare(t, w.options(less))
		if w.sales.Can("sales_db", "alice", "SELECT", "sales", "web_sales") {
			t.Error("what this library granted is forgotten, and not revoked")
		}
	})
}
