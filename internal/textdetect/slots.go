package textdetect

import (
	"context"
	"sync"
	"time"
)

const (
	// After a refusal, a job beyond those in progress is tried after a pause: of
	// leastPause, and twice as long each time. After one that was accepted the next is
	// tried after half of leastPause: not at once, since it may have got the slot of a
	// job of ours that has ended and was not looked at yet.
	leastPause = time.Second
	mostPause  = time.Minute
)

// slots are the jobs that may be in progress. The quota is one of the account: jobs
// of others, and of earlier runs, may have a part of it. A start that is refused for
// that tells how many are left to us. From then on there are so many, and now and
// then one more is tried.
type slots struct {
	quota   int
	turn    chan struct{} // full while somebody waits for a slot
	changed chan struct{} // tells who waits that something has

	mu       sync.Mutex
	limit    int // jobs that are known to be possible, up to quota
	reserved int // tickets whose start has not been sent
	sent     int // tickets whose start has
	running  map[string]Object
	pause    time.Duration // 0 before the first refusal
	retry    time.Time     // when one beyond limit may be tried
}

func newSlots(quota int) *slots {
	return &slots{
		quota:   quota,
		limit:   quota,
		turn:    make(chan struct{}, 1),
		changed: make(chan struct{}, 1),
		running: map[string]Object{},
	}
}

// A ticket is a slot for a start, which must end with started, refused or failed.
type ticket struct {
	*slots
	extra bool // beyond limit
	sent  bool
}

// acquire waits for a slot, in the order in which callers came.
func (s *slots) acquire(ctx context.Context) (*ticket, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
	}
	for ctx.Err() == nil {
		t, wait := s.take()
		if t != nil {
			return t, nil
		}
		s.await(ctx, wait)
	}
	return nil, context.Cause(ctx)
}

// take returns a ticket, or after how long there can be one although nothing has
// changed; 0 if there cannot.
func (s *slots) take() (t *ticket, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t = &ticket{slots: s, extra: s.used() >= s.limit}
	switch wait := time.Until(s.retry); {
	case t.extra && (s.limit >= s.quota || s.reserved+s.sent > 0): // one at a time
		return nil, 0
	case t.extra && wait > 0:
		return nil, wait
	}
	s.reserved++
	return t, 0
}

func (s *slots) used() int { return s.reserved + s.sent + len(s.running) }

// await waits for a change, and no longer than wait if that is not 0.
func (s *slots) await(ctx context.Context, wait time.Duration) {
	var after <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		after = timer.C
	}
	select {
	case <-s.changed:
	case <-after:
	case <-ctx.Done():
	}
}

// send reports whether the start may still be sent: while it waited for its time,
// others may have been refused.
func (t *ticket) send() bool {
	s := t.slots
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.sent {
		return true // and this is a retry
	}
	if !t.extra && s.used() > s.limit {
		return false
	}
	t.sent = true
	s.reserved--
	s.sent++
	return true
}

// started makes the ticket the slot of a job.
func (t *ticket) started(jobID string, o Object) {
	s := t.slots
	s.mu.Lock()
	defer s.mu.Unlock()
	t.end()
	s.running[jobID] = o
	if t.extra {
		s.limit = min(max(s.limit, s.used()), s.quota)
		s.pause, s.retry = 0, time.Now().Add(leastPause/2)
	}
}

// refused is for a start that Textract has no slot for.
func (t *ticket) refused() {
	s := t.slots
	s.mu.Lock()
	defer s.mu.Unlock()
	t.end()
	s.limit = min(s.limit, s.sent+len(s.running))
	if now := time.Now(); !now.Before(s.retry) { // else it was sent before that was known
		s.pause = min(max(2*s.pause, leastPause), mostPause)
		s.retry = now.Add(s.pause)
	}
}

// failed is for a start that no job has come of.
func (t *ticket) failed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end()
}

func (t *ticket) end() {
	if t.sent {
		t.slots.sent--
	} else {
		t.reserved--
	}
	t.change()
}

// adopt counts a job that may have been started elsewhere. It returns whether it
// was here.
func (s *slots) adopt(jobID string) (known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known = s.running[jobID]; !known {
		s.running[jobID] = Object{}
	}
	return known
}

// release gives back the slot of a job, if it has one.
func (s *slots) release(jobID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, jobID)
	s.change()
}

// object returns what a job was started for, if it was here.
func (s *slots) object(jobID string) Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[jobID]
}

func (s *slots) change() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
