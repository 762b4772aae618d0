package dag

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A GraphDiff is what changed from one graph to another. All lists are sorted.
type GraphDiff struct {
	Added   []Node       `json:"added,omitempty"`
	Removed []NodeChange `json:"removed,omitempty"`
	Changed []NodeChange `json:"changed,omitempty"`

	AddedEdges   []Edge `json:"added_edges,omitempty"`
	RemovedEdges []Edge `json:"removed_edges,omitempty"`
	ChangedEdges []Edge `json:"changed_edges,omitempty"` // as they are after; other origins
}

// A NodeChange is a node that was removed, or of which fields changed.
type NodeChange struct {
	ID     string        `json:"id"` // before
	Fields []FieldChange `json:"fields,omitempty"`

	// Breaking tells what a reader of the table will notice: that it is gone,
	// has another name, or lacks a column or has it with another type. A node
	// that nothing reads breaks nothing.
	Breaking []string `json:"breaking,omitempty"`

	// Readers is the number of nodes downstream before the change.
	Readers int `json:"readers"`
}

// A FieldChange is a field of a node with two different values.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Diff compares two graphs, by the IDs of their nodes. A node is not removed but
// changed if it was joined into another one, or if a new one builds its table.
//
// Names of tables are compared as their engines fold them. A column is missing
// only where that can be known: not if the first graph has the columns of a
// catalog and the second just those that are documented.
func Diff(before, after *Graph) GraphDiff {
	var d GraphDiff
	for i := range after.Nodes {
		if _, ok := before.Node(after.Nodes[i].ID); !ok {
			d.Added = append(d.Added, after.Nodes[i])
		}
	}
	joined, built := after.joined(), buildersByRelation(d.Added)
	for i := range before.Nodes {
		old := &before.Nodes[i]
		c, removed := NodeChange{ID: old.ID}, false
		if now, ok := after.Node(old.ID); ok {
			c.Fields, c.Breaking = changes(old, now)
		} else if into, ok := joined[old.ref()]; ok {
			c.Fields = []FieldChange{{"id", old.ID, into}}
		} else if now := builtAgain(old, built); now != nil {
			c.Fields, c.Breaking = columnChanges(old, now)
			c.Fields = slices.Insert(c.Fields, 0, FieldChange{"id", old.ID, now.ID})
		} else {
			removed, c.Breaking = true, []string{"removed"}
		}
		if !removed && len(c.Fields) == 0 {
			continue
		}
		if c.Readers = before.readers(int32(i)); c.Readers == 0 {
			c.Breaking = nil
		}
		if removed {
			d.Removed = append(d.Removed, c)
		} else {
			d.Changed = append(d.Changed, c)
		}
	}
	d.edges(before, after)
	return d
}

// joined returns the ID of the node that each member was joined into.
func (g *Graph) joined() map[Ref]string {
	into := map[Ref]string{}
	for i := range g.Nodes {
		for _, m := range g.Nodes[i].Members {
			into[m] = g.Nodes[i].ID
		}
	}
	return into
}

func buildersByRelation(nodes []Node) map[relation]*Node {
	built := map[relation]*Node{}
	for i := range nodes {
		if r, ok := relationOf(&nodes[i]); ok && nodes[i].builds() {
			built[r] = &nodes[i]
		}
	}
	return built
}

// builtAgain returns the new node that builds the table of a node that is gone.
func builtAgain(old *Node, built map[relation]*Node) *Node {
	r, ok := relationOf(old)
	if !ok || !old.builds() {
		return nil
	}
	return built[r]
}

func (g *Graph) readers(i int32) int {
	nodes, _ := g.links.Reach([]int32{i}, 0)
	return len(nodes)
}

func (d *GraphDiff) edges(before, after *Graph) {
	compare := func(a, b Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) }
	for _, e := range after.Edges {
		i, ok := slices.BinarySearchFunc(before.Edges, e, compare)
		if !ok {
			d.AddedEdges = append(d.AddedEdges, e)
		} else if !slices.Equal(e.Origins, before.Edges[i].Origins) {
			d.ChangedEdges = append(d.ChangedEdges, e)
		}
	}
	for _, e := range before.Edges {
		if _, ok := slices.BinarySearchFunc(after.Edges, e, compare); !ok {
			d.RemovedEdges = append(d.RemovedEdges, e)
		}
	}
}

// changes compares the fields of a node and tells which changes break readers.
func changes(old, now *Node) (fields []FieldChange, breaking []string) {
	for _, f := range nodeFields {
		if a, b := f.value(old), f.value(now); f.name != "columns" && a != b {
			fields = append(fields, FieldChange{f.name, a, b})
		}
	}
	was, wasTable := relationOf(old)
	is, isTable := relationOf(now)
	switch {
	case wasTable && isTable && was != is:
		breaking = append(breaking, fmt.Sprintf("relation was %s, is %s", displayRelation(old), displayRelation(now)))
	case wasTable && now.Placeholder:
		breaking = append(breaking, "is not described any more, perhaps disabled")
	case wasTable && now.Materialization == "ephemeral":
		breaking = append(breaking, "is no table any more but ephemeral")
	}
	columnFields, columnBreaks := columnChanges(old, now)
	return append(fields, columnFields...), append(breaking, columnBreaks...)
}

