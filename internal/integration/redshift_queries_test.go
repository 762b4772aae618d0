package integration_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

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
