package redshift_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
	"github.com/awspatterns/awspatterns/state"
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

// TestShareRenamed checks warehouses that have another name by now.
func TestShareRenamed(t *testing.T) {
	inShareWorld(t, "consumer", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		w.sales.Name = "selling"
		d := anyCompany()
		d.Datashares[0].Consumers[0].Warehouse = &share.Warehouse{Workgroup: "selling"}
		plan, err := redshift.PlanShare(t.Context(), w.clients, w.options(d))
		if err != nil || !plan.Empty() || plan.Incomplete {
			t.Fatalf("%v\n%s", err, plan)
		}
		d.Datashares = d.Datashares[1:]
		w.mustShare(t, w.options(d))
	})
	inShareWorld(t, "producer", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		w.etl.Name = "elt"
		d := anyCompany()
		d.Producer.Cluster = "elt"
		plan, err := redshift.PlanShare(t.Context(), w.clients, w.options(d))
		if err != nil || !plan.Empty() || plan.Incomplete {
			t.Fatalf("%v\n%s", err, plan)
		}
		d.Datashares = d.Datashares[1:]
		w.mustShare(t, w.options(d))
	})
}

// TestShareDeleted checks that what was made in a warehouse that is no more is forgotten.
func TestShareDeleted(t *testing.T) {
	inShareWorld(t, "consumer", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		w.sales.Name = "gone"
		d := anyCompany()
		d.Datashares[0].Consumers = nil
		w.mustShare(t, w.options(d))
	})
	inShareWorld(t, "consumer in another account", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(withAgency()))
		w.agency.Name = "gone"
		w.mustShare(t, w.options(anyCompany()))
	})
	inShareWorld(t, "still described", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		w.sales.Name = "gone"
		plan, err := redshift.PlanShare(t.Context(), w.clients, w.options(anyCompany()))
		if err != nil || !plan.Incomplete || len(plan.Forget) > 0 || plan.Count(awspatterns.Delete) > 0 {
			t.Errorf("%v, forgets %v\n%s", err, plan.Forget, plan)
		}
	})
	inShareWorld(t, "made again", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		w.sales.Name = "gone"
		again := w.world.AddWorkgroup(standin.Warehouse{Account: company, Region: region, Name: "sales", Namespace: "0a0a0a0a-0000-4000-8000-000000000001"})
		again.AddRole("sales_etl")
		again.AddRole("sales_analyst")
		again.AddUser("alice", false)
		w.mustShare(t, w.options(anyCompany()))
	})
	inShareWorld(t, "producer made again", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		w.etl.Name = "gone"
		w.etl = w.world.AddCluster(standin.Warehouse{Account: company, Region: region, Name: "etl", Slices: 128, Namespace: "0a0a0a0a-0000-4000-8000-000000000002"})
		w.etl.AddDatabase("prod", "Snapshot Isolation")
		for schema, table := range map[string]string{"etl": "etl_audit_logs", "sales": "web_sales", "marketing": "customer"} {
			w.etl.AddSchema("prod", schema)
			w.etl.AddTable("prod", schema, table, standin.TableOptions{})
		}
		// The name of the database is free only when the one of the earlier producer is gone.
		for range 2 {
			if _, err := w.shared(t.Context(), w.options(anyCompany())); err != nil && !errors.Is(err, awspatterns.ErrIncomplete) {
				t.Fatal(err)
			}
		}
		w.mustBeDone(t, w.options(anyCompany()))
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

// TestShareAcrossRegions checks that a consumer of another account and Region associates in
// the Region of the datashare.
func TestShareAcrossRegions(t *testing.T) {
	inShareWorld(t, "agency", func(t *testing.T, w *shareWorld) {
		north := w.world.AddWorkgroup(standin.Warehouse{Account: partner, Region: "eu-north-1", Name: "north"})
		north.AddRole("buyers")
		d := withAgency()
		c := &d.Datashares[0].Consumers[1]
		c.Warehouse = &share.Warehouse{Account: partner, Region: "eu-north-1", Workgroup: "north"}
		w.mustShare(t, w.options(d))
		w.mustShare(t, w.options(anyCompany()))
		n := 0
		for _, c := range w.cloud.Calls() {
			if strings.Contains(c.Operation, "DataShare") {
				if n++; c.Region != region {
					t.Errorf("%s is called in %s", c.Operation, c.Region)
				}
			}
		}
		if n < 6 {
			t.Errorf("%d calls", n)
		}
	})
}

// TestShareOrphans checks databases whose datashare was taken away by hand.
func TestShareOrphans(t *testing.T) {
	for name, statement := range map[string]string{
		"dropped": `DROP DATASHARE "sales_ds"`,
		"revoked": `REVOKE USAGE ON DATASHARE "sales_ds" FROM NAMESPACE '%s'`,
	} {
		inShareWorld(t, name+", no longer described", func(t *testing.T, w *shareWorld) {
			w.mustShare(t, w.options(anyCompany()))
			mustRun(t, w.etl, "prod", strings.ReplaceAll(statement, "%s", w.sales.Namespace))
			less := anyCompany()
			less.Datashares = less.Datashares[1:]
			w.mustShare(t, w.options(less))
			if strings.Contains(w.world.Dump(), "sales_db") {
				t.Error("the database that was made is forgotten, and left")
			}
		})
		inShareWorld(t, name+", described", func(t *testing.T, w *shareWorld) {
			w.mustShare(t, w.options(anyCompany()))
			mustRun(t, w.etl, "prod", strings.ReplaceAll(statement, "%s", w.sales.Namespace))
			plan, err := w.shared(t.Context(), w.options(anyCompany()))
			if !errors.Is(err, awspatterns.ErrIncomplete) || !strings.Contains(plan.String(), `plan again; if it is still like this, drop it: DROP DATABASE "sales_db"`) {
				t.Errorf("%v\n%s", err, plan)
			}
			w.mustBeDone(t, w.options(anyCompany()))
		})
	}
}

// TestShareAtOnce applies a plan several times at once.
func TestShareAtOnce(t *testing.T) {
	inShareWorld(t, "three times", func(t *testing.T, w *shareWorld) {
		plan, err := redshift.PlanShare(t.Context(), w.clients, w.options(anyCompany()))
		if err != nil {
			t.Fatal(err)
		}
		errs := make(chan error, 3)
		for range 3 {
			go func() {
				_, err := redshift.ApplyShare(t.Context(), w.clients, plan)
				errs <- err
			}()
		}
		for range 3 {
			err := <-errs
			if err != nil && (!errors.Is(err, state.ErrConflict) || strings.Count(err.Error(), "\n") > 0 || !strings.Contains(err.Error(), "plan again")) {
				t.Error(err)
			}
		}
		w.mustShare(t, w.options(anyCompany()))
	})
}

// TestShareDropsNothingOfOthers checks that a database is not dropped in which somebody else
// was granted something.
func TestShareDropsNothingOfOthers(t *testing.T) {
	less := anyCompany()
	less.Datashares = less.Datashares[1:]
	inShareWorld(t, "by hand", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		w.sales.AddRole("board")
		mustRun(t, w.sales, "dev", `GRANT USAGE ON DATABASE "sales_db" TO ROLE "board"`)
		plan, err := w.shared(t.Context(), w.options(less))
		if !errors.Is(err, awspatterns.ErrIncomplete) || !strings.Contains(plan.String(), "something is in it that is to stay: USAGE on database sales_db to role board") {
			t.Errorf("%v\n%s", err, plan)
		}
		if !strings.Contains(w.world.Dump(), "database sales_db") {
			t.Error("it was dropped")
		}
		mustRun(t, w.sales, "dev", `REVOKE USAGE ON DATABASE "sales_db" FROM ROLE "board"`)
		w.mustShare(t, w.options(less))
	})
	inShareWorld(t, "by another description", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		w.sales.AddRole("board")
		board := w.options(anyCompany())
		board.Name, board.Datashares = "board", board.Datashares[:1]
		grants := &board.Datashares[0].Consumers[0].Grants
		*grants = []share.ConsumerGrant{{Role: "board", Objects: (*grants)[1].Objects}}
		board.Adopt = true // it was made WITH PERMISSIONS
		w.mustShare(t, board)
		if _, err := w.shared(t.Context(), w.options(less)); !errors.Is(err, awspatterns.ErrIncomplete) {
			t.Error(err)
		}
		if !strings.Contains(w.world.Dump(), "database sales_db") {
			t.Error("it was dropped")
		}
	})
}

