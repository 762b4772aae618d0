package opensearch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
	"github.com/awspatterns/awspatterns/rows"
	"github.com/awspatterns/awspatterns/state"
)

// writeCSV makes a CSV of n rows and returns its path. Every 100th cannot be loaded: it
// has no number, no id, or a value too many.
func writeCSV(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,n\n")
	for i := range n {
		switch i % 300 {
		case 99:
			fmt.Fprintf(&b, "doc-%d,many\n", i)
		case 199:
			fmt.Fprintf(&b, ",%d\n", i)
		case 299:
			fmt.Fprintf(&b, "doc-%d,%d,\n", i, i)
		default:
			fmt.Fprintf(&b, "doc-%d,%d\n", i, i)
		}
	}
	path := filepath.Join(t.TempDir(), "docs.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestIngestRepaired loads a file with records that cannot be loaded, repairs the
// dead letters and loads those.
func TestIngestRepaired(t *testing.T) {
	const n = 900
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.put(t, "/docs", `{"mappings":{"properties":{"n":{"type":"integer"}}}}`)
		path := filepath.Join(t.TempDir(), "refused.jsonl")
		letters, err := opensearch.NewDeadLetterFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file := writeCSV(t, n)
		fields := rows.Fields{Types: map[string]rows.Type{"n": rows.Integer}}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{
			Index: "docs", Files: []string{file}, IDField: "id", Fields: fields, DeadLetters: letters, MaxBatchDocuments: 50,
		})
		if err := errors.Join(err, letters.Close()); err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{opensearch.RejectedField: 3, opensearch.RejectedID: 3, opensearch.RejectedRecord: 3}
		if !maps.Equal(result.Reasons, want) || result.Created != n-9 {
			t.Errorf("got %+v", result)
		}

		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		result, err = opensearch.Ingest(t.Context(), w.clients(t), opensearch.IngestOptions{
			Index: "docs", Documents: repaired(text), IDField: "id", Fields: fields,
		})
		if err != nil || result.Created != 9 {
			t.Errorf("got %+v, %v", result, err)
		}
		if got := numbers(t, w.server, "docs"); !slices.Equal(got, upTo(n)) {
			t.Errorf("%d documents in the end", len(got))
		}
	})
}

// repaired yields what writeCSV should have written. Records have one position in their
// file.
func repaired(text []byte) func(func(opensearch.Document, error) bool) {
	return func(yield func(opensearch.Document, error) bool) {
		for r, err := range opensearch.ReadRejections(bytes.NewReader(text)) {
			n := r.Position.Record
			d := r.Document()
			switch r.Type {
			case opensearch.RejectedField:
				d.Source = bytes.Replace(d.Source, []byte("many"), fmt.Append(nil, n), 1)
			case opensearch.RejectedID:
				d.ID = fmt.Sprint("doc-", n)
			case opensearch.RejectedRecord: // text of the CSV
				id, _, _ := strings.Cut(string(d.Source), ",")
				d.Source = fmt.Appendf(nil, `{"id":%q,"n":"%d"}`, id, n)
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

// TestIngestFilesResumed stops a run of files again and again, as often as it takes,
// and goes on from its checkpoint.
func TestIngestFilesResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.put(t, "/docs", `{}`)
		store := state.NewMemory()
		opts := opensearch.IngestOptions{
			Index: "docs", Files: []string{writeCSV(t, 900)}, IDField: "id", Fields: rows.Fields{Types: map[string]rows.Type{"n": rows.Integer}},
			DeadLetters: w.deadLetters, MaxBatchDocuments: 50, Workers: 2,
		}
		stops := 0
		var result opensearch.IngestResult
		for ; !result.Complete; stops++ {
			if stops > 30 {
				t.Fatalf("it does not come to an end: %+v", result)
			}
			ctx, cancel := context.WithCancel(t.Context())
			opts.Checkpoint = opensearch.NewCheckpoint(store, "docs")
			w.server.RequestFault = stopAfter(3, cancel)
			var err error
			if result, err = opensearch.Ingest(ctx, w.clients(t), opts); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			cancel()
			w.server.RequestFault = nil
			if result.Complete {
				break
			}
			other := opts
			other.Files = []string{writeCSV(t, 900)}
			other.Checkpoint = opensearch.NewCheckpoint(store, "docs")
			if _, err := opensearch.Ingest(t.Context(), w.clients(t), other); !errors.Is(err, opensearch.ErrOtherCheckpoint) {
				t.Fatalf("another file: %v", err)
			}
		}
		if stops < 3 {
			t.Errorf("it was stopped %d times only", stops)
		}
		if got := numbers(t, w.server, "docs"); !slices.Equal(got, upTo(900, badRows(900)...)) {
			t.Errorf("%d documents", len(got))
		}
		if got := w.deadLetters.positions(); len(got) != 9 {
			t.Errorf("dead letters of %v", got)
		}
		checkSum(t, result.IngestCounts)

		opts.Files = []string{writeCSV(t, 1200)} // the run has ended, and its name is free
		opts.Checkpoint = opensearch.NewCheckpoint(store, "docs")
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
		if err != nil || result.Resumed || result.Existing != 891 || result.Created != 297 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

// stopAfter stops a run when it makes one bulk request more than n.
func stopAfter(n int, stop func()) func(*http.Request) *standin.Fault {
	var bulks atomic.Int64
	return func(r *http.Request) *standin.Fault {
		if strings.HasSuffix(r.URL.Path, "/_bulk") && bulks.Add(1) > int64(n) {
			stop()
		}
		return nil
	}
}

// badRows are those that writeCSV makes so that they cannot be loaded.
func badRows(n int) (rows []int) {
	for i := 99; i < n; i += 100 {
		rows = append(rows, i)
	}
	return rows
}
