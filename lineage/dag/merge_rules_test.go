package dag_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// TestMergeRules decides by the words of the documentation, one source at a time,
// where each source of random projects belongs, and compares. The projects have
// sources and tables alone, and names in lower case, so that the words suffice.
func TestMergeRules(t *testing.T) {
	decided := map[string]int{}
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 1))
		opts := dag.MergeOptions{ExactDatabase: random.IntN(2) == 0}
		projects, resources := randomTables(t, random)
		g := merge(t, opts, projects...)
		for _, r := range resources {
			if !r.builds {
				rule := checkSource(t, seed, g, resources, r, opts)
				decided[rule]++
			}
		}
	}
	for _, rule := range []string{"own table", "own tables", "one table", "several tables", "schema and table", "none"} {
		if decided[rule] < 10 {
			t.Errorf("the rule of %q decided only %d sources", rule, decided[rule])
		}
	}
}

// A tableResource is a source or a table of a random project.
type tableResource struct {
	dag.Ref
	database, table string // table with its schema
	builds          bool
}

func randomTables(t *testing.T, random *rand.Rand) ([]*dag.Project, []tableResource) {
	var projects []*dag.Project
	var all []tableResource
	for p := range 1 + random.IntN(4) {
		name := fmt.Sprintf("p%d", p)
		var lines []string
		for i := range 1 + random.IntN(5) {
			r := tableResource{database: fmt.Sprintf("d%d", random.IntN(3)), table: fmt.Sprintf("s.t%d", random.IntN(6)), builds: random.IntN(2) == 0}
			kind := map[bool]string{true: "model", false: "source"}[r.builds]
			r.Ref = dag.Ref{Project: name, UniqueID: fmt.Sprintf("%s.%s.n%d", kind, name, i)}
			lines = append(lines, r.UniqueID+" = "+r.database+"."+r.table)
			all = append(all, r)
		}
		projects = append(projects, project(t, name, "redshift", lines...))
	}
	return projects, all
}

// checkSource checks where source s went and returns the rule that says so.
func checkSource(t *testing.T, seed uint64, g *dag.Graph, all []tableResource, s tableResource, opts dag.MergeOptions) (rule string) {
	t.Helper()
	find := func(ok func(r tableResource) bool) (found []string) {
		for _, r := range all {
			if r.builds && r.table == s.table && ok(r) {
				found = append(found, r.String())
			}
		}
		return found
	}
	own := find(func(r tableResource) bool { return r.database == s.database && r.Project == s.Project })
	exact := find(func(r tableResource) bool { return r.database == s.database })
	named := find(func(tableResource) bool { return true })
	// Another source or table of the project with the schema and name of s is
	// a table that the project knows apart from s.
	apart := slices.ContainsFunc(all, func(r tableResource) bool {
		return r.Project == s.Project && r.table == s.table && r.database != s.database
	})

	want := ""
	switch {
	case len(own) == 1:
		rule, want = "own table", own[0]
	case len(own) > 1:
		rule = "own tables"
	case len(exact) == 1:
		rule, want = "one table", exact[0]
	case len(exact) > 1:
		rule = "several tables"
	case opts.ExactDatabase || len(named) != 1:
		rule = "none"
	case apart || apartElsewhere(all, s):
		return "apart" // the rules that join sets of sources would have to be told again here
	default:
		rule, want = "schema and table", named[0]
	}
	if got := tableOf(g, s.Ref); got != want {
		t.Errorf("seed %d: %v (%s.%s) is joined to %q, want %q by the rule of %s\n%s", seed, s.Ref, s.database, s.table, got, want, rule, summary(g))
	}
	return rule
}

// apartElsewhere reports whether a source of another project that reads the same
// relation as s belongs to a project that knows it apart from something.
func apartElsewhere(all []tableResource, s tableResource) bool {
	return slices.ContainsFunc(all, func(r tableResource) bool {
		return !r.builds && r.table == s.table && r.database == s.database && r.Project != s.Project &&
			slices.ContainsFunc(all, func(o tableResource) bool {
				return o.Project == r.Project && o.table == r.table && o.database != r.database
			})
	})
}

// tableOf returns the ID of the table that a source was joined to, or nothing.
func tableOf(g *dag.Graph, source dag.Ref) string {
	for _, n := range g.Nodes {
		if slices.Contains(n.Members, source) && strings.HasPrefix(n.UniqueID, "model.") {
			return n.ID
		}
	}
	return ""
}
