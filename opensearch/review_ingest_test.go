package opensearch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// vectorWorld is a collection that makes the ids itself.
func vectorWorld(t *testing.T) (*ingestWorld, opensearch.Clients) {
	t.Helper()
	w := newIngestWorld(awstest.New(t))
	w.server.Product = standin.VectorSearch
	conn, err := opensearch.NewConn(opensearch.ConnOptions{
		Endpoints: []string{testHost}, Product: opensearch.Serverless, HTTPClient: w.cloud.HTTPClient(),
		Credentials: awstest.Credentials("111111111111"), Region: "eu-west-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, opensearch.Clients{Conn: conn}
}

// TestIngestModeNeedsIDs checks that a mode that needs ids is given up, and nothing
// written, where the service makes the ids.
func TestIngestModeNeedsIDs(t *testing.T) {
	for _, mode := range []opensearch.Mode{opensearch.Overwrite, opensearch.Upsert} {
		t.Run(string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, clients := vectorWorld(t)
				opts := opensearch.IngestOptions{Index: "docs", Mode: mode, Files: []string{writeLines(t, 100)}, DeadLetters: w.deadLetters}
				result, err := opensearch.Ingest(t.Context(), clients, opts)
				if err == nil || !strings.Contains(err.Error(), "GeneratedIDs") {
					t.Errorf("got %v", err)
				}
				if got := len(w.server.Docs("docs")); got > 0 || len(w.deadLetters.kept) > 0 || result.Pending != 100 {
					t.Errorf("%d documents, %d dead letters, %+v", got, len(w.deadLetters.kept), result)
				}
			})
		})
	}
}

// TestIngestQuotedError checks that a document does not end a run, or lose its id, by
// what it says.
func TestIngestQuotedError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.server.ItemFault = func(i standin.Item) *standin.ItemError {
			if i.ID != "doc-7" {
				return nil
			}
			return &standin.ItemError{Status: 400, Type: "mapper_parsing_exception", Reason: "failed to parse field [n]. Preview of field's value: 'Document ID is not supported'"}
		}
		opts := opensearch.IngestOptions{Index: "docs", Documents: numbered(50), DeadLetters: w.deadLetters}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
		if err != nil || result.Rejected != 1 || result.Created != 49 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

// TestIngestPanickingSource checks that nothing of a run is left when the caller's
// loop panics: synctest finds what is.
func TestIngestPanickingSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		documents := func(yield func(opensearch.Document, error) bool) {
			for d := range numbered(100) {
				yield(d, nil)
			}
			panic("broken")
		}
		defer func() {
			if got := recover(); got != "broken" {
				t.Errorf("got %v", got)
			}
		}()
		opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{
			Index: "docs", Documents: documents, Progress: func(opensearch.IngestProgress) {},
		})
	})
}

// TestIngestAfterIdleSource checks that RetryFor counts from when the service began to
// refuse: a source may have had nothing for longer.
func TestIngestAfterIdleSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		documents := func(yield func(opensearch.Document, error) bool) {
			for d := range numbered(3) {
				time.Sleep(time.Hour)
				if !yield(d, nil) {
					return
				}
			}
		}
		w.server.ItemFault = func(i standin.Item) *standin.ItemError {
			if i.Attempt < 3 {
				return standin.Rejected()
			}
			return nil
		}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{Index: "docs", Documents: documents})
		if err != nil || result.Created != 3 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

// TestIngestFewRefused checks that it waits longer and longer for a service that
// refuses all of a few documents.
func TestIngestFewRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.server.ItemFault = func(standin.Item) *standin.ItemError { return standin.Rejected() }
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{Index: "docs", Documents: numbered(5)})
		if !errors.Is(err, opensearch.ErrStalled) || result.Requests > 200 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

