package redshiftsql

import (
	"reflect"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

const guid = "13b8833d-17c6-4f16-8fe4-1a018f5ed00d"

// shapes is every shape of every statement, under the name of what it does.
func shapes() []shape {
	return []shape{
		{"database, to a user", Grant{Privileges: []string{"USAGE"}, Object: Object{Scope: OnDatabase, Database: "sales_db"}, Grantee: Grantee{User, "IAM:alice@example.com"}}},
		{"database, to a role", Grant{Privileges: []string{"CREATE", "TEMP", "USAGE"}, Object: Object{Scope: OnDatabase, Database: "sales_db"}, Grantee: Grantee{Role, "analyst"}}},
		{"schema, to a datashare", Grant{Privileges: []string{"CREATE", "USAGE"}, Object: Object{Scope: OnSchema, Database: "prod", Schema: "etl"}, Grantee: Grantee{Datashare, "sales_ds"}}},
		{"table, to a datashare", Grant{Privileges: []string{"INSERT", "SELECT"}, Object: Object{Scope: OnTable, Database: "prod", Schema: "etl", Name: "audit"}, Grantee: Grantee{Datashare, "sales_ds"}}},
		{"every privilege on a table", Grant{Privileges: Privileges(OnTable, Role), Object: Object{Scope: OnTable, Database: "prod", Schema: "etl", Name: "audit"}, Grantee: Grantee{Role, "analyst"}}},
		{"function without arguments", Grant{Privileges: []string{"EXECUTE"}, Object: Object{Scope: OnFunction, Database: "prod", Schema: "etl", Name: "f_now"}, Grantee: Grantee{Datashare, "sales_ds"}}},
		{"function with arguments", Grant{Privileges: []string{"EXECUTE"}, Object: Object{Scope: OnFunction, Database: "prod", Schema: "etl", Name: "f", Arguments: []string{"integer", "character varying(20)", "numeric(10,2)", "double precision", "timestamp with time zone"}}, Grantee: Grantee{Role, "analyst"}}},
		{"all schemas of a database", Grant{Privileges: []string{"USAGE"}, Object: Object{Scope: ForSchemas, Database: "prod"}, Grantee: Grantee{Datashare, "sales_ds"}}},
		{"all tables of a schema", Grant{Privileges: []string{"SELECT"}, Object: Object{Scope: ForTables, Database: "prod", Schema: "etl"}, Grantee: Grantee{Role, "analyst"}}},
		{"all tables of a database", Grant{Privileges: []string{"DELETE", "INSERT"}, Object: Object{Scope: ForTables, Database: "prod"}, Grantee: Grantee{Datashare, "sales_ds"}}},
		{"all functions of a schema", Grant{Privileges: []string{"EXECUTE"}, Object: Object{Scope: ForFunctions, Database: "prod", Schema: "etl"}, Grantee: Grantee{User, "alice"}}},
		{"all functions of a database", Grant{Privileges: []string{"EXECUTE"}, Object: Object{Scope: ForFunctions, Database: "prod"}, Grantee: Grantee{Datashare, "sales_ds"}}},
		{"datashare, to a namespace", Grant{Privileges: []string{"USAGE"}, Object: Object{Scope: OnDatashare, Name: "sales_ds"}, Grantee: Grantee{Namespace, guid}}},
		{"datashare, to an account", Grant{Privileges: []string{"USAGE"}, Object: Object{Scope: OnDatashare, Name: "sales_ds"}, Grantee: Grantee{Account, "111122223333"}}},
		{"sharing of a datashare, to a role", Grant{Privileges: []string{"SHARE"}, Object: Object{Scope: OnDatashare, Name: "sales_ds"}, Grantee: Grantee{Role, "steward"}}},
		{"table, back from a datashare", Grant{Revoke: true, Privileges: []string{"INSERT"}, Object: Object{Scope: OnTable, Database: "prod", Schema: "etl", Name: "audit"}, Grantee: Grantee{Datashare, "sales_ds"}}},
		{"tables, back from a user", Grant{Revoke: true, Privileges: []string{"SELECT"}, Object: Object{Scope: ForTables, Database: "prod", Schema: "etl"}, Grantee: Grantee{User, "alice"}}},
		{"datashare, back from a namespace", Grant{Revoke: true, Privileges: []string{"USAGE"}, Object: Object{Scope: OnDatashare, Name: "sales_ds"}, Grantee: Grantee{Namespace, guid}}},
		{"names of anything", Grant{Privileges: []string{"SELECT"}, Object: Object{Scope: OnTable, Database: `a "b"`, Schema: `c.d`, Name: `e\'; DROP`}, Grantee: Grantee{User, `f--/*`}}},

		{"role, to a role", GrantRole{Role: "writer", Grantee: Grantee{Role, "analyst"}}},
		{"role, back from a user", GrantRole{Revoke: true, Role: "writer", Grantee: Grantee{User, "alice"}}},
		{"make a role", CreateRole{Name: "analyst"}},
		{"remove a role", DropRole{Name: "analyst"}},

		{"make a datashare", CreateDatashare{Name: "sales_ds"}},
		{"make a datashare for the public", CreateDatashare{Name: "sales_ds", PublicAccessible: true}},
		{"close a datashare to the public", AlterDatashare{Name: "sales_ds"}},
		{"open a datashare to the public", AlterDatashare{Name: "sales_ds", PublicAccessible: true}},
		{"remove a datashare", DropDatashare{Name: "sales_ds"}},

		{"make a database", CreateDatabase{Name: "sales_db", WithPermissions: true, Datashare: "sales_ds", Namespace: guid}},
		{"make a database of another account's", CreateDatabase{Name: "sales_db", WithPermissions: true, Datashare: "sales_ds", Account: "111122223333", Namespace: guid}},
		{"make a database without permissions", CreateDatabase{Name: "sales_db", Datashare: "sales_ds", Namespace: guid}},
		{"remove a database", DropDatabase{Name: "sales_db"}},

		{"grants on a database", ShowGrants{On: &Object{Scope: OnDatabase, Database: "sales_db"}}},
		{"grants on a schema", ShowGrants{On: &Object{Scope: OnSchema, Database: "sales_db", Schema: "etl"}}},
		{"grants on a table", ShowGrants{On: &Object{Scope: OnTable, Database: "sales_db", Schema: "etl", Name: "audit"}}},
		{"grants on a function", ShowGrants{On: &Object{Scope: OnFunction, Database: "sales_db", Schema: "etl", Name: "f", Arguments: []string{"integer"}}}},
		{"grants of a user", ShowGrants{For: &Grantee{User, "IAMR:analyst"}, Database: "sales_db"}},
		{"grants of a role", ShowGrants{For: &Grantee{Role, "analyst"}, Database: "sales_db"}},
		{"grants of a role of Redshift", ShowGrants{For: &Grantee{Role, "ds:sales_ds"}, Database: "prod"}},
		{"setting", ShowSetting{Name: "enable_case_sensitive_identifier"}},
		{"label", SetQueryGroup{Group: "awspatterns-harvest"}},
		{"label of anything", SetQueryGroup{Group: `it's \ "é"`}},
	}
}

type shape struct {
	name      string
	statement Statement
}

func TestStatements(t *testing.T) {
	var b strings.Builder
	kinds := map[reflect.Type]bool{}
	for _, s := range shapes() {
		if err := s.statement.Check(); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		kinds[reflect.TypeOf(s.statement)] = true
		b.WriteString("-- " + s.name + "\n" + s.statement.String() + "\n")
	}
	golden.Equal(t, "testdata/statements.sql", b.String())
	if len(kinds) != 12 {
		t.Errorf("shapes of %d types of statements", len(kinds))
	}
}

// TestRefused has a statement for each rule of Check. None has a text.
func TestRefused(t *testing.T) {
	table := Object{Scope: OnTable, Database: "d", Schema: "s", Name: "t"}
	role := Grantee{Role, "r"}
	to := func(g Grantee, on Object, privileges ...string) Grant {
		return Grant{Privileges: privileges, Object: on, Grantee: g}
	}
	on := func(change func(*Object)) Grant {
		o := table
		change(&o)
		return to(role, o, "SELECT")
	}
	tests := []struct {
		name      string
		statement Statement
		want      string
	}{
		{"no privilege", to(role, table), "no privilege is named, of ALTER, DELETE"},
		{"all", to(role, table, "ALL"), `"ALL" cannot be granted on TABLE`},
		{"lower case", to(role, table, "select"), `"select" cannot be granted`},
		{"wrong scope", to(role, table, "USAGE"), `"USAGE" cannot be granted on TABLE to ROLE`},
		{"unsorted", to(role, table, "SELECT", "INSERT"), "privilege INSERT after SELECT: list them sorted"},
		{"twice", to(role, table, "SELECT", "SELECT"), "each once"},
		{"injected privilege", to(role, table, "SELECT ON x TO y; --"), "cannot be granted"},
		{"table to a namespace", to(Grantee{Namespace, guid}, table, "SELECT"), "nothing on TABLE can be granted to NAMESPACE"},
		{"database to a datashare", to(Grantee{Datashare, "d"}, Object{Scope: OnDatabase, Database: "d"}, "USAGE"), "nothing on DATABASE can be granted to DATASHARE"},
		{"scoped to an account", to(Grantee{Account, "111122223333"}, Object{Scope: ForTables, Database: "d"}, "SELECT"), "nothing on TABLES can be granted to ACCOUNT"},
		{"datashare to a datashare", to(Grantee{Datashare, "d"}, Object{Scope: OnDatashare, Name: "d"}, "USAGE"), "nothing on DATASHARE can be granted to DATASHARE"},
		{"usage of a datashare to a role", to(role, Object{Scope: OnDatashare, Name: "d"}, "USAGE"), "but ALTER, SHARE"},
		{"two privileges on a datashare", to(role, Object{Scope: OnDatashare, Name: "d"}, "ALTER", "SHARE"), "one at a time"},
		{"alter of a datashare to a namespace", to(Grantee{Namespace, guid}, Object{Scope: OnDatashare, Name: "d"}, "ALTER"), "but USAGE"},

		{"no scope", on(func(o *Object) { o.Scope = "" }), `scope "": not one of a statement`},
		{"unknown scope", on(func(o *Object) { o.Scope = "PROCEDURE" }), `scope "PROCEDURE"`},
		{"no database", on(func(o *Object) { o.Database = "" }), "database: the name is empty"},
		{"no schema", on(func(o *Object) { o.Schema = "" }), "schema: the name is empty"},
		{"no table", on(func(o *Object) { o.Name = "" }), "table: the name is empty"},
		{"table in all tables", on(func(o *Object) { o.Scope = ForTables }), `tables "t": has no place`},
		{"schema of all schemas", on(func(o *Object) { o.Scope, o.Name = ForSchemas, "" }), `schema "s": has no place`},
		{"database of a datashare", to(role, Object{Scope: OnDatashare, Name: "d", Database: "x"}, "SHARE"), `database "x": has no place`},
		{"arguments of a table", on(func(o *Object) { o.Arguments = []string{"integer"} }), "arguments: have no place"},
		{"argument that is no type", to(role, Object{Scope: OnFunction, Database: "d", Schema: "s", Name: "f", Arguments: []string{"integer) TO PUBLIC; --"}}, "EXECUTE"), "argument type"},
		{"33 arguments", to(role, Object{Scope: OnFunction, Database: "d", Schema: "s", Name: "f", Arguments: make([]string, 33)}, "EXECUTE"), "33 arguments"},

		{"no grantee", to(Grantee{}, table, "SELECT"), `grantee type "": not one`},
		{"group", to(Grantee{"GROUP", "g"}, table, "SELECT"), `grantee type "GROUP"`},
		{"public user", to(Grantee{User, "PUBLIC"}, table, "SELECT"), "that is PUBLIC, everybody"},
		{"public role", to(Grantee{Role, "Public"}, table, "SELECT"), "that is PUBLIC, everybody"},
		{"system role", to(Grantee{Role, "SYS:dba"}, table, "SELECT"), "names that begin with sys: are Redshift's own"},
		{"role of a datashare", to(Grantee{Role, "ds:x"}, table, "SELECT"), "names that begin with ds:"},
		{"user of a datashare", to(Grantee{User, "ds:x_1"}, table, "SELECT"), "names that begin with ds:"},
		{"upper-case namespace", to(Grantee{Namespace, strings.ToUpper(guid)}, Object{Scope: OnDatashare, Name: "d"}, "USAGE"), "in lower case"},
		{"namespace in braces", to(Grantee{Namespace, "{" + guid[:34] + "}"}, Object{Scope: OnDatashare, Name: "d"}, "USAGE"), "not a GUID"},
		{"account of 11 digits", to(Grantee{Account, "11112222333"}, Object{Scope: OnDatashare, Name: "d"}, "USAGE"), "not 12 digits"},
		{"account of other digits", to(Grantee{Account, "11112222٣"}, Object{Scope: OnDatashare, Name: "d"}, "USAGE"), "not 12 digits"},

		{"role to a datashare", GrantRole{Role: "r", Grantee: Grantee{Datashare, "d"}}, "to a user or role"},
		{"role to itself", GrantRole{Role: "r", Grantee: Grantee{Role, "R"}}, "cannot be granted to itself"},
		{"system role to a user", GrantRole{Role: "sys:superuser", Grantee: Grantee{User, "u"}}, "sys:"},
		{"role named by a reserved word", CreateRole{Name: "Select"}, "a reserved word"},
		{"drop a system role", DropRole{Name: "sys:dba"}, "sys:"},
		{"make a datashare without a name", CreateDatashare{}, "datashare: the name is empty"},
		{"alter a datashare without a name", AlterDatashare{}, "datashare: the name is empty"},
		{"drop a datashare without a name", DropDatashare{}, "datashare: the name is empty"},
		{"database of nothing", CreateDatabase{Name: "d", Namespace: guid}, "datashare: the name is empty"},
		{"database of no namespace", CreateDatabase{Name: "d", Datashare: "s"}, "namespace"},
		{"database of no account", CreateDatabase{Name: "d", Datashare: "s", Namespace: guid, Account: "1"}, "account"},
		{"drop dev", DropDatabase{Name: "Dev"}, "cannot be dropped"},
		{"drop no database", DropDatabase{}, "database: the name is empty"},
		{"grants on nothing", ShowGrants{}, "either on an object"},
		{"grants on and for", ShowGrants{On: &table, For: &role, Database: "d"}, "either on an object"},
		{"grants on a table in a database", ShowGrants{On: &table, Database: "d"}, "either on an object"},
		{"grants on all tables", ShowGrants{On: &Object{Scope: ForTables, Database: "d"}}, "not on TABLES"},
		{"grants for a datashare", ShowGrants{For: &Grantee{Datashare, "d"}, Database: "d"}, "for a user or role"},
		{"grants for everybody", ShowGrants{For: &Grantee{User, "public"}, Database: "d"}, "PUBLIC"},
		{"grants in no database", ShowGrants{For: &role}, "database: the name is empty"},
		{"show everything", ShowSetting{Name: "ALL"}, `setting "ALL"`},
		{"no label", SetQueryGroup{}, "label: the name is empty"},
		{"long label", SetQueryGroup{Group: strings.Repeat("a", 321)}, "321 bytes, at most 320"},
		{"label of two lines", SetQueryGroup{Group: "a\nb"}, "not printable"},
		{"padded label", SetQueryGroup{Group: "a "}, "begins or ends with a space"},
		{"label that is not UTF-8", SetQueryGroup{Group: "a\xff"}, "not UTF-8"},
		{"show something else", ShowSetting{Name: "grants on database x"}, "not one that is read here"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.statement.Check()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
			if text := test.statement.String(); text != "" {
				t.Errorf("has a text: %s", text)
			}
		})
	}
}

func TestTransaction(t *testing.T) {
	for _, s := range shapes() {
		_, makes := s.statement.(CreateDatabase)
		_, drops := s.statement.(DropDatabase)
		if got := s.statement.Transaction(); got == (makes || drops) {
			t.Errorf("%s: got %v", s.name, got)
		}
	}
}

func BenchmarkString(b *testing.B) {
	g := Grant{Privileges: []string{"INSERT", "SELECT"}, Object: Object{Scope: OnTable, Database: "prod", Schema: "etl", Name: "audit"}, Grantee: Grantee{Datashare, "sales_ds"}}
	for b.Loop() {
		if g.String() == "" {
			b.Fatal("no text")
		}
	}
}
