package opensearch

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// saveEvery is how often a checkpoint is saved at most: what lies behind it is
	// written once more by the next run.
	saveEvery = time.Second

	// lastWords is how long a run that is ended may take to save its checkpoint, and how
	// long to restore settings.
	lastWords = 10 * time.Second
)

// checkpointing is how far earlier runs came, and when this one was saved.
type checkpointing struct {
	resume  bookmark
	resumed bool
	saving  sync.Mutex
	saved   time.Time
}

// resumeFrom loads the mark that an earlier run left.
func (g *ingestion) resumeFrom(ctx context.Context) error {
	if g.opts.Checkpoint == nil {
		return nil
	}
	info, err := g.conn.Info(ctx)
	if err != nil {
		return err
	}
	g.checkpoint.resume = bookmark{Source: g.src.version(), Index: g.opts.Index, Cluster: info.ClusterUUID}
	value, err := g.opts.Checkpoint.Load(ctx)
	if err != nil {
		return err
	}
	g.checkpoint.saved = time.Now()
	if value != nil {
		if err := g.goOn(value); err != nil {
			return err
		}
	}
	g.checkpoint.resume.Run = rand.Text()
	return nil
}

// goOn begins where the run came that left value.
func (g *ingestion) goOn(value []byte) error {
	m, err := decodeBookmark(value)
	if err != nil {
		return err
	}
	here := g.checkpoint.resume
	if g.checkpoint.resumed, err = m.resumes(here.Source, here.Index, here.Cluster); g.checkpoint.resumed {
		g.checkpoint.resume = m
		g.rejectedAt = m.Rejected
		if g.generated.Load() {
			g.counts.MayBeDoubled += m.Ahead
		}
	}
	return err
}

// save saves how far the run is, if that was not done a moment ago.
func (g *ingestion) save(ctx context.Context) error {
	if g.opts.Checkpoint == nil || !g.checkpoint.saving.TryLock() {
		return nil
	}
	defer g.checkpoint.saving.Unlock()
	if time.Since(g.checkpoint.saved) < saveEvery {
		return nil
	}
	return g.put(ctx, false)
}

// saveLast saves how far the run came.
func (g *ingestion) saveLast(ctx context.Context, complete bool) error {
	if g.opts.Checkpoint == nil {
		return nil
	}
	return g.put(ctx, complete)
}

func (g *ingestion) put(ctx context.Context, complete bool) error {
	m, err := g.mark(complete)
	if err != nil {
		return err
	}
	value, err := m.encode()
	if err != nil {
		return err
	}
	if err := g.opts.Checkpoint.Save(ctx, value); err != nil {
		return err
	}
	g.checkpoint.saved = time.Now()
	return nil
}

// mark returns how far the run is: everything before it is settled.
func (g *ingestion) mark(complete bool) (bookmark, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.checkpoint.resume
	seq := g.tracker.Mark()
	if next, ok := g.places.find(seq); ok && m.Next.before(next) {
		m.Next = next
	}
	m.Read, m.Complete = g.checkpoint.resume.Read+seq, complete
	m.Ahead = max(g.counts.Read-m.Read, g.checkpoint.resume.Ahead-seq, 0)
	m.Rejected = nil
	for _, at := range g.rejectedAt {
		if at.before(m.Next) {
			m.Rejected = append(m.Rejected, at)
		}
	}
	if len(m.Rejected) > maxRejected {
		return m, fmt.Errorf("%d documents were refused for good, more than the %d that a checkpoint holds where they must be known", len(m.Rejected), maxRejected)
	}
	return m, nil
}

// rejected reports whether the record at p was refused for good.
func (m bookmark) rejected(p Position) bool { return slices.Contains(m.Rejected, p) }
