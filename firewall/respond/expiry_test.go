package respond_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	wafv2sdk "github.com/aws/aws-sdk-go-v2/service/wafv2"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/ec2"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/wafv2"
	"github.com/awspatterns/awspatterns/state"
)

// expired is after the blocks of finding have ended.
var expired = finding().Updated.Add(2 * time.Hour)

func TestExpiry(t *testing.T) {
	w := newWorld(awstest.New(t))
	before := map[respond.Target][]string{}
	for _, target := range w.options().Targets {
		before[target] = w.held(target)
	}
	w.mustBlock(t, w.options())
	if plan, err := w.lift(t.Context(), finding().Updated.Add(59*time.Minute)); err != nil || !plan.Empty() {
		t.Errorf("before it has expired: %v\n%s", err, plan)
	}
	plan, err := w.lift(t.Context(), expired)
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/expiry.txt", plan.String())
	for target, want := range before {
		got := w.held(target)
		if target.Rules != nil { // the last line has an end now
			want[len(want)-1] += "\n"
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s holds %q, want %q as before", target, got, want)
		}
	}
	for b, err := range respond.Blocks(t.Context(), w.store) {
		if err != nil || b.State != respond.Lifted {
			t.Errorf("%v: %+v", err, b)
		}
	}
	if plan, err := w.lift(t.Context(), expired); err != nil || !plan.Empty() {
		t.Errorf("again: %v\n%s", err, plan)
	}
	// The next finding blocks again.
	opts := w.options()
	opts.Finding.Updated = expired
	w.mustBlock(t, opts)
	if !slices.Contains(w.held(w.v4), "198.51.100.7/32") {
		t.Error("it is not blocked again")
	}
}

// Only what this library put there is lifted, and what lasts longer stays.
func TestExpiryKeeps(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	opts.Targets = []respond.Target{w.v4}
	opts.Finding.Remote = []respond.Remote{
		{Addr: netip.MustParseAddr("203.0.113.200")}, // somebody else's
		{Addr: netip.MustParseAddr("198.51.100.7")},
	}
	w.mustBlock(t, opts)
	longer := opts
	longer.Finding.Remote = []respond.Remote{{Addr: netip.MustParseAddr("198.51.100.8")}}
	longer.For = 24 * time.Hour
	w.mustBlock(t, longer)
	if _, err := w.lift(t.Context(), expired); err != nil {
		t.Fatal(err)
	}
	if held := w.held(w.v4); !slices.Equal(held, []string{"198.51.100.8/32", "203.0.113.200/32"}) {
		t.Errorf("the set holds %q", held)
	}
	if _, err := w.lift(t.Context(), expired, "198.51.100.8", "203.0.113.200"); err != nil {
		t.Fatal(err)
	}
	if held := w.held(w.v4); !slices.Equal(held, []string{"203.0.113.200/32"}) {
		t.Errorf("after lifting by name, the set holds %q", held)
	}
}

// A block that is made to last longer while it is being lifted stays, wherever that
// happens.
func TestExpiryWhileExtended(t *testing.T) {
	for at := 1; ; at++ {
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
		steps, extended := 0, false
		step := func() {
			if steps++; steps == at && !extended {
				extended = true
				w.mustBlock(t, longer)
			}
		}
		plan.Store = steppedStore{w.store, step}
		c := w.clients()
		c.WAF = steppedWAF{c.WAF, step}
		if _, err := respond.ApplyExpiry(t.Context(), c, plan); err != nil {
			t.Fatal(err)
		}
		if !extended {
			if at < 8 {
				t.Errorf("only %d steps were tried", at)
			}
			return
		}
		if !slices.Contains(w.held(w.v4), "198.51.100.7/32") {
			t.Errorf("extended before step %d, it is lifted", at)
		}
	}
}

// A steppedStore and steppedWAF call step before each call.
type (
	steppedStore struct {
		state.Store
		step func()
	}
	steppedWAF struct {
		respond.WAFAPI
		step func()
	}
)

func (s steppedStore) Get(ctx context.Context, set, key string) (state.Record, error) {
	s.step()
	return s.Store.Get(ctx, set, key)
}

func (s steppedStore) Put(ctx context.Context, records []state.Record) error {
	s.step()
	return s.Store.Put(ctx, records)
}

func (s steppedWAF) GetIPSet(ctx context.Context, in *wafv2sdk.GetIPSetInput, opts ...func(*wafv2sdk.Options)) (*wafv2sdk.GetIPSetOutput, error) {
	s.step()
	return s.WAFAPI.GetIPSet(ctx, in, opts...)
}

func (s steppedWAF) UpdateIPSet(ctx context.Context, in *wafv2sdk.UpdateIPSetInput, opts ...func(*wafv2sdk.Options)) (*wafv2sdk.UpdateIPSetOutput, error) {
	s.step()
	return s.WAFAPI.UpdateIPSet(ctx, in, opts...)
}

// Unknown is not absent: what cannot be read is not lifted, nor are its records closed.
func TestExpiryUnknown(t *testing.T) {
	w := newWorld(awstest.New(t))
	w.mustBlock(t, w.options())
	w.Inject(awstest.Fault{Match: func(c awstest.Call) bool { return c.Operation == "GetIPSet" }, Err: awstest.Denied()})
	plan, err := w.lift(t.Context(), expired)
	if !errors.Is(err, awspatterns.ErrIncomplete) || !plan.Incomplete || plan.Count(awspatterns.Unknown) != 2 {
		t.Errorf("%v\n%s", err, plan)
	}
	if len(w.held(w.variable)) != 1 {
		t.Error("what can be read is not lifted")
	}
	w.ClearFaults()
	if _, err := w.lift(t.Context(), expired); err != nil || slices.Contains(w.held(w.v4), "198.51.100.7/32") {
		t.Errorf("%v: the rest is not lifted", err)
	}
}

