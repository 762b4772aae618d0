package integration_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

const (
	namespaceID = "13b8833d-17c6-4f16-8fe4-1a018f5ed00d"
	accountID   = "111122223333"
)

// documented are statements of the forms that pages of the Database Developer Guide show,
// with names of our own, and the statement of this library that says the same. What its
// text adds, the documented grammar has as optional: more of a name, or what is the default.
var documented = []struct {
	page, text string
	same       redshiftsql.Statement
	adds       string
}{
	{"r_GRANT-examples", "grant select on table etl.orders to fred", grant(onTable("prod"), toUser("fred"), "SELECT"), "prod ."},
	{"r_GRANT-examples", "grant drop on table etl.orders to fred", grant(onTable("prod"), toUser("fred"), "DROP"), "prod ."},
	{"r_GRANT-examples", "GRANT USAGE ON DATASHARE sales_ds TO NAMESPACE '" + namespaceID + "'", grant(onDatashare, grantee(redshiftsql.Namespace, namespaceID), "USAGE"), ""},
	{"r_GRANT", "GRANT USAGE ON DATASHARE sales_ds TO ACCOUNT '" + accountID + "'", grant(onDatashare, grantee(redshiftsql.Account, accountID), "USAGE"), ""},
	{"r_GRANT", "GRANT SHARE ON DATASHARE sales_ds TO fred", grant(onDatashare, toUser("fred"), "SHARE"), ""},
	{"r_GRANT", "GRANT ALTER ON DATASHARE sales_ds TO ROLE analyst", grant(onDatashare, toRole("analyst"), "ALTER"), ""},
	{"r_GRANT-examples", "GRANT USAGE ON DATABASE sales_db TO fred", grant(onDatabase("sales_db"), toUser("fred"), "USAGE"), ""},
	{"r_GRANT-examples", "GRANT USAGE ON SCHEMA etl TO ROLE analyst", grant(onSchema("sales_db"), toRole("analyst"), "USAGE"), "sales_db ."},
	{"r_GRANT-examples", "GRANT SELECT ON sales_db.etl.orders to fred", grant(onTable("sales_db"), toUser("fred"), "SELECT"), "table"},
	{"r_GRANT-examples", "GRANT USAGE FOR SCHEMAS IN DATABASE sales_db TO ROLE analyst", grant(forAll(redshiftsql.ForSchemas, "sales_db", ""), toRole("analyst"), "USAGE"), ""},
	{"r_GRANT-examples", "GRANT SELECT FOR TABLES IN DATABASE sales_db TO fred", grant(forAll(redshiftsql.ForTables, "sales_db", ""), toUser("fred"), "SELECT"), ""},
	{"r_GRANT-examples", "GRANT EXECUTE FOR FUNCTIONS IN SCHEMA etl TO fred", grant(forAll(redshiftsql.ForFunctions, "prod", "etl"), toUser("fred"), "EXECUTE"), "database prod"},
	{"r_GRANT-examples", "GRANT SELECT FOR TABLES IN SCHEMA etl DATABASE sales_db TO ROLE analyst", grant(forAll(redshiftsql.ForTables, "sales_db", "etl"), toRole("analyst"), "SELECT"), ""},
	{"r_GRANT", "GRANT EXECUTE ON FUNCTION etl.tax (integer, varchar) TO ROLE analyst", grant(onFunction, toRole("analyst"), "EXECUTE"), "prod ."},
	{"r_GRANT-examples", "GRANT ROLE loader TO fred", redshiftsql.GrantRole{Role: "loader", Grantee: toUser("fred")}, ""},
	{"r_GRANT-examples", "GRANT ROLE loader TO ROLE analyst", redshiftsql.GrantRole{Role: "loader", Grantee: toRole("analyst")}, ""},

	{"writes-adding-datashare", "GRANT USAGE ON SCHEMA etl TO DATASHARE sales_ds", grant(onSchema("prod"), toShare, "USAGE"), "prod ."},
	{"writes-adding-datashare", "GRANT CREATE, USAGE ON SCHEMA etl TO DATASHARE sales_ds", grant(onSchema("prod"), toShare, "CREATE", "USAGE"), "prod ."},
	{"writes-adding-datashare", "GRANT SELECT, INSERT ON TABLE etl.orders TO DATASHARE sales_ds", grant(onTable("prod"), toShare, "INSERT", "SELECT"), "prod ."},
	{"writes-adding-datashare", "GRANT CREATE, USAGE, ALTER, DROP FOR SCHEMAS IN DATABASE prod TO DATASHARE sales_ds", grant(forAll(redshiftsql.ForSchemas, "prod", ""), toShare, "ALTER", "CREATE", "DROP", "USAGE"), ""},
	{
		"writes-adding-datashare", "GRANT SELECT, INSERT, UPDATE, DELETE, DROP, ALTER, TRUNCATE, REFERENCES FOR TABLES IN SCHEMA etl DATABASE prod TO DATASHARE sales_ds",
		grant(forAll(redshiftsql.ForTables, "prod", "etl"), toShare, "ALTER", "DELETE", "DROP", "INSERT", "REFERENCES", "SELECT", "TRUNCATE", "UPDATE"), "",
	},
	{"writes-adding-datashare", "GRANT EXECUTE FOR FUNCTIONS IN DATABASE prod TO DATASHARE sales_ds", grant(forAll(redshiftsql.ForFunctions, "prod", ""), toShare, "EXECUTE"), ""},

	{"r_REVOKE-examples", "revoke select on table etl.orders from fred", revoke(onTable("prod"), toUser("fred"), "SELECT"), "prod ."},
	{"r_REVOKE-examples", "REVOKE USAGE ON DATASHARE sales_ds FROM NAMESPACE '" + namespaceID + "'", revoke(onDatashare, grantee(redshiftsql.Namespace, namespaceID), "USAGE"), ""},
	{"r_REVOKE", "REVOKE USAGE ON DATASHARE sales_ds FROM ACCOUNT '" + accountID + "'", revoke(onDatashare, grantee(redshiftsql.Account, accountID), "USAGE"), ""},
	{"r_REVOKE-examples", "REVOKE USAGE ON DATABASE sales_db FROM fred", revoke(onDatabase("sales_db"), toUser("fred"), "USAGE"), ""},
	{"r_REVOKE-examples", "REVOKE USAGE ON SCHEMA etl FROM ROLE analyst", revoke(onSchema("sales_db"), toRole("analyst"), "USAGE"), "sales_db ."},
	{"r_REVOKE-examples", "REVOKE USAGE FOR SCHEMAS IN DATABASE sales_db FROM ROLE analyst", revoke(forAll(redshiftsql.ForSchemas, "sales_db", ""), toRole("analyst"), "USAGE"), ""},
	{"r_REVOKE-examples", "REVOKE EXECUTE FOR FUNCTIONS IN SCHEMA etl FROM fred", revoke(forAll(redshiftsql.ForFunctions, "prod", "etl"), toUser("fred"), "EXECUTE"), "database prod"},
	{"r_REVOKE-examples", "REVOKE ROLE loader FROM ROLE analyst", redshiftsql.GrantRole{Revoke: true, Role: "loader", Grantee: toRole("analyst")}, ""},
	{"r_REVOKE-examples", "REVOKE ROLE loader FROM fred", redshiftsql.GrantRole{Revoke: true, Role: "loader", Grantee: toUser("fred")}, ""},

	{"r_CREATE_DATASHARE", "CREATE DATASHARE sales_ds", redshiftsql.CreateDatashare{Name: "sales_ds"}, "set publicaccessible false"},
	{"r_CREATE_DATASHARE", "CREATE DATASHARE sales_ds SET PUBLICACCESSIBLE TRUE", redshiftsql.CreateDatashare{Name: "sales_ds", PublicAccessible: true}, ""},
	{"r_ALTER_DATASHARE", "ALTER DATASHARE sales_ds SET PUBLICACCESSIBLE FALSE", redshiftsql.AlterDatashare{Name: "sales_ds"}, ""},
	{"r_DROP_DATASHARE", "DROP DATASHARE sales_ds", redshiftsql.DropDatashare{Name: "sales_ds"}, ""},
	{"r_CREATE_ROLE", "CREATE ROLE analyst", redshiftsql.CreateRole{Name: "analyst"}, ""},
	{"r_DROP_ROLE", "DROP ROLE analyst", redshiftsql.DropRole{Name: "analyst"}, ""},
	{
		"r_CREATE_DATABASE", "CREATE DATABASE sales_db FROM DATASHARE sales_ds OF NAMESPACE '" + namespaceID + "'",
		redshiftsql.CreateDatabase{Name: "sales_db", Datashare: "sales_ds", Namespace: namespaceID}, "",
	},
	{
		"r_CREATE_DATABASE", "CREATE DATABASE sales_db WITH PERMISSIONS FROM DATASHARE sales_ds OF ACCOUNT '" + accountID + "' NAMESPACE '" + namespaceID + "'",
		redshiftsql.CreateDatabase{Name: "sales_db", WithPermissions: true, Datashare: "sales_ds", Account: accountID, Namespace: namespaceID}, "",
	},
	{"r_DROP_DATABASE", "drop database sales_db", redshiftsql.DropDatabase{Name: "sales_db"}, ""},

	{"r_SHOW_GRANTS", "SHOW GRANTS on database sales_db", showOn(onDatabase("sales_db")), ""},
	{"r_SHOW_GRANTS", "SHOW GRANTS ON SCHEMA etl", showOn(onSchema("sales_db")), "sales_db ."},
	{"r_SHOW_GRANTS", "SHOW GRANTS ON TABLE sales_db.etl.orders", showOn(onTable("sales_db")), ""},
	{"r_SHOW_GRANTS", "SHOW GRANTS FOR fred FROM DATABASE sales_db", showFor(toUser("fred")), ""},
	{"r_SHOW_GRANTS", "SHOW GRANTS FOR ROLE analyst FROM DATABASE sales_db", showFor(toRole("analyst")), ""},
	{"r_SHOW", "show enable_case_sensitive_identifier", redshiftsql.ShowSetting{Name: "enable_case_sensitive_identifier"}, ""},
}

