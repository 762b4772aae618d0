package redshift_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/localstore"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	standinsts "github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
	"github.com/awspatterns/awspatterns/state"
)

// Where AnyCompany is, and a second account of it.
const (
	company = "111122223333"
	partner = "444455556666"
	region  = "eu-west-1"
)

// A shareWorld is the article's AnyCompany: an ETL cluster and a workgroup for each
// business unit.
type shareWorld struct {
	cloud *awstest.Cloud
	world *standin.World
	data  *standin.Data
	store *localstore.Store

	etl, sales, marketing, agency *standin.Warehouse // the agency is in another account
}

func newShareWorld(cloud *awstest.Cloud) *shareWorld {
	w := &shareWorld{cloud: cloud, world: standin.New(), store: localstore.New(cloud)}
	standinsts.Handle(cloud)
	w.data = standin.Serve(cloud, w.world)
	w.etl = w.world.AddCluster(standin.Warehouse{Account: company, Region: region, Name: "etl", Slices: 128})
	w.sales = w.world.AddWorkgroup(standin.Warehouse{Account: company, Region: region, Name: "sales", BaseCapacity: 32})
	w.marketing = w.world.AddWorkgroup(standin.Warehouse{Account: company, Region: region, Name: "marketing", BaseCapacity: 8})
	w.agency = w.world.AddWorkgroup(standin.Warehouse{Account: partner, Region: region, Name: "agency", BaseCapacity: 8})
	w.world.AddSuperusers("IAM:awstest")
	w.etl.AddDatabase("prod", "Snapshot Isolation")
	for schema, tables := range map[string][]string{
		"etl": {"etl_audit_logs", "inventory"}, "sales": {"store_sales", "web_sales"}, "marketing": {"customer", "promotion"},
	} {
		w.etl.AddSchema("prod", schema)
		for _, table := range tables {
			w.etl.AddTable("prod", schema, table, standin.TableOptions{})
		}
	}
	w.sales.AddRole("sales_etl")
	w.sales.AddRole("sales_analyst")
	w.sales.AddUser("alice", false)
	w.marketing.AddRole("campaigns")
	w.agency.AddRole("buyers")
	w.agency.AddUser("carol", false)
	return w
}

// clients returns the clients of the account and Region of a warehouse.
func (w *shareWorld) clients(account, in string) (redshift.Clients, error) {
	if account == "" {
		account = company
	}
	if in == "" {
		in = region
	}
	return redshift.NewClients(w.cloud.Config(in, account)), nil
}

// auditLog is the table that all units append to.
func auditLog() share.Schema {
	return share.Schema{Name: "etl", Tables: []share.Table{{Name: "etl_audit_logs", Privileges: []share.Privilege{share.Select, share.Insert}}}}
}

// anyCompany is the article's setup as it should be: the units write into their own schemas,
// also into tables to come, and all append to the audit log.
func anyCompany() share.Description {
	write := []share.Privilege{share.Select, share.Insert, share.Update, share.Delete}
	return share.Description{
		Producer: share.Warehouse{Cluster: "etl", Database: "prod"},
		Datashares: []share.Datashare{
			{
				Name: "sales_ds",
				Objects: share.Objects{Schemas: []share.Schema{
					auditLog(), {Name: "sales", Privileges: []share.Privilege{share.Create}, AllTables: write},
				}},
				Consumers: []share.Consumer{{
					Warehouse: &share.Warehouse{Workgroup: "sales"}, Writable: true, Database: "sales_db",
					Grants: []share.ConsumerGrant{
						{Role: "sales_etl", Objects: share.Objects{Schemas: []share.Schema{auditLog(), {Name: "sales", AllTables: write}}}},
						{Role: "sales_analyst", Objects: share.Objects{Schemas: []share.Schema{{Name: "sales", AllTables: []share.Privilege{share.Select}}}}},
						{User: "alice", Objects: share.Objects{Schemas: []share.Schema{
							{Name: "sales", Tables: []share.Table{{Name: "web_sales", Privileges: []share.Privilege{share.Select}}}},
						}}},
					},
				}},
			},
			{
				Name: "marketing_ds",
				Objects: share.Objects{Schemas: []share.Schema{
					auditLog(), {Name: "marketing", AllTables: write},
				}},
				Consumers: []share.Consumer{{
					Warehouse: &share.Warehouse{Workgroup: "marketing"}, Writable: true, Database: "marketing_db",
					Grants: []share.ConsumerGrant{
						{Role: "campaigns", Objects: share.Objects{Schemas: []share.Schema{auditLog(), {Name: "marketing", AllTables: write}}}},
					},
				}},
			},
		},
	}
}

