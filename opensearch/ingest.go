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
	Source  []byte // a JSON object; whoever gives it may change it once the next document is asked for
}

// IngestOptions say what to load, and where.
//
// Documents of one id are written in the order in which they are read: the next is
// sent when it is known what became of the one before. One case is left that no client
// can exclude: a request that timed out is sent again, and if the service was only
// slow and applies the first one after all, it may do so after a newer document of the
// same id was written, which is then the older one again (Overwrite, Upsert).
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
	//
	// An error of Documents ends the run, when what came before it is written. A run
	// ends only when Documents yields or returns: one that waits for more must not wait
	// for ever, and should give up when the context of Ingest is over.
	Files     []string
	Objects   []string
	Documents iter.Seq2[Document, error] `json:"-"`

	// Version tells the content of Documents from other contents, such as the date of
	// an export. A Checkpoint needs it, to go on only in the content that it was made
	// in. Files and objects have their own: size and time, and ETag.
	Version string

	// Format defaults to what the name of the file or key tells: .json, .jsonl,
	// .ndjson, .csv, .tsv, each also with .gz. For Parquet it is rows.Of(parquet.Open),
	// with the module github.com/awspatterns/awspatterns/parquet.
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

	// MaxBatchBytes and MaxBatchDocuments bound a request; within them the size adapts,
	// beginning with 1 MiB and 1,000. Default to 10 MiB and 5,000; 100 MiB is the most. A
	// document that is larger is sent alone.
	MaxBatchBytes     int
	MaxBatchDocuments int

	// Workers is how many requests are made at the same time, at most; within it the
	// number adapts, beginning with 2. Defaults to 8; 1,000 is the most.
	Workers int

	// RetryFor is how long the service may refuse everything, or not be reached, until
	// the run ends with an error that wraps ErrStalled. As long as it takes any document,
	// those that it refuses are sent again. Defaults to 10 minutes.
	RetryFor time.Duration

	// Compress sends requests in gzip.
	Compress bool

	// DeadLetters takes the documents that the index refuses for good. Without it
	// the first one ends the run with a *RejectedError. See NewDeadLetterFile,
	// NewDeadLetterS3 and NewDeadLetterWriter.
	DeadLetters DeadLetters `json:"-"`

	// MaxRejected is how many documents may be refused until the run ends with an
	// error. Zero is any number.
	MaxRejected int64

	// Checkpoint lets a run go on where one that was stopped came to. It is saved about
	// once a second; what lies behind it is written once more. See NewCheckpoint.
	Checkpoint Checkpoint `json:"-"`

	// Tune turns off refreshing and drops the replicas of the index while it is
	// loaded, for an index that nobody relies on meanwhile. The settings as they were are
	// kept in the _meta of its mapping, and set back when the run ends or, after a kill,
	// by the next one. Replicas that the cluster demands, as domains in three zones do,
	// stay. Not for Serverless, data streams, and an index that is yet to
	// be made.
	Tune bool

	// ARN of the domain or collection, for the permissions alone. Defaults to all
	// domains of the account and Region.
	ARN string

	// KMSKey is the ARN of the key that encrypts the objects, if it is one that the
	// caller needs permission for. For the permissions alone.
	KMSKey string

	// Progress is told how far the run is, once a second and at the end, one call at
	// a time, from another goroutine than that of the caller. The
	// run ends when the last call has returned.
	Progress func(IngestProgress) `json:"-"`
}

// A Position is a place in what is loaded.
type Position struct {
	Input  int   `json:"input"`  // number of the file or object, from 0
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
// be safe when it returns; if it returns an error, the run ends. It may be called
// from several goroutines. After a crash it may get a rejection again.
type DeadLetters interface {
	Put(ctx context.Context, rejections []Rejection) error
}

// A Checkpoint keeps how far a run came: up to about 200 KB of JSON. Its methods are
// not called at the same time, and an error of one ends the run.
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
	Concurrency int // requests that may be under way just now; see IngestOptions.Workers
	BatchBytes  int // that a request has at most just now

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

	Bytes     int64 // of requests, before they are compressed
	Requests  int64 // all of them, also those that failed
	Throttled int64 // items and requests that the service refused since it had too much to do
	Retried   int64 // items sent again
	Failures  int64 // requests without a usable answer: timeouts, broken connections, errors of servers

	// MayBeDoubled is how many documents may be in the index twice: they had no id of
	// their own, and the answer to a request that held them was lost, or a run that was
	// stopped had read them and not saved in its Checkpoint that they are written. Those
	// that a killed run read after it saved last are not known to the next, and not counted.
	MayBeDoubled int64
}

