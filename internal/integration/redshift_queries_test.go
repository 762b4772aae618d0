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

	"github.com/awspatterns/awspatterns/internal/golden"
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

// A parameter is a name behind one colon; two are a cast.
var parameter = regexp.MustCompile(`(^|[^:]):([A-Za-z_]\w*)`)

// bind returns the text of a query with PostgreSQL's parameters for those of the Data
// API, and the values in their order.
func bind(t *testing.T, q redshiftsql.Query, values map[string]string) (string, []any) {
	t.Helper()
	var args []any
	var used []string
	text := parameter.ReplaceAllStringFunc(q.SQL, func(found string) string {
		before, name, _ := strings.Cut(found, ":")
		value, ok := values[name]
		if !ok {
			t.Fatalf("%s: no value for the parameter %s", q.Name, name)
		}
		used, args = append(used, name), append(args, value)
		return fmt.Sprintf("%s$%d", before, len(args))
	})
	slices.Sort(used)
	if declared := slices.Sorted(slices.Values(q.Parameters)); !slices.Equal(slices.Compact(used), declared) {
		t.Errorf("%s uses the parameters %q and declares %q", q.Name, used, declared)
	}
	return text, args
}

// runQuery returns the rows of a query, and checks its columns.
func runQuery(t *testing.T, db *sql.DB, q redshiftsql.Query, values map[string]string) [][]any {
	t.Helper()
	text, args := bind(t, q, values)
	found, err := db.QueryContext(t.Context(), text, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", q.Name, err, text)
	}
	defer found.Close()
	if got := columnsOf(t, found); !slices.Equal(got, q.Columns) {
		t.Errorf("%s: got the columns %v, want %v", q.Name, got, q.Columns)
	}
	var rows [][]any
	for found.Next() {
		row := make([]any, len(q.Columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatalf("%s: %v", q.Name, err)
		}
		rows = append(rows, row)
	}
	if err := found.Err(); err != nil {
		t.Fatalf("%s: %v", q.Name, err)
	}
	return rows
}

// columnsOf returns columns with the types as the Data API names them. What PostgreSQL's
// functions return as text is varchar in Redshift.
func columnsOf(t *testing.T, rows *sql.Rows) []redshiftsql.Column {
	t.Helper()
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	var columns []redshiftsql.Column
	for _, c := range types {
		kind := strings.ToLower(c.DatabaseTypeName())
		if kind == "text" {
			kind = "varchar"
		}
		columns = append(columns, redshiftsql.Column{Name: c.Name(), Type: kind})
	}
	return columns
}

// rowsText is for people to read, and tells NULL from nothing.
func rowsText(rows [][]any) string {
	var text strings.Builder
	for _, row := range rows {
		for i, value := range row {
			if i > 0 {
				text.WriteString(" | ")
			}
			switch v := value.(type) {
			case nil:
				text.WriteString("NULL")
			case string:
				fmt.Fprintf(&text, "%q", v)
			case []byte:
				fmt.Fprintf(&text, "%q", v)
			default:
				fmt.Fprint(&text, v)
			}
		}
		text.WriteByte('\n')
	}
	return text.String()
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

// Every query runs on PostgreSQL over the views as they are documented, and returns the
// columns that it says, without padding and in order.
func TestRedshiftQueries(t *testing.T) {
	db := redshiftFixture(t, "rows.txt", "more.txt")
	var text strings.Builder
	for _, q := range redshiftsql.Queries() {
		rows := runQuery(t, db, q, map[string]string{"database": "prod"})
		if len(rows) == 0 {
			t.Errorf("%s: the fixture has no row for it", q.Name)
		}
		for _, row := range rows {
			checkTypes(t, q, row)
		}
		if len(q.Parameters) > 0 {
			checkParameters(t, db, q)
		}
		fmt.Fprintf(&text, "%s\n%s\n", q.Name, rowsText(rows))
	}
	golden.Equal(t, "testdata/redshift/queries.golden", text.String())
}

// checkTypes checks that values have the types of their columns, and text no padding.
func checkTypes(t *testing.T, q redshiftsql.Query, row []any) {
	t.Helper()
	for i, value := range row {
		column := q.Columns[i]
		ok := value == nil
		switch v := value.(type) {
		case string:
			ok = column.Type == "varchar" && strings.Trim(v, " ") == v
		case bool:
			ok = column.Type == "bool"
		case int64:
			ok = column.Type == "int4" || column.Type == "int8"
		}
		if !ok {
			t.Errorf("%s: %s is %#v, want %s without padding", q.Name, column.Name, value, column.Type)
		}
	}
}

// checkParameters checks that the value of a parameter is a value, whatever is in it, and
// not padding.
func checkParameters(t *testing.T, db *sql.DB, q redshiftsql.Query) {
	t.Helper()
	for database, some := range map[string]bool{
		"prod": true, "legacy": true, "PROD": false, "prod ": false, "pro_": false, "%": false,
		"x' OR '1'='1": false, `prod\`: false, "prod'; DROP TABLE pg_user; --": false,
	} {
		if rows := runQuery(t, db, q, map[string]string{"database": database}); (len(rows) > 0) != some {
			t.Errorf("%s of %q: %d rows", q.Name, database, len(rows))
		}
	}
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

// What runs on the leader node alone, "Leader node-only functions" and "VERSION" in the
// Database Developer Guide.
var leaderOnly = regexp.MustCompile(`(?i)\b(CURRENT_SCHEMAS?|HAS_(DATABASE|SCHEMA|TABLE)_PRIVILEGE|SUBSTR|FACTORIAL|LOG|VERSION|AGE|CURRENT_TIME(STAMP)?|LOCALTIME|ISFINITE|NOW|GETBIT|[GS]ET_BYTE|SET_BIT|TO_ASCII)\b`)

// PostgreSQL has one node. In Redshift, a query over system views and tables must not use
// a function that runs on the leader node alone.
func TestRedshiftQueriesRunOnComputeNodes(t *testing.T) {
	for _, q := range redshiftsql.Queries() {
		onCompute := slices.ContainsFunc(queried.FindAllStringSubmatch(q.SQL, -1), func(f []string) bool {
			return regexp.MustCompile(`(?i)^(stl|stv|sv[lv]|sys)_`).MatchString(f[1])
		})
		if found := leaderOnly.FindString(q.SQL); onCompute && found != "" {
			t.Errorf("%s uses %s over what is not on the leader node: %s", q.Name, found, q.SQL)
		}
	}
}
