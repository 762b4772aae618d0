package macie_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// listMany answers listings of the source bucket with n keys that are made as they
// are listed. Those that are in the stand-in for S3 are images.
func listMany(w *world, n int) {
	images := map[string]s3.Stored{}
	c, _ := w.s3.Contents(scans, func(string) bool { return true })
	for _, o := range c.Objects {
		images[o.Key] = o
	}
	awstest.Handle(w.Cloud, func(_ context.Context, in *s3sdk.ListObjectsV2Input) (*s3sdk.ListObjectsV2Output, error) {
		from := 0
		if in.ContinuationToken != nil {
			token, _ := base64.StdEncoding.DecodeString(*in.ContinuationToken)
			from, _ = strconv.Atoi(string(token))
		}
		to := min(from+1000, n)
		out := &s3sdk.ListObjectsV2Output{IsTruncated: aws.Bool(to < n)}
		if to < n {
			out.NextContinuationToken = aws.String(base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(to))))
		}
		for i := from; i < to; i++ {
			o := s3types.Object{Key: aws.String(objectKey(i, "txt")), ETag: aws.String(`"0123456789abcdef0123456789abcdef"`), Size: aws.Int64(1000)}
			if image, ok := images[objectKey(i, "png")]; ok {
				o.Key, o.ETag, o.Size = aws.String(image.Key), &image.ETag, aws.Int64(int64(len(image.Body)))
			}
			out.Contents = append(out.Contents, o)
		}
		return out, nil
	})
}

func objectKey(n int, extension string) string {
	return fmt.Sprintf("archive/2026/department-%03d/%07d.%s", n/1000, n, extension)
}

// liveHeap returns how many bytes of the heap are in use.
func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestScanMillion lists a million objects with a store in a file.
func TestScanMillion(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("a million objects")
	}
	const objects, images, maxHeap = 1_000_000, 20, 100 << 20
	store, err := state.OpenFile(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.LogLimit, w.MaxCalls, w.store = -1, 10*objects, store
		for n := range images {
			w.put(objectKey(n*5000+7, "png"), pngOf(card))
		}
		listMany(w, objects)
		opts := w.options()
		before, most := liveHeap(), int64(0)
		opts.Progress = func(p macie.ScanProgress) {
			if p.Image == nil && p.Job == nil && p.Listed%100_000 < 1000 {
				most = max(most, liveHeap()-before)
			}
		}
		result := w.mustScan(t, opts)
		most = max(most, liveHeap()-before)
		if result.Listed != objects || result.States[macie.StateFinding] != images || result.States[macie.StateSkipped] != objects-images {
			t.Errorf("got %v of %d", result.States, result.Listed)
		}
		t.Logf("%v; %.1f MiB of heap", result, float64(most)/(1<<20))
		if most > maxHeap {
			t.Errorf("%d bytes of heap for %d objects, want up to %d", most, objects, maxHeap)
		}
		if w.macie.Jobs() != 1 || w.textract.BilledTotal().Sync != images {
			t.Errorf("%d jobs, billed %+v", w.macie.Jobs(), w.textract.BilledTotal())
		}
	})
}

// TestScanQuota reads images as fast as the quota of Textract allows, and meets it
// hardly ever.
func TestScanQuota(t *testing.T) {
	if underRace {
		t.Skip("thousands of images")
	}
	const warmUp = 9 * time.Second
	for name, kind := range map[string]textract.Kind{"sliding window": textract.SlidingWindow, "token bucket": textract.TokenBucket} {
		for tps, images := range map[float64]int{1: 150, 25: 1500, 200: 6000} {
			t.Run(fmt.Sprintf("%s of %g", name, tps), func(t *testing.T) {
				testQuota(t, kind, tps, images, warmUp)
			})
		}
	}
}

func testQuota(t *testing.T, kind textract.Kind, tps float64, images int, warmUp time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.LogLimit, w.MaxCalls = -1, 100*images
		w.textract.Quotas = textract.Quotas{DetectTPS: tps, Kind: kind}
		w.Latency = 30 * time.Millisecond
		content := pngOf()
		for n := range images {
			w.put(fmt.Sprintf("%05d.png", n), content)
		}
		opts := w.options()
		opts.Quotas.Detect, opts.Concurrency = tps, 256
		var first, last time.Time // after the warm-up, and of the last page
		var warm, pages int64
		begun := time.Now()
		opts.Progress = func(p macie.ScanProgress) {
			if p.Pages == pages {
				return
			}
			if last, pages = time.Now(), p.Pages; first.IsZero() && time.Since(begun) > warmUp {
				first, warm = last, pages
			}
		}
		result := w.mustScan(t, opts)
		calls, took := w.textract.Calls("DetectDocumentText"), last.Sub(first).Seconds()
		if result.Pages != int64(images) || calls.Accepted != images {
			t.Errorf("%d pages, %+v", result.Pages, calls)
		}
		if used := float64(pages-warm) / took / tps; used < 0.95 || used > 1.02 {
			t.Errorf("%.1f %% of the quota were used", 100*used)
		}
		if calls.Throttled*100 > images {
			t.Errorf("%d of %d calls were throttled", calls.Throttled, images)
		}
	})
}
