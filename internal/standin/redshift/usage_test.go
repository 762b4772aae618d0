package redshift

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// day is the beginning of all usage here.
var day = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return day.Add(d) }

// A clock stands still until it is moved.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

// A usageLab is a cluster and a workgroup, each with a database prod.
type usageLab struct {
	*testing.T
	clock    *clock
	world    *World
	etl, bi  *Warehouse
	from, to time.Time
}

func newUsageLab(t *testing.T) *usageLab {
	l := &usageLab{T: t, clock: &clock{at(time.Hour)}, world: New(), from: day, to: at(time.Hour)}
	l.world.Now = l.clock.now
	l.etl, l.bi = l.world.AddCluster(Warehouse{Name: "etl"}), l.world.AddWorkgroup(Warehouse{Name: "bi", BaseCapacity: 8})
	for _, wh := range []*Warehouse{l.etl, l.bi} {
		wh.AddDatabase("prod", "")
		wh.AddUser("ada", false)
	}
	return l
}

// ask returns the rows of a query in the database prod.
func (l *usageLab) ask(wh *Warehouse, user string, q redshiftsql.Query) (string, error) {
	l.Helper()
	var parameters map[string]string
	if len(q.Parameters) > 0 {
		parameters = map[string]string{"from": l.from.Format(time.DateTime), "to": l.to.Format(time.DateTime)}
	}
	out := wh.Run(Session{Database: "prod", User: user}, []string{q.SQL}, parameters, false)[0]
	for _, row := range out.Result.Rows {
		if len(row) != len(q.Columns) {
			l.Errorf("%s: %d values", q.Name, len(row))
		}
	}
	return text(out.Result.Rows), out.Err
}

func (l *usageLab) want(wh *Warehouse, user string, q redshiftsql.Query, want string) {
	l.Helper()
	got, err := l.ask(wh, user, q)
	if err != nil || got != want {
		l.Errorf("%s of %s: got %v\n%swant\n%s", q.Name, cmp.Or(user, "the superuser"), err, got, want)
	}
}

func (l *usageLab) refused(wh *Warehouse, user string, q redshiftsql.Query, state, message string) {
	l.Helper()
	_, err := l.ask(wh, user, q)
	if failed, ok := errors.AsType[*Error](err); !ok || failed.State != state || !strings.Contains(err.Error(), message) {
		l.Errorf("%s: got %v, want %s %s", q.Name, err, state, message)
	}
}

func minute(n int, charged int64) chargeback.Minute {
	start := at(time.Duration(n) * time.Minute)
	return chargeback.Minute{Start: start, End: start.Add(time.Minute), ComputeSeconds: 1500, Charged: charged, Extra: 5, StorageMB: 7, TransferBytes: 9}
}

func query(id int64, user string, start, end time.Duration) chargeback.Query {
	return chargeback.Query{
		ID: id, Transaction: id + 100, User: user, Label: "nightly", Database: "prod", Type: "SELECT", Status: "success",
		Start: at(start), End: at(end), Elapsed: end - start, Queued: time.Millisecond, Execution: time.Second, CacheHit: true, ResultCacheQuery: 1,
	}
}

func TestUsageMinutes(t *testing.T) {
	l := newUsageLab(t)
	u := Usage{Minutes: []chargeback.Minute{minute(60, 4), minute(59, 3), minute(2, 2), minute(1, 1), minute(0, 480), minute(-1, 5)}}
	l.bi.SetUsage(u)
	l.etl.SetUsage(u)
	l.to = at(2 * time.Minute)
	l.want(l.bi, "", redshiftsql.QueryMinutes, "2026-11-01 00:00:00 | 2026-11-01 00:01:00 | 1500 | 480 | 5 | 7 | 9\n"+
		"2026-11-01 00:01:00 | 2026-11-01 00:02:00 | 1500 | 1 | 5 | 7 | 9\n")
	l.want(l.bi, "", redshiftsql.QueryMinutesWithoutExtra, "2026-11-01 00:00:00 | 2026-11-01 00:01:00 | 1500 | 480 | 0 | 7 | 9\n"+
		"2026-11-01 00:01:00 | 2026-11-01 00:02:00 | 1500 | 1 | 0 | 7 | 9\n")
	for _, q := range []redshiftsql.Query{redshiftsql.QueryMinutes, redshiftsql.QueryMinutesWithoutExtra} {
		l.refused(l.bi, "ada", q, "42501", "permission denied for relation sys_serverless_usage")
		l.refused(l.etl, "", q, "42501", "permission denied for relation sys_serverless_usage")
	}
	l.bi.OldUsage = true
	l.refused(l.bi, "", redshiftsql.QueryMinutes, "42703", `column "charged_extra_compute_for_automatic_optimization_seconds" does not exist`)
	l.refused(l.bi, "ada", redshiftsql.QueryMinutes, "42501", "permission denied")
	l.from, l.to = at(59*time.Minute), at(2*time.Hour) // what is not over is not shown
	l.want(l.bi, "", redshiftsql.QueryMinutesWithoutExtra, "2026-11-01 00:59:00 | 2026-11-01 01:00:00 | 1500 | 3 | 0 | 7 | 9\n")
}

