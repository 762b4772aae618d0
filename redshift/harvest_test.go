package redshift_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	standinsts "github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// A harvestWorld is a workgroup and a cluster that are used, with an archive that outlives
// crashes.
type harvestWorld struct {
	cloud      *awstest.Cloud
	world      *standin.World
	sales, etl *standin.Warehouse
	usage      chargeback.Archive
}

// A crashingStore is a store whose calls crash and fail as those of AWS do.
type crashingStore struct {
	chargeback.Store
	cloud *awstest.Cloud
}

func (s crashingStore) Get(ctx context.Context, name string) (body []byte, version string, err error) {
	err = s.cloud.Local(ctx, "Get", name, func() error {
		body, version, err = s.Store.Get(ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // is no failure
		}
		return err
	})
	if err == nil && version == "" {
		err = fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return body, version, err
}

func (s crashingStore) Put(ctx context.Context, name, version string, body []byte) error {
	return s.cloud.Local(ctx, "Put", name, func() error { return s.Store.Put(ctx, name, version, body) })
}

func (s crashingStore) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := s.cloud.Local(ctx, "List", prefix, func() error { return nil }); err != nil {
			yield("", err)
			return
		}
		s.Store.List(ctx, prefix)(yield)
	}
}

func newHarvestWorld(cloud *awstest.Cloud) *harvestWorld {
	w := &harvestWorld{cloud: cloud, world: standin.New()}
	standinsts.Handle(cloud)
	standin.Serve(cloud, w.world)
	w.world.AddSuperusers("IAM:awstest")
	w.world.RecordUsage = true
	w.sales = w.world.AddWorkgroup(standin.Warehouse{Account: company, Region: region, Name: "sales", BaseCapacity: 8})
	w.etl = w.world.AddCluster(standin.Warehouse{Account: company, Region: region, Name: "etl", NodeType: "ra3.4xlarge"})
	from := time.Now().Add(-3 * 24 * time.Hour).UTC()
	for i, warehouse := range []*standin.Warehouse{w.sales, w.etl} {
		warehouse.AddRole("analyst")
		warehouse.AddUser("ann", false)
		warehouse.GrantRole("analyst", "ann")
		warehouse.SetUsage(standin.GenerateUsage(uint64(i), standin.Workload{
			From: from, To: time.Now().UTC(), Serverless: warehouse.Serverless, Capacity: 8, PerDay: 30,
			Users: []string{"ann", "bob"}, Labels: []string{"report", ""}, Databases: []string{"dev"}, StorageMB: 2048,
		}))
	}
	w.usage = chargeback.Archive{Store: crashingStore{chargeback.NewMemory(), cloud}}
	return w
}

var both = []share.Warehouse{{Workgroup: "sales"}, {Cluster: "etl"}}

func (w *harvestWorld) clients() redshift.ClientsFunc {
	return redshift.NewClients(w.cloud.Config(region, company)).Only()
}

func (w *harvestWorld) harvest(ctx context.Context, warehouses ...share.Warehouse) (redshift.HarvestResult, error) {
	return redshift.Harvest(ctx, w.clients(), redshift.HarvestOptions{Warehouses: warehouses, Usage: w.usage})
}

// rowsIn counts the rows of a table that are kept, and fails for two of one key.
func rowsIn[T chargeback.Row](t *testing.T, w *harvestWorld, warehouse share.Warehouse, key func(T) any) int {
	t.Helper()
	seen := map[any]bool{}
	n := 0
	all := chargeback.Interval{From: time.Now().Add(-30 * 24 * time.Hour), To: time.Now().Add(time.Hour)}
	for row, err := range chargeback.Read[T](context.Background(), w.usage, warehouse.Key(), all) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[key(row)] {
			t.Errorf("%v is kept twice", key(row))
		}
		seen[key(row)] = true
		n++
	}
	return n
}

// TestHarvestAll has every settled row of the views kept once, whether harvested each hour
// or at the end.
func TestHarvestAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		w.world.RecordUsage = false
		for range 30 {
			if _, err := w.harvest(t.Context(), both...); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
		}
		settled := time.Now().Add(-90 * time.Minute) // of the last harvest
		for _, at := range both {
			warehouse := w.world.Find(company, region, at.Workgroup+at.Cluster)
			queries, minutes := 0, 0
			for _, q := range warehouse.Usage().Queries {
				if !q.End.IsZero() && q.End.Before(settled.Truncate(time.Minute)) {
					queries++
				}
			}
			for _, m := range warehouse.Usage().Minutes {
				if m.Start.Before(settled.Truncate(time.Minute)) {
					minutes++
				}
			}
			if got := rowsIn(t, w, at, func(q chargeback.Query) any { return q.ID }); got != queries || got == 0 {
				t.Errorf("%s: %d queries are kept of %d", at, got, queries)
			}
			if at.Workgroup == "" {
				continue
			}
			if got := rowsIn(t, w, at, func(m chargeback.Minute) any { return m.Start }); got != minutes || got == 0 {
				t.Errorf("%s: %d minutes are kept of %d", at, got, minutes)
			}
		}
	})
}

