-- The system views that queries about usage read, with all columns and their types as
-- documented. The page is below https://docs.aws.amazon.com/redshift/latest/dg/ unless it is
-- a whole URL.

-- SYS_SERVERLESS_USAGE.html
CREATE TABLE sys_serverless_usage (
	start_time timestamp,
	end_time timestamp,
	compute_seconds double precision,
	compute_capacity double precision,
	data_storage bigint,
	cross_region_transferred_data bigint,
	charged_seconds bigint,
	charged_extra_compute_for_automatic_optimization_seconds bigint
);

-- SYS_QUERY_HISTORY.html
CREATE TABLE sys_query_history (
	user_id integer,
	query_id bigint,
	query_label character(320),
	transaction_id bigint,
	session_id integer,
	database_name character(128),
	query_type character(32),
	status character(10),
	result_cache_hit boolean,
	start_time timestamp,
	end_time timestamp,
	elapsed_time bigint,
	queue_time bigint,
	execution_time bigint,
	error_message character(512),
	returned_rows bigint,
	returned_bytes bigint,
	query_text character(4000),
	redshift_version character(256),
	usage_limit character(150),
	compute_type varchar(32),
	compile_time bigint,
	planning_time bigint,
	lock_wait_time bigint,
	service_class_id integer,
	service_class_name character(64),
	query_priority character(20),
	short_query_accelerated character(10),
	user_query_hash character(40),
	generic_query_hash character(40),
	query_hash_version integer,
	result_cache_query_id integer,
	username character(128)
);

-- SYS_TRANSACTION_HISTORY.html
CREATE TABLE sys_transaction_history (
	user_id integer,
	transaction_id bigint,
	isolation_level text,
	status text,
	transaction_start_time timestamp,
	commit_start_time timestamp,
	commit_end_time timestamp,
	blocks_committed bigint,
	undo_transaction_id bigint
);

-- r_SVV_TRANSACTIONS.html
CREATE TABLE svv_transactions (
	txn_owner text,
	txn_db text,
	xid bigint,
	pid integer,
	txn_start timestamp,
	lock_mode text,
	lockable_object_type text,
	relation integer,
	granted boolean
);

-- r_SVV_TABLE_INFO.html
CREATE TABLE svv_table_info (
	database text,
	schema text,
	table_id oid,
	"table" text,
	encoded text,
	diststyle text,
	sortkey1 text,
	max_varchar integer,
	sortkey1_enc character(32),
	sortkey_num integer,
	size bigint,
	pct_used numeric(10,4),
	empty bigint,
	unsorted numeric(5,2),
	stats_off numeric(5,2),
	tbl_rows numeric(38,0),
	skew_sortkey1 numeric(19,2),
	skew_rows numeric(19,2),
	estimated_visible_rows numeric(38,0),
	risk_event text,
	vacuum_sort_benefit numeric(12,2),
	create_time timestamp
);

-- r_SVCS_CONCURRENCY_SCALING_USAGE.html
CREATE TABLE svcs_concurrency_scaling_usage (
	start_time timestamp,
	end_time timestamp,
	queries bigint,
	usage_in_seconds numeric(27,0)
);

-- SYS_EXTERNAL_QUERY_DETAIL.html, where the type of get_partition_time is "long"
CREATE TABLE sys_external_query_detail (
	user_id integer,
	query_id bigint,
	transaction_id bigint,
	child_query_sequence integer,
	segment_id integer,
	source_type character(32),
	start_time timestamp,
	end_time timestamp,
	duration bigint,
	total_partitions integer,
	qualified_partitions integer,
	scanned_files bigint,
	returned_rows bigint,
	returned_bytes bigint,
	file_format text,
	file_location text,
	external_query_text text,
	warning_message character(4000),
	table_name character(136),
	is_recursive character(1),
	is_nested character(1),
	s3list_time bigint,
	get_partition_time bigint,
	query_uuid character(36)
);