func TestUsageQueries(t *testing.T) {
	l := newUsageLab(t)
	never := query(9, "ada", 2*time.Minute, 0)
	never.End = time.Time{}
	u := Usage{
		Queries: []chargeback.Query{
			query(6, "ada", time.Minute, 2*time.Hour), never, query(3, "bob", -time.Minute, 0), query(2, "ada", 0, time.Minute+time.Millisecond),
			query(4, "ada", 0, 2*time.Minute), query(1, "ada", -time.Minute, -time.Millisecond), query(7, "ada", 61*time.Minute, 2*time.Hour),
		},
		Scans: []chargeback.Scan{{Query: 2, Bytes: 5}, {Query: 2, Bytes: 6}, {Query: 3, Bytes: 7}, {Query: 4, Bytes: 8}, {Query: 77, Bytes: 9}},
	}
	l.etl.SetUsage(u)
	l.to = at(2 * time.Minute)
	two := "2 | 102 | ada | nightly | prod | SELECT | success |  | true | 2026-11-01 00:00:00 | 2026-11-01 00:01:00.001 | 60001000 | 1000 | 1000000 | 1\n"
	three := "3 | 103 | bob | nightly | prod | SELECT | success |  | true | 2026-10-31 23:59:00 | 2026-11-01 00:00:00 | 60000000 | 1000 | 1000000 | 1\n"
	l.want(l.etl, "", redshiftsql.QueryQueries, three+two)
	l.want(l.etl, "ada", redshiftsql.QueryQueries, two)
	l.want(l.etl, "", redshiftsql.QueryScans, "3 | bob | 2026-11-01 00:00:00 | 7\n2 | ada | 2026-11-01 00:01:00.001 | 11\n")
	l.want(l.etl, "ada", redshiftsql.QueryScans, "2 | ada | 2026-11-01 00:01:00.001 | 11\n")
	l.want(l.etl, "", redshiftsql.QueryOpens, "106 | ada | 2026-11-01 00:01:00\n109 | ada | 2026-11-01 00:02:00\n")
	l.clock.Time = at(3 * time.Hour)
	l.want(l.etl, "", redshiftsql.QueryOpens, "109 | ada | 2026-11-01 00:02:00\n")
	l.clock.Time = at(7*24*time.Hour + time.Minute)
	l.want(l.etl, "", redshiftsql.QueryQueries, two)
	l.clock.Time = at(8 * 24 * time.Hour)
	l.want(l.etl, "", redshiftsql.QueryQueries, "")
	l.want(l.etl, "", redshiftsql.QueryScans, "")
}

func TestUsageTransactions(t *testing.T) {
	l := newUsageLab(t)
	l.etl.SetUsage(Usage{Transactions: []chargeback.Transaction{
		{ID: 4, User: "ada", Start: day}, {ID: 2, User: "ada", Status: "rolledback", Start: at(-time.Hour), End: at(time.Minute)},
		{ID: 1, Status: "committed", Start: at(-time.Hour), End: at(time.Minute)}, {ID: 3, User: "bob", Start: at(-time.Minute), End: at(2 * time.Hour)},
		{ID: 5, User: "bob", Start: at(61 * time.Minute), End: at(2 * time.Hour)},
	}})
	l.want(l.etl, "", redshiftsql.QueryTransactions, "1 |  | committed | 2026-10-31 23:00:00 | 2026-11-01 00:01:00\n2 | ada | rolledback | 2026-10-31 23:00:00 | 2026-11-01 00:01:00\n")
	l.refused(l.etl, "ada", redshiftsql.QueryTransactions, "42501", "sys_transaction_history")
	l.want(l.etl, "", redshiftsql.QueryOpenTransactions, "3 | bob | 2026-10-31 23:59:00\n4 | ada | 2026-11-01 00:00:00\n")
	l.want(l.etl, "ada", redshiftsql.QueryOpenTransactions, "4 | ada | 2026-11-01 00:00:00\n")
}

