package macie_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	macietypes "github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
	macie2 "github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// mixedWorld has images of all kinds, in several jobs.
func mixedWorld(c *awstest.Cloud) *eventWorld {
	w := newEventWorld(newWorld(c))
	w.macie.Export(account, region, exports, "records", kmsKey)
	w.macie.Duration = 10 * time.Minute
	for i := range 9 {
		w.put(fmt.Sprintf("%d/card.png", i), pngOf(card))
		w.put(fmt.Sprintf("%d/plain.jpg", i), jpegOf(plain))
	}
	w.put("3/empty.png", pngOf())
	w.put("4/readme.md", []byte("# read me"))
	w.put("5/broken.pdf", pdfOf(plain, "UNREADABLE"))
	w.put("6/report.pdf", pdfOf(plain, card, plain))
	w.put("7/corrupt.png", pngOf()[:30])
	w.put("8/none.png", []byte("no image"))
	w.tune = func(o *macie.ScanEventsOptions) { o.ImagesPerJob = 5 }
	return w
}

func (w *eventWorld) statesAndBills() string {
	return fmt.Sprintf("%s\n%s\n%d sync\n%d jobs", w.verdicts(), w.billed(), w.syncPages(), w.macie.Jobs())
}

// TestScanEventsAsScanImages compares with the other form, however messages come.
func TestScanEventsAsScanImages(t *testing.T) {
	var want string
	synctest.Test(t, func(t *testing.T) {
		w := mixedWorld(awstest.New(t))
		opts := w.options().ScanImagesOptions
		opts.Async = true
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err != nil && !errors.Is(err, macie.ErrFailedImages) {
			t.Fatal(err)
		}
		want = w.statesAndBills()
	})
	if strings.Count(want, "finding") < 10 || !strings.Contains(want, "partial") || !strings.Contains(want, "failed") {
		t.Errorf("the world has not enough in it:\n%s", want)
	}
	for _, test := range []struct {
		name   string
		change func(*eventWorld)
	}{
		{"in order", func(*eventWorld) {}},
		{"twice", func(w *eventWorld) { w.mangle = twice }},
		{"reversed", func(w *eventWorld) { w.mangle = reversed }},
		{"lost", func(w *eventWorld) { w.mangle = lost }},
		{"every other lost", func(w *eventWorld) {
			n := 0
			w.mangle = func(m []string) []string {
				return slices.DeleteFunc(m, func(string) bool { n++; return n%2 == 0 })
			}
		}},
		{"late", func(w *eventWorld) {
			var kept []string
			w.mangle = func(m []string) []string {
				defer func() { kept = m }()
				return kept
			}
		}},
		{"Macie silent", func(w *eventWorld) { w.silent = true }},
		{"all silent", func(w *eventWorld) { w.silent, w.mangle = true, lost }},
		{"records late", func(w *eventWorld) { w.macie.ExportDelay = 7 * time.Minute }},
		{"few at a time", func(w *eventWorld) {
			w.textract.Quotas.Jobs = 3
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := mixedWorld(awstest.New(t))
				test.change(w)
				status, err := w.drive(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if got := w.statesAndBills(); got != want {
					t.Errorf("got:\n%s\nwant:\n%s", got, want)
				}
				if status.Pending != 0 || !status.Listed || status.Next != "" {
					t.Errorf("status %+v", status)
				}
				if calls := w.Count(); calls > 6000 {
					t.Errorf("%d calls", calls)
				}
			})
		})
	}
}

// TestScanEventsTwiceAtOnce gives messages to several handlers at the same time.
func TestScanEventsTwiceAtOnce(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			c := awstest.New(t)
			w := newEventWorld(newWorld(c))
			w.store = localStore{w.store, c}
			w.macie.Export(account, region, exports, "records", kmsKey)
			w.put("a.png", pngOf(card))
			w.put("b.png", pngOf(plain))
			if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			c.Seed = seed + 1
			w.take()
			var handlers sync.WaitGroup
			for _, m := range slices.Concat(w.queue, w.queue, w.queue[:1]) {
				handlers.Go(func() {
					response, err := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), snsEvent(m))
					if err != nil || len(response.BatchItemFailures) > 0 {
						t.Errorf("seed %d: %v %v", seed, response, err)
					}
				})
			}
			handlers.Wait()
			if n := w.macie.Jobs(); n != 1 {
				t.Errorf("seed %d: %d jobs", seed, n)
			}
			if got := creations(c.Calls()); got != 1 {
				t.Errorf("seed %d: %d calls create a job", seed, got)
			}
			c.Seed = 0
			w.queue = nil
			if _, err := w.drive(t.Context()); err != nil {
				t.Error(err)
			}
			if got, want := w.statesAndBills(), "a.png finding \nb.png clean \na.png 1 async pages\nb.png 1 async pages\n0 sync\n1 jobs"; got != want {
				t.Errorf("seed %d: got:\n%s\nwant:\n%s", seed, got, want)
			}
		})
	}
}

