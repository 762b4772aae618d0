package rows_test

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
)

func TestCSV(t *testing.T) {
	plain := rows.CSV(rows.CSVOptions{})
	ab := []string{"a", "b"}
	of := func(o rows.CSVOptions) rows.Format { o.Columns = ab; return rows.CSV(o) }
	for _, test := range []readTest{
		{name: "none", format: plain},
		{name: "many values", format: plain, text: "a,b\n" + strings.Repeat(",", 1000) + "\n1,2\n", want: "0@2 line 2: 1001 values for 2 columns: \"" + strings.Repeat(",", 1000) + "\"\n1@3 a=\"1\" b=\"2\"\n"},
		{name: "many columns", format: plain, text: strings.Repeat(",", 1<<16) + "\n", err: "65537 columns: there may be 65536"},
		{name: "values", format: plain, text: "a,b\n1,2\r\n\n3,", want: "0@2 a=\"1\" b=\"2\"\n1@4 a=\"3\" b=\"\"\n"},
		{name: "quotes", format: plain, text: "\"a\",\"b,\"\n\"1,\"\"2\"\"\",\"\"\n\"\"\"\",\"x\"\r\n\"\",\"\"\"\"", want: "0@2 a=\"1,\\\"2\\\"\" b,=\"\"\n1@3 a=\"\\\"\" b,=\"x\"\n2@4 a=\"\" b,=\"\\\"\"\n"},
		{name: "several lines", format: plain, text: "a,b\n\"1\n2\r\n\n3\",\"4\n\"\n5,6\n", want: "0@2 a=\"1\\n2\\r\\n\\n3\" b=\"4\\n\"\n1@7 a=\"5\" b=\"6\"\n"},
		{name: "wrong number", format: plain, text: "a,b\n1\n1,2,3\n\"1\n2\"\n1,2\n",
			want: "0@2 line 2: 1 values for 2 columns: \"1\"\n1@3 line 3: 3 values for 2 columns: \"1,2,3\"\n2@4 lines 4 to 5: 1 values for 2 columns: \"\\\"1\\n2\\\"\"\n3@6 a=\"1\" b=\"2\"\n"},
		{name: "wrong number, doubled quotes", format: plain, text: "a,b\n\"1\"\"2\"\n", want: "0@2 line 2: 1 values for 2 columns: \"\\\"1\\\"\\\"2\\\"\"\n"},
		{name: "quote within, doubled quotes", format: plain, text: "a,b\n\"1\"\"2\",3\"4\n", want: "0@2 line 2: a quote that is neither at an end of its value nor doubled: \"\\\"1\\\"\\\"2\\\",3\\\"4\"\n"},
		{name: "quote within", format: plain, text: "a,b\n5\" disk,2\n1,2\n", want: "0@2 line 2: a quote that is neither at an end of its value nor doubled: \"5\\\" disk,2\"\n1@3 a=\"1\" b=\"2\"\n"},
		{name: "text behind quotes", format: plain, text: "a,b\n\"1\"x,2\n1,2\n", want: "0@2 line 2: a quote that is neither at an end of its value nor doubled: \"\\\"1\\\"x,2\"\n1@3 a=\"1\" b=\"2\"\n"},
		{name: "closed by another", format: plain, text: "a,b\n\"1,2\n3,\"4\"\n5,6\n", want: "0@2 lines 2 to 3: a quote that is neither at an end of its value nor doubled: \"\\\"1,2\\n3,\\\"4\\\"\"\n1@4 a=\"5\" b=\"6\"\n"},
		{name: "never closed", format: plain, text: "a,b\n1,2\n\"3,4\n5,6\n", want: "0@2 a=\"1\" b=\"2\"\n", err: "rows: in: record 1, behind byte 17: a quote in line 3 is not closed"},
		{name: "closed too late", format: of(rows.CSVOptions{MaxRecord: 10}), text: "1,2\n\"3,4\n5,6\n7,8\n9\",0\n", want: "0@1 a=\"1\" b=\"2\"\n", err: "a quote in line 2 is not closed within 10 bytes"},
		{name: "never closed in the header", format: plain, text: "a,\"b\n1,2\n", err: "rows: in: a quote in line 1 is not closed"},
		{name: "lazy", format: of(rows.CSVOptions{LazyQuotes: true}), text: "5\" disk,2\n\"5\" disk\",\"\"\"\n\"\"x\"\n", want: "0@1 a=\"5\\\" disk\" b=\"2\"\n1@2 a=\"5\\\" disk\" b=\"\\\"\\n\\\"x\"\n"},
		{name: "too long", format: of(rows.CSVOptions{MaxRecord: 10}), text: "123,567890\n123,5678901\n\"3\",\"4\"\n", want: "0@1 a=\"123\" b=\"567890\"\n1@2 line 2: longer than 10 bytes: \"123,5678901\"\n2@3 a=\"3\" b=\"4\"\n"},
		{name: "separator", format: of(rows.CSVOptions{Separator: "||"}), text: "1|2||\"3||4\"\n", want: "0@1 a=\"1|2\" b=\"3||4\"\n"},
		{name: "comment", format: of(rows.CSVOptions{Comment: '#'}), text: "#1,2\n1,#2\n\"#3\",4\n#", want: "0@2 a=\"1\" b=\"#2\"\n1@3 a=\"#3\" b=\"4\"\n"},
		{name: "null", format: of(rows.CSVOptions{Null: "NULL"}), text: "NULL,\"NULL\"\n,null\n", want: "0@1 a=NULL b=\"NULL\"\n1@2 a=\"\" b=\"null\"\n"},
		{name: "empty null", format: of(rows.CSVOptions{EmptyNull: true}), text: ",\"\"\n", want: "0@1 a=NULL b=\"\"\n"},
		{name: "from", format: plain, text: "a\n1\n\"2\n2\"\n3\n", from: 2, want: "2@5 a=\"3\"\n"},
		{name: "a name twice", format: plain, text: "a,\"a\"\n", err: `two columns have the name "a"`},
		{name: "bad header", format: plain, text: "a,b\"c\n", err: "rows: in: the names of the columns: line 1: a quote"},
		{name: "bad separator", format: of(rows.CSVOptions{Separator: "\""}), text: "1,2\n", err: `rows: separator "\""`},
		{name: "bad comment", format: of(rows.CSVOptions{Separator: ";", Comment: ';'}), text: "1,2\n", err: "rows: comment ';'"},
	} {
		test.run(t)
	}
}

