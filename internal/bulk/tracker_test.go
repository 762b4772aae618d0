package bulk_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

// TestTracker compares the mark with that of a plain set, for numbers that are done
// in all kinds of orders.
func TestTracker(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 0))
		var tracker bulk.Tracker
		done := map[int64]bool{}
		var open []int64
		var next, mark int64
		window := 1 + r.IntN(3000)
		for range 5000 {
			if len(open) == 0 || len(open) < window && r.IntN(3) > 0 {
				if got := tracker.Next(); got != next {
					t.Fatalf("seed %d: next is %d, want %d", seed, got, next)
				}
				open = append(open, next)
				next++
			} else {
				i := r.IntN(min(len(open), 1+r.IntN(window))) // near the start, mostly
				n := open[i]
				open = append(open[:i], open[i+1:]...)
				done[n] = true
				tracker.Done(n)
				tracker.Done(n) // has no effect
			}
			for done[mark] {
				mark++
			}
			if got := tracker.Mark(); got != mark {
				t.Fatalf("seed %d: mark is %d, want %d", seed, got, mark)
			}
			if got := tracker.Open(); got != next-mark {
				t.Fatalf("seed %d: open is %d, want %d", seed, got, next-mark)
			}
		}
	}
}

// TestTrackerMemory has a number that is never done, then a window that is small
// again.
func TestTrackerMemory(t *testing.T) {
	var tracker bulk.Tracker
	const n = 1_000_000
	for range n {
		tracker.Next()
	}
	for i := range int64(n - 1) {
		tracker.Done(i + 1)
	}
	if tracker.Mark() != 0 || tracker.Open() != n {
		t.Errorf("mark %d, open %d", tracker.Mark(), tracker.Open())
	}
	if words := bulk.RingSize(&tracker); words > 2*n/64 {
		t.Errorf("%d words for %d numbers", words, n)
	}
	tracker.Done(0)
	for range 100 {
		tracker.Done(tracker.Next())
	}
	if tracker.Mark() != n+100 {
		t.Errorf("mark %d", tracker.Mark())
	}
	if words := bulk.RingSize(&tracker); words != 16 {
		t.Errorf("%d words are kept", words)
	}
}

func TestTrackerOfNothing(t *testing.T) {
	var tracker bulk.Tracker
	if tracker.Mark() != 0 || tracker.Open() != 0 {
		t.Error("not empty")
	}
	for _, n := range []int64{-1, 0, 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("done with %d, which was not given out", n)
				}
			}()
			tracker.Done(n)
		}()
	}
}

func TestTrackerConcurrently(t *testing.T) {
	var tracker bulk.Tracker
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				tracker.Done(tracker.Next())
				tracker.Mark()
			}
		})
	}
	wg.Wait()
	if tracker.Mark() != 8000 {
		t.Errorf("mark %d", tracker.Mark())
	}
}

func BenchmarkTracker(b *testing.B) {
	var tracker bulk.Tracker
	for range 5000 {
		tracker.Next()
	}
	i := int64(0)
	for b.Loop() {
		tracker.Next()
		tracker.Done(i ^ 0xfff) // in blocks, from their ends
		i++
	}
}
