package macie_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
)

// TestScanCeilingOfGoneImages: what was paid for counts against the ceiling of its
// run, also if the image is gone.
func TestScanCeilingOfGoneImages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		w.put("b.png", pngOf()) // has its state before the run is stopped
		opts := w.options()
		opts.MaxPages = 3
		w.Inject(awstest.Fault{Operation: "Macie2.CreateClassificationJob", Times: 1, Err: awstest.Denied()})
		first, err := macie.ScanImages(t.Context(), w.clients(), opts)
		if err == nil || first.Pages != 2 {
			t.Fatalf("got %v, %d pages", err, first.Pages)
		}
		w.s3.Delete(scans, "a.png")
		w.s3.Delete(scans, "b.png")
		w.put("c.png", pngOf(card))
		w.put("d.png", pngOf(card))
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); !errors.Is(err, awspatterns.ErrCeiling) || w.textract.BilledTotal().Sync != 2 {
			t.Errorf("got %v, billed %+v", err, w.textract.BilledTotal())
		}
		w.s3.Delete(scans, "d.png")
		if result := w.mustScan(t, opts); result.Run != first.Run || result.Pages != 3 {
			t.Errorf("got %v", result)
		}
	})
}
