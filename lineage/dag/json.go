package dag

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// WriteJSON writes the graph as JSON: nodes, edges and report, sorted, one node
// and one edge to a line, and without anything that changes from run to run.
// [ReadJSON] reads it back.
func (g *Graph) WriteJSON(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString(`{"nodes":[`)
	if err := writeLines(b, g.Nodes); err != nil {
		return err
	}
	b.WriteString(`],"edges":[`)
	if err := writeLines(b, g.Edges); err != nil {
		return err
	}
	b.WriteString(`],"report":`)
	report, err := json.Marshal(g.Report)
	if err != nil {
		return err
	}
	b.Write(report)
	b.WriteString("}\n")
	return b.Flush()
}

func writeLines[T any](b *bufio.Writer, list []T) error {
	for i := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		line, err := json.Marshal(&list[i])
		if err != nil {
			return err
		}
		b.Write(line)
	}
	if len(list) > 0 {
		b.WriteByte('\n')
	}
	return nil
}

// ReadJSON reads a graph that [Graph.WriteJSON] wrote, and checks it.
func ReadJSON(r io.Reader) (*Graph, error) {
	var document struct {
		Nodes  *[]Node `json:"nodes"`
		Edges  *[]Edge `json:"edges"`
		Report Report  `json:"report"`
	}
	d := json.NewDecoder(r)
	if err := d.Decode(&document); err != nil {
		return nil, fmt.Errorf("dag: read graph: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("dag: read graph: something follows the graph")
	}
	if document.Nodes == nil || document.Edges == nil {
		return nil, errors.New("dag: read graph: no list of nodes or of edges")
	}
	g := Graph{Nodes: *document.Nodes, Edges: *document.Edges, Report: document.Report}
	if err := g.build(); err != nil {
		return nil, fmt.Errorf("dag: read graph: %w", err)
	}
	return &g, nil
}