func creations(calls []awstest.Call) (n int) {
	for _, call := range calls {
		if call.Operation == "CreateClassificationJob" {
			n++
		}
	}
	return n
}

// TestScanEventsShortCalls scans with handlers that live for seconds, and a quota
// of few jobs.
func TestScanEventsShortCalls(t *testing.T) {
	const images = 300
	synctest.Test(t, func(t *testing.T) {
		c := awstest.New(t)
		c.MaxCalls = 200_000
		w := newEventWorld(newWorld(c))
		w.macie.Export(account, region, exports, "records", kmsKey)
		w.textract.Quotas = textract.Quotas{Jobs: 10}
		w.textract.JobDuration = func(int) time.Duration { return 30 * time.Second }
		w.tune = func(o *macie.ScanEventsOptions) {
			o.ImagesPerJob, o.Concurrency, o.Margin = 64, 3, 2*time.Second
			o.Quotas.Start = 5 // a second
		}
		for i := range images {
			w.put(fmt.Sprintf("%03d.png", i), pngOf(fmt.Sprintf("%s %d", plain, i)))
		}
		submitted, calls := 0, 0
		for status := (macie.ScanStatus{}); !status.Done; calls++ {
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
			var err error
			if status, err = macie.StartScanImages(ctx, w.clients(), w.options()); err != nil {
				t.Fatal(err)
			}
			if deadline, _ := ctx.Deadline(); time.Until(deadline) < time.Second {
				t.Errorf("call %d took until %v before the deadline", calls, time.Until(deadline))
			}
			cancel()
			if submitted += status.Submitted; status.Submitted > 10 {
				t.Errorf("call %d has submitted %d", calls, status.Submitted)
			}
			time.Sleep(35 * time.Second)
			if err := w.tell(t.Context()); err != nil {
				t.Fatal(err)
			}
			if calls > 500 {
				t.Fatalf("not done: %+v", status)
			}
		}
		if submitted != images {
			t.Errorf("%d text detections were started", submitted)
		}
		if total := w.textract.BilledTotal(); total.Async != images || total.Sync != 0 {
			t.Errorf("billed %+v", total)
		}
		if n := w.macie.Jobs(); n != 5 {
			t.Errorf("%d jobs", n)
		}
		result, err := macie.LastScan(t.Context(), w.clients(), w.options().ScanImagesOptions)
		if err != nil || result.States[macie.StateClean] != images || result.Listed != images {
			t.Errorf("%v, %v", result, err)
		}
	})
}

// A countingStore counts the records that are read and written.
type countingStore struct {
	state.Store
	read, listed, written *atomic.Int64
}

func (s countingStore) Get(ctx context.Context, set, key string) (state.Record, error) {
	s.read.Add(1)
	return s.Store.Get(ctx, set, key)
}

func (s countingStore) Put(ctx context.Context, records []state.Record) error {
	s.written.Add(int64(len(records)))
	return s.Store.Put(ctx, records)
}

func (s countingStore) List(ctx context.Context, set, after string) iter.Seq2[state.Record, error] {
	return func(yield func(state.Record, error) bool) {
		for r, err := range s.Store.List(ctx, set, after) {
			s.listed.Add(1)
			if !yield(r, err) {
				return
			}
		}
	}
}

// TestScanEventsIsLinear counts what is read to see whether a job can begin: in
// whatever order texts come, no more than a few records each.
func TestScanEventsIsLinear(t *testing.T) {
	const images = 400
	for name, order := range map[string]func([]string) []string{
		"in order": func(m []string) []string { return m },
		"reversed": reversed,
		"from the middle": func(m []string) []string {
			return slices.Concat(m[len(m)/2:], m[:len(m)/2])
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := awstest.New(t)
				c.MaxCalls = 100_000
				w := newEventWorld(newWorld(c))
				store := countingStore{w.store, &atomic.Int64{}, &atomic.Int64{}, &atomic.Int64{}}
				w.store = store
				w.tune = func(o *macie.ScanEventsOptions) { o.ImagesPerJob = images }
				for i := range images {
					w.put(fmt.Sprintf("%04d.png", i), pngOf(plain))
				}
				if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				w.take()
				w.queue = order(w.queue)
				for _, n := range []*atomic.Int64{store.read, store.listed, store.written} {
					n.Store(0)
				}
				if err := w.tell(t.Context()); err != nil {
					t.Fatal(err)
				}
				if w.macie.Jobs() != 1 {
					t.Errorf("%d jobs", w.macie.Jobs())
				}
				t.Logf("read %d, listed %d, written %d", store.read.Load(), store.listed.Load(), store.written.Load())
				if store.read.Load() > 6*images || store.listed.Load() > 6*images || store.written.Load() > 3*images {
					t.Errorf("read %d, listed %d, written %d", store.read.Load(), store.listed.Load(), store.written.Load())
				}
			})
		})
	}
}

