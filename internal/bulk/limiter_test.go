package bulk_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

func newLimiter(most int) *bulk.Limiter {
	return bulk.NewLimiter(most, rand.New(rand.NewPCG(1, 2)))
}

// acquire takes tickets that must be there at once.
func acquire(t *testing.T, l *bulk.Limiter, n int) (tickets []bulk.Ticket) {
	t.Helper()
	for range n {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		ticket, err := l.Acquire(ctx)
		cancel()
		if err != nil {
			t.Fatalf("no ticket: %v", err)
		}
		tickets = append(tickets, ticket)
	}
	return tickets
}

// round makes as many requests as the limit allows, all at the same time.
func round(t *testing.T, l *bulk.Limiter, s bulk.Signal) {
	t.Helper()
	for _, ticket := range acquire(t, l, l.Limit()) {
		l.Release(ticket, s, 0)
	}
}

func limits(t *testing.T, l *bulk.Limiter, want ...int) {
	t.Helper()
	for _, n := range want {
		if l.Limit() != n {
			t.Errorf("limit %d, want %d", l.Limit(), n)
		}
		round(t, l, bulk.OK)
	}
}

func TestLimiterGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits(t, newLimiter(1), 1, 1)
		limits(t, newLimiter(0), 1, 1)
		limits(t, newLimiter(50), 2, 4, 8, 16, 32, 50, 50)
		l := newLimiter(20)
		limits(t, l, 2, 4, 8)
		tickets := acquire(t, l, 16)
		l.Release(tickets[0], bulk.Busy, 0)
		for _, ticket := range tickets[1:] { // admitted before: they neither lower nor raise it
			l.Release(ticket, bulk.Busy, 0)
		}
		time.Sleep(time.Second)
		limits(t, l, 8, 9, 10, 11)
		l = newLimiter(20)
		limits(t, l, 2, 4, 8)
		tickets = acquire(t, l, 16)
		for i, ticket := range tickets {
			l.Release(ticket, map[bool]bulk.Signal{true: bulk.Busy, false: bulk.OK}[i == 0], 0)
		}
		time.Sleep(time.Second)
		limits(t, l, 8, 9, 10)
	})
}

// TestLimiterGrowsOnlyWhenItHolds has a source that is slower than the service.
func TestLimiterGrowsOnlyWhenItHolds(t *testing.T) {
	l := newLimiter(50)
	for range 100 {
		l.Release(acquire(t, l, 1)[0], bulk.OK, 0)
	}
	if l.Limit() != 2 {
		t.Errorf("limit %d, though one request was made at a time", l.Limit())
	}
}

func TestLimiterPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(8)
		limits(t, l, 2, 4)
		var all, longest time.Duration
		for range 40 {
			start := time.Now()
			ticket, err := l.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			pause := time.Since(start)
			all += pause
			longest = max(longest, pause)
			l.Release(ticket, bulk.Busy, 0)
		}
		if l.Limit() != 1 || longest > 30*time.Second || longest < 20*time.Second || all < 40*5*time.Second {
			t.Errorf("limit %d, pauses up to %v, %v in all", l.Limit(), longest, all)
		}
		ticket, _ := l.Acquire(t.Context())
		l.Release(ticket, bulk.OK, 0)
		start := time.Now()
		ticket, _ = l.Acquire(t.Context())
		if time.Since(start) != 0 {
			t.Errorf("paused for %v behind an answer", time.Since(start))
		}
		l.Release(ticket, bulk.Busy, 0)
		l.Acquire(t.Context())
		if time.Since(start) > 50*time.Millisecond {
			t.Errorf("paused for %v, not as for the first time", time.Since(start))
		}
	})
}

// TestLimiterFailureEndsSlowStart has a failure that may be the first sign of load.
func TestLimiterFailureEndsSlowStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(50)
		limits(t, l, 2)
		tickets := acquire(t, l, 4)
		for i, ticket := range tickets {
			l.Release(ticket, map[bool]bulk.Signal{true: bulk.Failed, false: bulk.OK}[i == 0], 0)
		}
		limits(t, l, 4, 5, 6, 7)
	})
}

