-- The system views that queries read, with all columns and their types as documented. The
-- page is below https://docs.aws.amazon.com/redshift/latest/dg/ unless it is a whole URL.

-- r_SVV_REDSHIFT_DATABASES.html
CREATE TABLE svv_redshift_databases (
	database_name varchar(128),
	database_owner integer,
	database_type varchar(32),
	database_acl varchar(128),
	database_options varchar(128),
	database_isolation_level varchar(128)
);

-- r_SVV_REDSHIFT_SCHEMAS.html
CREATE TABLE svv_redshift_schemas (
	database_name varchar(128),
	schema_name varchar(128),
	schema_owner integer,
	schema_type varchar(16),
	schema_acl varchar(128),
	schema_option varchar(128)
);

-- r_SVV_REDSHIFT_TABLES.html
CREATE TABLE svv_redshift_tables (
	database_name varchar(128),
	schema_name varchar(128),
	table_name varchar(128),
	table_type varchar(128),
	table_acl varchar(128),
	remarks varchar(128),
	table_owner varchar(128)
);

-- r_SVV_REDSHIFT_COLUMNS.html
CREATE TABLE svv_redshift_columns (
	database_name varchar(128),
	schema_name varchar(128),
	table_name varchar(128),
	column_name varchar(128),
	ordinal_position integer,
	data_type varchar(32),
	column_default varchar(4000),
	is_nullable varchar(3),
	encoding varchar(128),
	distkey boolean,
	sortkey integer,
	column_acl varchar(128),
	remarks varchar(256)
);

-- r_SVV_ATTACHED_MASKING_POLICY.html
CREATE TABLE svv_attached_masking_policy (
	policy_name text,
	schema_name text,
	table_name text,
	table_type text,
	grantor text,
	grantee text,
	grantee_type text,
	priority int,
	input_columns text,
	output_columns text,
	is_masking_datashare_on boolean
);

-- r_SVV_RLS_RELATION.html
CREATE TABLE svv_rls_relation (
	datname text,
	relschema text,
	relname text,
	relkind text,
	is_rls_on boolean,
	is_rls_datashare_on boolean,
	rls_conjunction_type character(3),
	rls_datashare_conjunction_type character(3)
);

-- r_STV_SLICES.html
CREATE TABLE stv_slices (
	node integer,
	slice integer,
	localslice integer,
	type character(1)
);

-- r_SVV_DATASHARES.html
CREATE TABLE svv_datashares (
	share_name varchar(128),
	share_id integer,
	share_owner integer,
	source_database varchar(128),
	consumer_database varchar(128),
	share_type varchar(8),
	createdate timestamp without time zone,
	is_publicaccessible boolean,
	share_acl varchar(256),
	producer_account varchar(16),
	producer_namespace varchar(64),
	managed_by varchar(64)
);

-- r_SVV_DATASHARE_OBJECTS.html
CREATE TABLE svv_datashare_objects (
	share_type varchar(8),
	share_name varchar(128),
	object_type varchar(64),
	object_name varchar(512),
	producer_account varchar(16),
	producer_namespace varchar(64),
	include_new boolean
);

-- r_SVV_DATASHARE_CONSUMERS.html
CREATE TABLE svv_datashare_consumers (
	share_name varchar(128),
	consumer_account varchar(16),
	consumer_namespace varchar(64),
	share_date timestamp without time zone
);

-- r_SVV_DATABASE_PRIVILEGES.html
CREATE TABLE svv_database_privileges (
	database_name text,
	privilege_type text,
	identity_id integer,
	identity_name text,
	identity_type text,
	admin_option boolean,
	privilege_scope text
);

-- r_SVV_SCHEMA_PRIVILEGES.html
CREATE TABLE svv_schema_privileges (
	namespace_name text,
	privilege_type text,
	identity_id integer,
	identity_name text,
	identity_type text,
	admin_option boolean,
	privilege_scope text
);

-- r_SVV_RELATION_PRIVILEGES.html
CREATE TABLE svv_relation_privileges (
	namespace_name text,
	relation_name text,
	privilege_type text,
	identity_id integer,
	identity_name text,
	identity_type text,
	admin_option boolean
);

-- r_SVV_FUNCTION_PRIVILEGES.html
CREATE TABLE svv_function_privileges (
	namespace_name text,
	function_name text,
	argument_types text,
	privilege_type text,
	identity_id integer,
	identity_name text,
	identity_type text,
	admin_option boolean
);

-- r_SVV_REDSHIFT_FUNCTIONS.html
CREATE TABLE svv_redshift_functions (
	database_name char(128),
	schema_name char(128),
	function_name char(128),
	function_type char(128),
	argument_type char(512),
	result_type char(128)
);

-- r_SVV_ROLES.html
CREATE TABLE svv_roles (
	role_id integer,
	role_name text,
	role_owner text,
	external_id text
);

-- r_SVV_USER_GRANTS.html
CREATE TABLE svv_user_grants (
	user_id integer,
	user_name text,
	role_id integer,
	role_name text,
	admin_option boolean
);

-- r_SVV_ROLE_GRANTS.html
CREATE TABLE svv_role_grants (
	role_id integer,
	role_name text,
	granted_role_id integer,
	granted_role_name text
);

-- https://www.postgresql.org/docs/8.0/view-pg-user.html, on which Redshift is based; its
-- type abstime is no more
CREATE TABLE pg_user (
	usename name,
	usesysid integer,
	usecreatedb boolean,
	usesuper boolean,
	usecatupd boolean,
	passwd text,
	valuntil timestamp,
	useconfig text[]
);

-- https://www.postgresql.org/docs/8.0/catalog-pg-group.html
CREATE TABLE pg_group (
	groname name,
	grosysid integer,
	grolist integer[]
);

-- r_VERSION.html
CREATE FUNCTION version() RETURNS text LANGUAGE sql AS $$
	SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.78890'::text
$$;

-- r_CURRENT_DATABASE.html
CREATE FUNCTION current_database() RETURNS text LANGUAGE sql AS $$ SELECT 'prod'::text $$;
