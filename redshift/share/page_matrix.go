package share

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A pageBlock is a part of the matrix: some warehouses side by side.
type pageBlock struct {
	Warehouses []pageColumn
	Rows       []pageRow
}

type pageColumn struct {
	Name     string
	Stranger bool
}

// A pageRow is a schema, or a table of it that differs.
type pageRow struct {
	Table      bool
	Name, Note string
	Cells      []pageCell
}

// A pageCell tells what can be done in one warehouse: the style of R and of W, and who can.
type pageCell struct{ ID, Read, Write, Says string }

// How large a matrix is at most.
const (
	mostColumns   = 20   // side by side
	mostCells     = 8000 // on the page
	mostDiffering = 5    // tables of a schema
)

// A matrixRow is what a row is about.
type matrixRow struct {
	schema AuditedSchema
	table  string
	note   string
}

// matrix returns the matrix in blocks, and a note on what it shows.
func (r AuditResult) matrix(ids map[string]string) ([]pageBlock, string) {
	if len(r.Schemas) == 0 {
		return nil, ""
	}
	access := map[string][]*Access{}
	for i := range r.Access {
		a := &r.Access[i]
		access[matrixKey(a.Producer, a.Source, a.Schema)] = append(access[matrixKey(a.Producer, a.Source, a.Schema)], a)
	}
	rows, all := r.matrixRows(access)
	columns := r.columns()
	if most := max(1, mostCells/max(1, len(columns))); len(rows) > most {
		rows = rows[:most]
	}
	var blocks []pageBlock
	for some := range slices.Chunk(columns, mostColumns) {
		blocks = append(blocks, r.block(some, rows, access, ids))
	}
	return blocks, shown(len(rows), all) + " rows, " + plural(len(columns), "warehouse")
}

func matrixKey(producer, database, schema string) string {
	return producer + "\x00" + database + "\x00" + schema
}

// columns returns the warehouses that have access to something.
func (r AuditResult) columns() []AuditedWarehouse {
	var list []AuditedWarehouse
	for _, w := range r.Warehouses {
		if len(r.of(w.Name)) > 0 || !w.NotLookedInto {
			list = append(list, w)
		}
	}
	return list
}

// matrixRows returns a row for each schema, and below it tables that somebody has other
// rights on than on the rest. It returns also how many rows there would be in all.
func (r AuditResult) matrixRows(access map[string][]*Access) ([]matrixRow, int) {
	var rows []matrixRow
	all := 0
	for _, s := range r.Schemas {
		differing := map[string]bool{}
		for _, a := range access[matrixKey(s.Producer, s.Database, s.Schema)] {
			for _, t := range a.Tables {
				if t.Rest {
					continue
				}
				for _, table := range t.Tables {
					differing[table] = true
				}
			}
		}
		note := plural(len(s.Tables), "table")
		tables := slices.Sorted(maps.Keys(differing))
		all += 1 + len(tables)
		if n := len(tables); n > mostDiffering {
			tables = tables[:mostDiffering]
			note += fmt.Sprintf(", %d differ, %d of them below", n, mostDiffering)
		}
		rows = append(rows, matrixRow{schema: s, note: note})
		for _, table := range tables {
			rows = append(rows, matrixRow{schema: s, table: table})
		}
	}
	return rows, all
}

func (r AuditResult) block(columns []AuditedWarehouse, rows []matrixRow, access map[string][]*Access, ids map[string]string) pageBlock {
	var b pageBlock
	for _, w := range columns {
		b.Warehouses = append(b.Warehouses, pageColumn{safe(w.Name), w.NotLookedInto})
	}
	for _, row := range rows {
		s := row.schema
		v := pageRow{Table: row.table != "", Name: safe(cmp.Or(row.table, s.Producer+": "+s.Database+"."+s.Schema)), Note: row.note}
		by := map[string][]*Access{}
		for _, a := range access[matrixKey(s.Producer, s.Database, s.Schema)] {
			by[a.Warehouse] = append(by[a.Warehouse], a)
		}
		for _, w := range columns {
			v.Cells = append(v.Cells, r.cell(by[w.Name], row.table, ids[w.Name]))
		}
		b.Rows = append(b.Rows, v)
	}
	return b
}

// A mark sums up one kind of access in one warehouse.
type mark struct {
	best  Verdict
	super bool
	who   map[Verdict][]string
}

func (m *mark) add(who Grantee, v Verdict) {
	if who.Type == Superusers {
		m.super = m.super || v == Yes
		return
	}
	if better(v, m.best) {
		m.best = v
	}
	if m.who == nil {
		m.who = map[Verdict][]string{}
	}
	if name := granteeText(who); !slices.Contains(m.who[v], name) {
		m.who[v] = append(m.who[v], name)
	}
}

// class returns the style of the mark.
func (m *mark) class() string {
	switch {
	case m.best == Yes:
		return "yes"
	case m.best == Unsure:
		return "maybe"
	case m.super:
		return "super"
	case m.best == No:
		return "vain"
	}
	return ""
}

// says tells who it is.
func (m *mark) says(what string) string {
	var parts []string
	for _, v := range []Verdict{Yes, Unsure, No} {
		if names := m.who[v]; len(names) > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s", v, listed(names)))
		}
	}
	if m.super {
		parts = append(parts, "superusers")
	}
	if len(parts) == 0 {
		return what + ": nobody was seen to"
	}
	return what + ": " + strings.Join(parts, "; ")
}

// cell sums up what can be done in a schema, or with a table, in one warehouse.
func (r AuditResult) cell(list []*Access, table, id string) pageCell {
	var read, write mark
	take := func(who Grantee, right Right) {
		for _, p := range right.Privileges {
			switch {
			case p.writes():
				write.add(who, right.Verdict)
			case p == Select:
				read.add(who, right.Verdict)
			}
		}
	}
	for _, a := range list {
		if table == "" {
			a.each(func(right Right, _ int) { take(a.Identity, right) })
			continue
		}
		for _, right := range a.at(r, table) {
			take(a.Identity, right)
		}
	}
	c := pageCell{Read: read.class(), Write: write.class(), Says: safe(read.says("read")) + "\n" + safe(write.says("write"))}
	if len(list) > 0 {
		c.ID = id
	}
	return c
}
