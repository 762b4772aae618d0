package macie

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// A lister goes through the objects from where an earlier call has stopped, and
// starts the text detections. How far it has come is noted every few hundred
// objects; what a killed one has done since is found to be done.
type lister struct {
	*eventScan
	noted    run          // the record of the run, as far as the listing writes it
	assigned int          // images so far, of this run
	open     int          // the shard that takes images
	closed   map[int]bool // whether a shard is listed, as the store says
	items    []item
	toRead   int // of them
}

// An item is a listed object.
type item struct {
	*entry
	todo     todo
	assigned int // images up to it
}

const (
	// itemsAtOnce is after how many objects the place of the listing is noted.
	itemsAtOnce = 300

	// keptAtOnce is the same where there is nothing to be read.
	keptAtOnce = 3000
)

func (s *eventScan) list(ctx context.Context) error {
	l := &lister{eventScan: s, noted: s.run, assigned: s.run.Assigned, open: s.run.Shards + 1, closed: map[int]bool{}}
	for o, err := range s.known(ctx, s.run.ListedTo) {
		if err != nil {
			return err
		}
		if s.late() {
			_, err := l.flush(ctx, false)
			return err
		}
		full, err := l.add(ctx, o)
		if err != nil {
			return err
		}
		if full {
			if more, err := l.flush(ctx, false); err != nil || !more {
				return err
			}
		}
	}
	_, err := l.flush(ctx, true)
	return err
}

// note changes the record of the run, which is renewed at the same time.
func (l *lister) note(ctx context.Context, change func(*run)) error {
	err := l.saveRun(ctx, change)
	if err == nil {
		change(&l.noted)
	}
	return err
}

// add takes an object, and reports whether it is time to work on those so far.
func (l *lister) add(ctx context.Context, o *candidate) (full bool, err error) {
	it := item{entry: o.entry, todo: l.triage(o)}
	if it.todo == readIt || it.todo == nothingToDo && it.Shard > 0 {
		if err := l.assign(ctx, it.entry); err != nil {
			return false, err
		}
	}
	it.assigned = l.assigned
	l.items = append(l.items, it)
	if it.todo == readIt {
		l.toRead++
	}
	return l.atBoundary(it) || len(l.items) >= keptAtOnce || l.toRead >= itemsAtOnce, nil
}

// atBoundary reports whether the shard that is open has all its images, with this
// one. It may have up to twice as many as it should: those that a killed lister has
// given to it, and what is new among them.
func (l *lister) atBoundary(it item) bool {
	return it.assigned-l.noted.Closed >= l.opts.ImagesPerJob && !it.at().before(l.noted.Ahead)
}

func (e *entry) at() position { return position{e.Bucket, e.Key} }

func (p position) before(q position) bool {
	return p.Bucket < q.Bucket || p.Bucket == q.Bucket && p.Key < q.Key
}

// lookAhead notes, before images get their shards in the store, how far that may
// have come.
func (l *lister) lookAhead(ctx context.Context) error {
	if l.toRead == 0 {
		return nil
	}
	to := l.items[len(l.items)-1].at()
	if !l.noted.Ahead.before(to) {
		return nil
	}
	return l.note(ctx, func(r *run) { r.Ahead = to })
}

// assign gives an image its shard. A lister that was killed may have closed the
// shard already: what is new there since goes to the next one.
func (l *lister) assign(ctx context.Context, e *entry) error {
	l.assigned++
	if e.Shard > 0 {
		l.open = max(l.open, e.Shard)
		return nil
	}
	for n := l.open; ; n++ {
		closed, known := l.closed[n]
		if !known {
			sh, err := l.getShard(ctx, n)
			if err != nil {
				return err
			}
			closed = sh.version != ""
			l.closed[n] = closed
		}
		if !closed {
			l.open, e.Shard = n, n
			return nil
		}
	}
}

// flush works on the objects so far, and notes how far it has come. It reports
// whether to go on.
func (l *lister) flush(ctx context.Context, last bool) (more bool, err error) {
	if err := l.keep(ctx); err != nil {
		return false, err
	}
	if err := l.lookAhead(ctx); err != nil {
		return false, err
	}
	n, err := l.submitAll(ctx)
	whole := n == len(l.items)
	if n > 0 || whole && last {
		err = errors.Join(err, l.checkpoint(ctx, n, whole && last))
	}
	l.items, l.toRead = l.items[:0], 0
	return whole && err == nil, err
}

// keep writes the entries that have their state.
func (l *lister) keep(ctx context.Context) error {
	b := &batch{scan: l.scan}
	for _, it := range l.items {
		if it.todo == keepVerdict {
			if err := b.add(ctx, it.entry); err != nil {
				return err
			}
		}
	}
	return b.flush(ctx)
}

// submitAll starts text detections, several at a time. It returns how many objects
// from the first on need nothing more.
func (l *lister) submitAll(ctx context.Context) (n int, err error) {
	done := make([]bool, len(l.items))
	var stop atomic.Bool
	g, calls := errgroup.WithContext(ctx)
	g.SetLimit(l.opts.Concurrency)
	for i, it := range l.items {
		if it.todo != readIt {
			done[i] = true
			continue
		}
		g.Go(func() error {
			if stop.Load() || calls.Err() != nil || l.late() {
				return nil
			}
			err := l.submit(calls, it.entry)
			done[i] = err == nil
			if errors.Is(err, errNoRoom) {
				stop.Store(true)
				return nil
			}
			return err
		})
	}
	err = g.Wait()
	if i := slices.Index(done, false); i >= 0 {
		return i, err
	}
	return len(done), err
}

// checkpoint notes that the first n objects need nothing more of the listing, and
// closes the shards that so have all their images. Their records come first: when
// the run says that all is listed, all shards are there.
func (l *lister) checkpoint(ctx context.Context, n int, last bool) error {
	to, assigned, before := l.noted.ListedTo, l.noted.Assigned, l.noted
	if n > 0 {
		to, assigned = l.items[n-1].at(), l.items[n-1].assigned
	}
	closes := assigned > before.Closed && (last || n == len(l.items) && l.atBoundary(l.items[n-1]))
	if closes {
		if err := l.closeShards(ctx, to, assigned); err != nil {
			return err
		}
	}
	err := l.note(ctx, func(r *run) {
		r.ListedTo, r.Assigned, r.Listed = to, assigned, last
		if closes {
			r.Shards, r.Closed, r.ShardFrom = l.open, assigned, before.ListedTo
		}
	})
	if err != nil || !closes {
		return err
	}
	for n := before.Shards + 1; n <= l.noted.Shards; n++ {
		if err := l.proceed(ctx, n); err != nil {
			return fmt.Errorf("images %d of %s: %w", n, l.run.Run, err)
		}
	}
	l.open = l.noted.Shards + 1
	return nil
}

// closeShards writes the records of the shards that have all their images. They
// begin where the place of the listing was noted last before the one before was
// closed: what a killed lister has repeated is in them.
func (l *lister) closeShards(ctx context.Context, to position, assigned int) error {
	size := assigned - l.noted.Closed
	for n := l.noted.Shards + 1; n <= l.open; n++ {
		sh, err := l.getShard(ctx, n)
		if err != nil {
			return err
		}
		if sh.version == "" {
			from := l.noted.ShardFrom
			sh.From, sh.Waits, sh.To, sh.Size = from, from, to, size
			if err := l.putShard(ctx, sh); err != nil {
				return err
			}
		}
		l.closed[n] = true
		size -= sh.Size
	}
	return nil
}
