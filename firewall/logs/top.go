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
// and how much the next one has. Those that have nothing are left out. count is
// called once for each, compare seldom.
func largest(top, n int, count func(int) uint64, compare func(a, b int) int) (best []ranked, next uint64) {
	order := func(a, b ranked) int { return cmp.Or(cmp.Compare(b.count, a.count), compare(a.at, b.at)) }
	last := ranked{count: 0} // of the best, once there are enough
	cut := func() {
		slices.SortFunc(best, order)
		if len(best) > top {
			next = max(next, best[top].count)
			best = best[:top]
			last = best[top-1]
		}
	}
	for i := range n {
		r := ranked{i, count(i)}
		if r.count <= last.count && (r.count < last.count || r.count == 0 || order(r, last) > 0) {
			next = max(next, r.count)
			continue
		}
		if best = append(best, r); len(best) >= 2*top+64 {
			cut()
		}
	}
	cut()
	return best, next
}
