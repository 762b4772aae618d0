package opensearch_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// TestIngestOrder checks that of documents with one id the last wins, however often
// earlier ones had to be sent.
func TestIngestOrder(t *testing.T) {
	const n, ids = 2000, 50
	documents := func(yield func(opensearch.Document, error) bool) {
		r := rand.New(rand.NewPCG(3, 4))
		for i := range n {
			if !yield(opensearch.Document{ID: fmt.Sprint(r.IntN(ids)), Source: fmt.Appendf(nil, `{"n":%d}`, i)}, nil) {
				return
			}
		}
	}
	var last [ids]int
	r := rand.New(rand.NewPCG(3, 4))
	for i := range n {
		last[r.IntN(ids)] = i
	}
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.cloud.Seed = 5
		faults := rand.New(rand.NewPCG(7, 8))
		w.server.ItemFault = func(standin.Item) *standin.ItemError {
			if faults.IntN(3) == 0 {
				return standin.Rejected()
			}
			return nil
		}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{Index: "docs", Mode: opensearch.Overwrite, Documents: documents, MaxBatchDocuments: 20})
		if err != nil {
			t.Fatal(err)
		}
		for id, doc := range w.server.Docs("docs") {
			if want := fmt.Sprintf(`{"n":%d}`, last[atoi(id)]); string(doc.Source) != want {
				t.Errorf("id %s: got %s, want %s", id, doc.Source, want)
			}
		}
		checkSum(t, result.IngestCounts)
		if result.Created != ids || result.Updated != n-ids {
			t.Errorf("got %+v", result)
		}
	})
}

func atoi(s string) (n int) { fmt.Sscan(s, &n); return n }

// TestIngestGeneratedIDs checks collections that make the ids themselves.
func TestIngestGeneratedIDs(t *testing.T) {
	const n = 500
	world := func(t *testing.T) *ingestWorld {
		w := newIngestWorld(awstest.New(t))
		w.server.Product = standin.VectorSearch
		return w
	}
	clients := func(t *testing.T, w *ingestWorld) opensearch.Clients {
		conn, err := opensearch.NewConn(opensearch.ConnOptions{
			Endpoints: []string{testHost}, Product: opensearch.Serverless, HTTPClient: w.cloud.HTTPClient(),
			Credentials: awstest.Credentials("111111111111"), Region: "eu-west-1",
		})
		if err != nil {
			t.Fatal(err)
		}
		return opensearch.Clients{Conn: conn}
	}
	t.Run("ids from content are left to the service", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := world(t)
			file := writeLines(t, n)
			result, err := opensearch.Ingest(t.Context(), clients(t, w), opensearch.IngestOptions{Index: "docs", Files: []string{file}, MaxBatchDocuments: 100})
			if err != nil {
				t.Fatal(err)
			}
			if got := numbers(t, w.server, "docs"); !slices.Equal(got, upTo(n)) || result.Created != n || result.MayBeDoubled != 0 {
				t.Errorf("%d documents, %+v", len(got), result)
			}
		})
	})
	t.Run("ids of the caller are not given up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := world(t)
			_, err := opensearch.Ingest(t.Context(), clients(t, w), opensearch.IngestOptions{Index: "docs", Documents: numbered(n)})
			if err == nil || !strings.Contains(err.Error(), "GeneratedIDs") {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("lost answers are counted", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := world(t)
			lost := 0
			w.server.RequestFault = func(*http.Request) *standin.Fault {
				if lost++; lost == 2 {
					return &standin.Fault{Status: 504, Applied: true}
				}
				return nil
			}
			result, err := opensearch.Ingest(t.Context(), clients(t, w), opensearch.IngestOptions{
				Index: "docs", Documents: unnamed(n), GeneratedIDs: true, MaxBatchDocuments: 100, Workers: 1,
			})
			if err != nil {
				t.Fatal(err)
			}
			doubled := len(numbers(t, w.server, "docs")) - n
			if doubled == 0 || int64(doubled) > result.MayBeDoubled || result.Doubled == "" {
				t.Errorf("%d documents are doubled, %+v", doubled, result)
			}
			checkSum(t, result.IngestCounts)
		})
	})
}

