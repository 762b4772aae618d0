package opensearch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/rows"
)

// A Mode says what becomes of a document whose id is in the index already.
type Mode string

// The modes.
const (
	// Append never changes a document that is there: the new one is left out and
	// counted in IngestResult.Existing. It is the only mode for data streams.
	Append Mode = "append"

	// Overwrite replaces the whole document.
	Overwrite Mode = "overwrite"

	// Upsert replaces the fields that the new document has, and keeps the others.
	Upsert Mode = "upsert"
)

// A Document is one to write.
type Document struct {
	ID      string // up to 512 bytes; empty to have one made as IngestOptions say
	Routing string
	Source  []byte // a JSON object; it may be used again once the next document is asked for
}

// IngestOptions say what to load, and where.
type IngestOptions struct {
	// Index is the name of an index, of an alias with a write index, or of a data
	// stream. Required.
	Index string

	// Mode defaults to Append.
	Mode Mode

	// Files, Objects or Documents are what to load: one of them. A file or object
	// whose content is gzip is unpacked. Objects are URLs, such as s3://bucket/key, or
	// s3://bucket/prefix/ for all keys below a prefix, in their order, but for those of
	// no content. The key is as it is in S3, without escapes.
	Files     []string
	Objects   []string
	Documents iter.Seq2[Document, error] `json:"-"`

	// Version tells the content of Documents from other contents. A Checkpoint
	// needs it to go on only in the content that it was made in. Files and objects have
	// their own: size and time, and ETag.
	Version string

	// Format defaults to what the name of the file or key tells: .json, .jsonl,
	// .ndjson, .csv, .tsv, each also with .gz.
	Format rows.Format `json:"-"`

	// Fields drops, renames and types fields.
	Fields rows.Fields

	// IDField is the field whose value becomes the id of the document, by its new name
	// if it is renamed. Several, separated by commas, are joined with a "/"; a "/" or "%"
	// in one of them is then written as %2F or %25, so that no two lists of values have
	// one id. Without it, and unless the document has an id of its own, the id is made
	// from the document as it is sent, with 192 bits of its SHA-256: documents that are
	// equal byte by byte are then one.
	IDField string

	// GeneratedIDs lets the service make the ids, as collections for vectors and time
	// series demand. A document may then be doubled: see IngestResult.MayBeDoubled.
	GeneratedIDs bool

	// RoutingField is the field whose value becomes the routing, by its new name. A
	// record without a value there is refused, unless it came with a routing: the service
	// would look for it in another shard than for others of its id.
	RoutingField string

	// Pipeline is the ingest pipeline of the cluster that documents go through.
	Pipeline string

	// MaxBatchBytes and MaxBatchDocuments bound a request; within them the size adapts.
	// Default to 10 MiB and 5,000.
	MaxBatchBytes     int
	MaxBatchDocuments int

	// Workers is how many requests are made at the same time, at most; within it the
	// number adapts. Defaults to 8.
	Workers int

	// RetryFor is how long the service may refuse everything, or not be reached, until
	// the run ends with an error. Defaults to 10 minutes.
	RetryFor time.Duration

	// Compress sends requests in gzip.
	Compress bool

	// DeadLetters takes the documents that the index refuses for good. Without it
	// the first one ends the run.
	DeadLetters DeadLetters `json:"-"`

	// MaxRejected is how many documents may be refused until the run ends with an
	// error. Zero is any number.
	MaxRejected int64

	// Checkpoint lets a run go on where one that was stopped came to.
	Checkpoint Checkpoint `json:"-"`

	// Tune turns off refreshing and drops the replicas of the index while it is
	// loaded, for an index that nobody relies on meanwhile. Not for Serverless.
	Tune bool

	// ARN of the domain or collection, for the permissions alone. Defaults to all
	// domains of the account and Region.
	ARN string

	// KMSKey is the ARN of the key that encrypts the objects, if it is one that the
	// caller needs permission for. For the permissions alone.
	KMSKey string

	// Progress is told how far the run is, about once a second and at the end.
	Progress func(IngestProgress) `json:"-"`
}

// A Position is a place in what is loaded.
type Position struct {
	Input  int   `json:"input"`  // index of the file or object
	Record int64 `json:"record"` // number of the record in it, from 0
}

// A Rejection is a document that was refused for good.
type Rejection struct {
	Position Position `json:"position"`
	Input    string   `json:"input,omitempty"` // name of the file or object
	ID       string   `json:"id,omitempty"`
	Routing  string   `json:"routing,omitempty"`
	Status   int      `json:"status,omitempty"` // of the item; 0 if it was not sent
	Type     string   `json:"type"`             // such as "mapper_parsing_exception", or RejectedRecord and the like
	Reason   string   `json:"reason"`

	// Source is the document as it was sent or, if Status is 0, what was read: a JSON
	// object with the fields as they were before IngestOptions.Fields, or if it is none
	// the text. In JSON it is as MarshalJSON says.
	Source []byte `json:"-"`
}