// TestHarvestIncremental has the second harvest add only what is new, and one without
// anything new ask nothing.
func TestHarvestIncremental(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		w.world.RecordUsage = false
		first, err := w.harvest(t.Context(), both[0])
		if err != nil || first.Warehouses[0].Tables[chargeback.Queries].Added == 0 {
			t.Fatal(first, err)
		}
		before := len(w.cloud.Calls())
		again, err := w.harvest(t.Context(), both[0])
		if err != nil || again.Warehouses[0].Skipped == "" {
			t.Fatal(again, err)
		}
		for _, call := range w.cloud.Calls()[before:] {
			if strings.Contains(call.Operation, "Statement") {
				t.Errorf("%s, though nothing is new", call.Operation)
			}
		}
		time.Sleep(2 * time.Hour)
		third, err := w.harvest(t.Context(), both[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := third.Warehouses[0].Tables[chargeback.Queries]; got.Added > 40 || got.Changed > 0 {
			t.Errorf("after two hours: %+v", got)
		}
	})
}

// TestHarvestWakesOnce has one request with statements for a workgroup that is asleep, with a
// label, and what it costs told.
func TestHarvestWakesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		w.sales.SetUsage(standin.Usage{})
		result, err := w.harvest(t.Context(), both[0])
		if err != nil {
			t.Fatal(err)
		}
		batches := 0
		for _, call := range w.cloud.Calls() {
			switch call.Operation {
			case "ExecuteStatement":
				t.Error("a statement outside of the batch")
			case "BatchExecuteStatement":
				batches++
			}
		}
		if batches != 1 || w.sales.Wakeups() != 1 {
			t.Errorf("%d requests, woken %d times", batches, w.sales.Wakeups())
		}
		for i, q := range w.sales.Usage().Queries {
			if i > 0 && q.Label != chargeback.HarvestLabel {
				t.Errorf("query %d has the label %q", i, q.Label)
			}
		}
		if cost := result.Warehouses[0].Cost; cost == nil || cost.Quantity <= 0 {
			t.Errorf("cost %v", cost)
		}
	})
}

// TestHarvestLost names what the views forgot.
func TestHarvestLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		if _, err := w.harvest(t.Context(), both[0]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * 24 * time.Hour)
		result, err := w.harvest(t.Context(), both[0])
		if err != nil || len(result.Warehouses[0].Lost) == 0 {
			t.Fatal(result, err)
		}
		c, err := w.usage.Coverage(t.Context(), both[0].Key())
		if err != nil || len(c.Covered[chargeback.Minutes]) != 2 {
			t.Errorf("covered %v, %v", c.Covered[chargeback.Minutes], err)
		}
	})
}

// TestHarvestDenied has a reader who is no superuser: what is denied has no coverage.
func TestHarvestDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		w.world.AddSuperusers() // none
		cfg := w.cloud.Config(region, company)
		reader := share.Warehouse{Cluster: "etl", User: "ann"}
		result, err := redshift.Harvest(t.Context(), redshift.NewClients(cfg).Only(), redshift.HarvestOptions{Warehouses: []share.Warehouse{reader}, Usage: w.usage})
		if err != nil {
			t.Fatal(err)
		}
		if result.Warehouses[0].Denied[chargeback.Transactions] == "" {
			t.Errorf("denied %v", result.Warehouses[0].Denied)
		}
		c, err := w.usage.Coverage(t.Context(), reader.Key())
		if err != nil || len(c.Covered[chargeback.Transactions]) > 0 || c.Denied[chargeback.Transactions] == "" || len(c.Covered[chargeback.Queries]) > 0 {
			t.Errorf("coverage %+v, %v", c, err)
		}
	})
}

// TestHarvestPaused keeps the state of a paused cluster, and asks it nothing.
func TestHarvestPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		w.etl.Pause()
		result, err := w.harvest(t.Context(), both[1])
		if err != nil || !strings.Contains(result.Warehouses[0].Skipped, "paused") {
			t.Fatal(result, err)
		}
		if n := rowsIn(t, w, both[1], func(s chargeback.ClusterState) any { return s.Taken }); n != 1 {
			t.Errorf("%d states are kept", n)
		}
	})
}

// TestHarvestOldVersion has a workgroup without the newest column.
func TestHarvestOldVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		w.sales.OldUsage = true
		result, err := w.harvest(t.Context(), both[0])
		if err != nil || result.Warehouses[0].Tables[chargeback.Minutes].Added == 0 {
			t.Fatal(result, err)
		}
	})
}

