package share

// A Description is what there should be: the datashares of one producer, what each holds,
// and who may use it. What it does not name is left alone, unless it was made from an
// earlier description.
type Description struct {
	Producer   Warehouse   `json:"producer"`
	Datashares []Datashare `json:"datashares"`
}

// A Warehouse is a provisioned cluster or a serverless workgroup, and how to connect to it.
type Warehouse struct {
	// Account and Region; empty for those of the caller's own clients.
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`

	// Cluster is the identifier of a provisioned cluster, Workgroup the name of a
	// serverless workgroup. Exactly one is set.
	Cluster   string `json:"cluster,omitempty"`
	Workgroup string `json:"workgroup,omitempty"`

	// Database to connect to. For a producer it is the one whose objects are shared. For
	// a consumer it is a local database, since grants cannot be made while connected to
	// one made of a datashare; "dev" if empty.
	Database string `json:"database,omitempty"`

	// Secret is the name or ARN of a secret in AWS Secrets Manager with the credentials
	// of a database user, User a database user of a cluster to connect as. With neither,
	// the user follows from the IAM identity ("IAM:name", "IAMR:role").
	Secret string `json:"secret,omitempty"`
	User   string `json:"user,omitempty"`
}

// A Privilege is one of Redshift's.
type Privilege string

// The privileges. Tables and views have the first eight, schemas Usage, Create, Alter and
// Drop, functions Execute ("Permissions you can grant to datashares", Database Developer
// Guide).
const (
	Select     Privilege = "SELECT"
	Insert     Privilege = "INSERT"
	Update     Privilege = "UPDATE"
	Delete     Privilege = "DELETE"
	Truncate   Privilege = "TRUNCATE"
	Drop       Privilege = "DROP"
	Alter      Privilege = "ALTER"
	References Privilege = "REFERENCES"
	Usage      Privilege = "USAGE"
	Create     Privilege = "CREATE"
	Execute    Privilege = "EXECUTE"
)

// A Datashare is a share of objects of one database, the producer's.
type Datashare struct {
	Name string `json:"name"`

	// PublicAccessible lets publicly accessible consumers use it.
	PublicAccessible bool `json:"public_accessible,omitempty"`

	Objects

	Consumers []Consumer `json:"consumers,omitempty"`
}

// Objects are what privileges are granted on, in one database.
type Objects struct {
	Schemas []Schema `json:"schemas,omitempty"`

	// Privileges on all schemas, tables and functions of the database, those to come
	// included.
	AllSchemas   []Privilege `json:"all_schemas,omitempty"`
	AllTables    []Privilege `json:"all_tables,omitempty"`
	AllFunctions []Privilege `json:"all_functions,omitempty"`
}

// A Schema is what is granted in one schema. Usage of the schema is always among it.
type Schema struct {
	Name       string      `json:"name"`
	Privileges []Privilege `json:"privileges,omitempty"` // on the schema itself, beside Usage

	Tables    []Table    `json:"tables,omitempty"` // views, too
	Functions []Function `json:"functions,omitempty"`

	// AllTables are privileges on all tables and views of the schema, AllFunctions on
	// all its functions, those to come included (scoped permissions). What is added
	// later is as writable as what was there.
	AllTables    []Privilege `json:"all_tables,omitempty"`
	AllFunctions []Privilege `json:"all_functions,omitempty"`
}

// A Table is what is granted on one table or view.
type Table struct {
	Name       string      `json:"name"`
	Privileges []Privilege `json:"privileges"`
}

// A Function is a SQL function, on which Execute is granted.
type Function struct {
	Name      string   `json:"name"`
	Arguments []string `json:"arguments,omitempty"` // types, such as "integer"
}

// A Consumer may use a datashare. It is a warehouse, a namespace, or all of another
// account; exactly one of the three is set.
type Consumer struct {
	// Warehouse is a consumer that can be reached. Its namespace is looked up.
	Warehouse *Warehouse `json:"warehouse,omitempty"`

	// Namespace is the GUID of a namespace of the producer's account.
	Namespace string `json:"namespace,omitempty"`

	// Account is another account. Authorized here, it is for that account to associate.
	Account string `json:"account,omitempty"`

	// Writable says that the consumer is to write. The privileges are the datashare's,
	// the same for all its consumers: one that grants more than reading has only
	// writable consumers. In another account, writes are allowed on both sides.
	Writable bool `json:"writable,omitempty"`

	// Database is made of the datashare, WITH PERMISSIONS, in Warehouse. Without it, the
	// consumer is left to make one.
	Database string `json:"database,omitempty"`

	// Grants are what users and roles of Warehouse may do in Database.
	Grants []ConsumerGrant `json:"grants,omitempty"`
}

// A ConsumerGrant is what one user or role of a consumer may do in the database made of a
// datashare. Usage of the database is always among it. The user or role must be there.
type ConsumerGrant struct {
	Role string `json:"role,omitempty"`
	User string `json:"user,omitempty"` // such as "IAMR:analyst"

	Objects
}
