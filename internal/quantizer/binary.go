package quantizer

import (
	"context"
	"fmt"

	"github.com/awspatterns/awspatterns/internal/distance"
)

// Binary is the encoder "binary" of FAISS in the k-NN plugin: 1, 2 or 4 bits of each
// dimension, which say which of so many thresholds the number is above. So 4 bits have
// 5 levels, not 16. The distance is how many bits differ, whatever the space is.
//
// Source: OneBitScalarQuantizer, MultiBitScalarQuantizer, QuantizerHelper and BitPacker
// of the k-NN plugin, 2.19 and 3.2 to 3.6.
type Binary struct {
	Bits int // 1, 2 or 4

	// ADC leaves the query as it is, and compares it with what the bits stand for. For
	// 1 bit, from 3.2 on. With L2 it finds nothing if a dimension is 0 in all vectors of
	// the sample, since OpenSearch divides by 0: all scores are -Inf.
	ADC bool

	// RandomRotation rotates vectors before, so that no dimension says more than
	// others. From 3.2 on; for up to 4,096 dimensions here.
	RandomRotation bool

	// Sums says to compute thresholds as versions before 3.2 do: by the sums of numbers
	// and of their squares, in float32. They lose what is small beside the mean.
	Sums bool

	Space Space  // of ADC
	Seed  uint64 // of the sample that thresholds are computed from

	// Rotations keeps the matrix of the rotation for the next segment. Without it each
	// makes its own, as the plugin does.
	Rotations *Rotations
}

// binarySample is how many vectors of a segment thresholds are computed from.
const binarySample = 25_000

// Train computes thresholds from a sample of the vectors.
func (b Binary) Train(ctx context.Context, segment Vectors) (Quantizer, error) {
	if err := b.check(segment); err != nil {
		return nil, err
	}
	s := &binarySampled{segment: segment, positions: reservoirPositions(segment.Len(), binarySample, b.Seed)}
	if b.RandomRotation {
		var err error
		if s.matrix, err = b.Rotations.matrix(ctx, segment.Dimension()); err != nil {
			return nil, err
		}
	}
	mean, deviation, err := s.statistics(ctx, b.Sums)
	if err != nil {
		return nil, err
	}
	q := &binaryQuantizer{dimension: segment.Dimension(), bits: b.Bits, matrix: s.matrix,
		thresholds: binaryThresholds(mean, deviation, b.Bits, b.Sums)}
	if b.ADC {
		if q.adc, err = s.adc(ctx, q.thresholds, b.Space); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (b Binary) check(segment Vectors) error {
	switch {
	case b.Bits != 1 && b.Bits != 2 && b.Bits != 4:
		return fmt.Errorf("binary encoder: %d bits: give 1, 2 or 4", b.Bits)
	case b.ADC && b.Bits != 1:
		return fmt.Errorf("binary encoder: %d bits with ADC: OpenSearch has it for 1 bit only", b.Bits)
	case segment.Len() == 0:
		return fmt.Errorf("binary encoder: a segment without vectors has no thresholds")
	}
	return nil
}

// binaryThresholds returns the thresholds of all dimensions for the first bit, then for
// the next: from below the mean to above it, in parts of the standard deviation.
func binaryThresholds(mean, deviation []float32, bits int, sums bool) []float32 {
	if sums && bits == 1 {
		return mean
	}
	thresholds := make([]float32, 0, bits*len(mean))
	for bit := range bits {
		part := float32(2*(bit+1))/float32(bits+1) - 1
		for i, m := range mean {
			thresholds = append(thresholds, m+float32(part*deviation[i]))
		}
	}
	return thresholds
}

// A binaryQuantizer has thresholds.
type binaryQuantizer struct {
	dimension  int
	bits       int
	thresholds []float32 // NaN is one that nothing is above
	matrix     []float32 // nil does not rotate
	adc        *binaryADC
}

// CodeSize is that of all bits together: those of the second threshold follow upon
// those of the first, wherever in a byte these end.
func (q *binaryQuantizer) CodeSize() int { return (q.bits*q.dimension + 7) / 8 }

// binaryBlock is how many numbers are rotated at a time.
const binaryBlock = 1 << 16

// Encode makes codes of vectors.
func (q *binaryQuantizer) Encode(dst []byte, vectors []float32) {
	if q.matrix == nil {
		q.pack(dst, vectors)
		return
	}
	block := max(1, binaryBlock/q.dimension) * q.dimension
	rotated := make([]float32, min(block, len(vectors)))
	for len(vectors) > 0 {
		part := vectors[:min(block, len(vectors))]
		rotate(rotated[:len(part)], part, q.matrix, q.dimension)
		q.pack(dst, rotated[:len(part)])
		dst, vectors = dst[len(part)/q.dimension*q.CodeSize():], vectors[len(part):]
	}
}

// pack makes codes of vectors that are rotated, if they are to be.
func (q *binaryQuantizer) pack(dst []byte, vectors []float32) {
	d, size := q.dimension, q.CodeSize()
	for i := range len(vectors) / d {
		packBinary(dst[i*size:(i+1)*size], vectors[i*d:(i+1)*d], q.thresholds)
	}
}

// packBinary sets a bit for each threshold that is below its number, from the highest
// bit of a byte to the lowest.
func packBinary(dst []byte, vector, thresholds []float32) {
	var bits uint
	n := 0
	for len(thresholds) > 0 {
		for i, t := range thresholds[:len(vector)] {
			bits = bits<<1 | isAbove(vector[i], t)
			if n++; n%8 == 0 {
				dst[n/8-1] = byte(bits)
			}
		}
		thresholds = thresholds[len(vector):]
	}
	if n%8 != 0 {
		dst[n/8] = byte(bits << (8 - n%8))
	}
}

func isAbove(x, threshold float32) uint {
	if x > threshold {
		return 1
	}
	return 0
}

// Query prepares a query.
func (q *binaryQuantizer) Query(query []float32) Query {
	if q.adc != nil {
		if q.matrix != nil {
			rotated := make([]float32, len(query))
			rotate(rotated, query, q.matrix, q.dimension)
			query = rotated
		}
		return q.adc.query(query)
	}
	code := make([]byte, q.CodeSize())
	q.Encode(code, query)
	return &binaryQuery{code: code}
}

// A binaryQuery counts bits.
type binaryQuery struct {
	code []byte
	bits [256]int32
}

// Score is less the number of bits that differ.
func (q *binaryQuery) Score(scores []float32, codes []byte) {
	for len(scores) > 0 {
		n := min(len(scores), len(q.bits))
		distance.Hammings(q.bits[:n], q.code, codes, len(q.code))
		for i, bits := range q.bits[:n] {
			scores[i] = -float32(bits)
		}
		scores, codes = scores[n:], codes[n*len(q.code):]
	}
}
