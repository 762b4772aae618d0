package redshift_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// reviewHarvest harvests at a moment.
func reviewHarvest(t *testing.T, w *harvestWorld, at time.Time, warehouse share.Warehouse) redshift.HarvestedWarehouse {
	t.Helper()
	result, err := redshift.Harvest(t.Context(), w.clients(), redshift.HarvestOptions{Warehouses: []share.Warehouse{warehouse}, Usage: w.usage, At: at})
	if err != nil {
		t.Fatal(err)
	}
	return result.Warehouses[0]
}

func reviewCoverage(t *testing.T, w *harvestWorld, warehouse share.Warehouse) chargeback.Coverage {
	t.Helper()
	c, err := w.usage.Coverage(t.Context(), warehouse.Key())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestReviewHarvestLate has a harvest of an earlier moment, as of an event that was kept for
// days: the views forget by the clock, not by the moment, so that nothing older is covered.
func TestReviewHarvestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		kept := time.Now().Add(-7 * 24 * time.Hour)
		reviewHarvest(t, w, time.Now().Add(-4*24*time.Hour), both[0])
		for table, spans := range reviewCoverage(t, w, both[0]).Covered {
			for _, in := range spans {
				if in.From.Before(kept) {
					t.Errorf("%s is covered from %s, and the view has rows from %s", table, in.From, kept)
				}
			}
		}
		late := reviewHarvest(t, w, time.Now().Add(-8*24*time.Hour), both[1])
		if late.Skipped == "" || len(reviewCoverage(t, w, both[1]).Covered) > 0 {
			t.Errorf("a moment that is forgotten: %+v, covered %v", late, reviewCoverage(t, w, both[1]).Covered)
		}
	})
}

// TestReviewHarvestScalingLong has a time of concurrency scaling that is longer than what is
// read again: its row is there only when it is over.
func TestReviewHarvestScalingLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		w.world.RecordUsage = false
		start := time.Now().UTC().Truncate(time.Microsecond)
		w.etl.SetUsage(standin.Usage{Scalings: []chargeback.Scaling{{Start: start, End: start.Add(5 * time.Hour), Seconds: 18000, Queries: 1}}})
		for range 9 {
			reviewHarvest(t, w, time.Time{}, both[1])
			time.Sleep(time.Hour)
		}
		if n := rowsIn(t, w, both[1], func(s chargeback.Scaling) any { return s.Start }); n != 1 {
			t.Errorf("%d rows are kept, want 1", n)
		}
	})
}

// TestReviewHarvestOwnRowsOnly has a user who is no superuser, to whom SYS_QUERY_HISTORY shows
// but their own queries: those are not all, and the time is not covered.
func TestReviewHarvestOwnRowsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		reader := share.Warehouse{Cluster: "etl", User: "ann"}
		got := reviewHarvest(t, w, time.Time{}, reader)
		c := reviewCoverage(t, w, reader)
		for _, table := range []chargeback.Table{chargeback.Queries, chargeback.Scans, chargeback.Opens} {
			if got.Denied[table] == "" || c.Denied[table] == "" || len(c.Covered[table])+len(c.Taken[table]) > 0 {
				t.Errorf("%s: denied %q, covered %v, taken %v", table, got.Denied[table], c.Covered[table], c.Taken[table])
			}
		}
	})
}

// TestReviewHarvestAllowedLater has a view that was denied a day ago, when the others were
// read, and is granted now: what it still has is harvested, all of it.
func TestReviewHarvestAllowedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		from := time.Now().Add(-5 * 24 * time.Hour)
		err := w.usage.Cover(t.Context(), both[0].Key(), func(c *chargeback.Coverage) {
			read := chargeback.Interval{From: from, To: time.Now().Add(-24 * time.Hour)}
			*c = c.With(chargeback.Queries, read).With(chargeback.Transactions, read)
			c.Account, c.Region = company, region
			c.Denied = map[chargeback.Table]string{chargeback.Minutes: "permission denied"}
		})
		if err != nil {
			t.Fatal(err)
		}
		got := reviewHarvest(t, w, time.Time{}, both[0])
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
		if w.sales.Wakeups() > 1 {
			t.Errorf("woken %d times", w.sales.Wakeups())
		}
	})
}

