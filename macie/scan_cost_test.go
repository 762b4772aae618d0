package macie_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
)

// unknownPDF is one that does not tell its pages in few reads: its table is gone.
func unknownPDF(pages ...string) []byte {
	text := string(pdfOf(pages...))
	return []byte(strings.Replace(text, "startxref", "startxxxx", 1))
}

func costWorld(t *testing.T) *world {
	w := newWorld(awstest.New(t))
	w.put("a.png", pngOf(card))
	w.put("b.jpg", jpegOf(plain))
	w.put("c.tif", tiffOf(plain, plain, plain))
	w.put("d.pdf", pdfOf(plain, plain, plain, plain, card))
	w.put("e.txt", []byte("text"))
	w.put("f.png", []byte("no image"))
	return w
}

const costPages = 1 + 1 + 3 + 5

func TestEstimateScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := costWorld(t)
		w.put("g.pdf", unknownPDF(plain))
		opts := w.options()
		opts.Prices.Page = 0.0015
		estimate := func() macie.ScanEstimate {
			e, err := macie.EstimateScan(t.Context(), w.clients(), opts)
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		want := macie.ScanEstimate{Listed: 7, Images: 5, Pages: costPages + 3000, Unknown: 1}
		wantEstimate(t, estimate(), want)
		if n := w.paidCalls(); n != 0 {
			t.Errorf("the estimate made %d calls that cost", n)
		}
		if len(w.content(results)) != 0 {
			t.Error("the estimate wrote something")
		}
		_, _ = macie.ScanImages(t.Context(), w.clients(), opts) // f.png fails
		wantEstimate(t, estimate(), macie.ScanEstimate{Listed: 7})

		opts.Identifiers.Selector = "ALL"
		wantEstimate(t, estimate(), macie.ScanEstimate{Listed: 7, Kept: 5})
		w.put("a.png", pngOf(plain))
		wantEstimate(t, estimate(), macie.ScanEstimate{Listed: 7, Kept: 4, Images: 1, Pages: 1})
	})
}

func wantEstimate(t *testing.T, got, want macie.ScanEstimate) {
	t.Helper()
	want.Costs = []awspatterns.Cost{{Item: "text detection", Unit: "page", Quantity: float64(want.Pages), Price: 0.0015}}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestScanCeiling(t *testing.T) {
	tests := []struct {
		name  string
		set   func(o *macie.ScanImagesOptions)
		error string // empty if it is within
	}{
		{"as many pages", func(o *macie.ScanImagesOptions) { o.MaxPages = costPages }, ""},
		{"a page less", func(o *macie.ScanImagesOptions) { o.MaxPages = costPages - 1 }, "up to 10 more would be; the ceiling is 9 pages"},
		{"as much money", func(o *macie.ScanImagesOptions) { o.MaxCost, o.Prices.Page = 0.015, 0.0015 }, ""},
		{"a little less", func(o *macie.ScanImagesOptions) { o.MaxCost, o.Prices.Page = 0.0149, 0.0015 }, "up to 10 more would be; the ceiling is 0.0149 for pages at 0.0015"},
		{"both, of which money is the lower", func(o *macie.ScanImagesOptions) { o.MaxPages, o.MaxCost, o.Prices.Page = 100, 0.003, 0.0015 }, "the ceiling is 0.003"},
		{"both, of which pages are the lower", func(o *macie.ScanImagesOptions) { o.MaxPages, o.MaxCost, o.Prices.Page = 2, 100, 0.0015 }, "the ceiling is 2 pages"},
		{"less than a page", func(o *macie.ScanImagesOptions) { o.MaxCost, o.Prices.Page = 0.001, 0.0015 }, "the ceiling is 0.001"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := costWorld(t)
				w.s3.Delete(scans, "f.png")
				opts := w.options()
				test.set(&opts)
				result, err := macie.ScanImages(t.Context(), w.clients(), opts)
				if test.error == "" {
					if err != nil || result.Pages != costPages {
						t.Errorf("got %d pages, %v", result.Pages, err)
					}
					countedFirst(t, w)
					return
				}
				if !errors.Is(err, awspatterns.ErrCeiling) || !strings.Contains(err.Error(), test.error) {
					t.Errorf("got %v, want %q", err, test.error)
				}
				if n := w.paidCalls(); n != 0 || result.Pages != 0 {
					t.Errorf("%d calls that cost, %d pages", n, result.Pages)
				}
			})
		})
	}
}

// countedFirst checks that every image was looked at before the first page was paid
// for.
func countedFirst(t *testing.T, w *world) {
	t.Helper()
	looked := map[string]bool{}
	for _, call := range w.Calls() {
		if call.Name() == "S3.GetObject" && !ofResults(call) {
			looked[call.Target[strings.LastIndex(call.Target, "/"):]] = true
		}
		if call.Service == "Textract" {
			break
		}
	}
	if len(looked) != 4 {
		t.Errorf("before the first page was paid for, these were looked at: %v", looked)
	}
}