// columnChanges compares columns by name, ignoring case. A type that was or
// becomes unknown is no change of type.
func columnChanges(old, now *Node) (fields []FieldChange, breaking []string) {
	before, after := columnIndex(old.Columns), columnIndex(now.Columns)
	for _, a := range old.Columns {
		i, ok := after[strings.ToLower(a.Name)]
		if !ok {
			fields = append(fields, FieldChange{"column " + a.Name, columnText(a), ""})
			if now.Catalog || !old.Catalog {
				breaking = append(breaking, "column "+a.Name+" removed")
			}
			continue
		}
		b := now.Columns[i]
		if a != b {
			fields = append(fields, FieldChange{"column " + a.Name, columnText(a), columnText(b)})
		}
		if a.Type != "" && b.Type != "" && canonicalType(a.Type) != canonicalType(b.Type) {
			breaking = append(breaking, fmt.Sprintf("column %s was %s, is %s", a.Name, a.Type, b.Type))
		}
	}
	for _, b := range now.Columns {
		if _, ok := before[strings.ToLower(b.Name)]; !ok {
			fields = append(fields, FieldChange{"column " + b.Name, "", columnText(b)})
		}
	}
	return fields, breaking
}

func columnText(c Column) string {
	return strings.Join(slices.DeleteFunc([]string{c.Name, c.Type, c.Description}, func(s string) bool { return s == "" }), " ")
}

// typeNames are the names that Athena, Redshift and PostgreSQL have for one type.
var typeNames = map[string]string{
	"character varying": "varchar", "nvarchar": "varchar", "string": "varchar", "character": "char", "bpchar": "char", "nchar": "char",
	"int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "bool": "boolean",
	"float8": "double", "double precision": "double", "float4": "real", "decimal": "numeric",
	"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
}

// canonicalType returns a type under one of its names, with its length if it has
// one: varchar(10) for character varying(10).
func canonicalType(name string) string {
	name, length, hasLength := strings.Cut(strings.ToLower(name), "(")
	name = strings.TrimSpace(name)
	if other, ok := typeNames[name]; ok {
		name = other
	}
	if hasLength {
		name += "(" + strings.ReplaceAll(length, " ", "")
	}
	return name
}

// Empty reports whether nothing changed.
func (d *GraphDiff) Empty() bool {
	return len(d.Added)+len(d.Removed)+len(d.Changed)+len(d.AddedEdges)+len(d.RemovedEdges)+len(d.ChangedEdges) == 0
}

// Breaking returns the removed and changed nodes that break a reader.
func (d *GraphDiff) Breaking() []NodeChange {
	return slices.DeleteFunc(slices.Concat(d.Removed, d.Changed), func(c NodeChange) bool { return len(c.Breaking) == 0 })
}

// WriteMarkdown writes the difference as a comment for a pull request.
func (d *GraphDiff) WriteMarkdown(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("# Lineage changes\n\n")
	if d.Empty() {
		b.WriteString("None.\n")
	} else {
		b.WriteString("| | added | removed | changed | breaking |\n|---|--:|--:|--:|--:|\n")
		fmt.Fprintf(&b, "| nodes | %d | %d | %d | %d |\n", len(d.Added), len(d.Removed), len(d.Changed), len(d.Breaking()))
		fmt.Fprintf(&b, "| edges | %d | %d | %d | |\n", len(d.AddedEdges), len(d.RemovedEdges), len(d.ChangedEdges))
	}
	list(&b, "Breaking", d.Breaking(), func(c NodeChange) string {
		return fmt.Sprintf("%s: %s (%s downstream)", code(c.ID), strings.Join(each(c.Breaking, plainText), "; "), count(c.Readers, "node"))
	})
	list(&b, "Removed nodes", d.Removed, func(c NodeChange) string { return code(c.ID) })
	list(&b, "Added nodes", d.Added, func(n Node) string { return code(n.ID) + " (" + plainText(n.Type) + ")" })
	list(&b, "Changed nodes", d.Changed, func(c NodeChange) string {
		return code(c.ID) + ": " + strings.Join(each(c.Fields, func(f FieldChange) string {
			return fmt.Sprintf("%s %s → %s", plainText(f.Field), cmp.Or(code(f.Before), "none"), cmp.Or(code(f.After), "none"))
		}), "; ")
	})
	edge := func(e Edge) string { return code(e.From) + " → " + code(e.To) }
	list(&b, "Removed edges", d.RemovedEdges, edge)
	list(&b, "Added edges", d.AddedEdges, edge)
	list(&b, "Edges with other origins", d.ChangedEdges, edge)
	_, err := w.Write(b.Bytes())
	return err
}
