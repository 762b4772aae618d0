package integration_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/internal/standin/redshift"
)

// A modelled warehouse is one of the in-process model.
type modelled struct {
	*redshift.Warehouse
	t *testing.T
}

// run runs statements as the superuser of the warehouse.
func (w modelled) run(database string, statements ...redshiftsql.Statement) {
	w.t.Helper()
	for _, s := range statements {
		if err := s.Check(); err != nil {
			w.t.Fatal(err)
		}
		if out := w.Run(redshift.Session{Database: database}, []string{s.String()}, nil, false)[0]; out.Err != nil {
			w.t.Fatalf("%s: %v", s, out.Err)
		}
	}
}

// added adds a schema or table to a datashare, as people do by hand.
func (w modelled) added(datashare, schema, table string) {
	w.t.Helper()
	if err := w.AddToDatashare(datashare, schema, table); err != nil {
		w.t.Fatal(err)
	}
}

// modelWorld is the warehouse of testdata/redshift/rows.txt.
func modelWorld(t *testing.T) modelled {
	t.Helper()
	world := redshift.New()
	spec := func(account, name, id string) redshift.Warehouse {
		return redshift.Warehouse{Account: account, Name: name, Namespace: id, Slices: 4, Version: "1.0.78890"}
	}
	etl := modelled{world.AddCluster(spec(accountID, "etl", "11111111-1111-4111-8111-111111111111")), t}
	sibling := modelled{world.AddWorkgroup(spec(accountID, "sibling", "22222222-2222-4222-8222-222222222222")), t}
	partner := modelled{world.AddWorkgroup(spec("444455556666", "partner", "44444444-4444-4444-8444-444444444444")), t}
	etl.addObjects()
	etl.addIdentities()
	etl.addDatashares(sibling)

	for _, w := range []modelled{sibling, partner} {
		w.AddTable("dev", "public", "films", redshift.TableOptions{})
		w.run("dev", redshiftsql.CreateDatashare{Name: "films_ds"})
	}
	partner.added("films_ds", "public", "")
	partner.added("films_ds", "public", "films")
	films := redshiftsql.Object{Scope: redshiftsql.OnDatashare, Name: "films_ds"}
	sibling.run("dev", grant(films, grantee(redshiftsql.Namespace, etl.Namespace), "USAGE"))
	partner.run("dev", grant(films, grantee(redshiftsql.Account, accountID), "USAGE"))
	arn := partner.ShareARN("films_ds")
	if _, err := world.Authorize(partner.Account, arn, accountID, false); err != nil {
		t.Fatal(err)
	}
	if _, err := world.Associate(accountID, arn, redshift.Consumer{EntireAccount: true}, false); err != nil {
		t.Fatal(err)
	}
	etl.run("dev", redshiftsql.CreateDatabase{
		Name: "partner_db", WithPermissions: true, Datashare: "films_ds", Account: partner.Account, Namespace: partner.Namespace,
	}, grant(onDatabase("partner_db"), toRole("analyst"), "USAGE"))
	return etl
}

func (w modelled) addObjects() {
	w.AddDatabase("prod", "")
	w.AddDatabase("prod2", "")
	w.AddDatabase("legacy", "Serializable")
	w.AddSchema("prod2", "decoy")
	w.AddTable("prod", "etl", "orders", redshift.TableOptions{RowSecurity: true})
	w.SetRowSecurity("prod", "etl", "orders", true, false)
	w.AddTable("prod", "etl", "audit", redshift.TableOptions{Identity: []string{"id"}, Mask: "mask_note", MaskingOff: true})
	w.AddTable("prod", "etl", "events", redshift.TableOptions{Interleaved: []string{"a", "b", "c", "d"}})
	w.AddTable("prod", "etl", "daily", redshift.TableOptions{View: true})
	w.AddTable("prod", "public", "customers", redshift.TableOptions{Mask: "mask_card", RowSecurity: true})
	w.AddTable("prod", `o'hara "x" \ ü`, "100 %; --", redshift.TableOptions{})
	w.AddTable("legacy", "etl_old", "orders", redshift.TableOptions{Interleaved: []string{"a", "id"}, RowSecurity: true})
	w.AddFunction("prod", "etl", "tax", "integer", "character varying")
	w.AddFunction("prod", "etl", "tax", "integer")
	w.AddFunction("prod", "etl", "now_utc")
	w.AddFunction("legacy", "etl_old", "tax", "integer")
}

