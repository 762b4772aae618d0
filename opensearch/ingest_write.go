package opensearch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/awspatterns/awspatterns/internal/bulk"
	"github.com/awspatterns/awspatterns/internal/pace"
)

// maxDeferred is how many requests for one document the service may find bad, before
// it has taken any, until it is the requests that are bad and not the documents.
const maxDeferred = 32

// write writes a batch: whatever was not taken is sent again, and nothing else is.
func (g *ingestion) write(ctx, stop context.Context, whole *batch) error {
	if err := g.reject(ctx, whole.bad); err != nil {
		return err
	}
	todo := []*batch{whole}
	for len(todo) > 0 {
		b := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if len(b.sent) == 0 {
			continue
		}
		try, err := g.send(ctx, stop, b)
		if err != nil {
			return err
		}
		if err := g.stalled(try); err != nil {
			return err
		}
		todo = try.queue(todo)
		if try.wait > 0 {
			if err := pace.Sleep(stop, try.wait); err != nil {
				return err
			}
		}
	}
	if err := g.save(ctx); err != nil {
		return err
	}
	g.free(whole)
	return nil
}

// stalled returns an error if nothing was taken for too long, by any worker: one that
// waits for others is not stalled.
func (g *ingestion) stalled(t try) error {
	now := int64(max(time.Since(g.begun), 1))
	if t.settled > 0 {
		g.refusing.Store(0)
	}
	if t.cause == nil || g.refusing.CompareAndSwap(0, now) { // a source may have had nothing for long
		return nil
	}
	if since := g.refusing.Load(); since == 0 || now-since < int64(g.opts.RetryFor) {
		return nil
	}
	return fmt.Errorf("%w: %s: %w", ErrStalled, g.opts.RetryFor, t.cause)
}

// A try is what came of posting a batch.
type try struct {
	again   []*batch      // to send, in order
	last    bool          // send them after all others
	settled int           // documents that are done with
	wait    time.Duration // before the next request
	cause   error         // why there is something to send again, unless it is only to be divided
}

// queue puts what is to be sent again on the stack.
func (t try) queue(todo []*batch) []*batch {
	if t.last {
		return append(t.again, todo...)
	}
	for i := len(t.again) - 1; i >= 0; i-- {
		todo = append(todo, t.again[i])
	}
	return todo
}

// send makes one request.
func (g *ingestion) send(ctx, stop context.Context, b *batch) (try, error) {
	if b.sent[0].id != "" && g.generated.Load() {
		b = b.withoutIDs()
	}
	ticket, err := g.limiter.Acquire(stop)
	if err != nil {
		return try{}, err
	}
	begun := time.Now()
	response, err := g.conn.Do(ctx, Request{
		Method:      http.MethodPost,
		Path:        g.path,
		Query:       g.query,
		Body:        b.lines,
		ContentType: "application/x-ndjson",
		Compress:    g.opts.Compress,
		Once:        true,
	})
	s := posting{ingestion: g, ctx: ctx, batch: b, duration: time.Since(begun)}
	var t try
	if err != nil {
		t, err = s.failed(err)
	} else {
		t, err = s.answered(response.Body)
	}
	g.limiter.Release(ticket, s.signal, min(s.retryAfter, g.opts.RetryFor))
	s.made()
	return t, err
}

// A posting is a request for a batch that was made.
type posting struct {
	*ingestion
	ctx        context.Context
	batch      *batch
	duration   time.Duration
	signal     bulk.Signal
	retryAfter time.Duration
}

// failed decides what to do about a request that was not answered with 200.
func (s *posting) failed(err error) (try, error) {
	if s.ctx.Err() != nil {
		s.unsure()
		return try{}, context.Cause(s.ctx)
	}
	answer, ok := errors.AsType[*Error](err)
	if !ok {
		lost, ok := errors.AsType[*ConnError](err)
		if !ok || lost.Permanent { // no credentials, say
			if ok && lost.Sent {
				s.unsure()
			}
			return try{}, err
		}
		return s.lost(err, lost.Sent), nil
	}
	s.retryAfter = answer.RetryAfter
	switch verdict := bulk.ClassifyStatus(answer.Status, answer.Type, answer.Reason); {
	case verdict.Outcome == bulk.Again && verdict.Busy:
		s.signal = bulk.Busy
		s.count(func(c *IngestCounts) { c.Throttled += int64(len(s.batch.sent)) })
		if answer.Status >= 500 {
			s.unsure()
		}
		return try{again: s.lighter(), cause: err}, nil
	case verdict.Outcome == bulk.Again:
		return s.again(err, true), nil
	case verdict.Outcome == bulk.Halve:
		return s.divide(answer)
	default:
		return try{}, fmt.Errorf("%w: %s", answer, verdict.Advice)
	}
}

