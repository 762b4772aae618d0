package redshift

import (
	"fmt"
	"slices"
)

// databases answers SVV_REDSHIFT_DATABASES, which all users see. What the isolation of a
// database made of a datashare is, the view does not say.
func (v viewer) databases() ([][]any, error) {
	var rows [][]any
	for name, b := range v.bases {
		kind := "local"
		if b.shared() {
			kind = "shared"
		}
		rows = append(rows, []any{name, kind, null(b.isolation)})
	}
	return rows, nil
}

// schemasOf answers SVV_REDSHIFT_SCHEMAS. Those of the system are among those of a local
// database.
func (v viewer) schemasOf() ([][]any, error) {
	var rows [][]any
	database := v.parameters["database"]
	for name := range v.listing(database).schemas {
		if v.superuser || v.maySchema(v.user, objectKey{database: database, schema: name}) {
			rows = append(rows, []any{name})
		}
	}
	if b, ok := v.bases[database]; ok && !b.shared() {
		rows = append(rows, []any{"information_schema"}, []any{"pg_catalog"})
	}
	return rows, nil
}

// seen returns the tables of the database that is asked for, and that the user may do
// something with.
func (v viewer) seen() map[objectKey]table {
	tables := v.listing(v.parameters["database"]).tables
	if !v.superuser {
		for at := range tables {
			if !slices.ContainsFunc(tablePrivileges, func(p string) bool { return v.can(v.user, p, at) }) {
				delete(tables, at)
			}
		}
	}
	return tables
}

// tablesOf answers SVV_REDSHIFT_TABLES.
func (v viewer) tablesOf() ([][]any, error) {
	var rows [][]any
	for at, t := range v.seen() {
		kind := "TABLE"
		if t.View {
			kind = "VIEW"
		}
		rows = append(rows, []any{at.schema, at.name, kind})
	}
	return rows, nil
}

// functionsOf answers SVV_REDSHIFT_FUNCTIONS for a local database.
func (v viewer) functionsOf() ([][]any, error) {
	var rows [][]any
	for at := range v.functions {
		if at.database == v.parameters["database"] {
			function, arguments := cutSignature(at.name)
			rows = append(rows, []any{at.schema, function, arguments})
		}
	}
	return rows, nil
}

// columns answers SVV_REDSHIFT_COLUMNS with the columns of interleaved sort keys whose
// sign is negative, which every second one has, and with identity columns.
func (v viewer) columns() ([][]any, error) {
	var rows [][]any
	for at, t := range v.seen() {
		for i, column := range t.Interleaved {
			if i%2 == 1 && !slices.Contains(t.Identity, column) {
				rows = append(rows, []any{at.schema, at.name, column, nil, int64(-i - 1)})
			}
		}
		for i, column := range t.Identity {
			key := slices.Index(t.Interleaved, column) + 1
			if key%2 == 0 {
				key = -key
			}
			rows = append(rows, []any{at.schema, at.name, column, fmt.Sprintf(`"identity"(%d, %d, '0,1'::text)`, 100100, i), int64(key)})
		}
	}
	return rows, nil
}

// masks answers SVV_ATTACHED_MASKING_POLICY, of the database connected to, for superusers
// and sys:secadmin.
func (v viewer) masks() ([][]any, error) {
	var rows [][]any
	for at, t := range v.tables {
		if at.database == v.database && t.Mask != "" && v.mayAdminister() {
			rows = append(rows, []any{at.schema, at.name, t.Mask, !t.MaskingOff})
		}
	}
	return rows, nil
}

func (v viewer) mayAdminister() bool {
	return v.superuser || slices.Contains(v.rolesOf(identity{anyUser, v.user}), "sys:secadmin")
}

// rowSecurity answers SVV_RLS_RELATION, of the database connected to.
func (v viewer) rowSecurity() ([][]any, error) {
	var rows [][]any
	for at, t := range v.tables {
		if at.database == v.database && t.RowSecurity && (v.mayAdminister() || t.Owner == v.user) {
			rows = append(rows, []any{at.schema, at.name, true, !t.rowSecurityOff})
		}
	}
	return rows, nil
}

// slices answers STV_SLICES, which Redshift Serverless does not have.
func (v viewer) slices() ([][]any, error) {
	if v.Serverless {
		return nil, denied("relation", "stv_slices")
	}
	return [][]any{{int64(v.Slices)}}, nil
}
