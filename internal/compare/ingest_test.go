package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	opensearchgo "github.com/opensearch-project/opensearch-go/v4"
	"github.com/opensearch-project/opensearch-go/v4/opensearchapi"
	"github.com/opensearch-project/opensearch-go/v4/opensearchutil"

	"github.com/awspatterns/awspatterns/opensearch"
)

// source returns the document of number n, of about size bytes.
func source(n, size int) []byte {
	const words = "the quick brown fox jumps over the lazy dog and \\\"runs\\\" away; "
	b := fmt.Appendf(nil, `{"n":%d,"title":"Document %d","year":%d,"score":%d.5,"tags":["a","b"],"text":"`, n, n, 1900+n%120, n%10)
	for len(b)+len(words)+2 < size {
		b = append(b, words...)
	}
	return append(b, `"}`...)
}

// number returns that of a document; -1 if it has none.
func number(source []byte) int {
	_, digits, _ := bytes.Cut(source, []byte(`"n":`))
	n, err := strconv.Atoi(string(digits[:max(0, bytes.IndexAny(digits, ",}"))]))
	if err != nil {
		return -1
	}
	return n
}

// A load is what a client is to write, and how.
type load struct {
	urls      []string
	count     int
	documents iter.Seq2[string, []byte] // ids, which may be empty, and sources, which may be used until the next one
	generated bool                      // the service makes the ids
	workers   int
	batch     int           // bytes of a request at most
	patience  time.Duration // for one attempt of a request; 0 is any
}

// documents yields so many sources, in a circle, with ids if they are given.
func documents(sources [][]byte, count int, ids ids) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		id := make([]byte, 0, 32)
		for n := range count {
			if ids == given {
				id = strconv.AppendInt(append(id[:0], "document-"...), int64(n), 10)
			}
			if !yield(string(id), sources[n%len(sources)]) {
				return
			}
		}
	}
}

// ids says whose the ids are.
type ids string

const (
	given     ids = "given"
	content   ids = "content" // made from it, by the client
	generated ids = "generated"
)

// counts are the client's own.
type counts struct {
	written int
	failed  []int // numbers
	doubled int   // that may be
	err     error
}

// A client is one side of the comparison.
type client struct {
	name string
	ids  ids
	run  func(context.Context, load) counts
	ours bool
}

var ingestClients = []client{
	{"Ingest append", given, ingest(opensearch.Append), true},
	{"Ingest append", content, ingest(opensearch.Append), true},
	{"Ingest append", generated, ingest(opensearch.Append), true},
	{"Ingest overwrite", given, ingest(opensearch.Overwrite), true},
	{"BulkIndexer", given, bulkIndexer(false), false},
	{"BulkIndexer", generated, bulkIndexer(false), false},
	{"BulkIndexer tuned", given, bulkIndexer(true), false},
	{"BulkIndexer tuned", generated, bulkIndexer(true), false},
}

func ingest(mode opensearch.Mode) func(context.Context, load) counts {
	return func(ctx context.Context, l load) counts { return ingestAll(ctx, l, mode) }
}

func ingestAll(ctx context.Context, l load, mode opensearch.Mode) counts {
	conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: l.urls, Timeout: l.patience})
	if err != nil {
		return counts{err: err}
	}
	var dead deadLetters
	result, err := opensearch.Ingest(ctx, opensearch.Clients{Conn: conn}, opensearch.IngestOptions{
		Index: "bench",
		Mode:  mode,
		Documents: func(yield func(opensearch.Document, error) bool) {
			for id, source := range l.documents {
				if !yield(opensearch.Document{ID: id, Source: source}, nil) {
					return
				}
			}
		},
		GeneratedIDs:  l.generated,
		MaxBatchBytes: l.batch,
		Workers:       l.workers,
		DeadLetters:   &dead,
	})
	c := result.IngestCounts
	switch sum := c.Skipped + c.Created + c.Updated + c.Unchanged + c.Existing + c.Rejected + c.Pending; {
	case err != nil:
	case c.Read != int64(l.count) || sum != c.Read:
		err = fmt.Errorf("counts do not add up to %d documents: %+v", l.count, c)
	case !result.Complete || c.Pending != 0:
		err = fmt.Errorf("not complete: %+v", result)
	case int(c.Rejected) != len(dead.numbers):
		err = fmt.Errorf("%d rejected, %d dead letters", c.Rejected, len(dead.numbers))
	}
	return counts{int(c.Created + c.Updated + c.Unchanged + c.Existing), dead.numbers, int(c.MayBeDoubled), err}
}