// TestIngestRetryAfter checks that a service cannot make a run wait for longer than
// RetryFor by asking for it.
func TestIngestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.server.RequestFault = func(r *http.Request) *standin.Fault {
			if r.Method != "POST" {
				return nil
			}
			return &standin.Fault{Status: 429, RetryAfter: 290 * time.Second}
		}
		begun := time.Now()
		_, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{Index: "docs", Documents: numbered(5), RetryFor: 10 * time.Second})
		if took := time.Since(begun); !errors.Is(err, opensearch.ErrStalled) || took > time.Minute {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

// TestIngestSavesUnreachable checks that a run which ends since the cluster is not
// reached saves how far it came, whatever restoring settings takes.
func TestIngestSavesUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		bulks := 0
		w.server.RequestFault = func(r *http.Request) *standin.Fault {
			if r.Method == "POST" {
				if bulks++; bulks == 1 {
					return nil
				}
			}
			if r.URL.Path == "/" {
				return nil
			}
			return &standin.Fault{Latency: time.Hour}
		}
		opts := opensearch.IngestOptions{
			Index: "docs", Documents: numbered(20), Version: "1", MaxBatchDocuments: 10, Workers: 1,
			Checkpoint: &timelyCheckpoint{w.checkpoint}, RetryFor: time.Minute,
		}
		_, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
		if !errors.Is(err, opensearch.ErrStalled) {
			t.Errorf("got %v", err)
		}
		w.server.SetFaults(func(f *standin.Faults) { f.RequestFault = nil })
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
		if err != nil || result.Skipped != 10 || result.Created+result.Existing != 10 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

// A timelyCheckpoint does nothing when its context is over.
type timelyCheckpoint struct{ *keptCheckpoint }

func (c *timelyCheckpoint) Save(ctx context.Context, value []byte) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return c.keptCheckpoint.Save(ctx, value)
}

// TestIngestDoubtfulItems checks that documents without ids are counted whose items
// failed such that they may have been written.
func TestIngestDoubtfulItems(t *testing.T) {
	for _, test := range []struct {
		status int
		want   int64
	}{{429, 0}, {402, 0}, {500, 1}, {503, 1}, {504, 1}, {408, 1}} {
		t.Run(fmt.Sprint(test.status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newIngestWorld(awstest.New(t))
				w.server.ItemFault = func(i standin.Item) *standin.ItemError {
					if string(i.Source) == `{"n":3}` && i.Attempt < 3 {
						return &standin.ItemError{Status: test.status, Type: "some_exception", Reason: "no answer"}
					}
					return nil
				}
				result, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{Index: "docs", Documents: unnamed(10), GeneratedIDs: true})
				if err != nil || result.MayBeDoubled != test.want || (result.Doubled == "") != (test.want == 0) {
					t.Errorf("got %+v, %v", result, err)
				}
			})
		})
	}
}

// TestIngestTuneFails checks that settings are restored of which it is not known
// whether they were changed.
func TestIngestTuneFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.put(t, "/docs", `{"settings":{"number_of_replicas":1}}`)
		lost := 0
		w.server.RequestFault = func(r *http.Request) *standin.Fault {
			if r.Method == "PUT" && strings.HasSuffix(r.URL.Path, "/_settings") && lost < 5 {
				lost++
				return &standin.Fault{Status: 504, Applied: true}
			}
			return nil
		}
		opts := opensearch.IngestOptions{Index: "docs", Documents: numbered(10), Tune: true}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
		if err == nil || !strings.Contains(err.Error(), "tune: ") || result.Read != 0 {
			t.Fatalf("got %+v, %v", result, err)
		}
		if got := w.settings(t, "docs"); !strings.Contains(got, `"index.number_of_replicas":"1"`) || strings.Contains(got, "refresh_interval") || !result.Restored {
			t.Errorf("settings %s, %+v", got, result)
		}
	})
}

// TestIngestCancelledRestoring checks that settings are restored also if the context
// ends in the middle of that.
func TestIngestCancelledRestoring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.put(t, "/docs", `{"settings":{"number_of_replicas":1}}`)
		ctx, cancel := context.WithCancel(t.Context())
		written := false
		w.server.RequestFault = func(r *http.Request) *standin.Fault {
			if written && r.Method == "GET" {
				cancel()
			}
			written = written || r.Method == "POST"
			return nil
		}
		opts := opensearch.IngestOptions{Index: "docs", Documents: numbered(10), Tune: true, Version: "1", Checkpoint: w.checkpoint}
		result, err := opensearch.Ingest(ctx, w.clients(t), opts)
		if !errors.Is(err, context.Canceled) || result.Created != 10 {
			t.Fatalf("got %+v, %v", result, err)
		}
		if got := w.settings(t, "docs"); !strings.Contains(got, `"index.number_of_replicas":"1"`) || strings.Contains(got, "refresh_interval") || !result.Restored {
			t.Errorf("settings %s, %+v", got, result)
		}
		if again, err := opensearch.Ingest(t.Context(), w.clients(t), opts); err != nil || again.Skipped != 10 {
			t.Errorf("got %+v, %v", again, err)
		}
	})
}

