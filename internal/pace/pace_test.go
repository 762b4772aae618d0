package pace_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/internal/pace"
)

// TestQuota is the promise of this package: of a quota that is ours alone, 95 % are
// used and 1 % of calls are throttled at most. The first 10 s are left out.
func TestQuota(t *testing.T) {
	for _, test := range []struct {
		perSecond float64
		duration  time.Duration
	}{
		{1, time.Hour},
		{5, 20 * time.Minute},
		{25, 4 * time.Minute},
		{200, 40 * time.Second},
	} {
		for name, newQuota := range quotas {
			for seed := range uint64(3) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(seed, network, newQuota(test.perSecond))
					w.run(t.Context(), pace.New(test.perSecond), enough(test.perSecond), test.duration)
					got := w.measure(10*time.Second, test.duration)
					t.Logf("%v a second, %s: %v", test.perSecond, name, got)
					if used := got.through / test.perSecond; used < 0.95 {
						t.Errorf("%v a second, %s, seed %d: used %.4f of the quota", test.perSecond, name, seed, used)
					}
					if got.throttled > 0.01 {
						t.Errorf("%v a second, %s, seed %d: %.4f of calls throttled", test.perSecond, name, seed, got.throttled)
					}
				})
			}
		}
	}
}

// TestRoughNetwork has delays that are anything up to 80 ms. At one call a second,
// 93.6 % of the quota is then the most that any even spacing can use with 1 %
// throttled: the gap of two calls must be 1.069 s for that.
func TestRoughNetwork(t *testing.T) {
	for _, test := range []struct {
		perSecond       float64
		used, throttled float64
	}{
		{1, 0.86, 0.07},
		{25, 0.92, 0.015},
		{200, 0.95, 0.001},
	} {
		for name, newQuota := range quotas {
			synctest.Test(t, func(t *testing.T) {
				const duration = 4 * time.Minute
				w := newWorld(1, rough, newQuota(test.perSecond))
				w.run(t.Context(), pace.New(test.perSecond), enough(test.perSecond), duration)
				got := w.measure(10*time.Second, duration)
				t.Logf("%v a second, %s: %v", test.perSecond, name, got)
				if got.through/test.perSecond < test.used || got.throttled > test.throttled {
					t.Errorf("%v a second, %s: %v", test.perSecond, name, got)
				}
			})
		}
	}
}

// TestWrongQuota has a service that lets through less than it was said to.
func TestWrongQuota(t *testing.T) {
	for _, test := range []struct{ said, real, throttled float64 }{
		{50, 20, 0.02},
		{200, 10, 0.03},
		{25, 5, 0.03},
		{5, 1, 0.06},
	} {
		for name, newQuota := range quotas {
			synctest.Test(t, func(t *testing.T) {
				const duration = 5 * time.Minute
				w := newWorld(1, network, newQuota(test.real))
				w.run(t.Context(), pace.New(test.said), enough(test.said), duration)
				got := w.measure(time.Minute, duration)
				t.Logf("%v a second for %v, %s: %v", test.real, test.said, name, got)
				if got.through/test.real < 0.9 || got.throttled > test.throttled {
					t.Errorf("%v a second for %v, %s: %v", test.real, test.said, name, got)
				}
			})
		}
	}
}

// TestSharedQuota has another program that takes half of the quota for five minutes.
func TestSharedQuota(t *testing.T) {
	for name, newQuota := range quotas {
		synctest.Test(t, func(t *testing.T) {
			const perSecond, minute = 20, time.Minute
			q := &shared{quota: newQuota(perSecond)}
			w := newWorld(1, network, q)
			var wg sync.WaitGroup
			wg.Go(func() {
				time.Sleep(5 * minute)
				for range 5 * 60 * perSecond / 2 {
					q.take(time.Now())
					time.Sleep(time.Second / (perSecond / 2))
				}
			})
			w.run(t.Context(), pace.New(perSecond), enough(perSecond), 20*minute)
			wg.Wait()
			alone, together, after := w.measure(minute, 5*minute), w.measure(6*minute, 10*minute), w.measure(15*minute, 20*minute)
			t.Logf("%s: %v, then %v, then %v", name, alone, together, after)
			if alone.through < 0.94*perSecond || after.through < 0.94*perSecond {
				t.Errorf("%s: %v before and %v after", name, alone, after)
			}
			if together.through < 0.8*perSecond/2 || together.throttled > 0.05 {
				t.Errorf("%s: %v together", name, together)
			}
		})
	}
}