// deadLetters keeps the numbers of rejected documents.
type deadLetters struct {
	mu      sync.Mutex
	numbers []int
}

func (d *deadLetters) Put(_ context.Context, rejections []opensearch.Rejection) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range rejections {
		d.numbers = append(d.numbers, int(r.Position.Record))
	}
	return nil
}

// bulkIndexer is opensearchutil.BulkIndexer. Tuned, it has what its documentation
// advises: retries of 429, too, with a backoff, a timeout for an attempt, and as many
// idle connections as there are workers.
func bulkIndexer(tuned bool) func(context.Context, load) counts {
	return func(ctx context.Context, l load) counts {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		defer transport.CloseIdleConnections()
		config := opensearchgo.Config{Addresses: l.urls, Transport: transport, Context: ctx}
		if tuned {
			transport.MaxIdleConnsPerHost = l.workers
			config.RetryOnStatus = []int{502, 503, 504, 429}
			config.RetryBackoff = func(i int) time.Duration { return time.Duration(i) * 100 * time.Millisecond }
			config.MaxRetries = 5
			config.RequestTimeout = l.patience
			config.EnableRetryOnTimeout = true
		}
		c, err := opensearchapi.NewClient(opensearchapi.Config{Client: config})
		if err != nil {
			return counts{err: err}
		}
		defer c.Close()
		return addAll(ctx, c, l)
	}
}

// addAll loads with c. When ctx ends, workers of BulkIndexer go on behind Close: what
// they say then is not in the result.
func addAll(ctx context.Context, c *opensearchapi.Client, l load) counts {
	var mu sync.Mutex
	var result counts
	indexer, err := opensearchutil.NewBulkIndexer(opensearchutil.BulkIndexerConfig{
		Client: c, Index: "bench", NumWorkers: l.workers, FlushBytes: l.batch, Context: ctx,
		OnError: func(_ context.Context, err error) {
			mu.Lock()
			defer mu.Unlock()
			result.err = errors.Join(result.err, err)
		},
	})
	if err != nil {
		return counts{err: err}
	}
	failed := func(_ context.Context, item opensearchutil.BulkIndexerItem, _ opensearchapi.BulkRespItem, _ error) {
		mu.Lock()
		defer mu.Unlock()
		source, _ := io.ReadAll(item.Body)
		result.failed = append(result.failed, number(source))
	}
	for id, source := range l.documents {
		item := opensearchutil.BulkIndexerItem{Action: "index", DocumentID: id, Body: bytes.NewReader(source), OnFailure: failed}
		if err := indexer.Add(ctx, item); err != nil {
			break
		}
	}
	err = indexer.Close(ctx)
	mu.Lock()
	defer mu.Unlock()
	return counts{int(indexer.Stats().NumFlushed), slices.Clone(result.failed), 0, errors.Join(result.err, err)}
}

// faultCases are what goes wrong in TestIngestLosesNothing.
var faultCases = []struct {
	name string
	faults
}{
	{"nothing", faults{}},
	{"much of it at once", faults{status: 503, share: 0.1, limit: 20 << 10, itemStatus: 429, itemShare: 0.1, bad: 100, before: 0.05, after: 0.05, cut: 0.05, slow: 50 * time.Millisecond}},
	{"429: 1 request in 4", faults{status: 429, share: 0.25}},
	{"429: all requests for 2 s", faults{status: 429, outage: 2 * time.Second}},
	{"429: more than 2 requests at once", faults{status: 429, busy: 2}},
	{"503: 1 request in 4", faults{status: 503, share: 0.25}},
	{"413: above 16 KiB", faults{limit: 16 << 10}},
	{"429: 1 item in 10", faults{itemStatus: 429, itemShare: 0.1}},
	{"503: 1 item in 10", faults{itemStatus: 503, itemShare: 0.1}},
	{"402: 1 item in 10", faults{itemStatus: 402, itemShare: 0.1}},
	{"400: 1 document in 100", faults{bad: 100}},
	{"reset before: 1 request in 5", faults{before: 0.2}},
	{"reset after: 1 request in 5", faults{after: 0.2}},
	{"answer cut: 1 request in 5", faults{cut: 0.2}},
	{"200, but no answer: 1 request in 5", faults{garbage: 0.2}},
	{"one node takes 200 ms", faults{slow: 200 * time.Millisecond}},
	{"one node is silent", faults{silent: true}},
	{"one node is down", faults{down: true}},
	{"own ids: nothing", faults{ownIDs: true}},
	{"own ids: 429, 1 item in 10", faults{ownIDs: true, itemStatus: 429, itemShare: 0.1}},
	{"own ids: 503, 1 request in 4", faults{ownIDs: true, status: 503, share: 0.25}},
	{"own ids: reset after, 1 request in 5", faults{ownIDs: true, after: 0.2}},
}