func TestUsageOfStorageAndScaling(t *testing.T) {
	l := newUsageLab(t)
	u := Usage{
		SchemaSizes: []chargeback.SchemaSize{
			{Taken: at(time.Minute), Database: "prod", Schema: "etl", MB: 5}, {Database: "prod", Schema: "etl", MB: 3}, {Database: "prod", Schema: "bi", MB: 2},
			{Taken: at(2 * time.Hour), Database: "prod", Schema: "bi", MB: 9}, {Database: "prod", Schema: "empty"}, {Database: "dev", Schema: "public", MB: 4},
		},
		Scalings: []chargeback.Scaling{
			{Start: at(time.Minute), End: at(2 * time.Minute), Seconds: 60, Queries: 3}, {Start: day, End: at(time.Minute), Seconds: 59, Queries: 2},
			{Start: at(59 * time.Minute), End: at(61 * time.Minute), Seconds: 120, Queries: 1}, {Start: at(-1), End: at(time.Minute), Seconds: 1, Queries: 1},
		},
	}
	l.etl.SetUsage(u)
	l.bi.SetUsage(u)
	l.want(l.etl, "", redshiftsql.QuerySchemaSizes, "prod | bi | 2\nprod | etl | 5\n")
	l.refused(l.etl, "ada", redshiftsql.QuerySchemaSizes, "42501", "svv_table_info")
	l.want(l.etl, "", redshiftsql.QueryScalings, "2026-10-31 23:59:59.999999 | 2026-11-01 00:01:00 | 1 | 1\n2026-11-01 00:00:00 | 2026-11-01 00:01:00 | 59 | 2\n2026-11-01 00:01:00 | 2026-11-01 00:02:00 | 60 | 3\n")
	l.refused(l.etl, "ada", redshiftsql.QueryScalings, "42501", "svcs_concurrency_scaling_usage")
	l.refused(l.bi, "", redshiftsql.QueryScalings, "42501", "svcs_concurrency_scaling_usage")
}

// Every query about usage has an answer, and needs its parameters to be times.
func TestUsageParameters(t *testing.T) {
	l := newUsageLab(t)
	for _, q := range redshiftsql.UsageQueries() {
		wh := l.bi
		if q.Name == redshiftsql.QueryScalings.Name {
			wh = l.etl
		}
		l.want(wh, "", q, "")
		if len(q.Parameters) == 0 {
			continue
		}
		for value, state := range map[string]string{"": syntaxError, "yesterday": invalidDatetime, "2026-11-01 00:00:00.5": ""} {
			out := wh.Run(Session{Database: "prod"}, []string{q.SQL}, map[string]string{"from": "2026-11-01", "to": value}, false)[0]
			failed, _ := errors.AsType[*Error](out.Err)
			if failed == nil && state != "" || failed != nil && failed.State != state {
				t.Errorf("%s to %q: got %v, want %s", q.Name, value, out.Err, state)
			}
		}
	}
}

// labels tells the labels and statuses of the queries that were recorded.
func labels(u Usage) string {
	var list []string
	for _, q := range u.Queries {
		list = append(list, fmt.Sprintf("%d:%s:%s:%s", q.Transaction, q.Type, q.Label, q.Status))
	}
	return strings.Join(list, " ")
}

