package redshiftsql

// A Statement is one that this library may send. String returns its one text, which
// [Parse] takes back to an equal Statement, or nothing at all if Check refuses it.
type Statement interface {
	String() string

	// Check returns an error if the statement could not be rendered so that it means
	// what it says: a name that is empty, too long or not printable, a privilege that
	// the kind of object does not have.
	Check() error

	// Transaction reports whether the statement can run in a transaction block.
	Transaction() bool
}

// A GranteeType is the kind of what is granted to.
type GranteeType string

// The types of grantees. Namespaces and accounts are consumers of a datashare.
const (
	User      GranteeType = "USER"
	Role      GranteeType = "ROLE"
	Datashare GranteeType = "DATASHARE"
	Namespace GranteeType = "NAMESPACE"
	Account   GranteeType = "ACCOUNT"
)

// A Grantee is granted something.
type Grantee struct {
	Type GranteeType
	Name string // of a user, role or datashare; a GUID; 12 digits
}

// A Scope is what kind of thing privileges are on: one object, or, for those in the
// plural, all objects of a kind in a schema or database, those to come included.
type Scope string

// The scopes.
const (
	OnDatabase   Scope = "DATABASE"
	OnSchema     Scope = "SCHEMA"
	OnTable      Scope = "TABLE" // views, too
	OnFunction   Scope = "FUNCTION"
	OnDatashare  Scope = "DATASHARE"
	ForSchemas   Scope = "SCHEMAS"   // in Database
	ForTables    Scope = "TABLES"    // in Schema of Database or, without Schema, in Database
	ForFunctions Scope = "FUNCTIONS" // likewise
)

// An Object is what privileges are on.
type Object struct {
	Scope    Scope
	Database string // required but for OnDatashare
	Schema   string
	Name     string // of the table, function or datashare

	// Arguments are the types of the arguments of a function, such as "integer"
	// ([CheckArgument]).
	Arguments []string
}

// A Grant grants privileges on one object to one grantee, or revokes them.
//
//	GRANT INSERT, SELECT ON TABLE "prod"."etl"."audit" TO DATASHARE "sales_ds"
//	GRANT SELECT FOR TABLES IN SCHEMA "etl" DATABASE "prod" TO ROLE "analyst"
//	GRANT USAGE ON DATASHARE "sales_ds" TO NAMESPACE '13b8833d-17c6-4f16-8fe4-1a018f5ed00d'
//	REVOKE INSERT ON TABLE "prod"."etl"."audit" FROM DATASHARE "sales_ds"
type Grant struct {
	Revoke     bool
	Privileges []string // sorted, each once; never ALL, which would mean more one day
	Object     Object
	Grantee    Grantee
}

// A GrantRole grants a role to a user or role, or revokes it.
//
//	GRANT ROLE "writer" TO ROLE "analyst"
//	REVOKE ROLE "writer" FROM "alice"
type GrantRole struct {
	Revoke  bool
	Role    string
	Grantee Grantee
}

// CreateRole and DropRole make and remove a role.
//
//	CREATE ROLE "analyst"
type (
	CreateRole struct{ Name string }
	DropRole   struct{ Name string }
)

// CreateDatashare makes an empty datashare of the database that it is run in.
//
//	CREATE DATASHARE "sales_ds" SET PUBLICACCESSIBLE FALSE
type CreateDatashare struct {
	Name             string
	PublicAccessible bool
}

// AlterDatashare sets whether consumers may be publicly accessible.
//
//	ALTER DATASHARE "sales_ds" SET PUBLICACCESSIBLE TRUE
type AlterDatashare struct {
	Name             string
	PublicAccessible bool
}

// DropDatashare removes a datashare.
type DropDatashare struct{ Name string }

// CreateDatabase makes a database of a datashare. It cannot run in a transaction.
//
//	CREATE DATABASE "sales_db" WITH PERMISSIONS FROM DATASHARE "sales_ds" OF ACCOUNT '111122223333' NAMESPACE '13b8833d-17c6-4f16-8fe4-1a018f5ed00d'
type CreateDatabase struct {
	Name            string
	WithPermissions bool
	Datashare       string
	Account         string // empty for the same account
	Namespace       string
}

// DropDatabase removes a database that was made of a datashare. It cannot run in a
// transaction.
type DropDatabase struct{ Name string }

// ShowGrants shows what is granted on an object to anybody, or to one user or role in a
// database.
//
//	SHOW GRANTS ON TABLE "sales_db"."etl"."audit"
//	SHOW GRANTS FOR ROLE "analyst" FROM DATABASE "sales_db"
type ShowGrants struct {
	On  *Object  // a database, schema, table or function
	For *Grantee // a user or role
	// Database that For is asked in.
	Database string
}

// ShowSetting shows a configuration parameter of the session.
//
//	SHOW enable_case_sensitive_identifier
type ShowSetting struct{ Name string }

// SetQueryGroup labels what runs after it in the session, or, if it is part of a transaction
// that is rolled back, in that transaction.
//
//	SET query_group TO 'nightly load'
type SetQueryGroup struct{ Group string }
