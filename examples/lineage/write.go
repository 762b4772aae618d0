package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

var formats = []string{"html", "json", "dot", "mermaid", "graphml", "csv", "markdown"}

var endings = map[string]string{"mermaid": "mmd", "markdown": "md"}

// write writes the graph to where -o says. markdown writes that format.
func (s *settings) write(g *dag.Graph, markdown func(io.Writer) error, stdout, messages io.Writer) error {
	if s.format == "csv" {
		return s.writeCSV(g, messages)
	}
	name := cmp.Or(s.out, "lineage."+cmp.Or(endings[s.format], s.format))
	document := func(w io.Writer) error {
		switch s.format {
		case "html":
			return g.WriteHTML(w, dag.HTMLOptions{})
		case "json":
			return g.WriteJSON(w)
		case "dot":
			return g.WriteDOT(w)
		case "graphml":
			return g.WriteGraphML(w)
		case "mermaid":
			n, err := g.WriteMermaid(w)
			if n > 1 {
				fmt.Fprintf(messages, "\nMermaid draws at most %d edges and %d characters: wrote Markdown with %d diagrams.\n",
					dag.MermaidMaxEdges, dag.MermaidMaxText, n)
			}
			return err
		}
		return markdown(w)
	}
	if name == "-" {
		w := bufio.NewWriter(stdout)
		return errors.Join(document(w), w.Flush())
	}
	return writeFile(name, document, messages)
}

func (s *settings) writeCSV(g *dag.Graph, messages io.Writer) error {
	name := cmp.Or(s.out, "lineage")
	var nodes, edges bytes.Buffer
	if err := g.WriteCSV(&nodes, &edges); err != nil {
		return err
	}
	copyOf := func(b *bytes.Buffer) func(io.Writer) error {
		return func(w io.Writer) error { _, err := b.WriteTo(w); return err }
	}
	return errors.Join(writeFile(name+".nodes.csv", copyOf(&nodes), messages), writeFile(name+".edges.csv", copyOf(&edges), messages))
}

// writeFile writes a document once it is complete, so that an error while it is
// made leaves the file as it was.
func writeFile(name string, document func(io.Writer) error, messages io.Writer) error {
	var b bytes.Buffer
	if err := document(&b); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
		return err
	}
	fmt.Fprintf(messages, "\nWrote %s\n", name)
	return nil
}
