package macie_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// hostileKeys are keys as buckets have them.
func hostileKeys() []string {
	long := strings.Repeat("long/", 140) // 700 bytes
	return []string{
		" .png", "a b  c.png", "a+b%20%2B.png", "a%00.png", "a&b=c?d.png", "a/../b.png", "a//b.png", "a/./b.png", "a:b*c\"d<e>|f.png",
		"ä.png", "a\u0308.png", "日本/スキャン.png", "🙂.png", "\u202egnp.png", "a\tb.png", "a\\b.png", "a'b.png", "~.png", "a\x7f.png", "{}[]^`.png",
		long + "1.png", long + "2.png",
		strings.Repeat("x", 1020) + ".png",
		strings.Repeat("é", 510) + ".png",
		"constructor", "__proto__.png", "null", "true", "..png", "-", "run", "shard 00001.png", "a\x01b.png",
	}
}

// TestScanHostileKeys reads images of any name, in each kind of store, and tells
// them apart.
func TestScanHostileKeys(t *testing.T) {
	stores := map[string]func(t *testing.T, w *world) state.Store{
		"memory": func(*testing.T, *world) state.Store { return state.NewMemory() },
		"file": func(t *testing.T, _ *world) state.Store {
			f, err := state.OpenFile(t.TempDir() + "/state")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
			return f
		},
		"S3": func(t *testing.T, w *world) state.Store {
			w.s3.CreateBucket("states", s3.Bucket{Owner: account, Region: region})
			store, err := state.NewS3(s3sdk.NewFromConfig(w.Config(region, account)), "states", "", state.S3Options{})
			if err != nil {
				t.Fatal(err)
			}
			return store
		},
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				w.store = open(t, w)
				keys := hostileKeys()
				for n, key := range keys {
					line := plain
					if n%2 == 0 {
						line = card
					}
					w.put(key, pngOf(line, fmt.Sprint(n)))
				}
				result := w.mustScan(t, w.options())
				images := imagesOf(t, result)
				for n, key := range keys {
					want := macie.StateUnproven
					if n%2 == 0 {
						want = macie.StateFinding
					}
					if i := images[key]; i.State != want {
						t.Errorf("%q is %s %s, want %s", key, i.State, i.Reason, want)
					}
				}
				pages, jobs := w.cost(func() { w.mustScan(t, w.options()) })
				if pages != (textract.Pages{}) || jobs != 0 || result.Listed != int64(len(keys)) {
					t.Errorf("%d listed; scanned again: %+v, %d jobs", result.Listed, pages, jobs)
				}
			})
		})
	}
}

// TestScanKeysTextractRefuses has keys that Textract does not take.
func TestScanKeysTextractRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a#b.png", pngOf(card))
		w.put("a\nb.png", pngOf(card))
		w.put("ok.png", pngOf(card))
		result, err := macie.ScanImages(t.Context(), w.clients(), w.options())
		if !errors.Is(err, macie.ErrFailedImages) {
			t.Errorf("got %v", err)
		}
		images := imagesOf(t, result)
		if i := images["a#b.png"]; i.State != macie.StateFailed || !strings.Contains(i.Reason, "# in the key") {
			t.Errorf("got %s: %s", i.State, i.Reason)
		}
		if i := images["a\nb.png"]; i.State != macie.StateFailed {
			t.Errorf("got %s: %s", i.State, i.Reason)
		}
		if images["ok.png"].State != macie.StateFinding {
			t.Error("the other image was not scanned")
		}
	})
}

// TestScanVersions overwrites an image in the middle: its verdict is on the version
// that was read, and the next scan reads the other.
func TestScanVersions(t *testing.T) {
	for _, operation := range []string{"Textract.DetectDocumentText", "Macie2.CreateClassificationJob"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(awstest.New(t))
			w.s3.CreateBucket(scans, s3.Bucket{Owner: account, Region: region, Versioned: true})
			_, version := w.s3.Put(scans, "a.png", s3.Object{Body: pngOf(card)})
			w.before(operation, func() { w.put("a.png", pngOf(plain)) })
			result := w.mustScan(t, w.options())
			if i := imagesOf(t, result)["a.png"]; i.State != macie.StateFinding || i.VersionID != version {
				t.Errorf("overwritten at %s: version %s is %s, the first is %s", operation, i.VersionID, i.State, version)
			}
			wantStates(t, w.mustScan(t, w.options()), "a.png unproven")
			if got := w.textract.BilledTotal().Sync; got != 2 {
				t.Errorf("%d pages", got)
			}
		})
	}
}

func TestScanPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.s3.CreateBucket("far", s3.Bucket{Owner: account, Region: "us-east-1"})
		w.s3.Put("far", "a.png", s3.Object{Body: pngOf(card)})
		opts := w.options()
		opts.Sources = []macie.ImageSource{{Bucket: "far"}}
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "s3://far") {
			t.Errorf("a bucket in another Region: %v", err)
		}
		opts.Sources = []macie.ImageSource{{Bucket: "nobodys"}}
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "s3://nobodys") {
			t.Errorf("no bucket: %v", err)
		}
		opts.Sources = []macie.ImageSource{{Bucket: scans, Owner: "210987654321"}}
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "s3://scans") {
			t.Errorf("a bucket of somebody else: %v", err)
		}

		for _, key := range []string{"a/1.png", "ab/2.png", "b/3.png", "c/4.png"} {
			w.put(key, pngOf(card))
		}
		opts.Sources = []macie.ImageSource{{Bucket: scans, Prefix: "c/"}, {Bucket: scans, Prefix: "a/"}, {Bucket: scans, Prefix: "zz"}}
		wantStates(t, w.mustScan(t, opts), "a/1.png finding", "c/4.png finding")
		opts.Sources[0], opts.Sources[1] = opts.Sources[1], opts.Sources[0]
		pages, jobs := w.cost(func() { w.mustScan(t, opts) })
		if pages != (textract.Pages{}) || jobs != 0 {
			t.Errorf("the same sources in another order: %+v, %d jobs", pages, jobs)
		}
	})
}

var errStop = errors.New("stop")

// TestScanCancelled cancels at every seventh call: the scan ends at once, with the
// cause, and another call finishes it.
func TestScanCancelled(t *testing.T) {
	for k, more := 1, true; more; k += 7 {
		synctest.Test(t, func(t *testing.T) {
			w := smallWorld(awstest.New(t))
			opts := w.proofOptions()
			opts.Concurrency = 2
			ctx, cancel := context.WithCancelCause(t.Context())
			var calls atomic.Int64
			var cancelled time.Time
			w.Inject(awstest.Fault{Match: func(awstest.Call) bool {
				if calls.Add(1) == int64(k) {
					cancelled = time.Now()
					cancel(errStop)
				}
				return false
			}})
			result, err := macie.ScanImages(ctx, w.clients(), opts)
			if more = calls.Load() >= int64(k); !more {
				return
			}
			if took := time.Since(cancelled); took > 11*time.Second {
				t.Errorf("cancelled at call %d, and the scan ended after %v", k, took)
			}
			// What had its effect although it was cancelled can have been the last call.
			if !errors.Is(err, errStop) && (err != nil || result.States[macie.StateFinding] != 2) {
				t.Errorf("cancelled at call %d: %v", k, err)
			}
			if err != nil && errors.Is(err, macie.ErrTakenOver) {
				t.Errorf("cancelled at call %d: %v", k, err)
			}
			begun := time.Now()
			wantStates(t, w.mustScan(t, opts), "a.png finding", "b.png clean", "c.pdf finding", "d.png no text", "e.md skipped")
			if waited := time.Since(begun); waited > 50*time.Minute {
				t.Errorf("cancelled at call %d: the next scan took %v: the lease was not given back", k, waited)
			}
			if w.macie.Jobs() > 3 {
				t.Errorf("%d jobs", w.macie.Jobs())
			}
		})
	}
}

// A stuckStore does not answer from some time on until its context ends.
type stuckStore struct {
	state.Store
	stuck *atomic.Bool
}

func (s stuckStore) Put(ctx context.Context, records []state.Record) error {
	if s.stuck.Load() {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return s.Store.Put(ctx, records)
}

// TestScanTakenOver has a process that cannot reach its store for a while. Another
// takes over, and the first notices before it starts a job.
func TestScanTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.textract.JobDuration = func(int) time.Duration { return 3 * time.Minute }
		w.put("a.pdf", pdfOf(card, plain))
		w.put("b.png", pngOf(plain))
		var stuck atomic.Bool
		first := w.options()
		first.Store = stuckStore{w.store, &stuck}
		second := w.options()

		var all sync.WaitGroup
		var firstErr error
		all.Go(func() { _, firstErr = macie.ScanImages(t.Context(), w.clients(), first) })
		time.Sleep(30 * time.Second)
		stuck.Store(true)
		begun := time.Now()
		time.AfterFunc(2*time.Minute, func() { stuck.Store(false) })
		result := w.mustScan(t, second)
		all.Wait()
		wantStates(t, result, "a.pdf finding", "b.png unproven")
		if time.Since(begun) < time.Minute {
			t.Errorf("it was taken over after %v", time.Since(begun))
		}
		if firstErr == nil {
			t.Error("the first process did not notice")
		}
		if w.macie.Jobs() != 1 {
			t.Errorf("%d jobs", w.macie.Jobs())
		}
		if got := w.textract.BilledTotal(); got != (textract.Pages{Sync: 1, Async: 2}) {
			t.Errorf("billed %+v", got)
		}
	})
}

