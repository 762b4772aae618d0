// Package distance computes distances between vectors, many at a time. On amd64 it
// uses what the processor has, and portable code elsewhere; both give the same but for
// rounding.
//
// The distance of a query and a row does not depend on what stands beside them: the
// same two vectors have the same distance, to the bit, in every block of every size, on
// one processor. NaN and infinities give what the formula gives. Sums have the type
// float32, and those of many terms are made in at least four parts: of d dimensions, a
// sum is off by at most (d/4+8)·2⁻²⁴ of the sum of the sizes of its terms, unless it is so
// small that digits are lost. Those that come near the largest float32 may become infinite on one processor
// and not on another.
package distance

// Dot returns the inner product of two vectors of one length, which Dots gives too.
func Dot(a, b []float32) float32 { return one(fastest, dot, a, b) }

// Dots computes the inner product of each query with each row: that of query q and row
// r is out[q*len(rows)/dimension+r]. Queries and rows are one after the other. Six
// queries cost little more than one, and a thousand rows or more make the most of the
// processor's caches.
func Dots(out, queries, rows []float32, dimension int) {
	floats(fastest, dot, out, queries, rows, dimension)
}

// L2s is Dots for the square of the Euclidean distance. It is made of differences, not
// of norms and inner products, which would leave nothing but rounding of the distance
// of vectors that are near each other.
func L2s(out, queries, rows []float32, dimension int) {
	floats(fastest, l2, out, queries, rows, dimension)
}

// A formula is what is summed over the numbers of two vectors.
type formula bool

const (
	dot formula = false // x·y
	l2  formula = true  // (x-y)²
)

func one(l level, f formula, a, b []float32) float32 {
	if len(a) == 0 {
		return 0
	}
	b = b[:len(a):len(b)]
	if l == portable {
		return portableOne(f, a, b)
	}
	var out [1]float32
	blocks(l, f, out[:], a, b, len(a))
	return out[0]
}

// floats checks the lengths, and not just the capacities, since assembly does neither.
func floats(l level, f formula, out, queries, rows []float32, dimension int) {
	n, m := len(queries)/dimension, len(rows)/dimension
	if n == 0 || m == 0 {
		return
	}
	out, queries, rows = out[:n*m:len(out)], queries[:n*dimension], rows[:m*dimension]
	if l == portable {
		portableFloats(f, out, queries, rows, dimension)
		return
	}
	blocks(l, f, out, queries, rows, dimension)
}