// TestIngestLosesNothing has every client load the same documents into sinks where
// something goes wrong, and prints what each says it wrote beside what is there. All
// is asserted of Ingest, nothing of BulkIndexer.
func TestIngestLosesNothing(t *testing.T) {
	count := 6000
	if testing.Short() {
		count = 2000
	}
	var table strings.Builder
	tab := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "fault\tclient\tids\tsent\tsays written\tsays failed\tin sink\tlost\tdoubled\tfailed, but there\trequests\ttime")
	lines := make([][]string, len(faultCases))
	var sources [][]byte
	for n := range count {
		sources = append(sources, source(n, 300))
	}
	var wg sync.WaitGroup
	places := make(chan struct{}, 16) // not t.Parallel: most of the time is spent waiting
	for i, fault := range faultCases {
		clients := slices.DeleteFunc(slices.Clone(ingestClients), func(c client) bool {
			return fault.ownIDs != (c.ids == generated) && (fault.ownIDs || c.ours)
		})
		lines[i] = make([]string, len(clients))
		for j, c := range clients {
			places <- struct{}{}
			wg.Go(func() {
				defer func() { <-places }()
				t.Run(fault.name+"/"+c.name+"/"+string(c.ids), func(t *testing.T) {
					lines[i][j] = fault.name + "\t" + tryFaults(t, c, fault.faults, sources)
				})
			})
		}
	}
	wg.Wait()
	for _, line := range slices.Concat(lines...) {
		fmt.Fprintln(tab, line)
	}
	tab.Flush()
	t.Log("\n" + table.String())
}

// tryFaults runs one client against a sink and returns its line of the table.
func tryFaults(t *testing.T, c client, f faults, sources [][]byte) string {
	f.seed = 1
	s := newSink(t, f, len(sources))
	l := load{s.urls, len(sources), documents(sources, len(sources), c.ids), c.ids == generated, 4, 32 << 10, 30 * time.Second}
	limit := 5 * time.Minute
	if f.silent {
		l.patience = time.Second
	}
	switch {
	case f.silent && c.name == "BulkIndexer":
		limit = 2 * time.Second // it would wait forever
	case f.limit > 0 && c.name == "BulkIndexer tuned":
		l.batch = f.limit - 1000 // as one does who knows the limit
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	began := time.Now()
	got := c.run(ctx, l)
	took := time.Since(began)
	there := s.tally()
	failedButThere := 0
	for _, n := range got.failed {
		if s.holds(n) {
			failedButThere++
		}
	}
	if c.ours {
		check(t, c, s, got, there)
	}
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f s", c.name, c.ids, l.count, got.written, len(got.failed),
		there.Stored, there.Lost, there.Doubled, failedButThere, s.requests.Load(), took.Seconds())
}

// check holds Ingest to its word.
func check(t *testing.T, c client, s *sink, got counts, there tally) {
	t.Helper()
	answersLost := s.after > 0 || s.cut > 0 || s.garbage > 0 || s.silent
	bad := 0
	for n := range s.copies {
		if s.refusedForGood(n) {
			bad++
		}
	}
	switch {
	case got.err != nil:
		t.Errorf("%v", got.err)
	case there.Lost != 0:
		t.Errorf("%d lost", there.Lost)
	case there.Doubled > 0 && !(s.ownIDs && answersLost):
		t.Errorf("%d doubled", there.Doubled)
	case there.Doubled > got.doubled:
		t.Errorf("%d doubled, it says %d", there.Doubled, got.doubled)
	case !answersLost && s.before == 0 && s.status != 503 && got.doubled > 0:
		t.Errorf("it says that %d may be doubled, though no answer was lost", got.doubled)
	case got.written != there.Stored || len(got.failed) != bad:
		t.Errorf("says %d written and %d rejected, want %d and %d", got.written, len(got.failed), there.Stored, bad)
	}
	for _, n := range got.failed {
		if !s.refusedForGood(n) {
			t.Errorf("document %d is a dead letter", n)
			return
		}
	}
}
