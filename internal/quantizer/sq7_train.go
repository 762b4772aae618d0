package quantizer

import (
	"context"
	"fmt"
	"math"
	"slices"
)

const (
	sq7Sample = 25_000 // vectors of a segment that quantiles are taken of
	sq7Chunk  = 20     // vectors that one pair of quantiles is taken of
)

// Train takes the quantiles of the numbers of each 20 vectors, of all or of a sample of
// 25,000, and then their means. What does not fill up 20 vectors is left out.
//
// That is what Lucene does when it writes a segment of its own. When it merges others,
// it takes the means of their quantiles, unless one of them is more than a 32nd of
// the range away from its mean. Quantiles of samples of one distribution are much
// nearer than that, and the quantiles of all, which are taken here, are nearly those
// means.
func (m SQ7) Train(ctx context.Context, segment Vectors) (Quantizer, error) {
	interval, err := m.interval(segment.Dimension())
	if err != nil {
		return nil, err
	}
	var low, high float32
	switch {
	case segment.Len() == 0:
	case interval == 1:
		low, high, err = sq7Range(ctx, segment)
	default:
		low, high, err = m.quantiles(ctx, segment, interval)
	}
	if err != nil {
		return nil, err
	}
	if low-low != 0 || high-high != 0 {
		return nil, fmt.Errorf("quantiles %g and %g: Lucene cannot write such a segment, as numbers are too great to be added up", low, high)
	}
	q := newSQ7(m.Space, segment.Dimension(), low, high)
	q.merged = m.Merged
	return q, nil
}

func (m SQ7) interval(dimension int) (float32, error) {
	c := float32(m.ConfidenceInterval)
	switch {
	case c == 0:
		return max(0.9, 1-1/float32(dimension+1)), nil
	case c >= 0.9 && c <= 1:
		return c, nil
	}
	return 0, fmt.Errorf("confidence interval %g: give 0.9 to 1", m.ConfidenceInterval)
}

// sq7Range returns the least and the greatest of all numbers.
func sq7Range(ctx context.Context, segment Vectors) (low, high float32, err error) {
	low, high = float32(math.Inf(1)), float32(math.Inf(-1))
	dimension, n := segment.Dimension(), segment.Len()
	block := make([]float32, dimension*luceneBlock(dimension, n))
	for from := 0; from < n; from += len(block) / dimension {
		block = block[:dimension*min(len(block)/dimension, n-from)]
		if err := luceneRead(ctx, segment, block, from); err != nil {
			return 0, 0, err
		}
		low, high = min(low, slices.Min(block)), max(high, slices.Max(block))
	}
	return low, high, nil
}

func (m SQ7) quantiles(ctx context.Context, segment Vectors, interval float32) (low, high float32, err error) {
	dimension, n := segment.Dimension(), segment.Len()
	chunk := make([]float32, dimension*min(sq7Chunk, n))
	per := len(chunk) / dimension
	sample := m.sample(n)
	count := min(n, sq7Sample) / per
	var lows, highs float64
	for i := range count {
		if sample == nil {
			err = luceneRead(ctx, segment, chunk, i*per)
		} else {
			err = readSample(ctx, segment, chunk, sample[i*per:(i+1)*per])
		}
		if err != nil {
			return 0, 0, err
		}
		l, h := chunkQuantiles(chunk, interval)
		lows, highs = lows+float64(l), highs+float64(h)
	}
	return float32(lows) / float32(count), float32(highs) / float32(count), nil
}

func readSample(ctx context.Context, segment Vectors, chunk []float32, numbers []int) error {
	dimension := segment.Dimension()
	for i, number := range numbers {
		if err := luceneRead(ctx, segment, chunk[i*dimension:(i+1)*dimension], number); err != nil {
			return err
		}
	}
	return nil
}

// sample returns the numbers of 25,000 vectors, the least first; nil is all vectors.
func (m SQ7) sample(n int) []int {
	if n <= sq7Sample {
		return nil
	}
	random := newJavaSample(m.Seed)
	numbers := make([]int, sq7Sample)
	for i := range numbers {
		numbers[i] = i
	}
	for i := sq7Sample; i < n; i++ {
		if j := random.below(i + 1); j < sq7Sample {
			numbers[j] = i
		}
	}
	slices.Sort(numbers)
	return numbers
}

// A javaSample is java.util.Random, as far as samples need it.
type javaSample uint64

func newJavaSample(seed uint64) *javaSample {
	if seed == 0 {
		seed = 42
	}
	s := javaSample(seed ^ 0x5DEECE66D)
	return &s
}

// below returns a number from 0 to n-1, where n is at most 2³¹-1.
func (s *javaSample) below(n int) int {
	for {
		*s = (*s*0x5DEECE66D + 0xB) & (1<<48 - 1)
		r, n := int64(*s>>17), int64(n)
		if n&(n-1) == 0 {
			return int(n * r >> 31)
		}
		if r-r%n+n-1 < 1<<31 { // all remainders are as likely
			return int(r % n)
		}
	}
}

// chunkQuantiles returns the least and the greatest number after as many were taken
// off at each end as the interval leaves out. It changes the order of the chunk.
func chunkQuantiles(chunk []float32, interval float32) (low, high float32) {
	if len(chunk) <= 2 {
		return slices.Min(chunk), slices.Max(chunk)
	}
	off := int(float32(len(chunk))*(1-interval)/2 + 0.5)
	return selectFloat(chunk, off), selectFloat(chunk, len(chunk)-1-off)
}

// selectFloat returns the number that would be at k if v were sorted. It changes the
// order of v.
func selectFloat(v []float32, k int) float32 {
	for rounds := 0; len(v) > 16; rounds++ {
		if rounds == 40 { // pivots were bad all along
			break
		}
		i, j := partition(v)
		switch {
		case k <= j:
			v = v[:j+1]
		case k >= i:
			v, k = v[i:], k-i
		default:
			return v[k]
		}
	}
	slices.Sort(v)
	return v[k]
}

// partition puts what is less than a number from the middle to the left: all up to j are at
// most as great, all from i on at least, and those between are equal to it.
func partition(v []float32) (i, j int) {
	a, b, c := v[0], v[len(v)/2], v[len(v)-1]
	pivot := max(min(a, b), min(max(a, b), c))
	i, j = 0, len(v)-1
	for i <= j {
		for v[i] < pivot {
			i++
		}
		for v[j] > pivot {
			j--
		}
		if i <= j {
			v[i], v[j] = v[j], v[i]
			i++
			j--
		}
	}
	return i, j
}
