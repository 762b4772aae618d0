package integration_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// hostile are texts that would end a name or string, or begin something else, if they
// were not quoted; and all short texts of the characters that do so.
func hostile() []string {
	texts := []string{
		"a", "A", "Sales_2026", "select", "user", "public ", "größe 表 😀", "e\u0301", "\ufffd", "IAMR:analyst", "IAM:a.b+c@example.com",
		`x"; DROP SCHEMA public; --`, `x'; DROP SCHEMA public; --`, `x\'; DROP SCHEMA public; --`, `x\"; --`, `x""`, `x''`, `x\\`,
		`" || current_user || "`, `' || current_user || '`, `U&"d\0061t" UESCAPE '!'`, `E'\x41'`, "$$x$$", "$tag$x$tag$", "/* x */", "x /*", "-- x",
		":name", "::int", "?", "%s", "$1", `\n`, `\000`, `\x00`, `\u0041`, "a.b", `a"."b`, "a,b", "(a)", "a) FROM (b", "{}", "[]", "`a`", "a b  c",
		strings.Repeat(`"`, 31), strings.Repeat(`'`, 63), strings.Repeat(`\`, 63), strings.Repeat("ü", 31),
	}
	special := []string{`"`, `'`, `\`, ";", "--", "/*", "*/", "$", ".", " ", "x"}
	for _, a := range special {
		for _, b := range special {
			for _, c := range special {
				texts = append(texts, a, a+b, a+b+c)
			}
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// names returns the hostile texts that can be names, and how many cannot.
func names(t *testing.T) (names []string, refused int) {
	t.Helper()
	for _, name := range hostile() {
		if _, err := redshiftsql.Identifier(name); err != nil {
			refused++
			continue
		}
		names = append(names, name)
	}
	return names, refused
}

// selectAll runs a SELECT of many columns as one statement: a text that holds several
// cannot be prepared.
func selectAll(t *testing.T, db *sql.DB, columns []string) (names []string, values []string) {
	t.Helper()
	statement, err := db.PrepareContext(t.Context(), "SELECT "+strings.Join(columns, ", "))
	if err != nil {
		t.Fatalf("%v: %q", err, columns)
	}
	defer statement.Close()
	rows, err := statement.QueryContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if names, err = rows.Columns(); err != nil || !rows.Next() {
		t.Fatalf("no row: %v", err)
	}
	values = make([]string, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		t.Fatal(err)
	}
	return names, values
}

// A name in quotation marks is one name to a real parser, and the same name.
func TestRedshiftIdentifiers(t *testing.T) {
	db := postgres(t)
	all, refused := names(t)
	if len(all) < 500 || refused < 100 {
		t.Errorf("%d names and %d that are refused: too few to tell anything", len(all), refused)
	}
	for some := range slices.Chunk(all, 1000) {
		var columns []string
		for _, name := range some {
			quoted, _ := redshiftsql.Identifier(name)
			columns = append(columns, "0 AS "+quoted)
		}
		got, _ := selectAll(t, db, columns)
		if !slices.Equal(got, some) {
			t.Errorf("got %q, want %q", got, some)
		}
	}
}

// A literal is one string to a real parser for which backslashes escape, and the same.
func TestRedshiftLiterals(t *testing.T) {
	db := postgres(t)
	all := append(hostile(), "", " ", "a\nb", "\t", "\r\n", "\x01\x7f", "\u202e", "\u2028", strings.Repeat(`'\`, 5000))
	for some := range slices.Chunk(all, 1000) {
		var columns []string
		for _, s := range some {
			quoted, err := redshiftsql.Literal(s)
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			columns = append(columns, quoted)
		}
		if _, got := selectAll(t, db, columns); !slices.Equal(got, some) {
			t.Errorf("got %q, want %q", got, some)
		}
	}
}

// A hostileDatabase is one whose own name is hostile, with the names of its objects.
type hostileDatabase struct {
	*sql.DB
	t    *testing.T
	name string
}

func newHostileDatabase(t *testing.T) hostileDatabase {
	t.Helper()
	name := fmt.Sprintf(`d"'\.; -- %x`, time.Now().UnixNano())
	admin := postgres(t)
	quoted, err := redshiftsql.Identifier(name)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, admin, "CREATE DATABASE "+quoted)
	return hostileDatabase{openPostgres(t, name), t, name}
}

// exec runs one statement.
func (d hostileDatabase) exec(text string) {
	d.t.Helper()
	statement, err := d.PrepareContext(d.t.Context(), text)
	if err == nil {
		_, err = statement.ExecContext(d.t.Context())
	}
	if err != nil {
		d.t.Fatalf("%v\n%s", err, text)
	}
	statement.Close()
}

// run runs a statement of ours, in PostgreSQL's words.
func (d hostileDatabase) run(s redshiftsql.Statement) {
	d.t.Helper()
	text, err := inPostgres(s)
	if err != nil {
		d.t.Fatal(err)
	}
	d.exec(text)
}

// list returns what a query finds.
func (d hostileDatabase) list(query string, args ...any) []string {
	d.t.Helper()
	rows, err := d.QueryContext(d.t.Context(), query, args...)
	if err != nil {
		d.t.Fatalf("%v\n%s", err, query)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			d.t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// inPostgres returns a statement as PostgreSQL writes it: roles and users are the same,
// without the word ROLE before their names, and a schema is named without its database.
func inPostgres(s redshiftsql.Statement) (string, error) {
	if err := s.Check(); err != nil {
		return "", err
	}
	text := s.String()
	switch s := s.(type) {
	case redshiftsql.Grant:
		if s.Object.Scope == redshiftsql.OnSchema {
			database, err := redshiftsql.Identifier(s.Object.Database)
			if err != nil {
				return "", err
			}
			text = strings.Replace(text, "ON SCHEMA "+database+".", "ON SCHEMA ", 1)
		}
		return withoutRole(text, s.Grantee)
	case redshiftsql.GrantRole:
		return withoutRole(strings.Replace(text, " ROLE ", " ", 1), s.Grantee)
	}
	return text, nil
}

// withoutRole takes the word ROLE away that stands before the last name.
func withoutRole(text string, to redshiftsql.Grantee) (string, error) {
	quoted, err := redshiftsql.Identifier(to.Name)
	if rest, found := strings.CutSuffix(text, " ROLE "+quoted); found {
		text = rest + " " + quoted
	}
	return text, err
}

// Statements of ours that PostgreSQL knows do there what they say, whatever the names are:
// roles, and grants on databases, schemas, tables and functions. It has no datashares, no
// scoped grants, and of the privileges neither ALTER nor DROP.
func TestRedshiftStatementsOnPostgres(t *testing.T) {
	d := newHostileDatabase(t)
	for i, name := range []string{
		"etl", "Sales", "select", "größe 表 😀", "IAMR:analyst", `"`, `""`, `"."`, `\`, `\"`, `'`, `x"; DROP SCHEMA public; --`, `x'; --`, `U&"d\0061t"`,
		"$$", "/*", "*/", ":x", "a.b", "a, b", "x TO ROLE y", `x" TO "y`, `" TO ROLE "`, "x ON SCHEMA y", "(integer)", strings.Repeat("ü", 28),
	} {
		d.tryName(name, i)
	}
	if left := d.list(`SELECT rolname FROM pg_roles WHERE rolname LIKE '% role' OR rolname LIKE '% user'`); len(left) > 0 {
		t.Errorf("roles are left: %q", left)
	}
}

func (d hostileDatabase) tryName(name string, i int) {
	d.t.Helper()
	role := redshiftsql.Grantee{Type: redshiftsql.Role, Name: name + " role"}
	user := redshiftsql.Grantee{Type: redshiftsql.User, Name: name + " user"}
	schema := redshiftsql.Object{Scope: redshiftsql.OnSchema, Database: d.name, Schema: name}
	table := redshiftsql.Object{Scope: redshiftsql.OnTable, Database: d.name, Schema: name, Name: name}
	function := redshiftsql.Object{Scope: redshiftsql.OnFunction, Database: d.name, Schema: name, Name: name, Arguments: []string{"integer", "character varying"}}
	quoted, err := redshiftsql.Identifier(name)
	if err != nil {
		d.t.Fatal(err)
	}
	d.exec("CREATE SCHEMA " + quoted)
	d.exec("CREATE TABLE " + quoted + "." + quoted + " (n int)")
	d.exec("CREATE FUNCTION " + quoted + "." + quoted + "(integer, character varying) RETURNS int LANGUAGE sql AS 'SELECT 1'")
	d.run(redshiftsql.CreateRole{Name: role.Name})
	d.run(redshiftsql.CreateRole{Name: user.Name}) // PostgreSQL knows but roles

	for _, to := range []redshiftsql.Grantee{role, user} {
		d.granted(schema, to, `SELECT privilege_type FROM pg_namespace, aclexplode(nspacl) a JOIN pg_roles r ON r.oid = a.grantee
			WHERE nspname = $1 AND rolname = $2 ORDER BY 1`, name)
		d.granted(table, to, `SELECT privilege_type FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace, aclexplode(relacl) a JOIN pg_roles r ON r.oid = a.grantee
			WHERE nspname = $1 AND relname = $1 AND rolname = $2 ORDER BY 1`, name)
		d.granted(function, to, `SELECT privilege_type FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace, aclexplode(proacl) a JOIN pg_roles r ON r.oid = a.grantee
			WHERE nspname = $1 AND proname = $1 AND rolname = $2 ORDER BY 1`, name)
		d.granted(redshiftsql.Object{Scope: redshiftsql.OnDatabase, Database: d.name}, to, `SELECT privilege_type FROM pg_database, aclexplode(datacl) a JOIN pg_roles r ON r.oid = a.grantee
			WHERE datname = $1 AND rolname = $2 ORDER BY 1`, d.name)
	}
	d.grantedRole(role.Name, user)
	d.run(redshiftsql.DropRole{Name: role.Name})
	d.run(redshiftsql.DropRole{Name: user.Name})
}

// granted grants all privileges that PostgreSQL has on an object, and revokes them one by
// one.
func (d hostileDatabase) granted(on redshiftsql.Object, to redshiftsql.Grantee, query, name string) {
	d.t.Helper()
	left := slices.DeleteFunc(redshiftsql.Privileges(on.Scope, to.Type), func(p string) bool {
		return p == "ALTER" || p == "DROP" || p == "TEMP" || p == "USAGE" && on.Scope == redshiftsql.OnDatabase
	})
	grant := redshiftsql.Grant{Privileges: slices.Clone(left), Object: on, Grantee: to}
	d.run(grant)
	for grant.Revoke = true; ; left = left[1:] {
		if got := d.list(query, name, to.Name); !slices.Equal(got, left) {
			d.t.Errorf("%s %q to %q: got %q, want %q", on.Scope, name, to.Name, got, left)
		}
		if len(left) == 0 {
			return
		}
		grant.Privileges = left[:1]
		d.run(grant)
	}
}

func (d hostileDatabase) grantedRole(role string, to redshiftsql.Grantee) {
	d.t.Helper()
	for _, want := range [][]string{{role}, nil} {
		d.run(redshiftsql.GrantRole{Revoke: want == nil, Role: role, Grantee: to})
		got := d.list(`SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = $1`, to.Name)
		if !slices.Equal(got, want) {
			d.t.Errorf("%q has the roles %q, want %q", to.Name, got, want)
		}
	}
}

// In the grammar that Redshift has from PostgreSQL, a grantee "public" is everybody, in
// quotation marks, too. So it is refused as a name.
func TestRedshiftPublicIsEverybody(t *testing.T) {
	d := newHostileDatabase(t)
	d.exec(`CREATE TABLE t (n int)`)
	d.exec(`GRANT SELECT ON TABLE t TO "public"`)
	if got := d.list(`SELECT a.grantee::text FROM pg_class, aclexplode(relacl) a WHERE relname = 't' AND a.grantee <> relowner`); !slices.Equal(got, []string{"0"}) {
		t.Errorf("granted to %q, want everybody, 0", got)
	}
	on := redshiftsql.Object{Scope: redshiftsql.OnTable, Database: d.name, Schema: "public", Name: "t"}
	for _, to := range []redshiftsql.GranteeType{redshiftsql.User, redshiftsql.Role} {
		grant := redshiftsql.Grant{Privileges: []string{"SELECT"}, Object: on, Grantee: redshiftsql.Grantee{Type: to, Name: "public"}}
		if grant.Check() == nil || grant.String() != "" {
			t.Errorf("%s is not refused", grant)
		}
	}
}