// TestLimiterPartly has a shard that is behind: requests become few, but the pauses
// do not become long.
func TestLimiterPartly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(50)
		limits(t, l, 2, 4)
		round(t, l, bulk.Partly)
		if l.Limit() != 4 {
			t.Errorf("limit %d", l.Limit())
		}
		start := time.Now()
		for range 100 {
			ticket, _ := l.Acquire(t.Context())
			l.Release(ticket, bulk.Partly, 0)
		}
		if all := time.Since(start); l.Limit() != 1 || all > 100*50*time.Millisecond || all < 100*10*time.Millisecond {
			t.Errorf("limit %d, %v for 100 requests", l.Limit(), all)
		}
	})
}

// TestLimiterFailuresInARow has failures with other answers between.
func TestLimiterFailuresInARow(t *testing.T) {
	for _, s := range []bulk.Signal{bulk.OK, bulk.Partly, bulk.Busy} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(8)
			limits(t, l, 2, 4)
			early := acquire(t, l, 4) // of the round that is lowered: they do not lower it again
			l.Release(acquire(t, l, 1)[0], bulk.Busy, 0)
			for i, ticket := range early {
				l.Release(ticket, map[bool]bulk.Signal{true: bulk.Failed, false: s}[i < 3], 0)
			}
			time.Sleep(time.Second)
			l.Release(acquire(t, l, 1)[0], bulk.Failed, 0)
			if l.Limit() != 4 {
				t.Errorf("signal %d: limit %d after three failures, an answer and one more", s, l.Limit())
			}
		})
	}
}

// TestLimiterPauseEnds has answers arrive during the pause.
func TestLimiterPauseEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, s := range []bulk.Signal{bulk.OK, bulk.Failed} {
			l := newLimiter(8)
			limits(t, l, 2)
			tickets := acquire(t, l, 4)
			start := time.Now()
			l.Release(tickets[0], bulk.Busy, 0)
			go func() {
				time.Sleep(time.Microsecond)
				l.Release(tickets[1], s, 0)
				l.Release(tickets[2], s, 0)
			}()
			l.Acquire(t.Context())
			if waited := time.Since(start); (waited == time.Microsecond) != (s == bulk.OK) {
				t.Errorf("signal %d: waited for %v", s, waited)
			}
		}
	})
}

func TestLimiterKeepsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for asked, want := range map[time.Duration]time.Duration{7 * time.Second: 7 * time.Second, time.Hour: 5 * time.Minute} {
			l := newLimiter(8)
			tickets := acquire(t, l, 2)
			start := time.Now()
			l.Release(tickets[0], bulk.Busy, asked)
			l.Release(tickets[1], bulk.OK, time.Second) // ends the pause, but not what was asked for
			l.Acquire(t.Context())
			if time.Since(start) != want {
				t.Errorf("%v was asked for, waited %v", asked, time.Since(start))
			}
		}
	})
}

// TestLimiterFailures has a node of several that fails, then all of them.
func TestLimiterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(8)
		limits(t, l, 2, 4)
		for range 10 {
			tickets := acquire(t, l, 3)
			l.Release(tickets[0], bulk.Failed, 0)
			l.Release(tickets[1], bulk.OK, 0)
			l.Release(tickets[2], bulk.OK, 0)
		}
		if l.Limit() != 8 {
			t.Errorf("limit %d while a third of the requests failed", l.Limit())
		}
		start := time.Now()
		for range 50 {
			ticket, _ := l.Acquire(t.Context())
			l.Release(ticket, bulk.Failed, 0)
		}
		if l.Limit() != 1 || time.Since(start) < time.Minute {
			t.Errorf("limit %d, %v for 50 failures", l.Limit(), time.Since(start))
		}
	})
}

func TestLimiterAdmitsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		first := acquire(t, l, 1)[0]
		var order []int
		var cancels []context.CancelFunc
		for i := range 10 {
			ctx, cancel := context.WithCancel(t.Context())
			cancels = append(cancels, cancel)
			go func() {
				ticket, err := l.Acquire(ctx)
				if err != nil {
					return
				}
				order = append(order, i)
				l.Release(ticket, bulk.OK, 0)
			}()
			synctest.Wait()
		}
		cancels[3]()
		cancels[0]()
		synctest.Wait()
		l.Release(first, bulk.OK, 0)
		synctest.Wait()
		if want := []int{1, 2, 4, 5, 6, 7, 8, 9}; !slices.Equal(order, want) {
			t.Errorf("got %v, want %v", order, want)
		}
		for _, cancel := range cancels {
			cancel()
		}
	})
}

func TestLimiterCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		l := newLimiter(2)
		tickets := acquire(t, l, 2)
		go func() {
			time.Sleep(time.Second)
			cancel(cause)
		}()
		for range 2 { // while waiting, and before
			if _, err := l.Acquire(ctx); err != cause {
				t.Errorf("got %v", err)
			}
		}
		l.Release(tickets[0], bulk.Busy, time.Minute) // now nobody waits: no timer may remain
		l.Release(tickets[1], bulk.OK, 0)
		time.Sleep(time.Hour)
		acquire(t, l, 1)
	})
}

// TestLimiterLosesNoTicket cancels at the moment when tickets are given.
func TestLimiterLosesNoTicket(t *testing.T) {
	l := newLimiter(4)
	var wg sync.WaitGroup
	for i := range uint64(8) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(i, 0))
			for range 500 {
				ctx, cancel := context.WithCancel(context.Background())
				if r.IntN(2) == 0 {
					go cancel()
				}
				if ticket, err := l.Acquire(ctx); err == nil {
					l.Release(ticket, bulk.OK, 0)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	acquire(t, l, l.Limit())
}

// TestLimiterFindsTheCapacity has a service that is busy with more than so many
// requests at the same time.
func TestLimiterFindsTheCapacity(t *testing.T) {
	for _, capacity := range []int{1, 3, 10, 40} {
		synctest.Test(t, func(t *testing.T) {
			s := service{capacity: capacity}
			l := bulk.NewLimiter(64, rand.New(rand.NewPCG(uint64(capacity), 1)))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() { s.load(ctx, l) })
			}
			wg.Wait()
			used := float64(s.answered) * 0.1 / 600 / float64(capacity)
			busy := float64(s.busy) / float64(s.busy+s.answered)
			t.Logf("capacity %d: %.3f of it used, %.3f of the requests busy", capacity, used, busy)
			if used < 0.7 || busy > 0.35/float64(capacity)+0.05 || s.most > 64 {
				t.Errorf("capacity %d: %.3f of it used, %.3f of the requests busy, up to %d", capacity, used, busy, s.most)
			}
		})
	}
}

// A service takes 100 ms for a request, and refuses at once what it has no room for.
type service struct {
	capacity int

	mu                             sync.Mutex
	inFlight, most, answered, busy int
}

func (s *service) load(ctx context.Context, l *bulk.Limiter) {
	for {
		ticket, err := l.Acquire(ctx)
		if err != nil {
			return
		}
		l.Release(ticket, s.request(), 0)
	}
}

func (s *service) request() bulk.Signal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inFlight == s.capacity {
		s.busy++
		return bulk.Busy
	}
	s.inFlight++
	s.most = max(s.most, s.inFlight)
	s.mu.Unlock()
	time.Sleep(100 * time.Millisecond)
	s.mu.Lock()
	s.inFlight--
	s.answered++
	return bulk.OK
}

func BenchmarkLimiter(b *testing.B) {
	l := newLimiter(8)
	for b.Loop() {
		ticket, err := l.Acquire(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		l.Release(ticket, bulk.OK, 0)
	}
}
