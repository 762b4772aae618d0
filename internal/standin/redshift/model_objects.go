package redshift

import (
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// What follows changes a warehouse as people do by hand: without statements of this
// library. A call that makes no sense, such as a table in a database that is not there,
// panics.

// TableOptions are what a table may have beside its name.
type TableOptions struct {
	View        bool
	Owner       string   // a user; the superuser that the warehouse was made with if empty
	Interleaved []string // columns of an interleaved sort key
	Identity    []string // identity columns
	Mask        string   // a masking policy that is attached
	MaskingOff  bool     // masking is off for datashares
	RowSecurity bool     // row-level security is on, for datashares as well
}

// AddDatabase adds a local database with the schema public, or sets its isolation:
// "Snapshot Isolation", also if it is empty, or "Serializable".
func (wh *Warehouse) AddDatabase(name, isolation string) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	setDefault(&isolation, snapshot)
	name = wh.fold(name)
	if b, ok := wh.bases[name]; ok {
		b.isolation = isolation
		wh.bases[name] = b
		return
	}
	wh.addBase(name, isolation, wh.admin)
}

// AddSchema adds a schema to a local database.
func (wh *Warehouse) AddSchema(database, schema string) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	wh.addSchema(objectKey{database: wh.fold(database), schema: wh.fold(schema)})
}

func (wh *Warehouse) addSchema(at objectKey) {
	if b, ok := wh.bases[at.database]; !ok || b.shared() {
		panic("no local database " + at.database)
	}
	if _, ok := wh.schemas[at]; !ok {
		wh.schemas[at] = wh.admin
	}
}

// AddTable adds a table or view, and its schema if there is none. Datashares that include
// what is new in the schema then hold it, for reading only.
func (wh *Warehouse) AddTable(database, schema, name string, opts TableOptions) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	at := objectKey{wh.fold(database), wh.fold(schema), wh.fold(name)}
	wh.addSchema(schemaOf(at))
	setDefault(&opts.Owner, wh.admin)
	opts.Interleaved, opts.Identity = slices.Clone(opts.Interleaved), slices.Clone(opts.Identity)
	wh.tables[at] = table{TableOptions: opts}
	wh.include(at, redshiftsql.OnTable, "SELECT")
}

// AddFunction adds a SQL function, which all users may execute, and its schema if there is
// none.
func (wh *Warehouse) AddFunction(database, schema, name string, arguments ...string) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	at := objectKey{wh.fold(database), wh.fold(schema), signature(wh.fold(name), arguments)}
	wh.addSchema(schemaOf(at))
	wh.functions[at] = wh.admin
	wh.setGrant(privilege{identity{kind: public}, "EXECUTE", redshiftsql.OnFunction, at}, wh.admin, true)
	wh.include(at, redshiftsql.OnFunction, "EXECUTE")
}

// include adds a new object to the datashares that include what is new in its schema.
func (wh *Warehouse) include(at objectKey, on redshiftsql.Scope, name string) {
	for k := range wh.includeNew {
		if k[1] == at.schema && wh.shares[k[0]].database == at.database && wh.fitsShare(k[0], on, at) == nil {
			wh.setGrant(privilege{identity{anyDatashare, k[0]}, name, on, at}, wh.admin, true)
		}
	}
}

// DropTable drops a table or view, and what was granted on it, also by consumers.
func (wh *Warehouse) DropTable(database, schema, name string) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	at := objectKey{wh.fold(database), wh.fold(schema), wh.fold(name)}
	delete(wh.tables, at)
	wh.forget(func(p privilege) bool { return p.on == redshiftsql.OnTable && p.at == at })
	for _, other := range wh.world.warehouses {
		for database, b := range other.bases {
			if b.shared() && b.source.namespace == wh.Namespace && wh.shares[b.source.datashare].database == at.database {
				there := objectKey{database, at.schema, at.name}
				other.forget(func(p privilege) bool { return p.on == redshiftsql.OnTable && p.at == there })
			}
		}
	}
}

// AddUser adds a user, or sets whether it is a superuser.
func (wh *Warehouse) AddUser(name string, superuser bool) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	u, ok := wh.users[name]
	if !ok {
		u.id = wh.nextID()
	}
	u.superuser, u.fromIAM = superuser, false
	wh.users[name] = u
}

// AddRole adds a role.
func (wh *Warehouse) AddRole(name string) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	name = wh.fold(name)
	if _, ok := wh.roles[name]; !ok {
		wh.roles[name] = role{id: wh.nextID(), owner: wh.admin}
	}
}

// AddGroup adds a group, or users to it.
func (wh *Warehouse) AddGroup(name string, users ...string) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	name = wh.fold(name)
	if _, ok := wh.groups[name]; !ok {
		wh.groups[name] = wh.nextID()
	}
	for _, user := range users {
		wh.members[[2]string{name, user}] = true
	}
}

