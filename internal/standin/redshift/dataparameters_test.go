package redshift

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

func TestDataScan(t *testing.T) {
	for sql, want := range map[string]string{
		"":                                     "0",
		" ; ;":                                 "0",
		"SELECT 1":                             "1",
		"SELECT :a":                            "1 a",
		"SELECT :a, :b2_, :a":                  "1 a b2_",
		"SELECT :a::varchar":                   "1 a",
		"SELECT a::varchar, b :: int":          "1",
		"SELECT ':a', \":b\"":                  "1",
		"SELECT 'it''s :a', :b":                "1 b",
		`SELECT '\':a', :b`:                    "1 b",
		`SELECT '\\', :b`:                      "1 b",
		`SELECT "\", :b`:                       "1 b",
		`SELECT "a"":b", :c`:                   "1 c",
		"SELECT 1 -- :a\n, :b":                 "1 b",
		"SELECT 1 /* :a /* :b */ :c */ , :d":   "1 d",
		"SELECT 1 /*/ :a */ , :d":              "1 d",
		"SELECT $$ :a; $$, :b":                 "1 b",
		"SELECT $x$ :a $$ :b $x$, :c":          "1 c",
		"SELECT $1, :a":                        "1 a",
		"SELECT a$$b, :c, d$$":                 "1 c",
		"SELECT é$$, :c, $$":                   "1 c",
		"SELECT $1$ :a $1$":                    "1 a",
		"SELECT 'never closed :a; SELECT 2":    "1",
		"SELECT /* never closed :a; SELECT 2":  "1",
		"SELECT $$ never closed :a; SELECT 2":  "1",
		"SELECT \"never closed :a; SELECT 2":   "1",
		"SELECT 1; SELECT ';'; -- nothing\n ;": "2",
		"SELECT :":                             "1",
		"SELECT : a":                           "1",
		"SELECT a := b":                        "1",
		"SELECT :::a":                          "1 a",
		"SELECT ::::a":                         "1",
		"--":                                   "0",
		"$":                                    "1",
		"'\\":                                  "1",
	} {
		got := dataScan(sql)
		if text := strings.TrimSpace(fmt.Sprint(got.statements, " ", strings.Join(got.names, " "))); text != want {
			t.Errorf("%q: got %s, want %s", sql, text, want)
		}
	}
}

func TestDataParameters(t *testing.T) {
	p := func(pairs ...string) (list []datatypes.SqlParameter) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, datatypes.SqlParameter{Name: &pairs[i], Value: &pairs[i+1]})
		}
		return list
	}
	tests := []struct {
		list []datatypes.SqlParameter
		sqls []string
		want string
	}{
		{nil, []string{"SELECT 1"}, ""},
		{p("a", "1"), []string{"SELECT :a"}, ""},
		{p("a", "1", "B_2", "null"), []string{"SELECT :a", "SELECT 1", "SELECT :B_2, :a"}, ""},
		{p("a", "1", "b", "2"), []string{"SELECT :a", "SELECT ':b'"}, "Unused parameters: [b]"},
		{p("a", "1"), []string{"SELECT :a, :A"}, "Cannot find parameter: A"},
		{nil, []string{"SELECT :a"}, "Cannot find parameter: a"},
		{p("a", ""), []string{"SELECT :a"}, "at least 1 character"},
		{p("a-b", "1"), []string{"SELECT :a-b"}, "regex pattern"},
		{p("a", "1", "a", "2"), []string{"SELECT :a"}, "given twice"},
		{[]datatypes.SqlParameter{}, []string{"SELECT 1"}, "at least 1 item"},
	}
	for _, test := range tests {
		values, err := dataParameters(test.list, test.sqls)
		if test.want != "" {
			refused(t, err, "ValidationException", test.want)
		} else if err != nil || len(values) != len(test.list) {
			t.Errorf("%v: got %v, %v", test.sqls, values, err)
		}
	}
}

// TestDataParametersReach shows that values reach the database, and are told by
// DescribeStatement.
func TestDataParametersReach(t *testing.T) {
	w := newDataWorld(t)
	var got map[string]string
	w.Data.sql = func(_ *Warehouse, _ Session, sqls []string, parameters map[string]string, _ bool) []Outcome {
		got = parameters
		return []Outcome{{Ran: true}}
	}
	id := w.mustExecute("SELECT :a", func(in *datasdk.ExecuteStatementInput) {
		in.Parameters = []datatypes.SqlParameter{{Name: aws.String("a"), Value: aws.String("it's")}}
	})
	same(t, got, map[string]string{"a": "it's"})
	same(t, *w.describe(id).QueryParameters[0].Value, "it's")
	_, err := w.execute("SELECT 1", func(in *datasdk.ExecuteStatementInput) {
		in.Parameters = []datatypes.SqlParameter{{Name: aws.String("a"), Value: aws.String("1")}}
	})
	refused(t, err, "ValidationException", "Unused parameters: [a]")
}

// FuzzDataScan checks that what is in quotes is never a parameter, and what is outside
// always is.
func FuzzDataScan(f *testing.F) {
	for _, s := range []string{"", "a", ":x; --", "it's", `back\slash`, "$$", "/*", `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, name := range dataScan(s).names {
			if !dataParameterName.MatchString(name) || !strings.Contains(s, ":"+name) {
				t.Fatalf("%q has no parameter %q", s, name)
			}
		}
		literal := "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(s) + "'"
		identifier := `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		got := dataScan("SELECT " + literal + ", :one, " + identifier + ", :two")
		if !slices.Equal(got.names, []string{"one", "two"}) || got.statements != 1 {
			t.Fatalf("%q in quotes: got %+v", s, got)
		}
	})
}
