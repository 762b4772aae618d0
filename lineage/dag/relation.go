package dag

import "strings"

// A relation is a table's name in a form in which equal tables have equal
// names, whichever engine and project the name comes from. A part that its
// engine would not fold to its usual case is in quotes: Snowflake's "orders" is
// another table than its ORDERS, and so than Athena's orders.
type relation struct{ database, schema, table string }

// withoutDatabase returns schema and table in a form for comparing names that
// engines keep with names that engines fold.
func (r relation) withoutDatabase() relation {
	fold := func(s string) string { return strings.ToLower(strings.Trim(s, `"`)) }
	return relation{schema: fold(r.schema), table: fold(r.table)}
}

// relationOf returns the relation of n; ok is false if n has none.
func relationOf(n *Node) (r relation, ok bool) {
	if !n.builds() && !n.reads() {
		return relation{}, false
	}
	written := splitRelation(n.Relation)
	database, quotedDatabase := namePart(n, n.Database, written, 2)
	schema, quotedSchema := namePart(n, n.Schema, written, 1)
	table, quotedTable := namePart(n, n.Identifier, written, 0)
	if schema == "" || table == "" {
		return relation{}, false
	}
	if database == "" && n.Adapter == "athena" {
		database = "awsdatacatalog" // what Athena takes where a name has two parts
	}
	return relation{
		canonicalName(n.Adapter, database, quotedDatabase),
		canonicalName(n.Adapter, schema, quotedSchema),
		canonicalName(n.Adapter, table, quotedTable),
	}, true
}

// A writtenPart is a part of a relation name as it is written in SQL.
type writtenPart struct {
	name   string
	quoted bool
}

// namePart returns a part of n's name, and whether dbt quotes it: the field of
// the manifest if it is set, else the fromEnd-th last part of relation_name.
func namePart(n *Node, field string, written []writtenPart, fromEnd int) (string, bool) {
	if i := len(written) - 1 - fromEnd; i >= 0 && (field == "" || strings.EqualFold(written[i].name, field)) {
		return written[i].name, written[i].quoted
	}
	return field, n.Adapter != "snowflake" // dbt quotes by default, but not for Snowflake
}

// splitRelation splits a name such as "a"."b.c".d into its parts. It knows the
// quotes of all engines: "…", `…` and […], with a doubled closing quote inside.
func splitRelation(s string) []writtenPart {
	var parts []writtenPart
	for s != "" {
		var part writtenPart
		part, s = cutPart(s)
		parts = append(parts, part)
		s = strings.TrimPrefix(s, ".")
	}
	return parts
}

func cutPart(s string) (part writtenPart, rest string) {
	closing := s[:1]
	switch s[0] {
	case '"', '`':
	case '[':
		closing = "]"
	default:
		name, _, _ := strings.Cut(s, ".")
		return writtenPart{name, false}, s[len(name):]
	}
	var name strings.Builder
	for s = s[1:]; ; {
		before, after, found := strings.Cut(s, closing)
		name.WriteString(before)
		if !found || !strings.HasPrefix(after, closing) {
			return writtenPart{name.String(), true}, after
		}
		name.WriteString(closing)
		s = after[len(closing):]
	}
}

// canonicalName folds a name the way the adapter's engine does, so that names
// can be compared across engines.
func canonicalName(adapter, name string, quoted bool) string {
	lower := strings.ToLower(name)
	usual := lower // the case that the engine folds an unquoted name to
	switch adapter {
	case "athena", "glue", "redshift", "trino", "presto", "spark", "databricks", "hive", "impala",
		"duckdb", "sqlite", "sqlserver", "synapse", "fabric":
		return lower // quotes or not, case does not matter
	case "snowflake", "oracle":
		usual = strings.ToUpper(name)
		if !quoted {
			return lower
		}
	case "postgres", "greenplum", "materialize":
		if !quoted {
			return lower
		}
	}
	if name == usual {
		return lower
	}
	return `"` + name + `"`
}

// displayRelation returns dbt's rendering of n's relation, or, where an old
// manifest has none, its parts.
func displayRelation(n *Node) string {
	if n.Relation != "" || !n.builds() && !n.reads() || n.Schema == "" {
		return n.Relation
	}
	if n.Database == "" {
		return n.Schema + "." + n.Identifier
	}
	return n.Database + "." + n.Schema + "." + n.Identifier
}
