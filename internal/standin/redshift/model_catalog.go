package redshift

import (
	"maps"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// A catalog is what the databases of a warehouse hold. Its maps hold plain values, which
// are replaced and never written to, so that a copy of the maps is a copy of all.
type catalog struct {
	admin string // the superuser that the warehouse was made with
	ids   int    // the last that was given

	users      map[string]user
	roles      map[string]role
	groups     map[string]int           // IDs
	members    map[[2]string]bool       // group, user
	roleGrants map[roleGrant]bool       // of roles, to users and roles
	system     map[systemPrivilege]bool // such as CREATE DATASHARE

	bases     map[string]base
	schemas   map[objectKey]string // owners; Name is empty
	tables    map[objectKey]table
	functions map[objectKey]string // owners; Name is with arguments: f(integer)

	grants map[privilege]string // grantors

	shares     map[string]share
	includeNew map[[2]string]bool // datashare, schema
	consumers  map[consumerKey]agreement
}

type user struct {
	id        int
	superuser bool
	fromIAM   bool // made when it first connected
}

type role struct {
	id    int
	owner string
}

// An identity is whom privileges are granted to.
type identity struct {
	kind identityKind
	name string // empty for public
}

type identityKind string

const (
	anyUser      identityKind = "user"
	anyRole      identityKind = "role"
	anyGroup     identityKind = "group"
	public       identityKind = "public"
	anyDatashare identityKind = "datashare"
)

type roleGrant struct {
	role string
	to   identity
}

type systemPrivilege struct {
	to   identity
	name string
}

// A base is a database.
type base struct {
	owner     string
	isolation string
	source    source // of one made of a datashare
}

func (b base) shared() bool { return b.source.datashare != "" }

// A source is the datashare that a database is made of.
type source struct {
	namespace   string // of the producer
	datashare   string
	permissions bool // WITH PERMISSIONS
}

// An objectKey is a schema, table or function.
type objectKey struct{ database, schema, name string }

type table struct {
	TableOptions
	rowSecurityOff bool // for datashares
}

// A privilege is one privilege of one identity.
type privilege struct {
	to   identity
	name string // such as SELECT
	on   redshiftsql.Scope
	at   objectKey
}

type share struct {
	owner, database string
	public          bool
	managedBy       string
}

// A consumerKey is a consumer of a datashare: a namespace of the same account, or another
// account.
type consumerKey struct{ datashare, account, namespace string }

// An agreement is what the control plane knows of a datashare and another account.
type agreement struct {
	status         string // PENDING_AUTHORIZATION, AUTHORIZED or DEAUTHORIZED
	producerWrites bool
	associations   map[Consumer]bool // whether the consumer accepts writes
}

// reservedRoles are there from the beginning.
var reservedRoles = []string{"sys:dba", "sys:monitor", "sys:operator", "sys:secadmin", "sys:superuser"}

func newCatalog(admin string) catalog {
	c := catalog{
		admin: admin, ids: 99, users: map[string]user{}, roles: map[string]role{}, groups: map[string]int{}, members: map[[2]string]bool{},
		roleGrants: map[roleGrant]bool{}, system: map[systemPrivilege]bool{}, bases: map[string]base{}, schemas: map[objectKey]string{},
		tables: map[objectKey]table{}, functions: map[objectKey]string{}, grants: map[privilege]string{}, shares: map[string]share{},
		includeNew: map[[2]string]bool{}, consumers: map[consumerKey]agreement{},
	}
	c.users["rdsdb"] = user{id: 1, superuser: true} // AWS's own
	c.users[admin] = user{id: c.nextID(), superuser: true}
	for _, name := range reservedRoles {
		c.roles[name] = role{id: c.nextID(), owner: "rdsdb"}
	}
	c.addBase("dev", "Snapshot Isolation", admin)
	return c
}

func (c *catalog) nextID() int {
	c.ids++
	return c.ids
}

// addBase adds a local database. All users may make temporary tables in it, and use the
// schema public.
func (c *catalog) addBase(name, isolation, owner string) {
	c.bases[name] = base{owner: owner, isolation: isolation}
	at := objectKey{database: name, schema: "public"}
	c.schemas[at] = "rdsdb"
	everybody := identity{kind: public}
	c.grants[privilege{everybody, "TEMP", redshiftsql.OnDatabase, objectKey{database: name}}] = "rdsdb"
	for _, p := range []string{"USAGE", "CREATE"} {
		c.grants[privilege{everybody, p, redshiftsql.OnSchema, at}] = "rdsdb"
	}
}

// clone returns a copy that shares nothing that is written to.
func (c *catalog) clone() catalog {
	d := *c
	d.users, d.roles, d.groups, d.members = maps.Clone(c.users), maps.Clone(c.roles), maps.Clone(c.groups), maps.Clone(c.members)
	d.roleGrants, d.system = maps.Clone(c.roleGrants), maps.Clone(c.system)
	d.bases, d.schemas, d.tables, d.functions = maps.Clone(c.bases), maps.Clone(c.schemas), maps.Clone(c.tables), maps.Clone(c.functions)
	d.grants, d.shares, d.includeNew, d.consumers = maps.Clone(c.grants), maps.Clone(c.shares), maps.Clone(c.includeNew), maps.Clone(c.consumers)
	return d
}

// forget removes the privileges that match.
func (c *catalog) forget(match func(privilege) bool) {
	maps.DeleteFunc(c.grants, func(p privilege, _ string) bool { return match(p) })
}
