package redshift

import (
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

func (wh *Warehouse) createRole(c caller, s redshiftsql.CreateRole) error {
	name := wh.fold(s.Name)
	switch {
	case !c.superuser && !wh.may(c.user, "CREATE ROLE"):
		return fail(insufficientPrivilege, "permission denied to create role")
	case reserved(name):
		return fail(reservedName, "role name %q is reserved", name)
	}
	if _, ok := wh.roles[name]; ok {
		return fail(duplicateObject, "role %q already exists", name)
	}
	if _, ok := wh.users[name]; ok {
		return fail(duplicateObject, "role %q conflicts with a user of that name", name)
	}
	wh.roles[name] = role{id: wh.nextID(), owner: c.user}
	return nil
}

// dropRole removes a role and what was granted to it. One that was granted, or was granted
// another, stays (DROP ROLE, RESTRICT).
func (wh *Warehouse) dropRole(c caller, s redshiftsql.DropRole) error {
	name := wh.fold(s.Name)
	r, ok := wh.roles[name]
	switch {
	case !ok:
		return fail(undefinedObject, "role %q does not exist", name)
	case reserved(name):
		return fail(reservedName, "role %q cannot be dropped: it is defined by the system", name)
	case !c.superuser && r.owner != c.user && !wh.may(c.user, "DROP ROLE"):
		return fail(insufficientPrivilege, "must be owner of role %s", name)
	}
	self := identity{anyRole, name}
	for g := range wh.roleGrants {
		switch {
		case g.role == name && g.to.kind == anyUser:
			return fail(dependentObjects, "cannot drop this role since it has been granted on a user")
		case g.role == name, g.to == self:
			return fail(dependentObjects, "cannot drop this role since it depends on another role")
		}
	}
	delete(wh.roles, name)
	wh.forget(func(p privilege) bool { return p.to == self })
	maps.DeleteFunc(wh.system, func(p systemPrivilege, _ bool) bool { return p.to == self })
	return nil
}

func (wh *Warehouse) grantRole(c caller, s redshiftsql.GrantRole) error {
	name := wh.fold(s.Role)
	r, ok := wh.roles[name]
	if strings.HasPrefix(name, "ds:") {
		return fail(notSupported, "Granting permissions to reserved role %s is not supported.", name)
	}
	if !ok {
		return fail(undefinedObject, "role %q does not exist", name)
	}
	to, err := wh.identityOf(s.Grantee)
	if err != nil {
		return err
	}
	g := roleGrant{role: name, to: to}
	switch {
	case !c.superuser && r.owner != c.user:
		return fail(insufficientPrivilege, "permission denied to grant role %s", name)
	case s.Revoke:
		delete(wh.roleGrants, g)
	case to == identity{anyRole, name}, slices.Contains(wh.rolesOf(identity{anyRole, name}), to.name) && to.kind == anyRole:
		return fail(invalidGrant, "role %q cannot be granted to role %q: one would be granted to itself", name, to.name)
	default:
		wh.roleGrants[g] = true
	}
	return nil
}
