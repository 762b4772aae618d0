package redshiftsql

// The queries of what was used. Those with the parameters from and to, texts such as
// "2026-11-01 00:00:00" in UTC, return rows of a time from the first until before the second.
// What can be NULL and is a number is 0.
var (
	// QueryMinutes reads what a workgroup was charged ("SYS_SERVERLESS_USAGE").
	QueryMinutes = minutes("minutes of usage", `COALESCE(charged_extra_compute_for_automatic_optimization_seconds, 0)`)

	// QueryMinutesWithoutExtra is for versions without the column for automatic
	// optimization.
	QueryMinutesWithoutExtra = minutes("minutes of usage, without automatic optimization", `CAST(0 AS bigint)`)

	// QueryQueries reads queries that have ended ("SYS_QUERY_HISTORY").
	QueryQueries = Query{
		Name: "queries",
		SQL: `SELECT query_id, COALESCE(transaction_id, 0) AS transaction_id, COALESCE(BTRIM(username), '') AS user_name, COALESCE(BTRIM(query_label), '') AS label, ` +
			`COALESCE(BTRIM(database_name), '') AS database_name, COALESCE(BTRIM(query_type), '') AS query_type, BTRIM(status) AS status, COALESCE(BTRIM(compute_type), '') AS compute_type, ` +
			`COALESCE(result_cache_hit, FALSE) AS cache_hit, start_time, end_time, COALESCE(elapsed_time, 0) AS elapsed_us, COALESCE(queue_time, 0) AS queue_us, COALESCE(execution_time, 0) AS execution_us, ` +
			`CAST(COALESCE(result_cache_query_id, 0) AS bigint) AS result_cache_query_id ` +
			`FROM sys_query_history WHERE end_time >= CAST(:from AS timestamp) AND end_time < CAST(:to AS timestamp) AND BTRIM(status) IN ('success', 'failed', 'canceled') ORDER BY 11, 1`,
		Parameters: times,
		Columns: typed(typed(typed(columns("query_id", "transaction_id", "user_name", "label", "database_name", "query_type", "status", "compute_type", "cache_hit", "start_time", "end_time", "elapsed_us", "queue_us", "execution_us", "result_cache_query_id"),
			"int8", "query_id", "transaction_id", "elapsed_us", "queue_us", "execution_us", "result_cache_query_id"), "bool", "cache_hit"), "timestamp", "start_time", "end_time"),
	}

	// QueryTransactions reads transactions that have ended ("SYS_TRANSACTION_HISTORY").
	// Users that are no longer there have no name.
	QueryTransactions = Query{
		Name: "transactions",
		SQL: `SELECT t.transaction_id AS transaction_id, COALESCE(BTRIM(CAST(u.usename AS varchar)), '') AS user_name, BTRIM(t.status) AS status, t.transaction_start_time AS start_time, t.commit_end_time AS end_time ` +
			`FROM sys_transaction_history t LEFT JOIN pg_user u ON u.usesysid = t.user_id WHERE t.commit_end_time >= CAST(:from AS timestamp) AND t.commit_end_time < CAST(:to AS timestamp) ORDER BY 5, 1`,
		Parameters: times,
		Columns:    typed(typed(columns("transaction_id", "user_name", "status", "start_time", "end_time"), "int8", "transaction_id"), "timestamp", "start_time", "end_time"),
	}

	// QueryOpens reads the transactions whose queries have not ended ("SYS_QUERY_HISTORY").
	QueryOpens = Query{
		Name: "open transactions",
		SQL: `SELECT transaction_id, COALESCE(MIN(BTRIM(username)), '') AS user_name, MIN(start_time) AS start_time ` +
			`FROM sys_query_history WHERE BTRIM(status) IN ('planning', 'queued', 'running', 'returning') GROUP BY transaction_id ORDER BY 3, 1`,
		Columns: typed(typed(columns("transaction_id", "user_name", "start_time"), "int8", "transaction_id"), "timestamp", "start_time"),
	}

	// QuerySchemaSizes measures the schemas of the database that is connected to, in MB
	// ("SVV_TABLE_INFO": tables with at least one row).
	QuerySchemaSizes = Query{
		Name: "sizes of schemas",
		SQL: `SELECT BTRIM("database") AS database_name, BTRIM("schema") AS schema_name, CAST(SUM("size") AS bigint) AS mb ` +
			`FROM svv_table_info GROUP BY BTRIM("database"), BTRIM("schema") ORDER BY 1, 2`,
		Columns: typed(columns("database_name", "schema_name", "mb"), "int8", "mb"),
	}

	// QueryScalings reads when concurrency scaling clusters ran queries
	// ("SVCS_CONCURRENCY_SCALING_USAGE").
	QueryScalings = Query{
		Name: "concurrency scaling",
		SQL: `SELECT start_time, end_time, CAST(usage_in_seconds AS bigint) AS usage_seconds, queries ` +
			`FROM svcs_concurrency_scaling_usage WHERE start_time >= CAST(:from AS timestamp) AND start_time < CAST(:to AS timestamp) ORDER BY 1, 2`,
		Parameters: times,
		Columns:    typed(typed(columns("start_time", "end_time", "usage_seconds", "queries"), "int8", "usage_seconds", "queries"), "timestamp", "start_time", "end_time"),
	}

	// QueryScans reads how many bytes queries scanned in S3 ("SYS_EXTERNAL_QUERY_DETAIL").
	QueryScans = Query{
		Name: "bytes scanned in S3",
		SQL: `SELECT d.query_id AS query_id, COALESCE(MIN(BTRIM(CAST(u.usename AS varchar))), '') AS user_name, MAX(d.end_time) AS end_time, CAST(SUM(COALESCE(d.returned_bytes, 0)) AS bigint) AS bytes ` +
			`FROM sys_external_query_detail d LEFT JOIN pg_user u ON u.usesysid = d.user_id WHERE BTRIM(d.source_type) = 'S3' GROUP BY d.query_id ` +
			`HAVING MAX(d.end_time) >= CAST(:from AS timestamp) AND MAX(d.end_time) < CAST(:to AS timestamp) ORDER BY 3, 1`,
		Parameters: times,
		Columns:    typed(typed(columns("query_id", "user_name", "end_time", "bytes"), "int8", "query_id", "bytes"), "timestamp", "end_time"),
	}
)

var times = []string{"from", "to"}

func minutes(name, extra string) Query {
	return Query{
		Name: name,
		SQL: `SELECT start_time, end_time, CAST(ROUND(COALESCE(compute_seconds, 0) * 1000) AS bigint) AS compute_milliseconds, COALESCE(charged_seconds, 0) AS charged_seconds, ` +
			extra + ` AS extra_seconds, COALESCE(data_storage, 0) AS storage_mb, COALESCE(cross_region_transferred_data, 0) AS transfer_bytes ` +
			`FROM sys_serverless_usage WHERE start_time >= CAST(:from AS timestamp) AND start_time < CAST(:to AS timestamp) ORDER BY 1`,
		Parameters: times,
		Columns: typed(typed(columns("start_time", "end_time", "compute_milliseconds", "charged_seconds", "extra_seconds", "storage_mb", "transfer_bytes"),
			"int8", "compute_milliseconds", "charged_seconds", "extra_seconds", "storage_mb", "transfer_bytes"), "timestamp", "start_time", "end_time"),
	}
}
