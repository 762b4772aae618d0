package allocate

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// Split divides total among weights by the largest remainder: each share is total×weight
// over the sum of the weights, rounded down or up by less than one, and the shares add up to
// total. Of equal remainders, the lower index is rounded up. A negative total is divided
// like its opposite. Without a positive weight there is nothing to divide by, and Split
// returns nil; a negative weight counts as none.
func Split(total int64, weights []int64) []int64 {
	var sum uint128
	for _, w := range weights {
		sum = sum.add(uint64(max(w, 0)))
	}
	if sum == (uint128{}) {
		return nil
	}
	// More than 64 bits of weights are halved together: that many are told apart no more.
	shift := bits.Len64(sum.high)
	divisor := uint64(0)
	scaled := func(w int64) uint64 { return uint64(max(w, 0)) >> shift }
	for _, w := range weights {
		divisor += scaled(w)
	}
	amount := magnitude(total)
	shares, rests := make([]int64, len(weights)), make([]uint64, len(weights))
	left := amount
	for i, w := range weights {
		high, low := bits.Mul64(amount, scaled(w))
		quotient, rest := bits.Div64(high, low, divisor)
		shares[i], rests[i] = int64(quotient), rest
		left -= quotient
	}
	for _, i := range largest(rests, int(left)) {
		shares[i]++
	}
	if total < 0 {
		for i := range shares {
			shares[i] = -shares[i]
		}
	}
	return shares
}

// magnitude is |n|, of which that of the least integer is one too many.
func magnitude(n int64) uint64 {
	if n == math.MinInt64 {
		return math.MaxInt64 + 1
	}
	return uint64(max(n, -n))
}

// largest returns the indexes of the n largest values, the lower ones of equals first.
func largest(values []uint64, n int) []int {
	if n == 0 {
		return nil
	}
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(values[b], values[a]), cmp.Compare(a, b))
	})
	return order[:n]
}

// A uint128 is a sum of many uint64.
type uint128 struct{ high, low uint64 }

func (u uint128) add(n uint64) uint128 {
	low, carry := bits.Add64(u.low, n, 0)
	return uint128{u.high + carry, low}
}

// Round rounds amounts to multiples of unit, each by less than one unit, so that they add up
// to their sum rounded half away from zero. Those are rounded up that have the largest
// remainders; of equal ones, the lower index. Amounts and their sum must be within 2⁶²,
// and unit positive.
func Round(amounts []int64, unit int64) []int64 {
	rounded, rests := make([]int64, len(amounts)), make([]uint64, len(amounts))
	var sum, floor int64
	for i, a := range amounts {
		rest := ((a % unit) + unit) % unit
		rounded[i], rests[i] = a-rest, uint64(rest)
		sum, floor = sum+a, floor+a-rest
	}
	for _, i := range largest(rests, int((RoundHalf(sum, unit)-floor)/unit)) {
		rounded[i] += unit
	}
	return rounded
}

// RoundHalf rounds to a multiple of unit, halves away from zero.
func RoundHalf(amount, unit int64) int64 {
	rest := amount % unit
	switch {
	case 2*rest >= unit:
		return amount - rest + unit
	case -2*rest >= unit:
		return amount - rest - unit
	}
	return amount - rest
}
