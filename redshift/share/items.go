package share

import (
	"cmp"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// Warehouses returns the warehouses of the description, the producer first, each once, the
// consumers in the order of their keys.
func (d Description) Warehouses() []Warehouse {
	var consumers []Warehouse
	for _, ds := range d.Datashares {
		for _, c := range ds.Consumers {
			if c.Warehouse != nil && c.Warehouse.Key() != d.Producer.Key() {
				consumers = append(consumers, *c.Warehouse)
			}
		}
	}
	slices.SortStableFunc(consumers, func(a, b Warehouse) int { return cmp.Compare(a.Key(), b.Key()) })
	consumers = slices.CompactFunc(consumers, func(a, b Warehouse) bool { return a.Key() == b.Key() })
	return append([]Warehouse{d.Producer}, consumers...)
}

// Key tells warehouses apart: by account, Region and name, and not by how to connect.
func (w Warehouse) Key() string {
	kind, name := "cluster", w.Cluster
	if w.Workgroup != "" {
		kind, name = "workgroup", w.Workgroup
	}
	return w.Account + "/" + w.Region + "/" + kind + "/" + name
}

// String returns the warehouse as a person reads it, such as "workgroup sales in account
// 222222222222".
func (w Warehouse) String() string {
	s := "cluster " + w.Cluster
	if w.Workgroup != "" {
		s = "workgroup " + w.Workgroup
	}
	if w.Account != "" {
		s += " in account " + w.Account
	}
	if w.Region != "" {
		s += " in " + w.Region
	}
	return s
}

// database returns the database to connect to.
func (w Warehouse) database() string { return cmp.Or(w.Database, "dev") }

// Key tells items apart: it is equal for two items that are one thing in Redshift, however
// the warehouse was described, and whatever attributes they have.
func (i Item) Key() string {
	at := i.Namespace
	if at == "" {
		at = i.Warehouse.Key()
	}
	parts := []string{string(i.Kind), at, i.Producer, i.Datashare, i.Database, i.Consumer.Account, i.Consumer.Namespace}
	if g := i.Grant; g != nil {
		parts = append(parts, string(g.Grantee.Type), g.Grantee.Name, string(g.Scope), g.Database, g.Schema, g.Object, string(g.Privilege))
	}
	return strings.Join(parts, separator)
}

// separator is in no name: names are printable.
const separator = "\x00"

// String returns the item as a person reads it.
func (i Item) String() string {
	switch i.Kind {
	case KindDatashare:
		return "datashare " + quoted(i.Datashare) + " of database " + quoted(i.Database)
	case KindConsumer:
		return "usage of datashare " + quoted(i.Datashare) + " by " + i.Consumer.String()
	case KindAuthorization:
		return "authorization of " + i.Consumer.String() + " for datashare " + quoted(i.Datashare)
	case KindAssociation:
		return "association of " + i.Consumer.String() + " with datashare " + quoted(i.Datashare)
	case KindDatabase:
		return "database " + quoted(i.Database) + " of datashare " + quoted(i.Datashare) + " in " + i.Warehouse.String()
	case KindGrant, KindDatabaseUsage:
		if g := i.Grant; g != nil {
			return string(g.Privilege) + " " + g.object() + " to " + g.Grantee.String()
		}
	}
	return string(i.Kind) + " of datashare " + quoted(i.Datashare)
}

// String returns the consumer as a person reads it.
func (u UsedBy) String() string {
	if u.Namespace != "" {
		return "namespace " + u.Namespace
	}
	return "account " + u.Account
}

// String returns the grantee as a person reads it.
func (g Grantee) String() string {
	if g.Type == ToPublic {
		return "everybody"
	}
	return string(g.Type) + " " + g.name()
}

// name returns the name as it is if it is one word, as those of IAM identities are, too.
func (g Grantee) name() string {
	if g.Name != "" && strings.Trim(g.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:@+=.") == "" {
		return g.Name
	}
	return quoted(g.Name)
}

// object returns what the grant is on: "on table prod.etl.audit", or "on all tables of
// prod.etl".
func (g Grant) object() string {
	switch g.Scope {
	case ForSchemas, ForTables, ForFunctions:
		of := g.path()
		if of == "" {
			return "on all " + string(g.Scope)
		}
		return "on all " + string(g.Scope) + " of " + of
	}
	return "on " + string(g.Scope) + " " + g.path()
}

// path returns the names of the object and of what it is in, with points between.
func (g Grant) path() string {
	var names []string
	for _, name := range []string{g.Database, g.Schema} {
		if name != "" {
			names = append(names, quoted(name))
		}
	}
	switch g.Scope {
	case OnTable:
		names = append(names, quoted(g.Object))
	case OnFunction:
		f, arguments, _ := strings.Cut(g.Object, "(")
		names = append(names, quoted(f)+"("+arguments)
	}
	return strings.Join(names, ".")
}

// quoted returns a name as it is, or in double quotation marks where it would not be one
// word of SQL.
func quoted(name string) string {
	plain := name != "" && strings.IndexFunc(name, func(r rune) bool {
		return !(r == '_' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9')
	}) < 0
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// function returns a function as [Grant.Object] names it, with the types of its arguments
// as the catalog calls them: "int" and "integer" are one.
func function(name string, arguments []string) string {
	types := make([]string, len(arguments))
	for i, a := range arguments {
		types[i] = redshiftsql.ArgumentType(a)
	}
	return name + "(" + strings.Join(types, ",") + ")"
}

// splitFunction takes [function] apart. Commas also stand in types, within parentheses.
func splitFunction(object string) (name string, arguments []string) {
	name, rest, _ := strings.Cut(object, "(")
	rest = strings.TrimSuffix(rest, ")")
	if strings.TrimSpace(rest) == "" {
		return name, nil
	}
	depth, start := 0, 0
	for i, r := range rest {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			arguments = append(arguments, rest[start:i])
			start = i + 1
		}
	}
	return name, append(arguments, rest[start:])
}
