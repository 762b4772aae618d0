package opensearch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// An ingestWorld is a cluster and what a process keeps beside it.
type ingestWorld struct {
	cloud       *awstest.Cloud
	server      *standin.Server
	checkpoint  *keptCheckpoint
	deadLetters *keptDeadLetters
}

const testHost = "https://node.example.org"

func newIngestWorld(cloud *awstest.Cloud) *ingestWorld {
	server := standin.New()
	cloud.HandleHTTP("node.example.org", server)
	return &ingestWorld{cloud, server, &keptCheckpoint{cloud: cloud}, &keptDeadLetters{cloud: cloud}}
}

func (w *ingestWorld) clients(tb testing.TB) opensearch.Clients {
	tb.Helper()
	conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{testHost}, HTTPClient: w.cloud.HTTPClient()})
	if err != nil {
		tb.Fatal(err)
	}
	return opensearch.Clients{Conn: conn}
}

// A keptCheckpoint outlives a crash.
type keptCheckpoint struct {
	cloud *awstest.Cloud
	value []byte
	saves int
}

func (c *keptCheckpoint) Load(ctx context.Context) (value []byte, err error) {
	err = c.cloud.Local(ctx, "GetCheckpoint", "checkpoint", func() error { value = c.value; return nil })
	return value, err
}

func (c *keptCheckpoint) Save(ctx context.Context, value []byte) error {
	return c.cloud.Local(ctx, "PutCheckpoint", "checkpoint", func() error { c.value, c.saves = value, c.saves+1; return nil })
}

// keptDeadLetters outlive a crash.
type keptDeadLetters struct {
	cloud *awstest.Cloud
	mu    sync.Mutex
	kept  []opensearch.Rejection
}

func (d *keptDeadLetters) Put(ctx context.Context, rejections []opensearch.Rejection) error {
	return d.cloud.Local(ctx, "PutDeadLetters", "dead letters", func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.kept = append(d.kept, rejections...)
		return nil
	})
}

// positions returns which records are in the dead letters, each once.
func (d *keptDeadLetters) positions() []int64 {
	seen := map[int64]bool{}
	for _, r := range d.kept {
		seen[r.Position.Record] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// numbered yields n documents with ids.
func numbered(n int) iter.Seq2[opensearch.Document, error] {
	return func(yield func(opensearch.Document, error) bool) {
		var source []byte
		for i := range n {
			source = fmt.Appendf(source[:0], `{"n":%d,"text":"document %d"}`, i, i)
			if !yield(opensearch.Document{ID: fmt.Sprint("doc-", i), Source: source}, nil) {
				return
			}
		}
	}
}

// unnamed yields n documents without ids.
func unnamed(n int) iter.Seq2[opensearch.Document, error] {
	return func(yield func(opensearch.Document, error) bool) {
		for i := range n {
			if !yield(opensearch.Document{Source: fmt.Appendf(nil, `{"n":%d}`, i)}, nil) {
				return
			}
		}
	}
}

// numbers returns the field n of all documents of an index, sorted: what is lost or
// doubled shows.
func numbers(tb testing.TB, server *standin.Server, index string) []int {
	tb.Helper()
	var all []int
	for id, doc := range server.Docs(index) {
		var d struct{ N *int }
		if err := json.Unmarshal(doc.Source, &d); err != nil || d.N == nil {
			tb.Errorf("document %s: %s", id, doc.Source)
			continue
		}
		all = append(all, *d.N)
	}
	slices.Sort(all)
	return all
}

// upTo returns 0 to n-1 without some.
func upTo(n int, without ...int) (all []int) {
	for i := range n {
		if !slices.Contains(without, i) {
			all = append(all, i)
		}
	}
	return all
}

// checkSum checks that every record is counted once.
func checkSum(tb testing.TB, c opensearch.IngestCounts) {
	tb.Helper()
	sum := c.Skipped + c.Created + c.Updated + c.Unchanged + c.Existing + c.Dropped + c.Rejected + c.Pending
	if sum != c.Read || c.Pending < 0 {
		tb.Errorf("%d records read, %d accounted for: %+v", c.Read, sum, c)
	}
}

// TestIngestFaults loads documents under faults of every kind: none may be lost and
// none doubled.
func TestIngestFaults(t *testing.T) {
	const n = 3000
	chance := func(seed uint64) func(p float64) bool {
		var mu sync.Mutex
		r := rand.New(rand.NewPCG(seed, 1))
		return func(p float64) bool { mu.Lock(); defer mu.Unlock(); return r.Float64() < p }
	}
	tests := []struct {
		name  string
		fault func(w *ingestWorld, hit func(p float64) bool)
		bulks bool // faults meet requests
	}{
		{name: "none", fault: func(*ingestWorld, func(float64) bool) {}},
		{name: "items 429", fault: func(w *ingestWorld, hit func(float64) bool) {
			w.server.ItemFault = func(standin.Item) *standin.ItemError {
				if hit(0.3) {
					return standin.Rejected()
				}
				return nil
			}
		}},
		{name: "items 503", fault: func(w *ingestWorld, hit func(float64) bool) {
			w.server.ItemFault = func(standin.Item) *standin.ItemError {
				if hit(0.3) {
					return standin.Unavailable()
				}
				return nil
			}
		}},
		{name: "requests 429", fault: func(w *ingestWorld, hit func(float64) bool) {
			w.server.RequestFault = func(r *http.Request) *standin.Fault {
				if hit(0.5) {
					return standin.Throttled(r.URL.Path)
				}
				return nil
			}
		}},
		{name: "requests 503 after their effect", fault: func(w *ingestWorld, hit func(float64) bool) {
			w.server.RequestFault = func(r *http.Request) *standin.Fault {
				if hit(0.5) {
					return &standin.Fault{Status: 503, Body: "<html>unavailable</html>", Applied: hit(0.5)}
				}
				return nil
			}
		}},
		{name: "connections break", fault: func(w *ingestWorld, hit func(float64) bool) {
			w.cloud.Inject(awstest.Fault{Match: func(awstest.Call) bool { return hit(0.3) }, Err: errors.New("connection reset by peer")})
			w.cloud.Inject(awstest.Fault{Match: func(awstest.Call) bool { return hit(0.3) }, Err: errors.New("connection reset by peer"), Applied: true})
		}},
		{name: "small requests only", fault: func(w *ingestWorld, _ func(float64) bool) { w.server.MaxContentLength = 2_000 }},
		{name: "answers cannot be read", fault: func(w *ingestWorld, hit func(float64) bool) {
			w.server.RequestFault = func(r *http.Request) *standin.Fault {
				if r.Method == "POST" && hit(0.4) {
					return &standin.Fault{Status: 200, Body: `{"took":1,"errors":false,"items":[{"create":{"status":201`, Applied: true}
				}
				return nil
			}
		}},
		{name: "all together", fault: func(w *ingestWorld, hit func(float64) bool) {
			w.server.MaxContentLength = 20_000
			w.server.ItemFault = func(standin.Item) *standin.ItemError {
				if hit(0.2) {
					return standin.Rejected()
				}
				return nil
			}
			w.server.RequestFault = func(r *http.Request) *standin.Fault {
				switch {
				case r.Method != "POST": // the settings afterwards are another matter
				case hit(0.1):
					return standin.Throttled(r.URL.Path)
				case hit(0.1):
					return &standin.Fault{Status: 502, Applied: hit(0.5)}
				case hit(0.1):
					return &standin.Fault{Latency: 2 * time.Minute} // longer than the time-out
				}
				return nil
			}
		}},
	}
	for i, test := range tests {
		for _, mode := range []opensearch.Mode{opensearch.Append, opensearch.Overwrite, opensearch.Upsert} {
			t.Run(test.name+"/"+string(mode), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newIngestWorld(awstest.New(t))
					test.fault(w, chance(uint64(i)))
					opts := opensearch.IngestOptions{Index: "docs", Mode: mode, Documents: numbered(n), MaxBatchDocuments: 200, Workers: 4}
					result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
					if err != nil {
						t.Fatal(err)
					}
					if got := numbers(t, w.server, "docs"); !slices.Equal(got, upTo(n)) {
						t.Errorf("%d documents, want %d", len(got), n)
					}
					checkSum(t, result.IngestCounts)
					if !result.Complete || result.Pending != 0 || result.Read != n || result.MayBeDoubled != 0 {
						t.Errorf("got %+v", result)
					}
				})
			})
		}
	}
}

