package respond_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
)

// A block that is extended while one call lifts it, and lifted by another call before
// the first puts it back, is not left in the target with a record that says it is lifted.
func TestExpiryWhileExtendedAndLifted(t *testing.T) {
	later := expired.Add(24 * time.Hour)
	for extendAt := 1; extendAt <= 10; extendAt++ {
		for liftAt := extendAt + 1; liftAt <= 14; liftAt++ {
			w := newWorld(awstest.New(t))
			opts := w.options()
			opts.Targets, opts.InstanceTags = []respond.Target{w.v4}, nil
			w.mustBlock(t, opts)
			plan, err := respond.PlanExpiry(t.Context(), w.clients(), respond.ExpiryOptions{Store: w.store, Now: expired})
			if err != nil {
				t.Fatal(err)
			}
			longer := opts
			longer.Finding.Updated = expired
			steps := 0
			step := func() {
				switch steps++; steps {
				case extendAt:
					w.mustBlock(t, longer)
				case liftAt:
					if _, err := w.lift(context.Background(), later); err != nil {
						t.Fatal(err)
					}
				}
			}
			plan.Store = steppedStore{w.store, step}
			c := w.clients()
			c.WAF = steppedWAF{c.WAF, step}
			if _, err := respond.ApplyExpiry(t.Context(), c, plan); err != nil {
				t.Fatal(err)
			}
			if _, err := w.lift(t.Context(), later); err != nil {
				t.Fatal(err)
			}
			if slices.Contains(w.held(w.v4), "198.51.100.7/32") {
				t.Errorf("extended before step %d and lifted before step %d of %d, it is never lifted", extendAt, liftAt, steps)
			}
		}
	}
}
