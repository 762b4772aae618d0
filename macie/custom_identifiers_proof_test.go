package macie_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/macie"
)

// A keptIdentifiers world has a file that the plan is kept in.
type keptIdentifiers struct {
	*identifierWorld
	file []byte
}

// identifiersProof tries staleIdentifiers. With samePlan, the plan is kept in a file,
// and applied again after a crash; otherwise there is a new one each time.
func identifiersProof(samePlan bool) awstest.Proof[*keptIdentifiers] {
	return awstest.Proof[*keptIdentifiers]{
		Start: func(c *awstest.Cloud) *keptIdentifiers { return &keptIdentifiers{identifierWorld: staleIdentifiers(c)} },
		Run: func(ctx context.Context, _ *awstest.Cloud, w *keptIdentifiers) error {
			if !samePlan {
				_, err := applyIdentifiers(ctx, w.clients(), identifierOptions())
				return err
			}
			plan, err := w.plan(ctx)
			if err != nil {
				return err
			}
			_, err = macie.ApplyCustomIdentifiers(ctx, w.clients(), plan)
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *keptIdentifiers) (awspatterns.Plan, error) {
			plan, err := macie.PlanCustomIdentifiers(ctx, w.clients(), identifierOptions())
			return plan.Plan, err
		},
		Reads: func(c awstest.Call) bool { return c.Operation == "TestCustomDataIdentifier" },
		State: func(w *keptIdentifiers) string { return w.macie.Dump() },
	}
}

// plan returns the plan of the file. If there is none, it plans, and keeps the plan
// unless it is incomplete.
func (w *keptIdentifiers) plan(ctx context.Context) (plan macie.CustomIdentifiersPlan, err error) {
	if w.file == nil {
		if plan, err = macie.PlanCustomIdentifiers(ctx, w.clients(), identifierOptions()); err != nil || plan.Incomplete {
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
	plan = macie.CustomIdentifiersPlan{}
	err = json.Unmarshal(w.file, &plan)
	return plan, err
}

func TestCustomIdentifiersProof(t *testing.T) {
	sweep(t)
	for _, samePlan := range []bool{false, true} {
		proof := identifiersProof(samePlan)
		t.Run(fmt.Sprintf("same plan %t", samePlan), func(t *testing.T) {
			t.Run("converges", proof.Converges)
			t.Run("retries", proof.Retries)
			t.Run("failures", proof.Failures)
		})
	}
	proof := identifiersProof(false)
	t.Run("converges after two crashes", proof.ConvergesTwice)
	t.Run("in any order", proof.AnyOrder(20))
	t.Run("plan only reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
}

// TestCustomIdentifiersNeverWithout: at every call, there is an nric.
func TestCustomIdentifiersNeverWithout(t *testing.T) {
	w := staleIdentifiers(awstest.New(t))
	plan := plannedIdentifiers(t, w, identifierOptions())
	looked := 0
	w.Inject(awstest.Fault{Match: func(c awstest.Call) bool {
		if c.Operation == "DeleteCustomDataIdentifier" || c.Operation == "CreateCustomDataIdentifier" {
			looked++
			if !contains(w.macie.Dump(), `identifier "nric"`) {
				t.Errorf("before %s there is no nric", c)
			}
		}
		return false
	}})
	if _, err := macie.ApplyCustomIdentifiers(t.Context(), w.clients(), plan); err != nil || looked != 5 {
		t.Errorf("got %v after %d changes", err, looked)
	}
}

// TestCustomIdentifiersPermissions compares what is declared with what is called.
func TestCustomIdentifiersPermissions(t *testing.T) {
	for _, test := range []bool{false, true} {
		for _, removeStale := range []bool{false, true} {
			t.Run(fmt.Sprintf("test in Macie %t, remove stale %t", test, removeStale), func(t *testing.T) {
				w := staleIdentifiers(awstest.New(t))
				opts := identifierOptions()
				opts.TestInMacie, opts.RemoveStale = test, removeStale
				declared := macie.CustomIdentifiersPermissions(opts)
				before := w.Count()
				plan := plannedIdentifiers(t, w, opts)
				planned := w.Count()
				if _, err := macie.ApplyCustomIdentifiers(t.Context(), w.clients(), plan); err != nil {
					t.Fatal(err)
				}
				calls := w.Calls()
				awstest.CheckPermissions(t, declared.Plan, calls[before:planned], macie2.Actions, sts.Actions)
				awstest.CheckPermissions(t, declared.Apply, calls[planned:], macie2.Actions, sts.Actions)
			})
		}
	}
	golden.Equal(t, "testdata/golden/custom_identifiers_policy.json", string(macie.CustomIdentifiersPermissions(identifierOptions()).Apply.Document(
		awspatterns.Target{Partition: "aws-cn", Account: identifierAccount, Region: "cn-north-1"})))
	opts := identifierOptions()
	opts.Set = "a*b"
	if p := macie.CustomIdentifiersPermissions(opts); p.Plan != nil || p.Apply != nil {
		t.Errorf("options that are refused need %v", p)
	}
}
