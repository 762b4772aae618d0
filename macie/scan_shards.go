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
		if !o.gone {
			p.tellListed()
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

func (p *pipeline) tellListed() {
	if n := p.listed.Add(1); n%tellEvery == 0 || n == 1 {
		p.tell(func(s *ScanProgress) { s.Phase, s.Listed = "reading", n })
	}
}

// tellEvery is how often listed objects are progress worth telling.
const tellEvery = 1000

// admit decides what is to be done with a listed object.
func (p *pipeline) admit(ctx context.Context, o *candidate, shards *sharding, b *batch) error {
	e := o.entry
	todo := p.triage(o)
	if todo == keepVerdict {
		return b.add(ctx, e)
	}
	if e.Shard > 0 || todo == readIt {
		if err := shards.assign(ctx, e); err != nil {
			return err
		}
	}
	if todo == nothingToDo {
		return nil
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
	if o.gone {
		if e.Step == stepAnalysis {
			return readIt // its text was read before
		}
		e.Run, e.Digest = s.run.Run, s.digest
		e.finish(StateFailed, "it was deleted before its text was read")
		return keepVerdict
	}
	same := e.version != "" && e.ETag == o.etag && o.etag != ""
	inArchive := archived(o.class)
	if reason := s.skip(o.found); reason != "" && !(inArchive && same && s.wasRead(e)) {
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
	case same && s.settled(e) && (inArchive || !s.canProve(e)):
		e.Seen, e.Shard, e.Paid, e.Again = s.run.Run, 0, 0, 0
		return keepVerdict
	}
	e.ETag, e.Size = o.etag, o.size
	e.begin(s.run.Run)
	return readIt
}

// wasRead reports whether an image need not be read any more, so that it does not
// matter if it has been archived meanwhile.
func (s *scan) wasRead(e *entry) bool {
	return e.Seen == s.run.Run && (e.Step == stepDone || e.Step == stepAnalysis) || s.settled(e)
}

// settled reports whether an image, if it is the same, keeps its verdict.
func (s *scan) settled(e *entry) bool {
	return e.Step == stepDone && e.Settled && e.Digest == s.digest
}

// canProve reports whether an image without proof can get one now.
func (s *scan) canProve(e *entry) bool {
	return e.State == StateUnproven && s.session.Export != nil
}

// A sharding assigns images to Macie jobs, by their place in the listing, so that a
// run that was stopped assigns as it did before. What was assigned, stays, also if
// images have come or gone meanwhile: a job may so get up to twice as many.
type sharding struct {
	p     *pipeline
	begun map[int]bool // shards that take no more images, since their job exists
	old   int          // the highest that an earlier process opened: more of its images may come
	open  int          // the highest that is open
	count int          // images so far
}

func (p *pipeline) openSharding(ctx context.Context) (*sharding, error) {
	s := &sharding{p: p, begun: map[int]bool{}, old: p.run.Shards, open: p.run.Shards}
	for n := 1; n <= s.old; n++ {
		sh, err := p.getShard(ctx, n)
		if err != nil {
			return nil, err
		}
		s.begun[n] = sh.Begun != 0
	}
	return s, nil
}

func (s *sharding) assign(ctx context.Context, e *entry) error {
	n := 1 + s.count/s.p.opts.ImagesPerJob
	s.count++
	for s.begun[n] {
		n++
	}
	if n > s.open {
		if err := s.extend(ctx, n); err != nil {
			return err
		}
	}
	if e.Shard == 0 {
		e.Shard = n
	}
	return nil
}

// extend opens shards up to n, and notes it. Those below n that were opened here
// are then complete.
func (s *sharding) extend(ctx context.Context, n int) error {
	if err := s.p.saveRun(ctx, func(r *run) { r.Shards = n }); err != nil {
		return err
	}
	s.open = n
	s.p.allListed(ctx, func(shard int) bool { return shard > s.old && shard < n })
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
