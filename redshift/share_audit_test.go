package redshift_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	standinsts "github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// byHand shares as the article does, by statements typed by hand, and connects nobody to
// the databases shared from.
func byHand(t *testing.T, w *shareWorld) {
	t.Helper()
	mustRun(t, w.etl, "prod",
		`CREATE DATASHARE "sales_ds" SET PUBLICACCESSIBLE FALSE`,
		`GRANT USAGE ON SCHEMA "prod"."sales" TO DATASHARE "sales_ds"`,
		`GRANT USAGE ON SCHEMA "prod"."etl" TO DATASHARE "sales_ds"`,
		`GRANT INSERT, SELECT FOR TABLES IN SCHEMA "sales" DATABASE "prod" TO DATASHARE "sales_ds"`,
		`GRANT INSERT, SELECT ON TABLE "prod"."etl"."etl_audit_logs" TO DATASHARE "sales_ds"`,
		fmt.Sprintf(`GRANT USAGE ON DATASHARE "sales_ds" TO NAMESPACE '%s'`, w.sales.Namespace),
	)
	mustRun(t, w.sales, "dev",
		fmt.Sprintf(`CREATE DATABASE "sales_db" WITH PERMISSIONS FROM DATASHARE "sales_ds" OF NAMESPACE '%s'`, w.etl.Namespace),
		`GRANT USAGE ON DATABASE "sales_db" TO ROLE "sales_etl"`,
		`GRANT USAGE ON SCHEMA "sales_db"."sales" TO ROLE "sales_etl"`,
		`GRANT DELETE, INSERT, SELECT ON TABLE "sales_db"."sales"."web_sales" TO ROLE "sales_etl"`,
		`GRANT ROLE "sales_etl" TO ROLE "sales_analyst"`,
		`GRANT ROLE "sales_analyst" TO "alice"`,
	)
}

var auditWarehouses = []share.Warehouse{{Cluster: "etl"}, {Workgroup: "sales"}, {Workgroup: "marketing"}}

// TestShareAudit checks that the audit reads what the model's own judgement is made from.
func TestShareAudit(t *testing.T) {
	inShareWorld(t, "who can", func(t *testing.T, w *shareWorld) {
		byHand(t, w)
		result, err := redshift.ShareAudit(t.Context(), w.clients, redshift.ShareAuditOptions{Warehouses: auditWarehouses})
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range result.Warehouses {
			if len(u.Unknown) > 0 {
				t.Errorf("%+v", u)
			}
		}
		for _, test := range []struct{ privilege, schema, table string }{
			{"SELECT", "sales", "web_sales"}, {"INSERT", "sales", "web_sales"}, {"DELETE", "sales", "web_sales"},
			{"SELECT", "sales", "store_sales"}, {"INSERT", "etl", "etl_audit_logs"}, {"SELECT", "marketing", "customer"},
		} {
			holders := result.WhoCan(share.Privilege(test.privilege), "prod", test.schema, test.table)
			got := slices.ContainsFunc(holders, func(h share.Holder) bool {
				return strings.Contains(fmt.Sprintf("%+v", h), "alice") && h.Verdict == share.Yes
			})
			if want := w.sales.Can("sales_db", "alice", test.privilege, test.schema, test.table); got != want {
				t.Errorf("alice %s %s.%s: audit %t, the model %t: %+v", test.privilege, test.schema, test.table, got, want, holders)
			}
		}
	})
	inShareWorld(t, "what cannot be read", func(t *testing.T, w *shareWorld) {
		byHand(t, w)
		w.data.Fail = failOn("SHOW GRANTS")
		result, err := redshift.ShareAudit(t.Context(), w.clients, redshift.ShareAuditOptions{Warehouses: auditWarehouses})
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range result.Warehouses {
			if (len(u.Unknown) > 0) != strings.Contains(u.Name, "sales") {
				t.Errorf("%+v", u)
			}
		}
	})
	for name, opts := range map[string]redshift.ShareAuditOptions{
		"no warehouse": {},
		"twice":        {Warehouses: []share.Warehouse{{Cluster: "etl"}, {Cluster: "etl"}}},
		"both":         {Warehouses: []share.Warehouse{{Cluster: "etl", Workgroup: "etl"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newShareWorld(awstest.New(t))
			if _, err := redshift.ShareAudit(t.Context(), w.clients, opts); err == nil || w.cloud.Count() > 0 {
				t.Errorf("got %v after %d calls", err, w.cloud.Count())
			}
		})
	}
}

// TestShareDrill checks who still writes while the producer is paused, as the article
// claims, and while a consumer is.
func TestShareDrill(t *testing.T) {
	inShareWorld(t, "pause", func(t *testing.T, w *shareWorld) {
		byHand(t, w)
		writers := func(paused share.Warehouse) (before, after int) {
			result, err := redshift.ShareDrill(t.Context(), w.clients, redshift.ShareDrillOptions{
				Warehouses: auditWarehouses, DrillOptions: share.DrillOptions{Paused: paused},
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range result.Units {
				if strings.Contains(u.Warehouse, "sales") && u.Write.Before == share.Yes {
					before++
				}
				if strings.Contains(u.Warehouse, "sales") && u.Write.After == share.Yes {
					after++
				}
			}
			return before, after
		}
		if before, after := writers(share.Warehouse{Cluster: "etl"}); before == 0 || after != before {
			t.Errorf("without the producer %d of %d write", after, before)
		}
		if before, after := writers(share.Warehouse{Workgroup: "sales"}); before == 0 || after != 0 {
			t.Errorf("without the consumer %d of %d write", after, before)
		}
		_, err := redshift.ShareDrill(t.Context(), w.clients, redshift.ShareDrillOptions{
			Warehouses: auditWarehouses, DrillOptions: share.DrillOptions{Paused: share.Warehouse{Cluster: "other"}},
		})
		if err == nil {
			t.Error("a warehouse that is not there is paused")
		}
	})
}

// TestShareAuditPermissions compares what is declared with what is called, both ways.
func TestShareAuditPermissions(t *testing.T) {
	inShareWorld(t, "all", func(t *testing.T, w *shareWorld) {
		byHand(t, w)
		mustRun(t, w.etl, "prod",
			`GRANT USAGE ON DATASHARE "sales_ds" TO ACCOUNT '444455556666'`,
			`CREATE DATASHARE "empty_ds" SET PUBLICACCESSIBLE FALSE`,
			fmt.Sprintf(`GRANT USAGE ON DATASHARE "empty_ds" TO NAMESPACE '%s'`, w.marketing.Namespace),
		)
		opts := redshift.ShareAuditOptions{Warehouses: auditWarehouses}
		mustRun(t, w.marketing, "dev",
			fmt.Sprintf(`CREATE DATABASE "nothing" WITH PERMISSIONS FROM DATASHARE "empty_ds" OF NAMESPACE '%s'`, w.etl.Namespace))
		if _, err := redshift.ShareAudit(t.Context(), w.clients, opts); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		w.data.Block = func(sql string) bool { return strings.Contains(sql, "svv_rls_relation") }
		if _, err := redshift.ShareAudit(ctx, w.clients, opts); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("stopped: %v", err)
		}
		awstest.CheckPermissions(t, redshift.ShareAuditPermissions(opts).Apply, w.cloud.Calls(), standin.Actions, standinsts.Actions)
	})
}
