package redshift_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// inShareWorld runs a test in a world of its own, on a virtual clock.
func inShareWorld(t *testing.T, name string, test func(t *testing.T, w *shareWorld)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, newShareWorld(awstest.New(t))) })
	})
}

// TestShare checks the article's setup, from nothing to units that write.
func TestShare(t *testing.T) {
	inShareWorld(t, "units write", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		mustRun(t, w.sales, "dev", `GRANT ROLE "sales_etl" TO "alice"`)
		w.etl.AddTable("prod", "sales", "returns", standin.TableOptions{}) // later
		for _, test := range []struct {
			warehouse        *standin.Warehouse
			database, user   string
			privilege, table string
			schema           string
			want             bool
		}{
			{w.sales, "sales_db", "alice", "INSERT", "store_sales", "sales", true},
			{w.sales, "sales_db", "alice", "INSERT", "returns", "sales", true},
			{w.sales, "sales_db", "alice", "TRUNCATE", "returns", "sales", false},
			{w.sales, "sales_db", "alice", "INSERT", "etl_audit_logs", "etl", true},
			{w.sales, "sales_db", "alice", "DELETE", "etl_audit_logs", "etl", false},
			{w.sales, "sales_db", "alice", "SELECT", "inventory", "etl", false},
			{w.sales, "sales_db", "alice", "SELECT", "customer", "marketing", false},
		} {
			if got := test.warehouse.Can(test.database, test.user, test.privilege, test.schema, test.table); got != test.want {
				t.Errorf("%s may %s %s.%s.%s: %t", test.user, test.privilege, test.database, test.schema, test.table, got)
			}
		}
	})
	inShareWorld(t, "a stored plan", func(t *testing.T, w *shareWorld) {
		plan, err := redshift.PlanShare(t.Context(), w.clients, w.options(anyCompany()))
		if err != nil {
			t.Fatal(err)
		}
		read := stored(t, plan, w.store)
		if read.Script() != plan.Script() {
			t.Errorf("the script is\n%s\nand was\n%s", read.Script(), plan.Script())
		}
		result, err := redshift.ApplyShare(t.Context(), w.clients, read)
		if err != nil || result.Statements != len(statementsOf(plan)) {
			t.Fatalf("%d statements of %d, %v", result.Statements, len(statementsOf(plan)), err)
		}
		w.mustBeDone(t, w.options(anyCompany()))
		again, err := redshift.ApplyShare(t.Context(), w.clients, read)
		if err != nil || again.Statements != 0 {
			t.Errorf("applied again: %d statements, %v", again.Statements, err)
		}
		for _, o := range again.Outcomes {
			if o.State != awspatterns.Already {
				t.Errorf("applied again: %+v", o)
			}
		}
		read.Options.Store = nil
		if _, err := redshift.ApplyShare(t.Context(), w.clients, read); err == nil || !strings.Contains(err.Error(), "Store") {
			t.Errorf("without the store: %v", err)
		}
	})
	inShareWorld(t, "another account", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(withAgency()))
		mustRun(t, w.agency, "dev", `GRANT ROLE "buyers" TO "carol"`)
		if !w.agency.Can("anycompany", "carol", "SELECT", "sales", "web_sales") || w.agency.Can("anycompany", "carol", "INSERT", "sales", "web_sales") {
			t.Error("the agency cannot read, or can write")
		}
		calls := 0
		for _, c := range w.cloud.Calls() {
			if c.Name() == "Redshift.AuthorizeDataShare" || c.Name() == "Redshift.AssociateDataShareConsumer" {
				calls++
			}
		}
		if calls != 2 {
			t.Errorf("%d calls", calls)
		}
	})
}

