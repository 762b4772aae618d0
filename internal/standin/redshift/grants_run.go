package redshift

import (
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// grant grants or revokes privileges. To grant what was granted, and to revoke what was
// not, is no error.
func (wh *Warehouse) grant(c caller, g redshiftsql.Grant) error {
	if !c.local {
		return fail(notSupported, "GRANT and REVOKE are not supported in database %q, which was created from a datashare", c.database)
	}
	if g.Object.Scope == redshiftsql.OnDatashare {
		return wh.grantShare(c, g)
	}
	to, err := wh.identityOf(g.Grantee)
	if err != nil {
		return err
	}
	at := wh.key(g.Object)
	if err := wh.grantable(c, g.Object.Scope, at); err != nil {
		return err
	}
	if to.kind == anyDatashare {
		err = wh.shareable(c, to.name, g, at)
	} else if !c.superuser && !wh.owns(c.user, g.Object.Scope, at) {
		err = denied(kindOf(g.Object.Scope), nameOf(at))
	}
	if err != nil {
		return err
	}
	for _, name := range g.Privileges {
		wh.setGrant(privilege{to, name, g.Object.Scope, at}, c.user, !g.Revoke)
	}
	return nil
}

func (c *catalog) setGrant(p privilege, grantor string, on bool) {
	if !on {
		delete(c.grants, p)
	} else if _, ok := c.grants[p]; !ok {
		c.grants[p] = grantor
	}
}

// grantable reports whether there is what is granted on. Objects of another database are
// out of reach, unless that was made of a datashare, WITH PERMISSIONS.
func (wh *Warehouse) grantable(c caller, on redshiftsql.Scope, at objectKey) error {
	b, ok := wh.bases[at.database]
	switch {
	case !ok:
		return fail(undefinedDatabase, "database %q does not exist", at.database)
	case on == redshiftsql.OnDatabase:
		return nil
	case b.shared() && !b.source.permissions:
		return fail(notSupported, "privileges on objects of database %q cannot be granted, since it was not created WITH PERMISSIONS", at.database)
	case !b.shared() && at.database != c.database && (on == redshiftsql.OnSchema || on == redshiftsql.OnTable || on == redshiftsql.OnFunction):
		return fail(notSupported, "cross-database reference to database %q is not supported", at.database)
	}
	return wh.listing(at.database).there(on, at)
}

// owns reports whether a user owns what privileges are on.
func (wh *Warehouse) owns(user string, on redshiftsql.Scope, at objectKey) bool {
	b := wh.bases[at.database]
	switch {
	case b.shared(), on == redshiftsql.OnDatabase, at.schema == "":
		return b.owner == user
	case on == redshiftsql.OnTable:
		return wh.tables[at].Owner == user
	case on == redshiftsql.OnFunction:
		return wh.functions[at] == user
	}
	return wh.schemas[schemaOf(at)] == user
}

// kindOf returns what an object is called in errors.
func kindOf(on redshiftsql.Scope) string {
	switch on {
	case redshiftsql.OnTable:
		return "relation"
	case redshiftsql.ForSchemas:
		return "database"
	case redshiftsql.ForTables, redshiftsql.ForFunctions:
		return "schema"
	}
	return strings.ToLower(string(on))
}

// nameOf returns the innermost name of an object.
func nameOf(at objectKey) string {
	switch {
	case at.name != "":
		return at.name
	case at.schema != "":
		return at.schema
	}
	return at.database
}

// shareable reports whether privileges may be granted to a datashare: by one who may alter
// it and has them, in its database, its schema first, and not on what cannot be shared.
func (wh *Warehouse) shareable(c caller, name string, g redshiftsql.Grant, at objectKey) error {
	s, on := wh.shares[name], g.Object.Scope
	if !c.superuser && !wh.mayAlterShare(c.user, name) {
		return denied("datashare", name)
	}
	if at.database != s.database || c.database != s.database {
		return fail(notSupported, "datashare %q can only hold objects of database %q, connected to it", name, s.database)
	}
	if g.Revoke || on == redshiftsql.OnDatabase {
		return nil
	}
	if !c.superuser && !wh.owns(c.user, on, at) && !wh.hasAll(c.user, g.Privileges, on, at) {
		return denied(kindOf(on), nameOf(at))
	}
	return wh.fitsShare(name, on, at)
}

// hasAll reports whether a user was granted all of several privileges on something.
func (wh *Warehouse) hasAll(user string, privileges []string, on redshiftsql.Scope, at objectKey) bool {
	who := wh.identitiesOf(user)
	for _, name := range privileges {
		if !wh.holds(who, name, on, at) {
			return false
		}
	}
	return true
}

// fitsShare reports whether an object can come into a datashare: its schema is in it, and
// it is none of the tables that cannot be shared.
func (wh *Warehouse) fitsShare(name string, on redshiftsql.Scope, at objectKey) error {
	if on != redshiftsql.OnSchema && at.schema != "" && !wh.inShare(name, at) {
		return fail(undefinedObject, "schema %q must be added to datashare %q before its objects", at.schema, name)
	}
	t := wh.tables[at]
	switch {
	case on != redshiftsql.OnTable:
		return nil
	case t.masked():
		return fail(notSupported, "%s or a relation dependent on it is protected by a masking policy and cannot be added to a datashare", at.name)
	case len(t.Interleaved) > 0:
		return fail(notSupported, "relation %q has an interleaved sort key and cannot be added to a datashare", at.name)
	}
	return nil
}

// masked reports whether a masking policy is attached that is on for datashares.
func (t table) masked() bool { return t.Mask != "" && !t.MaskingOff }

// inShare reports whether a schema is in a datashare.
func (c *catalog) inShare(name string, at objectKey) bool {
	return c.onSchema([]identity{{anyDatashare, name}}, "USAGE", at)
}
