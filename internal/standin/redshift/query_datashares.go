package redshift

import "github.com/awspatterns/awspatterns/internal/redshiftsql"

// datashares answers SVV_DATASHARES: those of the namespace, and those shared with it.
func (v viewer) datashares() ([][]any, error) {
	var rows [][]any
	for name, s := range v.shares {
		if v.seesShare(name) {
			rows = append(rows, []any{name, s.database, nil, "OUTBOUND", s.public, v.Account, v.Namespace, null(s.managedBy)})
		}
	}
	for _, from := range v.inbound() {
		p := v.world.byNamespace(from.namespace)
		if made := v.madeOf(from); v.superuser || made != "" && v.usesBase(v.user, made) {
			rows = append(rows, []any{from.datashare, nil, null(made), "INBOUND", false, p.Account, p.Namespace, null(p.shares[from.datashare].managedBy)})
		}
	}
	return rows, nil
}

// seesShare reports whether the user sees a datashare of the namespace: a superuser, the
// owner, and those who may alter or share it.
func (v viewer) seesShare(name string) bool {
	return v.superuser || v.shares[name].owner == v.user || v.onShare(v.user, "ALTER", name) || v.onShare(v.user, "SHARE", name)
}

// madeOf returns the database that was made of a datashare.
func (c *catalog) madeOf(from source) string {
	for name, b := range c.bases {
		if b.source.namespace == from.namespace && b.source.datashare == from.datashare {
			return name
		}
	}
	return ""
}

// datashareObjects answers SVV_DATASHARE_OBJECTS with what was added to datashares. What
// they hold by scoped grants is not told here.
func (v viewer) datashareObjects() ([][]any, error) {
	var rows [][]any
	for name := range v.shares {
		if v.seesShare(name) {
			rows = append(rows, v.objectsOf(v.Warehouse, name, "OUTBOUND")...)
		}
	}
	for _, from := range v.inbound() {
		if made := v.madeOf(from); v.superuser || made != "" && v.usesBase(v.user, made) {
			rows = append(rows, v.objectsOf(v.world.byNamespace(from.namespace), from.datashare, "INBOUND")...)
		}
	}
	return rows, nil
}

func (v viewer) objectsOf(p *Warehouse, name, kind string) [][]any {
	var rows [][]any
	for at, on := range p.direct(name) {
		var include any
		object, is := at.schema+"."+at.name, "table"
		switch {
		case on == redshiftsql.OnSchema:
			object, is = at.schema, "schema"
			if kind == "OUTBOUND" {
				include = p.includeNew[[2]string{name, at.schema}]
			}
		case on == redshiftsql.OnFunction:
			is = "function"
		case p.tables[at].View:
			is = "view"
		}
		rows = append(rows, []any{kind, name, p.Namespace, is, object, include})
	}
	return rows
}

// datashareConsumers answers SVV_DATASHARE_CONSUMERS.
func (v viewer) datashareConsumers() ([][]any, error) {
	var rows [][]any
	for k := range v.consumers {
		if v.seesShare(k.datashare) {
			rows = append(rows, []any{k.datashare, null(k.account), null(k.namespace)})
		}
	}
	return rows, nil
}
