package rows_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
)

func TestTSV(t *testing.T) {
	tsv := rows.TSV(rows.TSVOptions{})
	short := rows.TSV(rows.TSVOptions{MaxLine: 10, Columns: []string{"a"}})
	escapes := rows.TSV(rows.TSVOptions{Escapes: true, Columns: []string{"a", "b"}})
	for _, test := range []readTest{
		{name: "none", format: tsv},
		{name: "many values", format: tsv, text: "a\tb\n" + strings.Repeat("\t", 1000) + "\n1\t2\n", want: "0@2 line 2: 1001 values for 2 columns: \"" + strings.Repeat("\\t", 1000) + "\"\n1@3 a=\"1\" b=\"2\"\n"},
		{name: "many columns", format: tsv, text: strings.Repeat("\t", 1<<16) + "\n", err: "65537 columns: there may be 65536"},
		{name: "header alone", format: tsv, text: "a\tb\n"},
		{name: "values", format: tsv, text: "a\tb\n1\t2\n3\t4", want: "0@2 a=\"1\" b=\"2\"\n1@3 a=\"3\" b=\"4\"\n"},
		{name: "empty and null", format: tsv, text: "a\tb\tc\n\t\\N\t\n\\N\t\\\\N\t\\N\r\n", want: "0@2 a=\"\" b=NULL c=\"\"\n1@3 a=NULL b=\"\\\\\\\\N\" c=NULL\n"},
		{name: "quotes are nothing", format: tsv, text: "a\tb\n\"x\t\"y\"\n\"\t\"\"\n", want: "0@2 a=\"\\\"x\" b=\"\\\"y\\\"\"\n1@3 a=\"\\\"\" b=\"\\\"\\\"\"\n"},
		{name: "too few and too many", format: tsv, text: "a\tb\n1\n\n1\t2\n1\t2\t3\n",
			want: "0@2 line 2: 1 values for 2 columns: \"1\"\n1@4 a=\"1\" b=\"2\"\n2@5 line 5: 3 values for 2 columns: \"1\\t2\\t3\"\n"},
		{name: "mark and CRLF", format: tsv, text: "\ufeffa\tb\r\n1\t2\r\n", want: "0@2 a=\"1\" b=\"2\"\n"},
		{name: "from", format: tsv, text: "a\n1\n\n2\n3\n", from: 1, want: "1@4 a=\"2\"\n2@5 a=\"3\"\n"},
		{name: "too long", format: short, text: "12345678901\n1234567890\n", want: "0@1 line 1: longer than 10 bytes: \"12345678901\"\n1@2 a=\"1234567890\"\n"},
		{name: "other null", format: rows.TSV(rows.TSVOptions{Null: "-", Columns: []string{"a", "b"}}), text: "-\t\\N\n", want: "0@1 a=NULL b=\"\\\\N\"\n"},
		{name: "escapes", format: escapes, text: "x\\ty\\\\\\n\\q\t\\N\n\\\\N\tend\\\n", want: "0@1 a=\"x\\ty\\\\\\nq\" b=NULL\n1@2 a=\"\\\\N\" b=\"end\\\\\"\n"},
		{name: "escapes, wrong number", format: escapes, text: "1\\t2\n", want: "0@1 line 1: 1 values for 2 columns: \"1\\\\t2\"\n"},
		{name: "a name twice", format: tsv, text: "a\ta\n1\t2\n", err: `rows: in: two columns have the name "a"`},
		{name: "no name", format: tsv, text: "a\t\n1\t2\n", err: "rows: in: column 2 has no name"},
		{name: "no UTF-8", format: tsv, text: "a\t\xe4\n", err: `the name of column 2, "\xe4", is not UTF-8`},
		{name: "given names", format: rows.TSV(rows.TSVOptions{Columns: []string{"a", "a"}}), text: "1\t2\n", err: "two columns"},
		{name: "long header", format: rows.TSV(rows.TSVOptions{MaxLine: 2}), text: "a\tb\n1\t2\n", err: "rows: in: the names of the columns: line 1: longer than 2 bytes"},
	} {
		test.run(t)
	}
}

func FuzzTSV(f *testing.F) {
	f.Add("a\tb\n1\t\\N\r\n\n\"\t\n3")
	f.Add("a\n\\\\\n")
	f.Fuzz(func(t *testing.T, content string) {
		content = strings.TrimPrefix(content, "\ufeff")
		if strings.HasPrefix(content, "\xff\xfe") || strings.HasPrefix(content, "\xfe\xff") || strings.HasPrefix(content, "\ufeff") {
			t.Skip()
		}
		var want []string
		for line := range strings.SplitSeq(content, "\n") {
			if line = strings.TrimSuffix(line, "\r"); line != "" {
				want = append(want, line)
			}
		}
		n := 0
		columns := []string{"a", "b"}
		for r, err := range rows.TSV(rows.TSVOptions{Columns: columns}).Records(t.Context(), input(content), 0) {
			if err != nil {
				t.Fatal(err)
			}
			line := string(r.Raw)
			if r.Err == nil {
				line = string(bytes.Join(withNull(r.Text), []byte("\t")))
			}
			if n == len(want) || line != want[n] || (r.Err == nil) != (strings.Count(line, "\t") == 1) {
				t.Fatalf("got %q, %v, want %q", line, r.Err, want)
			}
			n++
		}
		if n != len(want) {
			t.Fatalf("got %d records of %q", n, want)
		}
		checkEscapes(t, content)
	})
}

func withNull(values [][]byte) [][]byte {
	var all [][]byte
	for _, v := range values {
		if v == nil {
			v = []byte(`\N`)
		}
		all = append(all, v)
	}
	return all
}

// checkEscapes checks that text comes back that is written as PostgreSQL does.
func checkEscapes(t *testing.T, text string) {
	t.Helper()
	if text == "" {
		return // an empty line, which is left out
	}
	line := strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text)
	f := rows.TSV(rows.TSVOptions{Columns: []string{"a"}, Escapes: true})
	for r, err := range f.Records(t.Context(), input(line), 0) {
		if err != nil || r.Err != nil || string(r.Text[0]) != text {
			t.Fatalf("got %q, %v, %v, want %q", r.Text, r.Err, err, text)
		}
	}
}
