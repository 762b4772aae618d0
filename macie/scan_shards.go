package macie

import (
	"context"
)

// list sends all that has to be read to the readers, and gives the rest its
// state. Entries that only say so are written many at a time.
func (p *pipeline) list(ctx context.Context) error {
	defer close(p.images)
	batch := &batch{scan: p.scan}
	shards, err := p.openSharding(ctx)
	if err != nil {
		return err
	}
	for o, err := range p.known(ctx, position{}) {
		if err != nil {
			return err
		}
		if n := p.listed.Add(1); n%tellEvery == 0 || n == 1 {
			p.tell(func(s *ScanProgress) { s.Phase, s.Listed = "reading", n })
		}
		if err := p.admit(ctx, o, shards, batch); err != nil {
			return err
		}
	}
	if err := batch.flush(ctx); err != nil {
		return err
	}
	p.allListed(ctx, func(int) bool { return true })
	return nil
}

// tellEvery is how often listed objects are progress worth telling.
const tellEvery = 1000

// admit decides what is to be done with a listed object.
func (p *pipeline) admit(ctx context.Context, o *candidate, shards *sharding, b *batch) error {
	e := o.entry
	switch todo := p.triage(o); todo {
	case nothingToDo:
		return nil
	case keepVerdict:
		return b.add(ctx, e)
	}
	if err := shards.assign(ctx, e); err != nil {
		return err
	}
	p.join(e)
	if e.Step == stepAnalysis { // its text is where it has to be
		p.doneReading(ctx, e.Shard)
		return nil
	}
	select {
	case p.images <- e:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// A todo is what is left to do with an object.
type todo int

const (
	nothingToDo todo = iota
	keepVerdict      // write the entry, which has its state
	readIt
)

// triage looks at a listed object and what is known of it, and makes the entry
// what it has to be before the object is read.
func (s *scan) triage(o *candidate) todo {
	e := o.entry
	same := e.version != "" && e.ETag == o.etag && o.etag != ""
	if reason := s.skip(o.listed); reason != "" {
		if e.Step == stepDone && e.State == StateSkipped && e.Seen == s.run.Run && same {
			return nothingToDo
		}
		e.ETag, e.Size = o.etag, o.size
		e.begin(s.run.Run)
		e.Run = s.run.Run
		e.finish(StateSkipped, reason)
		return keepVerdict
	}
	switch {
	case same && e.Seen == s.run.Run && e.Step == stepDone:
		return nothingToDo
	case same && e.Seen == s.run.Run:
		return readIt // go on
	case same && e.Step == stepDone && e.Settled && e.Digest == s.digest && !s.canProve(e):
		e.Seen, e.Shard, e.Paid, e.Again = s.run.Run, 0, 0, 0
		return keepVerdict
	}
	e.ETag, e.Size = o.etag, o.size
	e.begin(s.run.Run)
	return readIt
}

// canProve reports whether an image without proof can get one now.
func (s *scan) canProve(e *entry) bool {
	return e.State == StateUnproven && s.session.Export != nil
}

// A sharding assigns images to Macie jobs. What an earlier process of the run
// assigned, stays. New images join the shard that was being filled; it is closed
// when all images are listed, since more of its images may come.
type sharding struct {
	scan    *scan
	p       *pipeline
	current int
	filled  int // images in current, as far as they are listed
	old     int // the highest that an earlier process opened
}

func (p *pipeline) openSharding(ctx context.Context) (*sharding, error) {
	s := &sharding{scan: p.scan, p: p, current: p.run.Shards, old: p.run.Shards}
	if s.current > 0 {
		closed, err := p.getShard(ctx, s.current)
		if err != nil {
			return nil, err
		}
		if closed.Begun != 0 {
			s.current = 0
		}
	}
	return s, nil
}

func (s *sharding) assign(ctx context.Context, e *entry) error {
	if e.Shard > 0 {
		if e.Shard == s.current {
			s.filled++
		}
		return nil
	}
	if s.current == 0 || s.filled >= s.scan.opts.ImagesPerJob {
		if err := s.open(ctx); err != nil {
			return err
		}
	}
	e.Shard = s.current
	s.filled++
	return nil
}

// open begins the next shard, and notes that there is one.
func (s *sharding) open(ctx context.Context) error {
	full := s.current
	var next int
	if err := s.scan.saveRun(ctx, func(r *run) { r.Shards++; next = r.Shards }); err != nil {
		return err
	}
	s.current, s.filled = next, 0
	if full > s.old {
		s.p.allListed(ctx, func(shard int) bool { return shard == full })
	}
	return nil
}

// A batch writes entries that have their state.
type batch struct {
	scan    *scan
	entries []*entry
}

const batchSize = 500

func (b *batch) add(ctx context.Context, e *entry) error {
	b.entries = append(b.entries, e)
	if len(b.entries) < batchSize {
		return nil
	}
	return b.flush(ctx)
}

func (b *batch) flush(ctx context.Context) error {
	if len(b.entries) == 0 {
		return nil
	}
	if err := b.scan.put(ctx, b.entries...); err != nil {
		return err
	}
	for _, e := range b.entries {
		b.scan.tell(func(p *ScanProgress) { p.Done++; p.Image = &e.Image })
	}
	b.entries = b.entries[:0]
	return nil
}