// TestShareDrift checks what is done about what others changed.
func TestShareDrift(t *testing.T) {
	insert := `GRANT INSERT ON TABLE "prod"."etl"."etl_audit_logs" TO DATASHARE "sales_ds"`
	foreign := `GRANT DELETE ON TABLE "prod"."etl"."etl_audit_logs" TO DATASHARE "sales_ds"`
	how := func(plan redshift.SharePlan) (all []share.How) {
		for _, d := range plan.Drift {
			all = append(all, d.How)
		}
		return all
	}
	inShareWorld(t, "revoked by hand", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		mustRun(t, w.etl, "prod", strings.Replace(strings.Replace(insert, "GRANT", "REVOKE", 1), " TO ", " FROM ", 1))
		plan := w.mustShare(t, w.options(anyCompany()))
		if got := statementsOf(plan); !slices.Equal(got, []string{insert}) || !slices.Equal(how(plan), []share.How{share.Missing}) {
			t.Errorf("got %v, drift %v", got, plan.Drift)
		}
	})
	inShareWorld(t, "granted by hand", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		mustRun(t, w.etl, "prod", foreign)
		plan, err := redshift.PlanShare(t.Context(), w.clients, w.options(anyCompany()))
		if err != nil || !plan.Empty() || !slices.Equal(how(plan), []share.How{share.Foreign}) {
			t.Errorf("%v, drift %v\n%s", err, plan.Drift, plan)
		}
		opts := w.options(anyCompany())
		opts.Adopt = true
		adopting := w.mustShare(t, opts)
		if got := statementsOf(adopting); len(got) != 1 || !strings.HasPrefix(got[0], `REVOKE DELETE`) {
			t.Errorf("adopting: %v", got)
		}
	})
	inShareWorld(t, "no longer described", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		mustRun(t, w.etl, "prod", foreign)
		less := anyCompany()
		less.Datashares[0].Schemas[0].Tables[0].Privileges = []share.Privilege{share.Select}
		less.Datashares[0].Consumers[0].Grants[0].Schemas[0].Tables[0].Privileges = []share.Privilege{share.Select}
		opts := w.options(less)
		plan := w.mustShare(t, opts)
		for _, s := range statementsOf(plan) {
			if !strings.HasPrefix(s, "REVOKE INSERT ON TABLE") {
				t.Errorf("got %s", s)
			}
		}
		if len(statementsOf(plan)) != 2 {
			t.Errorf("got %v", statementsOf(plan))
		}
	})
	inShareWorld(t, "nothing is described", func(t *testing.T, w *shareWorld) {
		before := w.world.Dump()
		w.mustShare(t, w.options(anyCompany()))
		none := anyCompany()
		none.Datashares = nil
		w.mustShare(t, w.options(none))
		if after := w.world.Dump(); after != before {
			t.Errorf("something is left:\n%s\nand was:\n%s", after, before)
		}
	})
	inShareWorld(t, "without a store", func(t *testing.T, w *shareWorld) {
		opts := w.options(anyCompany())
		opts.Store, opts.Name = nil, ""
		w.mustShare(t, opts)
		opts.Datashares = opts.Datashares[:1]
		plan, err := redshift.PlanShare(t.Context(), w.clients, opts)
		if err != nil || !plan.Empty() {
			t.Errorf("%v\n%s", err, plan)
		}
	})
	inShareWorld(t, "two descriptions of one producer", func(t *testing.T, w *shareWorld) {
		one, two := w.options(anyCompany()), w.options(anyCompany())
		one.Datashares, two.Datashares = one.Datashares[:1], two.Datashares[1:]
		one.Name, two.Name = "sales", "marketing"
		w.mustShare(t, one)
		w.mustShare(t, two)
		w.mustBeDone(t, one)
	})
}

// TestShareTokens checks grant, revoke and grant again within the 8 hours in which the Data
// API remembers tokens, and a plan that is applied again after its work was undone.
func TestShareTokens(t *testing.T) {
	inShareWorld(t, "grant, revoke, grant", func(t *testing.T, w *shareWorld) {
		with, without := anyCompany(), anyCompany()
		without.Datashares[0].Consumers[0].Grants = without.Datashares[0].Consumers[0].Grants[:2]
		for i, d := range []share.Description{with, without, with, without, with} {
			w.mustShare(t, w.options(d))
			if got, want := w.sales.Can("sales_db", "alice", "SELECT", "sales", "web_sales"), i%2 == 0; got != want {
				t.Fatalf("round %d: alice can read: %t", i, got)
			}
			time.Sleep(time.Minute)
		}
	})
	inShareWorld(t, "undone, and the same plan again", func(t *testing.T, w *shareWorld) {
		plan, err := w.shared(t.Context(), w.options(anyCompany()))
		if err != nil {
			t.Fatal(err)
		}
		mustRun(t, w.sales, "dev", `REVOKE SELECT ON TABLE "sales_db"."sales"."web_sales" FROM "alice"`)
		result, err := redshift.ApplyShare(t.Context(), w.clients, plan)
		if w.sales.Can("sales_db", "alice", "SELECT", "sales", "web_sales") {
			if err != nil {
				t.Errorf("it was granted again: %v", err)
			}
			return
		}
		if !errors.Is(err, redshift.ErrUndone) || !slices.ContainsFunc(result.Outcomes, func(o awspatterns.Outcome) bool { return errors.Is(o.Err, redshift.ErrUndone) }) {
			t.Errorf("it was not granted again: %v", err)
		}
		w.mustShare(t, w.options(anyCompany()))
	})
}

