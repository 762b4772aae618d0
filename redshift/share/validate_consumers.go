package share

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

func (v *validator) consumers(path string, producer Warehouse, ds Datashare) {
	seen := map[string]string{}
	writing, offer := ds.writing(), offerOf(ds.Objects)
	for i, c := range ds.Consumers {
		at := fmt.Sprintf("%s.consumers[%d]", path, i)
		v.who(at, producer, c)
		if first, twice := seen[c.key()]; twice {
			v.bad(at, "the consumer is there twice: it is %s, too; a consumer has one database of a datashare", first)
		}
		setOnce(seen, c.key(), at)
		switch {
		case len(writing) > 0 && !c.Writable:
			v.bad(at, "not writable, but datashare %q grants %s to all its consumers alike: set writable, or share for reading in a datashare of its own", ds.Name, list(writing))
		case len(writing) == 0 && c.Writable:
			v.bad(at, "writable, but datashare %q grants nothing but reading: grant the privileges to write, or leave writable out", ds.Name)
		}
		v.database(at, c)
		v.consumerGrants(at, c, offer)
	}
}

// key tells the consumers of one datashare apart.
func (c Consumer) key() string {
	if c.Warehouse != nil {
		return c.Warehouse.Key()
	}
	return cmp.Or(c.Namespace, c.Account)
}

func (v *validator) who(path string, producer Warehouse, c Consumer) {
	named := 0
	if c.Warehouse != nil {
		named++
		v.warehouse(path+".warehouse", *c.Warehouse)
		if c.Warehouse.Key() == producer.Key() {
			v.bad(path+".warehouse", "%s is the producer, which needs no datashare of its own", producer)
		}
	}
	if c.Namespace != "" {
		named++
		v.check(path+".namespace", redshiftsql.CheckNamespace(c.Namespace))
	}
	if c.Account != "" {
		named++
		v.check(path+".account", redshiftsql.CheckAccount(c.Account))
		if c.Account == producer.Account {
			v.bad(path+".account", "%s is the producer's own: name the warehouses or namespaces in it", c.Account)
		}
	}
	if named != 1 {
		v.bad(path, "%d of warehouse, namespace and account: name exactly one", named)
	}
}

func (v *validator) database(path string, c Consumer) {
	if c.Database == "" {
		return
	}
	err := redshiftsql.CheckIdentifier("database", c.Database)
	v.check(path+".database", err)
	switch {
	case err == nil && redshiftsql.DropDatabase{Name: c.Database}.Check() != nil:
		v.bad(path+".database", "%q is the name of a database of Redshift's own: choose another", c.Database)
	case c.Warehouse == nil:
		v.bad(path+".database", "a database is made where its warehouse is: name the warehouse, or leave the database to whoever has it")
	case redshiftsql.Fold(c.Database) == redshiftsql.Fold(c.Warehouse.database()):
		v.bad(path+".database", "%q is the local database to connect to, too: choose another name", c.Database)
	}
}

// alike finds warehouses that are to be connected to in two ways.
func (v *validator) alike(path string, consumers []Consumer, seen map[string]Warehouse) {
	for i, c := range consumers {
		if c.Warehouse == nil {
			continue
		}
		setOnce(seen, c.Warehouse.Key(), *c.Warehouse)
		if seen[c.Warehouse.Key()] != *c.Warehouse {
			v.bad(fmt.Sprintf("%s.consumers[%d].warehouse", path, i), "%s is described before with another database, user or secret to connect with: use one of them", c.Warehouse)
		}
	}
}

// databases finds two datashares that one consumer is to have in one database.
func (v *validator) databases(path string, consumers []Consumer, seen map[string]string) {
	for i, c := range consumers {
		if c.Warehouse == nil || c.Database == "" {
			continue
		}
		at := fmt.Sprintf("%s.consumers[%d]", path, i)
		key := c.Warehouse.Key() + separator + redshiftsql.Fold(c.Database)
		if first, twice := seen[key]; twice && !strings.HasPrefix(first, path+".") {
			v.bad(at+".database", "%q is made of the datashare of %s, too: a database is made of one", c.Database, first)
		}
		setOnce(seen, key, at)
	}
}

func (v *validator) consumerGrants(path string, c Consumer, offer offered) {
	if len(c.Grants) > 0 && c.Database == "" {
		v.bad(path+".grants", "there is no database to grant in: name the database")
	}
	roles, users := v.names("role"), v.names("user")
	for i, g := range c.Grants {
		at := fmt.Sprintf("%s.grants[%d]", path, i)
		switch {
		case (g.Role == "") == (g.User == ""):
			v.bad(at, "name either a role or a user")
		case g.Role != "":
			roles.add(at+".role", g.Role, redshiftsql.CheckRole(g.Role))
		default: // the names of users keep their case
			users.addAs(at+".user", g.User, g.User, redshiftsql.CheckUser(g.User))
		}
		v.objects(at, g.Objects)
		v.offered(at, g.Objects, offer)
	}
}

// Offered is what a datashare grants, and so the most that a consumer can.
type offered map[Grant]bool

func offerOf(o Objects) offered {
	offer := offered{}
	for _, g := range o.grants(Grantee{}, "") {
		offer[g] = true
		if g.Scope == OnTable || g.Scope == OnFunction {
			offer[Grant{Privilege: g.Privilege, Scope: some(g.Scope), Schema: g.Schema}] = true
			offer[Grant{Privilege: g.Privilege, Scope: some(g.Scope)}] = true
		}
		if g.Schema != "" && (g.Scope == ForTables || g.Scope == ForFunctions || g.Scope == OnSchema) {
			offer[Grant{Privilege: g.Privilege, Scope: some(g.Scope)}] = true
		}
	}
	return offer
}

// some marks an offer that is on some objects of a schema or database.
func some(on Scope) Scope { return "some " + all(on) }

// all returns the scope of all objects of a kind.
func all(on Scope) Scope {
	switch on {
	case OnSchema, ForSchemas:
		return ForSchemas
	case OnTable, ForTables:
		return ForTables
	}
	return ForFunctions
}

// reaches reports whether the datashare grants a privilege on the object. Of all objects of
// a schema or database, it need reach some: what a role may do is the less of the two.
func (o offered) reaches(g Grant) bool {
	g.Grantee, g.Database = Grantee{}, ""
	if o[g] || o[Grant{Privilege: g.Privilege, Scope: all(g.Scope), Schema: g.Schema}] || o[Grant{Privilege: g.Privilege, Scope: all(g.Scope)}] {
		return true
	}
	return g.Scope == all(g.Scope) && o[Grant{Privilege: g.Privilege, Scope: some(g.Scope), Schema: g.Schema}]
}

// offered finds what a consumer is to grant and the datashare does not.
func (v *validator) offered(path string, o Objects, offer offered) {
	o.each(func(at place, g Grant) {
		if !offer.reaches(g) {
			v.bad(path+at.String(), "%s %s: the datashare does not grant it, so no consumer can: grant it to the datashare, or leave it out", g.Privilege, g.object())
		}
	})
}
