package share_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// TestAnyCompany shows the plan and the script of the article's setup.
func TestAnyCompany(t *testing.T) {
	d, s := article(t)
	m := &model{TB: t, state: s, owned: map[string]share.Item{}}
	decision := m.decide(d, m.options())
	golden.Equal(t, "testdata/anycompany-plan.txt", planText(decision))
	golden.Equal(t, "testdata/anycompany-script.sql", share.Script(decision.Steps))
	m.apply(decision)
	if again := m.decide(d, m.options()); len(again.Steps) > 0 || len(again.Drift) > 0 || len(again.Forget) > 0 {
		t.Errorf("planned again:\n%s", planText(again))
	}
}

// TestArticle shows that what is wrong with the article's statements about sharing cannot
// happen here, or is told.
func TestArticle(t *testing.T) {
	t.Run("7 a name with a space is one name", func(t *testing.T) {
		d, s := article(t)
		d.Datashares[1].Name, d.Datashares[1].Consumers[0].Database = "marketing _ds", "marketing _db"
		decision, err := share.Decide(d, s, share.DecideOptions{Remembers: true})
		if err != nil {
			t.Fatal(err)
		}
		create := `CREATE DATABASE "marketing _db" WITH PERMISSIONS FROM DATASHARE "marketing _ds" OF NAMESPACE '` + etlGUID + `'`
		if !slices.Contains(statements(decision), create) {
			t.Fatalf("got %q", statements(decision))
		}
		if parsed, err := redshiftsql.Parse(create); err != nil || parsed.(redshiftsql.CreateDatabase).Name != "marketing _db" {
			t.Errorf("got %v, %v", parsed, err)
		}
		if _, err := redshiftsql.Parse(strings.ReplaceAll(create, `"`, "")); err == nil {
			t.Error("the article's own text is taken")
		}
	})
	t.Run("8 each statement of the script ends", func(t *testing.T) {
		d, s := article(t)
		decision, err := share.Decide(d, s, share.DecideOptions{Remembers: true})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := scripted(t, share.Script(decision.Steps)), statements(decision); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("9 tables added later are as writable", func(t *testing.T) {
		d, s := article(t)
		decision, err := share.Decide(d, s, share.DecideOptions{Remembers: true})
		if err != nil {
			t.Fatal(err)
		}
		want := `GRANT ALTER, DELETE, DROP, INSERT, REFERENCES, SELECT, TRUNCATE, UPDATE FOR TABLES IN SCHEMA "sales" DATABASE "prod" TO DATASHARE "sales_ds"`
		if !slices.Contains(statements(decision), want) {
			t.Errorf("got %q", statements(decision))
		}
		if all := strings.Join(statements(decision), "\n"); strings.Contains(all, "INCLUDENEW") || strings.Contains(all, "ADD TABLE") {
			t.Error("what is added is added for reading alone")
		}
		s.Producer.Tables = append(s.Producer.Tables, share.TableOf{Database: "prod", Schema: "sales", Name: "returns"})
		later, err := share.Decide(d, s, share.DecideOptions{Remembers: true})
		if err != nil || text(t, later) != text(t, decision) {
			t.Errorf("a table that was added needs more: %v", err)
		}
	})
	t.Run("10 the identity column of the audit table", func(t *testing.T) {
		d, s := article(t)
		decision, err := share.Decide(d, s, share.DecideOptions{Remembers: true})
		if err != nil || !slices.ContainsFunc(decision.Notes, func(n string) bool {
			return strings.HasPrefix(n, "workgroup sales") && strings.Contains(n, "identity columns: etl.etl_audit_logs")
		}) {
			t.Errorf("serverless: %v, %q", err, decision.Notes)
		}
		// On a cluster with more slices than the producer it is known not to work.
		inCluster(&d, &s, 128)
		decision, err = share.Decide(d, s, share.DecideOptions{Remembers: true})
		if err != nil {
			t.Fatal(err)
		}
		held := of(decision, awspatterns.Blocked)
		if len(held) != 1 || held[0].Change.Resource.ID != "sales/prod.etl.etl_audit_logs" || !strings.Contains(held[0].Change.Reason, "more slices than the producer (128, 16)") {
			t.Fatalf("got\n%s", planText(decision))
		}
		if got := held[0].Items; len(got) != 1 || got[0].String() != "INSERT on table sales_db.etl.etl_audit_logs to role sales_etl" {
			t.Errorf("held back: %v", got)
		}
		if !slices.Contains(statements(decision), `GRANT SELECT ON TABLE "sales_db"."etl"."etl_audit_logs" TO ROLE "sales_etl"`) {
			t.Error("reading is held back, too")
		}
	})
	t.Run("11 slices and snapshot isolation", func(t *testing.T) {
		d, s := article(t)
		inCluster(&d, &s, 32)
		s.Producer.Databases[1].Isolation = "Serializable"
		decision, err := share.Decide(d, s, share.DecideOptions{Remembers: true})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range of(decision, awspatterns.Blocked) {
			got = append(got, h.Change.Resource.ID+": "+h.Change.Reason+": "+strings.Join(h.Change.Steps, "; "))
		}
		want := []string{
			"etl/prod: its isolation level is Serializable: other warehouses can write to it with snapshot isolation alone: with no other connection to it: ALTER DATABASE prod ISOLATION LEVEL SNAPSHOT",
			"sales: it has 32 slices: a consumer cluster needs 64 to write through a datashare: resize it, or write from a workgroup of Redshift Serverless",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
		for _, sql := range statements(decision) {
			if strings.Contains(sql, "INSERT") || strings.Contains(sql, "sales_db") {
				t.Errorf("all the same: %s", sql)
			}
		}
	})
	t.Run("12 scoped is scoped", func(t *testing.T) {
		d, s := article(t)
		for _, kind := range []struct {
			schema share.Schema
			want   string
		}{
			{share.Schema{Name: "sales", AllTables: []share.Privilege{share.Select}}, `GRANT SELECT FOR TABLES IN SCHEMA "sales" DATABASE "prod" TO DATASHARE "sales_ds"`},
			{share.Schema{Name: "sales", Tables: []share.Table{{Name: "web_sales", Privileges: []share.Privilege{share.Select}}}}, `GRANT SELECT ON TABLE "prod"."sales"."web_sales" TO DATASHARE "sales_ds"`},
		} {
			d.Datashares = []share.Datashare{{Name: "sales_ds", Objects: share.Objects{Schemas: []share.Schema{kind.schema}}}}
			decision, err := share.Decide(d, s, share.DecideOptions{Remembers: true})
			if got := statements(decision); err != nil || len(got) != 3 || got[2] != kind.want {
				t.Errorf("got %q, %v, want %s", got, err, kind.want)
			}
		}
	})
}

// inCluster makes the sales unit have a cluster.
func inCluster(d *share.Description, s *share.State, slices int) {
	w := share.Warehouse{Cluster: "sales"}
	d.Datashares[0].Consumers[0].Warehouse = &w
	f := &s.Consumers[1]
	f.Warehouse, f.NodeType, f.Slices, f.BaseCapacity = w, "ra3.16xlarge", slices, 0
}

// scripted returns the statements of a script as a SQL shell takes it apart: comments go to
// the end of the line, and statements to a semicolon that is in no quotation marks.
func scripted(t *testing.T, script string) []string {
	t.Helper()
	var all []string
	var b strings.Builder
	quote := byte(0)
	for i := 0; i < len(script); i++ {
		c := script[i]
		switch {
		case quote == 0 && strings.HasPrefix(script[i:], "--"):
			i += strings.IndexByte(script[i:], '\n')
			continue
		case quote == 0 && c == ';':
			all = append(all, strings.TrimSpace(b.String()))
			b.Reset()
			continue
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
		b.WriteByte(c)
	}
	if rest := strings.TrimSpace(b.String()); rest != "" {
		t.Errorf("the script ends in %q", rest)
	}
	for _, sql := range all {
		if _, err := redshiftsql.Parse(sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	return all
}

func Example() {
	d := share.Description{
		Producer: share.Warehouse{Cluster: "etl", Database: "prod"},
		Datashares: []share.Datashare{{
			Name:      "sales_ds",
			Objects:   share.Objects{Schemas: []share.Schema{{Name: "sales", AllTables: []share.Privilege{share.Select}}}},
			Consumers: []share.Consumer{{Warehouse: &share.Warehouse{Workgroup: "sales"}, Database: "sales_db"}},
		}},
	}
	state := share.State{
		Producer: share.Found{
			Warehouse: d.Producer, Account: company, Region: "eu-west-1", Namespace: etlGUID, Superuser: true, Schemas: []string{"sales"},
		},
		Consumers: []share.Found{{
			Warehouse: share.Warehouse{Workgroup: "sales"}, Account: company, Region: "eu-west-1", Namespace: salesGUID, Superuser: true,
		}},
	}
	decision, err := share.Decide(d, state, share.DecideOptions{Remembers: true})
	if err != nil {
		panic(err)
	}
	fmt.Print(share.Script(decision.Steps))
	// Output:
	// -- Connect to cluster etl, database prod.
	// CREATE DATASHARE "sales_ds" SET PUBLICACCESSIBLE FALSE;
	// GRANT USAGE ON SCHEMA "prod"."sales" TO DATASHARE "sales_ds";
	// GRANT SELECT FOR TABLES IN SCHEMA "sales" DATABASE "prod" TO DATASHARE "sales_ds";
	// GRANT USAGE ON DATASHARE "sales_ds" TO NAMESPACE 'b2b2b2b2-0000-4000-8000-000000000002';
	//
	// -- Connect to workgroup sales, database dev.
	// -- Not in a transaction block:
	// CREATE DATABASE "sales_db" WITH PERMISSIONS FROM DATASHARE "sales_ds" OF NAMESPACE 'a1a1a1a1-0000-4000-8000-000000000001';
}
