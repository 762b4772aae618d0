package quantizer

import (
	"context"
	"errors"
	"math"
	"math/bits"
)

// OSQ is Lucene's optimized scalar quantization with 1 bit for a number of a document
// and 4 bits for a number of a query. OpenSearch has it from version 3.6 on: 32x of
// Lucene, the method flat, and sq with 1 bit of FAISS.
//
// A segment is centred on its mean. Each vector then has an interval of its own, which
// loses the least of its inner products with what is near it.
//
// Source: OptimizedScalarQuantizer and Lucene104ScalarQuantizedVectorsWriter of Lucene
// 10.4 and 10.5.
type OSQ struct {
	Space Space

	// Cosine says that the space was the cosine, so that vectors have length 1. Lucene
	// then makes the centroid as long, however short it was.
	Cosine bool
}

const (
	osqDocumentBits = 1
	osqQueryBits    = 4
	osqCorrections  = 16 // bytes beside a code: lower, upper, additional, sum
	osqLambda       = float32(0.1)
	osqIterations   = 5
)

var errZeroCentroid = errors.New("the vectors add up to zero, so that the centroid has no direction: Lucene cannot write such a segment with the cosine")

// Train takes the mean of all vectors of a segment, in 32 bits and in their order, as
// Lucene does when it writes a segment of its own or when documents were deleted. The
// mean of a merge of other segments is that of their means and differs from this by
// rounding; with the cosine by more, as means are made longer before.
func (m OSQ) Train(ctx context.Context, segment Vectors) (Quantizer, error) {
	dimension, n := segment.Dimension(), segment.Len()
	centroid := make([]float32, dimension)
	block := make([]float32, dimension*luceneBlock(dimension, n))
	for from := 0; from < n; from += len(block) / dimension {
		block = block[:dimension*min(len(block)/dimension, n-from)]
		if err := luceneRead(ctx, segment, block, from); err != nil {
			return nil, err
		}
		for v := block; len(v) > 0; v = v[dimension:] {
			for i, x := range v[:dimension] {
				centroid[i] += x
			}
		}
	}
	for i := range centroid {
		centroid[i] /= float32(max(1, n))
	}
	q := &osqQuantizer{space: m.Space, centroid: centroid}
	if m.Cosine && !lengthenCentroid(centroid) && n > 0 {
		return nil, errZeroCentroid
	}
	q.centroidDot = float32(squares(centroid))
	return q, nil
}

// lengthenCentroid gives a centroid the length 1, and says whether it could. One that
// nearly has it stays as it is.
func lengthenCentroid(centroid []float32) bool {
	norm := float64(float32(squares(centroid)))
	if math.Abs(norm-1) > 1e-4 && norm != 0 {
		length := float32(math.Sqrt(norm))
		for i := range centroid {
			centroid[i] /= length
		}
	}
	return norm != 0
}

func squares(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(float64(x) * float64(x))
	}
	return sum
}

// luceneBlock returns how many vectors are read at a time: about 4 MiB of them.
func luceneBlock(dimension, n int) int { return max(1, min(n, 1<<20/dimension)) }

func luceneRead(ctx context.Context, segment Vectors, dst []float32, from int) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return segment.ReadVectors(dst, from)
}

type osqQuantizer struct {
	space       Space
	centroid    []float32
	centroidDot float32
}

// An osqCorrection is what is kept beside a code.
type osqCorrection struct {
	lower, upper float32 // the interval
	additional   float32 // L2: square of the distance from the centroid; otherwise the inner product with it
	sum          int32   // of the numbers of the code
}

// An osqCentred is a vector less the centroid, and what was seen on the way.
type osqCentred struct {
	values      []float32
	low, high   float32
	mean, sigma float64
	norm2       float32 // may be infinite, as Lucene's
	dot         float32 // of the vector and the centroid
}

func (q *osqQuantizer) bytes() int    { return (len(q.centroid) + 7) / 8 }
func (q *osqQuantizer) CodeSize() int { return q.bytes() + osqCorrections }

func (q *osqQuantizer) Encode(dst []byte, vectors []float32) {
	d, size := len(q.centroid), q.CodeSize()
	c := osqCentred{values: make([]float32, d)}
	for ; len(vectors) >= d; vectors, dst = vectors[d:], dst[size:] {
		q.center(&c, vectors[:d])
		lower, upper := c.interval(osqDocumentBits)
		correction := osqCorrection{lower: lower, upper: upper, additional: q.additional(&c)}
		correction.sum = packOSQ(dst[:q.bytes()], c.values, lower, upper)
		correction.write(dst[q.bytes():size])
	}
}

// center subtracts the centroid. Mean and variance are those of Welford, as any other
// order of adding leads to other roundings, and codes then differ from Lucene's.
func (q *osqQuantizer) center(c *osqCentred, vector []float32) {
	low, high := float32(math.MaxFloat32), float32(-math.MaxFloat32)
	var mean, variance float64
	var norm2, dot float32
	centroid, values := q.centroid[:len(vector)], c.values[:len(vector)]
	for i, x := range vector {
		dot += float32(x * centroid[i])
		x -= centroid[i]
		values[i] = x
		low, high = min(low, x), max(high, x)
		norm2 += float32(x * x)
		delta := float64(x) - mean
		mean += delta / float64(i+1)
		variance += float64(delta * (float64(x) - mean))
	}
	c.mean, c.sigma = mean, math.Sqrt(variance/float64(len(vector)))
	c.low, c.high, c.norm2, c.dot = low, high, norm2, dot
}

func (q *osqQuantizer) additional(c *osqCentred) float32 {
	if q.space == L2 {
		return c.norm2
	}
	return c.dot
}

// packOSQ writes the bits of a vector, the first number into the highest bit, and
// returns how many are set. It is osqLevel without branches and division: what is
// outside of an interval is nearer to its own end, too, and a quotient is rounded to a
// half only if it is one.
func packOSQ(dst []byte, values []float32, lower, upper float32) int32 {
	half := (upper - lower) / 2
	if !(half > 1e-36) || half > math.MaxFloat32 {
		return packAnyOSQ(dst, values, lower, upper)
	}
	var sum int32
	for i := range dst {
		var b int
		part := values[i*8 : min(i*8+8, len(values))]
		for j, x := range part {
			bit := 0 // no byte, as there is no conditional move of bytes
			if x-lower >= half {
				bit = 0x80
			}
			b |= bit >> (j & 7)
		}
		dst[i] = byte(b)
		sum += int32(bits.OnesCount8(byte(b)))
	}
	return sum
}

// packAnyOSQ is packOSQ for an interval that is empty, upside down, or has no half in 32 bits.
func packAnyOSQ(dst []byte, values []float32, lower, upper float32) int32 {
	clear(dst)
	var sum int32
	for i, x := range values {
		level := osqLevel(x, lower, upper, upper-lower) & 1
		dst[i/8] |= byte(level) << (7 - i%8)
		sum += level
	}
	return sum
}

// osqLevel returns which of the steps of an interval is nearest to x.
func osqLevel(x, lower, upper, step float32) int32 {
	return roundFloat((min(max(x, lower), upper) - lower) / step)
}
