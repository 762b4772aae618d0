package dag

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// WriteMarkdown writes the report as Markdown: what was read, how it was joined,
// and what a person should look at. A graph without a report, such as that of
// [Graph.Subgraph], is written as a list of its nodes.
func (g *Graph) WriteMarkdown(w io.Writer) error {
	var b bytes.Buffer
	r := &g.Report
	b.WriteString("# Lineage\n\n")
	fmt.Fprintf(&b, "%s, %s\n", count(len(g.Nodes), "node"), count(len(g.Edges), "edge"))
	if len(r.Projects) == 0 { // a graph from elsewhere, or a part of one
		g.listNodes(&b)
		_, err := w.Write(b.Bytes())
		return err
	}
	b.WriteString("\n| project | adapter | dbt | schema | nodes | edges |\n|---|---|---|---|--:|--:|\n")
	for _, p := range r.Projects {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d | %d |\n",
			cell(p.Name), cell(p.Adapter), cell(p.DBTVersion), cell(p.SchemaVersion), p.Nodes, p.Edges)
	}
	list(&b, "Warnings", r.Projects, func(p ProjectReport) string {
		lines := make([]string, len(p.Warnings))
		for i, warning := range p.Warnings {
			lines[i] = code(p.Name) + ": " + plainText(warning)
		}
		return strings.Join(lines, "\n- ")
	})
	list(&b, "Matches", r.Matches, func(m Match) string {
		return fmt.Sprintf("%s = %s (%s)", code(m.From.String()), code(m.To.String()), m.Level)
	})
	list(&b, "Ambiguities, not joined", r.Ambiguities, func(a Ambiguity) string {
		return fmt.Sprintf("%s could be %s%s (%s)", code(a.Node.String()), codes(a.Candidates), more(a.More), a.Level)
	})
	list(&b, "Conflicts: several build one table", r.Conflicts, func(c Conflict) string {
		return fmt.Sprintf("%s: %s", code(c.Relation), codes(c.Builders))
	})
	list(&b, "Sources that no project builds", r.Unmatched, func(r Ref) string { return code(r.String()) })
	list(&b, "Placeholders", r.Placeholders, func(r Ref) string { return code(r.String()) })
	list(&b, "Left out", r.LeftOut, func(l LeftOut) string {
		return fmt.Sprintf("%s: %s of type %s, %s", code(l.Project), count(l.Nodes, "node"), code(l.Type), count(l.Edges, "edge"))
	})
	list(&b, "Cycles", r.Cycles, func(ids []string) string {
		return strings.Join(each(append(slices.Clone(ids), ids[0]), code), " → ")
	})
	list(&b, "Edges within one node", r.Internal, func(o Origin) string {
		return fmt.Sprintf("%s: %s → %s", code(o.Project), code(o.From), code(o.To))
	})
	_, err := w.Write(b.Bytes())
	return err
}

// listNodes writes each node with what it feeds on, along the data.
func (g *Graph) listNodes(b *bytes.Buffer) {
	order, _ := g.links.TopoOrder()
	list(b, "Nodes", order, func(i int32) string {
		n := &g.Nodes[i]
		line := code(n.ID) + " (" + plainText(n.Type) + ")"
		if inputs := g.links.In(i); len(inputs) > 0 {
			line += " ← " + strings.Join(each(g.ids(inputs), code), ", ")
		}
		return line
	})
}

// list writes a section with one point for each item, or nothing if there are
// none.
func list[T any](b *bytes.Buffer, title string, items []T, line func(T) string) {
	var lines []string
	for _, item := range items {
		if l := line(item); l != "" {
			lines = append(lines, "- "+l+"\n")
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "\n## %s\n\n%s", title, strings.Join(lines, ""))
	}
}

// code writes a name as code, so that nothing in it is taken for Markdown.
func code(s string) string {
	s = printable(s)
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if len(fence) > 1 || strings.TrimSpace(s) == "" {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

// longestRun returns the length of the longest run of c in s.
func longestRun(s string, c rune) int {
	longest, run := 0, 0
	for _, r := range s {
		if run++; r != c {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// cell is code within a table, where a pipe ends the cell even in code.
func cell(s string) string { return strings.ReplaceAll(code(s), "|", `\|`) }

var markdownEscapes = strings.NewReplacer("<", "&lt;", "&", "&amp;", "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "\\", `\\`)

func plainText(s string) string { return markdownEscapes.Replace(printable(s)) }

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

func codes(refs []Ref) string {
	return strings.Join(each(refs, func(r Ref) string { return code(r.String()) }), ", ")
}

func each[T any](items []T, f func(T) string) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = f(item)
	}
	return out
}

// count returns "1 node" or "2 nodes".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func sortedDistinct(s []string) []string {
	set := map[string]bool{}
	for _, v := range s {
		set[v] = true
	}
	return slices.Sorted(maps.Keys(set))
}
