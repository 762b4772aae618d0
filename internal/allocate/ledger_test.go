package allocate

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
)

var midnight = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return midnight.Add(time.Duration(seconds * float64(time.Second)))
}

// TestVector is that of a minute that two share, and of one in which nobody ran.
func TestVector(t *testing.T) {
	l := NewLedger(time.Minute)
	l.Add(7, at(0), at(60), 60e6)
	l.Add(9, at(40), at(60), 20e6)
	if got, ok := l.Share(at(0), at(60), 480); !ok || !slices.Equal(got, []Share{{7, 360}, {9, 120}}) {
		t.Errorf("got %v, %v", got, ok)
	}
	if got, ok := l.Share(at(60), at(120), 480); ok || len(got) != 0 {
		t.Errorf("of an idle minute: %v, %v", got, ok)
	}
}

// TestLongTransaction is that of A, who ran 48 hours, and B, for 30 seconds in the last
// minute, when all is charged.
func TestLongTransaction(t *testing.T) {
	l := NewLedger(time.Minute)
	l.Add(0, at(0), at(48*3600), 48*3600)
	l.Add(1, at(48*3600-30), at(48*3600), 30)
	got, _ := l.Share(at(0), at(48*3600), 48*3600*8)
	if want := []Share{{0, 1_382_160}, {1, 240}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestLedger compares sums of windows with those of the activities themselves.
func TestLedger(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		l := NewLedger(time.Minute)
		want := map[int]int64{}
		for range random.IntN(40) {
			from := random.Float64() * 3600
			to := from + random.ExpFloat64()*300
			key, weight := random.IntN(5), random.Int64N(1e9)
			l.Add(key, at(from), at(to), weight)
			if weight > 0 {
				want[key] += weight
			}
		}
		got := map[int]int64{}
		for _, s := range l.Active(at(-3600), at(1e6)) {
			got[s.Key] = s.Amount
		}
		if !maps.Equal(got, want) {
			t.Fatalf("all: got %v, want %v", got, want)
		}
		for range 20 { // a window is the sum of its minutes, in whatever order they are asked for
			from := random.IntN(60)
			to := from + 1 + random.IntN(90)
			sum := map[int]int64{}
			for m := from; m < to; m++ {
				for _, s := range l.Active(at(float64(60*m)), at(float64(60*m+60))) {
					sum[s.Key] += s.Amount
				}
			}
			window := l.Active(at(float64(60*from)), at(float64(60*to)))
			if len(window) != len(sum) || !slices.IsSortedFunc(window, func(a, b Share) int { return a.Key - b.Key }) {
				t.Fatalf("minutes %d to %d: got %v, want %v", from, to, window, sum)
			}
			for _, s := range window {
				if sum[s.Key] != s.Amount {
					t.Fatalf("minutes %d to %d: got %v, want %v", from, to, window, sum)
				}
			}
			shares, ok := l.Share(at(float64(60*from)), at(float64(60*to)), 1_000_003)
			var total int64
			for _, s := range shares {
				total += s.Amount
			}
			if ok != (len(sum) > 0) || ok && total != 1_000_003 {
				t.Fatalf("minutes %d to %d: shared %d", from, to, total)
			}
		}
	}
}

// TestSpread has an activity of a minute and a half in proportion in both minutes, one that
// took no time in one, and one from before 1970.
func TestSpread(t *testing.T) {
	l := NewLedger(time.Minute)
	l.Add(1, at(30), at(120), 90)
	l.Add(2, at(61), at(61), 5)
	l.Add(3, at(61), at(62), -5)
	l.Add(4, time.Unix(-90, 0), time.Unix(-30, 0), 60)
	for _, test := range []struct {
		from time.Time
		want []Share
	}{
		{at(0), []Share{{1, 30}}},
		{at(60), []Share{{1, 60}, {2, 5}}},
		{time.Unix(-120, 0), []Share{{4, 30}}},
		{time.Unix(-60, 0), []Share{{4, 30}}},
	} {
		if got := l.Active(test.from, test.from.Add(time.Minute)); !slices.Equal(got, test.want) {
			t.Errorf("from %s: got %v, want %v", test.from, got, test.want)
		}
	}
}

// fill adds n activities of 1,000 users within a month.
func fill(l *Ledger, n int) {
	random := rand.New(rand.NewPCG(5, 6))
	for range n {
		from := midnight.UnixMicro() + random.Int64N(30*24*3600*1e6)
		took := int64(random.ExpFloat64() * 20e6)
		l.Add(random.IntN(1000), time.UnixMicro(from), time.UnixMicro(from+took), took)
	}
}

// shareMonth shares a charge of each minute.
func shareMonth(l *Ledger) (shared int64) {
	for m := range 30 * 24 * 60 {
		from := midnight.Add(time.Duration(m) * time.Minute)
		shares, _ := l.Share(from, from.Add(time.Minute), 480e6)
		for _, s := range shares {
			shared += s.Amount
		}
	}
	return shared
}

// TestMemory has the memory bounded by minutes and users, not by activities.
func TestMemory(t *testing.T) {
	heap := func(n int) uint64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		l := NewLedger(24 * time.Hour) // 30 steps of 1,000 users, so that few activities fill them
		fill(l, n)
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(l)
		return after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc)
	}
	if n := heap(1_000_000); n > 4<<20 {
		t.Errorf("%d bytes for a million activities", n)
	}
}

func BenchmarkLedger(b *testing.B) {
	rows := 10_000_000
	if testing.Short() {
		rows = 100_000
	}
	b.Run(fmt.Sprint(rows), func(b *testing.B) {
		for b.Loop() {
			l := NewLedger(time.Minute)
			fill(l, rows)
			if shared := shareMonth(l); shared == 0 || shared%480e6 != 0 {
				b.Fatalf("shared %d", shared)
			}
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-heap")
			runtime.KeepAlive(l)
		}
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

// BenchmarkWindows has each minute of a day share a window that begins at midnight.
func BenchmarkWindows(b *testing.B) {
	l := NewLedger(time.Minute)
	fill(l, 300_000)
	for b.Loop() {
		for m := range 24 * 60 {
			l.Share(midnight, midnight.Add(time.Duration(m+1)*time.Minute), 480e6)
		}
	}
}
