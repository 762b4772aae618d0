package textdetect_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/textdetect"
)

func TestDetect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		old := w.put("a.png", pngFile, "Jörg  Müller\nborn 1970\n")
		w.put("a.png", pngFile, "another one\n")
		got, err := w.reader().Detect(t.Context(), old)
		w.must(err)
		w.equal("text", got.Document.Text(), "Jörg  Müller\nborn 1970\n")
		w.equal("words", words(got.Document.Pages[0].Lines[0]), []string{"Jörg", "Müller"})
		w.equal("place", got.Document.Pages[0].Lines[1].Box, "{0.1 0.002 0.5 0.001}")
		w.equal("page", got.Document.Pages[0].Number, 1)
		w.equal("pages", got.Pages, 1)
		w.equal("model", got.Model, "1.0")
		w.must(got.Document.Check())
		w.equal("billed", w.textract.Billed()[struct{ Bucket, Key, Version string }{bucket, "a.png", old.VersionID}].Sync, 1)

		empty, err := w.reader().Detect(t.Context(), w.put("empty.png", pngFile, ""))
		w.must(err)
		w.equal("lines of an image without text", empty.Document.Lines(), 0)
		w.equal("pages of an image without text", empty.Pages, 1)
	})
}

// TestDetectQuota has more callers than the quota allows calls.
func TestDetectQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.textract.Quotas.DetectTPS = 10
		w.cloud.Latency, w.cloud.Seed = 20*time.Microsecond, 1 // up to 20 ms
		r := w.reader(func(c *textdetect.Config) { c.DetectTPS = 10 })
		o := w.put("a.png", pngFile, "text")
		took := timed(func() {
			var wg sync.WaitGroup
			for range 1000 {
				wg.Go(func() {
					_, err := r.Detect(t.Context(), o)
					w.must(err)
				})
			}
			wg.Wait()
		})
		calls := w.textract.Calls("DetectDocumentText")
		t.Logf("1,000 calls of 10 a second took %v, with %d throttled", took, calls.Throttled)
		if took > 110*time.Second || calls.Throttled > 10 {
			t.Errorf("1,000 calls of 10 a second took %v, with %d throttled", took, calls.Throttled)
		}
	})
}

// TestRetries has every call throttled twice: the retries of the SDK keep to the
// quota, too.
func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		o := w.put("a.pdf", pdfFile, "text")
		arrived := map[string][]time.Time{}
		w.cloud.Inject(awstest.Fault{Match: func(c awstest.Call) bool {
			arrived[c.Operation] = append(arrived[c.Operation], time.Now())
			return false
		}})
		hits := w.cloud.Inject(awstest.Fault{Attempts: 2, Err: awstest.Throttled()})
		r := w.reader(func(c *textdetect.Config) { c.DetectTPS, c.StartTPS, c.GetTPS = 0.05, 0.05, 0.05 })
		for range 2 {
			_, err := r.Detect(t.Context(), o)
			w.must(err)
			id, err := r.Start(t.Context(), o, "", "")
			w.must(err)
			_, err = r.Wait(t.Context(), id)
			w.must(err)
		}
		w.equal("throttled", hits(), 12)
		for operation, times := range arrived {
			w.equal(operation, len(times), 6)
			for i := 1; i < len(times); i++ {
				if gap := times[i].Sub(times[i-1]); gap < 20*time.Second {
					t.Errorf("%s: attempt %d came %v after the one before", operation, i+1, gap)
				}
			}
		}
	})
}

// TestOneQuotaEach has a caller that is held up by another operation's quota not.
func TestOneQuotaEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		o := w.put("a.pdf", pdfFile, "text")
		r := w.reader(func(c *textdetect.Config) { c.GetTPS = 0.001 })
		id, err := r.Start(t.Context(), o, "", "")
		w.must(err)
		w.equal("time to detect and start", timed(func() {
			_, _, err = r.Look(t.Context(), id)
			w.must(err)
			_, err := r.Detect(t.Context(), o)
			w.must(err)
			_, err = r.Start(t.Context(), o, "", "")
			w.must(err)
		}) < time.Second, true)
	})
}

