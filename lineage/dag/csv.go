package dag

import (
	"encoding/csv"
	"io"
)

// WriteCSV writes the nodes and the edges as two tables with a header each.
// Lists within a field are separated by semicolons.
func (g *Graph) WriteCSV(nodes, edges io.Writer) error {
	w := csv.NewWriter(nodes)
	row := make([]string, len(nodeFields))
	for i, f := range nodeFields {
		row[i] = f.name
	}
	w.Write(row)
	for i := range g.Nodes {
		for j, f := range nodeFields {
			row[j] = f.value(&g.Nodes[i])
		}
		w.Write(row)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	w = csv.NewWriter(edges)
	w.Write([]string{"from", "to", "origins"})
	for _, e := range g.Edges {
		w.Write([]string{e.From, e.To, originNames(e.Origins)})
	}
	w.Flush()
	return w.Error()
}

func originNames(origins []Origin) string {
	refs := make([]Ref, len(origins))
	for i, o := range origins {
		refs[i] = Ref{o.Project, o.From + ">" + o.To}
	}
	return refNames(refs)
}
