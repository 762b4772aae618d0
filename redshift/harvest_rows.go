package redshift

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// keep keeps the rows of a result.
func (h *harvester) keep(ctx context.Context, f fetched) error {
	switch f.table {
	case chargeback.Minutes:
		return mergeAll(ctx, h, f.table, rowsOf(ctx, f.result, minuteOf))
	case chargeback.Queries:
		return mergeAll(ctx, h, f.table, rowsOf(ctx, f.result, queryOf))
	case chargeback.Transactions:
		return mergeAll(ctx, h, f.table, rowsOf(ctx, f.result, transactionOf))
	case chargeback.Opens:
		return mergeAll(ctx, h, f.table, rowsOf(ctx, f.result, func(r catalogRow) chargeback.Open {
			return chargeback.Open{Taken: h.taken, Transaction: r.number("transaction_id"), User: r.text("user_name"), Start: r.time("start_time")}
		}))
	case chargeback.SchemaSizes:
		return mergeAll(ctx, h, f.table, rowsOf(ctx, f.result, func(r catalogRow) chargeback.SchemaSize {
			return chargeback.SchemaSize{Taken: h.taken, Database: r.text("database_name"), Schema: r.text("schema_name"), MB: r.number("mb")}
		}))
	case chargeback.Scalings:
		return mergeAll(ctx, h, f.table, rowsOf(ctx, f.result, scalingOf))
	case chargeback.Scans:
		return mergeAll(ctx, h, f.table, rowsOf(ctx, f.result, scanOf))
	case chargeback.Memberships:
		return mergeAll(ctx, h, f.table, rowsOf(ctx, f.result, h.membershipOf(f.query)))
	}
	return fmt.Errorf("table %q has no rows", f.table)
}

// rowsOf are the rows of a result. What is wrong with one is an error after it.
func rowsOf[T chargeback.Row](ctx context.Context, result *Result, of func(catalogRow) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for row, err := range result.Rows(ctx) {
			if err != nil {
				yield(none, err)
				return
			}
			var wrong error
			value := of(catalogRow{row: row, err: &wrong})
			if wrong != nil {
				yield(none, wrong)
				return
			}
			if !yield(value, nil) {
				return
			}
		}
	}
}

func (r catalogRow) time(column string) time.Time { return valueOf[time.Time](r, column) }

// needed reads a number of which NULL says nothing: a key, or what is charged.
func (r catalogRow) needed(column string) int64 {
	if got, err := r.row.Named(column); err == nil && got == nil {
		*r.err = errors.Join(*r.err, fmt.Errorf("column %s is NULL", column))
	}
	return r.number(column)
}

// micros reads microseconds.
func (r catalogRow) micros(column string) time.Duration {
	return time.Duration(r.number(column)) * time.Microsecond
}

func minuteOf(r catalogRow) chargeback.Minute {
	return chargeback.Minute{
		Start: r.time("start_time"), End: r.time("end_time"),
		ComputeSeconds: r.number("compute_milliseconds"), Charged: r.needed("charged_seconds"), Extra: r.number("extra_seconds"),
		StorageMB: r.number("storage_mb"), TransferBytes: r.number("transfer_bytes"),
	}
}

func queryOf(r catalogRow) chargeback.Query {
	return chargeback.Query{
		ID: r.needed("query_id"), Transaction: r.number("transaction_id"),
		User: r.text("user_name"), Label: r.text("label"), Database: r.text("database_name"),
		Type: r.text("query_type"), Status: r.text("status"), ComputeType: r.text("compute_type"),
		CacheHit: r.flag("cache_hit"), Start: r.time("start_time"), End: r.time("end_time"),
		Elapsed: r.micros("elapsed_us"), Queued: r.micros("queue_us"), Execution: r.micros("execution_us"),
		ResultCacheQuery: r.number("result_cache_query_id"),
	}
}

func transactionOf(r catalogRow) chargeback.Transaction {
	return chargeback.Transaction{
		ID: r.needed("transaction_id"), User: r.text("user_name"), Status: r.text("status"),
		Start: r.time("start_time"), End: r.time("end_time"),
	}
}

func scalingOf(r catalogRow) chargeback.Scaling {
	return chargeback.Scaling{Start: r.time("start_time"), End: r.time("end_time"), Seconds: r.needed("seconds"), Queries: r.number("queries")}
}

func scanOf(r catalogRow) chargeback.Scan {
	return chargeback.Scan{Query: r.needed("query_id"), User: r.text("user_name"), End: r.time("end_time"), Bytes: r.number("bytes")}
}

func (h *harvester) membershipOf(q redshiftsql.Query) func(catalogRow) chargeback.Membership {
	if q.Name == redshiftsql.QueryRoleGrants.Name {
		return func(r catalogRow) chargeback.Membership {
			return chargeback.Membership{Taken: h.taken, Member: r.text("role_name"), IsRole: true, Role: r.text("granted_role_name")}
		}
	}
	return func(r catalogRow) chargeback.Membership {
		return chargeback.Membership{Taken: h.taken, Member: r.text("user_name"), Role: r.text("role_name")}
	}
}
