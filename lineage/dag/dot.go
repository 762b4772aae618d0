package dag

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteDOT writes the graph in the language of Graphviz, each project in a
// cluster of its own.
func (g *Graph) WriteDOT(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "digraph lineage {\n  rankdir=LR;\n",
		"  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", color=\"#00000033\"];\n")
	for i, project := range g.projectNames() {
		fmt.Fprintf(b, "  subgraph \"cluster_%d\" {\n    label=%s;\n", i, dotLabel(project))
		c := projectColor(i)
		fmt.Fprintf(b, "    node [fillcolor=\"%s\", fontcolor=\"%s\"];\n", c, c.ink())
		for j := range g.Nodes {
			if n := &g.Nodes[j]; n.Project == project {
				fmt.Fprintf(b, "    %s [label=%s, tooltip=%s];\n", dotID(n.ID), dotLabel(n.Name), dotLabel(n.Type+" "+n.Relation))
			}
		}
		b.WriteString("  }\n")
	}
	for _, e := range g.Edges {
		fmt.Fprintf(b, "  %s -> %s;\n", dotID(e.From), dotID(e.To))
	}
	b.WriteString("}\n")
	return b.Flush()
}

// projectNames returns the names of the projects that have nodes, sorted.
func (g *Graph) projectNames() []string {
	var names []string
	for i := range g.Nodes { // by ID, which starts with the project
		if n := len(names); n == 0 || names[n-1] != g.Nodes[i].Project {
			names = append(names, g.Nodes[i].Project)
		}
	}
	return sortedDistinct(names)
}

// dotID quotes a string as an identifier. Graphviz keeps the doubled backslash in
// it, which does not matter as long as all places write it alike.
var dotIDEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func dotID(s string) string { return `"` + dotIDEscapes.Replace(printable(s)) + `"` }

// dotLabel quotes a text, in which Graphviz knows escapes and HTML entities.
func dotLabel(s string) string { return dotID(strings.ReplaceAll(s, "&", "&amp;")) }

// printable replaces control characters, which no text format shows and some do
// not allow.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xfffe || r == 0xffff:
			return '\ufffd'
		}
		return r
	}, s)
}