// GrantRole grants a role, also one of the system, to a user or role: grantee is a name of
// a user or, with ROLE before it, of a role.
func (wh *Warehouse) GrantRole(name, grantee string) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	wh.roleGrants[roleGrant{wh.fold(name), wh.grantee(grantee)}] = true
}

// GrantSystem grants a system privilege, such as CREATE DATASHARE, to a role, or CREATEDB
// to a user.
func (wh *Warehouse) GrantSystem(privilege, grantee string) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	wh.system[systemPrivilege{wh.grantee(grantee), privilege}] = true
}

// SetGrant grants a privilege on an object, or takes it away, without any checks. Grantee
// is the name of a user, ROLE, GROUP or DATASHARE before a name, or PUBLIC.
func (wh *Warehouse) SetGrant(privilegeName string, on redshiftsql.Object, grantee string, granted bool) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	wh.setGrant(privilege{wh.grantee(grantee), privilegeName, on.Scope, wh.key(on)}, wh.admin, granted)
}

// grantee returns the identity that is written as in GRANT.
func (wh *Warehouse) grantee(text string) identity {
	kind, name, _ := strings.Cut(text, " ")
	switch kind {
	case "PUBLIC":
		return identity{kind: public}
	case "ROLE":
		return identity{anyRole, wh.fold(name)}
	case "GROUP":
		return identity{anyGroup, wh.fold(name)}
	case "DATASHARE":
		return identity{anyDatashare, wh.fold(name)}
	}
	return identity{anyUser, text}
}

// SetIncludeNew sets whether tables and functions that are made in a schema come into a
// datashare, which only ALTER DATASHARE does.
func (wh *Warehouse) SetIncludeNew(datashare, schema string, on bool) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	k := [2]string{wh.fold(datashare), wh.fold(schema)}
	delete(wh.includeNew, k)
	if on {
		wh.includeNew[k] = true
	}
}

// AddToDatashare adds a schema or, with its name, a table of it, as ALTER DATASHARE ADD
// does: with USAGE or SELECT, no more.
func (wh *Warehouse) AddToDatashare(datashare, schema, table string) error {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	name := wh.fold(datashare)
	s, err := wh.shareNamed(name)
	if err != nil {
		return err
	}
	at := objectKey{s.database, wh.fold(schema), wh.fold(table)}
	p := privilege{identity{anyDatashare, name}, "USAGE", redshiftsql.OnSchema, at}
	if table != "" {
		p.name, p.on = "SELECT", redshiftsql.OnTable
	}
	if err := wh.listing(s.database).there(p.on, at); err != nil {
		return err
	}
	if err := wh.fitsShare(name, p.on, at); err != nil {
		return err
	}
	wh.setGrant(p, wh.admin, true)
	return nil
}

// SetManagedBy makes a datashare one of AWS Data Exchange ("ADX").
func (wh *Warehouse) SetManagedBy(datashare, service string) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	s, err := wh.shareNamed(wh.fold(datashare))
	if err != nil {
		panic(err)
	}
	s.managedBy = service
	wh.shares[wh.fold(datashare)] = s
}

// AttachMask attaches a masking policy to a table; an empty one detaches it. Off tells
// whether masking is off for datashares.
func (wh *Warehouse) AttachMask(database, schema, name, policy string, off bool) {
	wh.alterTable(database, schema, name, func(t *table) { t.Mask, t.MaskingOff = policy, off })
}

// SetRowSecurity turns row-level security on or off, and likewise for datashares.
func (wh *Warehouse) SetRowSecurity(database, schema, name string, on, forDatashares bool) {
	wh.alterTable(database, schema, name, func(t *table) { t.RowSecurity, t.rowSecurityOff = on, !forDatashares })
}

func (wh *Warehouse) alterTable(database, schema, name string, f func(*table)) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	at := objectKey{wh.fold(database), wh.fold(schema), wh.fold(name)}
	t, ok := wh.tables[at]
	if !ok {
		panic("no table " + at.schema + "." + at.name)
	}
	f(&t)
	wh.tables[at] = t
}

// ChangeOwner makes a user the owner of a database or, with their names, of a schema or
// table of it.
func (wh *Warehouse) ChangeOwner(database, schema, name, owner string) {
	if name != "" {
		wh.alterTable(database, schema, name, func(t *table) { t.Owner = owner })
		return
	}
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	at := objectKey{database: wh.fold(database), schema: wh.fold(schema)}
	if schema != "" {
		wh.addSchema(at)
		wh.schemas[at] = owner
		return
	}
	b, ok := wh.bases[at.database]
	if !ok {
		panic("no database " + at.database)
	}
	b.owner = owner
	wh.bases[at.database] = b
}

// Pause pauses a cluster, Resume ends that.
func (wh *Warehouse) Pause() { wh.setStatus("paused") }

// Resume makes a warehouse available.
func (wh *Warehouse) Resume() {
	if wh.Serverless {
		wh.setStatus("AVAILABLE")
		return
	}
	wh.setStatus("available")
}

func (wh *Warehouse) setStatus(status string) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	wh.Status = status
}