// TestThrottledForGood ends every call with an error, in a time that is that of
// three attempts.
func TestThrottledForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		o := w.put("a.pdf", pdfFile, "text")
		r := w.reader()
		id, err := r.Start(t.Context(), o, "", "")
		w.must(err)
		w.cloud.Inject(awstest.Fault{Err: awstest.Throttled()})
		for name, call := range map[string]func() error{
			"Detect": func() error { _, err := r.Detect(t.Context(), o); return err },
			"Start":  func() error { _, err := r.Start(t.Context(), o, "", ""); return err },
			"Look":   func() error { _, _, err := r.Look(t.Context(), id); return err },
			"Wait":   func() error { _, err := r.Wait(t.Context(), id); return err },
		} {
			before := w.cloud.Count()
			took := timed(func() { err = call() })
			if err == nil || textdetect.Fatal(err) || !strings.Contains(err.Error(), "ThrottlingException") || took > time.Minute {
				t.Errorf("%s: got %v after %v", name, err, took)
			}
			w.equal(name+", attempts", w.cloud.Count()-before, 3)
		}
		w.cloud.ClearFaults()
		w.equal("slots given back", free(w, r, o), 100)
	})
}

// free counts the jobs that can be started without waiting.
func free(w *world, r *textdetect.Reader, o textdetect.Object) (n int) {
	w.Helper()
	for {
		ctx, cancel := context.WithTimeout(w.Context(), 10*time.Second)
		_, err := r.Start(ctx, o, "", "")
		cancel()
		if err != nil {
			return n
		}
		n++
	}
}

func TestBadConfig(t *testing.T) {
	for _, change := range []func(*textdetect.Config){
		func(c *textdetect.Config) { c.DetectTPS = 0 },
		func(c *textdetect.Config) { c.StartTPS = -1 },
		func(c *textdetect.Config) { c.GetTPS = 0 },
		func(c *textdetect.Config) { c.Jobs = 0 },
		func(c *textdetect.Config) { c.PollInterval = -1 },
		func(c *textdetect.Config) { c.TopicARN = "arn" },
		func(c *textdetect.Config) { c.RoleARN = "arn" },
	} {
		w := newWorld(t)
		r := w.reader(change)
		_, detect := r.Detect(t.Context(), textdetect.Object{})
		_, start := r.Start(t.Context(), textdetect.Object{}, "", "")
		_, _, look := r.Look(t.Context(), "id")
		_, wait := r.Wait(t.Context(), "id")
		if slices.Contains([]error{detect, start, look, wait}, nil) || w.cloud.Count() > 0 {
			t.Errorf("got %v, %v, %v, %v after %d calls", detect, start, look, wait, w.cloud.Count())
		}
	}
}

// TestConcurrent is for the race detector: all methods at once, on the clock.
func TestConcurrent(t *testing.T) {
	w := newWorld(t)
	w.textract.JobDuration = func(int) time.Duration { return 0 }
	r := w.reader(func(c *textdetect.Config) {
		c.DetectTPS, c.StartTPS, c.GetTPS, c.Jobs, c.PollInterval = 1e5, 1e5, 1e5, 3, time.Millisecond
	})
	o := w.put("a.pdf", pdfFile, "one\n", "two\n")
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			id, err := r.Start(t.Context(), o, fmt.Sprint("token", i/2), "")
			w.must(err)
			switch i % 4 {
			case 0:
				r.Drop(id)
			case 1:
				_, _, err := r.Look(t.Context(), id)
				w.must(err)
			}
			res, err := r.Wait(t.Context(), id)
			w.must(err)
			w.equal("text", res.Document.Text(), "one\ntwo\n")
		})
	}
	wg.Wait()
}
