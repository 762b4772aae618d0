package vector

import "math"

// A subset is some vectors of others, by their numbers in rising order.
type subset struct {
	Vectors
	numbers []int32
}

func (s subset) Len() int { return len(s.numbers) }

// ReadVectors reads runs of numbers that follow each other at once.
func (s subset) ReadVectors(dst []float32, from int) error {
	dimension := s.Dimension()
	numbers := s.numbers[from : from+len(dst)/dimension]
	for len(numbers) > 0 {
		run := 1
		for run < len(numbers) && numbers[run] == numbers[run-1]+1 {
			run++
		}
		if err := s.Vectors.ReadVectors(dst[:run*dimension], int(numbers[0])); err != nil {
			return err
		}
		dst, numbers = dst[run*dimension:], numbers[run:]
	}
	return nil
}

// unit are vectors made as long as 1, as an index of the space cosinesimil has them.
type unit struct{ Vectors }

func (u unit) ReadVectors(dst []float32, from int) error {
	if err := u.Vectors.ReadVectors(dst, from); err != nil {
		return err
	}
	normalize(dst, u.Dimension())
	return nil
}

func normalize(values []float32, dimension int) {
	for i := 0; i < len(values); i += dimension {
		v := values[i : i+dimension]
		length := norm64(v)
		for d, x := range v {
			v[d] = float32(float64(x) / length)
		}
	}
}

// valueRange is what a pass over all vectors finds out.
type valueRange struct{ least, greatest float32 }

func (r valueRange) with(values []float32) valueRange {
	for _, x := range values {
		r.least, r.greatest = min(r.least, x), max(r.greatest, x)
	}
	return r
}

// fitsFP16 reports whether FAISS's fp16 takes all values.
func (r valueRange) fitsFP16() bool { return max(-r.least, r.greatest) <= MaxFP16 }

var noValues = valueRange{math.MaxFloat32, -math.MaxFloat32}
