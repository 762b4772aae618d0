package opensearch

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

// firstRejections is how many rejections a result holds, and firstSources how many
// bytes of their documents.
const (
	firstRejections = 100
	firstSources    = 1 << 20
)

// An ingestion is one run of Ingest: one goroutine reads the source and makes
// batches, others write them.
type ingestion struct {
	conn    *Conn
	opts    IngestOptions
	src     source
	path    string
	query   url.Values
	ordered bool // documents may have the id of an earlier one and another content
	begun   time.Time

	limiter   *bulk.Limiter
	sizer     *bulk.Sizer
	tracker   bulk.Tracker
	batches   chan *batch
	spare     chan *batch  // written ones, for their memory
	generated atomic.Bool  // the service is to make the ids
	taken     atomic.Int64 // requests that were answered with 200
	deferrals atomic.Int64 // see maxDeferred

	refusing atomic.Int64 // since when nothing is taken, in nanoseconds since begun; 0 while documents are

	writing sync.Mutex // guards written
	written func(Document)

	mu         sync.Mutex // guards all below
	counts     IngestCounts
	places     places
	underway   map[string]struct{} // ids of documents that were read and are not settled
	settled    chan struct{}       // closed, and made anew, when ids leave underway
	doubled    string
	rejections []Rejection
	kept       int // bytes of their documents
	reasons    map[string]int64
	rejectedAt []Position // if written is to know of them after a crash

	checkpoint checkpointing
}

func newIngestion(c Clients, opts IngestOptions, src source, written func(Document)) *ingestion {
	g := &ingestion{
		conn:     c.Conn,
		opts:     opts,
		src:      src,
		path:     "/" + url.PathEscape(opts.Index) + "/_bulk",
		query:    url.Values{},
		ordered:  opts.IDField != "" || opts.Documents != nil,
		begun:    time.Now(),
		limiter:  bulk.NewLimiter(opts.Workers, nil),
		batches:  make(chan *batch),
		spare:    make(chan *batch, opts.Workers+1),
		written:  written,
		sizer:    bulk.NewSizer(opts.MaxBatchBytes, opts.MaxBatchDocuments),
		underway: map[string]struct{}{},
		settled:  make(chan struct{}),
		reasons:  map[string]int64{},
	}
	g.generated.Store(opts.GeneratedIDs)
	if opts.GeneratedIDs {
		g.doubled = "GeneratedIDs: the service makes the ids"
	}
	if c.Conn.Product() != Serverless {
		g.query.Set("filter_path", bulk.FilterPath)
	}
	if opts.Pipeline != "" {
		g.query.Set("pipeline", opts.Pipeline)
	}
	return g
}

// run reads and writes all. Requests under way end before it returns, also if one
// failed.
func (g *ingestion) run(ctx context.Context) error {
	stop, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var workers, telling sync.WaitGroup
	for range g.opts.Workers {
		workers.Go(func() {
			for b := range g.batches {
				if err := g.write(ctx, stop, b); err != nil {
					fail(err)
				}
			}
		})
	}
	over := make(chan struct{})
	if g.opts.Progress != nil {
		telling.Go(func() { g.tell(over) })
	}
	readErr := g.readUntil(stop, fail, func() {
		close(g.batches)
		workers.Wait()
		close(over)
		telling.Wait()
	})
	if err := context.Cause(stop); err != nil {
		return err
	}
	return readErr
}

// readUntil reads the source and calls end then, also if the caller's loop panics.
func (g *ingestion) readUntil(stop context.Context, fail context.CancelCauseFunc, end func()) error {
	defer end()
	panics := true
	defer func() {
		if panics {
			fail(errPanicked)
		}
	}()
	err := g.read(stop)
	panics = false
	return err
}

var errPanicked = errors.New("the source panicked")

// tell tells Progress once a second, and at the end.
func (g *ingestion) tell(over <-chan struct{}) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			g.opts.Progress(g.progress())
		case <-over:
			g.opts.Progress(g.progress())
			return
		}
	}
}

