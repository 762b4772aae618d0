package redshift

// TableOptions are what a table may have beside its name.
type TableOptions struct {
	View        bool
	Owner       string   // a user; the admin of the warehouse if empty
	Interleaved []string // columns of an interleaved sort key
	Identity    []string // identity columns
	Mask        string   // a masking policy that is attached
	MaskingOff  bool     // masking is off for datashares
	RowSecurity bool     // row-level security is on, for datashares as well
}

// AddDatabase adds a local database with the schema public. An empty isolation is
// "Snapshot Isolation", the default.
func (wh *Warehouse) AddDatabase(name, isolation string) {}

// AddSchema adds a schema to a local database.
func (wh *Warehouse) AddSchema(database, schema string) {}

// AddTable adds a table or view, and its schema if there is none.
func (wh *Warehouse) AddTable(database, schema, table string, opts TableOptions) {}

// AddFunction adds a SQL function.
func (wh *Warehouse) AddFunction(database, schema, name string, arguments ...string) {}

// AddUser adds a user, or sets whether it is a superuser.
func (wh *Warehouse) AddUser(name string, superuser bool) {}

// AddRole adds a role.
func (wh *Warehouse) AddRole(name string) {}

// AddGroup adds a group, or users to it.
func (wh *Warehouse) AddGroup(name string, users ...string) {}

// DropTable drops a table or view.
func (wh *Warehouse) DropTable(database, schema, table string) {}

// SetIncludeNew sets whether tables and functions that are made in a schema come into a
// datashare, which only ALTER DATASHARE does.
func (wh *Warehouse) SetIncludeNew(datashare, schema string, on bool) {}

// AddToDatashare adds a schema, or a table of it, as ALTER DATASHARE ADD does: with USAGE
// or SELECT, no more.
func (wh *Warehouse) AddToDatashare(datashare, schema, table string) error { return nil }

// AttachMask attaches a masking policy to a table; an empty one detaches it. Off tells
// whether masking is off for datashares.
func (wh *Warehouse) AttachMask(database, schema, table, policy string, off bool) {}

// SetRowSecurity turns row-level security on or off, and likewise for datashares.
func (wh *Warehouse) SetRowSecurity(database, schema, table string, on, forDatashares bool) {}

// Pause pauses a cluster, Resume ends that.
func (wh *Warehouse) Pause() {}

// Resume makes a warehouse available.
func (wh *Warehouse) Resume() {}
