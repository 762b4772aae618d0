package share

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// How much a text and a page show. The JSON has everything.
const (
	mostFindings = 200
	mostRows     = 1000
	mostNames    = 5
)

// String returns the result for a person: findings first, then who can do what, with the
// reasons why not below. What names hold is made safe to look at. It shows the first 200
// findings and 1,000 rows, and says how many there are.
func (r AuditResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Who can read and write shared data: %s\n", r.summary())
	r.findingsText(&b)
	r.accessText(&b)
	r.membersText(&b)
	r.warehousesText(&b)
	b.WriteString("\n" + notLookedInto + "\n")
	return b.String()
}

// notLookedInto is what else gives access.
const notLookedInto = "Not looked into: ownership, system privileges of roles, privileges on columns and functions, default privileges, " +
	"stored procedures, views and external schemas of consumers that refer to shared tables, and IAM."

// summary counts what the result is about.
func (r AuditResult) summary() string {
	tables, unseen := 0, 0
	for _, s := range r.Schemas {
		tables += len(s.Tables)
	}
	for _, w := range r.Warehouses {
		if w.NotLookedInto {
			unseen++
		}
	}
	text := plural(len(r.Warehouses)-unseen, "warehouse") + ", " + plural(len(r.Schemas), "shared schema") + ", " + plural(tables, "table")
	if unseen > 0 {
		text += "; " + plural(unseen, "more") + " not looked into"
	}
	return text
}

