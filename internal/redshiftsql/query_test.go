package redshiftsql

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// selected returns the names of the columns that a query returns: what follows AS, or the
// column itself.
func selected(t *testing.T, sql string) []string {
	list, ok := strings.CutPrefix(sql, "SELECT ")
	list, _, found := strings.Cut(list, " FROM ")
	if !ok || !found {
		t.Fatalf("not SELECT … FROM: %s", sql)
	}
	var names []string
	for column := range strings.SplitSeq(list, ", ") {
		words := strings.Fields(column)
		names = append(names, words[len(words)-1])
	}
	return names
}

func TestQueries(t *testing.T) {
	parameter := regexp.MustCompile(`(^|[^:]):([a-z_]+)`)
	seen := map[string]bool{}
	for _, q := range slices.Concat(Queries(), UsageQueries()) {
		t.Run(q.Name, func(t *testing.T) {
			if seen[q.Name] || seen[q.SQL] {
				t.Error("there twice")
			}
			seen[q.Name], seen[q.SQL] = true, true

			var names []string
			for _, c := range q.Columns {
				names = append(names, c.Name)
				if !slices.Contains([]string{"varchar", "bool", "int4", "int8", "timestamp"}, c.Type) {
					t.Errorf("column %s: type %q", c.Name, c.Type)
				}
			}
			if got := selected(t, q.SQL); !slices.Equal(got, names) {
				t.Errorf("selects %q, declares %q", got, names)
			}

			var used []string
			for _, m := range parameter.FindAllStringSubmatch(q.SQL, -1) {
				used = append(used, m[2])
			}
			if !slices.Equal(used, q.Parameters) {
				t.Errorf("uses the parameters %q, declares %q", used, q.Parameters)
			}
			// A cast is two colons, which nothing says is told from a parameter.
			if len(used) > 0 && strings.Contains(q.SQL, "::") {
				t.Error("a cast beside parameters")
			}
			if strings.ContainsAny(q.SQL, ";\n\t\\") || strings.Contains(q.SQL, "--") || strings.Contains(q.SQL, "/*") {
				t.Errorf("more than one plain statement: %s", q.SQL)
			}
			if !strings.Contains(q.SQL, " ORDER BY ") && !strings.Contains(q.SQL, "COUNT(*)") && q.Name != "session" {
				t.Error("in no order")
			}
			if q.Check() != nil || !q.Transaction() || q.String() != q.SQL {
				t.Error("not what a fixed text is")
			}
		})
	}
}
