package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// report prints what was merged, in short. The page and -format markdown tell
// each decision.
func report(w io.Writer, g *dag.Graph, took time.Duration) {
	r := &g.Report
	fmt.Fprintf(w, "Merged %s into %s and %s in %v\n\n", count(len(r.Projects), "project"), count(len(g.Nodes), "node"), count(len(g.Edges), "edge"),
		took.Round(100*time.Microsecond))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  project\tadapter\tdbt\tmanifest\tnodes\tedges")
	for _, p := range r.Projects {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%d\t%d\n", printable.Replace(p.Name), printable.Replace(p.Adapter), printable.Replace(p.DBTVersion), printable.Replace(p.SchemaVersion), p.Nodes, p.Edges)
	}
	table.Flush()
	fmt.Fprintln(w)

	line := func(n int, format string, args ...any) {
		if n > 0 {
			fmt.Fprintf(w, "  %4d %s\n", n, fmt.Sprintf(format, args...))
		}
	}
	line(len(r.Matches), "sources and stubs joined: %s", byLevel(r))
	line(len(r.Ambiguities), "ambiguous, not joined")
	line(len(r.Conflicts), "built by several models: not joined")
	line(len(r.Unmatched), "read but built by no project")
	line(len(r.Placeholders), "named by an edge, described by no manifest")
	line(len(r.Cycles), "knots of cycles")
	for _, l := range r.LeftOut {
		line(l.Nodes, "of type %s left out of %s, with %s", printable.Replace(l.Type), printable.Replace(l.Project), count(l.Edges, "edge"))
	}
	c := g.Check()
	verdict := "none lost"
	if !c.OK() {
		verdict = fmt.Sprintf("%d LOST, %d DOUBLED, %d MISPLACED", len(c.Lost), len(c.Doubled), len(c.Misplaced))
	}
	line(c.Input, "edges read: %d in the graph, %d within a node, %d left out by type; %s", c.Origins, c.Internal, c.LeftOut, verdict)
	for _, p := range r.Projects {
		for _, warning := range p.Warnings {
			fmt.Fprintf(w, "  warning: %s: %s\n", printable.Replace(p.Name), printable.Replace(warning))
		}
	}
	hint(w, g)
}

// byLevel counts matches by level, the strongest first.
func byLevel(r *dag.Report) string {
	var counts []string
	for _, l := range r.Levels() {
		counts = append(counts, fmt.Sprintf("%d by %s", l.Count, l.Level))
	}
	return strings.Join(counts, ", ")
}

// hint tells the aliases that would make joins by schema and table exact.
func hint(w io.Writer, g *dag.Graph) {
	var aliases []string
	for _, m := range g.Report.Matches {
		if m.Level == dag.LevelSchemaTable && m.FromDatabase != "" && m.ToDatabase != "" {
			aliases = append(aliases, "-alias "+shellQuote(m.From.Project+":"+m.FromDatabase+"="+m.ToDatabase))
		}
	}
	slices.Sort(aliases)
	if aliases = slices.Compact(aliases); len(aliases) > 0 {
		fmt.Fprintf(w, "\n  The databases differ, only schema and table agree. If that is right, confirm it:\n  %s\n", strings.Join(aliases, "\n  "))
	}
}

// shellQuote returns a word that a shell takes as it is.
func shellQuote(word string) string {
	if !strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("_-.:=", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(printable.Replace(word), "'", `'\''`) + "'"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// feeds shows what one source feeds: title_crew, which the article about these
// projects looks at, or else the source that feeds most.
func feeds(w io.Writer, g *dag.Graph, builtIn bool) {
	var best *dag.Node
	var steps []dag.Step
	for _, id := range g.Roots() {
		node, _ := g.Node(id)
		if builtIn && node.Name != "title_crew" {
			continue
		}
		if s, err := g.Downstream(id, dag.Walk{}); err == nil && len(s) > len(steps) {
			best, steps = node, s
		}
	}
	if best != nil {
		showSteps(w, best, "feeds", steps)
	}
}

func showSteps(w io.Writer, node *dag.Node, verb string, steps []dag.Step) {
	const most = 25
	fmt.Fprintf(w, "\n%s %s %s:\n", printable.Replace(node.ID), verb, count(len(steps), "node"))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	shown := slices.Clone(steps[:min(most, len(steps))])
	slices.SortStableFunc(shown, func(a, b dag.Step) int { return cmp.Compare(a.Depth, b.Depth) })
	for _, s := range shown {
		fmt.Fprintf(table, "  %d\t%s\t%s\t%s\n", s.Depth, printable.Replace(s.Node.Project), printable.Replace(s.Node.Type), printable.Replace(s.Node.Name))
	}
	table.Flush()
	if len(steps) > most {
		fmt.Fprintf(w, "  … and %d more\n", len(steps)-most)
	}
}