var (
	onDatashare = redshiftsql.Object{Scope: redshiftsql.OnDatashare, Name: "sales_ds"}
	onFunction  = redshiftsql.Object{Scope: redshiftsql.OnFunction, Database: "prod", Schema: "etl", Name: "tax", Arguments: []string{"integer", "varchar"}}
	toShare     = grantee(redshiftsql.Datashare, "sales_ds")
)

func onDatabase(database string) redshiftsql.Object {
	return redshiftsql.Object{Scope: redshiftsql.OnDatabase, Database: database}
}

func onSchema(database string) redshiftsql.Object {
	return redshiftsql.Object{Scope: redshiftsql.OnSchema, Database: database, Schema: "etl"}
}

func onTable(database string) redshiftsql.Object {
	return redshiftsql.Object{Scope: redshiftsql.OnTable, Database: database, Schema: "etl", Name: "orders"}
}

func forAll(scope redshiftsql.Scope, database, schema string) redshiftsql.Object {
	return redshiftsql.Object{Scope: scope, Database: database, Schema: schema}
}

func grantee(kind redshiftsql.GranteeType, name string) redshiftsql.Grantee {
	return redshiftsql.Grantee{Type: kind, Name: name}
}

func toUser(name string) redshiftsql.Grantee { return grantee(redshiftsql.User, name) }
func toRole(name string) redshiftsql.Grantee { return grantee(redshiftsql.Role, name) }

