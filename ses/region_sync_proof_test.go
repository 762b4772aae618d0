package ses_test

import (
	"context"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
)

func syncProof(start func(*awstest.Cloud) *syncWorld, opts ses.RegionSyncOptions) awstest.Proof[*syncWorld] {
	return awstest.Proof[*syncWorld]{
		Start: start,
		Run: func(ctx context.Context, _ *awstest.Cloud, w *syncWorld) error {
			_, _, err := w.sync(ctx, opts)
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *syncWorld) (awspatterns.Plan, error) {
			plan, err := ses.PlanRegionSync(ctx, w.clients(syncPrimary), w.clients(syncSecondary), opts)
			return plan.Plan, err
		},
		State: (*syncWorld).state,
	}
}

// TestRegionSyncProof tries three worlds: all is made, all is changed, all is deleted.
func TestRegionSyncProof(t *testing.T) {
	sweep(t)
	changing, deleting := syncOptions(), syncOptions()
	changing.ContactAttributes, changing.ConvertToReplica, changing.TwoWaySuppression = true, true, true
	deleting.Delete = true
	t.Run("create", func(t *testing.T) {
		t.Parallel()
		proof := syncProof(smallWorld, syncOptions())
		proof.NoDeletes = true
		t.Run("converges", proof.Converges)
		t.Run("converges twice", proof.ConvergesTwice)
		t.Run("retries", proof.Retries)
		t.Run("failures", proof.Failures)
		t.Run("plan reads", proof.PlanReads)
		t.Run("denied reads", proof.DeniedReads)
		t.Run("any order", proof.AnyOrder(3))
	})
	t.Run("change", func(t *testing.T) {
		t.Parallel()
		proof := syncProof(after(changedWorld), changing)
		proof.NoDeletes = true
		t.Run("converges", proof.Converges)
		t.Run("retries", proof.Retries)
	})
	t.Run("delete", func(t *testing.T) {
		t.Parallel()
		proof := syncProof(after(emptiedWorld), deleting)
		t.Run("converges", proof.Converges)
		t.Run("denied reads", proof.DeniedReads)
	})
}
