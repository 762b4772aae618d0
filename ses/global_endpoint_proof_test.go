package ses_test

import (
	"context"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
)

// endpointProof tries a world. With samePlan, the plan is kept in a file, and applied again
// after a crash; otherwise there is a new one each time.
func endpointProof(c endpointCase, samePlan bool) awstest.Proof[*endpointWorld] {
	return awstest.Proof[*endpointWorld]{
		Start: func(cloud *awstest.Cloud) *endpointWorld {
			w := c.start(cloud)
			w.primary.EndpointLag, w.ses.Settle = 4*time.Second, 11*time.Second
			return w
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *endpointWorld) error {
			if !samePlan {
				_, err := w.apply(ctx, c.opts)
				return err
			}
			plan, err := w.keptPlan(ctx, c.opts)
			if err == nil {
				_, err = w.applyPlan(ctx, plan)
			}
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *endpointWorld) (awspatterns.Plan, error) {
			plan, err := w.plan(ctx, c.opts)
			return plan.Plan, err
		},
		State: (*endpointWorld).dump,
	}
}

func TestGlobalEndpointProof(t *testing.T) {
	sweep(t)
	for name, c := range endpointCases() {
		t.Run(name, func(t *testing.T) {
			proof, same := endpointProof(c, false), endpointProof(c, true)
			proof.NoDeletes = !c.opts.Delete && !c.opts.Replace || name == "wait for a deletion"
			t.Run("converges", proof.Converges)
			t.Run("same plan converges", same.Converges)
			t.Run("retries", proof.Retries)
			switch name { // the others make the same calls
			case "replace": // in which most is to be kept in order
				t.Run("converges after two crashes", proof.ConvergesTwice)
				fallthrough
			case "create", "tag", "delete":
				t.Run("failures", proof.Failures)
				t.Run("plan only reads", proof.PlanReads)
				t.Run("denied reads", proof.DeniedReads)
			}
		})
	}
}

// TestGlobalEndpointPermissions compares what is declared with what is called, in all worlds
// of the same options together, since none needs all.
func TestGlobalEndpointPermissions(t *testing.T) {
	for name, opts := range map[string]ses.GlobalEndpointOptions{
		"keep":    {Name: "mail", Tags: map[string]string{"team": "mail"}},
		"replace": {Name: "mail", Tags: map[string]string{"team": "mail"}, Replace: true},
		"delete":  {Name: "mail", Tags: map[string]string{"team": "mail"}, Delete: true},
	} {
		t.Run(name, func(t *testing.T) {
			var planned, applied [2][]awstest.Call
			for _, c := range endpointCases() {
				if c.opts.Replace != opts.Replace || c.opts.Delete != opts.Delete {
					continue
				}
				inEndpointWorld(t, c.start, func(t *testing.T, w *endpointWorld) {
					plan, err := w.plan(t.Context(), c.opts)
					if err != nil {
						t.Fatal(err)
					}
					n := w.Count()
					if _, err := w.applyPlan(t.Context(), plan); err != nil {
						t.Fatal(err)
					}
					for i, call := range w.Calls() {
						site := 0
						if call.Region == endpointSecondary {
							site = 1
						}
						if i < n {
							planned[site] = append(planned[site], call)
						} else {
							applied[site] = append(applied[site], call)
						}
					}
				})
			}
			primary, secondary := ses.GlobalEndpointPermissions(opts)
			for i, declared := range []awspatterns.Permissions{primary, secondary} {
				awstest.CheckPermissions(t, declared.Plan, planned[i], standin.Actions, sts.Actions)
				awstest.CheckPermissions(t, declared.Apply, applied[i], standin.Actions, sts.Actions)
			}
		})
	}
	primary, _ := ses.GlobalEndpointPermissions(ses.GlobalEndpointOptions{Name: "mail", Replace: true})
	golden.Equal(t, "testdata/golden/global_endpoint_policy.json", string(primary.Apply.Document(
		awspatterns.Target{Partition: "aws-us-gov", Account: endpointAccount, Region: "us-gov-west-1"})))
	if primary, secondary := ses.GlobalEndpointPermissions(ses.GlobalEndpointOptions{}); primary.Plan != nil || secondary.Plan != nil {
		t.Errorf("options that are refused need %v and %v", primary, secondary)
	}
}