// FuzzCSV compares with encoding/csv, where both read the same.
func FuzzCSV(f *testing.F) {
	f.Add("a,b\n\"1\n\"\"2\",3\n\n4,\"\"\n", ",", false)
	f.Add("a\"b,c\"\n\"a\"b\",c", ",", true)
	f.Add("\"", ";", true)
	f.Fuzz(func(t *testing.T, content, separator string, lazy bool) {
		if strings.Contains(content, "\r") || len(separator) != 1 || strings.ContainsAny(separator, "\"\r\n") || separator[0] >= 0x80 || separator[0] == 0 ||
			strings.HasPrefix(content, "\ufeff") || strings.HasPrefix(content, "\xff\xfe") || strings.HasPrefix(content, "\xfe\xff") {
			t.Skip()
		}
		o := csv.NewReader(strings.NewReader(content))
		o.Comma, o.LazyQuotes, o.FieldsPerRecord = rune(separator[0]), lazy, 2
		format := rows.CSV(rows.CSVOptions{Columns: []string{"a", "b"}, Separator: separator, LazyQuotes: lazy})
		for r, err := range format.Records(t.Context(), input(content), 0) {
			want, wantErr := o.Read()
			if err != nil {
				return // in a quote, which encoding/csv takes for closed if that is lazy
			}
			if (r.Err != nil) != (wantErr != nil) {
				t.Fatalf("record %d: got %v, encoding/csv says %v", r.Number, r.Err, wantErr)
			}
			if r.Err == nil && !slices.Equal(want, texts(r.Text)) {
				t.Fatalf("record %d: got %q, want %q", r.Number, texts(r.Text), want)
			}
		}
		if want, err := o.Read(); err != io.EOF {
			t.Fatalf("encoding/csv has another record: %q, %v", want, err)
		}
	})
}

func texts(values [][]byte) []string {
	var all []string
	for _, v := range values {
		all = append(all, string(v))
	}
	return all
}
