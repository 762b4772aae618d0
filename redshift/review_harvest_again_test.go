package redshift_test

import (
	"context"
	"errors"
	"math"
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

// TestReviewHarvestDeniedSince has a view that was read until two days ago and is denied since:
// the others are read from where they were read to. When it is granted, it is read as far back
// as it goes.
func TestReviewHarvestDeniedSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		from, until := time.Now().Add(-5*24*time.Hour), time.Now().Add(-48*time.Hour)
		err := w.usage.Cover(t.Context(), both[0].Key(), func(c *chargeback.Coverage) {
			read := chargeback.Interval{From: from, To: time.Now().Add(-24 * time.Hour)}
			*c = c.With(chargeback.Queries, read).With(chargeback.Transactions, read)
			*c = c.With(chargeback.Minutes, chargeback.Interval{From: from, To: until})
			c.Account, c.Region = company, region
			c.Denied = map[chargeback.Table]string{chargeback.Minutes: "permission denied"}
		})
		if err != nil {
			t.Fatal(err)
		}
		got := reviewHarvest(t, w, time.Time{}, both[0])
		if got.Interval.From.Before(time.Now().Add(-26 * time.Hour)) {
			t.Errorf("all are read from %s", got.Interval.From)
		}
		c := reviewCoverage(t, w, both[0])
		if missing := c.Missing(chargeback.Minutes, chargeback.Interval{From: from, To: got.Interval.To}); len(missing) > 0 {
			t.Errorf("what the view has is not harvested: %v", missing)
		}
		want := 0
		for _, m := range w.sales.Usage().Minutes {
			if m.Start.Before(got.Interval.To) {
				want++
			}
		}
		if n := rowsIn(t, w, both[0], func(m chargeback.Minute) any { return m.Start }); n != want || n == 0 {
			t.Errorf("%d minutes are kept of %d", n, want)
		}
	})
}

// TestReviewHarvestLongTimes has a Settle and an Overlap whose sum is more than a time.Duration
// holds.
func TestReviewHarvestLongTimes(t *testing.T) {
	t.Parallel()
	cloud := awstest.New(t)
	_, err := redshift.Harvest(t.Context(), redshift.NewClients(cloud.Config(region, company)).Only(), redshift.HarvestOptions{
		Warehouses: both, Usage: chargeback.Archive{Store: chargeback.NewMemory()}, Settle: math.MaxInt64, Overlap: time.Hour,
	})
	if err == nil || !strings.Contains(err.Error(), "keep rows for 7 days") {
		t.Errorf("got %v", err)
	}
}

// TestReviewHarvestDatabasesPermissions compares what is declared for measuring several
// databases with the calls, both ways, of a workgroup, and of a cluster with a database user.
func TestReviewHarvestDatabasesPermissions(t *testing.T) {
	for _, warehouse := range []share.Warehouse{{Workgroup: "sales"}, {Cluster: "etl", User: "ada"}} {
		synctest.Test(t, func(t *testing.T) {
			w := newHarvestWorld(awstest.New(t))
			for _, s := range []*standin.Warehouse{w.sales, w.etl} {
				s.AddUser("ada", true)
				s.AddDatabase("prod", "")
			}
			opts := redshift.HarvestOptions{
				Warehouses: []share.Warehouse{warehouse}, Usage: w.usage, Databases: map[string][]string{warehouse.Key(): {"prod", "dev"}},
			}
			result, err := redshift.Harvest(t.Context(), w.clients(), opts)
			if err != nil || len(result.Warehouses[0].Denied) > 0 {
				t.Fatal(result.Warehouses[0].Denied, err)
			}
			var policy awspatterns.Policy
			for _, p := range redshift.HarvestPermissions(opts).Apply {
				if p.Action != "redshift-data:CancelStatement" { // when the context ends
					policy = append(policy, p)
				}
			}
			calls := slices.DeleteFunc(w.cloud.Calls(), func(c awstest.Call) bool { return c.Service == "local" })
			awstest.CheckPermissions(t, policy, calls, standin.Actions, standinsts.Actions)
		})
	}
}

// TestReviewHarvestKilled has a harvest that is stopped before its coverage is written, and
// repeated within the minute, when a schema was dropped: its size is not kept as one of now.
func TestReviewHarvestKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		w.world.RecordUsage = false
		usage := w.etl.Usage()
		usage.SchemaSizes = []chargeback.SchemaSize{{Database: "dev", Schema: "dropped", MB: 7}, {Database: "dev", Schema: "kept", MB: 5}}
		w.etl.SetUsage(usage)
		failing := &reviewFailingStore{Store: chargeback.NewMemory(), fail: true}
		w.usage.Store = failing
		time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)))
		if _, err := w.harvest(t.Context(), both[1]); err == nil {
			t.Fatal("it did not fail")
		}
		failing.fail = false
		usage.SchemaSizes = usage.SchemaSizes[1:]
		w.etl.SetUsage(usage)
		time.Sleep(time.Second)
		reviewHarvest(t, w, time.Time{}, both[1])
		taken := reviewCoverage(t, w, both[1]).Taken[chargeback.SchemaSizes]
		if len(taken) != 1 || time.Since(taken[0]) > time.Minute {
			t.Fatal(taken)
		}
		var got []string
		for size, err := range chargeback.Read[chargeback.SchemaSize](t.Context(), w.usage, both[1].Key(), chargeback.Interval{From: taken[0], To: taken[0].Add(time.Microsecond)}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, size.Schema)
		}
		if !slices.Equal(got, []string{"kept"}) {
			t.Errorf("sizes of %q", got)
		}
	})
}

// reviewFailingStore is a store that may fail to write the coverage.
type reviewFailingStore struct {
	chargeback.Store
	fail bool
}

func (s *reviewFailingStore) Put(ctx context.Context, name, version string, body []byte) error {
	if s.fail && strings.HasSuffix(name, "/coverage.json") {
		return errors.New("stopped")
	}
	return s.Store.Put(ctx, name, version, body)
}