func TestHarvestRefuses(t *testing.T) {
	t.Parallel()
	good := redshift.HarvestOptions{Warehouses: both, Usage: chargeback.Archive{Store: chargeback.NewMemory()}}
	for _, test := range []struct {
		name, want string
		change     func(*redshift.HarvestOptions)
	}{
		{"no warehouse", "there are no Warehouses", func(o *redshift.HarvestOptions) { o.Warehouses = nil }},
		{"no store", "no Usage.Store", func(o *redshift.HarvestOptions) { o.Usage.Store = nil }},
		{"the future", "in the future", func(o *redshift.HarvestOptions) { o.At = time.Now().Add(time.Hour) }},
		{"a negative time", "cannot be negative", func(o *redshift.HarvestOptions) { o.Settle = -1 }},
		{"more than is kept", "keep rows for 7 days", func(o *redshift.HarvestOptions) { o.Overlap = 7 * 24 * time.Hour }},
		{"databases of none", "the key of none", func(o *redshift.HarvestOptions) { o.Databases = map[string][]string{"x": {"dev"}} }},
		{"a database without a name", "has no name", func(o *redshift.HarvestOptions) { o.Databases = map[string][]string{both[0].Key(): {""}} }},
	} {
		opts := good
		test.change(&opts)
		cloud := awstest.New(t)
		_, err := redshift.Harvest(t.Context(), redshift.NewClients(cloud.Config(region, company)).Only(), opts)
		if err == nil || !strings.Contains(err.Error(), test.want) || len(cloud.Calls()) > 0 {
			t.Errorf("%s: %v after %d calls, want %q", test.name, err, len(cloud.Calls()), test.want)
		}
	}
}

func TestOnSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		opts := redshift.HarvestOptions{Warehouses: both, Usage: w.usage}
		at := time.Now().Add(-2 * time.Hour).UTC().Truncate(time.Second)
		event := fmt.Sprintf(`{"version":"0","detail-type":"Scheduled Event","source":"aws.events","time":%q}`, at.Format(time.RFC3339))
		result, err := redshift.OnSchedule(t.Context(), w.clients(), opts, []byte(event))
		if want := at.Truncate(time.Minute).Add(-30 * time.Minute); err != nil || !result.Warehouses[0].Interval.To.Equal(want) {
			t.Fatalf("harvested until %v, %v; want %v", result.Warehouses, err, want)
		}
		again, err := redshift.OnSchedule(t.Context(), w.clients(), opts, []byte(event))
		if err != nil || again.Warehouses[0].Skipped == "" {
			t.Errorf("the same event again: %+v, %v", again, err)
		}
		for _, bad := range []string{`{`, `[]`, `{"time":"yesterday"}`, `{"time":1}`} {
			if _, err := redshift.OnSchedule(t.Context(), w.clients(), opts, []byte(bad)); err == nil {
				t.Errorf("%s is taken", bad)
			}
		}
		if _, err := redshift.OnSchedule(t.Context(), w.clients(), opts, nil); err != nil {
			t.Error(err)
		}
	})
}

// harvestProof runs a harvest of both, whose archive is described as rows and times, not by
// the statements it took.
func harvestProof() awstest.Proof[*harvestWorld] {
	return awstest.Proof[*harvestWorld]{
		Start: func(c *awstest.Cloud) *harvestWorld {
			w := newHarvestWorld(c)
			w.world.RecordUsage = false
			w.usage.Store = crashingStore{chargeback.NewMemory(), c}
			for _, warehouse := range []*standin.Warehouse{w.sales, w.etl} {
				u := warehouse.Usage()
				u.Queries, u.Transactions, u.Minutes = last(u.Queries, 4), last(u.Transactions, 2), last(u.Minutes, 2)
				u.Scans, u.Scalings = last(u.Scans, 1), last(u.Scalings, 1)
				warehouse.SetUsage(u)
			}
			return w
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *harvestWorld) error {
			_, err := w.harvest(ctx, both...)
			return err
		},
		State: func(w *harvestWorld) string {
			var b strings.Builder
			store := w.usage.Store.(crashingStore).Store
			for name, err := range store.List(context.Background(), "") {
				body, _, err2 := store.Get(context.Background(), name)
				if strings.Contains(name, "/open/") || strings.Contains(name, "/members/") || strings.Contains(name, "/states/") || strings.Contains(name, "/schemas/") || strings.HasSuffix(name, "coverage.json") {
					continue // taken at a moment, which differs
				}
				fmt.Fprintf(&b, "%s %v %v %x\n", name, err, err2, sha256.Sum256(body))
			}
			return b.String()
		},
	}
}

func last[T any](rows []T, n int) []T { return slices.Clone(rows[max(0, len(rows)-n):]) }

func TestHarvestProof(t *testing.T) {
	sweep(t)
	t.Run("converges", harvestProof().Converges)
	t.Run("retries", harvestProof().Retries)
	t.Run("failures", harvestProof().Failures)
}

// TestHarvestPermissions compares what is declared with the calls, both ways.
func TestHarvestPermissions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		if _, err := w.harvest(t.Context(), both...); err != nil {
			t.Fatal(err)
		}
		var policy awspatterns.Policy
		for _, p := range redshift.HarvestPermissions(redshift.HarvestOptions{Warehouses: both}).Apply {
			if p.Action != "redshift-data:CancelStatement" { // when the context ends
				policy = append(policy, p)
			}
		}
		calls := slices.DeleteFunc(w.cloud.Calls(), func(c awstest.Call) bool { return c.Service == "local" })
		awstest.CheckPermissions(t, policy, calls, standin.Actions, standinsts.Actions)
	})
}
