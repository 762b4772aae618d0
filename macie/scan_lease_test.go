package macie_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// A lateStore changes the run just after it was read.
type lateStore struct {
	state.Store
	afterRun func(state.Record)
}

func (s *lateStore) Get(ctx context.Context, set, key string) (state.Record, error) {
	r, err := s.Store.Get(ctx, set, key)
	if key == "run" {
		s.afterRun(r)
	}
	return r, err
}

// TestScanTakesOverTheSilent has two processes wait for a third that was killed. The
// one that comes second does not take the scan from the first.
func TestScanTakesOverTheSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		opts := w.options()
		w.Inject(awstest.Fault{Operation: "Macie2.CreateClassificationJob", Times: 1, Err: awstest.Denied()})
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil {
			t.Fatal("it was not stopped")
		}
		hold := func(r state.Record, holder string) {
			var run map[string]any
			if err := json.Unmarshal(r.Value, &run); err != nil {
				t.Fatal(err)
			}
			run["holder"] = holder
			r.Value, _ = json.Marshal(run)
			if err := w.store.Put(t.Context(), []state.Record{r}); err != nil {
				t.Fatal(err)
			}
		}
		killed, _ := w.store.Get(t.Context(), opts.ScanID()+"/run", "run")
		hold(killed, "killed")
		begun, done := time.Now(), false
		opts.Store = &lateStore{w.store, func(r state.Record) {
			if !done && time.Since(begun) >= time.Minute {
				done = true
				hold(r, "first")
			}
		}}
		w.mustScan(t, opts)
		if waited := time.Since(begun) - 15*time.Minute; !done || waited < 2*time.Minute {
			t.Errorf("it took the scan after %v from a process that had just begun", waited)
		}
	})
}

// TestScanTakenOverInACall is taken over during a call of each kind. It says so, and
// nothing is paid for after that.
func TestScanTakenOverInACall(t *testing.T) {
	for _, operation := range []string{
		"S3.ListObjectsV2", "S3.GetObject", "Textract.DetectDocumentText", "Textract.StartDocumentTextDetection", "Textract.GetDocumentTextDetection",
		"S3.HeadObject", "S3.PutObject", "Macie2.CreateClassificationJob", "Macie2.DescribeClassificationJob", "Macie2.ListFindings", "Macie2.GetFindings", "SNS.Publish",
	} {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				w.put("a.png", pngOf(card))
				w.put("b.pdf", pdfOf(card, card))
				opts := w.options()
				opts.TopicARN = "arn:aws:sns:eu-west-1:123456789012:done"
				paid, done := 0, false
				w.Inject(awstest.Fault{Operation: operation, Latency: 10 * time.Minute, Match: func(awstest.Call) bool {
					if !done {
						done, paid = true, w.paidCalls()
						w.takeOver(t, opts)
						return true
					}
					return false
				}})
				_, err := macie.ScanImages(t.Context(), w.clients(), opts)
				if !errors.Is(err, macie.ErrTakenOver) || !done {
					t.Errorf("got %v", err)
				}
				synctest.Wait()
				if w.paidCalls() > paid+1 { // the image that is read beside it
					t.Errorf("%d calls that cost, %d of them before", w.paidCalls(), paid)
				}
			})
		})
	}
}

// takeOver makes another process the one that works on the scan.
func (w *world) takeOver(t *testing.T, opts macie.ScanImagesOptions) {
	r, err := w.store.Get(t.Context(), opts.ScanID()+"/run", "run")
	if err != nil {
		t.Fatal(err)
	}
	r.Value = []byte(strings.Replace(string(r.Value), `"holder":"`, `"holder":"x`, 1))
	if err := w.store.Put(t.Context(), []state.Record{r}); err != nil {
		t.Error(err)
	}
}

// TestScanWaitsAndFindsEvents waits for a process that is killed, after which an
// event-driven run begins.
func TestScanWaitsAndFindsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		opts := w.options()
		r := state.Record{Set: opts.ScanID() + "/run", Key: "run", Value: []byte(`{"run":"1","holder":"killed"}`)}
		put := func(value string) {
			r.Value = []byte(value)
			records := []state.Record{r}
			if err := w.store.Put(t.Context(), records); err != nil {
				t.Fatal(err)
			}
			r = records[0]
		}
		put(`{"run":"1","holder":"killed"}`)
		time.AfterFunc(30*time.Second, func() { put(`{"run":"2","events":true,"holder":"other"}`) })
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); !errors.Is(err, macie.ErrOtherForm) {
			t.Errorf("got %v", err)
		}
	})
}

// A forgetfulStore writes the record of the run, and for so many times the answer is
// lost.
type forgetfulStore struct {
	state.Store
	skip, times int
}

func (s *forgetfulStore) Put(ctx context.Context, records []state.Record) error {
	err := s.Store.Put(ctx, slices.Clone(records))
	if records[0].Key == "run" && err == nil {
		if s.skip--; s.skip < 0 && s.times > 0 {
			s.times--
			return errors.New("the connection broke")
		}
	}
	if err == nil {
		for i := range records {
			r, err := s.Store.Get(ctx, records[i].Set, records[i].Key)
			if err != nil {
				return err
			}
			records[i].Version = r.Version
		}
	}
	return err
}

// TestScanBeatIsLost loses the answer to a renewal of the lease. The next one meets a
// record that is of the same process after all.
func TestScanBeatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		opts := w.options()
		store := &forgetfulStore{Store: w.store, skip: 4, times: 1}
		opts.Store = store
		wantStates(t, w.mustScan(t, opts), "a.png finding")
		if store.times != 0 {
			t.Error("no answer was lost")
		}
	})
}