// maxRefused is how often a whole request is refused while it is alone, until it is
// taken to be too large: a circuit breaker does not say how much it would let through.
const maxRefused = 3

// lighter returns what to send instead of a request that was too much.
func (s *posting) lighter() []*batch {
	s.batch.refused++
	if s.batch.refused < maxRefused || s.limiter.Limit() > 1 || len(s.batch.sent) == 1 {
		return []*batch{s.batch}
	}
	first, second := s.batch.halves()
	return []*batch{first, second}
}

// again sends the batch again after a while. applied is whether the request may have
// had its effect.
func (s *posting) again(cause error, applied bool) try {
	s.signal = bulk.Failed
	s.count(func(c *IngestCounts) { c.Failures++; c.Retried += int64(len(s.batch.sent)) })
	if applied {
		s.unsure()
	}
	s.batch.attempts++
	return try{again: []*batch{s.batch}, wait: bulk.Backoff(s.batch.attempts, nil), cause: cause}
}

// maxLost is how often a request gets no answer, until it may be too large: servers and
// proxies reset connections then, and the 413 before that is lost, or never was.
const maxLost = 3

// lost is again for a request that got no answer. sent is whether it may have arrived.
func (s *posting) lost(cause error, sent bool) try {
	t := s.again(cause, sent)
	if sent && s.batch.attempts >= maxLost && len(s.batch.sent) > 1 {
		first, second := s.batch.halves()
		t.again = []*batch{first, second}
	}
	return t
}

// divide finds the largest request that is taken, or the document that is not.
func (s *posting) divide(answer *Error) (try, error) {
	large := answer.Status != http.StatusBadRequest // 413, or 429 with words that say so
	s.count(func(c *IngestCounts) { c.Retried += int64(len(s.batch.sent)) })
	if large {
		s.sizer.TooLarge(len(s.batch.lines))
	}
	if len(s.batch.sent) > 1 {
		first, second := s.batch.halves()
		return try{again: []*batch{first, second}}, nil
	}
	if !large && s.taken.Load() == 0 {
		if s.batch.deferred || s.deferrals.Add(1) > maxDeferred {
			return try{}, fmt.Errorf("every request is refused: %w", answer)
		}
		s.batch.deferred = true
		return try{again: []*batch{s.batch}, last: true}, nil
	}
	one := s.batch.sent[0]
	r := s.rejection(one, bulk.Item{Status: answer.Status, Type: answer.Type, Reason: answer.Reason})
	if err := s.reject(s.ctx, []rejected{r}); err != nil {
		return try{}, err
	}
	s.settle([]string{one.key}, nil)
	return try{settled: 1}, nil
}

// answered sorts the items of an answer.
func (s *posting) answered(body []byte) (try, error) {
	sorted := newSorting(s)
	if err := bulk.ParseAnswer(body, s.opts.Mode.action(), len(s.batch.sent), sorted.item); err != nil {
		return s.again(fmt.Errorf("what came of a request cannot be read: %w", err), true), nil
	}
	return sorted.finish()
}

// unsure marks the documents of a request that may have had its effect.
func (s *posting) unsure() {
	doubled := int64(0)
	for i := range s.batch.sent {
		doubled += s.batch.sent[i].doubt()
	}
	s.count(func(c *IngestCounts) { c.MayBeDoubled += doubled })
}

// doubt marks a document of which it is not known whether it was written. It returns
// 1 if writing it again may double it, once.
func (s *sent) doubt() int64 {
	if s.unsure || s.id != "" {
		s.unsure = true
		return 0
	}
	s.unsure = true
	return 1
}

// made counts the request.
func (s *posting) made() {
	bytes := len(s.batch.lines)
	s.count(func(c *IngestCounts) { c.Requests++; c.Bytes += int64(bytes) })
	switch s.signal {
	case bulk.OK:
		s.sizer.OK(bytes, len(s.batch.sent), s.duration)
	case bulk.Failed:
		s.sizer.Failed(bytes, len(s.batch.sent))
	}
}

// count changes the counts.
func (g *ingestion) count(change func(*IngestCounts)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(&g.counts)
}

// rejection returns the rejection of a document for what an item says.
func (s *posting) rejection(d sent, it bulk.Item) rejected {
	doc := s.batch.document(d)
	return rejected{d.seq, Rejection{
		Position: d.pos, Input: d.input, ID: d.id, Routing: d.routing,
		Status: it.Status, Type: it.Type, Reason: it.Reason, Source: append([]byte{}, doc.Source...),
	}}
}