func TestUsageIsRecorded(t *testing.T) {
	l := newUsageLab(t)
	l.bi.SetUsage(Usage{Minutes: []chargeback.Minute{{Start: at(58 * time.Minute), End: at(59 * time.Minute), StorageMB: 70}}, Queries: []chargeback.Query{query(10, "ada", 0, time.Minute)}})
	statements := []string{redshiftsql.SetQueryGroup{Group: "harvest"}.String(), redshiftsql.QueryQueries.SQL}
	period := map[string]string{"from": "2026-11-01 00:00:00", "to": "2026-11-02 00:00:00"}
	l.bi.Run(Session{Database: "prod"}, statements, period, true)
	if len(l.bi.Usage().Queries) != 1 || l.bi.Wakeups() != 0 {
		t.Fatal("recorded though nobody asked for it")
	}

	l.world.RecordUsage = true
	l.clock.Time = at(time.Hour)
	l.bi.Run(Session{Database: "prod"}, statements, period, true)
	l.clock.Time = at(time.Hour + 30*time.Second) // is still paid for
	l.bi.Run(Session{Database: "prod", User: "ada"}, []string{redshiftsql.QueryRoles.SQL, redshiftsql.CreateRole{Name: "r"}.String()}, nil, false)
	l.clock.Time = at(time.Hour + 61*time.Second)
	l.bi.Run(Session{Database: "prod"}, statements[1:], period, true) // 1.1 of 60 seconds are not
	if n := l.bi.Wakeups(); n != 1 {
		t.Errorf("woke up %d times", n)
	}
	l.clock.Time = at(time.Hour + 3*time.Minute)
	l.bi.Run(Session{Database: "prod"}, statements[1:], period, true)

	u := l.bi.Usage()
	same(t, labels(u), "110:SELECT:nightly:success 111:UTILITY::success 111:SELECT:harvest:success 114:SELECT::success 116:DDL::failed 118:SELECT::success 120:SELECT::success")
	same(t, l.bi.Wakeups(), 2)
	var charged []string
	for _, m := range u.Minutes {
		charged = append(charged, fmt.Sprintf("%s %d %d %d", m.Start.Format("15:04"), m.Charged, m.ComputeSeconds, m.StorageMB))
	}
	same(t, charged, []string{"00:58 0 0 70", "01:00 480 1280 70", "01:01 16 640 70", "01:03 480 640 70"})
	same(t, u.Transactions[2], chargeback.Transaction{ID: 116, User: "ada", Status: "rolledback", Start: at(time.Hour + 30100*time.Millisecond), End: at(time.Hour + 30200*time.Millisecond)})
	l.want(l.bi, "ada", redshiftsql.QueryScans, "")
}

// The query group lasts as long as the session, and one that is rolled back is none.
func TestUsageLabelOfASession(t *testing.T) {
	cloud, world := awstest.New(t), New()
	etl := world.AddCluster(Warehouse{Name: "etl"})
	world.RecordUsage = true
	world.AddSuperusers("IAM:awstest")
	w := &dataWorld{Data: Serve(cloud, world), t: t, cloud: cloud, client: datasdk.NewFromConfig(cloud.Config(dataRegion, dataAccount))}
	set, ask := redshiftsql.SetQueryGroup{Group: "harvest"}.String(), redshiftsql.QueryRoles.SQL
	out, err := w.execute(set, keeping(60))
	if err != nil {
		t.Fatal(err)
	}
	w.mustExecute(ask, in(out.SessionId))
	w.mustExecute(ask)
	w.batch(datatypes.ExecutionModeAutoCommit, set, ask)
	w.batch("", set, ask, redshiftsql.DropRole{Name: "none"}.String())
	w.mustExecute(ask, in(out.SessionId))
	var got []string
	for _, q := range etl.Usage().Queries {
		got = append(got, q.Type+" "+q.Label+" "+q.ComputeType+" "+q.Status)
	}
	slices.Sort(got)
	want := []string{
		"DDL harvest primary failed", "SELECT  primary success", "SELECT harvest primary success", "SELECT harvest primary success",
		"SELECT harvest primary success", "SELECT harvest primary success", "UTILITY  primary success", "UTILITY  primary success", "UTILITY  primary success",
	}
	same(t, got, want)
	same(t, etl.Wakeups(), 0)

	label := "before"
	etl.Run(Session{Database: "dev", Label: &label}, []string{set, "FAIL"}, nil, true)
	same(t, label, "before")
	etl.Run(Session{Database: "dev", Label: &label}, []string{set, "FAIL"}, nil, false)
	same(t, label, "harvest")
	same(t, aws.ToString(out.Database), "dev")
}

func workload() Workload {
	return Workload{
		From: day, To: day.AddDate(0, 0, 2), Serverless: true, Capacity: 8, PerDay: 300,
		Users: []string{"ada", "bob", "eve"}, Labels: []string{"bi", "etl"}, Databases: []string{"prod", "dev"}, StorageMB: 5000,
	}
}

