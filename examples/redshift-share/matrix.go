package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// A role is one of a warehouse.
type role struct{ warehouse, name string }

// writeMatrix writes what each role may do with each shared table, one a line, and why
// that is not certain.
func writeMatrix(w io.Writer, result share.AuditResult) error {
	roles := rolesOf(result)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "  TABLE")
	for _, r := range roles {
		fmt.Fprintf(t, "\t%s: %s", printable.Escape(r.warehouse), printable.Escape(r.name))
	}
	fmt.Fprintln(t)
	why := map[string]bool{}
	for _, s := range result.Schemas {
		for _, table := range s.Tables {
			fmt.Fprintf(t, "  %s", printable.Escape(s.Schema+"."+table))
			may := mayDo(result, s, table, why)
			for _, r := range roles {
				fmt.Fprintf(t, "\t%s", may[r])
			}
			fmt.Fprintln(t)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		fmt.Fprintf(t, "  ? %s\n", printable.Escape(reason))
	}
	return t.Flush()
}

func rolesOf(result share.AuditResult) []role {
	var roles []role
	for _, a := range result.Access {
		if r := (role{a.Warehouse, a.Identity.Name}); a.Identity.Type == share.ToRole && !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	return roles
}

// rights are what may be done, and how sure that is.
type rights map[share.Privilege]share.Verdict

// mayDo returns what roles may do with a table, and adds reasons to why.
func mayDo(result share.AuditResult, s share.AuditedSchema, table string, why map[string]bool) map[role]rights {
	may := map[role]rights{}
	for _, p := range []share.Privilege{share.Select, share.Insert, share.Update, share.Delete} {
		for _, h := range result.WhoCan(p, s.Database, s.Schema, table) {
			if h.Identity.Type != share.ToRole || h.Producer != s.Producer {
				continue
			}
			r := role{h.Warehouse, h.Identity.Name}
			if may[r] == nil {
				may[r] = rights{}
			}
			may[r][p] = h.Verdict
			for _, reason := range h.Why {
				why[reason] = true
			}
		}
	}
	return may
}

// String says it in a word or two.
func (r rights) String() string {
	var words []string
	for _, one := range []struct {
		word string
		p    []share.Privilege
	}{
		{"reads", []share.Privilege{share.Select}},
		{"appends", []share.Privilege{share.Insert}},
		{"changes", []share.Privilege{share.Update, share.Delete}},
	} {
		if v := r.best(one.p); v == share.Yes {
			words = append(words, one.word)
		} else if v == share.Unsure {
			words = append(words, one.word+"?")
		}
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, ", ")
}

func (r rights) best(of []share.Privilege) share.Verdict {
	best := share.No
	for _, p := range of {
		switch v := r[p]; {
		case v == share.Yes:
			return v
		case v == share.Unsure:
			best = v
		}
	}
	return best
}