// What is gone holds nothing. What was taken out by others is told.
func TestExpiryGone(t *testing.T) {
	w := newWorld(awstest.New(t))
	w.mustBlock(t, w.options())
	w.waf.Delete(w.v6.WAFIPSet)
	w.waf.ChangeIPSet(w.v4.WAFIPSet)
	plan, err := w.lift(t.Context(), finding().Updated)
	if err != nil || !plan.Empty() || len(plan.Missing) != 1 || plan.Missing[0].Entry != "198.51.100.7/32" {
		t.Errorf("%v: missing %+v", err, plan.Missing)
	}
	if plan, err = w.lift(t.Context(), expired); err != nil || !strings.Contains(plan.String(), "the records of its blocks are closed") {
		t.Errorf("%v\n%s", err, plan)
	}
	if plan, err := w.lift(t.Context(), expired); err != nil || !plan.Empty() {
		t.Errorf("again: %v\n%s", err, plan)
	}
}

func TestExpiryElsewhere(t *testing.T) {
	w := newWorld(awstest.New(t))
	w.mustBlock(t, w.options())
	plan, err := respond.PlanExpiry(t.Context(), respond.NewClients(w.Config("us-east-1", account)), respond.ExpiryOptions{Store: w.store, Now: expired})
	if err != nil || !plan.Empty() || len(plan.Elsewhere) != 7 {
		t.Errorf("%v: %+v", err, plan.Elsewhere)
	}
}

func TestExpiryRefuses(t *testing.T) {
	w := newWorld(awstest.New(t))
	for want, opts := range map[string]respond.ExpiryOptions{
		"no Store": {Now: expired}, "no Now": {Store: w.store},
		"Entries[1]": {Store: w.store, Now: expired, Entries: []string{"198.51.100.7", "198.51.100.7/33"}},
	} {
		if _, err := respond.PlanExpiry(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if err := w.store.Memory.Put(t.Context(), []state.Record{{Set: "respond.blocks", Key: "x", Value: []byte("{")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.lift(t.Context(), expired); err == nil || !strings.Contains(err.Error(), `record "x"`) {
		t.Errorf("error %v, want the record", err)
	}
}

func TestExpiryProof(t *testing.T) {
	sweep(t)
	for name, samePlan := range map[string]bool{"a new plan": false, "the same plan": true} {
		proof := expiryProof(samePlan)
		t.Run(name, func(t *testing.T) {
			t.Run("converges", proof.Converges)
			t.Run("retries", proof.Retries)
			t.Run("failures", proof.Failures)
		})
	}
	proof := expiryProof(false)
	t.Run("converges after two crashes", proof.ConvergesTwice)
	t.Run("plan only reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
}

func expiryProof(samePlan bool) awstest.Proof[*world] {
	plan := func(ctx context.Context, w *world) (plan respond.ExpiryPlan, err error) {
		if w.file == nil {
			plan, err = respond.PlanExpiry(ctx, w.clients(), respond.ExpiryOptions{Store: w.store, Now: expired})
			if err != nil || plan.Incomplete || !samePlan {
				return plan, err
			}
			text, err := json.Marshal(plan)
			if err != nil {
				return plan, err
			}
			if err := w.Local(ctx, "Write", "plan.json", func() error { w.file = text; return nil }); err != nil {
				return plan, err
			}
		}
		plan = respond.ExpiryPlan{}
		err = json.Unmarshal(w.file, &plan)
		plan.Store = w.store
		return plan, err
	}
	return awstest.Proof[*world]{
		Start: func(c *awstest.Cloud) *world {
			w := newWorld(c)
			if _, err := w.block(context.Background(), w.options()); err != nil {
				panic(err)
			}
			return w
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *world) error {
			p, err := plan(ctx, w)
			if err == nil {
				_, err = respond.ApplyExpiry(ctx, w.clients(), p)
			}
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *world) (awspatterns.Plan, error) {
			p, err := respond.PlanExpiry(ctx, w.clients(), respond.ExpiryOptions{Store: w.store, Now: expired})
			return p.Plan, err
		},
		State: (*world).state, NoDeletes: true,
	}
}

// Lifting needs what blocking needs, but for tags.
func TestExpiryPermissions(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	opts.InstanceTags = nil
	w.mustBlock(t, opts)
	start := w.Count()
	plan, err := respond.PlanExpiry(t.Context(), w.clients(), respond.ExpiryOptions{Store: w.store.Memory, Now: expired})
	if err != nil {
		t.Fatal(err)
	}
	planned := w.Count()
	if _, err := respond.ApplyExpiry(t.Context(), w.clients(), plan); err != nil {
		t.Fatal(err)
	}
	calls, declared := w.Calls(), respond.BlockPermissions(opts)
	tables := []awstest.Actions{sts.Actions, wafv2.Actions, networkfirewall.Actions, ec2.Actions}
	awstest.CheckPermissions(t, declared.Plan, calls[start:planned], tables...)
	awstest.CheckPermissions(t, declared.Apply, calls[planned:], tables...)
}