func TestGeneratedUsage(t *testing.T) {
	for seed := range uint64(20) {
		w := workload()
		w.Serverless = seed%4 != 3
		u := GenerateUsage(seed, w)
		if !reflect.DeepEqual(u, GenerateUsage(seed, w)) || reflect.DeepEqual(u.Queries, GenerateUsage(seed+1, w).Queries) {
			t.Fatal("depends on something but its arguments, or not on the seed")
		}
		transactions, ids := map[int64]chargeback.Transaction{}, map[int64]bool{}
		for _, tr := range u.Transactions {
			transactions[tr.ID] = tr
		}
		for _, q := range u.Queries {
			tr := transactions[q.Transaction]
			if ids[q.ID] || q.Start.Before(tr.Start) || q.End.After(tr.End) || q.Execution+q.Queued > q.Elapsed || q.End.Sub(q.Start) != q.Elapsed || q.User != tr.User {
				t.Fatalf("seed %d: %+v of %+v", seed, q, tr)
			}
			if (q.Status != "success") != (tr.Status == "rolledback") && q.Status != "success" {
				t.Errorf("seed %d: a %s query in a transaction that was %s", seed, q.Status, tr.Status)
			}
			ids[q.ID] = true
		}
		if len(u.Queries) < 600 || len(u.Scans) == 0 || (len(u.Minutes) > 0) != w.Serverless || (len(u.Scalings) > 0) == w.Serverless {
			t.Errorf("seed %d: %d queries, %d scans, %d minutes, %d scalings", seed, len(u.Queries), len(u.Scans), len(u.Minutes), len(u.Scalings))
		}
		if w.Serverless {
			checkCharges(t, w, u)
		}
	}
}

// checkCharges counts what is to be charged second by second.
func checkCharges(t *testing.T, w Workload, u Usage) {
	t.Helper()
	seconds := make([]bool, (len(u.Minutes)+2)*60)
	ends := map[int64]bool{} // of transactions, by minute
	for _, q := range u.Queries {
		if q.Execution == 0 {
			continue
		}
		for s := q.End.Add(-q.Execution).Unix(); s < q.End.Add(time.Second-1).Unix(); s++ {
			seconds[s-w.From.Unix()] = true
		}
	}
	for _, tr := range u.Transactions {
		ends[tr.End.Unix()/60] = true
	}
	var ran, charged, least int64
	paid := -1 // until when
	for s, runs := range seconds {
		if runs {
			ran++
			if s > paid && (s == 0 || !seconds[s-1]) { // wakes up
				paid = s + 59
			}
		}
		if runs || s <= paid {
			least++
		}
	}
	var computed int64
	for _, m := range u.Minutes {
		computed += m.ComputeSeconds
		if charged += m.Charged; m.Charged%w.Capacity != 0 || m.Charged > 0 && !ends[m.Start.Unix()/60] {
			t.Errorf("%s: %d charged, where no transaction ended", m.Start, m.Charged)
		}
	}
	if computed != ran*w.Capacity*1000 || charged != least*w.Capacity || least <= ran {
		t.Errorf("computed %d and charged %d, want %d and %d", computed, charged, ran*w.Capacity*1000, least*w.Capacity)
	}
}

// A query of 48 hours is charged when it ends.
func TestGeneratedChargesAreLate(t *testing.T) {
	g := generator{Workload: Workload{From: day, To: day.AddDate(0, 0, 3), Capacity: 8}, r: newRand(1)}
	g.Transactions = []chargeback.Transaction{{ID: 1, Start: day, End: at(48 * time.Hour)}, {ID: 2, Start: at(47 * time.Hour), End: at(47*time.Hour + 30*time.Second)}}
	g.Queries = []chargeback.Query{
		{ID: 3, Transaction: 1, Start: day, End: at(48 * time.Hour), Execution: 48 * time.Hour},
		{ID: 4, Transaction: 2, Start: at(47 * time.Hour), End: at(47*time.Hour + 30*time.Second), Execution: 30 * time.Second},
	}
	g.minutes()
	var got []string
	for _, m := range g.Minutes {
		if m.Charged > 0 {
			got = append(got, fmt.Sprint(m.Start.Sub(day), " ", m.Charged))
		}
	}
	same(t, got, []string{"47h0m0s 240", "48h0m0s 1382160"})
}

func BenchmarkGenerateUsage(b *testing.B) {
	w := workload()
	w.PerDay = 50_000
	for b.Loop() {
		GenerateUsage(1, w)
	}
}
