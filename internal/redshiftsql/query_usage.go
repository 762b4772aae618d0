package redshiftsql

// The queries about usage. They read the rows of the time from :from until before :to, as in
// "2026-11-01 00:00:00", in UTC, by the time that a row is of: rows of a closed time that is
// over do not change. The views keep 7 days. NULL is read as zero or nothing, other than in
// times, keys and what is charged.
var (
	// QueryMinutes is for superusers, and for workgroups: clusters do not have the view
	// ("SYS_SERVERLESS_USAGE"). charged_seconds are RPU-seconds.
	QueryMinutes = Query{
		Name:       "usage by minute",
		SQL:        minutes("COALESCE(charged_extra_compute_for_automatic_optimization_seconds,0)"),
		Parameters: usagePeriod(),
		Columns:    minuteColumns(),
	}

	// QueryMinutesWithoutExtra is QueryMinutes for versions whose view has no column for
	// automatic optimization yet.
	QueryMinutesWithoutExtra = Query{
		Name:       "usage by minute, without automatic optimization",
		SQL:        minutes("CAST(0 AS bigint)"),
		Parameters: usagePeriod(),
		Columns:    minuteColumns(),
	}

	// QueryQueries returns queries that have ended. Users who are no superusers see but
	// their own ("SYS_QUERY_HISTORY").
	QueryQueries = Query{
		Name:       "queries",
		SQL:        `SELECT query_id, transaction_id, COALESCE(BTRIM(username),'') AS user_name, COALESCE(BTRIM(query_label),'') AS label, COALESCE(BTRIM(database_name),'') AS database_name, COALESCE(BTRIM(query_type),'') AS query_type, BTRIM(status) AS status, COALESCE(BTRIM(compute_type),'') AS compute_type, COALESCE(result_cache_hit,false) AS cache_hit, start_time, end_time, COALESCE(elapsed_time,0) AS elapsed_us, COALESCE(queue_time,0) AS queue_us, COALESCE(execution_time,0) AS execution_us, CAST(COALESCE(result_cache_query_id,0) AS bigint) AS result_cache_query_id FROM sys_query_history WHERE end_time >= CAST(:from AS timestamp) AND end_time < CAST(:to AS timestamp) AND BTRIM(status) IN ('success', 'failed', 'canceled') ORDER BY 11, 1`,
		Parameters: usagePeriod(),
		Columns: typed(typed(typed(
			columns("query_id", "transaction_id", "user_name", "label", "database_name", "query_type", "status", "compute_type", "cache_hit", "start_time", "end_time", "elapsed_us", "queue_us", "execution_us", "result_cache_query_id"),
			"int8", "query_id", "transaction_id", "elapsed_us", "queue_us", "execution_us", "result_cache_query_id"),
			"bool", "cache_hit"),
			"timestamp", "start_time", "end_time"),
	}

	// QueryTransactions is for superusers ("SYS_TRANSACTION_HISTORY"). One that was rolled
	// back has a commit_end_time, too. Users who were dropped have no name.
	QueryTransactions = Query{
		Name:       "transactions",
		SQL:        `SELECT transaction_id, COALESCE(BTRIM(CAST(usename AS varchar)),'') AS user_name, BTRIM(status) AS status, transaction_start_time AS start_time, commit_end_time AS end_time FROM sys_transaction_history LEFT JOIN pg_user ON usesysid = user_id WHERE commit_end_time >= CAST(:from AS timestamp) AND commit_end_time < CAST(:to AS timestamp) ORDER BY 5, 1`,
		Parameters: usagePeriod(),
		Columns: typed(typed(
			columns("transaction_id", "user_name", "status", "start_time", "end_time"),
			"int8", "transaction_id"),
			"timestamp", "start_time", "end_time"),
	}

	// QueryOpens returns transactions with a query that has not ended, and when the first
	// of these began. It leaves out the session that asks.
	QueryOpens = Query{
		Name:    "transactions with a running query",
		SQL:     `SELECT transaction_id, COALESCE(BTRIM(username),'') AS user_name, MIN(start_time) AS start_time FROM sys_query_history WHERE BTRIM(status) IN ('planning', 'queued', 'running', 'returning') AND COALESCE(session_id,0) <> pg_backend_pid() GROUP BY 1, 2 ORDER BY 3, 1, 2`,
		Columns: openColumns(),
	}

	// QueryOpenTransactions returns those with and without a running query: an exclusive
	// lock on its own number that is granted makes an open transaction
	// ("SVV_TRANSACTIONS"). It leaves out the session that asks.
	QueryOpenTransactions = Query{
		Name:    "open transactions",
		SQL:     `SELECT xid AS transaction_id, COALESCE(BTRIM(txn_owner),'') AS user_name, MIN(txn_start) AS start_time FROM svv_transactions WHERE BTRIM(lock_mode) = 'ExclusiveLock' AND BTRIM(lockable_object_type) = 'transactionid' AND granted AND COALESCE(pid,0) <> pg_backend_pid() GROUP BY 1, 2 ORDER BY 3, 1, 2`,
		Columns: openColumns(),
	}

	// QuerySchemaSizes is for superusers, and those that are granted the view. It tells of
	// the database that is connected to, and of tables that have rows ("SVV_TABLE_INFO").
	QuerySchemaSizes = Query{
		Name:    "sizes of schemas",
		SQL:     `SELECT BTRIM("database") AS database_name, BTRIM("schema") AS schema_name, CAST(COALESCE(SUM("size"),0) AS bigint) AS mb FROM svv_table_info GROUP BY 1, 2 ORDER BY 1, 2`,
		Columns: typed(columns("database_name", "schema_name", "mb"), "int8", "mb"),
	}

	// QueryScalings is for superusers, and for clusters: workgroups have no SVCS views
	// ("SVCS_CONCURRENCY_SCALING_USAGE"). It takes the end: a period may last for hours,
	// and is known only then.
	QueryScalings = Query{
		Name:       "concurrency scaling",
		SQL:        `SELECT start_time, end_time, CAST(usage_in_seconds AS bigint) AS seconds, COALESCE(queries,0) AS queries FROM svcs_concurrency_scaling_usage WHERE end_time >= CAST(:from AS timestamp) AND end_time < CAST(:to AS timestamp) ORDER BY 1, 2`,
		Parameters: usagePeriod(),
		Columns: typed(typed(
			columns("start_time", "end_time", "seconds", "queries"),
			"int8", "seconds", "queries"),
			"timestamp", "start_time", "end_time"),
	}

	// QueryScans returns the bytes that queries of this time scanned in Amazon S3
	// ("SYS_EXTERNAL_QUERY_DETAIL"). It takes the end of the query, as QueryQueries does,
	// not those of its segments: these may be of two times, and each would have a part.
	QueryScans = Query{
		Name:       "scans",
		SQL:        `SELECT h.query_id AS query_id, COALESCE(BTRIM(h.username),'') AS user_name, h.end_time AS end_time, CAST(COALESCE(SUM(d.returned_bytes),0) AS bigint) AS bytes FROM sys_query_history h JOIN sys_external_query_detail d ON d.query_id = h.query_id AND d.transaction_id = h.transaction_id WHERE BTRIM(d.source_type) = 'S3' AND h.end_time >= CAST(:from AS timestamp) AND h.end_time < CAST(:to AS timestamp) AND BTRIM(h.status) IN ('success', 'failed', 'canceled') GROUP BY 1, 2, 3 ORDER BY 3, 1`,
		Parameters: usagePeriod(),
		Columns: typed(typed(
			columns("query_id", "user_name", "end_time", "bytes"),
			"int8", "query_id", "bytes"),
			"timestamp", "end_time"),
	}
)