// A pausedStore holds a process up, as a computer that sleeps does: from when a
// record is to be written, nothing is written until it wakes.
type pausedStore struct {
	state.Store
	before func(r state.Record) bool
	mu     sync.Mutex
	wakes  time.Time
}

func (s *pausedStore) Put(ctx context.Context, records []state.Record) error {
	s.mu.Lock()
	if s.wakes.IsZero() && s.before(records[0]) {
		s.wakes = time.Now().Add(time.Hour)
	}
	wakes := s.wakes
	s.mu.Unlock()
	time.Sleep(time.Until(wakes))
	return s.Store.Put(ctx, records)
}

// TestScanAsleep has a process that sleeps while another takes over, just before it
// claims the shard, writes an image, opens a shard, or renews its lease.
func TestScanAsleep(t *testing.T) {
	for _, test := range []struct {
		key string
		nth int64
	}{{"shard 00001", 1}, {"shard 00001", 2}, {"a.png", 1}, {"b.png", 2}, {"run", 2}, {"run", 3}} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(awstest.New(t))
			w.put("a.png", pngOf(card))
			w.put("b.png", pngOf(plain))
			seen := int64(0)
			paused := &pausedStore{Store: w.store, before: func(r state.Record) bool {
				if r.Key == test.key {
					seen++
				}
				return seen == test.nth
			}}
			first := w.options()
			first.Store = paused
			var all sync.WaitGroup
			var firstErr error
			all.Go(func() { _, firstErr = macie.ScanImages(t.Context(), w.clients(), first) })
			time.Sleep(20 * time.Second)
			wantStates(t, w.mustScan(t, w.options()), "a.png finding", "b.png unproven")
			all.Wait()
			if seen < test.nth {
				t.Fatalf("%s was not written", test.key)
			}
			if !errors.Is(firstErr, macie.ErrTakenOver) && (firstErr == nil || !strings.Contains(firstErr.Error(), "lease")) {
				t.Errorf("asleep before write %d of %s: %v", test.nth, test.key, firstErr)
			}
			if w.macie.Jobs() != 1 {
				t.Errorf("asleep before write %d of %s: %d jobs", test.nth, test.key, w.macie.Jobs())
			}
		})
	}
}

// TestScanHeartbeat has a scan that lasts much longer than its lease, and a second
// process that waits all that time.
func TestScanHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.macie.Duration = 5 * time.Hour
		w.put("a.png", pngOf(card))
		var all sync.WaitGroup
		var runs [2]string
		var waiting atomic.Bool
		for n := range runs {
			all.Go(func() {
				time.Sleep(time.Duration(n) * time.Minute)
				opts := w.options()
				opts.Progress = func(p macie.ScanProgress) {
					if p.Phase == "waiting" {
						waiting.Store(n == 1)
					}
				}
				runs[n] = w.mustScan(t, opts).Run
			})
		}
		all.Wait()
		if w.macie.Jobs() != 1 || runs[0] == runs[1] || !waiting.Load() {
			t.Errorf("runs %v, %d jobs, the second waited: %v", runs, w.macie.Jobs(), waiting.Load())
		}
	})
}

// TestScanProgress is told of many images by many readers, one at a time.
func TestScanProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.macie.Export(account, region, exports, "", kmsKey)
		const images = 60
		for n := range images {
			w.put(fmt.Sprintf("%d.png", n), pngOf(card))
			w.put(fmt.Sprintf("%d.txt", n), []byte("text"))
		}
		w.Seed = 1
		opts := w.options()
		opts.ImagesPerJob = 25
		var inside atomic.Int64
		var last macie.ScanProgress
		told := map[string]int{}
		opts.Progress = func(p macie.ScanProgress) {
			if inside.Add(1) != 1 {
				t.Error("two at a time")
			}
			runtime.Gosched()
			if p.Done < last.Done || p.Pages < last.Pages || p.Listed < last.Listed {
				t.Errorf("%+v after %+v", p, last)
			}
			if p.Image != nil {
				told[p.Image.Key]++
			}
			last = p
			inside.Add(-1)
		}
		w.mustScan(t, opts)
		if last.Done != 2*images || last.Pages != images || len(told) != 2*images {
			t.Errorf("at the end %+v, of %d images", last, len(told))
		}
	})
}
