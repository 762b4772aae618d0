package redshift

import (
	"time"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// minutes answers SYS_SERVERLESS_USAGE, which clusters deny to everybody.
func (v viewer) minutes() ([][]any, error) {
	if v.OldUsage {
		if _, err := v.minutesWithoutExtra(); err != nil {
			return nil, err
		}
		return nil, fail(undefinedColumn, `column "charged_extra_compute_for_automatic_optimization_seconds" does not exist in sys_serverless_usage`)
	}
	return v.minuteRows(func(m chargeback.Minute) int64 { return m.Extra })
}

func (v viewer) minutesWithoutExtra() ([][]any, error) {
	return v.minuteRows(func(chargeback.Minute) int64 { return 0 })
}

// minuteRows shows minutes as soon as they are over.
func (v viewer) minuteRows(extra func(chargeback.Minute) int64) ([][]any, error) {
	if !v.Serverless || !v.seesAll() {
		return nil, denied("relation", "sys_serverless_usage")
	}
	from, to, err := v.period()
	var rows [][]any
	for _, m := range between(v.usage.Minutes, minuteStart, from, to) {
		if v.shows(m.End) {
			rows = append(rows, []any{timeText(m.Start), timeText(m.End), m.ComputeSeconds, m.Charged, extra(m), m.StorageMB, m.TransferBytes})
		}
	}
	return rows, err
}

// queries answers SYS_QUERY_HISTORY with what has ended.
func (v viewer) queries() ([][]any, error) {
	ended, err := v.ended()
	var rows [][]any
	for _, q := range ended {
		rows = append(rows, []any{
			q.ID, q.Transaction, q.User, q.Label, q.Database, q.Type, q.Status, q.ComputeType, q.CacheHit, timeText(q.Start), timeText(q.End),
			q.Elapsed.Microseconds(), q.Queued.Microseconds(), q.Execution.Microseconds(), q.ResultCacheQuery,
		})
	}
	return rows, err
}

// ended returns the queries that ended in the time that is asked for, as the user sees
// them.
func (v viewer) ended() (list []chargeback.Query, err error) {
	from, to, err := v.period()
	for _, q := range between(v.usage.Queries, queryEnd, from, to) {
		if v.shows(q.End) && v.seesOf(q.User) {
			list = append(list, q)
		}
	}
	return list, err
}

// transactions answers SYS_TRANSACTION_HISTORY.
func (v viewer) transactions() ([][]any, error) {
	if !v.seesAll() {
		return nil, denied("relation", "sys_transaction_history")
	}
	from, to, err := v.period()
	var rows [][]any
	for _, t := range between(v.usage.Transactions, transactionEnd, from, to) {
		if v.shows(t.End) {
			rows = append(rows, []any{t.ID, t.User, t.Status, timeText(t.Start), timeText(t.End)})
		}
	}
	return rows, err
}

// opens answers SYS_QUERY_HISTORY with transactions of what runs.
func (v viewer) opens() ([][]any, error) {
	type key struct {
		id   int64
		user string
	}
	first, now := map[key]time.Time{}, v.world.now()
	for _, q := range v.usage.Queries {
		k := key{q.Transaction, q.User}
		start, known := first[k]
		if !q.Start.After(now) && endOf(q.End).After(now) && v.seesOf(q.User) && (!known || q.Start.Before(start)) {
			first[k] = q.Start
		}
	}
	var rows [][]any
	for k, start := range first {
		rows = append(rows, []any{k.id, k.user, timeText(start)})
	}
	return rows, nil
}

// openTransactions answers SVV_TRANSACTIONS. Its page has users see their own, another one
// all ("Visibility of data in system tables and views").
func (v viewer) openTransactions() ([][]any, error) {
	var rows [][]any
	now := v.world.now()
	for _, t := range v.usage.Transactions {
		if !t.Start.After(now) && endOf(t.End).After(now) && v.seesOf(t.User) {
			rows = append(rows, []any{t.ID, t.User, timeText(t.Start)})
		}
	}
	return rows, nil
}

// schemaSizes answers SVV_TABLE_INFO, of the database connected to.
func (v viewer) schemaSizes() ([][]any, error) {
	if !v.seesAll() {
		return nil, denied("relation", "svv_table_info")
	}
	latest, now := map[string]chargeback.SchemaSize{}, v.world.now()
	for _, s := range v.usage.SchemaSizes {
		if s.Database == v.database && !s.Taken.After(now) && !s.Taken.Before(latest[s.Schema].Taken) {
			latest[s.Schema] = s
		}
	}
	var rows [][]any
	for _, s := range latest {
		if s.MB > 0 { // tables without rows are not shown
			rows = append(rows, []any{s.Database, s.Schema, s.MB})
		}
	}
	return rows, nil
}

// scalings answers SVCS_CONCURRENCY_SCALING_USAGE. Workgroups have no such view; how they
// say so is not documented.
func (v viewer) scalings() ([][]any, error) {
	if v.Serverless || !v.seesAll() {
		return nil, denied("relation", "svcs_concurrency_scaling_usage")
	}
	from, to, err := v.period()
	var rows [][]any
	for _, s := range v.usage.Scalings {
		if !s.End.Before(from) && s.End.Before(to) && v.shows(s.End) {
			rows = append(rows, []any{timeText(s.Start), timeText(s.End), s.Seconds, s.Queries})
		}
	}
	return rows, err
}

// scans answers SYS_EXTERNAL_QUERY_DETAIL, by query.
func (v viewer) scans() ([][]any, error) {
	ended, err := v.ended()
	bytes := map[int64]int64{}
	for _, s := range v.usage.Scans {
		bytes[s.Query] += s.Bytes
	}
	var rows [][]any
	for _, q := range ended {
		if n, ok := bytes[q.ID]; ok {
			rows = append(rows, []any{q.ID, q.User, timeText(q.End), n})
		}
	}
	return rows, err
}

// shows reports whether the views still show what ended at a time, and already do.
func (v viewer) shows(end time.Time) bool {
	now := v.world.now()
	return !end.After(now) && end.After(now.Add(-kept))
}

// seesOf reports whether the user sees the rows of a user.
func (v viewer) seesOf(user string) bool { return user == v.user || v.seesAll() }

// period returns the time that is asked for.
func (v viewer) period() (from, to time.Time, err error) {
	from, err = parseTimestamp(v.parameters["from"])
	if err == nil {
		to, err = parseTimestamp(v.parameters["to"])
	}
	return from, to, err
}

func parseTimestamp(text string) (time.Time, error) {
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fail(invalidDatetime, "invalid input syntax for type timestamp: %q", text)
}

// timeText writes a time as the Data API returns a timestamp.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999999") }

// usageAnswers are the rows of the queries about usage.
var usageAnswers = map[string]func(viewer) ([][]any, error){
	redshiftsql.QueryMinutes.Name:             viewer.minutes,
	redshiftsql.QueryMinutesWithoutExtra.Name: viewer.minutesWithoutExtra,
	redshiftsql.QueryQueries.Name:             viewer.queries,
	redshiftsql.QueryTransactions.Name:        viewer.transactions,
	redshiftsql.QueryOpens.Name:               viewer.opens,
	redshiftsql.QueryOpenTransactions.Name:    viewer.openTransactions,
	redshiftsql.QuerySchemaSizes.Name:         viewer.schemaSizes,
	redshiftsql.QueryScalings.Name:            viewer.scalings,
	redshiftsql.QueryScans.Name:               viewer.scans,
}
