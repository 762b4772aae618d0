package distance

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// levels are those of this processor.
func levels() (all []level) {
	for l := portable; l <= fastest; l++ {
		all = append(all, l)
	}
	return all
}

var formulas = map[string]formula{"dot": dot, "l2": l2}

// numbers returns random numbers whose address is no multiple of 64 bytes.
func numbers(r *rand.Rand, n int) []float32 {
	skip := 1 + r.IntN(15)
	values := make([]float32, skip+n)[skip:]
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	return values
}

// exactly computes a formula with float64, and the sum of the sizes of its terms, which
// rounding errors are relative to.
func exactly(f formula, a, b []float32) (sum, size float64) {
	for i, x := range a {
		x, y := float64(x), float64(b[i])
		if f == l2 {
			sum += (x - y) * (x - y)
			size = sum
		} else {
			sum += x * y
			size += math.Abs(x * y)
		}
	}
	return sum, size
}

// near reports whether got is want but for the rounding that the package allows in d
// dimensions.
func near(got float32, want, size float64, d int) bool {
	if math.IsNaN(want) || math.IsInf(want, 0) {
		return math.IsNaN(float64(got)) == math.IsNaN(want) && (math.IsNaN(want) || float64(got) == want)
	}
	return math.Abs(float64(got)-want) <= size*(float64(d)/4+8)*0x1p-24+1e-40
}

func eachLevel(t *testing.T, test func(t *testing.T, l level)) {
	for _, l := range levels() {
		t.Run(l.String(), func(t *testing.T) {
			t.Parallel()
			test(t, l)
		})
	}
}

func checkFloats(t *testing.T, l level, queries, rows []float32, dimension int) {
	t.Helper()
	n, m := len(queries)/dimension, len(rows)/dimension
	const guard = 12345
	for name, f := range formulas {
		out := make([]float32, n*m+1)
		for i := range out {
			out[i] = float32(math.NaN()) // what was there must not matter
		}
		out[n*m] = guard
		floats(l, f, out, queries, rows, dimension)
		if out[n*m] != guard {
			t.Fatalf("%s of %d queries, %d rows, dimension %d wrote beyond its results", name, n, m, dimension)
		}
		for q := range n {
			for r := range m {
				a, b := queries[q*dimension:][:dimension], rows[r*dimension:][:dimension]
				got := out[q*m+r]
				if want, size := exactly(f, a, b); !near(got, want, size, dimension) {
					t.Fatalf("%s of query %d of %d and row %d of %d, dimension %d: %v, want %v", name, q, n, r, m, dimension, got, want)
				}
				if alone := one(l, f, a, b); math.Float32bits(alone) != math.Float32bits(got) && got == got {
					t.Fatalf("%s of query %d of %d and row %d of %d, dimension %d: %v in the block, %v alone", name, q, n, r, m, dimension, got, alone)
				}
			}
		}
	}
}

func TestFloats(t *testing.T) {
	eachLevel(t, func(t *testing.T, l level) {
		r := rand.New(rand.NewPCG(1, 1))
		for dimension := 1; dimension <= 70; dimension++ {
			checkFloats(t, l, numbers(r, dimension*(1+dimension%13)), numbers(r, dimension*(1+dimension%9)), dimension)
		}
		for n := range 14 {
			for m := range 14 {
				checkFloats(t, l, numbers(r, 19*n), numbers(r, 19*m), 19)
			}
		}
		for _, dimension := range []int{127, 128, 384, 767, 768, 769, 784, 1000, 1536, 1537, 4096, 15_999, 16_000} {
			checkFloats(t, l, numbers(r, dimension*(1+r.IntN(8))), numbers(r, dimension*(1+r.IntN(8))), dimension)
		}
		for range 5 { // several panels
			dimension := 300 + r.IntN(1000)
			checkFloats(t, l, numbers(r, dimension*(1+r.IntN(8))), numbers(r, dimension*(150+r.IntN(100))), dimension)
		}
	})
}

// What is no number comes out as the formula has it, in every lane, and only there.
func TestFloatsHostile(t *testing.T) {
	hostile := []float32{
		float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, float32(math.Copysign(0, -1)),
		math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 1e-38, 1e18, -1e18,
	}
	eachLevel(t, func(t *testing.T, l level) {
		r := rand.New(rand.NewPCG(2, 2))
		for range 300 {
			dimension := 1 + r.IntN(100)
			queries, rows := numbers(r, dimension*(1+r.IntN(8))), numbers(r, dimension*(1+r.IntN(8)))
			for _, values := range [][]float32{queries, rows} {
				for range r.IntN(4) {
					values[r.IntN(len(values))] = hostile[r.IntN(len(hostile))]
				}
			}
			checkFloats(t, l, queries, rows, dimension)
		}
	})
}

// Blocks that are not whole, and numbers that are too large for float32.
func TestFloatsEnds(t *testing.T) {
	eachLevel(t, func(t *testing.T, l level) {
		out := []float32{7}
		floats(l, dot, out, nil, []float32{1, 2}, 2)
		floats(l, dot, out, []float32{1, 2}, nil, 2)
		if out[0] != 7 {
			t.Errorf("no queries or no rows have written %v", out[0])
		}
		if got := one(l, dot, nil, nil); got != 0 {
			t.Errorf("the inner product without dimensions is %v", got)
		}
		big := []float32{math.MaxFloat32, math.MaxFloat32}
		if got := one(l, dot, big, big); !math.IsInf(float64(got), 1) {
			t.Errorf("a sum that is too large is %v", got)
		}
		for name, call := range map[string]func(){
			"results": func() { floats(l, dot, make([]float32, 3), make([]float32, 4), make([]float32, 4), 2) },
			"row":     func() { one(l, dot, make([]float32, 4), make([]float32, 3)) },
		} {
			if !panics(call) {
				t.Errorf("too short a slice of %s is no panic", name)
			}
		}
	})
}

func panics(call func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	call()
	return false
}

// Terms of which the plain loop rounds half of the last digit off, each time, are
// computed within the limits of the package comment, which the plain loop is not.
func TestFloatsParts(t *testing.T) {
	const dimension = 16_000
	ones, terms := make([]float32, dimension), make([]float32, dimension)
	var plain float32
	for i := range terms {
		digit := math.Nextafter32(plain, 10) - plain
		terms[i] = float32(math.Floor(1/float64(dimension)/float64(digit))+0.49) * digit
		ones[i] = 1
		if plain < 0.01 {
			terms[i] = 1. / dimension
		}
		plain += terms[i]
	}
	want, size := exactly(dot, ones, terms)
	if near(plain, want, size, dimension) {
		t.Errorf("the plain loop has %v, which is near enough to %v", plain, want)
	}
	eachLevel(t, func(t *testing.T, l level) { checkFloats(t, l, ones, terms, dimension) })
}

func TestDotAndL2(t *testing.T) {
	a, b := []float32{1, 2, 3}, []float32{4, 6, 8, 100}
	if got := Dot(a, b); got != 40 {
		t.Errorf("Dot is %v, want 40", got)
	}
	out := make([]float32, 4)
	Dots(out, []float32{1, 2, 3, 4}, []float32{1, 0, 0, 1}, 2)
	if want := []float32{1, 2, 3, 4}; !slices.Equal(out, want) {
		t.Errorf("Dots are %v, want %v", out, want)
	}
	L2s(out, []float32{1, 2, 3, 4}, []float32{1, 0, 0, 1}, 2)
	if want := []float32{4, 2, 20, 18}; !slices.Equal(out, want) {
		t.Errorf("L2s are %v, want %v", out, want)
	}
}
