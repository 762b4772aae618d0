package quantizer

import "math"

// javaRandom draws the numbers that java.util.Random draws, bit for bit: the rotation
// of the k-NN plugin is made of them.
//
// Source: the documentation of java.util.Random, which prescribes the algorithm.
type javaRandom struct {
	state uint64 // 48 bits
	next  float64
	kept  bool // whether next is the second number of a pair
}

func newJavaRandom(seed uint64) *javaRandom {
	return &javaRandom{state: (seed ^ 0x5DEECE66D) & (1<<48 - 1)}
}

func (r *javaRandom) bits(n uint) uint64 {
	r.state = (r.state*0x5DEECE66D + 0xB) & (1<<48 - 1)
	return r.state >> (48 - n)
}

// float64 is uniform in 0 to 1.
func (r *javaRandom) float64() float64 {
	high := r.bits(26)
	return float64(high<<27|r.bits(27)) * 0x1p-53
}

// gaussian is of the standard normal distribution, by the polar method, which makes
// two at a time.
func (r *javaRandom) gaussian() float64 {
	if r.kept {
		r.kept = false
		return r.next
	}
	for {
		x := float64(2*r.float64()) - 1
		y := float64(2*r.float64()) - 1
		s := float64(x*x) + float64(y*y)
		if s >= 1 || s == 0 {
			continue
		}
		factor := math.Sqrt(-2 * strictLog(s) / s)
		r.next, r.kept = y*factor, true
		return x * factor
	}
}

// The natural logarithm of 2 in two parts; the first has zeros at its end, so that its
// multiples are exact.
const (
	ln2High = 0x1.62e42feep-1
	ln2Low  = 0x1.a39ef35793c76p-33
)

// strictLog is the natural logarithm of a number that is above 0, finite and not
// denormal, as StrictMath of Java has it to the last bit. math.Log is by another order
// of operations, and by assembly on some processors.
//
// StrictMath is fdlibm. It takes x = 2ᵏ(1+f) with 1+f between √2/2 and √2, and
// s = f/(2+f): log(1+f) is f - s(f-R), or f - (f²/2 - s(f²/2+R)) where that is more
// exact, with R a polynomial of s². float64 around a product is so that no processor
// adds to it before it is rounded.
//
// Source: e_log.c of fdlibm, https://www.netlib.org/fdlibm/
func strictLog(x float64) float64 {
	bits := math.Float64bits(x)
	exponent, top := int(bits>>52)-1023, int(bits>>32&0xfffff) // top: the first 20 bits after the point
	mantissa := math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	if top+0x95f64 >= 1<<20 { // 1+f is above √2
		mantissa /= 2
		exponent++
	}
	f, k := mantissa-1, float64(exponent)
	return float64(k*ln2High) - (strictRest(f, top, k) - f)
}

// strictRest is what the logarithm of 1+f is less than f, and than k times ln2Low.
func strictRest(f float64, top int, k float64) float64 {
	low := float64(k * ln2Low)
	if top == 0 || top >= 0xffffe { // |f| < 2^-20
		return float64(float64(f*f)*(0.5-float64(0.33333333333333333*f))) - low
	}
	s := f / (2 + f)
	r := strictPolynomial(float64(s * s))
	if top >= 0x6147a && top <= 0x6b851 {
		half := float64(float64(0.5*f) * f)
		return half - (float64(s*(half+r)) + low)
	}
	return float64(s*(f-r)) - low
}

func strictPolynomial(z float64) float64 {
	w := float64(z * z)
	odd := 3.999999999940941908e-01 + float64(w*(2.222219843214978396e-01+float64(w*1.531383769920937332e-01)))
	even := 6.666666666666735130e-01 + float64(w*(2.857142874366239149e-01+float64(w*(1.818357216161805012e-01+float64(w*1.479819860511658591e-01)))))
	return float64(z*even) + float64(w*odd)
}
