package dag

import (
	"cmp"
	"embed"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/awspatterns/awspatterns/internal/page"
)

// HTMLOptions says how the page that WriteHTML writes opens.
type HTMLOptions struct {
	// Title is the heading of the page. Defaults to "Lineage".
	Title string `json:"title,omitempty"`

	// Focus is the ID of the node to select at first. Defaults to none: a small
	// graph is then shown whole, and a large one around a table where projects
	// meet or, failing that, another one with many neighbours.
	Focus string `json:"focus,omitempty"`

	// Links are shown in the bar at the top, for instance to other forms of the
	// graph beside the page. Their URLs are relative, or begin with https:// or
	// http://.
	Links []PageLink `json:"links,omitempty"`
}

// A PageLink is a link in the bar of a page.
type PageLink struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

func (l PageLink) validate() error {
	u, err := url.Parse(l.URL)
	switch {
	case err != nil:
		return err
	case l.Text == "" || l.URL == "":
		return fmt.Errorf("a link needs a text and a URL: %+v", l)
	case u.Scheme != "" && u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("the link %q is neither relative nor https or http", l.URL)
	}
	return nil
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
	for _, l := range opts.Links {
		if err := l.validate(); err != nil {
			return fmt.Errorf("dag: write HTML: %w", err)
		}
	}
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
