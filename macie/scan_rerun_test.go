package macie_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	macietypes "github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
	macie2 "github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// rerun is a world that was scanned once.
func rerun(t *testing.T, exported bool) (*world, macie.ScanImagesResult) {
	w := newWorld(awstest.New(t))
	if exported {
		w.macie.Export(account, region, exports, "", kmsKey)
	}
	w.put("a.png", pngOf(card))
	w.put("b.pdf", pdfOf(plain, plain))
	w.put("c.png", pngOf())
	w.put("d", []byte("no image"))
	w.put("e.txt", []byte("text"))
	return w, w.mustScan(t, w.options())
}

// cost returns what the scans of f made Textract and Macie do.
func (w *world) cost(f func()) (pages textract.Pages, jobs int) {
	pages, jobs = w.textract.BilledTotal(), w.macie.Jobs()
	f()
	now := w.textract.BilledTotal()
	return textract.Pages{Sync: now.Sync - pages.Sync, Async: now.Async - pages.Async}, w.macie.Jobs() - jobs
}

func TestRescan(t *testing.T) {
	const rest = "d skipped|e.txt skipped"
	tests := []struct {
		name     string
		exported bool
		change   func(w *world, o *macie.ScanImagesOptions)
		states   string
		pages    textract.Pages
		jobs     int
		kept     int64 // of the images with a verdict of the first run
	}{
		{"of the same", true, nil, "a.png finding|b.pdf clean|c.png no text|" + rest, textract.Pages{}, 0, 3},
		{"of the same, without an export", false, nil, "a.png finding|b.pdf unproven|c.png no text|" + rest, textract.Pages{}, 0, 3},
		{"in another order of sources", true, func(_ *world, o *macie.ScanImagesOptions) {
			o.Concurrency, o.ImagesPerJob = 1, 1
		}, "a.png finding|b.pdf clean|c.png no text|" + rest, textract.Pages{}, 0, 3},
		{"for other identifiers", true, func(_ *world, o *macie.ScanImagesOptions) { o.Identifiers = onlyPhones },
			"a.png clean|b.pdf clean|c.png no text|" + rest, textract.Pages{}, 1, 0},
		{"of a changed image", true, func(w *world, _ *macie.ScanImagesOptions) { w.put("b.pdf", pdfOf(card, plain, plain)) },
			"a.png finding|b.pdf finding|c.png no text|" + rest, textract.Pages{Async: 3}, 1, 2},
		{"of an image that has gone", true, func(w *world, _ *macie.ScanImagesOptions) { w.s3.Delete(scans, "a.png") },
			"b.pdf clean|c.png no text|" + rest, textract.Pages{}, 0, 2},
		{"of a new image", true, func(w *world, _ *macie.ScanImagesOptions) { w.put("0.png", pngOf(plain)) },
			"0.png clean|a.png finding|b.pdf clean|c.png no text|" + rest, textract.Pages{Sync: 1}, 1, 3},
		{"with an export since", false, func(w *world, _ *macie.ScanImagesOptions) { w.macie.Export(account, region, exports, "", kmsKey) },
			"a.png finding|b.pdf clean|c.png no text|" + rest, textract.Pages{}, 1, 2},
		{"without the export since", true, func(w *world, _ *macie.ScanImagesOptions) {
			w.macie = macie2.New(w.Cloud, w.s3)
			w.macie.Enable(account, region)
		},
			"a.png finding|b.pdf clean|c.png no text|" + rest, textract.Pages{}, 0, 3},
		{"after the texts have expired", true, func(w *world, _ *macie.ScanImagesOptions) { w.expire() },
			"a.png finding|b.pdf clean|c.png no text|" + rest, textract.Pages{}, 0, 3},
		{"for other identifiers after the texts have expired", true, func(w *world, o *macie.ScanImagesOptions) {
			w.expire()
			o.Identifiers = onlyPhones
		}, "a.png clean|b.pdf clean|c.png no text|" + rest, textract.Pages{Sync: 2, Async: 0}, 1, 0}, // Textract knows its job for 7 days
		{"for other identifiers after all has expired", true, func(w *world, o *macie.ScanImagesOptions) {
			w.expire()
			time.Sleep(8 * 24 * time.Hour)
			o.Identifiers = onlyPhones
		}, "a.png clean|b.pdf clean|c.png no text|" + rest, textract.Pages{Sync: 2, Async: 2}, 1, 0},
		{"with another detector", true, func(_ *world, o *macie.ScanImagesOptions) { o.Detector = macie.PatternDetector() },
			"a.png finding|b.pdf clean|c.png no text|" + rest, textract.Pages{}, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, first := rerun(t, test.exported)
				opts := w.options()
				if test.change != nil {
					test.change(w, &opts)
				}
				var again macie.ScanImagesResult
				pages, jobs := w.cost(func() { again = w.mustScan(t, opts) })
				if pages != test.pages || jobs != test.jobs {
					t.Errorf("pages %+v and %d jobs, want %+v and %d", pages, jobs, test.pages, test.jobs)
				}
				wantStates(t, again, strings.Split(test.states, "|")...)
				kept := int64(0)
				for key, i := range imagesOf(t, again) {
					if i.Run == first.Run && i.State != macie.StateSkipped {
						kept++
					} else if i.Run != first.Run && i.Run != again.Run {
						t.Errorf("the verdict on %s is of run %q", key, i.Run)
					}
				}
				if kept != test.kept {
					t.Errorf("%d images kept their verdict, want %d", kept, test.kept)
				}
				third := w.mustScan(t, opts)
				pages, jobs = w.cost(func() { third = w.mustScan(t, opts) })
				if pages != (textract.Pages{}) || jobs != 0 || third.States[macie.StateFinding] != again.States[macie.StateFinding] {
					t.Errorf("a scan more cost %+v and %d jobs: %v", pages, jobs, third.States)
				}
			})
		})
	}
}

