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
// and what a person should look at.
func (g *Graph) WriteMarkdown(w io.Writer) error {
	var b bytes.Buffer
	r := &g.Report
	fmt.Fprintf(&b, "# Lineage of %s\n\n", count(len(r.Projects), "project"))
	fmt.Fprintf(&b, "%s, %s\n\n", count(len(g.Nodes), "node"), count(len(g.Edges), "edge"))
	b.WriteString("| project | adapter | dbt | schema | nodes | edges |\n|---|---|---|---|--:|--:|\n")
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
		return fmt.Sprintf("%s could be %s (%s)", code(a.Node.String()), codes(a.Candidates), a.Level)
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
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 || strings.TrimSpace(s) == "" {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

// cell is code within a table, where a pipe ends the cell even in code.
func cell(s string) string { return strings.ReplaceAll(code(s), "|", `\|`) }

var markdownEscapes = strings.NewReplacer("<", "&lt;", "&", "&amp;", "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "\\", `\\`)

func plainText(s string) string { return markdownEscapes.Replace(printable(s)) }

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
