package rows_test

import (
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
)

func TestByName(t *testing.T) {
	for _, test := range []struct{ name, text, want, err string }{
		{"a/b.json", "{}", "0@1 {}\n", ""},
		{"b.JSONL", "{}", "0@1 {}\n", ""},
		{"s3://bucket/b.ndjson.gz", "{}", "0@1 {}\n", ""},
		{"b.x.csv", "a,b\n1,\\N", "0@2 a=\"1\" b=\"\\\\N\"\n", ""},
		{"title.basics.tsv.gz", "a\tb\n1\t\\N", "0@2 a=\"1\" b=NULL\n", ""},
		{"a.parquet", "", "", "rows.Of(parquet.Open)"},
		{"a.gz", "", "", `extension "" tells no format`},
		{"a.csv/part-1", "", "", `extension "" tells no format`},
		{"a.txt", "", "", `rows: a.txt: extension ".txt" tells no format: want .json`},
	} {
		f, err := rows.ByName(test.name)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: got %v, want %q", test.name, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(t, f, input(test.text), 0); got != test.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", test.name, got, err, test.want)
		}
	}
}
