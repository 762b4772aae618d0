package opensearch

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

// badBytes bounds what a batch holds of records that cannot be documents.
const badBytes = 1 << 20

// itemOverhead is what an item has beside its id, routing and document, at most.
const itemOverhead = 96

// read reads the source and sends batches to the workers.
func (g *ingestion) read(stop context.Context) error {
	from := g.checkpoint.resume.Next
	if g.written != nil { // it is to know of every document
		from = Position{}
	} else {
		g.skip(g.checkpoint.resume.Read)
	}
	f := &filling{ingestion: g, stop: stop, action: g.opts.Mode.action()}
	f.renew()
	defer f.flushIdle()()
	for it, err := range g.src.items(stop, from) {
		if stop.Err() != nil {
			return context.Cause(stop)
		}
		if err != nil {
			return errors.Join(f.end(), err)
		}
		if it.pos.before(g.checkpoint.resume.Next) {
			g.skipped(it)
			continue
		}
		if err := f.add(it); err != nil {
			return err
		}
	}
	return f.end()
}

// before reports whether p comes before q.
func (p Position) before(q Position) bool {
	return p.Input < q.Input || p.Input == q.Input && p.Record < q.Record
}

func (g *ingestion) skip(n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts.Read += n
	g.counts.Skipped += n
}

// skipped passes over a record that an earlier run settled.
func (g *ingestion) skipped(it item) {
	g.skip(1)
	if it.bad == nil && !g.checkpoint.resume.rejected(it.pos) {
		g.observe(it.doc)
	}
}

// A filling is the batch that is being made.
type filling struct {
	*ingestion
	stop   context.Context
	action bulk.Action
	batch  *batch

	bytes, documents int // that a batch should have
	bad              int // bytes of what cannot be a document

	filling sync.Mutex // guards the batch
	touched bool       // something was added since the last tick
}

// idle is how long documents wait in a batch for more of them: the source may be a
// stream.
const idle = time.Second

// flushIdle sends batches that nothing is added to. It ends when the returned func
// does.
func (f *filling) flushIdle() (end func()) {
	over := make(chan struct{})
	var ticking sync.WaitGroup
	ticking.Go(func() {
		ticker := time.NewTicker(idle)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				f.tick()
			case <-over:
				return
			}
		}
	})
	return func() {
		close(over)
		ticking.Wait()
	}
}

func (f *filling) tick() {
	if !f.filling.TryLock() {
		return // something is being added
	}
	b, touched := f.batch, f.touched
	f.touched = false
	if touched || b.empty() {
		f.filling.Unlock()
		return
	}
	f.renew()
	f.filling.Unlock() // whoever adds something must not wait for a worker twice
	f.handOver(b)      // an error is that of f.stop, which ends the reading as well
}

// add adds what was read.
func (f *filling) add(it item) error {
	f.filling.Lock()
	defer f.filling.Unlock()
	f.touched = true
	return f.take(it)
}

// end sends what is left.
func (f *filling) end() error {
	f.filling.Lock()
	defer f.filling.Unlock()
	return f.flush()
}

// renew begins a batch.
func (f *filling) renew() {
	f.bytes, f.documents = f.sizer.Size()
	f.bad = 0
	f.batch = f.newBatch(f.bytes)
}

// flush hands the batch to a worker.
func (f *filling) flush() error {
	if f.batch.empty() {
		return nil
	}
	b := f.batch
	f.renew()
	return f.handOver(b)
}

func (f *filling) handOver(b *batch) error {
	select {
	case f.batches <- b:
		return nil
	case <-f.stop.Done():
		return context.Cause(f.stop)
	}
}

// take adds an item. The caller holds f.filling.
func (f *filling) take(it item) error {
	if f.generated.Load() {
		it.doc.ID = ""
	}
	lines := inJSON(it.doc.ID) + inJSON(it.doc.Routing) + len(it.doc.Source) + itemOverhead
	if len(f.batch.sent) > 0 && len(f.batch.lines)+lines > f.bytes {
		if err := f.flush(); err != nil {
			return err
		}
	}
	if err := f.await(it.doc.ID); err != nil {
		return err
	}
	seq := f.number(it)
	if it.bad != nil {
		r := *it.bad
		r.Source = bytes.Clone(r.Source)
		f.bad += len(r.Source)
		f.batch.bad = append(f.batch.bad, rejected{seq, r})
	} else {
		f.batch.add(f.action, seq, it)
	}
	if len(f.batch.sent) >= f.documents || len(f.batch.lines) >= f.bytes || f.bad > badBytes || len(f.batch.bad) >= f.documents {
		return f.flush()
	}
	return nil
}

// inJSON returns how many bytes s has within a JSON string.
func inJSON(s string) int {
	n := len(s)
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ':
			n += len(`\u0000`) - 1
		case c == '"' || c == '\\':
			n++
		}
	}
	return n
}

// number gives a record its place in the order.
func (f *filling) number(it item) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	seq := f.tracker.Next()
	if f.opts.Checkpoint != nil { // nobody else asks, and there may be many
		f.places.add(seq, it.pos)
	}
	f.counts.Read++
	if f.ordered && it.doc.ID != "" {
		f.underway[it.doc.ID] = struct{}{}
	}
	return seq
}

// await waits until no document of that id is under way, so that documents of one
// id are written in the order in which they were read.
func (f *filling) await(id string) error {
	if !f.ordered || id == "" {
		return nil
	}
	for {
		f.mu.Lock()
		_, busy := f.underway[id]
		settled := f.settled
		f.mu.Unlock()
		if !busy {
			return nil
		}
		if err := f.flush(); err != nil { // it may be in the batch itself
			return err
		}
		select {
		case <-settled:
		case <-f.stop.Done():
			return context.Cause(f.stop)
		}
	}
}
