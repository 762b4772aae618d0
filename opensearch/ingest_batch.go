package opensearch

import (
	"github.com/awspatterns/awspatterns/internal/bulk"
)

// A batch is documents that go into one request, and what was refused before that.
type batch struct {
	lines []byte // as _bulk reads them
	sent  []sent
	bad   []rejected

	attempts int // requests for this batch that failed, in a row
	refused  int // requests for it that the service refused as a whole, being busy
	deferred bool
}

// sent is a document in a batch. Its bytes are in batch.lines.
type sent struct {
	seq         int64
	pos         Position
	input       string
	key         string // its id before it was left to the service
	id, routing string
	start, end  int // of its lines
	source      int // where the document itself begins
	length      int // of the document itself

	// unsure is whether a request with it may have had its effect without an answer
	// that tells.
	unsure bool

	raced int // how often it was refused by a mapping that was just made
}

// A rejected is a document that was refused for good, with its place in the order.
type rejected struct {
	seq int64
	Rejection
}

// add appends a document.
func (b *batch) add(action bulk.Action, seq int64, it item) {
	s := sent{seq: seq, pos: it.pos, input: it.input, key: it.doc.ID, id: it.doc.ID, routing: it.doc.Routing, start: len(b.lines), length: len(it.doc.Source)}
	b.lines = bulk.AppendItem(b.lines, action, it.doc.ID, it.doc.Routing, it.doc.Source)
	s.end = len(b.lines)
	s.source = s.end - bulk.Tail(action) - s.length
	b.sent = append(b.sent, s)
}

// empty reports whether there is nothing to do about b.
func (b *batch) empty() bool { return len(b.sent) == 0 && len(b.bad) == 0 }

// document returns what s is about. Its bytes are those of b.
func (b *batch) document(s sent) Document {
	return Document{ID: s.id, Routing: s.routing, Source: b.lines[s.source : s.source+s.length]}
}

// keep returns a batch of those documents of b that keep says, in their order.
func (b *batch) keep(keep func(i int) bool) *batch {
	kept := &batch{attempts: b.attempts}
	for i, s := range b.sent {
		if !keep(i) {
			continue
		}
		shift := len(kept.lines) - s.start
		kept.lines = append(kept.lines, b.lines[s.start:s.end]...)
		s.start, s.end, s.source = s.start+shift, s.end+shift, s.source+shift
		kept.sent = append(kept.sent, s)
	}
	return kept
}

// halves returns the first and the second half of b.
func (b *batch) halves() (*batch, *batch) {
	middle := len(b.sent) / 2
	first := b.keep(func(i int) bool { return i < middle })
	return first, b.keep(func(i int) bool { return i >= middle })
}

// withoutIDs returns b with ids that the service makes.
func (b *batch) withoutIDs() *batch {
	bare := &batch{attempts: b.attempts}
	for _, s := range b.sent {
		doc := b.document(s)
		doc.ID = ""
		bare.add(bulk.Create, s.seq, item{pos: s.pos, input: s.input, doc: doc})
		bare.sent[len(bare.sent)-1].key = s.key
	}
	return bare
}
