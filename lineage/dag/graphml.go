package dag

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteGraphML writes the graph as GraphML. Node names of the format may not
// hold all that IDs do, so nodes are n0, n1, …, and the ID is an attribute.
func (g *Graph) WriteGraphML(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString(xml.Header + `<graphml xmlns="http://graphml.graphdrawing.org/xmlns">` + "\n")
	for _, f := range nodeFields {
		fmt.Fprintf(b, "  <key id=\"%s\" for=\"node\" attr.name=\"%s\" attr.type=\"string\"/>\n", f.name, f.name)
	}
	b.WriteString("  <key id=\"origins\" for=\"edge\" attr.name=\"origins\" attr.type=\"int\"/>\n")
	b.WriteString("  <graph edgedefault=\"directed\">\n")
	for i := range g.Nodes {
		fmt.Fprintf(b, "    <node id=\"n%d\">", i)
		for _, f := range nodeFields {
			if v := f.value(&g.Nodes[i]); v != "" {
				fmt.Fprintf(b, `<data key="%s">`, f.name)
				if err := xml.EscapeText(b, []byte(v)); err != nil {
					return err
				}
				b.WriteString("</data>")
			}
		}
		b.WriteString("</node>\n")
	}
	for _, e := range g.Edges {
		fmt.Fprintf(b, "    <edge source=\"n%d\" target=\"n%d\"><data key=\"origins\">%d</data></edge>\n",
			g.index[e.From], g.index[e.To], len(e.Origins))
	}
	b.WriteString("  </graph>\n</graphml>\n")
	return b.Flush()
}

// nodeFields are the fields of a node, as text, in the order of the columns of a
// table of nodes. Lists are separated by semicolons.
var nodeFields = []struct {
	name  string
	value func(*Node) string
}{
	{"id", func(n *Node) string { return n.ID }},
	{"project", func(n *Node) string { return n.Project }},
	{"unique_id", func(n *Node) string { return n.UniqueID }},
	{"type", func(n *Node) string { return n.Type }},
	{"package", func(n *Node) string { return n.Package }},
	{"name", func(n *Node) string { return n.Name }},
	{"version", func(n *Node) string { return n.Version }},
	{"database", func(n *Node) string { return n.Database }},
	{"schema", func(n *Node) string { return n.Schema }},
	{"identifier", func(n *Node) string { return n.Identifier }},
	{"relation", func(n *Node) string { return n.Relation }},
	{"materialization", func(n *Node) string { return n.Materialization }},
	{"adapter", func(n *Node) string { return n.Adapter }},
	{"description", func(n *Node) string { return n.Description }},
	{"tags", func(n *Node) string { return strings.Join(n.Tags, ";") }},
	{"owner", func(n *Node) string { return n.Owner }},
	{"columns", func(n *Node) string { return columnNames(n.Columns) }},
	{"path", func(n *Node) string { return n.Path }},
	{"external", func(n *Node) string { return ifTrue(n.External) }},
	{"placeholder", func(n *Node) string { return ifTrue(n.Placeholder) }},
	{"members", func(n *Node) string { return refNames(n.Members) }},
}

func columnNames(columns []Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = strings.TrimSpace(c.Name + " " + c.Type)
	}
	return strings.Join(names, ";")
}

func refNames(refs []Ref) string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = r.String()
	}
	return strings.Join(names, ";")
}

func ifTrue(b bool) string {
	if !b {
		return ""
	}
	return strconv.FormatBool(b)
}
