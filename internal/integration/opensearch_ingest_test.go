package integration_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/opensearch"
	"github.com/awspatterns/awspatterns/state"
)

// searchClients returns clients for a real server. cut, if set, is asked before each
// request, and nothing leaves the process any more once it says so.
func searchClients(t *testing.T, s *openSearchServer, cut func(*http.Request) bool) opensearch.Clients {
	t.Helper()
	opts := opensearch.ConnOptions{Endpoints: s.urls}
	if cut != nil {
		opts.HTTPClient = cutClient{cut}
	}
	conn, err := opensearch.NewConn(opts)
	if err != nil {
		t.Fatal(err)
	}
	return opensearch.Clients{Conn: conn}
}

type cutClient struct{ cut func(*http.Request) bool }

var errKilled = errors.New("killed")

func (c cutClient) Do(r *http.Request) (*http.Response, error) {
	if c.cut(r) {
		return nil, errKilled
	}
	return http.DefaultClient.Do(r)
}

// documents yields n of them, numbered.
func documents(edition string, n int) iter.Seq2[opensearch.Document, error] {
	return func(yield func(opensearch.Document, error) bool) {
		for i := range n {
			d := opensearch.Document{ID: fmt.Sprint(i), Source: fmt.Appendf(nil, `{"n":%d,"edition":%q,"text":"the quick brown fox, %d times"}`, i, edition, i)}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// counted returns how many documents a search finds now.
func counted(t *testing.T, s *openSearchServer, index string) int {
	t.Helper()
	s.want(t, "POST", "/"+index+"/_refresh", nil, 200)
	var answer struct{ Count int }
	if err := json.Unmarshal([]byte(s.want(t, "GET", "/"+index+"/_count", nil, 200)), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Count
}

// TestOpenSearchIngestBusy loads into a server whose queues hold one request: what it
// really refuses, in a 200, is sent again, and nothing is lost or doubled.
func TestOpenSearchIngestBusy(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		s := startOpenSearch(t, version, openSearchOptions{Settings: map[string]string{
			"thread_pool.write.size": "1", "thread_pool.write.queue_size": "1", "http.max_content_length": "100kb",
		}})
		s.want(t, "PUT", "/films", object{"settings": object{"number_of_shards": 10, "number_of_replicas": 0}}, 200)
		const n = 3_000
		result, err := opensearch.Ingest(t.Context(), searchClients(t, s, nil), opensearch.IngestOptions{
			Index: "films", Documents: documents("first", n), Workers: 4,
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := counted(t, s, "films"); got != n || result.Created+result.Existing != n || !result.Complete {
			t.Errorf("%d documents, %+v", got, result)
		}
		if result.Throttled == 0 || result.Retried < result.Throttled {
			t.Errorf("nothing was throttled: %+v", result)
		}
		t.Logf("%d items throttled, %d sent again, in %d requests", result.Throttled, result.Retried, result.Requests)
	})
}

// TestOpenSearchIngestModes compares what the modes leave in an index of a real server.
func TestOpenSearchIngestModes(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		s := sharedOpenSearch(t, version)
		want := map[opensearch.Mode]string{
			opensearch.Append:    `{"a":1,"b":1}`,
			opensearch.Overwrite: `{"b":2}`,
			opensearch.Upsert:    `{"a":1,"b":2}`,
		}
		for mode, want := range want {
			index := uniqueName(t) + "-" + string(mode)
			s.want(t, "PUT", "/"+index, object{"mappings": object{"properties": object{"b": object{"type": "integer"}}}}, 200)
			load := func(sources ...string) opensearch.IngestResult {
				file := filepath.Join(t.TempDir(), "x.jsonl")
				if err := os.WriteFile(file, []byte(strings.Join(sources, "\n")), 0o600); err != nil {
					t.Fatal(err)
				}
				letters, err := opensearch.NewDeadLetterFile(filepath.Join(t.TempDir(), "dead.jsonl"))
				if err != nil {
					t.Fatal(err)
				}
				defer letters.Close()
				result, err := opensearch.Ingest(t.Context(), searchClients(t, s, nil), opensearch.IngestOptions{
					Index: index, Mode: mode, Files: []string{file}, IDField: "id", DeadLetters: letters,
				})
				if err != nil {
					t.Fatal(err)
				}
				return result
			}
			load(`{"id":"x","a":1,"b":1}`)
			result := load(`{"id":"x","b":2}`, `{"id":"y","b":"no number"}`, `{"id":"z`, `{"id":"é\"\\/?#","b":3}`)
			if result.Rejected != 2 || result.Created != 1 || result.Existing+result.Updated != 1 {
				t.Errorf("%s: got %+v", mode, result)
			}
			var doc struct {
				Source map[string]any `json:"_source"`
			}
			if err := json.Unmarshal([]byte(s.want(t, "GET", "/"+index+"/_doc/x", nil, 200)), &doc); err != nil {
				t.Fatal(err)
			}
			delete(doc.Source, "id")
			if got, _ := json.Marshal(doc.Source); string(got) != want {
				t.Errorf("%s: got %s, want %s", mode, got, want)
			}
		}
	})
}

// TestOpenSearchIngestKilled kills runs that tune the index at many requests: the next
// one goes on, loses nothing, and the settings are as they were.
func TestOpenSearchIngestKilled(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		s := sharedOpenSearch(t, version)
		const n = 2000
		step := int64(2)
		if version != openSearchVersions[0] {
			step = 5
		}
		for kill := int64(1); ; kill += step {
			index := fmt.Sprintf("%s-%d", uniqueName(t), kill)
			s.want(t, "PUT", "/"+index, object{
				"settings": object{"refresh_interval": "7s", "number_of_replicas": 1}, "mappings": object{"_meta": object{"owner": "films"}},
			}, 200)
			store := state.NewMemory()
			var requests atomic.Int64
			killed := func(*http.Request) bool { return requests.Add(1) >= kill }
			run := func(cut func(*http.Request) bool) (opensearch.IngestResult, error) {
				return opensearch.Ingest(t.Context(), searchClients(t, s, cut), opensearch.IngestOptions{
					Index: index, Documents: documents("first", n), Version: "1", MaxBatchDocuments: 200, Workers: 2,
					Tune: true, Checkpoint: opensearch.NewCheckpoint(store, index), RetryFor: time.Millisecond,
				})
			}
			_, err := run(killed)
			result, again := run(nil)
			if again != nil {
				t.Fatalf("killed at request %d: %v", kill, again)
			}
			got := s.want(t, "GET", "/"+index, nil, 200, `"refresh_interval":"7s"`, `"number_of_replicas":"1"`, `"owner":"films"`)
			if strings.Contains(got, `"settings":{"index.`) {
				t.Errorf("killed at request %d: the originals are still kept: %s", kill, got)
			}
			if found := counted(t, s, index); found != n || !result.Complete {
				t.Errorf("killed at request %d: %d documents, %+v", kill, found, result)
			}
			s.want(t, "DELETE", "/"+index, nil, 200)
			if err == nil {
				t.Logf("killed at up to %d requests", kill-step)
				return
			}
		}
	})
}