// TestIngestStalls checks that a run ends when the service takes nothing for long,
// loses nothing and can go on.
func TestIngestStalls(t *testing.T) {
	const n = 1000
	faults := map[string]func(w *ingestWorld) func(){
		"items": func(w *ingestWorld) func() {
			w.server.ItemFault = func(i standin.Item) *standin.ItemError {
				if atoi(strings.TrimPrefix(i.ID, "doc-")) >= 500 {
					return standin.Rejected()
				}
				return nil
			}
			return func() { w.server.ItemFault = nil }
		},
		"requests": func(w *ingestWorld) func() {
			w.cloud.Inject(awstest.Fault{Operation: "node.example.org.POST", Skip: 3, Err: errors.New("no route to host")})
			return w.cloud.ClearFaults
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newIngestWorld(awstest.New(t))
				heal := fault(w)
				opts := opensearch.IngestOptions{
					Index: "docs", Documents: numbered(n), Version: "1", MaxBatchDocuments: 100,
					RetryFor: 5 * time.Minute, Checkpoint: w.checkpoint, DeadLetters: w.deadLetters,
					// One worker: the requests that pass are then those of the first documents,
					// and the next run has something to skip.
					Workers: 1,
				}
				begun := time.Now()
				result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
				if !errors.Is(err, opensearch.ErrStalled) {
					t.Fatalf("got %v", err)
				}
				if took := time.Since(begun); took < opts.RetryFor || took > 2*opts.RetryFor {
					t.Errorf("it took %s", took)
				}
				checkSum(t, result.IngestCounts)
				if result.Complete || result.Pending == 0 || len(w.deadLetters.kept) > 0 {
					t.Errorf("got %+v", result)
				}
				heal()
				again, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
				if err != nil {
					t.Fatal(err)
				}
				checkSum(t, again.IngestCounts)
				if got := numbers(t, w.server, "docs"); !slices.Equal(got, upTo(n)) || !again.Resumed || again.Skipped == 0 || !again.Complete {
					t.Errorf("%d documents, %+v", len(got), again)
				}
			})
		})
	}
}

// TestIngestCancelled checks that a run ends at once when its context does, and that the
// next one goes on.
func TestIngestCancelled(t *testing.T) {
	const n = 1000
	why := errors.New("shut down")
	for after := range 12 {
		synctest.Test(t, func(t *testing.T) {
			w := newIngestWorld(awstest.New(t))
			w.cloud.Latency = time.Second
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Duration(after)*time.Second+time.Second/2, func() { cancel(why) })
			opts := opensearch.IngestOptions{
				Index: "docs", Documents: numbered(n), Version: "1", MaxBatchDocuments: 50, Workers: 2, Checkpoint: w.checkpoint,
			}
			begun := time.Now()
			result, err := opensearch.Ingest(ctx, w.clients(t), opts)
			checkSum(t, result.IngestCounts)
			if err == nil { // it was quicker
				return
			}
			if !errors.Is(err, why) || result.Complete {
				t.Fatalf("got %+v, %v", result, err)
			}
			if took := time.Since(begun); took > time.Duration(after)*time.Second+10*time.Second+time.Second {
				t.Errorf("it ended after %s", took)
			}
			if _, err := opensearch.Ingest(t.Context(), w.clients(t), opts); err != nil {
				t.Fatal(err)
			}
			if got := numbers(t, w.server, "docs"); !slices.Equal(got, upTo(n)) {
				t.Errorf("%d documents", len(got))
			}
		})
	}
}

// TestIngestSourceFails checks that what was read before an error of the source is
// written.
func TestIngestSourceFails(t *testing.T) {
	broken := errors.New("broken")
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		documents := func(yield func(opensearch.Document, error) bool) {
			for d := range numbered(100) {
				if !yield(d, nil) {
					return
				}
			}
			yield(opensearch.Document{}, broken)
		}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{Index: "docs", Documents: documents})
		if !errors.Is(err, broken) || result.Complete || result.Created != 100 || result.Pending != 0 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

// TestIngestEnds checks what ends a run: refusals that nobody keeps, too many of them,
// what every request would meet.
func TestIngestEnds(t *testing.T) {
	spoilt := func(yield func(opensearch.Document, error) bool) {
		for i := range 1000 {
			if !yield(opensearch.Document{ID: fmt.Sprint(i), Source: fmt.Appendf(nil, `{"n":%s}`, []string{`"x"`, "1"}[min(i%10, 1)])}, nil) {
				return
			}
		}
	}
	tests := []struct {
		name      string
		prepare   func(w *ingestWorld, o *opensearch.IngestOptions)
		documents iter.Seq2[opensearch.Document, error]
		want      string
		rejected  bool // *opensearch.RejectedError
	}{
		{"no dead letters", func(*ingestWorld, *opensearch.IngestOptions) {}, spoilt, "there are no DeadLetters", true},
		{"too many", func(w *ingestWorld, o *opensearch.IngestOptions) { o.DeadLetters, o.MaxRejected = w.deadLetters, 20 }, spoilt, "more than MaxRejected", true},
		{"no index", func(w *ingestWorld, o *opensearch.IngestOptions) { w.server.NoAutoCreate, o.Index = true, "other" }, numbered(10), "create the index", false},
		{"denied", func(w *ingestWorld, o *opensearch.IngestOptions) {
			w.cloud.Inject(awstest.Fault{Operation: "node.example.org.POST", Err: awstest.Denied()})
		}, numbered(10), "403", false},
		{"bad requests", func(w *ingestWorld, o *opensearch.IngestOptions) {
			w.server.RequestFault = func(r *http.Request) *standin.Fault {
				if r.Method == "POST" {
					return &standin.Fault{Status: 400, Type: "illegal_argument_exception", Reason: "request contains unrecognized parameter"}
				}
				return nil
			}
			o.DeadLetters = w.deadLetters
		}, numbered(1000), "unrecognized parameter", false},
		{"dead letters fail", func(w *ingestWorld, o *opensearch.IngestOptions) {
			o.DeadLetters = w.deadLetters
			w.cloud.Inject(awstest.Fault{Operation: "local.PutDeadLetters", Err: errors.New("disk full")})
		}, spoilt, "disk full", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newIngestWorld(awstest.New(t))
				w.put(t, "/docs", `{"mappings":{"properties":{"n":{"type":"integer"}}}}`)
				opts := opensearch.IngestOptions{Index: "docs", Documents: test.documents, MaxBatchDocuments: 50, Workers: 2}
				test.prepare(w, &opts)
				result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if _, ok := errors.AsType[*opensearch.RejectedError](err); ok != test.rejected {
					t.Errorf("got %v", err)
				}
				checkSum(t, result.IngestCounts)
				if result.Complete {
					t.Error("complete")
				}
			})
		})
	}
}