// TestOutage has a service that throttles everything for a while.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perSecond, minute = 25, time.Minute
		w := newWorld(1, network, &outage{quota: newWindow(perSecond), from: time.Now().Add(2 * minute), to: time.Now().Add(7 * minute)})
		w.run(t.Context(), pace.New(perSecond), enough(perSecond), 20*minute)
		during, after := w.measure(3*minute, 7*minute), w.measure(12*minute, 20*minute)
		if during.calls > perSecond/8 || during.calls < perSecond/64. {
			t.Errorf("%v calls a second while all were throttled", during.calls)
		}
		if after.through < 0.95*perSecond {
			t.Errorf("after it: %v", after)
		}
	})
}

// TestEven looks at the admissions themselves.
func TestEven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perSecond = 25
		l := pace.New(perSecond)
		began, times := time.Now(), []time.Duration{}
		for range 1000 {
			if err := l.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			times = append(times, time.Since(began))
		}
		if times[0] != 0 || times[1] < 300*time.Millisecond {
			t.Errorf("the first calls at %v", times[:2])
		}
		for i := 1; i < len(times); i++ {
			gap := times[i] - times[i-1]
			if gap < time.Second/perSecond {
				t.Fatalf("call %d came %v after the one before it", i, gap)
			}
			if times[i] > 10*time.Second && gap > time.Second/23 {
				t.Fatalf("call %d came %v after the one before it", i, gap)
			}
		}
	})
}

// TestIdle has callers that come after a pause: it has saved them nothing.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pace.New(10)
		for range 200 {
			l.Wait(t.Context())
		}
		time.Sleep(time.Hour)
		began := time.Now()
		for range 11 {
			l.Wait(t.Context())
		}
		if took := time.Since(began); took < time.Second {
			t.Errorf("11 calls after a pause took %v", took)
		}
	})
}

// TestLateTimers has callers that are each a little late.
func TestLateTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pace.New(100)
		for range 1000 {
			l.Wait(t.Context())
		}
		began := time.Now()
		for i := range 960 {
			l.Wait(t.Context())
			time.Sleep(time.Duration(i%15) * time.Millisecond) // 7 ms on average, of 10.4
		}
		if took := time.Since(began); took > 10100*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pace.New(0.1) // a call in 10.4 s
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		if err := l.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		began := time.Now()
		for range 100 { // one waits for its time, the others for their turn
			wg.Go(func() {
				if err := l.Wait(ctx); !errors.Is(err, why) {
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Go(func() {
			if err := l.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if took := time.Since(began).Seconds(); math.Abs(took-10.42) > 0.01 {
				t.Errorf("the one that stayed waited %v s", took)
			}
		})
		time.Sleep(time.Second)
		cancel(why)
		wg.Wait()
		if err := l.Wait(ctx); !errors.Is(err, why) {
			t.Errorf("with an ended context: %v", err)
		}
	})
}

func TestNoQuota(t *testing.T) {
	for _, perSecond := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		l := pace.New(perSecond)
		l.OK()
		l.Throttled()
		if err := l.Wait(t.Context()); err == nil {
			t.Errorf("a quota of %v admits a call", perSecond)
		}
	}
}

// TestRace is for the race detector.
func TestRace(t *testing.T) {
	l := pace.New(1e5)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for range 50 {
				if l.Wait(t.Context()) != nil {
					t.Error("no admission")
				}
				if i == 0 {
					l.Throttled()
				} else {
					l.OK()
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkWait(b *testing.B) {
	l := pace.New(1e12)
	for b.Loop() {
		l.Wait(b.Context())
		l.OK()
	}
}

// TestAtOnce checks that the first second has as many calls as any other.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, begun := pace.NewAtOnce(20), time.Now()
		for range 100 {
			if err := l.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took < 4900*time.Millisecond || took > 5400*time.Millisecond {
			t.Errorf("100 calls at 20 a second took %s", took)
		}
	})
}
