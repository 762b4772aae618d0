package ses_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
)

// managedProof tries a world. With samePlan, the plan is kept in a file, and applied again
// after a crash; otherwise there is a new one each time.
func managedProof(c managedCase, samePlan bool) awstest.Proof[*managedWorld] {
	return awstest.Proof[*managedWorld]{
		Start: c.start,
		Run: func(ctx context.Context, _ *awstest.Cloud, w *managedWorld) error {
			if !samePlan {
				return w.apply(ctx, c.opts)
			}
			plan, err := w.keptPlan(ctx, c.opts)
			if err == nil {
				_, err = ses.ApplyManagedIPs(ctx, w.clients(), plan)
			}
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *managedWorld) (awspatterns.Plan, error) {
			plan, err := ses.PlanManagedIPs(ctx, w.clients(), c.opts)
			return plan.Plan, err
		},
		State:     (*managedWorld).dump,
		NoDeletes: !c.opts.Remove,
	}
}

func TestManagedIPsProof(t *testing.T) {
	sweep(t)
	for name, c := range managedCases() {
		t.Run(name, func(t *testing.T) {
			proof, same := managedProof(c, false), managedProof(c, true)
			t.Run("converges", proof.Converges)
			t.Run("same plan converges", same.Converges)
			t.Run("retries", proof.Retries)
			switch name { // the others make the same calls
			case "create", "convert", "the set", "remove":
				t.Run("failures", proof.Failures)
				t.Run("plan only reads", proof.PlanReads)
				t.Run("denied reads", proof.DeniedReads)
			}
		})
	}
}

// TestManagedIPsRemovedLast: at every call, each pool that a configuration set names is
// there.
func TestManagedIPsRemovedLast(t *testing.T) {
	for _, name := range []string{"create", "adopt", "convert", "remove", "remove any"} {
		c := managedCases()[name]
		inManagedWorld(t, c.start, func(t *testing.T, w *managedWorld) {
			calls := 0
			w.Inject(awstest.Fault{Operation: "SESv2.*", Match: func(awstest.Call) bool {
				calls++
				if pool := w.missingPool(); pool != "" {
					t.Errorf("%s: after %d calls a configuration set names %s, which is not there", name, calls, pool)
				}
				return false
			}})
			if err := w.apply(t.Context(), c.opts); err != nil || calls == 0 {
				t.Errorf("%s: got %v after %d calls", name, err, calls)
			}
		})
	}
}

// TestManagedIPsPermissions compares what is declared with what is called, in all worlds of
// the same options together, since none needs all.
func TestManagedIPsPermissions(t *testing.T) {
	cases := managedCases()
	onlyPool, convertPool := cases["the pool"].opts, cases["the pool"].opts
	onlyPool.Adopt, convertPool.ConvertStandard = true, true
	for name, group := range map[string][]managedCase{
		"the pool": {{newManagedWorld, onlyPool}, {cases["adopt"].start, onlyPool}},
		"convert":  {{newManagedWorld, convertPool}, {cases["convert"].start, convertPool}},
		"all":      {cases["create"], cases["the set"], cases["adopt"], cases["tags"]},
		"remove":   {cases["remove"], cases["remove any"]},
	} {
		t.Run(name, func(t *testing.T) {
			var planned, applied []awstest.Call
			for _, c := range group {
				inManagedWorld(t, c.start, func(t *testing.T, w *managedWorld) {
					before := w.Count()
					plan, err := ses.PlanManagedIPs(t.Context(), w.clients(), c.opts)
					if err != nil {
						t.Fatal(err)
					}
					n := w.Count()
					if _, err := ses.ApplyManagedIPs(t.Context(), w.clients(), plan); err != nil {
						t.Fatal(err)
					}
					planned, applied = append(planned, w.Calls()[before:n]...), append(applied, w.Calls()[n:]...)
				})
			}
			declared := ses.ManagedIPsPermissions(group[0].opts)
			awstest.CheckPermissions(t, declared.Plan, planned, standin.Actions, sts.Actions)
			awstest.CheckPermissions(t, declared.Apply, applied, standin.Actions, sts.Actions)
		})
	}
	golden.Equal(t, "testdata/golden/managed_ips_policy.json", string(ses.ManagedIPsPermissions(cases["create"].opts).Apply.Document(
		awspatterns.Target{Partition: "aws", Account: managedAccount, Region: managedRegion})))
	if p := ses.ManagedIPsPermissions(ses.ManagedIPsOptions{}); p.Plan != nil || p.Apply != nil {
		t.Errorf("options that are refused need %v", p)
	}
}

var sendingPool = regexp.MustCompile(`"SendingPoolName":"([^"]+)"`)

// missingPool returns the name of a pool that a configuration set names and that is not there.
func (w *managedWorld) missingPool() string {
	all := w.dump()
	for _, m := range sendingPool.FindAllStringSubmatch(all, -1) {
		if !strings.Contains(all, "\n  pool "+m[1]+",") {
			return m[1]
		}
	}
	return ""
}
