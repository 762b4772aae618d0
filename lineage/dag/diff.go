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
	ID     string        `json:"id"`
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

// Diff compares two graphs, by the IDs of their nodes. A node that was joined
// into another one is changed, not removed.
func Diff(before, after *Graph) GraphDiff {
	var d GraphDiff
	joined := after.joined()
	for i := range after.Nodes {
		if _, ok := before.Node(after.Nodes[i].ID); !ok {
			d.Added = append(d.Added, after.Nodes[i])
		}
	}
	for i := range before.Nodes {
		old := &before.Nodes[i]
		now, ok := after.Node(old.ID)
		c := NodeChange{ID: old.ID, Readers: before.readers(int32(i))}
		into, isJoined := joined[old.ref()]
		switch {
		case ok:
			c.Fields, c.Breaking = changes(old, now)
		case isJoined:
			ok, c.Fields = true, []FieldChange{{"id", old.ID, into}}
		default:
			c.Breaking = []string{"removed"}
		}
		if c.Readers == 0 {
			c.Breaking = nil
		}
		switch {
		case !ok:
			d.Removed = append(d.Removed, c)
		case len(c.Fields) > 0:
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
		a, b := f.value(old), f.value(now)
		if f.name == "columns" || a == b {
			continue
		}
		fields = append(fields, FieldChange{f.name, a, b})
		switch {
		case f.name == "relation":
			breaking = append(breaking, fmt.Sprintf("relation was %s, is %s", a, b))
		case f.name == "materialization" && b == "ephemeral":
			breaking = append(breaking, "is no table any more but ephemeral")
		case f.name == "placeholder" && now.Placeholder:
			breaking = append(breaking, "is not described any more, perhaps disabled")
		}
	}
	columnFields, columnBreaks := columnChanges(old.Columns, now.Columns)
	return append(fields, columnFields...), append(breaking, columnBreaks...)
}

// columnChanges compares columns by name, ignoring case. A type that was or
// becomes unknown is no change of type.
func columnChanges(old, now []Column) (fields []FieldChange, breaking []string) {
	find := func(columns []Column, name string) *Column {
		i := slices.IndexFunc(columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
		if i < 0 {
			return nil
		}
		return &columns[i]
	}
	text := func(c *Column) string {
		return strings.Join(slices.DeleteFunc([]string{c.Name, c.Type, c.Description}, func(s string) bool { return s == "" }), " ")
	}
	for i := range old {
		a, b := &old[i], find(now, old[i].Name)
		switch {
		case b == nil:
			fields = append(fields, FieldChange{"column " + a.Name, text(a), ""})
			breaking = append(breaking, "column "+a.Name+" removed")
			continue
		case *a != *b:
			fields = append(fields, FieldChange{"column " + a.Name, text(a), text(b)})
		}
		if a.Type != "" && b.Type != "" && !strings.EqualFold(a.Type, b.Type) {
			breaking = append(breaking, fmt.Sprintf("column %s was %s, is %s", a.Name, a.Type, b.Type))
		}
	}
	for i := range now {
		if find(old, now[i].Name) == nil {
			fields = append(fields, FieldChange{"column " + now[i].Name, "", text(&now[i])})
		}
	}
	return fields, breaking
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
