package vector

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// A BinaryDimensionError is that a vector cannot be packed into bytes.
type BinaryDimensionError struct {
	Dimension int
}

func (e *BinaryDimensionError) Error() string {
	return fmt.Sprintf("%d bits: the dimension of a binary field is a multiple of 8, 8 to %d; leave bits out or add bits that are the same for all", e.Dimension, MaxDimension)
}

// PackBinary writes the bits of a vector as fields with data_type binary take them, 8 to
// a signed byte, the first in the highest bit: 0, 1, 1, 0, 0, 0, 1, 1 is 99. json.Marshal
// writes dst as OpenSearch takes it, as a list of numbers. The space of such a field is
// hamming, and its dimension the number of bits. Queries have to be packed alike.
//
// A bit is 1 if the number is above the threshold of its dimension; 0 is the threshold of
// all if thresholds is nil, as is usual for models that are trained for it. For others
// take [BinaryThresholds]. dst has an 8th of the length of v.
//
// Errors are *[BinaryDimensionError], *[DimensionError] for a dst or thresholds of
// another length, and *[ValueError] for a number that is not finite.
//
// Source: https://docs.opensearch.org/latest/mappings/supported-field-types/knn-memory-optimized/#binary-vectors
func PackBinary(dst []int8, v, thresholds []float32) error {
	if err := checkPacked(dst, len(v)); err != nil {
		return fmt.Errorf("vector: pack binary: %w", err)
	}
	if thresholds != nil && len(thresholds) != len(v) {
		return fmt.Errorf("vector: pack binary: thresholds: %w", &DimensionError{len(thresholds), len(v)})
	}
	if at := finite(v); at >= 0 {
		return fmt.Errorf("vector: pack binary: %w", &ValueError{Index: at, Value: v[at]})
	}
	if at := finite(thresholds); at >= 0 {
		return fmt.Errorf("vector: pack binary: thresholds: %w", &ValueError{Index: at, Value: thresholds[at]})
	}
	packBits(dst, func(i int) bool {
		if thresholds == nil {
			return v[i] > 0
		}
		return v[i] > thresholds[i]
	})
	return nil
}

// PackBits is PackBinary for bits that a model gives.
func PackBits(dst []int8, v []bool) error {
	if err := checkPacked(dst, len(v)); err != nil {
		return fmt.Errorf("vector: pack bits: %w", err)
	}
	packBits(dst, func(i int) bool { return v[i] })
	return nil
}

func checkPacked(dst []int8, dimension int) error {
	if dimension == 0 || dimension%8 != 0 || dimension > MaxDimension {
		return &BinaryDimensionError{dimension}
	}
	if len(dst) != dimension/8 {
		return fmt.Errorf("dst: %w", &DimensionError{len(dst), dimension / 8})
	}
	return nil
}

func packBits(dst []int8, bit func(i int) bool) {
	for i := range dst {
		var packed uint8
		for j := range 8 {
			packed <<= 1
			if bit(i*8 + j) {
				packed |= 1
			}
		}
		dst[i] = int8(packed)
	}
}

// UnpackBits returns the bits of what PackBinary or PackBits has written.
func UnpackBits(packed []int8) []bool {
	v := make([]bool, 0, len(packed)*8)
	for _, b := range packed {
		for j := 7; j >= 0; j-- {
			v = append(v, uint8(b)>>j&1 == 1)
		}
	}
	return v
}

// HammingDistance counts the bits in which two packed vectors differ. OpenSearch gives
// the score 1/(1+distance). The error is a *[DimensionError].
func HammingDistance(a, b []int8) (int, error) {
	if len(a) != len(b) {
		return 0, fmt.Errorf("vector: hamming distance: %w", &DimensionError{len(b), len(a)})
	}
	n := 0
	for i, x := range a {
		n += bits.OnesCount8(uint8(x ^ b[i]))
	}
	return n, nil
}

