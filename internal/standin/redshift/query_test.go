package redshift

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// text returns rows as lines, with | between values and - for NULL.
func text(rows [][]any) string {
	var out strings.Builder
	for _, row := range rows {
		for i, value := range row {
			if i > 0 {
				out.WriteString(" | ")
			}
			if value == nil {
				value = "-"
			}
			fmt.Fprint(&out, value)
		}
		out.WriteString("\n")
	}
	return out.String()
}

// typesMatch reports values that are not of the type of their column.
func typesMatch(t *testing.T, r Result) {
	t.Helper()
	for _, row := range r.Rows {
		if len(row) != len(r.Columns) {
			t.Fatalf("%d values for %d columns", len(row), len(r.Columns))
		}
		for i, value := range row {
			var want string
			switch value.(type) {
			case string:
				want = "varchar"
			case bool:
				want = "bool"
			case int64:
				want = "int4 int8"
			case nil:
				continue
			}
			if !strings.Contains(want, r.Columns[i].Type) {
				t.Errorf("%s %s: %T", r.Columns[i].Name, r.Columns[i].Type, value)
			}
		}
	}
}

// rich returns a lab in which there is something for every query to find.
func rich(t *testing.T) *lab {
	l := newLab(t)
	l.etl.AddTable("prod", "etl", "view", TableOptions{View: true})
	l.etl.AddTable("prod", "etl", "sorted", TableOptions{Interleaved: []string{"a", "b", "c", "d"}, Identity: []string{"d", "c"}})
	l.etl.AddTable("prod", "etl", "masked", TableOptions{Mask: "hide"})
	l.etl.AddTable("prod", "etl", "unmasked", TableOptions{Mask: "hide", MaskingOff: true, RowSecurity: true})
	l.etl.AddTable("prod", "etl", "rows", TableOptions{RowSecurity: true})
	l.etl.SetRowSecurity("prod", "etl", "rows", true, false)
	l.etl.AddTable("dev", "elsewhere", "masked", TableOptions{Mask: "hide", RowSecurity: true})
	l.etl.AddUser("alice", false)
	l.etl.AddUser("bob", false)
	l.etl.AddRole("analyst")
	l.etl.AddRole("writer")
	l.etl.AddGroup("team", "bob")
	l.etl.GrantRole("analyst", "alice")
	l.etl.GrantRole("writer", "ROLE analyst")
	l.etl.GrantRole("sys:secadmin", "bob")
	l.share("INSERT", "SELECT")
	function := redshiftsql.Object{Scope: redshiftsql.OnFunction, Database: "prod", Schema: "etl", Name: "rate", Arguments: []string{"integer", "varchar"}}
	l.run(l.etl, "prod",
		grantOn(onTable("prod", "etl", "view"), redshiftsql.Datashare, "ds", "SELECT"),
		grantOn(function, redshiftsql.Datashare, "ds", "EXECUTE"),
		grantOn(forTables("prod", "etl"), redshiftsql.Datashare, "ds", "UPDATE"),
		grantOn(forTables("prod", ""), redshiftsql.Role, "writer", "SELECT"),
		grantOn(forTables("prod", "etl"), redshiftsql.User, "alice", "INSERT"),
		grantOn(onSchema("prod", "etl"), redshiftsql.Role, "analyst", "USAGE"),
		grantOn(onTable("prod", "etl", "facts"), redshiftsql.User, "bob", "SELECT"),
		grantOn(onDatabase("prod"), redshiftsql.User, "bob", "CREATE"),
		grantOn(onShare("ds"), redshiftsql.User, "bob", "ALTER"),
		redshiftsql.CreateDatashare{Name: "open", PublicAccessible: true},
		usage("ds", redshiftsql.Account, otherAccount),
	)
	l.etl.SetIncludeNew("ds", "etl", true)
	l.etl.SetGrant("DELETE", onTable("prod", "etl", "facts"), "GROUP team", true)
	l.open("SELECT")
	return l
}

