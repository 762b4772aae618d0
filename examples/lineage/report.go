package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// report prints what was merged, in short. The page and -format markdown tell
// each decision.
func report(w io.Writer, g *dag.Graph, took time.Duration) {
	r := &g.Report
	fmt.Fprintf(w, "Merged %d projects into %d nodes and %d edges in %v\n\n", len(r.Projects), len(g.Nodes), len(g.Edges), took.Round(100*time.Microsecond))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  project\tadapter\tdbt\tmanifest\tnodes\tedges")
	for _, p := range r.Projects {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%d\t%d\n", p.Name, p.Adapter, p.DBTVersion, p.SchemaVersion, p.Nodes, p.Edges)
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
	line(len(r.Conflicts), "tables that several projects build: not joined")
	line(len(r.Unmatched), "sources that no project builds")
	line(len(r.Placeholders), "placeholders for nodes that no manifest describes")
	line(len(r.Cycles), "cycles")
	for _, l := range r.LeftOut {
		line(l.Nodes, "of type %s left out of %s, with %d edges", l.Type, l.Project, l.Edges)
	}
	c := g.Check()
	verdict := "none lost"
	if !c.OK() {
		verdict = fmt.Sprintf("%d LOST, %d DOUBLED", len(c.Lost), len(c.Doubled))
	}
	line(c.Input, "edges read: %d in the graph, %d within a node, %d left out by type; %s", c.Origins, c.Internal, c.LeftOut, verdict)
	for _, p := range r.Projects {
		for _, warning := range p.Warnings {
			fmt.Fprintf(w, "  warning: %s: %s\n", p.Name, warning)
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

// hint tells the alias that would make joins by schema and table exact.
func hint(w io.Writer, g *dag.Graph) {
	seen := map[string]bool{}
	for _, m := range g.Report.Matches {
		table, ok := g.Node(m.To.String())
		if m.Level != dag.LevelSchemaTable || !ok {
			continue
		}
		parts := strings.Split(strings.ReplaceAll(m.Relation, `"`, ""), ".")
		alias := fmt.Sprintf("%s:%s=%s", m.From.Project, parts[0], table.Database)
		if !seen[alias] && len(parts) == 3 {
			seen[alias] = true
			fmt.Fprintf(w, "\n  The databases differ, only schema and table agree. If that is right, confirm it:\n  -alias %s\n", alias)
		}
	}
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
	fmt.Fprintf(w, "\n%s %s %d nodes:\n", node.ID, verb, len(steps))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	shown := slices.Clone(steps[:min(most, len(steps))])
	slices.SortStableFunc(shown, func(a, b dag.Step) int { return cmp.Compare(a.Depth, b.Depth) })
	for _, s := range shown {
		fmt.Fprintf(table, "  %d\t%s\t%s\t%s\n", s.Depth, s.Node.Project, s.Node.Type, s.Node.Name)
	}
	table.Flush()
	if len(steps) > most {
		fmt.Fprintf(w, "  … and %d more\n", len(steps)-most)
	}
}
