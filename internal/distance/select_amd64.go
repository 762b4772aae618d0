//go:build !purego

package distance

import "math"

func above(l level, out []int32, scores []float32, threshold float32) int {
	if l == portable {
		return portableAbove(out, scores, threshold)
	}
	return pick(l, out, scores, threshold, 0)
}

func below(l level, out []int32, scores []float32, threshold float32) int {
	if l == portable {
		return portableBelow(out, scores, threshold)
	}
	return pick(l, out, scores, threshold, 1<<31)
}

// pick finds scores above the threshold, after the bits of sign have been changed in
// both: what is below is what is above when both are negative.
func pick(l level, out []int32, scores []float32, threshold float32, sign uint32) int {
	const most = 64 << 10 // of one call of a kernel, which nothing can interrupt
	least := math.Float32frombits(math.Float32bits(threshold) ^ sign)
	n, at := 0, 0
	for len(scores)-at >= 64 {
		size := min(most, (len(scores)-at)/64*64)
		if l >= avx512 {
			n += aboveAVX512(&out[n], &scores[at], size, at, least, sign)
		} else {
			n += aboveAVX2(&out[n], &scores[at], size, at, least, sign)
		}
		at += size
	}
	for ; at < len(scores); at++ {
		if s := math.Float32frombits(math.Float32bits(scores[at]) ^ sign); s > least {
			out[n] = int32(at)
			n++
		}
	}
	return n
}

// aboveAVX512 looks at count scores, a multiple of 64, the first of which has the number
// first.
//
//go:noescape
func aboveAVX512(out *int32, scores *float32, count, first int, threshold float32, sign uint32) int

//go:noescape
func aboveAVX2(out *int32, scores *float32, count, first int, threshold float32, sign uint32) int