// What each query finds, for whom and where. A text of several lines is in their order.
func TestQueries(t *testing.T) {
	l := rich(t)
	prod := map[string]string{"database": "prod"}
	shared := map[string]string{"database": "shared"}
	ns := l.etl.Namespace
	tests := []struct {
		query      redshiftsql.Query
		wh         *Warehouse
		in, user   string
		parameters map[string]string
		want       string
	}{
		{redshiftsql.QuerySession, l.etl, "dev", "alice", nil, "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.78890 | alice | false\n"},
		{redshiftsql.QueryDatabases, l.etl, "dev", "alice", nil, "dev | local | Snapshot Isolation\nprod | local | Snapshot Isolation\n"},
		{redshiftsql.QueryDatabases, l.sales, "dev", "", nil, "dev | local | Snapshot Isolation\nshared | shared | -\n"},
		{redshiftsql.QuerySchemas, l.etl, "dev", "", prod, "etl\ninformation_schema\npg_catalog\npublic\n"},
		{redshiftsql.QuerySchemas, l.etl, "dev", "bob", prod, "information_schema\npg_catalog\npublic\n"},
		{redshiftsql.QuerySchemas, l.sales, "dev", "", shared, "etl\n"},
		{redshiftsql.QuerySchemas, l.sales, "dev", "", prod, ""},
		{redshiftsql.QueryTables, l.etl, "dev", "", prod, "etl | audit | TABLE\netl | facts | TABLE\netl | masked | TABLE\netl | rows | TABLE\netl | sorted | TABLE\netl | unmasked | TABLE\netl | view | VIEW\n"},
		{redshiftsql.QueryTables, l.etl, "dev", "bob", prod, ""},
		{redshiftsql.QueryTables, l.sales, "dev", "", shared, "etl | audit | TABLE\netl | facts | TABLE\netl | masked | TABLE\netl | rows | TABLE\netl | unmasked | TABLE\netl | view | VIEW\n"},
		{redshiftsql.QueryTables, l.sales, "dev", "alice", shared, "etl | facts | TABLE\netl | view | VIEW\n"},
		{redshiftsql.QueryColumns, l.etl, "prod", "", prod, "etl | audit | id | \"identity\"(100100, 0, '0,1'::text) | 0\n" +
			"etl | sorted | b | - | -2\netl | sorted | c | \"identity\"(100100, 1, '0,1'::text) | 3\netl | sorted | d | \"identity\"(100100, 0, '0,1'::text) | -4\n"},
		{redshiftsql.QueryMasks, l.etl, "prod", "", nil, "etl | masked | hide | true\netl | unmasked | hide | false\n"},
		{redshiftsql.QueryMasks, l.etl, "prod", "bob", nil, "etl | masked | hide | true\netl | unmasked | hide | false\n"},
		{redshiftsql.QueryMasks, l.etl, "prod", "alice", nil, ""},
		{redshiftsql.QueryRowSecurity, l.etl, "prod", "", nil, "etl | rows | true | false\netl | unmasked | true | true\n"},
		{redshiftsql.QueryRowSecurity, l.etl, "prod", "alice", nil, ""},
		{redshiftsql.QuerySlices, l.etl, "prod", "alice", nil, "64\n"},
		{redshiftsql.QueryDatashares, l.etl, "dev", "", nil, "ds | prod | - | OUTBOUND | false | " + ourAccount + " | " + ns + " | -\nopen | prod | - | OUTBOUND | true | " + ourAccount + " | " + ns + " | -\n"},
		{redshiftsql.QueryDatashares, l.etl, "dev", "bob", nil, "ds | prod | - | OUTBOUND | false | " + ourAccount + " | " + ns + " | -\n"},
		{redshiftsql.QueryDatashares, l.etl, "dev", "alice", nil, ""},
		{redshiftsql.QueryDatashares, l.sales, "dev", "", nil, "ds | - | shared | INBOUND | false | " + ourAccount + " | " + ns + " | -\n"},
		{redshiftsql.QueryDatashares, l.finance, "dev", "", nil, ""},
		{redshiftsql.QueryDatashareObjects, l.etl, "dev", "", nil, "OUTBOUND | ds | " + ns + " | function | etl.rate(integer, character varying) | -\nOUTBOUND | ds | " + ns + " | schema | etl | true\n" +
			"OUTBOUND | ds | " + ns + " | table | etl.facts | -\nOUTBOUND | ds | " + ns + " | view | etl.view | -\n"},
		{redshiftsql.QueryDatashareObjects, l.sales, "dev", "alice", nil, "INBOUND | ds | " + ns + " | function | etl.rate(integer, character varying) | -\nINBOUND | ds | " + ns + " | schema | etl | -\n" +
			"INBOUND | ds | " + ns + " | table | etl.facts | -\nINBOUND | ds | " + ns + " | view | etl.view | -\n"},
		{redshiftsql.QueryDatashareConsumers, l.etl, "dev", "bob", nil, "ds | " + otherAccount + " | -\nds | - | " + l.sales.Namespace + "\n"},
		{redshiftsql.QueryDatashareConsumers, l.etl, "dev", "alice", nil, ""},
		{redshiftsql.QueryDatabasePrivileges, l.etl, "dev", "", nil, "dev | TEMP | DATABASE | public | public\nprod | TEMP | DATABASE | public | public\nprod | SELECT | TABLES | writer | role\nprod | CREATE | DATABASE | bob | user\n"},
		{redshiftsql.QueryDatabasePrivileges, l.etl, "dev", "alice", nil, "dev | TEMP | DATABASE | public | public\nprod | TEMP | DATABASE | public | public\nprod | SELECT | TABLES | writer | role\n"},
		{redshiftsql.QuerySchemaPrivileges, l.etl, "prod", "", nil, "etl | USAGE | SCHEMA | analyst | role\netl | USAGE | SCHEMA | ds:ds | role\netl | UPDATE | TABLES | ds:ds | role\netl | INSERT | TABLES | alice | user\n" +
			"public | CREATE | SCHEMA | public | public\npublic | USAGE | SCHEMA | public | public\n"},
		{redshiftsql.QuerySchemaPrivileges, l.etl, "prod", "bob", nil, "public | CREATE | SCHEMA | public | public\npublic | USAGE | SCHEMA | public | public\n"},
		{redshiftsql.QuerySchemaPrivileges, l.sales, "shared", "", nil, ""},
		{redshiftsql.QueryTablePrivileges, l.etl, "prod", "", nil, "etl | facts | DELETE | team | group\netl | facts | INSERT | ds:ds | role\netl | facts | SELECT | ds:ds | role\netl | facts | SELECT | bob | user\netl | view | SELECT | ds:ds | role\n"},
		{redshiftsql.QueryTablePrivileges, l.etl, "prod", "bob", nil, "etl | facts | DELETE | team | group\netl | facts | SELECT | bob | user\n"},
		{redshiftsql.QueryTablePrivileges, l.etl, "dev", "", nil, ""},
		{redshiftsql.QueryTablePrivileges, l.sales, "shared", "", nil, ""},
		{redshiftsql.QueryFunctionPrivileges, l.etl, "prod", "", nil, "etl | rate | integer, character varying | EXECUTE | public | public\netl | rate | integer, character varying | EXECUTE | ds:ds | role\n"},
		{redshiftsql.QueryRoles, l.etl, "dev", "alice", nil, "analyst\nsys:dba\nsys:monitor\nsys:operator\nsys:secadmin\nsys:superuser\nwriter\n"},
		{redshiftsql.QueryUsers, l.etl, "dev", "alice", nil, "alice | false\nawsuser | true\nbob | false\nrdsdb | true\n"},
		{redshiftsql.QueryFunctions, l.etl, "prod", "", map[string]string{"database": "prod"}, "etl | rate | integer, character varying\n"},
		{redshiftsql.QueryGroups, l.etl, "dev", "alice", nil, "team | bob\n"},
		{redshiftsql.QueryUserGrants, l.etl, "dev", "", nil, "alice | analyst\nbob | sys:secadmin\n"},
		{redshiftsql.QueryUserGrants, l.etl, "dev", "alice", nil, "alice | analyst\n"},
		{redshiftsql.QueryRoleGrants, l.etl, "dev", "alice", nil, "analyst | writer\n"},
		{redshiftsql.QueryRoleGrants, l.etl, "dev", "bob", nil, ""},
	}
	asked := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.query.Name+" "+tt.user, func(t *testing.T) {
			asked[tt.query.Name] = true
			out := tt.wh.Run(Session{Database: tt.in, User: tt.user}, []string{tt.query.SQL}, tt.parameters, false)[0]
			if got := text(out.Result.Rows); out.Err != nil || got != tt.want {
				t.Errorf("%v\n%swant\n%s", out.Err, got, tt.want)
			}
			if len(out.Result.Columns) != len(tt.query.Columns) {
				t.Error(out.Result.Columns)
			}
			typesMatch(t, out.Result)
		})
	}
	for _, q := range redshiftsql.Queries() {
		if !asked[q.Name] {
			t.Errorf("%s is not tested", q.Name)
		}
	}
}

