package lineage_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/lineage"
)

// A published world remembers the plan that is applied.
type published struct {
	*world
	plan *lineage.PublishPlan
}

// publishProof tries to publish into staleSite. With samePlan, a plan once made
// is applied again after a crash; otherwise there is a new one each time.
func publishProof(samePlan bool) awstest.Proof[*published] {
	return awstest.Proof[*published]{
		Start: func(c *awstest.Cloud) *published { return &published{world: staleSite(c)} },
		Run: func(ctx context.Context, _ *awstest.Cloud, w *published) error {
			if w.plan == nil || !samePlan {
				plan, err := lineage.PlanPublish(ctx, w.clients(), options())
				if err != nil {
					return err
				}
				if plan.Incomplete && samePlan { // an operator plans again
					_, err := lineage.ApplyPublish(ctx, w.clients(), plan)
					return err
				}
				w.plan = &plan
			}
			_, err := lineage.ApplyPublish(ctx, w.clients(), *w.plan)
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *published) (awspatterns.Plan, error) {
			plan, err := lineage.PlanPublish(ctx, w.clients(), options())
			return plan.Plan, err
		},
		// The bucket keeps versions, so the state also tells what was written
		// twice; writes are what is billed.
		State: func(w *published) string { return fmt.Sprintf("%s\n%d writes", w.s3.Dump(), w.s3.Writes()) },
	}
}

func TestPublishProof(t *testing.T) {
	for _, samePlan := range []bool{false, true} {
		proof := publishProof(samePlan)
		t.Run(fmt.Sprintf("same plan %t", samePlan), func(t *testing.T) {
			t.Run("converges", proof.Converges)
			t.Run("converges after two crashes", proof.ConvergesTwice)
			t.Run("in any order", proof.AnyOrder(100))
			t.Run("retries", proof.Retries)
			t.Run("failures", proof.Failures)
		})
	}
	proof := publishProof(false)
	t.Run("plan only reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
}

// TestPublishPermissions compares what is declared with what is called.
func TestPublishPermissions(t *testing.T) {
	for _, kms := range []string{"", kmsKey} {
		for _, removeStale := range []bool{false, true} {
			t.Run(fmt.Sprintf("KMS key %q, remove stale %t", kms, removeStale), func(t *testing.T) {
				w := staleSite(awstest.New(t))
				opts := options()
				opts.RemoveStale, opts.KMSKey = removeStale, kms
				declared := lineage.PublishPermissions(opts)
				before := w.Count()
				plan, err := lineage.PlanPublish(t.Context(), w.clients(), opts)
				if err != nil {
					t.Fatal(err)
				}
				planned := w.Count()
				if _, err := lineage.ApplyPublish(t.Context(), w.clients(), plan); err != nil {
					t.Fatal(err)
				}
				calls := w.Calls()
				awstest.CheckPermissions(t, declared.Plan, calls[before:planned], s3.Actions, sts.Actions)
				awstest.CheckPermissions(t, declared.Apply, calls[planned:], s3.Actions, sts.Actions)
			})
		}
	}
	opts := lineage.PublishOptions{Bucket: bucket, Prefix: "a*b?/${Account}/", RemoveStale: true, KMSKey: kmsKey}
	golden.Equal(t, "testdata/golden/publish_policy.json", string(lineage.PublishPermissions(opts).Apply.Document(awspatterns.Target{Partition: "aws-cn"})))
}
