package lineage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/lineage"
)

// A published world has a file that the plan is kept in.
type published struct {
	*world
	file []byte
}

// publishProof tries to publish into staleSite. With samePlan, the plan is kept in
// a file, and applied again after a crash; otherwise there is a new one each time.
func publishProof(samePlan bool) awstest.Proof[*published] {
	return awstest.Proof[*published]{
		Start: func(c *awstest.Cloud) *published { return &published{world: staleSite(c)} },
		Run: func(ctx context.Context, _ *awstest.Cloud, w *published) error {
			if !samePlan {
				return publish(ctx, w.clients(), options())
			}
			plan, err := w.keptPlan(ctx)
			if err != nil {
				return err
			}
			_, err = lineage.ApplyPublish(ctx, w.clients(), plan)
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

// keptPlan returns the plan of the file. If there is none, it plans, and keeps the
// plan unless it is incomplete.
func (w *published) keptPlan(ctx context.Context) (plan lineage.PublishPlan, err error) {
	if w.file == nil {
		if plan, err = lineage.PlanPublish(ctx, w.clients(), options()); err != nil || plan.Incomplete {
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
	plan = lineage.PublishPlan{}
	err = json.Unmarshal(w.file, &plan)
	plan.Graph = graph()
	return plan, err
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