func grant(on redshiftsql.Object, to redshiftsql.Grantee, privileges ...string) redshiftsql.Grant {
	return redshiftsql.Grant{Privileges: privileges, Object: on, Grantee: to}
}

func revoke(on redshiftsql.Object, from redshiftsql.Grantee, privileges ...string) redshiftsql.Grant {
	return redshiftsql.Grant{Revoke: true, Privileges: privileges, Object: on, Grantee: from}
}

func showOn(on redshiftsql.Object) redshiftsql.ShowGrants { return redshiftsql.ShowGrants{On: &on} }

func showFor(who redshiftsql.Grantee) redshiftsql.ShowGrants {
	return redshiftsql.ShowGrants{For: &who, Database: "sales_db"}
}

var grammarToken = regexp.MustCompile(`"[^"]*"|'[^']*'|\w+|[^\s\w]`)

// grammarTokens are the tokens of a statement, whatever the case and the quotation marks
// of names and the order of privileges.
func grammarTokens(text string) []string {
	tokens := grammarToken.FindAllString(text, -1)
	for i, token := range tokens {
		tokens[i] = strings.ToLower(strings.Trim(token, `"`))
	}
	object := slices.IndexFunc(tokens, func(token string) bool { return token == "on" || token == "for" })
	if len(tokens) > 0 && (tokens[0] == "grant" || tokens[0] == "revoke") && object > 0 {
		slices.Sort(tokens[1:object])
	}
	return tokens
}

