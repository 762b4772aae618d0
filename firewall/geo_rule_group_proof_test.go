package firewall_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/rules"
	"github.com/awspatterns/awspatterns/internal/golden"
	standin "github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

// isDryRun tells of a call that it changes nothing.
func isDryRun(c awstest.Call) bool {
	switch in := c.Input.(type) {
	case *networkfirewall.CreateRuleGroupInput:
		return in.DryRun
	case *networkfirewall.UpdateRuleGroupInput:
		return in.DryRun
	}
	return false
}

// geoProof tries a world. With samePlan, the plan is kept in a file, and applied again
// after a crash; otherwise there is a new one each time.
func geoProof(start func(*awstest.Cloud) *geoWorld, opts firewall.GeoRuleGroupOptions, samePlan bool) awstest.Proof[*geoWorld] {
	return awstest.Proof[*geoWorld]{
		Start: start,
		Run: func(ctx context.Context, _ *awstest.Cloud, w *geoWorld) error {
			if !samePlan {
				_, err := applyGeo(ctx, w.clients(), opts)
				return err
			}
			plan, err := w.keptPlan(ctx, opts)
			if err == nil {
				_, err = firewall.ApplyGeoRuleGroup(ctx, w.clients(), plan)
			}
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *geoWorld) (awspatterns.Plan, error) {
			plan, err := firewall.PlanGeoRuleGroup(ctx, w.clients(), opts)
			return plan.Plan, err
		},
		Reads: isDryRun,
		State: func(w *geoWorld) string { return w.nfw.Dump() },
	}
}

// geoCases are worlds and what there should be in them.
func geoCases() map[string]struct {
	start func(*awstest.Cloud) *geoWorld
	opts  firewall.GeoRuleGroupOptions
} {
	adopting, standard, alone, tried := geoOptions(), geoOptions(), geoOptions(), geoOptions()
	adopting.Adopt = true
	standard.Form = firewall.StandardRules
	alone.Policy, alone.Priority = "", 0
	tried.DryRun = true
	byAction, adoptingByAction := geoOptions(), geoOptions()
	byAction.Order, byAction.Policy, byAction.Priority = rules.ActionOrder, "plain", 0
	adoptingByAction.Order, adoptingByAction.Policy, adoptingByAction.Priority, adoptingByAction.Adopt = rules.ActionOrder, "plain", 0, true
	type c = struct {
		start func(*awstest.Cloud) *geoWorld
		opts  firewall.GeoRuleGroupOptions
	}
	return map[string]c{
		"create":                  {newGeoWorld, geoOptions()},
		"replace":                 {outgrownGeo, geoOptions()},
		"replace in action order": {strictGeo, byAction},
		"update":                  {staleGeo, tried},
		"update to standard":      {strictGeo, standard},
		"adopt":                   {foreignGeo, adopting},
		"adopt and replace":       {foreignGeo, adoptingByAction},
		"no policy":               {staleGeo, alone},
	}
}

func TestGeoRuleGroupProof(t *testing.T) {
	sweep(t)
	for name, c := range geoCases() {
		for _, samePlan := range []bool{false, true} {
			proof := geoProof(c.start, c.opts, samePlan)
			t.Run(fmt.Sprintf("%s, same plan %t", name, samePlan), func(t *testing.T) {
				t.Run("converges", proof.Converges)
				t.Run("retries", proof.Retries)
				if !samePlan {
					t.Run("failures", proof.Failures)
				}
			})
		}
		proof := geoProof(c.start, c.opts, false)
		proof.NoDeletes = name == "create" || name == "update to standard" || name == "adopt"
		t.Run(name, func(t *testing.T) {
			if name == "replace" { // the one in which most is to be kept in order
				t.Run("converges after two crashes", proof.ConvergesTwice)
			}
			t.Run("plan only reads", proof.PlanReads)
			t.Run("denied reads", proof.DeniedReads)
		})
	}
}

// TestGeoRuleGroupNeverWithout: at every call, the policy refers to rules that block
// Japan.
func TestGeoRuleGroupNeverWithout(t *testing.T) {
	synctestGeo(t, outgrownGeo, func(t *testing.T, w *geoWorld) {
		changes := 0
		w.Inject(awstest.Fault{Operation: "Network Firewall.*", Match: func(c awstest.Call) bool {
			changes++
			if got := w.refs("edge"); got != "dns 1, geo 90" && got != "dns 1, geo-3 100" {
				t.Errorf("before %s the policy refers to %s", c, got)
			}
			return false
		}})
		if _, err := applyGeo(t.Context(), w.clients(), geoOptions()); err != nil || changes == 0 {
			t.Errorf("got %v after %d calls", err, changes)
		}
	})
}

// TestGeoRuleGroupPermissions compares what is declared with what is called, in all
// worlds together, since none needs all.
func TestGeoRuleGroupPermissions(t *testing.T) {
	for _, test := range []struct {
		name string
		opts func(*firewall.GeoRuleGroupOptions)
	}{
		{"policy", func(*firewall.GeoRuleGroupOptions) {}},
		{"no policy", func(o *firewall.GeoRuleGroupOptions) { o.Policy, o.Priority = "", 0 }},
		{"dry run", func(o *firewall.GeoRuleGroupOptions) { o.DryRun = true }},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := geoOptions()
			opts.Adopt = true
			test.opts(&opts)
			var planned, applied []awstest.Call
			for _, start := range []func(*awstest.Cloud) *geoWorld{newGeoWorld, outgrownGeo, staleGeo, foreignGeo} {
				synctestGeo(t, start, func(t *testing.T, w *geoWorld) {
					plan := plannedGeo(t, w, opts)
					planned = append(planned, w.Calls()...)
					before := w.Count()
					if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan); err != nil {
						t.Fatal(err)
					}
					applied = append(applied, w.Calls()[before:]...)
				})
			}
			declared := firewall.GeoRuleGroupPermissions(opts)
			awstest.CheckPermissions(t, declared.Plan, planned, standin.Actions, sts.Actions)
			awstest.CheckPermissions(t, declared.Apply, applied, standin.Actions, sts.Actions)
		})
	}
	golden.Equal(t, "testdata/golden/geo_rule_group_policy.json", string(firewall.GeoRuleGroupPermissions(geoOptions()).Apply.Document(
		awspatterns.Target{Partition: "aws-cn", Account: geoAccount, Region: "cn-north-1"})))
	if p := firewall.GeoRuleGroupPermissions(firewall.GeoRuleGroupOptions{}); p.Plan != nil || p.Apply != nil {
		t.Errorf("options that are refused need %v", p)
	}
}
