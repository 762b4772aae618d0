package respond_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	wafsdk "github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
)

// An entry that somebody else blocks between plan and apply stays theirs: it is not
// lifted when the block of the plan would have ended.
func TestBlockOfSomebodyElseMeanwhile(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	opts.Targets, opts.InstanceTags = []respond.Target{w.v4}, nil
	plan, err := respond.PlanBlock(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	w.addAddress(t, "198.51.100.7/32")
	if _, err := respond.ApplyBlock(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrStale) {
		t.Errorf("error %v, want %v", err, awspatterns.ErrStale)
	}
	if plan := w.mustBlock(t, opts); !plan.Empty() || len(plan.LeftOut) == 0 {
		t.Errorf("planned again: %v\n%s", plan.LeftOut, plan)
	}
	if _, err := w.lift(t.Context(), expired); err != nil {
		t.Fatal(err)
	}
	if held := w.held(w.v4); !slices.Contains(held, "198.51.100.7/32") {
		t.Errorf("the entry of somebody else is lifted: %q", held)
	}
}

// addAddress is another hand.
func (w *world) addAddress(t *testing.T, address string) {
	t.Helper()
	set, _ := w.waf.IPSet(w.v4.WAFIPSet)
	id := w.v4.WAFIPSet[strings.LastIndex(w.v4.WAFIPSet, "/")+1:]
	c := w.clients().WAF
	in := &wafsdk.GetIPSetInput{Name: &set.Name, Id: &id, Scope: waftypes.ScopeRegional}
	now, err := c.GetIPSet(t.Context(), in)
	if err == nil {
		_, err = c.UpdateIPSet(t.Context(), &wafsdk.UpdateIPSetInput{
			Name: in.Name, Id: in.Id, Scope: in.Scope, Addresses: append(now.IPSet.Addresses, address), LockToken: now.LockToken,
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}