// added returns the tokens that a text has beside those of another, in their order; false
// if it lacks one of them.
func added(text, beside string) ([]string, bool) {
	var extra []string
	rest := grammarTokens(beside)
	for _, token := range grammarTokens(text) {
		if len(rest) > 0 && rest[0] == token {
			rest = rest[1:]
		} else {
			extra = append(extra, token)
		}
	}
	return extra, len(rest) == 0
}

// Each statement has a documented form, with no more than what is optional there.
func TestRedshiftDocumentedGrammar(t *testing.T) {
	tried := map[string]bool{}
	for _, d := range documented {
		if err := d.same.Check(); err != nil {
			t.Errorf("%s: %s: %v", d.page, d.text, err)
			continue
		}
		text := d.same.String()
		if extra, ok := added(text, d.text); !ok || strings.Join(extra, " ") != d.adds {
			t.Errorf("%s: %s\nis %s\nwhich adds %q, want %q", d.page, d.text, text, extra, d.adds)
		}
		if parsed, err := redshiftsql.Parse(text); err != nil || !reflect.DeepEqual(parsed, d.same) {
			t.Errorf("%s\nis taken for %#v, %v", text, parsed, err)
		}
		tried[strings.Join(grammarTokens(text)[:2], " ")] = true
	}
	for _, form := range []string{"create database", "create datashare", "create role", "alter datashare", "drop database", "drop datashare", "drop role", "show grants"} {
		if !tried[form] {
			t.Errorf("%s is not tried", form)
		}
	}
}