// TestScanEventsMessages says what becomes of single messages.
func TestScanEventsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.put("a.png", pngOf(card))
		w.put("b.png", pngOf(plain))
		w.textract.JobDuration = func(int) time.Duration { return 30 * time.Second }
		if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		w.take()
		a, b := w.queue[0], w.queue[1]
		foreign := strings.Replace(a, `"S3Bucket":"scans"`, `"S3Bucket":"elsewhere"`, 1)
		missing := strings.Replace(a, "a.png", "z.png", 1)
		older := strings.Replace(a, `"JobTag":"`, `"JobTag":"0`, 1)
		otherJob := strings.Replace(a, field(a, "JobId"), strings.Repeat("0", 64), 1)
		event := rawSQSEvent(foreign, "no JSON", snsEnvelope(a), missing, older, otherJob, b, `{"JobId": "1"}`, snsEnvelope("{}"))
		for range 2 {
			response, err := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), event)
			if err != nil {
				t.Fatal(err)
			}
			got := string(asJSON(response))
			want := `{"batchItemFailures":[{"itemIdentifier":"059f36b4-87a3-44ab-83d2-661975200001"},` +
				`{"itemIdentifier":"059f36b4-87a3-44ab-83d2-661975200007"},{"itemIdentifier":"059f36b4-87a3-44ab-83d2-661975200008"}]}`
			if got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
			if w.macie.Jobs() != 1 {
				t.Errorf("%d jobs", w.macie.Jobs())
			}
		}
		if response, err := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), sqsEvent(a)); err != nil || string(asJSON(response)) != `{"batchItemFailures":[]}` {
			t.Errorf("%v %v", response, err)
		}
		_, err := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), snsEvent("{}"))
		if _, ok := errors.AsType[*macie.EventError](err); !ok || !strings.Contains(err.Error(), "Records[0].Sns.Message") {
			t.Errorf("of SNS: %v", err)
		}
	})
}

// TestScanEventsTooEarly has a message come before the job is done: it is to come
// again.
func TestScanEventsTooEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.put("a.png", pngOf(card))
		w.textract.JobDuration = func(int) time.Duration { return time.Hour }
		if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
			t.Fatal(err)
		}
		tag, job := w.entryField("a.png", "textId"), w.entryField("a.png", "textractJob")
		early := string(asJSON(map[string]any{
			"JobId": job, "JobTag": tag, "Status": "SUCCEEDED", "API": "StartDocumentTextDetection",
			"DocumentLocation": map[string]any{"S3ObjectName": "a.png", "S3Bucket": scans},
		}))
		response, err := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), rawSQSEvent(early))
		if err != nil || len(response.BatchItemFailures) != 1 {
			t.Errorf("%v %v", response, err)
		}
		if _, err := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), json.RawMessage(early)); err == nil {
			t.Error("one message alone: no error")
		}
		time.Sleep(time.Hour)
		if _, err := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), json.RawMessage(early)); err != nil {
			t.Error(err)
		}
		if got := w.macie.Jobs(); got != 1 {
			t.Errorf("%d jobs", got)
		}
	})
}

func (w *eventWorld) entryField(key, name string) string {
	r, err := w.rawStore().Get(context.Background(), w.imageSet(), key)
	if err != nil {
		panic(err)
	}
	return field(string(r.Value), name)
}

