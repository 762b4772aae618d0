package quantizer

import (
	"encoding/binary"
	"math"

	"github.com/awspatterns/awspatterns/internal/distance"
)

// SQ7 is Lucene's scalar quantization with 7 bits, 4x of OpenSearch's Lucene engine in
// all versions from 2.17 to 3.8: all numbers of a segment are put to one of 128 levels
// between two quantiles, and queries too.
//
// Lucene 10.4 wrote this format no more; from version 3.6 on the k-NN plugin brings a
// copy of its own that does.
//
// Source: ScalarQuantizer, Lucene99ScalarQuantizedVectorsWriter and
// Lucene99ScalarQuantizedVectorScorer of Lucene 9.12; KNN1040PerFieldKnnVectorsFormat
// of the k-NN plugin 3.6.
type SQ7 struct {
	Space Space

	// ConfidenceInterval is which part of all numbers lies between the quantiles: 0.9 to
	// 1. Defaults to 1-1/(1+dimension), but not below 0.9, as in Lucene and the k-NN plugin
	// up to 3.5; from 3.6 on the plugin takes 1-log2(dimension)/100, not below 0.9, too.
	ConfidenceInterval float64

	// Seed of the sample, which is taken of segments of more than 25,000 vectors. Lucene
	// begins with 42, which is the default, once for all segments that a node writes.
	Seed uint64

	// Merged says that the segment is a merge of segments of thousands of like vectors
	// each, whose quantiles then are nearly the same. Lucene keeps their codes and makes
	// the corrections of inner products anew, of codes alone: what was lost, by rounding
	// and by cutting off, is then no part of them. Segments with quantiles more than a
	// 5th of a level away from the merged ones are quantized anew from their vectors, as
	// without Merged.
	Merged bool
}

const (
	sq7Levels     = 127
	sq7Correction = 4 // bytes beside a code
)

// An sq7Quantizer keeps a byte for each number, and beside them 32 bits: for the inner
// product the correction that Lucene keeps there, for L2, where Lucene keeps 0, the sum
// of the squares of the code, as the distance is then an inner product too.
type sq7Quantizer struct {
	space     Space
	merged    bool
	dimension int
	low, high float32
	alpha     float32 // what a level is worth
	scale     float32 // 1/alpha
	extreme   bool    // whether alpha or scale is infinite
}

func newSQ7(space Space, dimension int, low, high float32) *sq7Quantizer {
	q := &sq7Quantizer{space: space, dimension: dimension, low: low, high: high}
	q.scale = sq7Levels / (high - low)
	q.alpha = (high - low) / sq7Levels
	q.extreme = math.IsInf(float64(q.scale), 0) || math.IsInf(float64(q.alpha), 0)
	return q
}

func (q *sq7Quantizer) CodeSize() int { return q.dimension + sq7Correction }

func (q *sq7Quantizer) Encode(dst []byte, vectors []float32) {
	d, size := q.dimension, q.CodeSize()
	for ; len(vectors) >= d; vectors, dst = vectors[d:], dst[size:] {
		correction := q.encode(dst[:d], vectors[:d])
		switch {
		case q.space == L2:
			binary.LittleEndian.PutUint32(dst[d:], uint32(squaresOfCode(dst[:d])))
			continue
		case q.merged:
			correction = q.correctionOf(dst[:d])
		}
		binary.LittleEndian.PutUint32(dst[d:], math.Float32bits(correction))
	}
}

// encode makes the code of a vector, and returns what is to be added to inner products
// with it: the parts that do not depend on the other vector, and for each number what
// rounding has lost, times what is left of it.
func (q *sq7Quantizer) encode(dst []byte, vector []float32) float32 {
	if q.extreme {
		return q.encodeAny(dst, vector)
	}
	var sum float32
	low, high, scale, alpha, half := q.low, q.high, q.scale, q.alpha, q.low/2
	dst = dst[:len(vector)]
	for i, v := range vector {
		inside := max(low, min(high, v)) - low
		level := int32(float64(float32(scale*inside)) + 0.5)
		dst[i] = byte(level)
		kept := float32(float32(level) * alpha)
		sum += float32(low*(v-half)) + float32((v-low-kept)*kept)
	}
	return sum
}

// encodeAny is encode with Java's rounding of what is infinite or no number.
func (q *sq7Quantizer) encodeAny(dst []byte, vector []float32) float32 {
	var sum float32
	for i, v := range vector {
		inside := max(q.low, min(q.high, v)) - q.low
		level := roundFloat(q.scale * inside)
		dst[i] = byte(level)
		kept := float32(float32(level) * q.alpha)
		sum += float32(q.low*(v-q.low/2)) + float32((v-q.low-kept)*kept)
	}
	return sum
}

// correctionOf is what encode would return for the vector that a code stands for.
func (q *sq7Quantizer) correctionOf(code []byte) float32 {
	var sum float32
	for _, b := range code {
		v := float32(q.alpha*float32(int8(b))) + q.low
		sum += float32(q.low * (v - q.low/2))
	}
	return sum
}

func squaresOfCode(code []byte) int32 {
	var sum int32
	for _, b := range code {
		sum += int32(int8(b)) * int32(int8(b))
	}
	return sum
}

type sq7Query struct {
	*sq7Quantizer
	code       []int8
	squares    int32
	correction float32
	dots       []int32
}

func (q *sq7Quantizer) Query(query []float32) Query {
	code := make([]byte, q.dimension)
	s := &sq7Query{sq7Quantizer: q, code: make([]int8, q.dimension)}
	s.correction = q.encode(code, query)
	s.squares = squaresOfCode(code)
	for i, b := range code {
		s.code[i] = int8(b)
	}
	return s
}

// Score returns the scores that Lucene ranks by, those of its maximum inner product for
// the cosine too, as only the order matters.
func (q *sq7Query) Score(scores []float32, codes []byte) {
	if cap(q.dots) < len(scores) {
		q.dots = make([]int32, len(scores))
	}
	dots, size, d := q.dots[:len(scores)], q.CodeSize(), q.dimension
	constant := float32(q.alpha * q.alpha)
	distance.Int8Dots(dots, q.code, codes, size)
	for i, dot := range dots {
		beside := binary.LittleEndian.Uint32(codes[i*size+d:])
		if q.space == L2 {
			scores[i] = luceneL2(float32(q.squares+int32(beside)-2*dot) * constant)
		} else {
			scores[i] = luceneInnerProduct(float32(float32(dot)*constant) + q.correction + math.Float32frombits(beside))
		}
	}
}