// TestShareViewsLeaveOut checks privileges that the pages of the views do not name.
func TestShareViewsLeaveOut(t *testing.T) {
	shows := func(w *shareWorld) (n int) {
		for _, c := range w.cloud.Calls() {
			if sends(c, `SHOW GRANTS ON TABLE "prod"`, `SHOW GRANTS ON SCHEMA "prod"`) {
				n++
			}
		}
		return n
	}
	d := anyCompany()
	d.Datashares[0].Schemas[0].Privileges = []share.Privilege{share.Drop}
	d.Datashares[0].Schemas[0].Tables[0].Privileges = []share.Privilege{share.Select, share.Insert, share.Truncate, share.Alter}
	inShareWorld(t, "left out", func(t *testing.T, w *shareWorld) {
		w.world.LeaveOut = true
		w.mustShare(t, w.options(d))
		if shows(w) == 0 {
			t.Error("nobody asked")
		}
		plan := w.mustShare(t, w.options(anyCompany()))
		if got := statementsOf(plan); len(got) != 2 || !strings.HasPrefix(got[0], "REVOKE ALTER, TRUNCATE ON TABLE") || !strings.HasPrefix(got[1], "REVOKE DROP ON SCHEMA") {
			t.Errorf("got %v", got)
		}
	})
	inShareWorld(t, "shown", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(d))
		w.mustBeDone(t, w.options(d))
		if n := shows(w); n > 0 {
			t.Errorf("%d statements ask what the views have told", n)
		}
	})
	inShareWorld(t, "not told", func(t *testing.T, w *shareWorld) {
		w.world.LeaveOut = true
		w.mustShare(t, w.options(d))
		w.data.Fail = failOn("SHOW GRANTS ON TABLE")
		plan, err := redshift.PlanShare(t.Context(), w.clients, w.options(anyCompany()))
		if err != nil || !plan.Incomplete || len(plan.Forget) > 0 {
			t.Errorf("%v, forgets %v\n%s", err, plan.Forget, plan)
		}
	})
}
