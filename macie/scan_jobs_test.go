package macie_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	macietypes "github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
	macie2 "github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/macie"
)

// TestScanProofWait has all analysis records lost, of several jobs: they are waited
// for at the same time.
func TestScanProofWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.macie.Export(account, region, exports, "", kmsKey)
		const jobs = 6
		var lost []macie2.Outcome
		for n := range jobs {
			w.put(fmt.Sprintf("%d.png", n), pngOf(plain))
			lost = append(lost, macie2.Outcome{LoseRecords: true})
		}
		w.macie.Outcomes(lost...)
		opts := w.options()
		opts.ImagesPerJob = 1
		begun := time.Now()
		result := w.mustScan(t, opts)
		if took := time.Since(begun); took > 35*time.Minute || took < 30*time.Minute { // a job takes 15
			t.Errorf("it took %v", took)
		}
		if result.States[macie.StateUnproven] != jobs || len(result.Jobs) != jobs {
			t.Errorf("got %v", result)
		}
	})
}

// TestScanTextGone has the lifecycle rule of the results expire the texts while the
// job is paused. What Macie has found is a finding all the same.
func TestScanTextGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		w.macie.Outcomes(macie2.Outcome{Ends: macietypes.JobStatusPaused, Reached: func(string, string) bool { return true }})
		opts := w.options()
		opts.Progress = func(p macie.ScanProgress) {
			if p.Job != nil && p.Job.Status == "PAUSED" {
				w.expire()
			}
		}
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); !errors.Is(err, macie.ErrJobStopped) {
			t.Fatalf("got %v", err)
		}
		result, err := macie.ScanImages(t.Context(), w.clients(), opts)
		if !errors.Is(err, macie.ErrJobStopped) {
			t.Fatalf("got %v", err)
		}
		w.macie.Resume(result.Jobs[0].ID)
		result = w.mustScan(t, opts)
		i := imagesOf(t, result)["a.png"]
		if i.State != macie.StateFinding || len(i.Findings) != 1 || i.Findings[0].Count != 1 || !strings.Contains(i.Reason, "gone from the results bucket") {
			t.Errorf("got %+v", i)
		}
	})
}
