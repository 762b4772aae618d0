package macie_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
)

func eventsProof(mangle func([]string) []string) awstest.Proof[*eventWorld] {
	return awstest.Proof[*eventWorld]{
		Start: func(c *awstest.Cloud) *eventWorld {
			w := smallEventWorld(c)
			w.mangle = mangle
			return w
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *eventWorld) error {
			if _, err := w.drive(ctx); err != nil {
				return err
			}
			result, err := macie.LastScan(ctx, w.clients(), w.options().ScanImagesOptions)
			if n := result.States[macie.StateFailed]; err == nil && n > 0 {
				err = fmt.Errorf("%d images failed", n)
			}
			return err
		},
		State: func(w *eventWorld) string {
			return fmt.Sprintf("%s\n%s\n%d sync\n%d jobs", w.verdicts(), w.billed(), w.syncPages(), w.macie.Jobs())
		},
	}
}

// TestScanEventsProof kills the handlers at each of their calls, and disturbs these.
func TestScanEventsProof(t *testing.T) {
	sweep(t)
	proof := eventsProof(nil)
	t.Run("converges", proof.Converges)
	t.Run("converges twice", proof.ConvergesTwice)
	t.Run("retries", proof.Retries)
	proof.State = func(w *eventWorld) string { return w.verdicts() } // an image that failed takes another job
	t.Run("failures", proof.Failures)
}

func TestScanEventsProofMessages(t *testing.T) {
	sweep(t)
	for name, mangle := range map[string]func([]string) []string{"twice": twice, "lost": lost} {
		t.Run(name, eventsProof(mangle).Converges)
	}
}

// TestScanEventsAnyOrder has several calls at a time.
func TestScanEventsAnyOrder(t *testing.T) {
	proof := eventsProof(twice)
	start := proof.Start
	proof.Start = func(c *awstest.Cloud) *eventWorld {
		w := start(c)
		tune := w.tune
		w.tune = func(o *macie.ScanEventsOptions) {
			tune(o)
			o.Concurrency = 4
		}
		return w
	}
	proof.AnyOrder(40)(t)
}
