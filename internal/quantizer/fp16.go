package quantizer

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/awspatterns/awspatterns/internal/distance"
)

// MaxFP16 is the greatest number that has 16 bits: FP16 keeps -MaxFP16 to MaxFP16.
//
// Source: FP16_MAX_VALUE in KNNConstants of the k-NN plugin.
const MaxFP16 = 65504

// FP16 keeps each number as an IEEE 754 half: 2 bytes, 11 significant bits. Queries are
// compared as they are with the numbers that the codes stand for.
//
// Source: QT_fp16 in impl/ScalarQuantizer.cpp of FAISS 1.15; encoder sq with 16 bits of
// the k-NN plugin.
type FP16 struct {
	Space Space
	Clip  bool // the parameter clip: numbers beyond the range become its end
}

// A FP16RangeError is the first number that cannot be kept with 16 bits.
type FP16RangeError struct {
	Vector    int // 0 is the first
	Dimension int
	Value     float32
}

func (e *FP16RangeError) Error() string {
	return fmt.Sprintf("vector %d, dimension %d: %v is not within ±%d: clip it, or scale the vectors", e.Vector, e.Dimension, e.Value, MaxFP16)
}

// CheckFP16 returns the number of the first value that OpenSearch refuses if it is not to
// clip; -1 if it takes all. It compares numbers before they are rounded: 65504.004 is
// refused, although it would be rounded to 65504.
//
// Source: FaissFP16Util.validateFP16VectorValue of the k-NN plugin.
func CheckFP16(values []float32) int {
	for i, x := range values {
		if !(x >= -MaxFP16 && x <= MaxFP16) {
			return i
		}
	}
	return -1
}

// Train learns nothing. Without Clip it looks for numbers that OpenSearch refuses, and
// returns a [FP16RangeError] for the first.
func (m FP16) Train(ctx context.Context, segment Vectors) (Quantizer, error) {
	q := &fp16{m, segment.Dimension()}
	if m.Clip {
		return q, nil
	}
	err := eachRowBlock(ctx, segment, func(from int, values []float32) error {
		if i := CheckFP16(values); i >= 0 {
			return &FP16RangeError{from + i/q.dimension, i % q.dimension, values[i]}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return q, nil
}

// A Decoder is a quantizer that scores a code as the vector that it stands for.
type Decoder interface {
	Decode(dst []float32, codes []byte)
}

// fp16 makes codes of halves, little endian.
type fp16 struct {
	FP16
	dimension int
}

func (q *fp16) CodeSize() int { return 2 * q.dimension }

func (q *fp16) Encode(dst []byte, vectors []float32) {
	for i, x := range vectors {
		if q.Clip {
			x = max(-MaxFP16, min(MaxFP16, x))
		}
		binary.LittleEndian.PutUint16(dst[2*i:], Half(x))
	}
}

func (q *fp16) Decode(dst []float32, codes []byte) {
	codes = codes[:2*len(dst)]
	for i := range dst {
		dst[i] = FromHalf(binary.LittleEndian.Uint16(codes[2*i:]))
	}
}

func (q *fp16) Query(query []float32) Query { return &fp16Query{q, query} }

type fp16Query struct {
	*fp16
	query []float32
}

func (q *fp16Query) Score(scores []float32, codes []byte) {
	q.score(scores, q.query, codes, len(scores))
}

// score scores n codes for queries that are one after the other: that of query i and
// code j is scores[i*n+j]. It decodes few at a time, which stay in the processor's cache.
func (q *fp16) score(scores, queries []float32, codes []byte, n int) {
	block := max(1, 8192/q.dimension)
	rows := make([]float32, block*q.dimension)
	some := make([]float32, block*(len(queries)/q.dimension))
	for from := 0; from < n; from += block {
		count := min(block, n-from)
		q.Decode(rows[:count*q.dimension], codes[from*q.CodeSize():])
		q.Space.scores(some, queries, rows[:count*q.dimension], q.dimension)
		for i := range len(queries) / q.dimension {
			copy(scores[i*n+from:i*n+from+count], some[i*count:])
		}
	}
}

// Scores scores codes for several queries of one quantizer, whose scores for all codes
// are one after the other. Halves are decoded once then.
func Scores(scores []float32, queries []Query, codes []byte) {
	n := len(scores) / len(queries)
	first, ok := queries[0].(*fp16Query)
	if !ok {
		for i, q := range queries {
			q.Score(scores[i*n:(i+1)*n], codes)
		}
		return
	}
	values := make([]float32, 0, len(queries)*first.dimension)
	for _, q := range queries {
		values = append(values, q.(*fp16Query).query...)
	}
	first.score(scores, values, codes, n)
}

// scores compares queries with vectors, as distance.Dots does: the greater, the nearer.
func (s Space) scores(scores, queries, rows []float32, dimension int) {
	if s == InnerProduct {
		distance.Dots(scores, queries, rows, dimension)
		return
	}
	distance.L2s(scores, queries, rows, dimension)
	for i, x := range scores[:len(queries)/dimension*(len(rows)/dimension)] {
		scores[i] = -x
	}
}

// Half returns the half that is nearest to x, of two equally near ones the even one;
// infinity from 65520 on. NaN stays NaN.
func Half(x float32) uint16 {
	bits := math.Float32bits(x)
	sign := uint16(bits >> 16 & 0x8000)
	bits &= 1<<31 - 1
	switch {
	case bits > 255<<23: // NaN keeps the upper bits of what it carries
		return sign | 0x7e00 | uint16(bits>>13&0x3ff)
	case bits >= (127+16)<<23:
		return sign | 0x7c00
	case bits < (127-14)<<23:
		// Below the least normal half, 2^-14, halves are multiples of 2^-24. At 0.5
		// those are the steps of a float32, so that the addition rounds.
		return sign | uint16(math.Float32bits(math.Float32frombits(bits)+0.5)-math.Float32bits(0.5))
	}
	// The exponent gets the bias of halves. Of 23 bits, 10 are kept: adding nearly half
	// of the last one, and it itself, rounds, and what is carried over goes to the
	// exponent, at the end to infinity.
	bits -= (127 - 15) << 23
	bits += 0xfff + bits>>13&1
	return sign | uint16(bits>>13)
}

// FromHalf returns the number that a half stands for, which is exact.
func FromHalf(half uint16) float32 {
	bits := uint32(half&0x8000)<<16 | uint32(half&0x7fff)<<13
	if half&0x7c00 == 0x7c00 { // infinity and NaN
		return math.Float32frombits(bits | 255<<23)
	}
	return math.Float32frombits(bits) * (1 << (127 - 15)) // the difference of the biases
}
