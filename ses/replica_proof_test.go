package ses_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
)

// replicaProof tries to make replicas. With samePlan, the plan is kept in a file and applied
// again after a crash; otherwise there is a new one each time.
func replicaProof(start func(*awstest.Cloud) *replicaWorld, opts ses.ReplicaOptions, samePlan bool) awstest.Proof[*replicaWorld] {
	return awstest.Proof[*replicaWorld]{
		Start: start,
		Run: func(ctx context.Context, _ *awstest.Cloud, w *replicaWorld) error {
			if !samePlan {
				_, err := w.run(ctx, opts)
				return err
			}
			plan, err := w.keptPlan(ctx, opts)
			if err != nil {
				return err
			}
			primary, secondary := w.clients()
			_, err = ses.ApplyReplica(ctx, primary, secondary, plan)
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *replicaWorld) (awspatterns.Plan, error) {
			plan, err := w.plan(ctx, opts)
			return plan.Plan, err
		},
		State:     (*replicaWorld).dump,
		NoDeletes: true,
	}
}

// keptPlan returns the plan of the file. If there is none, it plans, and keeps the plan
// unless it is incomplete.
func (w *replicaWorld) keptPlan(ctx context.Context, opts ses.ReplicaOptions) (plan ses.ReplicaPlan, err error) {
	if w.file == nil {
		if plan, err = w.plan(ctx, opts); err != nil || plan.Incomplete {
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
	plan = ses.ReplicaPlan{}
	return plan, json.Unmarshal(w.file, &plan)
}

func removalProof(start func(*awstest.Cloud) *replicaWorld, opts ses.ReplicaRemovalOptions) awstest.Proof[*replicaWorld] {
	return awstest.Proof[*replicaWorld]{
		Start: start,
		Run: func(ctx context.Context, _ *awstest.Cloud, w *replicaWorld) error {
			_, err := w.remove(ctx, opts)
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *replicaWorld) (awspatterns.Plan, error) {
			plan, err := w.planRemoval(ctx, opts)
			return plan.Plan, err
		},
		State: (*replicaWorld).dump,
	}
}

// convertAll converts, adopts and sets all that there is.
func convertAll() ses.ReplicaOptions {
	opts := everyReplicaOption()
	opts.Convert, opts.Adopt = true, true
	return opts
}

func adoptOne() ses.ReplicaOptions {
	return ses.ReplicaOptions{Identities: []string{"example.com"}, Adopt: true, ConfigurationSet: "outbound", Tags: map[string]string{"team": "mail"}}
}

// quick is a world in which SES is quick to make replicas, so that there are fewer calls to
// be killed at.
func quick(start func(*awstest.Cloud) *replicaWorld) func(*awstest.Cloud) *replicaWorld {
	return func(c *awstest.Cloud) *replicaWorld {
		w := start(c)
		w.ses.Settle = 5 * time.Second
		return w
	}
}

func TestReplicaProof(t *testing.T) {
	sweep(t)
	one := ses.ReplicaOptions{Identities: []string{"example.com"}, Policy: true}
	t.Run("converges after two crashes", replicaProof(quick(newReplicaWorld), one, false).ConvergesTwice)
	proof := replicaProof(quick(newReplicaWorld), everyReplicaOption(), false)
	t.Run("converges", proof.Converges)
	t.Run("any order", proof.AnyOrder(20))
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)
	t.Run("plan only reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
	t.Run("same plan converges", replicaProof(quick(newReplicaWorld), everyReplicaOption(), true).Converges)
}

func TestReplicaProofOfConversion(t *testing.T) {
	sweep(t)
	opts := convertAll()
	opts.Identities = []string{"example.org"}
	proof := replicaProof(quick(withForeignIdentities), opts, false)
	t.Run("converges", proof.Converges)
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)
	t.Run("denied reads", proof.DeniedReads)
	t.Run("same plan converges", replicaProof(quick(withForeignIdentities), opts, true).Converges)
	t.Run("adoption converges", replicaProof(quick(withForeignReplica), adoptOne(), false).Converges)
}

func TestReplicaRemovalProof(t *testing.T) {
	sweep(t)
	one := ses.ReplicaRemovalOptions{Identities: []string{"example.com"}, Policy: true}
	t.Run("converges after two crashes", removalProof(withReplicas, one).ConvergesTwice)
	proof := removalProof(withReplicas, ses.ReplicaRemovalOptions{Identities: bothDomains(), Policy: true})
	t.Run("converges", proof.Converges)
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)
	t.Run("plan only reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
}

func TestReplicaRemovalProofOfParents(t *testing.T) {
	sweep(t)
	proof := removalProof(withForeignReplica, ses.ReplicaRemovalOptions{Identities: []string{"example.com"}, Adopt: true, DeleteParents: true})
	t.Run("converges", proof.Converges)
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)
	t.Run("denied reads", proof.DeniedReads)
}

