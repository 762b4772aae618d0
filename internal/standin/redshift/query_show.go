package redshift

import (
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// maxShown is how many rows SHOW GRANTS returns. With more it fails.
const maxShown = 10_000

// Columns of SHOW GRANTS ON DATABASE, ON SCHEMA and ON TABLE, and of SHOW GRANTS FOR.
var (
	onDatabaseColumns = showColumns("database_name privilege_type identity_id identity_name identity_type admin_option privilege_scope grantor_name")
	onObjectColumns   = showColumns("schema_name object_name object_type privilege_type identity_id identity_name identity_type admin_option privilege_scope database_name grantor_name")
	forColumns        = showColumns("database_name schema_name object_name object_type privilege_type identity_id identity_name identity_type privilege_scope grantor_name")
)

func showColumns(names string) []Column {
	var columns []Column
	for name := range strings.FieldsSeq(names) {
		kind := "varchar"
		switch name {
		case "identity_id":
			kind = "int4"
		case "admin_option":
			kind = "bool"
		}
		columns = append(columns, Column{name, kind})
	}
	return columns
}

// showGrants shows what was granted on an object, or to a user or role in a database.
func (wh *Warehouse) showGrants(c caller, s redshiftsql.ShowGrants) (Result, error) {
	v := viewer{wh, c, nil}
	var r Result
	var err error
	if s.On != nil {
		r, err = v.showOn(*s.On)
	} else {
		r, err = v.showFor(s)
	}
	if err == nil && len(r.Rows) > maxShown {
		err = fail(limitExceeded, "SHOW GRANTS would return more than %d rows", maxShown)
	}
	if err != nil {
		return Result{}, err
	}
	sortRows(r.Rows, nil)
	return r, nil
}

func (v viewer) showOn(o redshiftsql.Object) (Result, error) {
	at := v.key(o)
	if _, ok := v.bases[at.database]; !ok {
		return Result{}, fail(undefinedDatabase, "database %q does not exist", at.database)
	}
	if err := v.listing(at.database).there(o.Scope, at); err != nil {
		return Result{}, err
	}
	r := Result{Columns: onObjectColumns}
	if o.Scope == redshiftsql.OnDatabase {
		r.Columns = onDatabaseColumns
	}
	sees := v.own()
	for p, grantor := range v.grants {
		if p.at != at || p.on == redshiftsql.OnDatashare || !sees(p.to) {
			continue
		}
		name, kind := p.to.shown()
		if o.Scope == redshiftsql.OnDatabase {
			r.Rows = append(r.Rows, []any{p.at.database, p.name, v.idOf(p.to), name, kind, false, string(p.on), grantor})
			continue
		}
		object, of := innermost(p)
		r.Rows = append(r.Rows, []any{p.at.schema, object, of, p.name, v.idOf(p.to), name, kind, false, string(p.on), p.at.database, grantor})
	}
	return r, nil
}

// innermost returns the name and type of the object that a privilege is on or, for one on
// all of a kind, of what they are in.
func innermost(p privilege) (name, kind string) {
	switch {
	case p.at.name != "":
		return p.at.name, string(p.on)
	case p.at.schema != "":
		return p.at.schema, "SCHEMA"
	}
	return p.at.database, "DATABASE"
}

func (v viewer) showFor(s redshiftsql.ShowGrants) (Result, error) {
	to, err := v.shownFor(*s.For)
	if err != nil {
		return Result{}, err
	}
	database := v.fold(s.Database)
	setDefault(&database, v.database)
	if _, ok := v.bases[database]; !ok {
		return Result{}, fail(undefinedDatabase, "database %q does not exist", database)
	}
	r, there := Result{Columns: forColumns}, v.listing(database)
	name, kind := to.shown()
	for p, grantor := range v.grants {
		if p.to != to || p.at.database != database || p.on == redshiftsql.OnDatashare || !p.wide() && there.there(p.on, p.at) != nil {
			continue
		}
		_, of := innermost(p)
		r.Rows = append(r.Rows, []any{p.at.database, null(p.at.schema), null(p.at.name), of, p.name, v.idOf(to), name, kind, string(p.on), grantor})
	}
	return r, nil
}

// shownFor returns whom grants are shown for: any to those who see all, others only
// themselves and the roles that they have or own.
func (v viewer) shownFor(g redshiftsql.Grantee) (identity, error) {
	to, err := identity{anyDatashare, strings.TrimPrefix(v.fold(g.Name), "ds:")}, error(nil)
	if g.Type != redshiftsql.Role || !strings.HasPrefix(v.fold(g.Name), "ds:") {
		to, err = v.anyIdentity(g)
	}
	name, _ := to.shown()
	switch {
	case err != nil:
		return to, err
	case !v.own()(to):
		return to, denied(string(to.kind), name)
	}
	return to, nil
}

// anyIdentity returns whom a grantee is, a role of the system included.
func (v viewer) anyIdentity(g redshiftsql.Grantee) (identity, error) {
	if name := v.fold(g.Name); g.Type == redshiftsql.Role && slices.Contains(reservedRoles, name) {
		return identity{anyRole, name}, nil
	}
	return v.identityOf(g)
}

func (c *catalog) idOf(to identity) int64 {
	switch to.kind {
	case anyUser:
		return int64(c.users[to.name].id)
	case anyRole:
		return int64(c.roles[to.name].id)
	case anyGroup:
		return int64(c.groups[to.name])
	}
	return 0
}