// IngestResult is what became of the documents.
type IngestResult struct {
	IngestCounts
	Index   string
	Elapsed time.Duration

	// Doubled tells why documents may be doubled; empty if none may.
	Doubled string

	// Rejections are the first 100, with the documents as long as these are no more than
	// 1 MiB together, and Reasons how many there are by type.
	Rejections []Rejection
	Reasons    map[string]int64

	// Resumed is whether the run went on from a checkpoint, and Complete whether
	// everything was read and written or refused.
	Resumed  bool
	Complete bool

	// Restored is whether refreshing and replicas, changed by this run or by one that
	// was killed, are as they were; false if none had changed them.
	Restored bool
}

// Ingest loads documents into an index, so that none is lost and none is doubled.
//
// It looks up all Files or Objects before it reads the first, reads them one after the
// other, and writes them with _bulk requests, whose size and number follow what the
// service answers. Of an answer only the documents that were not taken are sent again,
// until they are; those that are refused for good go to DeadLetters with the reason.
// Every document has an id before it is sent, so that sending it again changes
// nothing, but where the service makes the ids. Documents of one id are written in
// their order. An index that does not exist is made by the cluster, if it may, with
// a mapping that it guesses.
//
// The result is valid even if there is an error: its counts add up to what was read.
// A run that ended early is repeated with the same options; with a Checkpoint it goes
// on where it came to, and otherwise, in mode Append, it finds what is there already.
// When ctx ends, the checkpoint is saved and settings are restored, for up to 10
// seconds each. Memory does not grow with the input: there are some MaxBatchBytes for
// each of the Workers.
//
// Options are checked before anything is read. What cannot hold for any record, such
// as a column that is missing, ends the run, as do [ErrStalled], a *[RejectedError],
// [ErrOtherCheckpoint], [ErrInputChanged], [ErrCredentials], and an *[Error] or
// *[ConnError] that no waiting changes, such as a denied request.
//
// IAM actions: [IngestPermissions].
func Ingest(ctx context.Context, c Clients, opts IngestOptions) (IngestResult, error) {
	return load(ctx, c, opts, "", nil)
}

// load is Ingest, of a source of one version if that is set. written, if set, is called with every document that is in the
// index when load returns, one at a time, in no order: those that were written, those
// that were there (Append), and those that an earlier run wrote. Its bytes may be used until
// it returns.
func load(ctx context.Context, c Clients, opts IngestOptions, version string, written func(Document)) (IngestResult, error) {
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
	if version != "" && src.version() != version {
		return IngestResult{Index: opts.Index}, wrong(errOtherSource)
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
	err := g.tune(ctx)
	if err == nil {
		err = g.runAndSave(ctx)
	}
	ended := err == nil
	restored := false
	restoring := func(ctx context.Context) (failed error) { restored, failed = g.restore(ctx); return failed }
	err = g.lastly(ctx, err, restoring)
	if ended && err != nil && ctx.Err() != nil {
		err = g.lastly(ctx, err, restoring)
	}
	if ended {
		err = g.lastly(ctx, err, func(ctx context.Context) error { return g.saveLast(ctx, err == nil) })
	}
	result := g.result()
	result.Complete, result.Restored, result.Resumed = err == nil, restored, g.checkpoint.resumed
	return result, err
}

// runAndSave saves how far a run came that did not get to the end, before settings
// are restored: that may take all its time in vain.
func (g *ingestion) runAndSave(ctx context.Context) error {
	err := g.run(ctx)
	if err == nil {
		return nil
	}
	return g.lastly(ctx, err, func(ctx context.Context) error { return g.saveLast(ctx, false) })
}

// lastly does what is left to do after a run, also if that ended with an error since
// its context did, and adds what is wrong with it.
func (g *ingestion) lastly(ctx context.Context, err error, do func(context.Context) error) error {
	if err == nil {
		return do(ctx)
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if failed := do(after); failed != nil {
		return errors.Join(err, failed)
	}
	return err
}

func (g *ingestion) tune(ctx context.Context) error {
	if !g.opts.Tune || g.checkpoint.resume.Complete {
		return nil
	}
	if err := tune(ctx, g.conn, g.opts.Index); err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	return nil
}

// restore sets back what this run or one that was killed has tuned.
func (g *ingestion) restore(ctx context.Context) (bool, error) {
	if !g.restores() {
		return false, nil
	}
	restored, err := restore(ctx, g.conn, g.opts.Index)
	if err != nil && (g.opts.Tune || !denied(err)) {
		return restored, fmt.Errorf("restore settings: %w", err)
	}
	return restored, nil
}
