package share

import (
	"slices"
	"strings"
)

// container tells the datashare or database that an item is in or, if it is one, itself; it
// is empty for what is in neither.
func (i Item) container() string {
	switch {
	case i.Kind == KindAuthorization || i.Kind == KindAssociation:
		return ""
	case i.atProducer():
		return "datashare" + separator + i.Producer + separator + i.Datashare
	}
	return "database" + separator + i.Namespace + separator + i.Database + i.grant().Database
}

// index takes in what was found in datashares and databases, and in their schemas.
func (dc *deciding) index() {
	dc.contents = map[string][]Item{}
	for _, i := range sorted(dc.have) {
		if in := i.container(); in != "" && i.Kind != KindDatashare && i.Kind != KindDatabase {
			dc.contents[in] = append(dc.contents[in], i)
			if g := i.grant(); g.Schema != "" && g.Scope != OnSchema {
				in += separator + g.Schema
				dc.contents[in] = append(dc.contents[in], i)
			}
		}
	}
}

// inside returns what was found in the datashare or database that an item is or is in.
func (dc *deciding) inside(i Item) []Item { return dc.contents[i.container()] }

// inSchema returns what was found in the schema that an item is the usage of.
func (dc *deciding) inSchema(usage Item) []Item {
	return dc.contents[usage.container()+separator+usage.Grant.Schema]
}

// untold returns what is in a datashare of the producer though no grant tells of it: what
// was added by ALTER DATASHARE.
func (dc *deciding) untold(datashare Item) []string {
	told := map[string]bool{}
	for _, i := range dc.inside(datashare) {
		g := i.grant()
		told[g.inDatashare()] = true
	}
	var untold []string
	for _, o := range dc.producer.Outbound {
		if o.Name != datashare.Datashare || o.Database != datashare.Database {
			continue
		}
		for _, object := range o.Objects {
			if !object.told(told) {
				untold = append(untold, object.Type+" "+object.Name)
			}
			if object.IncludeNew {
				untold = append(untold, "INCLUDENEW for schema "+object.Name)
			}
		}
	}
	slices.Sort(untold)
	return slices.Compact(untold)
}

// inDatashare returns what a grant puts into a datashare, as the objects of datashares are
// named: schema.table, schema or, for all of a kind, schema and the scope.
func (g Grant) inDatashare() string {
	switch g.Scope {
	case OnSchema:
		return g.Schema
	case OnTable:
		return g.Schema + "." + g.Object
	case OnFunction:
		name, _ := splitFunction(g.Object)
		return g.Schema + "." + name
	}
	return g.Schema + separator + string(g.Scope)
}

// told reports whether an object is in a datashare by some grant.
func (o ObjectOf) told(by map[string]bool) bool {
	if strings.EqualFold(o.Type, "schema") {
		return by[o.Name] || by[separator+string(ForSchemas)]
	}
	if by[o.Name] || by[separator+string(ForTables)] || by[separator+string(ForFunctions)] {
		return true
	}
	for n, r := range o.Name { // a schema may have points in its name
		schema := o.Name[:n]
		if r == '.' && (by[schema+separator+string(ForTables)] || by[schema+separator+string(ForFunctions)]) {
			return true
		}
	}
	name, _, _ := strings.Cut(o.Name, "(") // functions may be named with their arguments
	return by[name]
}