// Statements that the manual shows, and that this library never sends: they are refused,
// and no form of writing lets one through.
func TestRedshiftDocumentedButRefused(t *testing.T) {
	for _, text := range []string{
		`GRANT ALL ON TABLE "prod"."etl"."orders" TO "fred"`,
		`GRANT ALL PRIVILEGES FOR TABLES IN SCHEMA "etl" DATABASE "prod" TO ROLE "analyst"`,
		`GRANT SELECT ON ALL TABLES IN SCHEMA "prod"."etl" TO DATASHARE "sales_ds"`,
		`GRANT SELECT ON TABLE "prod"."etl"."orders", "prod"."etl"."audit" TO DATASHARE "sales_ds"`,
		`GRANT SELECT ON TABLE "prod"."etl"."orders" TO GROUP "writers"`,
		`GRANT SELECT ON TABLE "prod"."etl"."orders" TO "fred", "alice"`,
		`GRANT SELECT ON TABLE "prod"."etl"."orders" TO PUBLIC`,
		`GRANT SELECT ON TABLE "prod"."etl"."orders" TO "fred" WITH GRANT OPTION`,
		`GRANT SELECT ("a", "b") ON TABLE "prod"."etl"."orders" TO "fred"`,
		`GRANT SELECT ON "prod"."etl"."orders" TO "fred"`,
		`GRANT SELECT ON TABLE "etl"."orders" TO "fred"`,
		`GRANT SELECT ON TABLE prod.etl.orders TO fred`,
		`grant select on table "prod"."etl"."orders" to "fred"`,
		`GRANT SELECT ON TABLE "prod"."etl"."orders" TO "fred";`,
		`GRANT SELECT, INSERT ON TABLE "prod"."etl"."orders" TO "fred"`,
		`GRANT SELECT FOR TABLES IN SCHEMA "prod"."etl" TO ROLE "analyst"`,
		`GRANT SELECT FOR TABLES IN SCHEMA "etl" TO ROLE "analyst"`,
		`GRANT USAGE FOR LANGUAGES IN DATABASE "prod" TO ROLE "analyst"`,
		`GRANT EXECUTE ON PROCEDURE "prod"."etl"."load"() TO ROLE "analyst"`,
		`GRANT USAGE ON LANGUAGE "plpgsql" TO ROLE "analyst"`,
		`GRANT ASSUMEROLE ON 'arn:aws:iam::111122223333:role/Redshift' TO "fred" FOR COPY`,
		`GRANT USAGE ON DATASHARE "sales_ds" TO ACCOUNT '111122223333' VIA DATA CATALOG`,
		`GRANT USAGE ON DATASHARE "sales_ds" TO NAMESPACE "13b8833d-17c6-4f16-8fe4-1a018f5ed00d"`,
		`GRANT USAGE ON DATASHARE "sales_ds" TO NAMESPACE 13b8833d-17c6-4f16-8fe4-1a018f5ed00d`,
		`GRANT ALTER, SHARE ON DATASHARE "sales_ds" TO "fred"`,
		`GRANT ROLE "loader" TO "fred" WITH ADMIN OPTION`,
		`GRANT ROLE "loader", ROLE "analyst" TO "fred"`,
		`GRANT ROLE sys:dba TO "fred"`,
		`GRANT CREATE USER TO ROLE "analyst"`,
		`GRANT IGNORE RLS TO ROLE "analyst"`,
		`REVOKE GRANT OPTION FOR SELECT ON TABLE "prod"."etl"."orders" FROM "fred"`,
		`REVOKE ADMIN OPTION FOR ROLE "loader" FROM "fred"`,
		`REVOKE SELECT ON TABLE "prod"."etl"."orders" FROM "fred" RESTRICT`,
		`REVOKE USAGE ON DATASHARE "sales_ds" FROM NAMESPACE '13b8833d-17c6-4f16-8fe4-1a018f5ed00d', ACCOUNT '111122223333'`,
		`CREATE DATASHARE "sales_ds"`,
		`CREATE DATASHARE "sales_ds" PUBLICACCESSIBLE = TRUE`,
		`CREATE DATASHARE "sales_ds" SET PUBLICACCESSIBLE TRUE, MANAGEDBY ADX`,
		`ALTER DATASHARE "sales_ds" ADD SCHEMA "etl"`,
		`ALTER DATASHARE "sales_ds" ADD TABLE "etl"."orders"`,
		`ALTER DATASHARE "sales_ds" REMOVE TABLE "etl"."orders"`,
		`ALTER DATASHARE "sales_ds" SET INCLUDENEW = TRUE FOR SCHEMA "etl"`,
		`CREATE ROLE "analyst" EXTERNALID "ABC123"`,
		`DROP ROLE "analyst" FORCE`,
		`DROP DATABASE "sales_db" FORCE`,
		`CREATE DATABASE "sales_db"`,
		`CREATE DATABASE "sales_db" FROM DATASHARE "sales_ds" OF NAMESPACE 13b8833d-17c6-4f16-8fe4-1a018f5ed00d`,
		`CREATE DATABASE "sales_db" FROM INTEGRATION '13b8833d-17c6-4f16-8fe4-1a018f5ed00d'`,
		`SHOW GRANTS FOR "fred"`,
		`SHOW GRANTS ON TABLE "prod"."etl"."orders" FOR "fred"`,
		`SHOW GRANTS ON DATABASE "prod" LIMIT 10`,
		`SHOW DATASHARES`,
		`SHOW ALL`,
		`USE "sales_db"`,
	} {
		if s, err := redshiftsql.Parse(text); err == nil {
			t.Errorf("%s\nis taken for %#v", text, s)
		}
	}
}