// Serverless tells nothing of slices, and a parameter that is not given is none.
func TestRefusedQueries(t *testing.T) {
	l := newLab(t)
	for _, tt := range []struct {
		q     redshiftsql.Query
		state string
		text  string
	}{
		{redshiftsql.QuerySlices, insufficientPrivilege, "permission denied for relation stv_slices"},
		{redshiftsql.QueryTables, syntaxError, `syntax error at or near ":"`},
	} {
		out := l.sales.Run(Session{Database: "dev"}, []string{tt.q.SQL}, nil, false)[0]
		var e *Error
		if !errors.As(out.Err, &e) || e.State != tt.state || !strings.Contains(e.Error(), tt.text) {
			t.Errorf("%s: %v", tt.q.Name, out.Err)
		}
	}
}

func TestShowGrants(t *testing.T) {
	l := rich(t)
	on := func(o redshiftsql.Object) redshiftsql.ShowGrants { return redshiftsql.ShowGrants{On: &o} }
	of := func(kind redshiftsql.GranteeType, name, database string) redshiftsql.ShowGrants {
		return redshiftsql.ShowGrants{For: &redshiftsql.Grantee{Type: kind, Name: name}, Database: database}
	}
	function := redshiftsql.Object{Scope: redshiftsql.OnFunction, Database: "prod", Schema: "etl", Name: "rate", Arguments: []string{"integer", "varchar"}}
	tests := []struct {
		name     string
		wh       *Warehouse
		in, user string
		s        redshiftsql.ShowGrants
		want     string // without IDs
	}{
		{"database", l.etl, "dev", "", on(onDatabase("prod")), "prod | CREATE | bob | user | false | DATABASE | awsuser\nprod | SELECT | writer | role | false | TABLES | awsuser\nprod | TEMP | public | public | false | DATABASE | rdsdb\n"},
		{"schema", l.etl, "prod", "", on(onSchema("prod", "etl")), "etl | etl | SCHEMA | INSERT | alice | user | false | TABLES | prod | awsuser\netl | etl | SCHEMA | UPDATE | ds:ds | role | false | TABLES | prod | awsuser\n" +
			"etl | etl | SCHEMA | USAGE | ds:ds | role | false | SCHEMA | prod | awsuser\netl | etl | SCHEMA | USAGE | analyst | role | false | SCHEMA | prod | awsuser\n"},
		{"table", l.etl, "prod", "", on(onTable("prod", "etl", "facts")), "etl | facts | TABLE | DELETE | team | group | false | TABLE | prod | awsuser\netl | facts | TABLE | INSERT | ds:ds | role | false | TABLE | prod | awsuser\n" +
			"etl | facts | TABLE | SELECT | ds:ds | role | false | TABLE | prod | awsuser\netl | facts | TABLE | SELECT | bob | user | false | TABLE | prod | awsuser\n"},
		{"table as seen by another", l.etl, "prod", "alice", on(onTable("prod", "etl", "facts")), ""},
		{"function", l.etl, "prod", "alice", on(function), "etl | rate(integer, character varying) | FUNCTION | EXECUTE | public | public | false | FUNCTION | prod | awsuser\n"},
		{"shared table", l.sales, "dev", "", on(onTable("shared", "etl", "facts")), ""},
		{"shared schema", l.sales, "dev", "", on(onSchema("shared", "etl")), "etl | etl | SCHEMA | SELECT | analyst | role | false | TABLES | shared | admin\netl | etl | SCHEMA | USAGE | analyst | role | false | SCHEMA | shared | admin\n"},
		{"for a role", l.sales, "dev", "", of(redshiftsql.Role, "Analyst", "shared"), "shared | etl | - | SCHEMA | SELECT | analyst | role | TABLES | admin\nshared | etl | - | SCHEMA | USAGE | analyst | role | SCHEMA | admin\n" +
			"shared | - | - | DATABASE | USAGE | analyst | role | DATABASE | admin\n"},
		{"for a role elsewhere", l.sales, "dev", "", of(redshiftsql.Role, "analyst", "dev"), ""},
		{"for one's role", l.sales, "dev", "alice", of(redshiftsql.Role, "analyst", "dev"), ""},
		{"for a user", l.etl, "dev", "", of(redshiftsql.User, "bob", "prod"), "prod | etl | facts | TABLE | SELECT | bob | user | TABLE | awsuser\nprod | - | - | DATABASE | CREATE | bob | user | DATABASE | awsuser\n"},
		{"for oneself", l.etl, "dev", "bob", of(redshiftsql.User, "bob", "prod"), "prod | etl | facts | TABLE | SELECT | bob | user | TABLE | awsuser\nprod | - | - | DATABASE | CREATE | bob | user | DATABASE | awsuser\n"},
		{"for a datashare", l.etl, "dev", "", of(redshiftsql.Role, "ds:ds", "prod"), "prod | etl | facts | TABLE | INSERT | ds:ds | role | TABLE | awsuser\nprod | etl | facts | TABLE | SELECT | ds:ds | role | TABLE | awsuser\n" +
			"prod | etl | rate(integer, character varying) | FUNCTION | EXECUTE | ds:ds | role | FUNCTION | awsuser\nprod | etl | view | TABLE | SELECT | ds:ds | role | TABLE | awsuser\n" +
			"prod | etl | - | SCHEMA | UPDATE | ds:ds | role | TABLES | awsuser\nprod | etl | - | SCHEMA | USAGE | ds:ds | role | SCHEMA | awsuser\n"},
		{"for a role of the system", l.etl, "dev", "", of(redshiftsql.Role, "sys:dba", "prod"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := try(tt.wh, tt.in, tt.user, tt.s)
			typesMatch(t, r)
			var rows [][]any
			for _, row := range r.Rows {
				var kept []any
				for i, c := range r.Columns {
					if c.Name != "identity_id" {
						kept = append(kept, row[i])
					} else if id := row[i].(int64); id < 100 && row[i+2] != "public" && !strings.HasPrefix(row[i+1].(string), "ds:") {
						t.Errorf("ID %d of %v", id, row[i+1])
					}
				}
				rows = append(rows, kept)
			}
			if got := text(rows); err != nil || got != tt.want {
				t.Errorf("%v\n%swant\n%s", err, got, tt.want)
			}
		})
	}
	for _, tt := range []struct {
		user  string
		s     redshiftsql.ShowGrants
		state string
	}{
		{"", on(onDatabase("none")), undefinedDatabase},
		{"", on(onSchema("prod", "none")), undefinedSchema},
		{"", on(onTable("prod", "etl", "none")), undefinedTable},
		{"", of(redshiftsql.User, "none", "prod"), undefinedObject},
		{"", of(redshiftsql.Role, "none", "prod"), undefinedObject},
		{"", of(redshiftsql.User, "bob", "none"), undefinedDatabase},
		{"alice", of(redshiftsql.User, "bob", "prod"), insufficientPrivilege},
		{"alice", of(redshiftsql.Role, "ds:ds", "prod"), insufficientPrivilege},
		{"bob", of(redshiftsql.Role, "analyst", "prod"), insufficientPrivilege},
	} {
		l.refused(l.etl, "prod", tt.user, tt.s, tt.state, "")
	}
}

