package opensearch

import (
	"fmt"
	"net/http"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

// A sorting is the items of an answer, sorted by what to do about their documents.
type sorting struct {
	*posting
	add     IngestCounts // what the items add
	keys    []string     // of documents that are done with
	seqs    []int64      // of those that were taken
	wrote   []Document   // the same, if written wants them
	refused []rejected
	retry   []bool // by document
	retries int
	doubts  []int // of those, which may have been written
	cause   error // why the first of them is to be sent again
	fatal   error
	noIDs   bool // the collection makes the ids itself
}

func newSorting(s *posting) *sorting {
	return &sorting{posting: s, keys: make([]string, 0, len(s.batch.sent)), seqs: make([]int64, 0, len(s.batch.sent))}
}

// item sorts item i of the answer.
func (s *sorting) item(i int, it bulk.Item) {
	d := &s.batch.sent[i]
	if bulk.IDsRefused(it) {
		s.withoutID(i, it)
		return
	}
	switch verdict := bulk.Classify(s.opts.Mode.action(), it); verdict.Outcome {
	case bulk.Written:
		if it.Result == "created" {
			s.add.Created++
		} else {
			s.add.Updated++
		}
		s.in(d)
	case bulk.Unchanged:
		s.add.Unchanged++
		s.in(d)
	case bulk.Exists:
		s.add.Existing++
		s.in(d)
	case bulk.Dropped:
		s.add.Dropped++
		s.keys, s.seqs = append(s.keys, d.key), append(s.seqs, d.seq)
	case bulk.Again:
		if verdict.Busy {
			s.signal = bulk.Busy
			s.add.Throttled++
		}
		s.later(i, it)
	case bulk.Fatal:
		s.fatal = fmt.Errorf("document %s: %d %s: %s: %s", d.name(), it.Status, it.Type, it.Reason, verdict.Advice)
	default:
		if bulk.MappingRace(it) && d.raced < maxRaces {
			d.raced++
			s.later(i, it)
			return
		}
		s.refuse(d, it)
	}
}

// refuse notes a document that is refused for good.
func (s *sorting) refuse(d *sent, it bulk.Item) {
	s.refused = append(s.refused, s.rejection(*d, it))
	s.keys = append(s.keys, d.key)
}

// maxRaces is how often a document is sent again since its mapping was changed at the
// same time.
const maxRaces = 5

// withoutID notes a document that the collection takes without an id only. Ids that
// were made from the content are given up for that; those of the caller are not, nor
// those of a mode that does nothing without them.
func (s *sorting) withoutID(i int, it bulk.Item) {
	d := &s.batch.sent[i]
	if s.ordered || s.opts.Mode != Append || d.id == "" {
		s.fatal = fmt.Errorf("document %s: %d %s: %s: the collection makes ids itself: set GeneratedIDs, which goes with Mode %q", d.name(), it.Status, it.Type, it.Reason, Append)
		return
	}
	s.noIDs = true
	s.later(i, it)
}

// in notes a document that is in the index.
func (s *sorting) in(d *sent) {
	s.keys = append(s.keys, d.key)
	s.seqs = append(s.seqs, d.seq)
	if s.written != nil {
		s.wrote = append(s.wrote, s.batch.document(*d))
	}
}

// later notes a document that is to be sent again.
func (s *sorting) later(i int, it bulk.Item) {
	if s.retry == nil {
		s.retry = make([]bool, len(s.batch.sent))
	}
	s.retry[i] = true
	s.retries++
	if doubtful(it.Status) {
		s.doubts = append(s.doubts, i)
	}
	if s.cause == nil {
		s.cause = fmt.Errorf("document %s: %d %s: %s", s.batch.sent[i].name(), it.Status, it.Type, it.Reason)
	}
}

// doubtful reports whether an item of a status that is sent again may have been
// written: a shard may have lost the answer of its primary.
func doubtful(status int) bool {
	return status < 300 || status == http.StatusRequestTimeout || status >= 500
}

// finish does what the sorting found.
func (s *sorting) finish() (try, error) {
	s.taken.Add(1)
	for _, d := range s.wrote {
		s.observe(d)
	}
	if s.noIDs && !s.generated.Swap(true) {
		s.add.MayBeDoubled += s.checkpoint.resume.Ahead
	}
	for _, i := range s.doubts {
		s.add.MayBeDoubled += s.batch.sent[i].doubt()
	}
	s.mu.Lock()
	c := &s.counts
	c.Created += s.add.Created
	c.Updated += s.add.Updated
	c.Unchanged += s.add.Unchanged
	c.Existing += s.add.Existing
	c.Dropped += s.add.Dropped
	c.Throttled += s.add.Throttled
	c.MayBeDoubled += s.add.MayBeDoubled
	c.Retried += int64(s.retries)
	if s.noIDs {
		s.doubled = "the collection makes the ids of documents itself"
	}
	s.mu.Unlock()
	if err := s.reject(s.ctx, s.refused); err != nil {
		s.settle(s.keys, s.seqs)
		return try{}, err
	}
	s.settle(s.keys, s.seqs)
	if s.fatal != nil {
		return try{}, s.fatal
	}
	if s.signal == bulk.Busy && len(s.keys) >= max(len(s.batch.sent)/10, 1) {
		s.signal = bulk.Partly
	}
	t := try{settled: len(s.keys)}
	if s.retries > 0 {
		rest := s.batch.keep(func(i int) bool { return s.retry[i] })
		rest.attempts++
		if t.settled > 0 {
			rest.attempts = 1
		}
		t.again, t.cause = []*batch{rest}, s.cause
		if s.signal == bulk.OK && !s.noIDs { // the limiter waits where the service is busy
			t.wait = bulk.Backoff(rest.attempts, nil)
		}
	}
	return t, nil
}

// name is what errors call a document.
func (s sent) name() string {
	where := fmt.Sprintf("%d", s.pos.Record)
	if s.input != "" {
		where += " of " + s.input
	}
	if s.id == "" {
		return where
	}
	return fmt.Sprintf("%s (id %q)", where, s.id)
}
