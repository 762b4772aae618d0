package redshift

import (
	"slices"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// shown returns how the views write an identity. A datashare is a role.
func (i identity) shown() (name, kind string) {
	switch i.kind {
	case anyDatashare:
		return "ds:" + i.name, "role"
	case public:
		return "public", "public"
	}
	return i.name, string(i.kind)
}

// seesAll reports whether the user sees what others were granted.
func (v viewer) seesAll() bool { return v.superuser || v.may(v.user, "ACCESS SYSTEM TABLE") }

// sees returns whether the views show grants to an identity. Those that the user does not
// see are left out, and nothing says so.
func (v viewer) sees() func(identity) bool {
	if v.seesAll() {
		return func(identity) bool { return true }
	}
	return v.own()
}

// own returns whether an identity is one that the user is or has: itself, its roles and
// groups, and roles and datashares that it owns. A superuser has all.
func (v viewer) own() func(identity) bool {
	if v.superuser {
		return func(identity) bool { return true }
	}
	own := v.identitiesOf(v.user)
	return func(to identity) bool {
		return slices.Contains(own, to) || to.kind == anyRole && v.roles[to.name].owner == v.user ||
			to.kind == anyDatashare && v.shares[to.name].owner == v.user
	}
}

// privileges returns a row for each grant that is visible and for which row returns one.
func (v viewer) privileges(row func(p privilege, name, kind string) []any) ([][]any, error) {
	var rows [][]any
	sees := v.sees()
	for p := range v.grants {
		name, kind := p.to.shown()
		if r := row(p, name, kind); r != nil && sees(p.to) {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// wide reports whether a privilege is on a database or on all of a kind in it.
func (p privilege) wide() bool {
	return p.on == redshiftsql.OnDatabase || p.on != redshiftsql.OnDatashare && p.at.schema == ""
}

// databasePrivileges answers SVV_DATABASE_PRIVILEGES.
func (v viewer) databasePrivileges() ([][]any, error) {
	return v.privileges(func(p privilege, name, kind string) []any {
		if !p.wide() {
			return nil
		}
		return []any{p.at.database, p.name, string(p.on), name, kind}
	})
}

// here reports whether a privilege is on something in the schemas of the database
// connected to. One made of a datashare has none of its own.
func (v viewer) here(p privilege) bool {
	return v.local && p.at.database == v.database && p.at.schema != ""
}

// schemaPrivileges answers SVV_SCHEMA_PRIVILEGES.
func (v viewer) schemaPrivileges() ([][]any, error) {
	return v.privileges(func(p privilege, name, kind string) []any {
		if !v.here(p) || p.at.name != "" || v.world.LeaveOut && p.on == redshiftsql.OnSchema && p.name == "DROP" {
			return nil
		}
		return []any{p.at.schema, p.name, string(p.on), name, kind}
	})
}

// tablePrivileges answers SVV_RELATION_PRIVILEGES.
func (v viewer) tablePrivileges() ([][]any, error) {
	return v.privileges(func(p privilege, name, kind string) []any {
		if !v.here(p) || p.on != redshiftsql.OnTable || v.world.LeaveOut && (p.name == "ALTER" || p.name == "TRUNCATE") {
			return nil
		}
		return []any{p.at.schema, p.at.name, p.name, name, kind}
	})
}

// functionPrivileges answers SVV_FUNCTION_PRIVILEGES.
func (v viewer) functionPrivileges() ([][]any, error) {
	return v.privileges(func(p privilege, name, kind string) []any {
		if !v.here(p) || p.on != redshiftsql.OnFunction {
			return nil
		}
		function, arguments := cutSignature(p.at.name)
		return []any{p.at.schema, function, arguments, p.name, name, kind}
	})
}

// rolesThere answers SVV_ROLES, which all users see.
func (v viewer) rolesThere() ([][]any, error) {
	var rows [][]any
	for name := range v.roles {
		rows = append(rows, []any{name})
	}
	return rows, nil
}

// usersThere answers PG_USER, which all users see.
func (v viewer) usersThere() ([][]any, error) {
	var rows [][]any
	for name := range v.users {
		rows = append(rows, []any{name, v.shownSuper(name)})
	}
	return rows, nil
}

// groupsThere answers PG_GROUP, which all users see.
func (v viewer) groupsThere() ([][]any, error) {
	var rows [][]any
	for m := range v.members {
		rows = append(rows, []any{m[0], m[1]})
	}
	return rows, nil
}

// userGrants answers SVV_USER_GRANTS, others than those who see all what they were granted.
func (v viewer) userGrants() ([][]any, error) {
	var rows [][]any
	for g := range v.roleGrants {
		if g.to.kind == anyUser && (v.seesAll() || g.to.name == v.user) {
			rows = append(rows, []any{g.to.name, g.role})
		}
	}
	return rows, nil
}

// rolesOfRoles answers SVV_ROLE_GRANTS.
func (v viewer) rolesOfRoles() ([][]any, error) {
	var rows [][]any
	sees := v.sees()
	for g := range v.roleGrants {
		if g.to.kind == anyRole && sees(g.to) {
			rows = append(rows, []any{g.to.name, g.role})
		}
	}
	return rows, nil
}