// Functions are shared and granted as tables are.
func TestSharedFunctions(t *testing.T) {
	l := rich(t)
	function := redshiftsql.Object{Scope: redshiftsql.OnFunction, Database: "shared", Schema: "etl", Name: "rate", Arguments: []string{"int", "text"}}
	execute := grantOn(function, redshiftsql.Role, "analyst", "EXECUTE")
	l.run(l.sales, "dev", execute)
	if r, err := try(l.sales, "dev", "alice", redshiftsql.ShowGrants{On: &function}); err != nil || len(r.Rows) != 1 || r.Rows[0][5] != "analyst" {
		t.Errorf("%v %v", r.Rows, err)
	}
	there := function
	there.Database = "prod"
	l.run(l.etl, "prod", revoked(grantOn(there, redshiftsql.Datashare, "ds", "EXECUTE")))
	l.refused(l.sales, "dev", "", execute, undefinedFunction, "rate(integer, character varying)")
	l.run(l.etl, "prod", grantOn(redshiftsql.Object{Scope: redshiftsql.ForFunctions, Database: "prod"}, redshiftsql.Datashare, "ds", "EXECUTE"))
	l.run(l.sales, "dev", execute)
}

// Who may see the system's tables sees all grants in the views, and not in SHOW GRANTS.
func TestAccessSystemTable(t *testing.T) {
	l := rich(t)
	l.etl.GrantSystem("ACCESS SYSTEM TABLE", "ROLE analyst")
	out := l.etl.Run(Session{Database: "prod", User: "alice"}, []string{redshiftsql.QueryTablePrivileges.SQL}, nil, false)[0]
	if got := text(out.Result.Rows); !strings.Contains(got, "ds:ds") || !strings.Contains(got, "bob") {
		t.Error(got)
	}
	bob := redshiftsql.ShowGrants{For: &redshiftsql.Grantee{Type: redshiftsql.User, Name: "bob"}, Database: "prod"}
	l.refused(l.etl, "prod", "alice", bob, insufficientPrivilege, "permission denied for user bob")
}

// SHOW GRANTS shows 10,000 rows and no more. A grant on what is gone is not shown.
func TestShowGrantsLimit(t *testing.T) {
	l := newLab(t)
	l.etl.AddRole("r")
	show := redshiftsql.ShowGrants{For: &redshiftsql.Grantee{Type: redshiftsql.Role, Name: "r"}, Database: "prod"}
	for i := range 1250 {
		table := fmt.Sprintf("t%d", i)
		l.etl.AddTable("prod", "etl", table, TableOptions{})
		for _, p := range tablePrivileges {
			l.etl.SetGrant(p, onTable("prod", "etl", table), "ROLE r", true)
		}
	}
	if r, err := try(l.etl, "dev", "", show); err != nil || len(r.Rows) != 10_000 {
		t.Errorf("%d rows, %v", len(r.Rows), err)
	}
	l.etl.SetGrant("USAGE", onSchema("prod", "etl"), "ROLE r", true)
	l.refused(l.etl, "dev", "", show, limitExceeded, "10000 rows")
	l.etl.DropTable("prod", "etl", "t7")
	if r, err := try(l.etl, "dev", "", show); err != nil || len(r.Rows) != 9_993 {
		t.Errorf("%d rows, %v", len(r.Rows), err)
	}
}
