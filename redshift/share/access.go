package share

import "strings"

// A mask is a set of privileges.
type mask uint16

// maskOrder are those that a mask knows, in the order in which they are told.
var maskOrder = [...]Privilege{Select, Insert, Update, Delete, Truncate, Drop, Alter, References, Create, Usage}

const (
	selectBit mask = 1 << iota
	insertBit
	updateBit
	deleteBit
	truncateBit
	dropBit
	alterBit
	referencesBit
	createBit
	usageBit
)

// The privileges of tables and of schemas ("Permissions you can grant to datashares",
// Database Developer Guide). Usage is no access of itself, but nothing goes without it.
const (
	tableBits  = selectBit | insertBit | updateBit | deleteBit | truncateBit | dropBit | alterBit | referencesBit
	schemaBits = createBit | alterBit | dropBit
	writeBits  = insertBit | updateBit | deleteBit | truncateBit | dropBit | alterBit | createBit
)

// maskOf returns the set of one privilege, empty for one that is not looked at.
func maskOf(p Privilege) mask {
	for i := range maskOrder {
		if maskOrder[i] == p {
			return 1 << i
		}
	}
	return 0
}

// list returns the privileges of the set.
func (m mask) list() []Privilege {
	var list []Privilege
	for i, p := range maskOrder {
		if m>>i&1 == 1 {
			list = append(list, p)
		}
	}
	return list
}

// writes reports whether the privilege changes something.
func (p Privilege) writes() bool { return maskOf(p)&writeBits != 0 }

// granted is what one grantee was granted in one database.
type granted struct {
	database mask
	schemas  mask // on all schemas of the database
	tables   mask // on all tables of the database
	schema   map[string]*grantedIn
}

// grantedIn is what a grantee was granted in one schema.
type grantedIn struct {
	itself mask
	tables mask // on all tables of the schema
	table  map[string]mask
}

// add takes in a grant. Functions are not looked at.
func (g *granted) add(grant Grant) {
	m := maskOf(grant.Privilege)
	if m == 0 {
		return
	}
	switch grant.Scope {
	case OnDatabase:
		g.database |= m
	case ForSchemas:
		g.schemas |= m
	case OnSchema:
		g.in(grant.Schema).itself |= m
	case OnTable:
		s := g.in(grant.Schema)
		if s.table == nil {
			s.table = map[string]mask{}
		}
		s.table[grant.Object] |= m
	case ForTables:
		if grant.Schema == "" {
			g.tables |= m
		} else {
			g.in(grant.Schema).tables |= m
		}
	}
}

// in returns what was granted in a schema, to be added to.
func (g *granted) in(schema string) *grantedIn {
	s := g.schema[schema]
	if s == nil {
		s = &grantedIn{}
		if g.schema == nil {
			g.schema = map[string]*grantedIn{}
		}
		g.schema[schema] = s
	}
	return s
}

// look returns what was granted in a schema, which may be nothing.
func (g *granted) look(schema string) grantedIn {
	if s := g.schema[schema]; s != nil {
		return *s
	}
	return grantedIn{}
}

// onTable returns the privileges on a table, by whatever scope.
func (g *granted) onTable(schema, table string) mask {
	s := g.look(schema)
	return (g.tables | s.tables | s.table[table]) & tableBits
}

// onSchema returns the privileges on a schema, Usage among them.
func (g *granted) onSchema(schema string) mask {
	return (g.schemas | g.look(schema).itself) & (schemaBits | usageBit)
}

// objects reports whether anything but the use of the database was granted. That takes a
// database made WITH PERMISSIONS ("GRANT", datashare permissions of the consumer).
func (g *granted) objects() bool {
	return g.schemas|g.tables != 0 || len(g.schema) > 0
}

// scopeOf tells by which scope the privilege is held on a table.
func (g *granted) scopeOf(m mask, schema, table string) string {
	s := g.look(schema)
	switch {
	case s.table[table]&m != 0:
		return "on the table"
	case s.tables&m != 0:
		return "on all tables of the schema"
	case g.tables&m != 0:
		return "on all tables of the database"
	}
	return ""
}

// normal returns the grantee under the type that it is meant as: a datashare is granted to
// as a reserved role, ds: and its name.
func (g Grantee) normal() Grantee {
	if name, ok := strings.CutPrefix(g.Name, "ds:"); ok && g.Type == ToRole {
		return Grantee{Type: ToDatashare, Name: name}
	}
	if g.Type == ToPublic {
		g.Name = ""
	}
	return g
}

// granteeText returns the grantee for a person.
func granteeText(g Grantee) string {
	switch g.Type {
	case ToPublic:
		return "PUBLIC"
	case Superusers:
		return "superusers"
	case Anyone:
		return "anyone"
	}
	return string(g.Type) + " " + g.Name
}
