package textdetect

import (
	"context"
	"sync"
	"time"
)

const (
	// After a refusal, another job beyond those in progress is tried when one of
	// ours has ended, or after a pause: of leastPause, twice as long each time.
	leastPause = time.Second
	mostPause  = time.Minute
)

// slots are the jobs that may be in progress. A quota of jobs is one of the account:
// jobs of others, and of earlier runs, can fill it. A start that is refused for that
// tells how many are left to us, and from then on one more is tried at a time.
type slots struct {
	quota int
	turn  chan struct{} // full while somebody waits for a slot
	freed chan struct{} // tells who waits that something has changed

	mu       sync.Mutex
	limit    int // jobs that are known to be possible, up to quota
	starting int
	running  map[string]Object // jobs in progress, by id
	pause    time.Duration     // 0 before the first refusal
	retry    time.Time         // when one beyond limit may be tried
}

func newSlots(quota int) *slots {
	return &slots{
		quota:   quota,
		limit:   quota,
		turn:    make(chan struct{}, 1),
		freed:   make(chan struct{}, 1),
		running: map[string]Object{},
	}
}

// acquire waits for a slot, in the order in which callers came. It is given back
// by started, refused or failed.
func (s *slots) acquire(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		wait, ok := s.take()
		if ok {
			return nil
		}
		s.await(ctx, wait)
	}
}

// take takes a slot, or returns after how long there can be one even if nothing
// changes; 0 if there cannot.
func (s *slots) take() (wait time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch wait := time.Until(s.retry); {
	case s.used() < s.limit, s.limit < s.quota && s.starting == 0 && wait <= 0:
		s.starting++
		return 0, true
	case s.limit < s.quota && s.starting == 0:
		return wait, false
	}
	return 0, false
}

func (s *slots) used() int { return s.starting + len(s.running) }

func (s *slots) await(ctx context.Context, wait time.Duration) {
	var after <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		after = timer.C
	}
	select {
	case <-s.freed:
	case <-after:
	case <-ctx.Done():
	}
}

// started makes the slot that of a job.
func (s *slots) started(jobID string, o Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starting--
	s.running[jobID] = o
	if used := s.used(); used > s.limit { // one more was tried, and there may be others
		s.limit, s.pause, s.retry = min(used, s.quota), 0, time.Now()
	}
	s.change()
}

// refused gives back a slot that Textract does not have.
func (s *slots) refused() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starting--
	s.limit = min(s.limit, s.used())
	if now := time.Now(); !now.Before(s.retry) { // else this is one more of the same moment
		s.pause = min(max(2*s.pause, leastPause), mostPause)
		s.retry = now.Add(s.pause)
	}
	s.change()
}

// failed gives back the slot of a job that was not started.
func (s *slots) failed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starting--
	s.change()
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
	case s.freed <- struct{}{}:
	default:
	}
}
