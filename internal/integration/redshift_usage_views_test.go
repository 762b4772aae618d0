package integration_test

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// usageDay is when the usage here begins.
var usageDay = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// usageViews returns a database with the views about usage, without rows.
func usageViews(t *testing.T) *sql.DB {
	t.Helper()
	views, err := os.ReadFile("testdata/redshift/usage_views.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := redshiftViews(t)
	mustExec(t, db, string(views))
	return db
}

// A usageFiller fills the views with the rows that a stand-in shows at a time.
type usageFiller struct {
	*testing.T
	db    *sql.DB
	now   time.Time
	users map[string]int
}

// pad fills up text that has no width of its own.
func pad(s string) string { return s + "   " }

func (f *usageFiller) exec(text string, args ...any) {
	f.Helper()
	if _, err := f.db.ExecContext(f.Context(), text, args...); err != nil {
		f.Fatalf("%v\n%s\n%v", err, text, args)
	}
}

// user returns the ID of a user, that of nobody for no name.
func (f *usageFiller) user(name string) int {
	if _, ok := f.users[name]; !ok {
		f.users[name] = 100 + len(f.users)
		if name != "" {
			f.exec(`INSERT INTO pg_user (usename, usesysid) VALUES ($1, $2)`, name, f.users[name])
		}
	}
	return f.users[name]
}

// nothing is NULL for what is zero.
func nothing[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func (f *usageFiller) fill(u redshift.Usage) {
	f.Helper()
	f.exec(`BEGIN`)
	for _, m := range u.Minutes {
		f.exec(`INSERT INTO sys_serverless_usage VALUES ($1, $2, $3::float8 / 1000, 8, $4, $5, $6, $7)`,
			m.Start, m.End, nothing(m.ComputeSeconds), nothing(m.StorageMB), nothing(m.TransferBytes), m.Charged, nothing(m.Extra))
	}
	for _, q := range u.Queries {
		f.query(q)
	}
	for _, t := range u.Transactions {
		f.transaction(t)
	}
	sizes := map[string]chargeback.SchemaSize{}
	for _, s := range u.SchemaSizes {
		if !s.Taken.After(f.now) {
			sizes[s.Schema] = s
		}
	}
	for schema, s := range sizes {
		for i, size := range []int64{s.MB / 3, s.MB - s.MB/3} {
			f.exec(`INSERT INTO svv_table_info (database, schema, "table", size) VALUES ($1, $2, $3, $4)`, pad(s.Database), pad(schema), fmt.Sprint("t", i), size)
		}
	}
	for _, s := range u.Scalings {
		f.exec(`INSERT INTO svcs_concurrency_scaling_usage VALUES ($1, $2, $3, $4)`, s.Start, s.End, nothing(s.Queries), s.Seconds)
	}
	transactions := map[int64]int64{}
	for _, q := range u.Queries {
		transactions[q.ID] = q.Transaction
	}
	for _, s := range u.Scans {
		for segment, bytes := range []int64{s.Bytes / 2, s.Bytes - s.Bytes/2} {
			f.exec(`INSERT INTO sys_external_query_detail (query_id, transaction_id, segment_id, source_type, end_time, returned_bytes) VALUES ($1, $2, $3, 'S3', $4, $5)`,
				s.Query, transactions[s.Query], segment, s.End.Add(-time.Duration(segment)*time.Hour), nothing(bytes))
		}
	}
	f.exec(`COMMIT`)
}

func (f *usageFiller) query(q chargeback.Query) {
	if q.Start.After(f.now) {
		return
	}
	var end any = q.End
	if q.End.IsZero() || q.End.After(f.now) {
		q.Status = []string{"planning", "queued", "running", "returning"}[q.ID%4]
		if end = any(nil); q.ID%2 == 0 {
			end = f.now // as the sample of the page has it
		}
	}
	f.exec(`INSERT INTO sys_query_history (user_id, query_id, query_label, transaction_id, session_id, database_name, query_type, status, result_cache_hit,
		start_time, end_time, elapsed_time, queue_time, execution_time, compute_type, result_cache_query_id, username)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		f.user(q.User), q.ID, nothing(q.Label), q.Transaction, -5, nothing(q.Database), nothing(q.Type), q.Status, nothing(q.CacheHit),
		q.Start, end, nothing(q.Elapsed.Microseconds()), nothing(q.Queued.Microseconds()), nothing(q.Execution.Microseconds()),
		nothing(strings.TrimSpace(q.ComputeType)), nothing(q.ResultCacheQuery), nothing(q.User))
}

func (f *usageFiller) transaction(t chargeback.Transaction) {
	if t.Start.After(f.now) {
		return
	}
	if open := t.End.IsZero() || t.End.After(f.now); !open {
		f.exec(`INSERT INTO sys_transaction_history (user_id, transaction_id, status, transaction_start_time, commit_end_time) VALUES ($1, $2, $3, $4, $5)`,
			f.user(t.User), t.ID, pad(t.Status), t.Start, t.End)
		return
	}
	for _, lock := range []struct {
		mode, on string
		relation any
		granted  bool
	}{{"AccessShareLock", "relation", 100068, true}, {"ExclusiveLock", "relation", 100069, true}, {"ExclusiveLock", "transactionid", nil, true}} {
		f.exec(`INSERT INTO svv_transactions VALUES ($1, 'prod', $2, NULL, $3, $4, $5, $6, $7)`,
			nothing(t.User), t.ID, t.Start, pad(lock.mode), pad(lock.on), lock.relation, lock.granted)
	}
}

// noise adds rows that no query may return, some of the session that asks.
func (f *usageFiller) noise() {
	f.Helper()
	from, to := usageDay, usageDay.Add(time.Minute)
	f.exec(`INSERT INTO sys_query_history (query_id, transaction_id, session_id, status, start_time, end_time, username)
		VALUES (90001, 90002, pg_backend_pid(), 'running', $1, $2, 'harvest'), (90003, 90004, 5, 'other', $1, $2, 'harvest')`, from, to)
	f.exec(`INSERT INTO svv_transactions VALUES
		('harvest', 'prod', 90002, pg_backend_pid(), $1, 'ExclusiveLock', 'transactionid', NULL, true),
		('waiter', 'prod', 90005, 7, $1, 'ExclusiveLock', 'transactionid', NULL, false),
		('reader', 'prod', 90006, 8, $1, 'AccessShareLock', 'relation', 3, true)`, from)
	f.exec(`INSERT INTO sys_transaction_history (user_id, transaction_id, status, transaction_start_time) VALUES (100, 90007, 'committed', $1)`, from)
	f.exec(`INSERT INTO sys_external_query_detail (query_id, transaction_id, source_type, end_time, returned_bytes)
		SELECT query_id, transaction_id, 'PG', end_time, 1000000 FROM sys_query_history`)
	f.exec(`INSERT INTO sys_external_query_detail (query_id, transaction_id, source_type, end_time, returned_bytes)
		SELECT query_id, transaction_id + 1000000, 'S3', end_time, 1000000 FROM sys_query_history`) // the number of a query is used again
}

// edges is usage at the ends of the first minute of the day, and what has not ended.
func edges() redshift.Usage {
	var u redshift.Usage
	for i, end := range []time.Duration{-time.Microsecond, 0, time.Microsecond, time.Minute - time.Microsecond, time.Minute, 2 * time.Minute, 20 * time.Minute, 0} {
		id := int64(10 * (i + 1))
		start, ended := usageDay.Add(end-time.Hour), usageDay.Add(end)
		q := chargeback.Query{ID: id, Transaction: id + 1, User: "ada", Label: "it's \\ é", Database: "prod", Type: "SELECT", Status: []string{"success", "failed", "canceled"}[i%3], Start: start, End: ended}
		if i%2 == 0 {
			q.Elapsed, q.Queued, q.Execution, q.CacheHit, q.ResultCacheQuery, q.ComputeType = time.Hour, time.Second, time.Minute, true, 7, "primary-scale"
		} else {
			q.User, q.Label, q.Database, q.Type = "", "", "", "" // NULL
		}
		tr := chargeback.Transaction{ID: id + 1, User: q.User, Status: []string{"committed", "rolledback"}[i%2], Start: start, End: ended}
		if i == 7 {
			q.Start, tr.Start, q.End, tr.End = usageDay, usageDay, time.Time{}, time.Time{}
		}
		m := chargeback.Minute{Start: usageDay.Add(time.Duration(i-2) * 20 * time.Second), Charged: int64(i)}
		if m.End = m.Start.Add(time.Minute); i%2 == 0 {
			m.ComputeSeconds, m.StorageMB, m.TransferBytes, m.Extra = 1501, 5, 1<<40, 480
		}
		u.Queries, u.Transactions, u.Minutes = append(u.Queries, q), append(u.Transactions, tr), append(u.Minutes, m)
		u.Scans = append(u.Scans, chargeback.Scan{Query: id, User: q.User, End: ended, Bytes: int64(i / 2)})
		u.Scalings = append(u.Scalings, chargeback.Scaling{Start: m.Start, End: m.End, Seconds: 60, Queries: int64(i % 2)})
	}
	second := u.Queries[6] // of the same transaction
	second.ID, second.Start = 99, second.Start.Add(-time.Second)
	u.Queries = append(u.Queries, second)
	u.SchemaSizes = []chargeback.SchemaSize{{Database: "prod", Schema: "etl", MB: 7}, {Database: "prod", Schema: "bi", MB: 1 << 33}}
	return u
}

// The stand-in answers every query about usage as PostgreSQL does over the views as they
// are documented, with NULL for what is nothing and padded text.
func TestRedshiftUsageQueries(t *testing.T) {
	generated := redshift.Workload{
		From: usageDay, To: usageDay.Add(6 * time.Hour), PerDay: 2000, Serverless: true, Capacity: 8,
		Users: []string{"ada", "bob"}, Labels: []string{"etl", ""}, Databases: []string{"prod"}, StorageMB: 1000,
	}
	cluster := generated
	cluster.Serverless = false
	tests := map[string]struct {
		usage redshift.Usage
		all   bool // every query returns rows
	}{
		"edges":     {edges(), true},
		"workgroup": {redshift.GenerateUsage(1, generated), false},
		"cluster":   {redshift.GenerateUsage(2, cluster), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := &usageFiller{T: t, db: usageViews(t), now: usageDay.Add(5 * time.Minute), users: map[string]int{}}
			if !test.all {
				f.now = usageDay.Add(3 * time.Hour)
			}
			f.fill(test.usage)
			f.noise()
			f.compare(test.usage, test.all)
		})
	}
}

// compare asks both for some times.
func (f *usageFiller) compare(u redshift.Usage, all bool) {
	f.Helper()
	world := redshift.New()
	world.Now = func() time.Time { return f.now }
	etl, bi := world.AddCluster(redshift.Warehouse{Name: "etl"}), world.AddWorkgroup(redshift.Warehouse{Name: "bi"})
	for _, q := range redshiftsql.UsageQueries() {
		wh := bi
		if q.Name == redshiftsql.QueryScalings.Name {
			wh = etl
		}
		wh.AddDatabase("prod", "")
		wh.SetUsage(u)
		for i, to := range []time.Duration{time.Minute, 0, f.now.Sub(usageDay), f.now.Sub(usageDay) / 2, -time.Hour} {
			values := map[string]string{"from": usageDay.Format(time.DateTime), "to": usageDay.Add(to.Truncate(time.Second)).Format(time.DateTime)}
			if len(q.Parameters) == 0 {
				values = nil
			}
			want := shownTimes(runQuery(f.T, f.db, q, values))
			out := wh.Run(redshift.Session{Database: "prod"}, []string{q.SQL}, values, false)[0]
			if out.Err != nil || !slices.EqualFunc(out.Result.Rows, want, func(a, b []any) bool { return reflect.DeepEqual(a, b) }) {
				f.Errorf("%s until %v: the stand-in answers %v\n%sPostgreSQL\n%s", q.Name, to, out.Err, rowsText(out.Result.Rows), rowsText(want))
			}
			if by := timeColumn(q); !slices.IsSortedFunc(want, func(a, b []any) int { return strings.Compare(a[by].(string), b[by].(string)) }) {
				f.Errorf("%s: not in order of time:\n%s", q.Name, rowsText(want))
			}
			if all && i == 0 && len(want) == 0 {
				f.Errorf("%s: no rows", q.Name)
			}
		}
	}
}

// timeColumn returns the column that the rows of a query are in order of; the first if they
// are of no time.
func timeColumn(q redshiftsql.Query) int {
	for _, name := range []string{"end_time", "start_time"} {
		i := slices.IndexFunc(q.Columns, func(c redshiftsql.Column) bool { return c.Name == name })
		if i > 0 {
			return i
		}
	}
	return 0
}

// shownTimes has times as the Data API shows them.
func shownTimes(rows [][]any) [][]any {
	for _, row := range rows {
		for i, v := range row {
			if at, ok := v.(time.Time); ok {
				row[i] = at.Format("2006-01-02 15:04:05.999999")
			}
		}
	}
	return rows
}

// There is a stub for each view about usage, with the page that it was read from, and no
// query uses what runs on the leader node alone.
func TestRedshiftUsageViewsAreStubbed(t *testing.T) {
	views, err := os.ReadFile("testdata/redshift/usage_views.sql")
	if err != nil {
		t.Fatal(err)
	}
	read, stubs := map[string]bool{}, map[string]bool{}
	for _, q := range redshiftsql.UsageQueries() {
		for _, f := range queried.FindAllStringSubmatch(q.SQL, -1) {
			if f[1] != "pg_user" && f[1] != "AS" { // which is among the others, and behind :from
				read[f[1]] = true
			}
		}
		if found := leaderOnly.FindString(q.SQL); found != "" {
			t.Errorf("%s uses %s", q.Name, found)
		}
	}
	var page string
	for line := range strings.Lines(string(views)) {
		if name, ok := strings.CutPrefix(line, "-- "); ok {
			page, _, _ = strings.Cut(name, ".html")
		}
		if name, ok := strings.CutPrefix(line, "CREATE TABLE "); ok {
			name, _, _ = strings.Cut(name, " ")
			stubs[name] = true
			if !strings.EqualFold(strings.TrimPrefix(page, "r_"), name) {
				t.Errorf("%s is from %s", name, page)
			}
		}
	}
	if !maps.Equal(stubs, read) {
		t.Errorf("got stubs of %q, want %q", slices.Sorted(maps.Keys(stubs)), slices.Sorted(maps.Keys(read)))
	}
}
