package share

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// A source is a database of a producer that is shared.
type source struct {
	node    *node
	name    string
	reached bool // the producer was connected to it: grants in it are known
	offers  []*offer
	schemas map[string]map[string]TableOf // tables by name, of schemas that are shared
	tables  map[string][]string           // names, sorted
	plain   map[string]bool               // schemas whose tables are all of one kind, the common one
	asked   map[string]bool               // schemas that a consumer granted something in
}

// An offer is a datashare: what it gives to all its consumers.
type offer struct {
	name     string
	source   *source
	granted  *granted
	complete bool            // what it was not seen to give, it does not give
	toCome   map[string]bool // schemas whose new tables are added, to be read (INCLUDENEW)
	share    Outbound
}

// gives returns what the datashare gives at a spot.
func (o *offer) gives(s spot) mask {
	m := s.of(o.granted)
	if s.toCome() && o.toCome[s.schema] {
		m |= selectBit
	}
	return m
}

// use reports whether the datashare gives USAGE of the schema.
func (o *offer) usage(schema string) bool { return o.granted.onSchema(schema)&usageBit != 0 }

// touches reports whether anything of the schema is in the datashare.
func (o *offer) touches(schema string) bool {
	return o.granted.schemas|o.granted.tables != 0 || o.granted.schema[schema] != nil
}

// newOffer returns the datashare of a producer that was looked into.
func newOffer(n *node, o Outbound, src *source) *offer {
	f := &offer{
		name: o.Name, source: src, share: o, toCome: map[string]bool{},
		granted: &granted{}, complete: src.reached && !n.unread.grants && !n.unread.shares,
	}
	if g := n.grants[o.Database][Grantee{Type: ToDatashare, Name: o.Name}]; g != nil {
		f.granted = g
	}
	for _, object := range o.Objects {
		f.object(object)
	}
	return f
}

// object takes in what is listed in the datashare. Without a privilege that is known, it was
// added by ALTER DATASHARE: a schema to be used, a table to be read ("Adding objects to a
// datashare", Database Developer Guide).
func (o *offer) object(object ObjectOf) {
	switch strings.ToLower(object.Type) {
	case "schema":
		o.toCome[object.Name] = o.toCome[object.Name] || object.IncludeNew
		if o.complete && o.granted.onSchema(object.Name) == 0 {
			o.granted.add(Grant{Privilege: Usage, Scope: OnSchema, Schema: object.Name})
		}
	case "function":
	default:
		schema, table := o.split(object.Name)
		if o.complete && o.granted.onTable(schema, table) == 0 {
			o.granted.add(Grant{Privilege: Select, Scope: OnTable, Schema: schema, Object: table})
		}
	}
}

// split cuts the name of an object into schema and name. Both may have dots in them: a
// schema that is known decides.
func (o *offer) split(name string) (schema, object string) {
	for i := range len(name) {
		if name[i] == '.' {
			if _, ok := o.granted.schema[name[:i]]; ok {
				return name[:i], name[i+1:]
			}
		}
	}
	schema, object, _ = strings.Cut(name, ".")
	return schema, object
}

// newSource returns a database of a producer with its tables, as far as they were read.
func newSource(n *node, name string, founds []Found) *source {
	s := &source{node: n, name: name, schemas: map[string]map[string]TableOf{}}
	for _, f := range founds {
		connected := f.Warehouse.database()
		for _, t := range f.Tables {
			if cmp.Or(t.Database, connected) == name {
				s.schema(t.Schema)[t.Name] = t
			}
		}
		if connected != name {
			continue
		}
		s.reached = true
		for _, schema := range f.Schemas {
			s.schema(schema)
		}
	}
	return s
}

// unread returns what of the tables could not be read.
func (s *source) unread() string {
	failed := func(q redshiftsql.Query) bool { return s.node.failed(q) }
	switch {
	case !s.node.known:
		return "" // all is unsure anyway
	case !s.reached || failed(redshiftsql.QueryTables):
		return "tables"
	case failed(redshiftsql.QueryColumns):
		return "identity columns and sort keys"
	case failed(redshiftsql.QueryMasks):
		return "masking policies"
	case failed(redshiftsql.QueryRowSecurity):
		return "row-level security"
	}
	return ""
}

// schema returns the tables of a schema, to be added to.
func (s *source) schema(name string) map[string]TableOf {
	if s.schemas[name] == nil {
		s.schemas[name] = map[string]TableOf{}
	}
	return s.schemas[name]
}

// know takes in a table that somebody was granted something on.
func (s *source) know(schema, table string) {
	tables := s.schema(schema)
	if _, ok := tables[table]; !ok {
		tables[table] = TableOf{Schema: schema, Name: table}
	}
}

// knowAll takes in all schemas and tables that were granted on.
func (s *source) knowAll(g *granted) {
	for schema, in := range g.schema {
		s.schema(schema)
		for table := range in.table {
			s.know(schema, table)
		}
	}
}

// ask takes in the schemas that a consumer granted something in, shared or not.
func (s *source) ask(g *granted) {
	if s.asked == nil {
		s.asked = map[string]bool{}
	}
	for schema := range g.schema {
		s.asked[schema] = true
	}
}

// sharesAll reports whether a datashare has, or may have, schemas that are not known.
func (s *source) sharesAll() bool {
	return slices.ContainsFunc(s.offers, func(o *offer) bool { return !o.complete || o.touches("") })
}

// keep leaves only schemas that are shared or granted in by consumers, and sorts. What is shared by a datashare that
// could not be read is any.
func (s *source) keep() {
	shared := func(schema string) bool {
		return s.asked[schema] || slices.ContainsFunc(s.offers, func(o *offer) bool { return !o.complete || o.touches(schema) })
	}
	s.tables, s.plain = map[string][]string{}, map[string]bool{}
	maps.DeleteFunc(s.schemas, func(name string, _ map[string]TableOf) bool { return !shared(name) })
	for name, tables := range s.schemas {
		s.tables[name] = slices.Sorted(maps.Keys(tables))
		s.plain[name] = true
		for _, t := range tables {
			s.plain[name] = s.plain[name] && kindOf(t) == 0
		}
	}
}
