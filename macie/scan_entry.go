package macie

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/state"
)

// A step is how far an object has come.
type step string

const (
	stepReading  step = "reading"  // its text is being read
	stepAnalysis step = "analysis" // its text is where Macie analyses it
	stepDone     step = "done"     // it has its State
)

// An entry is what the store keeps of an object.
type entry struct {
	Image
	Step  step   `json:"step"`
	Seen  string `json:"seen"`            // run that listed it last
	Shard int    `json:"shard,omitempty"` // of run Seen, from 1

	// Digest is of the identifiers that the verdict is for. Settled says that
	// asking again would not tell more.
	Digest  string `json:"digest,omitempty"`
	Settled bool   `json:"settled,omitempty"`

	// Expected is how many pages the image has at least, by what is in it.
	Expected int `json:"expected,omitempty"`

	// Paid and Again are pages of run Seen: read, and those of them that may have
	// been read before.
	Paid  int64 `json:"paid,omitempty"`
	Again int64 `json:"again,omitempty"`

	// Async and TextractJob are of a text detection under way.
	Async       bool   `json:"async,omitempty"`
	TextractJob string `json:"textractJob,omitempty"`
	Submitted   int64  `json:"submitted,omitempty"` // Unix time

	// Failures are asynchronous detections that failed. Textract answers a token
	// with the job that failed for seven days, so each takes another one.
	Failures int `json:"failures,omitempty"`

	// Changes is how often the image was another one when its text had been read, in
	// an event-driven run.
	Changes int `json:"changes,omitempty"`

	version string // in the store; empty if it is not there yet
}

// finish gives an image its state.
func (e *entry) finish(s State, reason string) {
	e.Step, e.State, e.Reason = stepDone, s, shortened(reason, maxReason)
	e.Async, e.TextractJob, e.Submitted, e.Changes = false, "", 0, 0
}

// maxReason is the most bytes of a reason that are kept. What a Detector says of an
// error can be of any length.
const maxReason = 2000

func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// encode returns the value of the record. If the findings have no room in it, their
// places are left out, which [Locate] looks for again, and else all of them: one
// image must not keep the others from being scanned.
func (e *entry) encode() ([]byte, error) {
	value, err := json.Marshal(e)
	if err != nil || len(value) <= state.MaxValue {
		return value, err
	}
	for i := range e.Findings {
		e.Findings[i].Places = nil
	}
	if value, err = json.Marshal(e); err != nil || len(value) <= state.MaxValue {
		return value, err
	}
	e.Reason = fmt.Sprintf("%d kinds of data were found, which are too many or too long to be kept", len(e.Findings))
	e.Findings = nil
	return json.Marshal(e)
}

// begin makes an entry of an object that is to be looked at, or looked at anew. What
// the run has paid for it already stays paid.
func (e *entry) begin(run string) {
	paid, again := e.Paid, e.Again
	if e.Seen != run {
		paid, again = 0, 0
	}
	*e = entry{
		Image: Image{Bucket: e.Bucket, Key: e.Key, ETag: e.ETag, Size: e.Size},
		Seen:  run, Paid: paid, Again: again, Failures: e.Failures, version: e.version,
	}
}

// imageSet is the set of the images of a bucket.
func (s *scan) imageSet(bucket string) string { return s.id + "/images/" + bucket }

// put writes entries, and notes their new versions. If one was changed
// meanwhile, another process works on the scan.
func (s *scan) put(ctx context.Context, entries ...*entry) error {
	records := make([]state.Record, len(entries))
	for i, e := range entries {
		value, err := e.encode()
		if err != nil {
			return fmt.Errorf("s3://%s/%s: %w", e.Bucket, e.Key, err)
		}
		records[i] = state.Record{Set: s.imageSet(e.Bucket), Key: e.Key, Value: value, Version: e.version}
	}
	err := s.opts.Store.Put(ctx, records)
	for i, e := range entries {
		e.version = records[i].Version
	}
	return storeError(err)
}

// storeError says of a conflict what it means.
func storeError(err error) error {
	if err == nil {
		return nil
	}
	if isConflict(err) {
		return fmt.Errorf("%w: %w", ErrTakenOver, err)
	}
	return fmt.Errorf("store: %w", err)
}

func (s *scan) get(ctx context.Context, bucket, key string) (*entry, error) {
	record, err := s.opts.Store.Get(ctx, s.imageSet(bucket), key)
	if err != nil {
		return nil, storeError(err)
	}
	return decodeEntry(record)
}

func decodeEntry(r state.Record) (*entry, error) {
	e := &entry{version: r.Version}
	if r.Version == "" {
		return e, nil
	}
	if err := json.Unmarshal(r.Value, e); err != nil {
		return nil, fmt.Errorf("store: record %q of %s: %w", r.Key, r.Set, err)
	}
	return e, nil
}

// list returns the entries of a bucket whose keys are greater than after.
func (s *scan) list(ctx context.Context, bucket, after string) iter.Seq2[*entry, error] {
	return func(yield func(*entry, error) bool) {
		for record, err := range s.opts.Store.List(ctx, s.imageSet(bucket), after) {
			if err != nil {
				yield(nil, storeError(err))
				return
			}
			e, err := decodeEntry(record)
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// between returns the entries from one position to another, both of them included.
func (s *scan) between(ctx context.Context, from, to position) iter.Seq2[*entry, error] {
	return func(yield func(*entry, error) bool) {
		for _, bucket := range s.buckets() {
			if bucket < from.Bucket || bucket > to.Bucket {
				continue
			}
			after := ""
			if bucket == from.Bucket && from.Key != "" {
				after = from.Key
				e, err := s.get(ctx, bucket, from.Key)
				if err != nil || e.version != "" {
					if !yield(e, err) || err != nil {
						return
					}
				}
			}
			for e, err := range s.list(ctx, bucket, after) {
				if err == nil && bucket == to.Bucket && e.Key > to.Key {
					return
				}
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// entries returns those of all sources, by bucket and key.
func (s *scan) entries(ctx context.Context) iter.Seq2[*entry, error] {
	return func(yield func(*entry, error) bool) {
		for _, bucket := range s.buckets() {
			for e, err := range s.list(ctx, bucket, "") {
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// buckets returns the names of the source buckets, in order.
func (s *scan) buckets() []string {
	var names []string
	for _, source := range s.opts.Sources {
		names = append(names, source.Bucket)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