// TestIngestRejects checks that what is refused for good is in the dead letters, with
// its reason, and all else in the index.
func TestIngestRejects(t *testing.T) {
	bad := map[int]string{3: `{"n":"three"}`, 700: `{"n":{"a":1}}`, 999: `{"n":1`, 1500: `[1]`}
	documents := func(yield func(opensearch.Document, error) bool) {
		for i := range 2000 {
			source := cmp0(bad[i], fmt.Sprintf(`{"n":%d}`, i))
			if !yield(opensearch.Document{ID: fmt.Sprint(i), Source: []byte(source)}, nil) {
				return
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.put(t, "/docs", `{"mappings":{"properties":{"n":{"type":"integer"}}}}`)
		opts := opensearch.IngestOptions{Index: "docs", Documents: documents, MaxBatchDocuments: 100, DeadLetters: w.deadLetters}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.deadLetters.positions(); !slices.Equal(got, []int64{3, 700, 999, 1500}) {
			t.Errorf("dead letters: %v", got)
		}
		for _, r := range w.deadLetters.kept {
			if string(r.Source) != bad[int(r.Position.Record)] || r.Type == "" || r.Reason == "" {
				t.Errorf("dead letter %+v: %s", r, r.Source)
			}
		}
		if got := numbers(t, w.server, "docs"); !slices.Equal(got, upTo(2000, 3, 700, 999, 1500)) {
			t.Errorf("%d documents", len(got))
		}
		checkSum(t, result.IngestCounts)
		if result.Rejected != 4 || len(result.Rejections) != 4 || result.Created != 1996 || !result.Complete {
			t.Errorf("got %+v", result)
		}
	})
}

func cmp0(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// put sends something to the cluster, past faults and log.
func (w *ingestWorld) put(tb testing.TB, path, body string) {
	tb.Helper()
	request, err := http.NewRequest("PUT", testHost+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := w.cloud.HTTPClient().Do(request)
	if err != nil || response.StatusCode != 200 {
		tb.Fatalf("PUT %s: %v, %v", path, response, err)
	}
}
