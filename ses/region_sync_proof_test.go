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

func TestRegionSyncProof(t *testing.T) {
	sweep(t)
	proof := syncProof(smallWorld, syncOptions())
	proof.NoDeletes = true
	t.Run("converges", proof.Converges)
	t.Run("converges twice", proof.ConvergesTwice)
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)
	t.Run("plan reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
}
