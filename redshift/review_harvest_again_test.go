package redshift_test

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
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
