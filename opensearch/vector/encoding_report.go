package vector

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// An EncodingReport is what an encoder loses.
type EncodingReport struct {
	Vectors int `json:"vectors"`

	// MeanError and MaxError are how far a number is from what its code stands for.
	MeanError float64 `json:"mean_error"`
	MaxError  float64 `json:"max_error"`

	Clipped      int64   `json:"clipped"` // numbers beyond the range, moved to its end
	ClippedShare float64 `json:"clipped_share"`

	// Cosine is that of a vector and of what its code stands for, on average; 1 is that
	// nothing is lost. Zero vectors have none and do not count.
	Cosine float64 `json:"cosine"`

	// CodeCosine is that of a vector and of its code itself, which is what OpenSearch
	// compares. Below Cosine, the scale bends angles. 0 for L2, where codes are moved.
	CodeCosine float64 `json:"code_cosine,omitempty"`

	// Zeros are vectors whose codes are zero although they are not. Space cosinesimil
	// refuses them. 0 for bytes in space L2, where the code of zero is not zero.
	Zeros int `json:"zeros"`
}

// An encodedVector is a vector, what its code is and what it stands for.
type encodedVector struct {
	vector, code, decoded []float32
	clipped               int64 // numbers so far, of all vectors
}

// encodable returns why there is nothing to encode.
func encodable(vectors Vectors) error {
	switch {
	case vectors == nil || vectors.Len() == 0:
		return errors.New("there are no vectors")
	case vectors.Dimension() < 1 || vectors.Dimension() > MaxDimension:
		return fmt.Errorf("%d dimensions: there are 1 to %d", vectors.Dimension(), MaxDimension)
	}
	return nil
}

// reportEncoding has encode fill in what becomes of each vector, and reports on it.
func reportEncoding(ctx context.Context, vectors Vectors, encode func(*encodedVector)) (EncodingReport, error) {
	n, dimension := vectors.Len(), vectors.Dimension()
	sums := &encodingSums{}
	size := min(n, blockOf(dimension))
	block := make([]float32, size*dimension)
	v := &encodedVector{code: make([]float32, dimension), decoded: make([]float32, dimension)}
	for from := 0; from < n; from += size {
		if err := context.Cause(ctx); err != nil {
			return EncodingReport{}, err
		}
		rows := block[:min(size, n-from)*dimension]
		if err := vectors.ReadVectors(rows, from); err != nil {
			return EncodingReport{}, fmt.Errorf("read vectors %d to %d: %w", from, from+len(rows)/dimension-1, err)
		}
		if err := checkValues(rows, dimension, from, L2); err != nil {
			return EncodingReport{}, err
		}
		for i := 0; i < len(rows); i += dimension {
			v.vector = rows[i : i+dimension]
			encode(v)
			sums.add(v)
		}
	}
	return sums.report(v.clipped), nil
}

// encodingSums are the sums of which a report has the means.
type encodingSums struct {
	vectors, directed, zeros int
	numbers                  int64
	lost, most               float64
	cosine, codeCosine       float64
}

func (s *encodingSums) add(v *encodedVector) {
	s.vectors++
	s.numbers += int64(len(v.vector))
	for i, x := range v.vector {
		lost := math.Abs(float64(x) - float64(v.decoded[i]))
		s.lost += lost
		s.most = max(s.most, lost)
	}
	norm := norm64(v.vector)
	if norm == 0 {
		return
	}
	s.directed++
	s.cosine += cosine64(v.vector, v.decoded, norm)
	s.codeCosine += cosine64(v.vector, v.code, norm)
	if norm64(v.code) == 0 {
		s.zeros++
	}
}

// cosine64 is the cosine of the angle between a, whose norm is known, and b; 0 if b is
// zero.
func cosine64(a, b []float32, norm float64) float64 {
	other := norm64(b)
	if other == 0 {
		return 0
	}
	return dot64(a, b) / (norm * other)
}

func (s *encodingSums) report(clipped int64) EncodingReport {
	numbers, directed := float64(max(1, s.numbers)), float64(max(1, s.directed))
	return EncodingReport{
		Vectors: s.vectors, MeanError: s.lost / numbers, MaxError: s.most,
		Clipped: clipped, ClippedShare: float64(clipped) / numbers,
		Cosine: s.cosine / directed, CodeCosine: s.codeCosine / directed, Zeros: s.zeros,
	}
}
