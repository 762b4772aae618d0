package logs

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestLargestAgainstSorting compares with sorting all.
func TestLargestAgainstSorting(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		n, top := r.IntN(400), 1+r.IntN(30)
		counts, names := make([]uint64, n), r.Perm(n)
		for i := range counts {
			counts[i] = r.Uint64N(1 + r.Uint64N(20))
		}
		compare := func(a, b int) int { return cmp.Compare(names[a], names[b]) }
		best, next := largest(top, n, func(i int) uint64 { return counts[i] }, compare)

		var want []ranked
		for i, c := range counts {
			if c > 0 {
				want = append(want, ranked{i, c})
			}
		}
		slices.SortFunc(want, func(a, b ranked) int { return cmp.Or(cmp.Compare(b.count, a.count), compare(a.at, b.at)) })
		wantNext := uint64(0)
		if len(want) > top {
			wantNext = want[top].count
			want = want[:top]
		}
		if !slices.Equal(best, want) || next != wantNext {
			t.Fatalf("top %d of %v: got %v and %d, want %v and %d", top, counts, best, next, want, wantNext)
		}
	}
}