// TestScanEventsChangedImage changes an image while it is read.
func TestScanEventsChangedImage(t *testing.T) {
	for _, test := range []struct {
		changes int
		want    string
	}{
		{1, "a.png finding"},
		{2, "a.png finding"},
		{3, "a.png failed"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newEventWorld(newWorld(awstest.New(t)))
			w.put("a.png", pngOf(plain))
			if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
				t.Fatal(err)
			}
			for n := range test.changes {
				w.put("a.png", pngOf(card, fmt.Sprint(n)))
				time.Sleep(time.Minute)
				if err := w.tell(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if test.changes < 3 {
				if _, err := w.drive(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			result, err := macie.LastScan(t.Context(), w.clients(), w.options().ScanImagesOptions)
			if err != nil {
				t.Fatal(err)
			}
			wantStates(t, result, test.want)
		})
	}
}

// TestScanEventsVersions reads the version that was listed, and no other.
func TestScanEventsVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.s3.CreateBucket(scans, s3.Bucket{Owner: account, Region: region, Versioned: true})
		w.put("a.png", pngOf(card))
		if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
			t.Fatal(err)
		}
		w.put("a.png", pngOf(plain))
		status, err := w.drive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, *status.Result, "a.png finding")
	})
}

// TestScanEventsExpired goes on after Textract has forgotten its jobs.
func TestScanEventsExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.put("a.png", pngOf(card))
		w.mangle = lost
		if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8 * 24 * time.Hour)
		status, err := w.drive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, *status.Result, "a.png finding")
		if total := w.textract.BilledTotal(); total.Async != 2 {
			t.Errorf("billed %+v", total)
		}
	})
}

// TestScanEventsPausedJob notes that a job does not go on, and takes it up when it
// does.
func TestScanEventsPausedJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.put("a.png", pngOf(card))
		w.macie.Outcomes(macie2.Outcome{Ends: macietypes.JobStatusPaused})
		status, err := w.driveFor(t.Context(), 60)
		if err != nil || status.Done || !strings.Contains(status.Next, "Macie paused the job") {
			t.Fatalf("%+v, %v", status, err)
		}
		w.macie.Resume(w.macie.LogEvents()[0].JobID)
		if status, err = w.drive(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantStates(t, *status.Result, "a.png finding")
		if w.macie.Jobs() != 1 {
			t.Errorf("%d jobs", w.macie.Jobs())
		}
	})
}

// driveFor is drive for so many minutes.
func (w *eventWorld) driveFor(ctx context.Context, minutes int) (macie.ScanStatus, error) {
	status, err := macie.StartScanImages(ctx, w.clients(), w.options())
	for range minutes {
		if err != nil || status.Done {
			return status, err
		}
		time.Sleep(time.Minute)
		if err := w.tell(ctx); err != nil {
			return status, err
		}
		if status, err = w.tellMacie(ctx); err == nil && !status.Done {
			status, err = macie.OnMacieEvent(ctx, w.clients(), w.options(), tick)
		}
	}
	return status, err
}

// TestScanEventsCancelledJob ends with a job that did not look at everything.
func TestScanEventsCancelledJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.macie.Export(account, region, exports, "records", kmsKey)
		w.put("a.png", pngOf(card))
		w.put("b.png", pngOf(plain))
		w.macie.Outcomes(macie2.Outcome{Ends: macietypes.JobStatusCancelled})
		status, err := w.drive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, *status.Result, "a.png unproven", "b.png unproven")
		if jobs := status.Result.Jobs; len(jobs) != 1 || jobs[0].Status != "CANCELLED" || !strings.Contains(jobs[0].Problem, "cancelled") {
			t.Errorf("jobs %+v", jobs)
		}
	})
}

// TestScanEventsRecordsNeverCome gives up waiting for them after ProofWait.
func TestScanEventsRecordsNeverCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.macie.Export(account, region, exports, "records", kmsKey)
		w.macie.Outcomes(macie2.Outcome{LoseRecords: true})
		w.put("a.png", pngOf(card))
		w.put("b.png", pngOf(plain))
		begun := time.Now()
		status, err := w.drive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, *status.Result, "a.png finding", "b.png unproven")
		if took := time.Since(begun); took < 30*time.Minute || took > 40*time.Minute { // 15 for the job and for the records each
			t.Errorf("it took %v", took)
		}
	})
}

// TestScanEventsNothing has nothing to scan, and no run to go on with.
func TestScanEventsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		if status, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), tick); err != nil || status.Run != "" || status.Done {
			t.Errorf("before the first run: %+v, %v", status, err)
		}
		status, err := macie.StartScanImages(t.Context(), w.clients(), w.options())
		if err != nil || !status.Done || status.Result == nil || status.Result.Listed != 0 {
			t.Errorf("%+v, %v", status, err)
		}
		run := status.Run
		if status, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), tick); err != nil || status.Run != run || !status.Done {
			t.Errorf("after it: %+v, %v", status, err)
		}
		if status, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil || status.Run == run {
			t.Errorf("started again: %+v, %v", status, err)
		}
	})
}
