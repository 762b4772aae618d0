package share

// A State is what was found. It is plain data: read by package redshift, kept as JSON,
// compared with a Description without credentials.
type State struct {
	Producer  Found   `json:"producer"`
	Consumers []Found `json:"consumers,omitempty"` // each warehouse once
}

// Found is what was found of one warehouse.
type Found struct {
	Warehouse Warehouse `json:"warehouse"`

	// Unknown are the reads that failed. What they would have told is unknown, not
	// absent.
	Unknown []Unknown `json:"unknown,omitempty"`

	// Missing tells that there is no cluster or workgroup of the name.
	Missing bool `json:"missing,omitempty"`

	Account       string `json:"account,omitempty"`
	Region        string `json:"region,omitempty"`
	Namespace     string `json:"namespace,omitempty"`     // GUID
	NamespaceARN  string `json:"namespace_arn,omitempty"` // of the cluster's or workgroup's namespace
	NodeType      string `json:"node_type,omitempty"`     // such as "ra3.4xlarge"; empty for serverless
	Status        string `json:"status,omitempty"`        // such as "available" or "paused"
	Version       string `json:"version,omitempty"`       // such as "1.0.78890"
	BaseCapacity  int    `json:"base_capacity,omitempty"` // RPU, of a workgroup
	Slices        int    `json:"slices,omitempty"`        // of a cluster; 0 if unknown, as it is for serverless
	CaseSensitive bool   `json:"case_sensitive,omitempty"`

	User      string `json:"user,omitempty"`      // that the catalog was read as
	Superuser bool   `json:"superuser,omitempty"` // others see a part of the grants

	Databases []Database   `json:"databases,omitempty"`
	Schemas   []string     `json:"schemas,omitempty"`   // of the database connected to
	Tables    []TableOf    `json:"tables,omitempty"`    // likewise
	Functions []FunctionOf `json:"functions,omitempty"` // likewise
	Roles     []string     `json:"roles,omitempty"`
	Users     []string     `json:"users,omitempty"`

	Outbound []Outbound `json:"outbound,omitempty"` // datashares of this namespace
	Inbound  []Inbound  `json:"inbound,omitempty"`  // datashares that others share with it

	// Grants are those to datashares, of a producer, and those to users and roles in
	// databases made of datashares, of a consumer; one privilege each.
	Grants []Grant `json:"grants,omitempty"`

	// RoleGrants and Superusers are read for an audit: who has which role, and who may do
	// everything.
	RoleGrants []RoleGrant `json:"role_grants,omitempty"`
	Superusers []string    `json:"superusers,omitempty"`

	// Groups are the groups of users that something may be granted to, for an audit.
	Groups []Group `json:"groups,omitempty"`

	// Associations are those of datashares with other accounts.
	Associations []Association `json:"associations,omitempty"`
}

// Unknown is a read that failed.
type Unknown struct {
	What   string `json:"what"`   // such as "privileges on tables"
	Reason string `json:"reason"` // why, and what to do
}

// A Database is one of a warehouse.
type Database struct {
	Name      string `json:"name"`
	Shared    bool   `json:"shared,omitempty"`    // made of a datashare
	Isolation string `json:"isolation,omitempty"` // "Snapshot Isolation" or "Serializable"

	// WithPermissions tells how a shared database was made, nil if that is unknown. The
	// views do not tell it.
	WithPermissions *bool `json:"with_permissions,omitempty"`
}

// TableOf is a table or view of the producer, with what data sharing minds.
type TableOf struct {
	Database    string   `json:"database,omitempty"`
	Schema      string   `json:"schema"`
	Name        string   `json:"name"`
	Type        string   `json:"type,omitempty"` // TABLE, VIEW or what the catalog says
	Interleaved bool     `json:"interleaved,omitempty"`
	Identity    []string `json:"identity,omitempty"` // identity columns
	Masks       []string `json:"masks,omitempty"`    // masking policies that are on for datashares
	RowSecurity bool     `json:"row_security,omitempty"`
}

// FunctionOf is a function of the producer.
type FunctionOf struct {
	Database string `json:"database,omitempty"`
	Schema   string `json:"schema"`
	Name     string `json:"name"` // with its argument types: f(integer,varchar)
}

// Outbound is a datashare of the namespace.
type Outbound struct {
	Name             string     `json:"name"`
	Database         string     `json:"database"`
	PublicAccessible bool       `json:"public_accessible,omitempty"`
	ManagedBy        string     `json:"managed_by,omitempty"` // ADX, for one of AWS Data Exchange
	Objects          []ObjectOf `json:"objects,omitempty"`
	Consumers        []UsedBy   `json:"consumers,omitempty"`
}

// ObjectOf is an object in a datashare.
type ObjectOf struct {
	Type       string `json:"type"` // schema, table, view, …
	Name       string `json:"name"` // schema.object
	IncludeNew bool   `json:"include_new,omitempty"`
}

// UsedBy is a consumer of a datashare: a namespace, or an account.
type UsedBy struct {
	Account   string `json:"account,omitempty"`
	Namespace string `json:"namespace,omitempty"`
}

// Inbound is a datashare that was shared with the namespace.
type Inbound struct {
	Name      string     `json:"name"`
	Account   string     `json:"account"`   // of the producer
	Namespace string     `json:"namespace"` // of the producer
	Database  string     `json:"database,omitempty"`
	Objects   []ObjectOf `json:"objects,omitempty"`
}

// A Grantee is what privileges are granted to.
type Grantee struct {
	Type GranteeType `json:"type"`
	Name string      `json:"name,omitempty"` // empty for public
}

// A GranteeType is the kind of a grantee.
type GranteeType string

// The types of grantees.
const (
	ToDatashare GranteeType = "datashare"
	ToRole      GranteeType = "role"
	ToUser      GranteeType = "user"
	ToGroup     GranteeType = "group"
	ToPublic    GranteeType = "public"
)

// A Scope is what a privilege is on: one object, or all of a kind.
type Scope string

// The scopes. The last three are all objects of a kind, those to come included: schemas of
// the database; tables or functions of the schema or, without one, the database.
const (
	OnDatabase   Scope = "database"
	OnSchema     Scope = "schema"
	OnTable      Scope = "table"
	OnFunction   Scope = "function"
	ForSchemas   Scope = "schemas"
	ForTables    Scope = "tables"
	ForFunctions Scope = "functions"
)

// A Grant is one privilege of one grantee on one thing.
type Grant struct {
	Grantee   Grantee   `json:"grantee"`
	Privilege Privilege `json:"privilege"`
	Scope     Scope     `json:"scope"`
	Database  string    `json:"database"`
	Schema    string    `json:"schema,omitempty"`
	Object    string    `json:"object,omitempty"` // table, or function with its argument types: f(integer,varchar)
}

// An Association is one of a datashare with a consumer in another account.
type Association struct {
	Datashare      string `json:"datashare"`
	Producer       string `json:"producer"`         // namespace
	Consumer       string `json:"consumer"`         // account, or ARN of a namespace
	Region         string `json:"region,omitempty"` // of the consumer
	Status         string `json:"status"`           // such as ACTIVE or PENDING_AUTHORIZATION
	ProducerWrites bool   `json:"producer_writes,omitempty"`
	ConsumerWrites bool   `json:"consumer_writes,omitempty"`
}

// RoleGrant is a role that a user or role has.
type RoleGrant struct {
	Role string  `json:"role"`
	To   Grantee `json:"to"`
}

// Group is a group of users.
type Group struct {
	Name  string   `json:"name"`
	Users []string `json:"users,omitempty"`
}
