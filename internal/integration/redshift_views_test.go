package integration_test

import (
	"cmp"
	"database/sql"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// redshiftViews returns a database that has Redshift's system views as tables, without
// rows, where a session finds them before PostgreSQL's own.
func redshiftViews(t *testing.T) *sql.DB {
	t.Helper()
	views, err := os.ReadFile("testdata/redshift/views.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := postgres(t)
	mustExec(t, db, `CREATE SCHEMA redshift; SET search_path = redshift, pg_catalog`)
	mustExec(t, db, string(views))
	return db
}

// viewRows is what a view shows. A value is a string or nil.
type viewRows struct {
	view    string
	columns []string
	rows    [][]any
}

// readRows reads the sections of a file, each a line "view: columns" with rows below.
func readRows(t *testing.T, file string) []viewRows {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []viewRows
	for _, section := range strings.Split(string(text), "\n\n")[1:] { // behind the comment
		head, body, _ := strings.Cut(section, "\n")
		view, columns, _ := strings.Cut(head, ": ")
		all = append(all, viewRows{view, strings.Split(columns, ", "), csvRows(t, view, body)})
	}
	return all
}

func csvRows(t *testing.T, view, text string) [][]any {
	t.Helper()
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace, r.LazyQuotes = true, true
	records, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", view, err)
	}
	rows := make([][]any, len(records))
	for i, record := range records {
		for _, value := range record {
			if value == `\N` {
				rows[i] = append(rows[i], nil)
			} else {
				rows[i] = append(rows[i], value)
			}
		}
	}
	return rows
}

// insert fills a view. Text is padded to the width of the column, or with a few spaces if
// it has none, as that of many system views is.
func (v viewRows) insert(t *testing.T, db *sql.DB, types map[string]columnType) {
	t.Helper()
	var places []string
	for i, column := range v.columns {
		place := fmt.Sprintf("$%d::text", i+1)
		switch c := types[v.view+"."+column]; c.kind {
		case "varchar", "text", "bpchar":
			places = append(places, fmt.Sprintf("rpad(%s, greatest(%d, length(%[1]s)))", place, cmp.Or(c.width, 100)))
		default:
			places = append(places, place+"::"+c.kind)
		}
	}
	insert := fmt.Sprintf("INSERT INTO redshift.%s (%s) VALUES (%s)", v.view, strings.Join(v.columns, ", "), strings.Join(places, ", "))
	for _, row := range v.rows {
		if _, err := db.ExecContext(t.Context(), insert, row...); err != nil {
			t.Fatalf("%s: %v\n%s\n%q", v.view, err, insert, row)
		}
	}
}

// A columnType is the type of a column and its width in characters, 0 if it has none.
type columnType struct {
	kind  string
	width int
}

// columnTypes returns the types of the columns of all views, by view.column.
func columnTypes(t *testing.T, db *sql.DB) map[string]columnType {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT table_name || '.' || column_name, udt_name, COALESCE(character_maximum_length, 0)
		FROM information_schema.columns WHERE table_schema = 'redshift'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types := map[string]columnType{}
	for rows.Next() {
		var name string
		var c columnType
		if err := rows.Scan(&name, &c.kind, &c.width); err != nil {
			t.Fatal(err)
		}
		types[name] = c
	}
	return types
}

// redshiftFixture returns a database with rows of files in the views, of a session of the
// user IAMR:etl.
func redshiftFixture(t *testing.T, files ...string) *sql.DB {
	t.Helper()
	db := redshiftViews(t)
	types := columnTypes(t, db)
	for _, file := range files {
		for _, rows := range readRows(t, "testdata/redshift/"+file) {
			rows.insert(t, db, types)
		}
	}
	asUser(t, db, "IAMR:etl")
	return db
}

// asUser makes the session one of a superuser of this name. Users are the server's, which
// other tests use, too.
func asUser(t *testing.T, db *sql.DB, name string) {
	t.Helper()
	var there bool
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) > 0 FROM pg_roles WHERE rolname = $1`, name).Scan(&there); err != nil {
		t.Fatal(err)
	}
	quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	if !there {
		mustExec(t, db, `CREATE ROLE `+quoted+` SUPERUSER`)
	}
	mustExec(t, db, `SET SESSION AUTHORIZATION `+quoted)
}

var (
	queried = regexp.MustCompile(`(?i)\b(?:FROM|JOIN)\s+(\w+)`)
	stubbed = regexp.MustCompile(`(?m)^-- (r_\w+\.html|https://\S+)[^\n]*\n(?:-- [^\n]*\n)*CREATE (TABLE|FUNCTION) (\w+)`)
)

// There is a stub for each view that a query reads, with the page that it was read from,
// and rows in it; and no other.
func TestRedshiftViewsAreStubbed(t *testing.T) {
	views, err := os.ReadFile("testdata/redshift/views.sql")
	if err != nil {
		t.Fatal(err)
	}
	read, stubs, filled := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, q := range redshiftsql.Queries() {
		found := queried.FindAllStringSubmatch(q.SQL, -1)
		if len(found) == 0 {
			t.Errorf("%s reads no view", q.Name)
		}
		for _, f := range found {
			read[strings.ToLower(f[1])] = true
		}
	}
	for _, f := range stubbed.FindAllStringSubmatch(string(views), -1) {
		if f[2] == "TABLE" {
			stubs[f[3]] = true
		}
	}
	for _, rows := range readRows(t, "testdata/redshift/rows.txt") {
		filled[rows.view] = len(rows.rows) > 0
	}
	if created := strings.Count(string(views), "\nCREATE "); created != len(stubbed.FindAllString(string(views), -1)) {
		t.Errorf("of %d stubs some do not name the page that they were read from", created)
	}
	if !maps.Equal(stubs, read) {
		t.Errorf("got stubs of %q, want %q", slices.Sorted(maps.Keys(stubs)), slices.Sorted(maps.Keys(read)))
	}
	if !maps.Equal(filled, read) {
		t.Errorf("got rows of %q, want %q", slices.Sorted(maps.Keys(filled)), slices.Sorted(maps.Keys(read)))
	}
}