// TestShareUnknown checks that what cannot be read is not taken for absent.
func TestShareUnknown(t *testing.T) {
	less := anyCompany()
	less.Datashares = less.Datashares[:1]
	for name, breaks := range map[string]func(w *shareWorld){
		"a consumer is denied":     func(w *shareWorld) { w.data.Fail = failOn("SHOW GRANTS") },
		"the grants of datashares": func(w *shareWorld) { w.data.Fail = failOn("svv_relation_privileges") },
		"the datashares":           func(w *shareWorld) { w.data.Fail = failOn("svv_datashares") },
		"who there is":             func(w *shareWorld) { w.data.Fail = failOn("svv_roles") },
		"the control plane": func(w *shareWorld) {
			w.cloud.Inject(awstest.Fault{Operation: "Redshift Serverless.GetNamespace", Err: awstest.Denied()})
		},
		"the cluster": func(w *shareWorld) {
			w.cloud.Inject(awstest.Fault{Operation: "Redshift.DescribeClusters", Err: awstest.Denied()})
		},
		"the Data API": func(w *shareWorld) {
			w.cloud.Inject(awstest.Fault{Operation: "Redshift Data.BatchExecuteStatement", Err: awstest.Denied()})
		},
		"the producer is paused":         func(w *shareWorld) { w.etl.Pause() },
		"a user who does not see it all": func(w *shareWorld) { w.data.Identity = func(awstest.Caller) string { return "user/reader" } },
	} {
		inShareWorld(t, name, func(t *testing.T, w *shareWorld) {
			w.mustShare(t, w.options(anyCompany()))
			before := w.world.Dump()
			breaks(w)
			plan, err := redshift.PlanShare(t.Context(), w.clients, w.options(less))
			if err != nil {
				t.Fatal(err)
			}
			if !plan.Incomplete || plan.Count(awspatterns.Unknown) == 0 {
				t.Errorf("it is not told to be incomplete:\n%s", plan)
			}
			_, err = redshift.ApplyShare(t.Context(), w.clients, plan)
			if !errors.Is(err, awspatterns.ErrIncomplete) {
				t.Errorf("applying: %v", err)
			}
			if strings.Contains(name, "paused") {
				w.etl.Resume()
			}
			if after := w.world.Dump(); after != before {
				t.Errorf("something was changed:\n%s\nand was:\n%s", after, before)
			}
		})
	}
}

func failOn(what string) func(string) error {
	return func(sql string) error {
		if strings.Contains(sql, what) {
			return errors.New("ERROR: permission denied for relation")
		}
		return nil
	}
}

// TestShareNoCredentials checks that the cause is told.
func TestShareNoCredentials(t *testing.T) {
	inShareWorld(t, "plan", func(t *testing.T, w *shareWorld) {
		cause := errors.New("no credentials in this place")
		w.cloud.Inject(awstest.Fault{Operation: "STS.GetCallerIdentity", Err: cause})
		if _, err := redshift.PlanShare(t.Context(), w.clients, w.options(anyCompany())); !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
	})
}

// TestShareRefuses checks what is refused before the first call.
func TestShareRefuses(t *testing.T) {
	w := newShareWorld(awstest.New(t))
	for name, change := range map[string]func(*redshift.ShareOptions){
		"a store without a name":  func(o *redshift.ShareOptions) { o.Name = "" },
		"a price below zero":      func(o *redshift.ShareOptions) { o.PricePerRPUHour = -1 },
		"a name with a space":     func(o *redshift.ShareOptions) { o.Datashares[0].Consumers[0].Database = "sales_db " },
		"no producer":             func(o *redshift.ShareOptions) { o.Producer = share.Warehouse{} },
		"a privilege of a schema": func(o *redshift.ShareOptions) { o.Datashares[0].Schemas[0].Tables[0].Privileges[0] = share.Usage },
	} {
		t.Run(name, func(t *testing.T) {
			opts := w.options(anyCompany())
			change(&opts)
			if _, err := redshift.PlanShare(t.Context(), w.clients, opts); err == nil || !strings.HasPrefix(err.Error(), "redshift: plan share: ") {
				t.Errorf("got %v", err)
			}
			if w.cloud.Count() > 0 {
				t.Errorf("calls: %v", w.cloud.Calls())
			}
		})
	}
	if _, err := redshift.PlanShare(t.Context(), nil, w.options(anyCompany())); err == nil {
		t.Error("nil clients are taken")
	}
}

// TestShareWrongAccount checks that a plan is applied where it was made for.
func TestShareWrongAccount(t *testing.T) {
	inShareWorld(t, "planning", func(t *testing.T, w *shareWorld) {
		opts := w.options(anyCompany())
		opts.Producer.Account = partner
		clients := func(string, string) (redshift.Clients, error) { return w.clients(company, region) }
		if _, err := redshift.PlanShare(t.Context(), clients, opts); !errors.Is(err, awspatterns.ErrWrongAccount) {
			t.Errorf("got %v", err)
		}
	})
	inShareWorld(t, "applying", func(t *testing.T, w *shareWorld) {
		plan, err := redshift.PlanShare(t.Context(), w.clients, w.options(anyCompany()))
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := func(string, string) (redshift.Clients, error) { return w.clients(partner, region) }
		if _, err := redshift.ApplyShare(t.Context(), elsewhere, plan); !errors.Is(err, awspatterns.ErrWrongAccount) {
			t.Errorf("got %v", err)
		}
		plan.Steps[0].SQL = `DROP DATABASE "prod"`
		if _, err := redshift.ApplyShare(t.Context(), w.clients, plan); !errors.Is(err, awspatterns.ErrAltered) {
			t.Errorf("altered: %v", err)
		}
	})
}