// TestReplicaPermissions compares what is declared for each Region with what is called there.
func TestReplicaPermissions(t *testing.T) {
	minimal := ses.ReplicaOptions{Identities: []string{"example.com"}}
	policy := everyReplicaOption()
	for name, test := range map[string]struct {
		opts   ses.ReplicaOptions
		worlds []func(*awstest.Cloud) *replicaWorld
	}{
		"minimal":    {minimal, []func(*awstest.Cloud) *replicaWorld{allowingWorld}},
		"everything": {policy, []func(*awstest.Cloud) *replicaWorld{newReplicaWorld, withPlainReplica}},
		"convert":    {convertAll(), []func(*awstest.Cloud) *replicaWorld{newReplicaWorld, withForeignIdentities}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var plans, applies []awstest.Call
				for _, start := range test.worlds {
					w := start(awstest.New(t))
					before := w.Count()
					plan, err := w.plan(t.Context(), test.opts)
					if err != nil {
						t.Fatal(err)
					}
					planned := w.Count()
					primary, secondary := w.clients()
					if _, err := ses.ApplyReplica(t.Context(), primary, secondary, plan); err != nil {
						t.Fatal(err)
					}
					calls := w.Calls()
					plans, applies = append(plans, calls[before:planned]...), append(applies, calls[planned:]...)
				}
				primary, secondary := ses.ReplicaPermissions(test.opts)
				awstest.CheckPermissions(t, primary.Plan, callsIn(plans, replicaPrimary), standin.Actions, sts.Actions)
				awstest.CheckPermissions(t, secondary.Plan, callsIn(plans, replicaSecondary), standin.Actions, sts.Actions)
				awstest.CheckPermissions(t, primary.Apply, callsIn(applies, replicaPrimary), standin.Actions, sts.Actions)
				awstest.CheckPermissions(t, secondary.Apply, callsIn(applies, replicaSecondary), standin.Actions, sts.Actions)
			})
		})
	}
	if primary, secondary := ses.ReplicaPermissions(ses.ReplicaOptions{Identities: []string{"*"}}); primary.Plan != nil || secondary.Apply != nil {
		t.Errorf("got %v, %v for options that are refused", primary, secondary)
	}
}

// allowingWorld is one in which the caller may replicate keys anyway.
func allowingWorld(c *awstest.Cloud) *replicaWorld {
	w := newReplicaWorld(c)
	w.ses.RequireReplicationPolicy = false
	return w
}

// withPlainReplica is a world with a replica of ours that lacks tags and configuration set.
func withPlainReplica(c *awstest.Cloud) *replicaWorld {
	w := newReplicaWorld(c)
	w.allow("example.com", replicaSecondary)
	w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", replicaMark())
	return w
}

func TestReplicaRemovalPermissions(t *testing.T) {
	for name, test := range map[string]struct {
		opts  ses.ReplicaRemovalOptions
		start func(*awstest.Cloud) *replicaWorld
	}{
		"replicas": {ses.ReplicaRemovalOptions{Identities: bothDomains()}, withReplicas},
		"policy":   {ses.ReplicaRemovalOptions{Identities: bothDomains(), Policy: true}, withReplicas},
		"parents":  {ses.ReplicaRemovalOptions{Identities: []string{"example.com"}, Policy: true, DeleteParents: true}, withReplicas},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := test.start(awstest.New(t))
				before := w.Count()
				plan, err := w.planRemoval(t.Context(), test.opts)
				if err != nil {
					t.Fatal(err)
				}
				planned := w.Count()
				primary, secondary := w.clients()
				if _, err := ses.ApplyReplicaRemoval(t.Context(), primary, secondary, plan); err != nil {
					t.Fatal(err)
				}
				plans, applies := w.Calls()[before:planned], w.Calls()[planned:]
				p, s := ses.ReplicaRemovalPermissions(test.opts)
				awstest.CheckPermissions(t, p.Plan, callsIn(plans, replicaPrimary), standin.Actions, sts.Actions)
				awstest.CheckPermissions(t, s.Plan, callsIn(plans, replicaSecondary), standin.Actions, sts.Actions)
				awstest.CheckPermissions(t, p.Apply, callsIn(applies, replicaPrimary), standin.Actions, sts.Actions)
				awstest.CheckPermissions(t, s.Apply, callsIn(applies, replicaSecondary), standin.Actions, sts.Actions)
			})
		})
	}
	if p, s := ses.ReplicaRemovalPermissions(ses.ReplicaRemovalOptions{}); p.Plan != nil || s.Apply != nil {
		t.Errorf("got %v, %v for options that are refused", p, s)
	}
}