// TestOpenSearchReplace replaces what an alias shows while it is searched all the time,
// killed now and then.
func TestOpenSearchReplace(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		s := sharedOpenSearch(t, version)
		const first, second = 3000, 3500
		alias := uniqueName(t)
		options := func(edition string, n int) opensearch.ReplaceOptions {
			return opensearch.ReplaceOptions{
				Alias: alias, Body: json.RawMessage(`{"settings":{"number_of_shards":2,"number_of_replicas":0},"mappings":{"properties":{"n":{"type":"integer"}}}}`),
				ReplaceIndex: true, ForceMerge: 1,
				Ingest: opensearch.IngestOptions{Documents: documents(edition, n), Version: edition, MaxBatchDocuments: 500, RetryFor: time.Millisecond},
			}
		}
		replace := func(ctx context.Context, cut func(*http.Request) bool, edition string, n int) error {
			clients := searchClients(t, s, cut)
			plan, err := opensearch.PlanReplace(ctx, clients, options(edition, n))
			if err != nil {
				return err
			}
			_, err = opensearch.ApplyReplace(ctx, clients, plan)
			return err
		}
		// The first is a concrete index of the alias' name.
		s.want(t, "PUT", "/"+alias, object{"settings": object{"number_of_replicas": 0}}, 200)
		if _, err := opensearch.Ingest(t.Context(), searchClients(t, s, nil), opensearch.IngestOptions{Index: alias, Documents: documents("first", first)}); err != nil {
			t.Fatal(err)
		}
		if got := counted(t, s, alias); got != first {
			t.Fatalf("%d documents", got)
		}
		// It is deleted as the alias takes its place, so that a search under way then may fail.
		if err := replace(t.Context(), nil, "second", second); err != nil {
			t.Fatal(err)
		}
		if got := counted(t, s, alias); got != second {
			t.Fatalf("%d documents", got)
		}
		plan, err := opensearch.PlanReplace(t.Context(), searchClients(t, s, nil), options("second", second))
		if err != nil || !plan.Empty() {
			t.Errorf("planned again: %v, %v", plan, err)
		}
		// From one index to the next, nobody sees anything else.
		seen, stop := watchCount(t, s, alias)
		for kill := int64(1); ; kill += 9 { // each time, the next run looks for 10 s whether the index is loaded by another
			var requests atomic.Int64
			err := replace(t.Context(), func(*http.Request) bool { return requests.Add(1) >= kill }, "third", first)
			if err == nil {
				t.Logf("killed at up to %d requests", kill-9)
				break
			}
			if kill > 300 {
				t.Fatal(err)
			}
		}
		if got := counted(t, s, alias); got != first {
			t.Errorf("%d documents", got)
		}
		time.Sleep(100 * time.Millisecond) // for the reader to look once more
		stop()
		if got := seen(); !slices.Equal(got, []string{fmt.Sprint(second), fmt.Sprint(first)}) {
			t.Errorf("a reader saw %v", got)
		}
		s.want(t, "GET", "/_alias/"+alias, nil, 200, alias+"-00000")
	})
}

// watchCount counts all the time; seen tells the different counts in the order in
// which they came.
func watchCount(t *testing.T, s *openSearchServer, index string) (seen func() []string, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var all []string
	var watching sync.WaitGroup
	watching.Go(func() {
		for last := false; !last; {
			last = ctx.Err() != nil // it counts once more, so that it sees what became of the index
			status, text, err := callOpenSearch(context.WithoutCancel(ctx), "GET", s.URL(0)+"/"+index+"/_count", nil)
			found := fmt.Sprint(status, text, err)
			var answer struct{ Count int }
			if err == nil && status == 200 && json.Unmarshal([]byte(text), &answer) == nil {
				found = fmt.Sprint(answer.Count)
			}
			if len(all) == 0 || all[len(all)-1] != found {
				all = append(all, found)
			}
		}
	})
	stop = func() {
		cancel()
		watching.Wait()
	}
	t.Cleanup(stop)
	return func() []string { return all }, stop
}
