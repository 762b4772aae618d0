package macie_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// stoppedScan is a world whose scan was stopped at a call.
func stoppedScan(t *testing.T, operation string, opts func(*world) macie.ScanImagesOptions, keys ...string) *world {
	t.Helper()
	w := newWorld(awstest.New(t))
	for _, key := range keys {
		w.put(key, pngOf(card))
	}
	hits := w.Inject(awstest.Fault{Operation: operation, Times: 1, Err: awstest.Denied()})
	if _, err := macie.ScanImages(t.Context(), w.clients(), opts(w)); err == nil || hits() != 1 {
		t.Fatalf("it was not stopped: %v", err)
	}
	return w
}

// TestResumedWithImagesBefore goes on with a run in which images have come before
// those that were assigned: the job that these have is not begun without them.
func TestResumedWithImagesBefore(t *testing.T) {
	options := func(w *world) macie.ScanImagesOptions {
		opts := w.options()
		opts.Concurrency, opts.ImagesPerJob = 1, 2
		return opts
	}
	synctest.Test(t, func(t *testing.T) {
		w := stoppedScan(t, "Textract.DetectDocumentText", options, "b.png")
		for _, key := range []string{"a1.png", "a2.png", "a3.png", "a4.png", "a5.png", "a6.png"} {
			w.put(key, pngOf(card))
		}
		result := w.mustScan(t, options(w))
		if result.Pending != 0 || result.States[macie.StateFinding] != 7 {
			t.Errorf("got %v", result)
		}
	})
}

// TestScanForgetsGoneImages: of an image that an earlier run did not read, and that
// is gone, a new run tells nothing.
func TestScanForgetsGoneImages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := stoppedScan(t, "Textract.DetectDocumentText", (*world).options, "a.png")
		w.s3.Delete(scans, "a.png")
		w.put("b.png", pngOf(card))
		opts := w.options()
		opts.Identifiers = onlyPhones // begins a new run
		var last macie.ScanProgress
		opts.Progress = func(p macie.ScanProgress) {
			if last = p; p.Image != nil && p.Image.Key != "b.png" {
				t.Errorf("it tells of %s: %s", p.Image.Key, p.Image.Reason)
			}
		}
		if result := w.mustScan(t, opts); result.Listed != 1 || last.Done != 1 {
			t.Errorf("got %v, %d done", result, last.Done)
		}
	})
}

// TestEstimateStopped: what was read before a run was stopped is not read again by
// it, also if the results have expired meanwhile.
func TestEstimateStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := stoppedScan(t, "Macie2.CreateClassificationJob", (*world).options, "a.png")
		w.expire()
		estimate, err := macie.EstimateScan(t.Context(), w.clients(), w.options())
		if err != nil || estimate.Pages != 0 || estimate.Images != 0 || estimate.Listed != 1 {
			t.Errorf("got %+v, %v", estimate, err)
		}
	})
}

// A refusingStore does not write a record.
type refusingStore struct {
	state.Store
	key string
	err error
}

func (s refusingStore) Put(ctx context.Context, records []state.Record) error {
	for _, r := range records {
		if r.Key == s.key {
			return s.err
		}
	}
	return s.Store.Put(ctx, records)
}

// TestScanStoreRefuses cannot write the last of what is known from the listing alone.
func TestScanStoreRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf())
		w.put("b.txt", []byte("text"))
		full := errors.New("disk full")
		opts := w.options()
		opts.Store = refusingStore{w.store, "b.txt", full}
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		wantStates(t, w.mustScan(t, w.options()), "a.png no text", "b.txt skipped")
	})
}

// TestResumedJobsAreNoLarger: images that had their state before a run was stopped
// keep their places, so that no job gets more than ImagesPerJob.
func TestResumedJobsAreNoLarger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf())
		w.put("b.png", pngOf())
		for _, key := range []string{"c.png", "d.png", "e.png", "f.png"} {
			w.put(key, pngOf(card))
		}
		opts := w.options()
		opts.Concurrency, opts.ImagesPerJob = 1, 2
		w.Inject(awstest.Fault{Operation: "Textract.DetectDocumentText", Skip: 2, Times: 1, Err: awstest.Denied()})
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil {
			t.Fatal("it was not stopped")
		}
		result := w.mustScan(t, opts)
		if len(result.Jobs) != 2 || result.Jobs[0].Images != 2 || result.Jobs[1].Images != 2 {
			t.Errorf("got %+v", result.Jobs)
		}
	})
}
