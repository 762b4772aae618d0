package redshiftsql

// A Query is a SELECT over the system views. Its text is fixed: values come in as
// parameters of the Data API, by name. It holds nothing that PostgreSQL 15 could not run
// over views of the same names and columns.
type Query struct {
	Name       string // for people, such as "datashares"
	SQL        string
	Parameters []string // names, each used in SQL as :name
	Columns    []Column
}

// A Column is one of the result of a Query, with its type as the Data API names it.
type Column struct {
	Name string
	Type string // varchar, bool, int4, int8 or timestamp
}

func columns(names ...string) []Column {
	c := make([]Column, len(names))
	for i, name := range names {
		c[i] = Column{Name: name, Type: "varchar"}
	}
	return c
}

// typed sets the type of some columns that are no text.
func typed(c []Column, kind string, names ...string) []Column {
	for i := range c {
		for _, name := range names {
			if c[i].Name == name {
				c[i].Type = kind
			}
		}
	}
	return c
}

// The queries. The views pad some of their text with spaces, so all text is trimmed. Views
// without a parameter for the database tell of the one that is connected to.
var (
	// QuerySession tells the version and whether the user sees everything: to others
	// the views about grants show a part, without saying so.
	QuerySession = Query{
		Name:    "session",
		SQL:     `SELECT version() AS version, BTRIM(usename::varchar) AS user_name, usesuper AS superuser FROM pg_user WHERE usename = current_user`,
		Columns: typed(columns("version", "user_name", "superuser"), "bool", "superuser"),
	}

	QueryDatabases = Query{
		Name:    "databases",
		SQL:     `SELECT BTRIM(database_name) AS database_name, BTRIM(database_type) AS database_type, BTRIM(database_isolation_level) AS isolation_level FROM svv_redshift_databases ORDER BY 1`,
		Columns: columns("database_name", "database_type", "isolation_level"),
	}

	QuerySchemas = Query{
		Name:       "schemas",
		SQL:        `SELECT BTRIM(schema_name) AS schema_name FROM svv_redshift_schemas WHERE BTRIM(database_name) = :database ORDER BY 1`,
		Parameters: []string{"database"},
		Columns:    columns("schema_name"),
	}

	QueryTables = Query{
		Name:       "tables",
		SQL:        `SELECT BTRIM(schema_name) AS schema_name, BTRIM(table_name) AS table_name, BTRIM(table_type) AS table_type FROM svv_redshift_tables WHERE BTRIM(database_name) = :database ORDER BY 1, 2`,
		Parameters: []string{"database"},
		Columns:    columns("schema_name", "table_name", "table_type"),
	}

	// QueryFunctions names functions with the types of their arguments, as in
	// "integer, character varying".
	QueryFunctions = Query{
		Name:       "functions",
		SQL:        `SELECT BTRIM(schema_name) AS schema_name, BTRIM(function_name) AS function_name, BTRIM(argument_type) AS argument_types FROM svv_redshift_functions WHERE BTRIM(database_name) = :database AND BTRIM(function_type) = 'REGULAR FUNCTION' ORDER BY 1, 2, 3`,
		Parameters: []string{"database"},
		Columns:    columns("schema_name", "function_name", "argument_types"),
	}

	// QueryColumns finds the columns that data sharing minds: those of an interleaved
	// sort key, whose positions alternate in sign, and identity columns.
	QueryColumns = Query{
		Name:       "columns",
		SQL:        `SELECT BTRIM(schema_name) AS schema_name, BTRIM(table_name) AS table_name, BTRIM(column_name) AS column_name, BTRIM(column_default) AS column_default, sortkey FROM svv_redshift_columns WHERE BTRIM(database_name) = :database AND (sortkey < 0 OR column_default LIKE '%identity%') ORDER BY 1, 2, 3`,
		Parameters: []string{"database"},
		Columns:    typed(columns("schema_name", "table_name", "column_name", "column_default", "sortkey"), "int4", "sortkey"),
	}

	QueryMasks = Query{
		Name:    "masking policies",
		SQL:     `SELECT BTRIM(schema_name) AS schema_name, BTRIM(table_name) AS table_name, BTRIM(policy_name) AS policy_name, is_masking_datashare_on FROM svv_attached_masking_policy ORDER BY 1, 2, 3`,
		Columns: typed(columns("schema_name", "table_name", "policy_name", "is_masking_datashare_on"), "bool", "is_masking_datashare_on"),
	}

	// QueryRowSecurity reads a view that, other than its neighbours, names the database
	// of each table.
	QueryRowSecurity = Query{
		Name:    "row-level security",
		SQL:     `SELECT BTRIM(relschema) AS schema_name, BTRIM(relname) AS table_name, is_rls_on, is_rls_datashare_on FROM svv_rls_relation WHERE BTRIM(datname) = current_database() ORDER BY 1, 2`,
		Columns: typed(columns("schema_name", "table_name", "is_rls_on", "is_rls_datashare_on"), "bool", "is_rls_on", "is_rls_datashare_on"),
	}

	// QuerySlices counts the slices of a cluster.
	QuerySlices = Query{
		Name:    "slices",
		SQL:     `SELECT COUNT(*) AS slices FROM stv_slices`,
		Columns: typed(columns("slices"), "int8", "slices"),
	}

	QueryDatashares = Query{
		Name:    "datashares",
		SQL:     `SELECT BTRIM(share_name) AS share_name, BTRIM(source_database) AS source_database, BTRIM(consumer_database) AS consumer_database, BTRIM(share_type) AS share_type, is_publicaccessible, BTRIM(producer_account) AS producer_account, BTRIM(producer_namespace) AS producer_namespace, BTRIM(managed_by) AS managed_by FROM svv_datashares ORDER BY 4, 1, 7`,
		Columns: typed(columns("share_name", "source_database", "consumer_database", "share_type", "is_publicaccessible", "producer_account", "producer_namespace", "managed_by"), "bool", "is_publicaccessible"),
	}

	// QueryDatashareObjects tells what is in the datashares of this namespace, and those
	// shared with it.
	QueryDatashareObjects = Query{
		Name:    "objects of datashares",
		SQL:     `SELECT BTRIM(share_type) AS share_type, BTRIM(share_name) AS share_name, BTRIM(producer_namespace) AS producer_namespace, BTRIM(object_type) AS object_type, BTRIM(object_name) AS object_name, include_new FROM svv_datashare_objects ORDER BY 1, 2, 3, 4, 5`,
		Columns: typed(columns("share_type", "share_name", "producer_namespace", "object_type", "object_name", "include_new"), "bool", "include_new"),
	}

	QueryDatashareConsumers = Query{
		Name:    "consumers of datashares",
		SQL:     `SELECT BTRIM(share_name) AS share_name, BTRIM(consumer_account) AS consumer_account, BTRIM(consumer_namespace) AS consumer_namespace FROM svv_datashare_consumers ORDER BY 1, 2, 3`,
		Columns: columns("share_name", "consumer_account", "consumer_namespace"),
	}

	// The grants of the database that is connected to. A datashare is granted to as a
	// reserved role, ds: and its name.
	QueryDatabasePrivileges = Query{
		Name:    "privileges on databases",
		SQL:     `SELECT BTRIM(database_name) AS database_name, BTRIM(privilege_type) AS privilege_type, BTRIM(privilege_scope) AS privilege_scope, BTRIM(identity_name) AS identity_name, BTRIM(identity_type) AS identity_type FROM svv_database_privileges ORDER BY 1, 5, 4, 3, 2`,
		Columns: columns("database_name", "privilege_type", "privilege_scope", "identity_name", "identity_type"),
	}
	QuerySchemaPrivileges = Query{
		Name:    "privileges on schemas",
		SQL:     `SELECT BTRIM(namespace_name) AS schema_name, BTRIM(privilege_type) AS privilege_type, BTRIM(privilege_scope) AS privilege_scope, BTRIM(identity_name) AS identity_name, BTRIM(identity_type) AS identity_type FROM svv_schema_privileges ORDER BY 1, 5, 4, 3, 2`,
		Columns: columns("schema_name", "privilege_type", "privilege_scope", "identity_name", "identity_type"),
	}
	QueryTablePrivileges = Query{
		Name:    "privileges on tables",
		SQL:     `SELECT BTRIM(namespace_name) AS schema_name, BTRIM(relation_name) AS table_name, BTRIM(privilege_type) AS privilege_type, BTRIM(identity_name) AS identity_name, BTRIM(identity_type) AS identity_type FROM svv_relation_privileges ORDER BY 1, 2, 5, 4, 3`,
		Columns: columns("schema_name", "table_name", "privilege_type", "identity_name", "identity_type"),
	}
	QueryFunctionPrivileges = Query{
		Name:    "privileges on functions",
		SQL:     `SELECT BTRIM(namespace_name) AS schema_name, BTRIM(function_name) AS function_name, BTRIM(argument_types) AS argument_types, BTRIM(privilege_type) AS privilege_type, BTRIM(identity_name) AS identity_name, BTRIM(identity_type) AS identity_type FROM svv_function_privileges ORDER BY 1, 2, 3, 6, 5, 4`,
		Columns: columns("schema_name", "function_name", "argument_types", "privilege_type", "identity_name", "identity_type"),
	}

	QueryRoles = Query{
		Name:    "roles",
		SQL:     `SELECT BTRIM(role_name) AS role_name FROM svv_roles ORDER BY 1`,
		Columns: columns("role_name"),
	}
	QueryUsers = Query{
		Name:    "users",
		SQL:     `SELECT BTRIM(usename::varchar) AS user_name, usesuper AS superuser FROM pg_user ORDER BY 1`,
		Columns: typed(columns("user_name", "superuser"), "bool", "superuser"),
	}
	// QueryGroups tells who is in which group.
	QueryGroups = Query{
		Name:    "groups",
		SQL:     `SELECT BTRIM(groname::varchar) AS group_name, BTRIM(usename::varchar) AS user_name FROM pg_group, pg_user WHERE usesysid = ANY(grolist) ORDER BY 1, 2`,
		Columns: columns("group_name", "user_name"),
	}
	QueryUserGrants = Query{
		Name:    "roles of users",
		SQL:     `SELECT BTRIM(user_name) AS user_name, BTRIM(role_name) AS role_name FROM svv_user_grants ORDER BY 1, 2`,
		Columns: columns("user_name", "role_name"),
	}
	QueryRoleGrants = Query{
		Name:    "roles of roles",
		SQL:     `SELECT BTRIM(role_name) AS role_name, BTRIM(granted_role_name) AS granted_role_name FROM svv_role_grants ORDER BY 1, 2`,
		Columns: columns("role_name", "granted_role_name"),
	}
)

// Queries are all queries of the catalog, in a defined order. Those of usage are
// [UsageQueries].
func Queries() []Query {
	return []Query{
		QuerySession, QueryDatabases, QuerySchemas, QueryTables, QueryFunctions, QueryColumns, QueryMasks, QueryRowSecurity, QuerySlices,
		QueryDatashares, QueryDatashareObjects, QueryDatashareConsumers,
		QueryDatabasePrivileges, QuerySchemaPrivileges, QueryTablePrivileges, QueryFunctionPrivileges,
		QueryRoles, QueryUsers, QueryGroups, QueryUserGrants, QueryRoleGrants,
	}
}

// String returns the text of the query.
func (q Query) String() string { return q.SQL }

// Check returns nil: the text is fixed.
func (q Query) Check() error { return nil }

// Transaction reports that a query can run in a transaction block.
func (q Query) Transaction() bool { return true }
