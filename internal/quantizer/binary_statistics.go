package quantizer

import (
	"context"
	"math"
)

// binarySampled are the vectors of a segment that thresholds are computed from.
type binarySampled struct {
	segment   Vectors
	positions []int // rising
	matrix    []float32
}

// binaryRead is how many numbers are read at a time, if a vector has no more.
const binaryRead = 1 << 18

// each gives the vectors, rotated if they are to be, one after the other, several at a
// time. What is near together is read together.
func (s *binarySampled) each(ctx context.Context, add func(vector []float32)) error {
	d := s.segment.Dimension()
	most := max(1, binaryRead/d)
	read := make([]float32, most*d)
	var rotated []float32
	if s.matrix != nil {
		rotated = make([]float32, most*d)
	}
	for left := s.positions; len(left) > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := binaryNear(left, most)
		from := left[0]
		if err := s.segment.ReadVectors(read[:(left[n-1]-from+1)*d], from); err != nil {
			return err
		}
		for i, position := range left[:n] { // close gaps
			copy(read[i*d:(i+1)*d], read[(position-from)*d:])
		}
		vectors := read[:n*d]
		if s.matrix != nil {
			rotate(rotated[:n*d], vectors, s.matrix, d)
			vectors = rotated[:n*d]
		}
		for i := range n {
			add(vectors[i*d : (i+1)*d])
		}
		left = left[n:]
	}
	return nil
}

// binaryNear returns how many positions are read together: those within most of the
// first, as long as an 8th of what is read is wanted.
func binaryNear(positions []int, most int) int {
	n := 1
	for n < len(positions) {
		span := positions[n] - positions[0] + 1
		if span > most || span > 8*(n+1) {
			break
		}
		n++
	}
	return n
}

// statistics returns the mean and the standard deviation of each dimension.
func (s *binarySampled) statistics(ctx context.Context, sums bool) (mean, deviation []float32, err error) {
	d := s.segment.Dimension()
	mean, square := make([]float32, d), make([]float32, d)
	add, n := addWelford, float32(len(s.positions))
	if sums {
		add = addSums
	}
	count := float32(0)
	err = s.each(ctx, func(vector []float32) {
		count++
		add(vector, mean, square, count)
	})
	if err != nil {
		return nil, nil, err
	}
	for i := range square {
		if sums {
			mean[i] /= n
			square[i] = square[i]/n - float32(mean[i]*mean[i]) // may be below 0, which makes NaN
		} else {
			square[i] /= n
		}
		square[i] = float32(math.Sqrt(float64(square[i])))
	}
	return mean, square, nil
}

// addWelford adds a vector, the count-th, to the mean, and to the sum of the squares of
// what is off the mean.
//
// Source: QuantizerHelper.calculateMeanAndStdDev, 3.2 to 3.6.
func addWelford(vector, mean, square []float32, count float32) {
	mean, square = mean[:len(vector)], square[:len(vector)]
	for i, x := range vector {
		off := x - mean[i]
		mean[i] += off / count
		square[i] += float32(off * (x - mean[i]))
	}
}

// addSums adds a vector and its squares.
//
// Source: QuantizerHelper.calculateMeanAndStdDev, 2.19.
func addSums(vector, sum, square []float32, _ float32) {
	sum, square = sum[:len(vector)], square[:len(vector)]
	for i, x := range vector {
		sum[i] += x
		square[i] += float32(x * x)
	}
}