// TestScanCeilingPassed has images that come, and grow, after they were counted.
func TestScanCeilingPassed(t *testing.T) {
	tests := []struct {
		name   string
		change func(w *world)
		max    int64
		most   textract.Pages
	}{
		{"more images", func(w *world) {
			for n := range 5 {
				w.put(fmt.Sprintf("z%d.png", n), pngOf(card))
			}
		}, 12, textract.Pages{Sync: 12}},
		{"an image that grows", func(w *world) { w.put("d.pdf", pdfOf(slices.Repeat([]string{plain}, 20)...)) }, 12, textract.Pages{Sync: 12}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := costWorld(t)
				w.s3.Delete(scans, "f.png")
				opts := w.options()
				opts.MaxPages, opts.Concurrency = test.max, 1
				lists := 0
				w.Inject(awstest.Fault{Operation: "S3.ListObjectsV2", Match: func(awstest.Call) bool {
					if lists++; lists == 2 { // the first counts
						test.change(w)
					}
					return false
				}})
				result, err := macie.ScanImages(t.Context(), w.clients(), opts)
				if !errors.Is(err, awspatterns.ErrCeiling) {
					t.Errorf("got %v", err)
				}
				billed := w.textract.BilledTotal()
				if billed.Sync+billed.Async > int(test.max) || billed.Sync+billed.Async == 0 || result.Pages > test.max {
					t.Errorf("billed %+v under a ceiling of %d, the result says %d", billed, test.max, result.Pages)
				}
				checkSum(t, result)

				opts.MaxPages = 100 // goes on, and counts what was paid for
				result = w.mustScan(t, opts)
				billed = w.textract.BilledTotal()
				if got := int64(billed.Sync + billed.Async); result.Pages != got || result.Pending != 0 {
					t.Errorf("billed %d, the result says %d, %d pending", got, result.Pages, result.Pending)
				}
			})
		})
	}
}

// TestScanCeilingResumed stops a run and goes on under a ceiling that counts what
// was read before.
func TestScanCeilingResumed(t *testing.T) {
	for _, max := range []int64{costPages, costPages - 1} {
		synctest.Test(t, func(t *testing.T) {
			w := costWorld(t)
			w.s3.Delete(scans, "f.png")
			opts := w.options()
			opts.Concurrency = 1
			stop := w.Inject(awstest.Fault{Operation: "Macie2.CreateClassificationJob", Times: 1, Err: awstest.Denied()})
			first, err := macie.ScanImages(t.Context(), w.clients(), opts)
			if err == nil || stop() != 1 || first.Pages != costPages {
				t.Fatalf("got %v, %d pages", err, first.Pages)
			}
			w.put("g.png", pngOf(plain))
			opts.MaxPages = max
			result, err := macie.ScanImages(t.Context(), w.clients(), opts)
			if !errors.Is(err, awspatterns.ErrCeiling) || !strings.Contains(err.Error(), fmt.Sprintf("%d pages are read or being read, and up to 1 more would be", costPages)) {
				if max == costPages || err == nil {
					t.Errorf("ceiling %d: got %v", max, err)
				}
			}
			if result.Run != first.Run || result.Pages != costPages {
				t.Errorf("got %d pages", result.Pages)
			}
			opts.MaxPages = costPages + 1
			if result := w.mustScan(t, opts); result.Run != first.Run || result.Pages != costPages+1 || w.paidCalls() != 5+2 { // the job of the first images takes no more
				t.Errorf("got %d pages, %d calls that cost", result.Pages, w.paidCalls())
			}
		})
	}
}

// TestScanCountsPages: pages that were paid for are in the result, also if the image
// changed since they were read, and in the progress.
func TestScanCountsPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		w.put("b.pdf", pdfOf(plain, plain))
		w.Inject(awstest.Fault{Operation: "Macie2.CreateClassificationJob", Times: 1, Err: awstest.Denied()})
		opts := w.options()
		var told int64
		opts.Progress = func(p macie.ScanProgress) { told = p.Pages }
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil {
			t.Fatal("the job was refused, and there is no error")
		}
		if told != 3 {
			t.Errorf("3 pages were read, and the progress tells %d", told)
		}
		w.put("a.png", pngOf(plain))
		if result := w.mustScan(t, opts); result.Pages != 4 || w.textract.BilledTotal() != (textract.Pages{Sync: 2, Async: 2}) {
			t.Errorf("the result counts %d pages, and billed are %+v", result.Pages, w.textract.BilledTotal())
		}
	})
}

// TestEstimateScanErrors estimates for buckets that cannot be listed.
func TestEstimateScanErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := costWorld(t)
		w.s3.CreateBucket("theirs", s3.Bucket{Owner: "210987654321", Region: region})
		for _, source := range []macie.ImageSource{{Bucket: "no-such-bucket"}, {Bucket: "theirs"}, {Bucket: scans, Owner: "210987654321"}} {
			opts := w.options()
			opts.Sources = []macie.ImageSource{source}
			if _, err := macie.EstimateScan(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "s3://"+source.Bucket) {
				t.Errorf("%+v: got %v", source, err)
			}
		}
	})
}
