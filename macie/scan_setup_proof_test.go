package macie_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/dynamodb"
	"github.com/awspatterns/awspatterns/internal/standin/eventbridge"
	"github.com/awspatterns/awspatterns/internal/standin/iam"
	"github.com/awspatterns/awspatterns/internal/standin/kms"
	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sns"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/macie"
)

// setupProof tries to set up. With samePlan, the plan is kept in a file, and
// applied again after a crash; otherwise there is a new one each time.
func setupProof(start func(*awstest.Cloud) *setupWorld, opts macie.ScanSetupOptions, samePlan bool) awstest.Proof[*setupWorld] {
	return awstest.Proof[*setupWorld]{
		Start: start,
		Run: func(ctx context.Context, _ *awstest.Cloud, w *setupWorld) error {
			if !samePlan {
				return setUp(ctx, w, opts)
			}
			plan, err := w.keptPlan(ctx, opts)
			if err != nil {
				return err
			}
			_, err = macie.ApplyScanSetup(ctx, w.clients(), plan)
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *setupWorld) (awspatterns.Plan, error) {
			plan, err := macie.PlanScanSetup(ctx, w.clients(), opts)
			return plan.Plan, err
		},
		State:     (*setupWorld).state,
		NoDeletes: true,
	}
}

// keptPlan returns the plan of the file. If there is none, it plans, and keeps the
// plan unless it is incomplete.
func (w *setupWorld) keptPlan(ctx context.Context, opts macie.ScanSetupOptions) (plan macie.ScanSetupPlan, err error) {
	if w.file == nil {
		if plan, err = macie.PlanScanSetup(ctx, w.clients(), opts); err != nil || plan.Incomplete {
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
	plan = macie.ScanSetupPlan{}
	return plan, json.Unmarshal(w.file, &plan)
}

func TestScanSetupProof(t *testing.T) {
	sweep(t)
	proof := setupProof(newSetupWorld, setupOptions(), false)
	t.Run("converges", proof.Converges)
	t.Run("converges after two crashes", proof.ConvergesTwice)
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)
	t.Run("plan only reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
	same := setupProof(newSetupWorld, setupOptions(), true)
	t.Run("same plan converges", same.Converges)
	t.Run("same plan retries", same.Retries)
}

// What others made is adopted. The longest run is killed only; what else can go
// wrong is tried without events.
func TestScanSetupProofOfAdoption(t *testing.T) {
	sweep(t)
	opts := setupOptions()
	opts.Adopt = true
	t.Run("everything converges", setupProof(foreignSetup, opts, false).Converges)
	opts.Events = nil
	t.Run("same plan converges", setupProof(foreignSetup, opts, true).Converges)
	proof := setupProof(foreignSetup, opts, false)
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)
	t.Run("plan only reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
}

// What was changed by hand is brought back to what it was.
func TestScanSetupDrifted(t *testing.T) {
	fresh := newSetupWorld(awstest.New(t))
	fresh.mustCall(setUp(t.Context(), fresh, setupOptions()))
	drifted := driftedSetup(awstest.New(t))
	plan := plannedSetup(t, drifted, setupOptions())
	golden.Equal(t, "testdata/golden/scan_setup_drifted.txt", plan.String())
	drifted.mustCall(setUp(t.Context(), drifted, setupOptions()))
	if again := plannedSetup(t, drifted, setupOptions()); !again.Empty() {
		t.Errorf("planning again plans\n%s", again)
	}
	// Policies keep what the other hand added.
	if got, want := drifted.events.Dump()+drifted.kms.Dump()+drifted.macie.Dump(), fresh.events.Dump()+fresh.kms.Dump()+fresh.macie.Dump(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// openedSetup is an account that was set up with the least, and whose bucket was
// then opened to the public.
func openedSetup(c *awstest.Cloud) *setupWorld {
	w := newSetupWorld(c)
	w.mustCall(setUp(context.Background(), w, macie.ScanSetupOptions{Bucket: setupBucket, KMSKey: setupKey}))
	w.openPublicAccess()
	return w
}

// TestScanSetupPermissions compares what is declared with what is called: to make
// everything, and to change all that can be changed.
func TestScanSetupPermissions(t *testing.T) {
	actions := []awstest.Actions{
		s3.Actions, kms.Actions, iam.Actions, macie2.Actions, sns.Actions, dynamodb.Actions, eventbridge.Actions, sts.Actions,
	}
	minimal := macie.ScanSetupOptions{Bucket: setupBucket, KMSKey: setupKey}
	adopt := setupOptions()
	adopt.Adopt = true
	for name, test := range map[string]struct {
		opts   macie.ScanSetupOptions
		worlds []func(*awstest.Cloud) *setupWorld
	}{
		"minimal":    {minimal, []func(*awstest.Cloud) *setupWorld{newSetupWorld, openedSetup}},
		"everything": {setupOptions(), []func(*awstest.Cloud) *setupWorld{newSetupWorld, driftedSetup}},
		"adopt":      {adopt, []func(*awstest.Cloud) *setupWorld{newSetupWorld, foreignSetup, driftedSetup}},
	} {
		t.Run(name, func(t *testing.T) {
			var plans, applies []awstest.Call
			for _, start := range test.worlds {
				w := start(awstest.New(t))
				before := w.Count()
				plan := plannedSetup(t, w, test.opts)
				planned := w.Count()
				if _, err := macie.ApplyScanSetup(t.Context(), w.clients(), plan); err != nil {
					t.Fatal(err)
				}
				calls := w.Calls()
				plans, applies = append(plans, calls[before:planned]...), append(applies, calls[planned:]...)
			}
			declared := macie.ScanSetupPermissions(test.opts)
			awstest.CheckPermissions(t, declared.Plan, plans, actions...)
			awstest.CheckPermissions(t, declared.Apply, applies, actions...)
		})
	}
	if p := macie.ScanSetupPermissions(macie.ScanSetupOptions{Bucket: "*", KMSKey: setupKey}); p.Plan != nil || p.Apply != nil {
		t.Errorf("got %v for options that are refused", p)
	}
}