// settings returns the settings of an index, past faults.
func (w *ingestWorld) settings(tb testing.TB, index string) string {
	tb.Helper()
	w.server.SetFaults(func(f *standin.Faults) { f.RequestFault = nil })
	response, err := w.clients(tb).Conn.Do(tb.Context(), opensearch.Request{Method: "GET", Path: "/" + index + "/_settings", Query: url.Values{"flat_settings": {"true"}}})
	if err != nil {
		tb.Fatal(err)
	}
	return string(response.Body)
}

// TestIngestEndlessAnswer checks that documents are counted whose answer is too large
// to be read, which ends the run.
func TestIngestEndlessAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		body := strings.Repeat(" ", 1<<20)
		conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{testHost}, HTTPClient: w.cloud.HTTPClient()})
		if err != nil {
			t.Fatal(err)
		}
		conn.SetMaxResponse(1 << 19)
		w.server.RequestFault = func(r *http.Request) *standin.Fault {
			if r.Method != "POST" {
				return nil
			}
			return &standin.Fault{Status: 200, Body: body, Applied: true}
		}
		result, err := opensearch.Ingest(t.Context(), opensearch.Clients{Conn: conn}, opensearch.IngestOptions{Index: "docs", Documents: unnamed(10), GeneratedIDs: true})
		if err == nil || result.MayBeDoubled != 10 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

// TestIngestResumedGeneratedIDs checks that documents are counted that a run which was
// stopped has written behind its checkpoint: the next one doubles them.
func TestIngestResumedGeneratedIDs(t *testing.T) {
	const n = 1000
	for _, generated := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w, clients := vectorWorld(t)
			opts := opensearch.IngestOptions{
				Index: "docs", Files: []string{writeLines(t, n)}, GeneratedIDs: generated, MaxBatchDocuments: 50, Workers: 4,
				Checkpoint: w.checkpoint, RetryFor: time.Minute,
			}
			w.server.SetFaults(func(f *standin.Faults) {
				f.ItemFault = func(i standin.Item) *standin.ItemError {
					if strings.HasPrefix(string(i.Source), `{"n":120,`) {
						return standin.OverCapacity()
					}
					return nil
				}
			})
			stopped, err := opensearch.Ingest(t.Context(), clients, opts)
			if !errors.Is(err, opensearch.ErrStalled) {
				t.Fatalf("got %+v, %v", stopped, err)
			}
			w.server.SetFaults(func(f *standin.Faults) { f.ItemFault = nil })
			result, err := opensearch.Ingest(t.Context(), clients, opts)
			doubled := int64(len(w.server.Docs("docs")) - n)
			if err != nil || doubled == 0 || result.MayBeDoubled < doubled || !strings.Contains(result.Doubled, "stopped") {
				t.Errorf("%d documents are doubled, %+v, %v", doubled, result, err)
			}
			checkSum(t, result.IngestCounts)
			if again, err := opensearch.Ingest(t.Context(), clients, opts); err != nil || again.MayBeDoubled != 0 {
				t.Errorf("got %+v, %v", again, err)
			}
		})
	}
}

