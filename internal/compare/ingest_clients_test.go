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
	"sync"
	"time"

	opensearchgo "github.com/opensearch-project/opensearch-go/v4"
	"github.com/opensearch-project/opensearch-go/v4/opensearchapi"
	"github.com/opensearch-project/opensearch-go/v4/opensearchutil"

	"github.com/awspatterns/awspatterns/opensearch"
)

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
