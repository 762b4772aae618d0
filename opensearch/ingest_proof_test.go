package opensearch_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/opensearch"
)

// readAll returns the body of a request, which may be read again.
func readAll(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return string(body)
}

// writeLines writes a file of n documents in JSON lines.
func writeLines(tb testing.TB, n int) string {
	tb.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"n":%d,"key":"k%d"}`+"\n", i, i)
	}
	path := filepath.Join(tb.TempDir(), "docs.jsonl")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// ingestProof loads documents, of which two are refused, with a checkpoint.
func ingestProof(t *testing.T, latency time.Duration, change func(*opensearch.IngestOptions)) awstest.Proof[*ingestWorld] {
	return awstest.Proof[*ingestWorld]{
		Start: func(cloud *awstest.Cloud) *ingestWorld {
			cloud.Latency = latency
			w := newIngestWorld(cloud)
			w.put(t, "/docs", `{"settings":{"refresh_interval":"7s","number_of_replicas":1},"mappings":{"properties":{"n":{"type":"integer"}}}}`)
			return w
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *ingestWorld) error {
			opts := opensearch.IngestOptions{
				Index: "docs", Version: "1", Workers: 2, MaxBatchDocuments: 4, RetryFor: 8 * time.Second, Checkpoint: w.checkpoint, DeadLetters: w.deadLetters,
				Documents: func(yield func(opensearch.Document, error) bool) {
					for i := range 24 {
						source := fmt.Appendf(nil, `{"n":%d}`, i)
						if i == 5 || i == 17 {
							source = []byte(`{"n":"x"}`)
						}
						if !yield(opensearch.Document{ID: fmt.Sprint(i), Source: source}, nil) {
							return
						}
					}
				},
			}
			change(&opts)
			result, err := opensearch.Ingest(ctx, w.clients(t), opts)
			checkSum(t, result.IngestCounts)
			return err
		},
		State: func(w *ingestWorld) string {
			return fmt.Sprint(w.server.State(), w.deadLetters.positions())
		},
		NoDeletes: true,
	}
}

// TestIngestProof kills runs at every request, in every mode.
func TestIngestProof(t *testing.T) {
	sweep(t)
	for _, mode := range []opensearch.Mode{opensearch.Append, opensearch.Overwrite, opensearch.Upsert} {
		for _, tuned := range []bool{false, true} {
			change := func(o *opensearch.IngestOptions) { o.Mode, o.Tune = mode, tuned }
			proof := ingestProof(t, 400*time.Millisecond, change) // so that checkpoints are saved on the way
			name := fmt.Sprint(mode, " tuned ", tuned)
			t.Run(name+"/converges", proof.Converges)
			if tuned && mode == opensearch.Overwrite {
				t.Run(name+"/converges twice", ingestProof(t, time.Microsecond, change).ConvergesTwice)
			}
			t.Run(name+"/retries", proof.Retries)
			t.Run(name+"/failures", proof.Failures)
			t.Run(name+"/any order", ingestProof(t, time.Microsecond, change).AnyOrder(20))
		}
	}
}

// TestIngestResumes checks that a run which ended is not done again.
func TestIngestResumes(t *testing.T) {
	w := newIngestWorld(awstest.New(t))
	opts := opensearch.IngestOptions{Index: "docs", Files: []string{writeLines(t, 1000)}, Checkpoint: w.checkpoint}
	if _, err := opensearch.Ingest(t.Context(), w.clients(t), opts); err != nil {
		t.Fatal(err)
	}
	before := w.server.State()
	result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
	if err != nil || !result.Resumed || !result.Complete || result.Skipped != 1000 || result.Read != 1000 || result.Requests != 0 {
		t.Errorf("got %+v, %v", result, err)
	}
	if after := w.server.State(); after != before {
		t.Error("the second run changed something")
	}
	if got := numbers(t, w.server, "docs"); !slices.Equal(got, upTo(1000)) {
		t.Errorf("%d documents", len(got))
	}
}