// TestIngestBadDocument checks that a document for which the whole request is refused
// is found among the others.
func TestIngestBadDocument(t *testing.T) {
	for _, bad := range []int{0, 1, 57, 199} {
		synctest.Test(t, func(t *testing.T) {
			w := newIngestWorld(awstest.New(t))
			marker := fmt.Sprintf(`"n":%d,`, bad)
			w.server.RequestFault = func(r *http.Request) *standin.Fault {
				if r.Method == "POST" && strings.Contains(readAll(r), marker) {
					return &standin.Fault{Status: 400, Type: "parse_exception", Reason: "no"}
				}
				return nil
			}
			opts := opensearch.IngestOptions{Index: "docs", Documents: numbered(200), MaxBatchDocuments: 50, Workers: 1, DeadLetters: w.deadLetters}
			result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.deadLetters.positions(); !slices.Equal(got, []int64{int64(bad)}) || result.Created != 199 {
				t.Errorf("dead letters %v, %+v", got, result)
			}
		})
	}
}

// TestIngestStream checks that documents of a slow source do not wait for a full batch.
func TestIngestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		documents := func(yield func(opensearch.Document, error) bool) {
			for d := range numbered(10) {
				if !yield(d, nil) {
					return
				}
			}
			time.Sleep(3 * time.Second)
			if got := len(w.server.Docs("docs")); got != 10 {
				t.Errorf("%d documents after a while", got)
			}
		}
		if _, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{Index: "docs", Documents: documents}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestIngestCircuitBreaker checks that requests become smaller if a service has too
// little memory for them and does not say so.
func TestIngestCircuitBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.server.RequestFault = func(r *http.Request) *standin.Fault {
			if r.Method == "POST" && len(readAll(r)) > 3_000 {
				return &standin.Fault{Status: 429, Type: "circuit_breaking_exception", Reason: "[parent] Data too large"}
			}
			return nil
		}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{Index: "docs", Documents: numbered(500), MaxBatchDocuments: 250})
		if err != nil {
			t.Fatal(err)
		}
		if got := numbers(t, w.server, "docs"); !slices.Equal(got, upTo(500)) || result.Created != 500 {
			t.Errorf("%d documents, %+v", len(got), result)
		}
	})
}

// TestIngestMappingRace checks that a document that met a mapping in the making is sent
// again, and not for ever.
func TestIngestMappingRace(t *testing.T) {
	race := &standin.ItemError{Status: 400, Type: "illegal_argument_exception", Reason: "mapper [n] cannot be changed from type [long] to [float]"}
	for attempts, refused := range map[int]int64{1: 0, 5: 0, 6: 1, 1000: 1} {
		synctest.Test(t, func(t *testing.T) {
			w := newIngestWorld(awstest.New(t))
			w.server.ItemFault = func(i standin.Item) *standin.ItemError {
				if i.ID == "doc-7" && i.Attempt <= attempts {
					return race
				}
				return nil
			}
			opts := opensearch.IngestOptions{Index: "docs", Documents: numbered(20), DeadLetters: w.deadLetters}
			result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
			if err != nil || result.Rejected != refused || result.Created != 20-refused {
				t.Errorf("refused %d times: %+v, %v", attempts, result, err)
			}
		})
	}
}

// TestIngestLargeRejections checks that a result does not hold what dead letters are for.
func TestIngestLargeRejections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		documents := func(yield func(opensearch.Document, error) bool) {
			for range 10 {
				if !yield(opensearch.Document{ID: "x", Source: fmt.Appendf(nil, `["%s"]`, strings.Repeat("x", 300_000))}, nil) {
					return
				}
			}
		}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{Index: "docs", Documents: documents, DeadLetters: w.deadLetters})
		if err != nil || len(result.Rejections) != 10 || len(w.deadLetters.kept) != 10 {
			t.Fatalf("got %+v, %v", result.IngestCounts, err)
		}
		held := 0
		for _, r := range result.Rejections {
			held += len(r.Source)
		}
		if held == 0 || held > 1<<20 || len(w.deadLetters.kept[9].Source) < 300_000 {
			t.Errorf("the result holds %d bytes", held)
		}
	})
}
