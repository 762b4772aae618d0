package respond_test

import (
	"context"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
)

// A finding that comes late has a block that has expired already. Wherever expiry comes
// in between, what is blocked in the end has a record that says so, and is lifted next.
func TestBlockWhileExpiring(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld(awstest.New(t))
		opts := w.options()
		opts.Targets, opts.InstanceTags = []respond.Target{w.v4}, nil
		steps, lifted := 0, false
		step := func() {
			if steps++; steps == at && !lifted {
				lifted = true
				if _, err := w.lift(context.Background(), expired); err != nil {
					t.Fatal(err)
				}
			}
		}
		c := w.clients()
		c.WAF = steppedWAF{c.WAF, step}
		opts.Store = steppedStore{w.store, step}
		plan, err := respond.PlanBlock(t.Context(), c, opts)
		if err == nil {
			_, err = respond.ApplyBlock(t.Context(), c, plan)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.lift(t.Context(), expired); err != nil {
			t.Fatal(err)
		}
		if held := w.held(w.v4); slices.Contains(held, "198.51.100.7/32") {
			t.Errorf("expiry before step %d: it is never lifted", at)
		}
		if !lifted {
			if at < 6 {
				t.Errorf("only %d steps were tried", at)
			}
			return
		}
	}
}

// While a finding is planned, an earlier block is lifted: that is not somebody else's
// entry, and it is blocked again.
func TestBlockPlannedWhileLifted(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld(awstest.New(t))
		opts := w.options()
		opts.Targets, opts.InstanceTags = []respond.Target{w.v4}, nil
		w.mustBlock(t, opts)
		steps, lifted := 0, false
		step := func() {
			if steps++; steps == at && !lifted {
				lifted = true
				if _, err := w.lift(context.Background(), expired); err != nil {
					t.Fatal(err)
				}
			}
		}
		c := w.clients()
		c.WAF = steppedWAF{c.WAF, step}
		opts.Finding.Updated = expired
		opts.Store = steppedStore{w.store, step}
		plan, err := respond.PlanBlock(t.Context(), c, opts)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Empty() {
			t.Errorf("lifted before step %d, it is taken for somebody else's: %v", at, plan.LeftOut)
		}
		if !lifted {
			return
		}
	}
}