// plural returns a count with its word.
func plural(n int, word string) string {
	if n != 1 && word != "more" {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}

// A textTable is rows of cells, of which only the first are written.
type textTable struct {
	rows [][]string
	left int
	most int
}

func (t *textTable) add(cells ...string) {
	if len(t.rows) > t.most {
		t.left++
		return
	}
	for i := range cells {
		cells[i] = printable.Escape(cells[i])
	}
	t.rows = append(t.rows, cells)
}

func (t *textTable) write(b *strings.Builder) {
	var lines strings.Builder
	w := tabwriter.NewWriter(&lines, 0, 0, 2, ' ', 0)
	for _, row := range t.rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
	for line := range strings.Lines(lines.String()) {
		b.WriteString("  " + strings.TrimRight(line, " \n") + "\n")
	}
	if t.left > 0 {
		fmt.Fprintf(b, "  and %d more\n", t.left)
	}
}

func (r AuditResult) findingsText(b *strings.Builder) {
	if len(r.Findings) == 0 {
		b.WriteString("\nNo findings.\n")
		return
	}
	fmt.Fprintf(b, "\nFindings: %d\n", len(r.Findings))
	t := textTable{most: mostFindings}
	t.add("WHAT", "WAREHOUSE", "ABOUT", "")
	for _, f := range r.Findings {
		t.add(string(f.Kind), f.Warehouse, f.about(), f.Text)
	}
	t.write(b)
}

// about names what the finding is about.
func (f Finding) about() string {
	var parts []string
	for _, part := range []string{f.Datashare, f.Database} {
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	if f.Schema != "" {
		parts = append(parts, "schema "+f.Schema)
	}
	if f.Identity.Type != "" {
		parts = append(parts, granteeText(f.Identity))
	}
	return strings.Join(parts, ", ")
}

func (r AuditResult) accessText(b *strings.Builder) {
	if len(r.Access) == 0 {
		b.WriteString("\nNobody was seen to have access.\n")
		return
	}
	b.WriteString("\nAccess\n")
	t := textTable{most: mostRows}
	t.add("WAREHOUSE", "WHO", "SCHEMA", "TABLES", "YES", "UNKNOWN", "NO", "THROUGH")
	notes := footnotes{}
	for i := range r.Access {
		a := &r.Access[i]
		for _, row := range a.rows() {
			if len(t.rows) <= t.most {
				t.add(a.Warehouse, a.who(), a.where(), row.tables, rightsText(row.rights, Yes, &notes), rightsText(row.rights, Unsure, &notes),
					rightsText(row.rights, No, &notes), a.through())
			} else {
				t.left++
			}
		}
	}
	t.write(b)
	for i, note := range notes.list {
		fmt.Fprintf(b, "  [%d] %s\n", i+1, printable.Escape(note))
	}
}

// An accessRow is a line about some tables, or the schema.
type accessRow struct {
	tables string
	rights []Right
}

func (a *Access) rows() []accessRow {
	var rows []accessRow
	for _, t := range a.Tables {
		others := slices.ContainsFunc(a.Tables, func(o TableAccess) bool { return !o.Rest && o.Count > 0 })
		rows = append(rows, accessRow{t.what(others), t.Rights})
	}
	if len(a.OnSchema) > 0 {
		rows = append(rows, accessRow{"the schema itself", a.OnSchema})
	}
	return rows
}

// what names the tables. Others tells whether some are told apart.
func (t TableAccess) what(others bool) string {
	var text string
	switch {
	case t.Count == 0 && t.ToCome:
		return "tables to come"
	case len(t.Tables) > mostNames:
		text = strings.Join(t.Tables[:mostNames], ", ") + fmt.Sprintf(" and %d more", t.Count-mostNames)
	case len(t.Tables) > 0:
		text = strings.Join(t.Tables, ", ")
	case others:
		text = fmt.Sprintf("the other %d", t.Count)
	case t.Count == 0:
		text = "none known"
	default:
		text = fmt.Sprintf("all %d", t.Count)
	}
	if t.ToCome {
		text += ", and those to come"
	}
	return text
}

// who names the identity, and counts those alike.
func (a *Access) who() string {
	text := granteeText(a.Identity)
	if len(a.Alike) > 0 {
		text += fmt.Sprintf(" and %d alike", len(a.Alike))
	}
	return text
}

// where names the schema, as the producer does.
func (a *Access) where() string {
	schema := a.Schema
	if schema == "" {
		schema = "(schemas to come)"
	}
	return a.Producer + ": " + a.Source + "." + schema
}

// through names the way in short.
func (a *Access) through() string {
	switch {
	case a.Datashare == "":
		return "its own database"
	case a.Database == "":
		return a.Datashare
	}
	return a.Datashare + " → " + a.Database
}

// footnotes are reasons, each once.
type footnotes struct{ list []string }

func (n *footnotes) number(text string) int {
	i := slices.Index(n.list, text)
	if i < 0 {
		n.list = append(n.list, text)
		i = len(n.list) - 1
	}
	return i + 1
}

// rightsText lists the privileges of one verdict, with numbers of reasons.
func rightsText(rights []Right, v Verdict, notes *footnotes) string {
	var parts []string
	for _, r := range rights {
		if r.Verdict != v {
			continue
		}
		text := privilegesText(r.Privileges)
		for _, why := range r.Why {
			text += fmt.Sprintf(" [%d]", notes.number(why))
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(mergeText(parts), "; ")
}

// mergeText leaves out what is there already.
func mergeText(parts []string) []string { return slices.Compact(parts) }

// privilegesText lists privileges, all of a table by one word.
func privilegesText(list []Privilege) string {
	if len(list) == len(tableBits.list()) {
		return "ALL"
	}
	var words []string
	for _, p := range list {
		words = append(words, string(p))
	}
	return strings.Join(words, ", ")
}

func (r AuditResult) membersText(b *strings.Builder) {
	t := textTable{most: mostFindings}
	t.add("WAREHOUSE", "OF", "MEMBERS")
	for _, w := range r.Warehouses {
		for i := 0; i < len(w.Members); {
			first := i
			var names []string
			for ; i < len(w.Members) && w.Members[i].Of == w.Members[first].Of; i++ {
				names = append(names, w.Members[i].text())
			}
			t.add(w.Name, granteeText(w.Members[first].Of), listed(names))
		}
	}
	if len(t.rows) > 1 {
		b.WriteString("\nMembers of roles and groups\n")
		t.write(b)
	}
}

func (m Member) text() string {
	text := m.Who.Name
	if m.Who.Type == ToRole {
		text = "role " + text
	}
	if len(m.Via) > 0 {
		text += " (through " + strings.Join(m.Via, ", ") + ")"
	}
	return text
}

func (r AuditResult) warehousesText(b *strings.Builder) {
	b.WriteString("\nWarehouses\n")
	for _, w := range r.Warehouses {
		fmt.Fprintf(b, "  %s\n", printable.Escape(w.title()))
		for _, note := range w.Notes {
			fmt.Fprintf(b, "    %s\n", printable.Escape(note))
		}
		for _, u := range w.Unknown {
			fmt.Fprintf(b, "    not read: %s: %s\n", printable.Escape(u.What), printable.Escape(u.Reason))
		}
	}
}

// title names the warehouse and where it is.
func (w AuditedWarehouse) title() string {
	parts := []string{w.Name}
	for _, part := range []string{w.Account, w.Region, w.Namespace} {
		if part != "" && !strings.Contains(w.Name, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
