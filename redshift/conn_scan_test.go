package redshift_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/redshift"
)

func TestScanSQL(t *testing.T) {
	for _, test := range []struct {
		sql     string
		names   string
		several bool
	}{
		{"", "", false},
		{"SELECT :a, :b_1 , :a", "a b_1", false},
		{"SELECT 1::int, ':a', E'\\':a', \"x:a\"\":b\", a:b", "b", false},
		{"SELECT 'it''s :a' -- :b\n, :c /* :d /* :e */ :f */ :g", "c g", false},
		{"DO $$ :a $$ $x$ $$ :b $x$ :c", "c", false},
		{"SELECT a$$, :b, $1", "b", false},
		{"SELECT ü$a$, :b", "b", false},
		{"SELECT 'open :a", "", false},
		{"SELECT \"open :a", "", false},
		{"SELECT /* open :a", "", false},
		{"SELECT $$open :a", "", false},
		{"x := :a", "a", false},
		{"SELECT 1;", "", false},
		{"SELECT 1; ; -- x\n /* y */ ;", "", false},
		{"SELECT 1; SELECT 2", "", true},
		{"; SELECT 2", "", true},
		{"SELECT ';' SELECT 2", "", false},
		{"SELECT 1 /* ; */ SELECT 2", "", false},
	} {
		names, several := redshift.ScanSQL(test.sql)
		if strings.Join(names, " ") != test.names || several != test.several {
			t.Errorf("%q: got %q, %v", test.sql, names, several)
		}
	}
}

// FuzzScanSQL makes sure that what is put into a string stays there.
func FuzzScanSQL(f *testing.F) {
	for _, s := range []string{"SELECT :a", "'", "';'", "\\", "$$", "/*", "--", ":a'; DROP TABLE t"} {
		f.Add(s)
	}
	literal := strings.NewReplacer("'", "''", `\`, `\\`)
	f.Fuzz(func(t *testing.T, s string) {
		redshift.ScanSQL(s)
		names, several := redshift.ScanSQL("SELECT '" + literal.Replace(s) + "', :last")
		if !slices.Equal(names, []string{"last"}) || several {
			t.Errorf("%q: got %q, %v", s, names, several)
		}
		names, several = redshift.ScanSQL(`SELECT "` + strings.ReplaceAll(s, `"`, `""`) + `", :last`)
		if !slices.Equal(names, []string{"last"}) || several {
			t.Errorf("name %q: got %q, %v", s, names, several)
		}
	})
}
