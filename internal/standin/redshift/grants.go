package redshift

import (
	"slices"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// Can reports whether a user of the warehouse has a privilege on a table or view, such as
// "INSERT", with everything that it takes: local grants, roles of roles, groups, public and
// scoped grants; in a database made of a datashare, what the datashare may do and whether
// the warehouse may use it, and to write. In a warehouse that is paused nobody can do
// anything; that a producer is paused keeps no consumer from its data ("Data sharing in
// Amazon Redshift").
func (wh *Warehouse) Can(database, user, privilege, schema, table string) bool {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	_, ok := wh.users[user]
	if !wh.running() || !ok && !fromIAM(user) {
		return false
	}
	at := objectKey{wh.fold(database), wh.fold(schema), wh.fold(table)}
	return wh.can(user, privilege, at)
}

func (wh *Warehouse) can(user, name string, at objectKey) bool {
	b, ok := wh.bases[at.database]
	if !ok || b.shared() && !wh.sharesTable(b.source, name, at) {
		return false
	}
	if b.shared() {
		return wh.usesBase(user, at.database) && (!b.source.permissions || wh.mayUse(user, name, at))
	}
	t, ok := wh.tables[at]
	return ok && (t.Owner == user && wh.maySchema(user, at) || wh.mayUse(user, name, at))
}

// mayUse reports whether a user was granted the schema of a table, and a privilege on the
// table.
func (wh *Warehouse) mayUse(user, name string, at objectKey) bool {
	if wh.isSuperuser(user) {
		return true
	}
	return wh.maySchema(user, at) && wh.onTable(wh.identitiesOf(user), name, at)
}

func (wh *Warehouse) maySchema(user string, at objectKey) bool {
	return wh.isSuperuser(user) || wh.schemas[schemaOf(at)] == user || wh.onSchema(wh.identitiesOf(user), "USAGE", at)
}

// usesBase reports whether a user may use a database made of a datashare.
func (wh *Warehouse) usesBase(user, database string) bool {
	return wh.isSuperuser(user) || wh.bases[database].owner == user ||
		wh.holds(wh.identitiesOf(user), "USAGE", redshiftsql.OnDatabase, objectKey{database: database})
}

// holds reports whether one of several identities was granted exactly that.
func (c *catalog) holds(who []identity, name string, on redshiftsql.Scope, at objectKey) bool {
	return slices.ContainsFunc(who, func(to identity) bool {
		_, ok := c.grants[privilege{to, name, on, at}]
		return ok
	})
}

// onSchema reports whether one of several identities has a privilege on a schema: granted
// on it, or on all schemas of the database.
func (c *catalog) onSchema(who []identity, name string, at objectKey) bool {
	return c.holds(who, name, redshiftsql.OnSchema, schemaOf(at)) ||
		c.holds(who, name, redshiftsql.ForSchemas, objectKey{database: at.database})
}

// onTable reports whether one of several identities has a privilege on a table: granted on
// it, or on all tables of its schema or database.
func (c *catalog) onTable(who []identity, name string, at objectKey) bool {
	return c.holds(who, name, redshiftsql.OnTable, at) ||
		c.holds(who, name, redshiftsql.ForTables, schemaOf(at)) ||
		c.holds(who, name, redshiftsql.ForTables, objectKey{database: at.database})
}

// onFunction is the same for a function.
func (c *catalog) onFunction(who []identity, at objectKey) bool {
	return c.holds(who, "EXECUTE", redshiftsql.OnFunction, at) ||
		c.holds(who, "EXECUTE", redshiftsql.ForFunctions, schemaOf(at)) ||
		c.holds(who, "EXECUTE", redshiftsql.ForFunctions, objectKey{database: at.database})
}

func schemaOf(at objectKey) objectKey { return objectKey{database: at.database, schema: at.schema} }