// TestIngestMaxBatchBytes checks that no request is larger than MaxBatchBytes, whatever
// its documents have beside themselves.
func TestIngestMaxBatchBytes(t *testing.T) {
	const most = 4_000
	documents := func(yield func(opensearch.Document, error) bool) {
		for i := range 500 {
			id := strings.Repeat("\x01", i%400) + fmt.Sprint(i) // one byte is six in JSON
			if !yield(opensearch.Document{ID: id, Routing: `"`, Source: fmt.Appendf(nil, `{"n":%d}`, i)}, nil) {
				return
			}
		}
	}
	for _, mode := range []opensearch.Mode{opensearch.Append, opensearch.Upsert} {
		synctest.Test(t, func(t *testing.T) {
			w := newIngestWorld(awstest.New(t))
			largest := 0
			w.server.RequestFault = func(r *http.Request) *standin.Fault {
				if r.Method == "POST" {
					largest = max(largest, len(readAll(r)))
				}
				return nil
			}
			opts := opensearch.IngestOptions{Index: "docs", Mode: mode, Documents: documents, MaxBatchBytes: most, Workers: 1}
			result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
			if err != nil || result.Created != 500 || largest > most {
				t.Errorf("%s: a request of %d bytes, %+v, %v", mode, largest, result, err)
			}
		})
	}
}

// TestIngestChaos loads documents of few ids, some of them bad, under faults of every
// kind, and is stopped and goes on until it is done: in the end of each id the last
// document is there (Append: the first), and all that are bad are in the dead letters.
func TestIngestChaos(t *testing.T) {
	const n = 1500
	for seed := range uint64(12) {
		mode := []opensearch.Mode{opensearch.Append, opensearch.Overwrite, opensearch.Upsert}[seed%3]
		r := rand.New(rand.NewPCG(seed, 9))
		want, bad := map[string]string{}, []int64{}
		documents := make([]opensearch.Document, n)
		for i := range documents {
			d := opensearch.Document{ID: fmt.Sprint("i/\"", r.IntN(n/4)), Source: fmt.Appendf(nil, "{\n\"n\":%d}", i)}
			switch r.IntN(20) {
			case 0:
				d.Source = []byte(`{"n":"x"}`)
			case 1:
				d.Source = []byte(`{"n":`)
			}
			documents[i] = d
			if !strings.HasPrefix(string(d.Source), "{\n") {
				bad = append(bad, int64(i))
			} else if want[d.ID] == "" || mode != opensearch.Append {
				want[d.ID] = strings.ReplaceAll(string(d.Source), "\n", " ")
			}
		}
		source := func(yield func(opensearch.Document, error) bool) {
			buf := make([]byte, 0, 100)
			for _, d := range documents {
				buf = append(buf[:0], d.Source...)
				if !yield(opensearch.Document{ID: d.ID, Source: buf}, nil) {
					return
				}
				clear(buf)
			}
		}
		synctest.Test(t, func(t *testing.T) {
			w := newIngestWorld(awstest.New(t))
			w.cloud.MaxCalls = 1 << 30
			w.cloud.Latency = 10 * time.Millisecond
			w.put(t, "/docs", `{"mappings":{"properties":{"n":{"type":"integer"}}}}`)
			var mu sync.Mutex
			hit := func(p float64) bool { mu.Lock(); defer mu.Unlock(); return r.Float64() < p }
			w.server.MaxContentLength = 3000
			w.server.ItemFault = func(standin.Item) *standin.ItemError {
				switch {
				case hit(0.05):
					return standin.Rejected()
				case hit(0.05):
					return &standin.ItemError{Status: 500, Type: "some_exception", Reason: "no answer", Applied: hit(0.5)}
				}
				return nil
			}
			w.server.RequestFault = func(r *http.Request) *standin.Fault {
				switch {
				case r.Method != "POST":
				case hit(0.05):
					return standin.Throttled(r.URL.Path)
				case hit(0.05):
					return &standin.Fault{Status: 502, Applied: hit(0.5)}
				case hit(0.05):
					return &standin.Fault{Reset: true, Applied: hit(0.5)}
				case hit(0.05):
					return &standin.Fault{Status: 200, Body: `{"items":[]}`, Applied: hit(0.5)}
				}
				return nil
			}
			opts := opensearch.IngestOptions{
				Index: "docs", Mode: mode, Documents: source, Version: "1", MaxBatchDocuments: 1 + r.IntN(60), Workers: 1 + r.IntN(5),
				Checkpoint: w.checkpoint, DeadLetters: w.deadLetters, Tune: seed%2 == 0, Compress: seed%4 == 1,
				Progress: func(p opensearch.IngestProgress) { checkSum(t, p.IngestCounts) },
			}
			for run := 0; ; run++ {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+r.IntN(8*(run+1)))*time.Second)
				result, err := opensearch.Ingest(ctx, w.clients(t), opts)
				cancel()
				checkSum(t, result.IngestCounts)
				if err == nil {
					if result.Read != n || result.Pending != 0 || !result.Complete {
						t.Errorf("run %d: %+v", run, result)
					}
					break
				}
				if !errors.Is(err, context.DeadlineExceeded) || run > 100 {
					t.Fatalf("run %d: %v", run, err)
				}
			}
			if got := w.deadLetters.positions(); !slices.Equal(got, bad) {
				t.Errorf("seed %d: dead letters %v, want %v", seed, got, bad)
			}
			docs := w.server.Docs("docs")
			for id, doc := range docs {
				if got := strings.ReplaceAll(string(doc.Source), " ", ""); got != strings.ReplaceAll(want[id], " ", "") {
					t.Errorf("seed %d, %s: %q is %s, want %s", seed, mode, id, got, want[id])
				}
			}
			if len(docs) != len(want) {
				t.Errorf("seed %d: %d documents, want %d", seed, len(docs), len(want))
			}
		})
	}
}

