package macie_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
)

// TestScanChangedBetweenRanges changes a file of which the beginning was read, and
// the end is not: it is looked at anew, up to three times.
func TestScanChangedBetweenRanges(t *testing.T) {
	for _, times := range []int{2, 3} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(awstest.New(t))
			long := strings.Repeat(plain+lineBreak, 5000)
			w.put("a.pdf", pdfOf(plain, long))
			gets, changes := 0, 0
			w.Inject(awstest.Fault{Operation: "S3.GetObject", Match: func(c awstest.Call) bool {
				if ofResults(c) {
					return false
				}
				if gets++; gets%2 == 0 && changes < times { // the second range
					changes++
					w.put("a.pdf", pdfOf(card, long, strings.Repeat("x", changes)))
				}
				return false
			}})
			result, err := macie.ScanImages(t.Context(), w.clients(), w.options())
			if times == 3 {
				if i := imagesOf(t, result)["a.pdf"]; !errors.Is(err, macie.ErrFailedImages) || !strings.Contains(i.Reason, "changed 3 times") {
					t.Errorf("got %s: %q, %v", i.State, i.Reason, err)
				}
				return
			}
			wantStates(t, result, "a.pdf finding")
			if err != nil || changes != times {
				t.Errorf("%v, changed %d times", err, changes)
			}
		})
	}
}