// withAgency also shares the sales with an agency in another account, which may write.
func withAgency() share.Description {
	d := anyCompany()
	d.Datashares[0].Consumers = append(d.Datashares[0].Consumers, share.Consumer{
		Warehouse: &share.Warehouse{Account: partner, Workgroup: "agency"}, Writable: true, Database: "anycompany",
		Grants: []share.ConsumerGrant{
			{Role: "buyers", Objects: share.Objects{Schemas: []share.Schema{{Name: "sales", AllTables: []share.Privilege{share.Select}}}}},
		},
	})
	return d
}

func (w *shareWorld) options(d share.Description) redshift.ShareOptions {
	return redshift.ShareOptions{Description: d, Name: "anycompany", Store: w.store}
}

// shared plans and applies.
func (w *shareWorld) shared(ctx context.Context, opts redshift.ShareOptions) (redshift.SharePlan, error) {
	plan, err := redshift.PlanShare(ctx, w.clients, opts)
	if err != nil {
		return plan, err
	}
	_, err = redshift.ApplyShare(ctx, w.clients, plan)
	return plan, err
}

// mustShare plans and applies, and checks that there is nothing to do then.
func (w *shareWorld) mustShare(t *testing.T, opts redshift.ShareOptions) redshift.SharePlan {
	t.Helper()
	plan, err := w.shared(t.Context(), opts)
	if err != nil {
		t.Fatalf("%v\n%s", err, plan)
	}
	w.mustBeDone(t, opts)
	return plan
}

func (w *shareWorld) mustBeDone(t *testing.T, opts redshift.ShareOptions) {
	t.Helper()
	again, err := redshift.PlanShare(t.Context(), w.clients, opts)
	if err != nil || !again.Empty() || again.Incomplete {
		t.Fatalf("planning after applying: %v\n%s", err, again)
	}
}

// mustRun runs statements by hand, as a superuser.
func mustRun(t *testing.T, wh *standin.Warehouse, database string, statements ...string) {
	t.Helper()
	for i, o := range wh.Run(standin.Session{Database: database, User: admin(wh)}, statements, nil, false) {
		if o.Err != nil || !o.Ran {
			t.Fatalf("%s: %v", statements[i], o.Err)
		}
	}
}

func admin(wh *standin.Warehouse) string {
	if wh.Serverless {
		return "admin"
	}
	return "awsuser"
}

// state is what lasts: the warehouses, and what is remembered of them.
func (w *shareWorld) state() string {
	var b strings.Builder
	b.WriteString(w.world.Dump())
	for r, err := range w.store.Memory.List(context.Background(), "redshift.Share/anycompany", "") {
		if string(r.Value) != "null" {
			fmt.Fprintln(&b, string(r.Value), err)
		}
	}
	return b.String()
}

// statementsOf are the statements that a plan sends, sorted.
func statementsOf(p redshift.SharePlan) []string {
	var all []string
	for i, s := range p.Steps {
		if p.Changes[i].Action.Applies() && s.SQL != "" {
			all = append(all, s.SQL)
		}
	}
	slices.Sort(all)
	return all
}

// stored returns a plan as it is read from a file.
func stored(t *testing.T, plan redshift.SharePlan, store state.Store) redshift.SharePlan {
	t.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var read redshift.SharePlan
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	read.Options.Store = store
	return read
}
