package macie_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// A localStore is a store outside AWS that crashes and faults meet, too. Its
// content outlives a crash.
type localStore struct {
	state.Store
	cloud *awstest.Cloud
}

func (s localStore) Get(ctx context.Context, set, key string) (r state.Record, err error) {
	fault := s.cloud.Local(ctx, "GetRecord", set+" "+key, func() error {
		r, err = s.Store.Get(ctx, set, key)
		return nil
	})
	return r, errors.Join(fault, err)
}

func (s localStore) Put(ctx context.Context, records []state.Record) (err error) {
	var names []string
	for _, r := range records {
		names = append(names, r.Key)
	}
	fault := s.cloud.Local(ctx, "PutRecord", strings.Join(names, " "), func() error {
		err = s.Store.Put(ctx, records)
		return nil
	})
	return errors.Join(fault, err)
}

// smallWorld has one image of each kind, and two jobs.
func smallWorld(c *awstest.Cloud) *world {
	w := newWorld(c)
	w.store = localStore{w.store, c}
	w.macie.Duration = 14*time.Minute + 45*time.Second // between two looks at a job
	w.macie.Export(account, region, exports, "records", kmsKey)
	w.put("a.png", pngOf(card))
	w.put("b.png", pngOf(plain))
	w.put("c.pdf", pdfOf(plain, card))
	w.put("d.png", pngOf())
	w.put("e.md", []byte("# read me"))
	return w
}

func (w *world) proofOptions() macie.ScanImagesOptions {
	opts := w.options()
	opts.ImagesPerJob = 2
	opts.Concurrency = 1
	opts.Quotas.Jobs = 1
	opts.Lease = time.Hour // longer than the scan: its renewal is tried alone
	return opts
}

func (w *world) scan(ctx context.Context) error {
	_, err := macie.ScanImages(ctx, w.clients(), w.proofOptions())
	return err
}

// verdicts returns what the store says of all images, and the texts that are kept.
func (w *world) verdicts() string {
	var lines []string
	set := ""
	for r, err := range w.rawStore().List(context.Background(), w.imageSet(), "") {
		if err != nil {
			panic(err)
		}
		lines = append(lines, r.Key+" "+field(string(r.Value), "state")+" "+field(string(r.Value), "reason"))
		set = r.Set
	}
	if set == "" {
		lines = append(lines, "nothing")
	}
	return strings.Join(lines, "\n")
}

func (w *world) rawStore() state.Store {
	if l, ok := w.store.(localStore); ok {
		return l.Store
	}
	return w.store
}

func (w *world) imageSet() string { return w.options().ScanID() + "/images/" + scans }

// field returns a string field of a JSON text.
func field(text, name string) string {
	_, rest, _ := strings.Cut(text, `"`+name+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// billed returns what Textract and Macie are paid for.
func (w *world) billed() string {
	var lines []string
	for d, p := range w.textract.Billed() {
		lines = append(lines, fmt.Sprintf("%s %d async pages", d.Key, p.Async))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// syncPages returns the pages that were read synchronously.
func (w *world) syncPages() (n int) {
	for _, p := range w.textract.Billed() {
		n += p.Sync
	}
	return n
}

func scanProof() awstest.Proof[*world] {
	return awstest.Proof[*world]{
		Start: smallWorld,
		Run:   func(ctx context.Context, _ *awstest.Cloud, w *world) error { return w.scan(ctx) },
		State: func(w *world) string {
			return fmt.Sprintf("%s\n%s\n%d jobs", w.verdicts(), w.billed(), w.macie.Jobs())
		},
	}
}

func TestScanImagesProof(t *testing.T) {
	sweep(t)
	proof := scanProof()
	t.Run("converges", proof.Converges)
	t.Run("retries", proof.Retries)
	proof.State = (*world).verdicts // an image that failed takes another job
	t.Run("failures", proof.Failures)
}

// TestScanImagesAnyOrder reads several images at a time.
func TestScanImagesAnyOrder(t *testing.T) {
	proof := scanProof()
	proof.Run = func(ctx context.Context, _ *awstest.Cloud, w *world) error {
		opts := w.proofOptions()
		opts.Concurrency, opts.Quotas.Jobs = 4, 4
		_, err := macie.ScanImages(ctx, w.clients(), opts)
		return err
	}
	proof.AnyOrder(40)(t)
}

// TestScanImagesPaysOnce kills a scan at each of its calls, and after each fifth
// the next one, too: pages read asynchronously are paid for once, of those read
// synchronously no more twice than were in flight, and the result counts them.
func TestScanImagesPaysOnce(t *testing.T) {
	sweep(t)
	for k := 1; paysOnce(t, k); k++ {
		for second := 1 + k%7; k%5 == 0 && paysOnce(t, k, second); second += 7 {
		}
	}
}

// paysOnce kills scans at their calls until one is not killed. It reports whether
// all kills came.
func paysOnce(t *testing.T, kills ...int) (all bool) {
	const syncPages, concurrency, jobs = 3, 2, 2
	synctest.Test(t, func(t *testing.T) {
		w := smallWorld(awstest.New(t))
		opts := w.proofOptions()
		opts.Concurrency = concurrency
		for _, k := range kills {
			w.CrashAfter(k)
			_, err := macie.ScanImages(t.Context(), w.clients(), opts)
			if all = w.Crashed(); !all {
				return
			}
			if err == nil {
				t.Errorf("killed after calls %v: no error", kills)
			}
			w.Recover()
		}
		result, err := macie.ScanImages(t.Context(), w.clients(), opts)
		if err != nil {
			t.Errorf("killed after calls %v: then %v", kills, err)
		}
		wantStates(t, result, "a.png finding", "b.png clean", "c.pdf finding", "d.png no text", "e.md skipped")
		again, said, most := w.syncPages()-syncPages, int(result.PagesAgain), concurrency*len(kills)
		// Killed at the very end, the run is done, and this is another one.
		if again < 0 || again > said && result.Kept == 0 || said > most || again > most {
			t.Errorf("killed after calls %v: %d pages paid twice, the result says up to %d, and %d can have been in flight", kills, again, said, most)
		}
		if asynchronous := w.billed(); asynchronous != "a.png 0 async pages\nb.png 0 async pages\nc.pdf 2 async pages\nd.png 0 async pages" {
			t.Errorf("killed after calls %v: %s", kills, asynchronous)
		}
		if got := w.macie.Jobs(); got != jobs {
			t.Errorf("killed after calls %v: %d Macie jobs", kills, got)
		}
	})
	return all
}