var onlyPhones = macie.Identifiers{Selector: "INCLUDE", Managed: []string{"PHONE_NUMBER"}}

// expire deletes what the lifecycle rule of the results bucket deletes.
func (w *world) expire() {
	for key := range w.content(results) {
		w.s3.Delete(results, key)
	}
}

// TestRescanFailed tries again what failed, and nothing else.
func TestRescanFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		w.put("b.pdf", pdfOf(plain, "BROKEN"))
		w.put("c.png", []byte("no image"))
		result, err := macie.ScanImages(t.Context(), w.clients(), w.options())
		if !errors.Is(err, macie.ErrFailedImages) {
			t.Errorf("got %v", err)
		}
		wantStates(t, result, "a.png finding", "b.pdf unproven", "c.png failed")
		w.put("c.png", pngOf(card))
		pages, jobs := w.cost(func() { result = w.mustScan(t, w.options()) })
		wantStates(t, result, "a.png finding", "b.pdf unproven", "c.png finding")
		if pages != (textract.Pages{Sync: 1}) || jobs != 1 {
			t.Errorf("pages %+v, %d jobs", pages, jobs)
		}
	})
}

// TestRescanFailedJob has a job of Textract that fails: its token would be answered
// with the same job for seven days, so the next scan takes another one.
func TestRescanFailedJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		w := newWorldReading(t, func([]byte) bool { return broken })
		w.put("a.pdf", pdfOf(card, plain))
		if _, err := macie.ScanImages(t.Context(), w.clients(), w.options()); !errors.Is(err, macie.ErrFailedImages) {
			t.Fatalf("got %v", err)
		}
		broken = false
		wantStates(t, w.mustScan(t, w.options()), "a.pdf finding")
	})
}

// TestResumedJobs stops a run between two jobs, of which the first was cancelled:
// the process that goes on tells of both.
func TestResumedJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		for _, key := range []string{"a.png", "b.png", "c.png"} {
			w.put(key, pngOf(plain))
		}
		w.macie.Outcomes(macie2.Outcome{Duration: time.Minute, Ends: macietypes.JobStatusCancelled}, macie2.Outcome{Duration: time.Hour})
		opts := w.options()
		opts.ImagesPerJob = 2
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
		defer cancel()
		first, err := macie.ScanImages(ctx, w.clients(), opts)
		if !errors.Is(err, context.DeadlineExceeded) || first.Run == "" {
			t.Errorf("got %+v, %v", first, err)
		}
		result, err := macie.ScanImages(t.Context(), w.clients(), opts)
		if !errors.Is(err, macie.ErrJobStopped) || len(result.Jobs) != 2 || result.Run != first.Run {
			t.Errorf("got %v, jobs %+v", err, result.Jobs)
		}
		images := 0
		for _, j := range result.Jobs {
			images += j.Images
		}
		if images != 3 || w.macie.Jobs() != 2 {
			t.Errorf("%d images in %+v, %d jobs", images, result.Jobs, w.macie.Jobs())
		}
	})
}

// TestResumedWithoutImage deletes images while a run is stopped.
func TestResumedWithoutImage(t *testing.T) {
	for _, gone := range []string{"a.png", "b.png", "c.png"} {
		for _, operation := range []string{"Textract.DetectDocumentText", "Macie2.CreateClassificationJob"} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				for _, key := range []string{"a.png", "b.png", "c.png"} {
					w.put(key, pngOf(card))
				}
				opts := w.options()
				opts.Concurrency = 1
				w.Inject(awstest.Fault{Operation: operation, Times: 1, Err: awstest.Denied(), Match: func(c awstest.Call) bool {
					return operation != "Textract.DetectDocumentText" || w.paidCalls() == 2
				}})
				if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil {
					t.Fatal("no error")
				}
				w.s3.Delete(scans, gone)
				result, err := macie.ScanImages(t.Context(), w.clients(), opts)
				checkSum(t, result)
				if result.Pending != 0 {
					t.Errorf("%s was deleted while the run was stopped at %s: %v, %d pending of %d, %v", gone, operation, result.States, result.Pending, result.Listed, err)
				}
				for _, key := range []string{"a.png", "b.png", "c.png"} {
					if i := imagesOf(t, result)[key]; key != gone && i.State != macie.StateFinding {
						t.Errorf("%s is %s", key, i.State)
					}
				}
				next := w.mustScan(t, opts)
				if next.Listed != 2 || next.States[macie.StateFinding] != 2 {
					t.Errorf("then %v of %d", next.States, next.Listed)
				}
			})
		}
	}
}

// newWorldReading has a Textract that cannot read what is broken.
func newWorldReading(t *testing.T, broken func(content []byte) bool) *world {
	w := newWorld(awstest.New(t))
	w.textract = textract.New(w.Cloud, w.s3, func(content []byte) ([]ocr.Page, error) {
		if broken(content) {
			return nil, errors.New("broken")
		}
		return readText(content)
	})
	return w
}

// TestRescanReadsNothing: of what is unchanged, nothing is read again, neither of
// images nor of what was found to be none.
func TestRescanReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := rerun(t, true)
		begin := len(w.Calls())
		w.mustScan(t, w.options())
		for _, call := range w.Calls()[begin:] {
			if call.Service == "S3" && call.Operation != "ListObjectsV2" {
				t.Error(call)
			}
		}
	})
}
