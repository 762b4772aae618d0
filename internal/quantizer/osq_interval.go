package quantizer

import "math"

// osqGrid is how many standard deviations the first interval reaches to each side, for
// 1 to 8 bits.
var osqGrid = [8]float32{0.798, 1.493, 2.051, 2.514, 2.916, 3.278, 3.611, 3.922}

// interval returns the interval that loses the least of a centred vector: by descent
// along both bounds, as long as it helps, and for 5 steps at most. What is lost in the
// direction of the vector counts more than what is lost across it.
func (c *osqCentred) interval(bits int) (lower, upper float32) {
	reach, points := float64(osqGrid[bits-1]), 1<<bits
	low, high := float64(c.low), float64(c.high)
	lower = float32(min(max(float64(-reach*c.sigma)+c.mean, low), high))
	upper = float32(min(max(float64(reach*c.sigma)+c.mean, low), high))

	scale := (1 - osqLambda) / c.norm2
	if math.IsInf(float64(scale), 0) || scale != scale {
		return lower, upper
	}
	fit := c.fit(lower, upper, points)
	for range osqIterations {
		a, b, ok := fit.better(float64(scale))
		if !ok || math.Abs(float64(lower-a)) < 1e-8 && math.Abs(float64(upper-b)) < 1e-8 {
			break
		}
		next := c.fit(a, b, points)
		if next.loss(c.norm2) > fit.loss(c.norm2) {
			break
		}
		lower, upper, fit = a, b, next
	}
	return lower, upper
}

// An osqFit is what an interval makes of a vector.
type osqFit struct {
	along, across float64 // what is lost: in the direction of the vector, and in all

	// For the next step: with s how far up a number is put, 0 to 1, and r = 1-s, the
	// sums of r², rs, s², and of x·r and x·s.
	rr, rs, ss, xr, xs float64
}

func (f *osqFit) loss(norm2 float32) float64 {
	lambda := float64(osqLambda)
	return float64((1-lambda)*f.along*f.along/float64(norm2)) + float64(lambda*f.across)
}

// better returns the interval that would lose the least if all numbers were put where
// they are put now. There may be none.
func (f *osqFit) better(scale float64) (lower, upper float32, ok bool) {
	lambda := float64(osqLambda)
	m0 := float64(scale*f.xr*f.xr) + float64(lambda*f.rr)
	m1 := float64(scale*f.xr*f.xs) + float64(lambda*f.rs)
	m2 := float64(scale*f.xs*f.xs) + float64(lambda*f.ss)
	det := float64(m0*m2) - float64(m1*m1)
	if det == 0 {
		return 0, 0, false
	}
	lower = float32((float64(m2*f.xr) - float64(m1*f.xs)) / det)
	upper = float32((float64(m0*f.xs) - float64(m1*f.xr)) / det)
	return lower, upper, true
}

// fit looks at a vector with an interval. Lucene goes over the vector twice, with a
// step of 64 bits for the loss and one of 32 bits for the sums, so that a number in
// the middle may be put to different sides; this goes once with both.
func (c *osqCentred) fit(lower, upper float32, points int) osqFit {
	inverse := float32(points-1) / (upper - lower)
	if points == 2 && lower < upper && !math.IsInf(float64(inverse), 0) {
		return c.fitBit(lower, upper, inverse)
	}
	var f osqFit
	a, b := float64(lower), float64(upper)
	step := (b - a) / float64(points-1)
	exact := 1 / step
	for _, x32 := range c.values {
		x := float64(x32)
		up := min(max(x, a), b) - a
		lost := x - (a + float64(step*float64(roundDouble(up*exact))))
		f.along += float64(x * lost)
		f.across += float64(lost * lost)

		s := float32(roundDouble(up*float64(inverse))) / float32(points-1)
		r := 1 - float64(s)
		f.rr += float64(r * r)
		f.rs += float64(r * float64(s))
		f.ss += float64(s * s) // these products have 32 bits
		f.xr += float64(x * r)
		f.xs += float64(x32 * s)
	}
	return f
}

// fitBit is fit for two points, the lower of which is below the upper: a number is
// then put to where it is nearer to, whether it is in the interval or not. Tables take
// the place of branches, which no processor could foresee here.
func (c *osqCentred) fitBit(lower, upper, inverse32 float32) osqFit {
	a, step := float64(lower), float64(upper)-float64(lower)
	exact, inverse := 1/step, float64(inverse32)
	levels := [2]float64{a, a + step}
	bits := [2]float64{0, 1}
	var along, across, xs, xr, ones float64
	for _, x32 := range c.values {
		x := float64(x32)
		up := x - a
		var put, s int
		if up*exact >= 0.5 {
			put = 1
		}
		if up*inverse >= 0.5 {
			s = 1
		}
		lost := x - levels[put&1]
		along += float64(x * lost)
		across += float64(lost * lost)
		ones += bits[s&1]
		xs += float64(x * bits[s&1])
		xr += float64(x * bits[1-s&1])
	}
	return osqFit{along: along, across: across, ss: ones, rr: float64(len(c.values)) - ones, xs: xs, xr: xr}
}

// roundDouble is Java's Math.round: to the nearest integer, upwards from the middle,
// and NaN is 0.
func roundDouble(x float64) int64 {
	down := math.Floor(x)
	if x-down >= 0.5 {
		down++
	}
	switch {
	case x != x:
		return 0
	case down >= math.MaxInt64:
		return math.MaxInt64
	case down <= math.MinInt64:
		return math.MinInt64
	}
	return int64(down)
}

// roundFloat is Java's Math.round of 32 bits. The sum has 64, so that it is exact.
func roundFloat(x float32) int32 {
	near := math.Floor(float64(x) + 0.5)
	switch {
	case near != near:
		return 0
	case near >= math.MaxInt32:
		return math.MaxInt32
	case near <= math.MinInt32:
		return math.MinInt32
	}
	return int32(near)
}