// BinaryThresholds reads all vectors, in blocks, and returns the mean of each dimension,
// which OpenSearch's own quantization to 1 bit takes as well: about half of the vectors
// are above it.
// Keep them beside the index, since queries have to be packed with them. A number that
// is not finite is a *[ValueError].
func BinaryThresholds(ctx context.Context, vectors Vectors) ([]float32, error) {
	if vectors == nil || vectors.Len() == 0 {
		return nil, errors.New("vector: binary thresholds: there are no vectors")
	}
	sums := make([]float64, vectors.Dimension())
	err := eachToPack(ctx, vectors, func(v []float32) {
		for i, x := range v {
			sums[i] += float64(x)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("vector: binary thresholds: %w", err)
	}
	means := make([]float32, len(sums))
	for i, sum := range sums {
		means[i] = float32(sum / float64(vectors.Len()))
	}
	return means, nil
}

// A BinaryReport is what packing loses.
type BinaryReport struct {
	Vectors int `json:"vectors"`

	// Cosine is that of a vector, less the thresholds, and of its bits, taken as 1 and
	// -1, on average: 0.8 for numbers that are distributed normally, less where some
	// dimensions are much greater than others, since bits count alike. Vectors that are
	// equal to the thresholds have none and do not count.
	Cosine float64 `json:"cosine"`

	// Idle is how many bits are the same in all vectors, and so say nothing.
	Idle int `json:"idle"`
}

// ReportBinary reads all vectors, in blocks, and reports what PackBinary loses of them.
// Errors are those of PackBinary; the dimension need not be a multiple of 8.
func ReportBinary(ctx context.Context, vectors Vectors, thresholds []float32) (BinaryReport, error) {
	if vectors == nil || vectors.Len() == 0 {
		return BinaryReport{}, errors.New("vector: report binary: there are no vectors")
	}
	d := vectors.Dimension()
	if thresholds == nil {
		thresholds = make([]float32, d)
	}
	if len(thresholds) != d {
		return BinaryReport{}, fmt.Errorf("vector: report binary: thresholds: %w", &DimensionError{len(thresholds), d})
	}
	if at := finite(thresholds); at >= 0 {
		return BinaryReport{}, fmt.Errorf("vector: report binary: thresholds: %w", &ValueError{Index: at, Value: thresholds[at]})
	}
	sums := &binarySums{thresholds: thresholds, off: make([]float32, d), sign: make([]float32, d), ones: make([]int, d)}
	if err := eachToPack(ctx, vectors, sums.add); err != nil {
		return BinaryReport{}, fmt.Errorf("vector: report binary: %w", err)
	}
	return sums.report(vectors.Len()), nil
}

// binarySums are what a BinaryReport is made of.
type binarySums struct {
	thresholds, off, sign []float32
	ones                  []int
	cosine                float64
	directed              int
}

func (s *binarySums) add(v []float32) {
	for i, x := range v {
		s.off[i], s.sign[i] = x-s.thresholds[i], -1
		if x > s.thresholds[i] {
			s.sign[i] = 1
			s.ones[i]++
		}
	}
	if norm := norm64(s.off); norm > 0 && !math.IsInf(norm, 0) {
		s.cosine += cosine64(s.off, s.sign, norm)
		s.directed++
	}
}

func (s *binarySums) report(n int) BinaryReport {
	r := BinaryReport{Vectors: n, Cosine: s.cosine / float64(max(1, s.directed))}
	for _, ones := range s.ones {
		if ones == 0 || ones == n {
			r.Idle++
		}
	}
	return r
}

// eachToPack gives all vectors, whose numbers are finite, one after the other.
func eachToPack(ctx context.Context, vectors Vectors, add func(v []float32)) error {
	n, d := vectors.Len(), vectors.Dimension()
	size := min(n, blockOf(d))
	block := make([]float32, size*d)
	for from := 0; from < n; from += size {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		rows := block[:min(size, n-from)*d]
		if err := vectors.ReadVectors(rows, from); err != nil {
			return fmt.Errorf("read vectors %d to %d: %w", from, from+len(rows)/d-1, err)
		}
		if err := checkValues(rows, d, from, L2); err != nil {
			return err
		}
		for i := 0; i < len(rows); i += d {
			add(rows[i : i+d])
		}
	}
	return nil
}
