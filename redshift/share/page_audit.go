package share

import (
	"fmt"
	"slices"
	"strings"
)

// auditPage is what the page of an audit is filled with. All its texts are safe.
type auditPage struct {
	Summary, FindingsNote, MatrixNote, AccessNote, NotLookedInto string

	Open       bool // the warehouses, since they are short
	Tiles      []pageTile
	Findings   []pageFinding
	Blocks     []pageBlock
	Warehouses []pageWarehouse
}

type pageFinding struct{ Class, Kind, Warehouse, About, Text string }

// A pageWarehouse is a warehouse with what can be done in it.
type pageWarehouse struct {
	ID, Title, Note string
	Notes, Members  []string
	Rows            []pageAccess
}

// A pageAccess is a right of an identity on some tables.
type pageAccess struct {
	Class, Who, Where, Tables, Verdict, Privileges, Path string
	Why                                                  []string
}

func (r AuditResult) page() auditPage {
	p := auditPage{Summary: r.summary(), Tiles: r.tiles(), NotLookedInto: notLookedInto}
	for _, f := range r.Findings[:min(len(r.Findings), mostFindings)] {
		p.Findings = append(p.Findings, pageFinding{f.Kind.class(), string(f.Kind), safe(f.Warehouse), safe(f.about()), safe(f.Text)})
	}
	p.FindingsNote = shown(len(p.Findings), len(r.Findings))
	ids := map[string]string{}
	for i, w := range r.Warehouses {
		ids[w.Name] = fmt.Sprint("w", i)
	}
	p.Blocks, p.MatrixNote = r.matrix(ids)
	rows, all := 0, 0
	for _, w := range r.Warehouses {
		view, left := r.pageWarehouse(w, ids[w.Name], mostPageRows-rows)
		rows += len(view.Rows)
		all += len(view.Rows) + left
		p.Warehouses = append(p.Warehouses, view)
	}
	p.AccessNote = shown(rows, all) + " rights"
	p.Open = all <= 100
	return p
}

// mostPageRows is how many rights a page shows.
const mostPageRows = 3000

// class returns the style of a kind of findings.
func (k FindingKind) class() string {
	switch k {
	case WritesUnmeant, PublicGrant, PublicAccessible:
		return "lost"
	case AllToEveryUser, ConsumerNotLookedInto, NotRead:
		return "unsure"
	}
	return "odd"
}

// tiles counts identities by what they can do at best.
func (r AuditResult) tiles() []pageTile {
	type key struct {
		warehouse string
		who       Grantee
	}
	writes, reads := map[key]Verdict{}, map[key]Verdict{}
	for i := range r.Access {
		a := &r.Access[i]
		k := key{a.Warehouse, a.Identity}
		a.each(func(right Right, _ int) {
			for _, p := range right.Privileges {
				switch {
				case p.writes() && better(right.Verdict, writes[k]):
					writes[k] = right.Verdict
				case p == Select && better(right.Verdict, reads[k]):
					reads[k] = right.Verdict
				}
			}
		})
	}
	number := func(m map[key]Verdict, v Verdict) int {
		n := 0
		for _, have := range m {
			if have == v {
				n++
			}
		}
		return n
	}
	return []pageTile{
		{"write", "Write", number(writes, Yes), "identities"},
		{"unsure", "May write", number(writes, Unsure), "unknown, at most"},
		{"odd", "Granted in vain", number(writes, No), "to write"},
		{"read", "Read", number(reads, Yes), "identities"},
		{"unsure", "May read", number(reads, Unsure), "unknown, at most"},
		{"lost", "Findings", len(r.Findings), ""},
	}
}

// pageWarehouse returns a warehouse with at most so many rows, and how many are left out.
func (r AuditResult) pageWarehouse(w AuditedWarehouse, id string, most int) (pageWarehouse, int) {
	v := pageWarehouse{ID: id, Title: safe(w.title())}
	for _, note := range w.Notes {
		v.Notes = append(v.Notes, safe(note))
	}
	for _, u := range w.Unknown {
		v.Notes = append(v.Notes, safe("Not read: "+u.What+": "+u.Reason))
	}
	for _, m := range w.Members[:min(len(w.Members), mostFindings)] {
		v.Members = append(v.Members, safe(granteeText(m.Of)+": "+m.text()))
	}
	if left := len(w.Members) - len(v.Members); left > 0 {
		v.Members = append(v.Members, fmt.Sprintf("and %d more", left))
	}
	left := 0
	for _, a := range r.of(w.Name) {
		for _, row := range a.rows() {
			for _, right := range row.rights {
				if len(v.Rows) >= most {
					left++
					continue
				}
				v.Rows = append(v.Rows, a.pageRow(row.tables, right))
			}
		}
	}
	v.Note = shown(len(v.Rows), len(v.Rows)+left) + " rights"
	return v, left
}

// of returns what can be done in a warehouse. The list is sorted by it.
func (r AuditResult) of(warehouse string) []Access {
	first, _ := slices.BinarySearchFunc(r.Access, warehouse, func(a Access, name string) int { return strings.Compare(a.Warehouse, name) })
	end := first
	for end < len(r.Access) && r.Access[end].Warehouse == warehouse {
		end++
	}
	return r.Access[first:end]
}

func (a *Access) pageRow(tables string, right Right) pageAccess {
	row := pageAccess{
		Class: classOfVerdict(right.Verdict), Who: safe(a.who()), Where: safe(a.where()), Tables: safe(tables), Verdict: string(right.Verdict),
		Privileges: privilegesText(right.Privileges), Path: safe(pathText(right.Path)),
	}
	for _, why := range right.Why {
		row.Why = append(row.Why, safe(why))
	}
	return row
}

// pathText returns a path on one line.
func pathText(path []Hop) string {
	var parts []string
	for _, h := range path {
		text := h.Kind
		if h.Name != "" {
			text += " " + h.Name
		}
		if h.Gives != "" {
			text += " (" + h.Gives + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " → ")
}
