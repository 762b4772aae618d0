package dag

import (
	"cmp"
	"embed"
	"fmt"
	"io"
	"strings"

	"github.com/awspatterns/awspatterns/internal/page"
)

// HTMLOptions says how the page that WriteHTML writes opens.
type HTMLOptions struct {
	// Title is the heading of the page. Defaults to "Lineage".
	Title string

	// Focus is the ID of the node to select at first. Defaults to none: a small
	// graph is then shown whole, and a large one around a table where projects
	// meet or, failing that, another one with many neighbours.
	Focus string
}

// WriteHTML writes a page on which a person explores the graph: one HTML file
// without references to anything outside it, to be opened from a disk, mailed
// or put on a web server. It needs a browser of 2024 or later. Equal graphs give
// equal bytes.
//
// A graph of more than 150 nodes opens on a neighbourhood, and one with more nodes
// and edges than a browser draws quickly is shown a neighbourhood at a time. If opts.Focus names no node, the error wraps
// [ErrNoNode] and nothing is written.
func (g *Graph) WriteHTML(w io.Writer, opts HTMLOptions) error {
	opts.Title = cmp.Or(opts.Title, "Lineage")
	data, err := g.htmlData(opts)
	if err != nil {
		return fmt.Errorf("dag: write HTML: %w", err)
	}
	err = page.Document{
		Title:  opts.Title,
		Style:  htmlFile("page.css"),
		Script: htmlScript(),
		Body:   htmlFile("body.html"),
		Data:   data,
	}.Write(w)
	if err != nil {
		return fmt.Errorf("dag: write HTML: %w", err)
	}
	return nil
}

//go:embed html
var htmlFiles embed.FS

func htmlFile(name string) string {
	text, err := htmlFiles.ReadFile("html/" + name)
	if err != nil {
		panic(err) // the file is part of this package
	}
	return string(text)
}

// htmlScript joins the page's scripts into one function, so that they share
// names with each other and with nothing else.
func htmlScript() string {
	var b strings.Builder
	b.WriteString("(() => {\n'use strict';\n")
	for _, name := range []string{
		"data.js", "hood.js", "layout.js", "draw.js", "view.js", "search.js",
		"panel.js", "report.js", "export.js", "main.js",
	} {
		b.WriteString(htmlFile(name))
	}
	b.WriteString("})();\n")
	return b.String()
}
