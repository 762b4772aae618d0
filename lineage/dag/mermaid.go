package dag

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mermaid draws nothing beyond these defaults of its maxEdges and maxTextSize.
const (
	MermaidMaxEdges = 500
	MermaidMaxText  = 50_000
)

// WriteMermaid writes the graph as a Mermaid flowchart and returns the number of
// diagrams that took. A graph beyond the limits of the renderer is split: the
// output is then Markdown with one fenced diagram after the other, in which every
// edge stands once, and nodes stand wherever their edges do.
func (g *Graph) WriteMermaid(w io.Writer) (diagrams int, err error) {
	parts := g.mermaidParts()
	if len(parts) == 1 {
		_, err := io.WriteString(w, parts[0])
		return 1, err
	}
	for i, part := range parts {
		if _, err := fmt.Fprintf(w, "## Part %d of %d\n\n```mermaid\n%s```\n\n", i+1, len(parts), part); err != nil {
			return len(parts), err
		}
	}
	return len(parts), nil
}

// mermaidParts returns diagrams within the limits. It goes along the data, so
// that what hangs together mostly stays together.
func (g *Graph) mermaidParts() []string {
	names := g.projectNames()
	classes := map[string]int{}
	for i, name := range names {
		classes[name] = i
	}
	part := newMermaidPart(len(names))
	var parts []string
	flush := func() {
		parts = append(parts, part.String())
		part = newMermaidPart(len(names))
	}
	order, _ := g.links.TopoOrder()
	for _, i := range order {
		if len(g.links.In(i))+len(g.links.Out(i)) == 0 && !part.add(g, classes, i) {
			flush()
			part.add(g, classes, i)
		}
		for _, to := range g.links.Out(i) {
			if !part.add(g, classes, i, to) {
				flush()
				part.add(g, classes, i, to)
			}
		}
	}
	if part.edges > 0 || len(part.has) > 0 || len(parts) == 0 {
		flush()
	}
	return parts
}

// mermaidPart is one diagram that is being made.
type mermaidPart struct {
	text  strings.Builder
	has   map[int32]bool
	edges int
}

func newMermaidPart(projects int) *mermaidPart {
	p := &mermaidPart{has: map[int32]bool{}}
	p.text.WriteString("flowchart LR\n")
	for i := range min(projects, 100) { // beyond that colours repeat anyway
		c := projectColor(i)
		fmt.Fprintf(&p.text, "  classDef p%d fill:%s,color:%s,stroke:#888\n", i, c, c.ink())
	}
	return p
}

func (p *mermaidPart) String() string { return p.text.String() }

// add adds a node, or two and the edge between them. It returns false and does
// nothing if the diagram would grow beyond the limits.
func (p *mermaidPart) add(g *Graph, classes map[string]int, nodes ...int32) bool {
	var lines strings.Builder
	for _, i := range nodes {
		if !p.has[i] {
			fmt.Fprintf(&lines, "  n%d%s:::p%d\n", i, mermaidShape(&g.Nodes[i]), classes[g.Nodes[i].Project]%100)
		}
	}
	if len(nodes) == 2 {
		fmt.Fprintf(&lines, "  n%d --> n%d\n", nodes[0], nodes[1])
	}
	if len(p.has) > 0 && (p.edges+len(nodes)-1 > MermaidMaxEdges || p.text.Len()+lines.Len() > MermaidMaxText) {
		return false
	}
	p.text.WriteString(lines.String())
	p.edges += len(nodes) - 1
	for _, i := range nodes {
		p.has[i] = true
	}
	return true
}

// mermaidShape returns a node's label in the brackets of its shape.
func mermaidShape(n *Node) string {
	label := `"` + mermaidText(n.Name) + `"`
	switch n.Type {
	case "source", "seed":
		return "[(" + label + ")]"
	case "exposure":
		return "([" + label + "])"
	}
	return "[" + label + "]"
}

// mermaidText writes whatever Mermaid, or a template engine on the way to it,
// might take for markup as the code of a character. Mermaid counts text, so very
// long names are cut.
func mermaidText(s string) string {
	const longest = 200
	if utf8.RuneCountInString(s) > longest {
		s = string([]rune(s)[:longest-1]) + "…"
	}
	var b strings.Builder
	for _, r := range printable(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(" _.,-/…", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