// UsageQueries are all queries about usage, in a defined order. They are none of [Queries].
func UsageQueries() []Query {
	return []Query{
		QueryMinutes, QueryMinutesWithoutExtra, QueryQueries, QueryTransactions,
		QueryOpens, QueryOpenTransactions, QuerySchemaSizes, QueryScalings, QueryScans,
	}
}

// minutes returns the query for the rows of SYS_SERVERLESS_USAGE.
func minutes(extra string) string {
	return `SELECT start_time, end_time, CAST(COALESCE(ROUND(compute_seconds * 1000),0) AS bigint) AS compute_milliseconds, charged_seconds, ` + extra + ` AS extra_seconds, COALESCE(data_storage,0) AS storage_mb, COALESCE(cross_region_transferred_data,0) AS transfer_bytes FROM sys_serverless_usage WHERE start_time >= CAST(:from AS timestamp) AND start_time < CAST(:to AS timestamp) ORDER BY 1`
}

func minuteColumns() []Column {
	return typed(typed(
		columns("start_time", "end_time", "compute_milliseconds", "charged_seconds", "extra_seconds", "storage_mb", "transfer_bytes"),
		"int8", "compute_milliseconds", "charged_seconds", "extra_seconds", "storage_mb", "transfer_bytes"),
		"timestamp", "start_time", "end_time")
}

func openColumns() []Column {
	return typed(typed(columns("transaction_id", "user_name", "start_time"), "int8", "transaction_id"), "timestamp", "start_time")
}

func usagePeriod() []string { return []string{"from", "to"} }
