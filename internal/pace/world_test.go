package pace_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/awspatterns/awspatterns/internal/pace"
)

// A quota decides whether a call that arrives now is let through.
type quota interface{ take(now time.Time) bool }

var quotas = map[string]func(perSecond float64) quota{"sliding window": newWindow, "token bucket": newBucket}

// A window lets so many calls through in any second, however it lies.
type window struct {
	limit int
	last  []time.Time // the last calls let through, no more than limit
}

func newWindow(perSecond float64) quota { return &window{limit: int(perSecond)} }

func (w *window) take(now time.Time) bool {
	if len(w.last) == w.limit {
		if now.Sub(w.last[0]) < time.Second {
			return false
		}
		w.last = w.last[1:]
	}
	w.last = append(w.last, now)
	return true
}

// A bucket holds tokens for a second, and gets as many in a second.
type bucket struct {
	limit, tokens float64
	filled        time.Time
}

func newBucket(perSecond float64) quota { return &bucket{limit: perSecond, tokens: perSecond} }

func (b *bucket) take(now time.Time) bool {
	if !b.filled.IsZero() {
		b.tokens = min(b.limit, b.tokens+b.limit*now.Sub(b.filled).Seconds())
	}
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// A shared quota is taken from by two programs.
type shared struct {
	mu sync.Mutex
	quota
}

func (s *shared) take(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.quota.take(now)
}

// An outage lets nothing through.
type outage struct {
	quota
	from, to time.Time
}

func (o *outage) take(now time.Time) bool {
	return (now.Before(o.from) || now.After(o.to)) && o.quota.take(now)
}

// A delay is what passes between the admission of a call and its arrival.
type delay func(*rand.Rand) time.Duration

// network is mostly quick, and sometimes takes up to 80 ms.
func network(r *rand.Rand) time.Duration {
	return time.Duration(min(10*r.ExpFloat64(), 80) * float64(time.Millisecond))
}

// rough takes any time up to 80 ms.
func rough(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(80 * time.Millisecond))) }

// A world is a service with a quota, and what became of the calls that arrived.
type world struct {
	delay delay
	began time.Time

	mu    sync.Mutex
	rand  *rand.Rand
	quota quota
	calls []arrival
}

type arrival struct {
	at      time.Duration // since the beginning
	through bool
}

func newWorld(seed uint64, d delay, q quota) *world {
	return &world{delay: d, began: time.Now(), rand: rand.New(rand.NewPCG(seed, 0)), quota: q}
}

// enough is how many callers it takes for a quota, with answers after up to 2 s.
func enough(perSecond float64) int { return int(2.5*perSecond) + 2 }

// call takes 200 ms to 2 s, and less if it is throttled.
func (w *world) call() bool {
	w.mu.Lock()
	way, work := w.delay(w.rand), 200*time.Millisecond+time.Duration(w.rand.Int64N(int64(1700*time.Millisecond)))
	w.mu.Unlock()
	time.Sleep(way)
	w.mu.Lock()
	through := w.quota.take(time.Now())
	w.calls = append(w.calls, arrival{time.Since(w.began), through})
	w.mu.Unlock()
	if !through {
		work = 20 * time.Millisecond
	}
	time.Sleep(work)
	return through
}

// run has callers make one call after the other, for so long.
func (w *world) run(ctx context.Context, l *pace.Limiter, callers int, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for l.Wait(ctx) == nil {
				if w.call() {
					l.OK()
				} else {
					l.Throttled()
				}
			}
		})
	}
	wg.Wait()
}

// A measurement is of a part of the time.
type measurement struct {
	calls, through float64 // in a second
	throttled      float64 // share of calls
}

func (m measurement) String() string {
	return fmt.Sprintf("%.2f a second let through, %.2f %% throttled", m.through, 100*m.throttled)
}

func (w *world) measure(from, to time.Duration) (m measurement) {
	for _, call := range w.calls {
		if call.at >= from && call.at < to {
			m.calls++
			if call.through {
				m.through++
			}
		}
	}
	m.throttled = 1 - m.through/m.calls
	m.calls /= (to - from).Seconds()
	m.through /= (to - from).Seconds()
	return m
}