func (w modelled) addIdentities() {
	w.AddUser("IAMR:etl", true)
	w.AddUser("IAMR:bob", false)
	w.AddGroup("loaders", "alice", "IAMR:bob")
	w.AddUser("alice", false)
	w.AddGroup("writers", "alice")
	w.run("prod", redshiftsql.CreateRole{Name: "analyst"}, redshiftsql.CreateRole{Name: "loader"}, redshiftsql.CreateRole{Name: "Ärzte"},
		redshiftsql.GrantRole{Role: "analyst", Grantee: toUser("alice")},
		redshiftsql.GrantRole{Role: "loader", Grantee: toUser("alice")},
		redshiftsql.GrantRole{Role: "loader", Grantee: toUser("IAMR:bob")},
		redshiftsql.GrantRole{Role: "analyst", Grantee: toRole("loader")},
		redshiftsql.GrantRole{Role: "loader", Grantee: toRole("Ärzte")},
		grant(onDatabase("prod"), toUser("alice"), "CREATE"),
		grant(onSchema("prod"), toUser("IAMR:bob"), "USAGE"),
		grant(onTable("prod"), toRole("analyst"), "SELECT"),
		grant(onTable("prod"), toUser("alice"), "SELECT"),
		grant(redshiftsql.Object{Scope: redshiftsql.OnTable, Database: "prod", Schema: `o'hara "x" \ ü`, Name: "100 %; --"}, toUser("alice"), "UPDATE"),
		grant(redshiftsql.Object{Scope: redshiftsql.OnFunction, Database: "prod", Schema: "etl", Name: "tax", Arguments: []string{"integer"}}, toRole("analyst"), "EXECUTE"),
	)
	w.SetGrant("CREATE", redshiftsql.Object{Scope: redshiftsql.OnSchema, Database: "prod", Schema: "public"}, "GROUP writers", true)
}

func (w modelled) addDatashares(sibling modelled) {
	w.run("prod", redshiftsql.CreateDatashare{Name: "sales_ds"}, redshiftsql.CreateDatashare{Name: "adx_ds", PublicAccessible: true})
	w.SetManagedBy("adx_ds", "ADX")
	w.added("adx_ds", "public", "")
	w.added("sales_ds", "etl", "")
	w.added("sales_ds", "etl", "audit")
	w.SetIncludeNew("sales_ds", "etl", true)
	w.run("prod",
		grant(onTable("prod"), toShare, "INSERT", "SELECT"),
		grant(onFunction, toShare, "EXECUTE"),
		grant(forAll(redshiftsql.ForSchemas, "prod", ""), toShare, "USAGE"),
		grant(forAll(redshiftsql.ForTables, "prod", ""), toShare, "INSERT", "SELECT"),
		grant(forAll(redshiftsql.ForTables, "prod", "etl"), toShare, "SELECT"),
		grant(forAll(redshiftsql.ForFunctions, "prod", "etl"), toShare, "EXECUTE"),
		grant(onDatashare, grantee(redshiftsql.Namespace, sibling.Namespace), "USAGE"),
		grant(onDatashare, grantee(redshiftsql.Namespace, "33333333-3333-4333-8333-333333333333"), "USAGE"),
		grant(onDatashare, grantee(redshiftsql.Account, "777788889999"), "USAGE"),
	)
}

// The in-process model answers the queries as PostgreSQL does over the views that were
// filled by hand: the same rows in the same order, of the same types.
func TestRedshiftModelAnswersAsPostgres(t *testing.T) {
	db := redshiftFixture(t, "rows.txt")
	w := modelWorld(t)
	session := redshift.Session{Database: "prod", User: "IAMR:etl"}
	for _, q := range redshiftsql.Queries() {
		for _, database := range []string{"prod", "legacy", "prod2", "partner_db", "nowhere"} {
			if len(q.Parameters) == 0 && database != "prod" {
				continue
			}
			values := map[string]string{"database": database}
			want := runQuery(t, db, q, values)
			out := w.Run(session, []string{q.SQL}, values, false)[0]
			if out.Err != nil {
				t.Errorf("%s: %v", q.Name, out.Err)
				continue
			}
			if !slices.EqualFunc(out.Result.Rows, want, func(a, b []any) bool { return reflect.DeepEqual(a, b) }) {
				t.Errorf("%s of %s: the model answers\n%sPostgreSQL\n%s", q.Name, database, rowsText(out.Result.Rows), rowsText(want))
			}
			var columns []redshiftsql.Column
			for _, c := range out.Result.Columns {
				columns = append(columns, redshiftsql.Column(c))
			}
			if !slices.Equal(columns, q.Columns) {
				t.Errorf("%s: the model has the columns %v, want %v", q.Name, columns, q.Columns)
			}
		}
	}
}
