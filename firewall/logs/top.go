package logs

import (
	"cmp"
	"slices"
)

// A ranked is one of those that have most.
type ranked struct {
	at    int // its number
	count uint64
}

// largest returns the top of n by count, those that have equal counts by compare,
// and how much the next one has. Those that have nothing are left out.
func largest(top, n int, count func(int) uint64, compare func(a, b int) int) (best []ranked, next uint64) {
	var least uint64 = 1
	cut := func() {
		slices.SortFunc(best, func(a, b ranked) int {
			return cmp.Or(cmp.Compare(b.count, a.count), compare(a.at, b.at))
		})
		if len(best) > top {
			next = max(next, best[top].count)
			best = best[:top]
			least = best[top-1].count
		}
	}
	for i := range n {
		c := count(i)
		if c < least {
			next = max(next, c)
			continue
		}
		if best = append(best, ranked{i, c}); len(best) >= 2*top+64 {
			cut()
		}
	}
	cut()
	return best, next
}