// DeadLetters takes documents that were refused for good. What Put has taken must
// be safe when it returns. After a crash it may get a rejection again.
type DeadLetters interface {
	Put(ctx context.Context, rejections []Rejection) error
}

// A Checkpoint keeps how far a run came.
type Checkpoint interface {
	// Load returns what was saved last; nil if nothing was.
	Load(ctx context.Context) ([]byte, error)

	// Save replaces it. What it saved must be safe when it returns.
	Save(ctx context.Context, value []byte) error
}

// IngestProgress is how far a run is.
type IngestProgress struct {
	IngestCounts
	Elapsed     time.Duration
	Concurrency int // requests made at the same time, at most, just now
	BatchBytes  int // of a request, just now

	SourceBytes int64 // bytes of all inputs; 0 if not known
	SourceRead  int64 // of those, read so far
}

// IngestCounts count documents. Read is the sum of Skipped, Created, Updated,
// Unchanged, Existing, Dropped, Rejected and Pending.
type IngestCounts struct {
	Read      int64 // records of the source
	Skipped   int64 // that an earlier run wrote, as the checkpoint says
	Created   int64
	Updated   int64
	Unchanged int64 // Upsert: there was nothing to change
	Existing  int64 // Append: the id was there, or was written by a request whose answer was lost
	Dropped   int64 // by the ingest pipeline of the cluster
	Rejected  int64 // for good; in DeadLetters
	Pending   int64 // read but neither written nor refused when the run ended

	Bytes     int64 // of requests
	Requests  int64 // attempts
	Throttled int64 // items and requests that the service refused since it had too much to do
	Retried   int64 // items sent again
	Failures  int64 // requests without a usable answer: timeouts, broken connections, errors of servers

	// MayBeDoubled is how many documents may be in the index twice: they had no id of
	// their own, and the answer to a request that held them was lost.
	MayBeDoubled int64
}

// IngestResult is what became of the documents.
type IngestResult struct {
	IngestCounts
	Index   string
	Elapsed time.Duration

	// Doubled tells why documents may be doubled; empty if none may.
	Doubled string

	// Rejections are the first 100, and Reasons how many there are by type.
	Rejections []Rejection
	Reasons    map[string]int64

	// Resumed is whether the run went on from a checkpoint, and Complete whether
	// everything was read and written or refused.
	Resumed  bool
	Complete bool

	// Restored is whether refreshing and replicas, changed by this run or by one that
	// was killed, are as they were.
	Restored bool
}

// Ingest loads documents into an index.
func Ingest(ctx context.Context, c Clients, opts IngestOptions) (IngestResult, error) {
	return load(ctx, c, opts, nil)
}

// load is Ingest. written, if set, is called with every document that is in the
// index when load returns, one at a time, in no order: those that were written, those
// that were there (Append), and those that an earlier run wrote. Its bytes may be used until
// it returns.
func load(ctx context.Context, c Clients, opts IngestOptions, written func(Document)) (IngestResult, error) {
	wrong := func(err error) error {
		return fmt.Errorf("opensearch: ingest into %q: %w", opts.Index, reason.Cause(ctx, err))
	}
	opts, err := opts.withDefaults(c)
	if err != nil {
		return IngestResult{Index: opts.Index}, wrong(err)
	}
	src, err := openSource(ctx, c, opts)
	if err != nil {
		return IngestResult{Index: opts.Index}, wrong(err)
	}
	g := newIngestion(c, opts, src, written)
	if err := g.resumeFrom(ctx); err != nil {
		return g.result(), wrong(err)
	}
	result, err := g.whole(ctx)
	if err != nil {
		return result, wrong(err)
	}
	return result, nil
}

// whole is the run with what comes before and after it.
func (g *ingestion) whole(ctx context.Context) (IngestResult, error) {
	if g.opts.Tune && !g.checkpoint.resume.Complete {
		if err := tune(ctx, g.conn, g.opts.Index); err != nil {
			return g.result(), fmt.Errorf("tune: %w", err)
		}
	}
	err := g.run(ctx)
	ended := err == nil
	restored := false
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if ended {
		after = ctx
	}
	if g.restores() {
		var failed error
		restored, failed = restore(after, g.conn, g.opts.Index)
		if failed != nil && (g.opts.Tune || !denied(failed)) {
			err = errors.Join(err, fmt.Errorf("restore settings: %w", failed))
		}
	}
	if failed := g.saveLast(after, err == nil); failed != nil {
		err = errors.Join(err, failed)
	}
	result := g.result()
	result.Complete, result.Restored, result.Resumed = err == nil, restored, g.checkpoint.resumed
	return result, err
}