// slowLetters block until they are told, or fail.
type slowLetters struct {
	block chan struct{}
	err   error
	puts  atomic.Int64
}

func (l *slowLetters) Put(ctx context.Context, _ []opensearch.Rejection) error {
	l.puts.Add(1)
	select {
	case <-l.block:
		return l.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// TestIngestBlockedLetters checks that a run ends whose dead letters do not.
func TestIngestBlockedLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		documents := func(yield func(opensearch.Document, error) bool) {
			for i := range 1000 {
				if !yield(opensearch.Document{ID: fmt.Sprint(i % 7), Source: []byte(`[]`)}, nil) {
					return
				}
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		opts := opensearch.IngestOptions{Index: "docs", Documents: documents, MaxBatchDocuments: 10, DeadLetters: &slowLetters{block: make(chan struct{})}}
		result, err := opensearch.Ingest(ctx, w.clients(t), opts)
		checkSum(t, result.IngestCounts)
		if !errors.Is(err, context.DeadlineExceeded) || result.Rejected > 0 || result.Pending == 0 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

// TestIngestNothing checks runs that have nothing to load, into no index.
func TestIngestNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		opts := opensearch.IngestOptions{Index: "docs", Documents: numbered(0), Version: "1", Checkpoint: w.checkpoint}
		for range 2 {
			result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
			if err != nil || !result.Complete || result.Read != 0 {
				t.Errorf("got %+v, %v", result, err)
			}
		}
	})
}

// TestIngestMaxRejectedRecords checks that MaxRejected ends the run also if the records are
// bad before they are sent, and that what was refused is in the dead letters.
func TestIngestMaxRejectedRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		documents := func(yield func(opensearch.Document, error) bool) {
			for i := 0; ; i++ {
				if !yield(opensearch.Document{ID: fmt.Sprint(i), Source: []byte(`[1]`)}, nil) {
					return
				}
			}
		}
		opts := opensearch.IngestOptions{Index: "docs", Documents: documents, DeadLetters: w.deadLetters, MaxRejected: 10, MaxBatchDocuments: 4}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
		checkSum(t, result.IngestCounts)
		if rejected, ok := errors.AsType[*opensearch.RejectedError](err); !ok || rejected.Rejected <= 10 || result.Rejected != int64(len(w.deadLetters.kept)) {
			t.Errorf("got %+v, %v, %d dead letters", result, err, len(w.deadLetters.kept))
		}
	})
}

// TestIngestSlowStart checks that a service that takes one request at a time, slowly,
// gets all, though it refuses the others for most of RetryFor.
func TestIngestSlowStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.server.SetFaults(func(f *standin.Faults) {
			f.BulkTime = func(int) time.Duration { return 20 * time.Second }
			f.MaxBulks = 1
		})
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{Index: "docs", Documents: numbered(300), MaxBatchDocuments: 20, RetryFor: time.Minute})
		if err != nil || result.Created+result.Existing != 300 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}
