package redshift

import (
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// fold returns the name of anything but a user as the databases keep it: ASCII letters in
// lower case, in quotes or not, unless identifiers are case-sensitive. The case of a user
// in quotes is always kept ("enable_case_sensitive_identifier", Database Developer Guide).
func (wh *Warehouse) fold(name string) string {
	if wh.CaseSensitive {
		return name
	}
	return redshiftsql.Fold(name)
}

// fromIAM reports whether a database user is one that Redshift makes for an IAM identity.
func fromIAM(user string) bool {
	return strings.HasPrefix(user, "IAM:") || strings.HasPrefix(user, "IAMR:")
}

// reserved reports whether a role is one of Redshift's own: of the system, or that of a
// datashare.
func reserved(role string) bool {
	return strings.HasPrefix(role, "sys:") || strings.HasPrefix(role, "ds:")
}

// signature returns a function with the types of its arguments, as the views show them.
func signature(name string, arguments []string) string {
	types := make([]string, len(arguments))
	for i, a := range arguments {
		types[i] = redshiftsql.ArgumentType(a)
	}
	return name + "(" + strings.Join(types, ", ") + ")"
}

// cutSignature returns the name of a function and the types of its arguments.
func cutSignature(signature string) (name, arguments string) {
	i := strings.LastIndex(signature, "(")
	return signature[:i], strings.TrimSuffix(signature[i+1:], ")")
}

// key returns what an object of a statement is known as, with folded names.
func (wh *Warehouse) key(o redshiftsql.Object) objectKey {
	k := objectKey{database: wh.fold(o.Database), schema: wh.fold(o.Schema), name: wh.fold(o.Name)}
	if o.Scope == redshiftsql.OnFunction {
		k.name = signature(k.name, o.Arguments)
	}
	return k
}

// identityOf returns whom a grantee is.
func (wh *Warehouse) identityOf(g redshiftsql.Grantee) (identity, error) {
	switch g.Type {
	case redshiftsql.User:
		if _, ok := wh.users[g.Name]; !ok {
			return identity{}, fail(undefinedObject, "user %q does not exist", g.Name)
		}
		return identity{anyUser, g.Name}, nil
	case redshiftsql.Role:
		name := wh.fold(g.Name)
		if reserved(name) {
			return identity{}, fail(notSupported, "Granting permissions to reserved role %s is not supported.", name)
		}
		if _, ok := wh.roles[name]; !ok {
			return identity{}, fail(undefinedObject, "role %q does not exist", name)
		}
		return identity{anyRole, name}, nil
	case redshiftsql.Datashare:
		name := wh.fold(g.Name)
		if _, ok := wh.shares[name]; !ok {
			return identity{}, fail(undefinedObject, "datashare %q does not exist", name)
		}
		return identity{anyDatashare, name}, nil
	}
	return identity{}, fail(syntaxError, "syntax error at or near %q", string(g.Type))
}

// rolesOf returns the roles that an identity has, those of its roles included.
func (c *catalog) rolesOf(who ...identity) []string {
	var roles []string
	for len(who) > 0 {
		to := who[0]
		who = who[1:]
		for g := range c.roleGrants {
			if g.to == to && !slices.Contains(roles, g.role) {
				roles = append(roles, g.role)
				who = append(who, identity{anyRole, g.role})
			}
		}
	}
	slices.Sort(roles)
	return roles
}

// identitiesOf returns all that a user is: itself, everybody, its groups and its roles.
func (c *catalog) identitiesOf(user string) []identity {
	all := []identity{{anyUser, user}, {kind: public}}
	for m := range c.members {
		if m[1] == user {
			all = append(all, identity{anyGroup, m[0]})
		}
	}
	for _, role := range c.rolesOf(all...) {
		all = append(all, identity{anyRole, role})
	}
	return all
}

// isSuperuser reports whether a user may do everything.
func (wh *Warehouse) isSuperuser(user string) bool {
	return wh.users[user].superuser || wh.world.superusers[user] || slices.Contains(wh.rolesOf(identity{anyUser, user}), "sys:superuser")
}

// may reports whether a user has a system privilege, such as CREATE DATASHARE.
func (c *catalog) may(user, name string) bool {
	for _, who := range c.identitiesOf(user) {
		if c.system[systemPrivilege{who, name}] {
			return true
		}
	}
	return false
}
