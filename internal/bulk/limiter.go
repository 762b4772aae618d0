package bulk

import (
	"container/list"
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// A Signal is what became of a request, as far as it tells about the load of the
// service.
type Signal int

// The signals.
const (
	OK     Signal = iota // there was an answer, which does not complain of load
	Partly               // it had too much to do for some of the documents, and took others
	Busy                 // it had too much to do
	Failed               // no usable answer: a timeout, a broken connection, an error of a server
)

// maxRetryAfter is the longest wait that the service may ask for.
const maxRetryAfter = 5 * time.Minute

// A Limiter decides how many requests are under way. It begins with two, doubles
// that with each round of requests that were answered, until the service is busy for
// the first time, and from then on adds one with each round. When the service is
// busy it halves the number, once for all requests that were admitted before, and
// admits none for a while: a random time of up to 50 ms that doubles each time, up to
// 30 s, and ends when a request is answered. A service that takes some of the
// documents is busy, too, but the time does not double: one shard of many that is
// behind must not stop the others. A whole round of requests that failed counts as
// busy. The number grows only while it is what holds requests back.
//
// Requests are admitted in the order in which they asked. The methods may be called
// from several goroutines; it has none of its own.
type Limiter struct {
	most int

	mu       sync.Mutex
	random   *rand.Rand
	limit    int
	inFlight int
	admitted int  // tickets so far
	full     int  // of them, when there was last no more to give
	slow     bool // slow start: doubling
	round    int  // number of times that limit was lowered
	answered int  // since limit grew
	failed   int  // in a row
	busy     int  // in a row
	pause    time.Time
	asked    time.Time  // the service asked to wait until then
	waiting  *list.List // of *waiter
	timer    *time.Timer
}

// A Ticket is the right to make one request.
type Ticket struct {
	round  int
	number int
}

type waiter struct {
	ready  chan struct{} // closed when it has its ticket
	ticket Ticket
}

// NewLimiter returns a Limiter for so many requests at the same time, at most. A nil
// r is a source of its own.
func NewLimiter(most int, r *rand.Rand) *Limiter {
	most = max(most, 1)
	return &Limiter{most: most, random: r, limit: min(2, most), slow: true, waiting: list.New()}
}

// Limit returns how many requests may be under way just now.
func (l *Limiter) Limit() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limit
}

// Acquire waits until a request may be made, or returns the cause of ctx when that
// ends. The ticket must be given back with Release.
func (l *Limiter) Acquire(ctx context.Context) (Ticket, error) {
	if ctx.Err() != nil {
		return Ticket{}, context.Cause(ctx)
	}
	w := &waiter{ready: make(chan struct{})}
	l.mu.Lock()
	place := l.waiting.PushBack(w)
	l.admit()
	l.mu.Unlock()
	select {
	case <-w.ready:
		return w.ticket, nil
	case <-ctx.Done():
		l.leave(w, place)
		return Ticket{}, context.Cause(ctx)
	}
}

// leave takes back a request that is no longer wanted.
func (l *Limiter) leave(w *waiter, place *list.Element) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-w.ready:
		l.inFlight--
	default:
		l.waiting.Remove(place)
	}
	l.admit()
}

// Release gives a ticket back, once, and says what became of the request. retryAfter
// is how long the service asked to wait, 0 if it did not; up to 5 minutes of it are
// kept, whatever else is answered meanwhile.
func (l *Limiter) Release(t Ticket, s Signal, retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	switch s {
	case OK:
		l.failed, l.busy, l.pause = 0, 0, time.Time{}
		if t.number <= l.full && t.round == l.round {
			l.grow()
		}
	case Partly:
		l.failed, l.busy = 0, 0
		l.lower(t)
	case Busy:
		l.failed = 0
		l.lower(t)
	case Failed:
		l.slow = false
		if l.failed++; l.failed >= l.limit {
			l.lower(t)
		}
	}
	if until := time.Now().Add(min(retryAfter, maxRetryAfter)); retryAfter > 0 && until.After(l.asked) {
		l.asked = until
	}
	l.admit()
}

// grow counts an answer.
func (l *Limiter) grow() {
	if l.answered++; l.limit < l.most && (l.slow || l.answered >= l.limit) {
		l.limit++
		l.answered = 0
	}
}

// lower halves the limit, unless t is older than the last time.
func (l *Limiter) lower(t Ticket) {
	l.slow = false
	if t.round != l.round {
		return
	}
	l.limit = max(l.limit/2, 1)
	l.round++
	l.answered, l.failed = 0, 0
	l.pause = time.Now().Add(Backoff(l.busy, l.random))
	l.busy++
}

// admit gives tickets to those who wait, as far as there are any, or has itself
// called when there will be.
func (l *Limiter) admit() {
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	for l.waiting.Len() > 0 && l.inFlight < l.limit {
		if wait := time.Until(later(l.pause, l.asked)); wait > 0 {
			l.timer = time.AfterFunc(wait, l.wake)
			return
		}
		l.inFlight++
		l.admitted++
		w := l.waiting.Remove(l.waiting.Front()).(*waiter)
		w.ticket = Ticket{l.round, l.admitted}
		close(w.ready)
		if l.inFlight >= l.limit {
			l.full = l.admitted
		}
	}
}

func (l *Limiter) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.admit()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
