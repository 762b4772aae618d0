package macie_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A moody detector fails when it is told to.
type moody struct {
	macie.Detector
	err   func() error
	found []macie.Detection
}

func (d *moody) ID() string { return "moody" }

func (d *moody) Detect(context.Context, ocr.Document) ([]macie.Detection, error) {
	if d.err != nil {
		if err := d.err(); err != nil {
			return nil, err
		}
	}
	return d.found, nil
}

// TestScanDetectorFails tries again what a Detector failed at.
func TestScanDetectorFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		broken := errors.New("not today")
		d := &moody{err: func() error { return broken }, found: []macie.Detection{{Type: "CARD", Span: ocr.Span{Line: 1}}}}
		opts := w.options()
		opts.Detector = d
		result, err := macie.ScanImages(t.Context(), w.clients(), opts)
		if !errors.Is(err, macie.ErrFailedImages) {
			t.Errorf("got %v", err)
		}
		wantStates(t, result, "a.png failed")
		broken = nil
		wantStates(t, w.mustScan(t, opts), "a.png finding")
		if got := w.textract.BilledTotal().Sync; got != 1 {
			t.Errorf("%d pages", got)
		}
	})
}

// TestScanLargeVerdicts has verdicts that are larger than a record can be: one image
// must not keep the others from being scanned.
func TestScanLargeVerdicts(t *testing.T) {
	var many []macie.Detection
	for kind := range 1000 {
		for range 20 {
			many = append(many, macie.Detection{Type: fmt.Sprint("KIND", kind), Span: ocr.Span{Line: 1}})
		}
	}
	var long []string
	for n := range 5000 {
		long = append(long, fmt.Sprint("line ", n))
	}
	for _, test := range []struct {
		name  string
		lines []string
		d     *moody
		state macie.State
	}{
		{"many kinds", []string{card}, &moody{found: many}, macie.StateFinding},
		{"many lines", long, &moody{found: []macie.Detection{{Type: "ADDRESS", Span: ocr.Span{Line: 1, EndLine: 5000}}}}, macie.StateFinding},
		{"a long error", []string{card}, &moody{err: func() error { return errors.New(strings.Repeat("é<", 400_000)) }}, macie.StateFailed},
		{"a kind with a long name", []string{card}, &moody{found: []macie.Detection{{Type: strings.Repeat("é", 400_000), Span: ocr.Span{Line: 1}}}}, macie.StateFinding},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				w.put("a.png", pngOf(test.lines...))
				opts := w.options()
				opts.Detector = test.d
				result, err := macie.ScanImages(t.Context(), w.clients(), opts)
				if test.state == macie.StateFinding && err != nil || test.state == macie.StateFailed && !errors.Is(err, macie.ErrFailedImages) {
					t.Fatalf("got %.200s", fmt.Sprint(err))
				}
				i := imagesOf(t, result)["a.png"]
				if i.State != test.state {
					t.Fatalf("got %s", i.State)
				}
				switch {
				case strings.Contains(test.name, "long name"):
					if i.Findings != nil || !strings.Contains(i.Reason, "1 kinds of data were found") {
						t.Errorf("%d findings, %q", len(i.Findings), i.Reason)
					}
				case test.state == macie.StateFinding:
					kinds, count := map[string]bool{}, int64(0)
					for _, d := range test.d.found {
						kinds[d.Type] = true
					}
					for _, f := range i.Findings {
						count += f.Count
					}
					if len(i.Findings) != len(kinds) || count != int64(len(test.d.found)) {
						t.Errorf("%d findings with %d occurrences, want %d with %d", len(i.Findings), count, len(kinds), len(test.d.found))
					}
				}
			})
		})
	}
}