// reviewSlowStore is a store whose next write of minutes waits.
type reviewSlowStore struct {
	chargeback.Store
	wait atomic.Int64
}

func (s *reviewSlowStore) Put(ctx context.Context, name, version string, body []byte) error {
	if strings.Contains(name, "/minutes/") {
		time.Sleep(time.Duration(s.wait.Swap(0)))
	}
	return s.Store.Put(ctx, name, version, body)
}

// TestReviewHarvestTwoAtOnce has a harvest that read before another one, and writes after it:
// the charge of a transaction that ended between the two is not lost for it.
func TestReviewHarvestTwoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		w.world.RecordUsage = false
		slow := &reviewSlowStore{Store: chargeback.NewMemory()}
		w.usage.Store = slow
		reviewHarvest(t, w, time.Time{}, both[0])
		start := time.Now().UTC().Truncate(time.Minute).Add(time.Minute)
		minute := chargeback.Minute{Start: start, End: start.Add(time.Minute)}
		open := chargeback.Transaction{ID: 900, User: "ann", Start: start}
		w.sales.SetUsage(standin.Usage{Minutes: []chargeback.Minute{minute}, Transactions: []chargeback.Transaction{open}})
		time.Sleep(5 * time.Hour)
		slow.wait.Store(int64(3 * time.Minute))
		done := make(chan error)
		go func() {
			_, err := w.harvest(t.Context(), both[0])
			done <- err
		}()
		time.Sleep(90 * time.Second)
		minute.Charged, open.End, open.Status = 480, time.Now().UTC(), "committed"
		w.sales.SetUsage(standin.Usage{Minutes: []chargeback.Minute{minute}, Transactions: []chargeback.Transaction{open}})
		reviewHarvest(t, w, time.Time{}, both[0])
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		reviewHarvest(t, w, time.Time{}, both[0])
		n := 0
		for m, err := range chargeback.Read[chargeback.Minute](t.Context(), w.usage, both[0].Key(), chargeback.Interval{From: start, To: start.Add(time.Minute)}) {
			if n++; err != nil || m.Charged != 480 {
				t.Errorf("got %+v, %v", m, err)
			}
		}
		if n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

// TestReviewHarvestOldMoment has a harvest of an earlier moment, as of an event that is
// delivered again, after a cluster was resized: its nodes are those of now, not of then.
func TestReviewHarvestOldMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		then := time.Now().UTC()
		reviewHarvest(t, w, time.Time{}, both[1])
		time.Sleep(6 * time.Hour)
		w.etl.Pause()
		reviewHarvest(t, w, then, both[1])
		all := chargeback.Interval{From: then.Add(-time.Hour), To: time.Now().Add(time.Hour)}
		for s, err := range chargeback.Read[chargeback.ClusterState](t.Context(), w.usage, both[1].Key(), all) {
			if err != nil {
				t.Fatal(err)
			}
			if paused := s.Status == "paused"; paused != s.Taken.After(then) {
				t.Errorf("at %s it was %s", s.Taken, s.Status)
			}
		}
	})
}

// TestReviewHarvestWholeSeconds has a Settle with a part of a second: the statements ask for
// whole seconds, and no more is covered.
func TestReviewHarvestWholeSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHarvestWorld(awstest.New(t))
		result, err := redshift.Harvest(t.Context(), w.clients(), redshift.HarvestOptions{
			Warehouses: both[:1], Usage: w.usage, Settle: 30*time.Minute + time.Millisecond,
		})
		if err != nil || !result.Warehouses[0].Interval.To.Equal(result.Warehouses[0].Interval.To.Truncate(time.Second)) {
			t.Errorf("harvested until %v, %v", result.Warehouses[0].Interval.To, err)
		}
	})
}