func (g *ingestion) progress() IngestProgress {
	g.mu.Lock()
	defer g.mu.Unlock()
	size, _ := g.sizer.Size()
	return IngestProgress{
		IngestCounts: g.pending(),
		Elapsed:      time.Since(g.begun),
		Concurrency:  g.limiter.Limit(),
		BatchBytes:   size,
		SourceBytes:  g.src.size(),
		SourceRead:   g.src.done(),
	}
}

// pending returns the counts, with what is under way. The caller holds g.mu.
func (g *ingestion) pending() IngestCounts {
	c := g.counts
	c.Pending = c.Read - c.Skipped - c.Created - c.Updated - c.Unchanged - c.Existing - c.Dropped - c.Rejected
	return c
}

func (g *ingestion) result() IngestResult {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := IngestResult{
		IngestCounts: g.pending(),
		Index:        g.opts.Index,
		Elapsed:      time.Since(g.begun),
		Rejections:   slices.Clone(g.rejections),
		Reasons:      g.reasons,
	}
	if r.MayBeDoubled > 0 {
		r.Doubled = g.doubled
		if g.checkpoint.resume.Ahead > 0 {
			r.Doubled += "; the run before was stopped, and what it wrote behind its checkpoint is written again"
		}
	}
	return r
}

// newBatch returns an empty batch, in the memory of one that was written if there is
// one.
func (g *ingestion) newBatch(size int) *batch {
	select {
	case b := <-g.spare:
		return b
	default:
		return &batch{lines: make([]byte, 0, size)}
	}
}

// free lets the memory of a batch be used again.
func (g *ingestion) free(b *batch) {
	clear(b.sent) // it refers to ids
	b.lines, b.sent, b.bad, b.attempts, b.refused, b.deferred = b.lines[:0], b.sent[:0], nil, 0, 0, false
	select {
	case g.spare <- b:
	default:
	}
}

// settle ends what a batch had to do about some of its documents: they are in the
// index, or in the dead letters.
func (g *ingestion) settle(ids []string, seqs []int64) {
	for _, seq := range seqs {
		g.tracker.Done(seq)
	}
	if !g.ordered || len(ids) == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		delete(g.underway, id)
	}
	close(g.settled)
	g.settled = make(chan struct{})
}

// observe tells written of a document.
func (g *ingestion) observe(d Document) {
	if g.written == nil {
		return
	}
	g.writing.Lock()
	defer g.writing.Unlock()
	g.written(d)
}

// reject hands documents that were refused for good to the dead letters.
func (g *ingestion) reject(ctx context.Context, refused []rejected) error {
	if len(refused) == 0 {
		return nil
	}
	rejections := make([]Rejection, len(refused))
	for i, r := range refused {
		rejections[i] = r.Rejection
	}
	if g.opts.DeadLetters != nil {
		if err := g.opts.DeadLetters.Put(ctx, rejections); err != nil {
			return deadLetterError(err, len(rejections))
		}
	}
	total := g.countRejections(rejections)
	if g.opts.DeadLetters == nil {
		return &RejectedError{Rejected: total, First: rejections[0], reason: "there are no DeadLetters to keep it"}
	}
	g.settle(nil, seqsOf(refused))
	if g.opts.MaxRejected > 0 && total > g.opts.MaxRejected {
		return &RejectedError{Rejected: total, First: rejections[0], reason: "more than MaxRejected"}
	}
	return nil
}

func seqsOf(refused []rejected) []int64 {
	seqs := make([]int64, len(refused))
	for i, r := range refused {
		seqs[i] = r.seq
	}
	return seqs
}

func (g *ingestion) countRejections(rejections []Rejection) (total int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts.Rejected += int64(len(rejections))
	for _, r := range rejections {
		if g.written != nil && g.opts.Checkpoint != nil { // there may be many
			g.rejectedAt = append(g.rejectedAt, r.Position)
		}
		g.reasons[r.Type]++
		if len(g.rejections) == firstRejections {
			continue
		}
		if g.kept += len(r.Source); g.kept > firstSources {
			r.Source = nil
		}
		g.rejections = append(g.rejections, r)
	}
	return g.counts.Rejected
}

// ErrStalled is wrapped by the error of a run that ended since nothing was accepted
// for as long as IngestOptions.RetryFor.
var ErrStalled = errors.New("nothing was accepted for the time of RetryFor")
