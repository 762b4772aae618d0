package bulk_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

// A cluster has so many processors of 20 MiB/s, which its requests share, takes a
// while for each request, and is busy with more than a number of them.
type cluster struct {
	processors float64
	request    time.Duration
	most       int

	mu       sync.Mutex
	inFlight int
}

func (c *cluster) answer(bytes int) (took time.Duration, s bulk.Signal) {
	c.mu.Lock()
	if c.inFlight == c.most {
		c.mu.Unlock()
		return 0, bulk.Busy
	}
	c.inFlight++
	share := min(1, c.processors/float64(c.inFlight))
	c.mu.Unlock()
	took = c.request + time.Duration(float64(bytes)/(20*mib*share)*float64(time.Second))
	time.Sleep(took)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inFlight--
	return took, bulk.OK
}

// TestLimiterAndSizer loads 500 MiB while both adapt, and compares the time with what
// the processors need.
func TestLimiterAndSizer(t *testing.T) {
	for _, test := range []struct {
		processors float64
		request    time.Duration
		most       int
		workers    int
		want       float64 // part of what the processors can do
	}{
		{2, 5 * time.Millisecond, 1000, 8, 0.9},
		{2, 50 * time.Millisecond, 1000, 8, 0.85},
		{2, 50 * time.Millisecond, 1000, 32, 0.85},
		{2, 50 * time.Millisecond, 6, 32, 0.7},
		{4, 50 * time.Millisecond, 1000, 8, 0.7},
		{8, 200 * time.Millisecond, 1000, 32, 0.5},
		{8, 50 * time.Millisecond, 20, 32, 0.6},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := &cluster{processors: test.processors, request: test.request, most: test.most}
			l := bulk.NewLimiter(test.workers, rand.New(rand.NewPCG(1, 1)))
			start := time.Now()
			transfer(t, c, l, test.workers, 500*mib)
			used := 500 / time.Since(start).Seconds() / (20 * test.processors)
			t.Logf("%+v: %.2f", test, used)
			if used < test.want {
				t.Errorf("%+v: only %.2f of what the processors can do", test, used)
			}
		})
	}
}

func transfer(t *testing.T, c *cluster, l *bulk.Limiter, workers, left int) {
	s := bulk.NewSizer(10*mib, 5000)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				ticket, _ := l.Acquire(t.Context())
				bytes, docs := s.Size()
				mu.Lock()
				bytes = min(bytes, docs*2000, left)
				left -= bytes
				mu.Unlock()
				if bytes == 0 {
					l.Release(ticket, bulk.OK, 0)
					return
				}
				took, signal := c.answer(bytes)
				if signal == bulk.OK {
					s.OK(bytes, bytes/2000, took)
				} else {
					mu.Lock()
					left += bytes
					mu.Unlock()
				}
				l.Release(ticket, signal, 0)
			}
		})
	}
	wg.Wait()
	if left != 0 {
		t.Errorf("%d bytes are left", left)
	}
}
