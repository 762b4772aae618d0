package share

// AuditOptions say what was meant, so that an audit can tell what differs.
type AuditOptions struct {
	// Descriptions of datashares. A consumer that is not Writable is meant to read only.
	Descriptions []Description `json:"descriptions,omitempty"`

	// ReadOnly are names of datashares that are meant to be read only, whoever the
	// consumer is.
	ReadOnly []string `json:"read_only,omitempty"`
}

// An AuditResult tells who can read or write which tables of producers, in each warehouse.
// It is plain data in a defined order.
//
// It is about databases that are shared, in their producers and in the warehouses that use
// them. It does not look into what gives access besides: ownership, system privileges of
// roles, privileges on columns and functions, default privileges, stored procedures, views
// of a consumer and external schemas that refer to shared tables, and IAM.
type AuditResult struct {
	Warehouses []AuditedWarehouse `json:"warehouses"`
	Schemas    []AuditedSchema    `json:"schemas,omitempty"`
	Access     []Access           `json:"access,omitempty"`
	Findings   []Finding          `json:"findings,omitempty"`
}

// An AuditedWarehouse is one that was looked into, or one that is only known by what others
// share with it or use of it.
type AuditedWarehouse struct {
	Name      string    `json:"name"` // unique in the result
	Warehouse Warehouse `json:"warehouse,omitzero"`
	Account   string    `json:"account,omitempty"`
	Region    string    `json:"region,omitempty"`
	Namespace string    `json:"namespace,omitempty"`
	Status    string    `json:"status,omitempty"`

	// NotLookedInto says that the warehouse was not among those found.
	NotLookedInto bool `json:"not_looked_into,omitempty"`

	// Unknown is what could not be read there. Somebody may have access through it.
	Unknown []Unknown `json:"unknown,omitempty"`

	Notes      []string `json:"notes,omitempty"`      // what to know when reading the rest
	Superusers []string `json:"superusers,omitempty"` // empty if they are unknown
	Members    []Member `json:"members,omitempty"`    // of roles and groups that something was granted to

	UnknownGroups []string `json:"unknown_groups,omitempty"` // that something was granted to, and whose users are unknown
}

// A Member is a user or role that has a role, or a user in a group.
type Member struct {
	Of  Grantee  `json:"of"`            // role or group
	Who Grantee  `json:"who"`           // user or role
	Via []string `json:"via,omitempty"` // roles between the two, from Of on
}

// An AuditedSchema is a schema of a producer's database that is shared, with the tables that
// are known, from whatever warehouse.
type AuditedSchema struct {
	Producer string   `json:"producer"` // name of the warehouse
	Database string   `json:"database"`
	Schema   string   `json:"schema"`
	Tables   []string `json:"tables,omitempty"`
}

// The types of identities that are no grantees.
const (
	// Superusers may do everything that their warehouse may.
	Superusers GranteeType = "superusers"

	// Anyone stands for identities that are unknown, since a warehouse was not looked
	// into or could not be read. What they may do is at most what is told.
	Anyone GranteeType = "anyone"
)

// A Verdict says whether something is possible.
type Verdict string

// The verdicts, from the best to the worst. Unsure is what follows from something that
// could not be read or that is not documented.
const (
	Yes    Verdict = "yes"
	Unsure Verdict = "unknown"
	No     Verdict = "no"
)

// Access is what one identity of one warehouse may do in one schema of a producer's
// database. A user or role that may do just what the roles, groups and PUBLIC may that it
// belongs to has none of its own: see Members.
type Access struct {
	Warehouse string   `json:"warehouse"` // name
	Identity  Grantee  `json:"identity"`
	Alike     []string `json:"alike,omitempty"` // other users of which all this is true

	Producer  string `json:"producer"` // name of the warehouse whose schema it is
	Source    string `json:"source"`   // database there
	Schema    string `json:"schema"`   // empty: schemas to come
	Datashare string `json:"datashare,omitempty"`
	Database  string `json:"database,omitempty"` // in Warehouse; empty if it is unknown or was not made

	OnSchema []Right       `json:"on_schema,omitempty"` // what may be done with the schema itself
	Tables   []TableAccess `json:"tables,omitempty"`
}

// TableAccess is what may be done with some tables of a schema. Those of one Access are
// disjoint.
type TableAccess struct {
	// Tables are named. Rest says that it is all tables of the schema that no other
	// TableAccess names; of more than 5 they are not named then.
	Tables []string `json:"tables,omitempty"`
	Rest   bool     `json:"rest,omitempty"`
	Count  int      `json:"count"` // of tables that are known

	// ToCome says that it is so of tables that are made later.
	ToCome bool `json:"to_come,omitempty"`

	Rights []Right `json:"rights,omitempty"` // none: no access
}

// A Right is what is known of some privileges: whether they can be used, and why not or why
// that is unknown. There is one only for privileges that are granted, that come with the
// use of the database, or that may be.
type Right struct {
	Privileges []Privilege `json:"privileges"`
	Verdict    Verdict     `json:"verdict"`
	Why        []string    `json:"why,omitempty"` // not, or unknown
	Path       []Hop       `json:"path,omitempty"`
}

// A Hop is a step of the way from the tables to an identity.
type Hop struct {
	Kind  string `json:"kind"` // datashare, namespace, database, role, user, …
	Name  string `json:"name,omitempty"`
	Gives string `json:"gives,omitempty"` // what is granted here
}

// A FindingKind is what a [Finding] is about.
type FindingKind string

// The kinds of findings, in the order in which they are told.
const (
	WritesUnmeant         FindingKind = "writes where reading was meant"
	PublicGrant           FindingKind = "granted to PUBLIC"
	PublicAccessible      FindingKind = "publicly accessible datashare"
	AllToEveryUser        FindingKind = "database without object permissions"
	ConsumerNotLookedInto FindingKind = "consumer not looked into"
	NotRead               FindingKind = "not read"
	NoEffect              FindingKind = "granted without effect"
	IdentityColumn        FindingKind = "identity column"
	ReadOnlyToCome        FindingKind = "tables to come are read-only"
	ShareGone             FindingKind = "database of a datashare that is gone"
	NoConsumers           FindingKind = "datashare without consumers"
	NoDatabase            FindingKind = "datashare without a database"
	SuperuserCount        FindingKind = "superusers"
)

// A Finding is something that a person should look at.
type Finding struct {
	Kind      FindingKind `json:"kind"`
	Warehouse string      `json:"warehouse"` // name
	Identity  Grantee     `json:"identity,omitzero"`
	Datashare string      `json:"datashare,omitempty"`
	Database  string      `json:"database,omitempty"`
	Schema    string      `json:"schema,omitempty"`
	Text      string      `json:"text"` // for a person
}

// Audit tells who can read or write what, from what was found in warehouses. Tables of a
// producer are looked at with everyone in the producer and in each warehouse that uses a
// datashare with them. What could not be read is said to be unknown, and never counts as
// no access. The order of found does not matter.
func Audit(found []Found, opts AuditOptions) AuditResult {
	a := newAudit(found)
	r := AuditResult{Schemas: a.schemas()}
	for _, n := range a.nodes {
		for _, u := range n.uses {
			r.Access = append(r.Access, a.accessOf(u)...)
		}
	}
	sortAccess(r.Access)
	for _, n := range a.nodes {
		r.Warehouses = append(r.Warehouses, n.told())
	}
	r.Findings = a.findings(r, opts)
	return r
}
