package distance

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func checkAbove(t *testing.T, l level, scores []float32, threshold float32) {
	t.Helper()
	var more, less []int32
	for i, s := range scores {
		if s > threshold {
			more = append(more, int32(i))
		}
		if s < threshold {
			less = append(less, int32(i))
		}
	}
	out := make([]int32, len(scores)+1)
	out[len(scores)] = 12345
	if got := out[:above(l, out, scores, threshold)]; !slices.Equal(got, more) {
		t.Fatalf("above %v of %d scores: %v, want %v", threshold, len(scores), got, more)
	}
	if got := out[:below(l, out, scores, threshold)]; !slices.Equal(got, less) {
		t.Fatalf("below %v of %d scores: %v, want %v", threshold, len(scores), got, less)
	}
	if out[len(scores)] != 12345 {
		t.Fatalf("of %d scores: wrote beyond its results", len(scores))
	}
}

func TestAbove(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	eachLevel(t, func(t *testing.T, l level) {
		r := rand.New(rand.NewPCG(4, 4))
		for size := range 300 {
			scores := numbers(r, size)
			for range size / 10 {
				scores[r.IntN(size)] = []float32{inf, -inf, nan, -nan, 0, float32(math.Copysign(0, -1)), 1}[r.IntN(7)]
			}
			for _, threshold := range []float32{2, 0, 1, -1, float32(math.Copysign(0, -1)), inf, -inf, nan} {
				checkAbove(t, l, scores, threshold)
			}
		}
		checkAbove(t, l, numbers(r, 200_000), 3) // more than one call of a kernel
		checkAbove(t, l, make([]float32, 1000), -1)
	})
	out := make([]int32, 3)
	if n := Above(out, []float32{1, 3, 2}, 1); !slices.Equal(out[:n], []int32{1, 2}) {
		t.Errorf("Above is %v", out[:n])
	}
	if n := Below(out, []float32{1, 3, 2}, 3); !slices.Equal(out[:n], []int32{0, 2}) {
		t.Errorf("Below is %v", out[:n])
	}
	if !panics(func() { Above(out[:2], []float32{1, 3, 2}, 5) }) {
		t.Error("too short a slice of results is no panic")
	}
}
