package quantizer

import (
	"context"
	"math"
)

// A binaryADC compares queries that are not quantized with codes of 1 bit. A bit stands
// for the mean of the numbers below the threshold, or of those above it.
type binaryADC struct {
	space        Space
	below, above []float32 // 0 where no vector of the sample is
}

// adc computes the means of the numbers up to the thresholds and of those above.
//
// Source: QuantizerHelper.calculateBelowAboveThresholdMeans, 3.2 to 3.6.
func (s *binarySampled) adc(ctx context.Context, thresholds []float32, space Space) (*binaryADC, error) {
	d := len(thresholds)
	a := &binaryADC{space: space, below: make([]float32, d), above: make([]float32, d)}
	aboves := make([]uint32, d)
	err := s.each(ctx, func(vector []float32) { addSides(vector, thresholds, a.below, a.above, aboves) })
	if err != nil {
		return nil, err
	}
	for i, n := range aboves {
		if n > 0 {
			a.above[i] /= float32(n)
		}
		if n := len(s.positions) - int(n); n > 0 {
			a.below[i] /= float32(n)
		}
	}
	return a, nil
}

// addSides adds each number to the sum of those on its side of the threshold, and 0 to
// the other, which is faster than to choose: half of the guesses of a processor would be
// wrong.
func addSides(vector, thresholds, below, above []float32, aboves []uint32) {
	thresholds, below, above, aboves = thresholds[:len(vector)], below[:len(vector)], above[:len(vector)], aboves[:len(vector)]
	for i, x := range vector {
		side := uint32(1)
		if x <= thresholds[i] {
			side = 0
		}
		aboves[i] += side
		bits := math.Float32bits(x)
		above[i] += math.Float32frombits(bits & -side)
		below[i] += math.Float32frombits(bits & (side - 1))
	}
}

// transform makes 0 of a number that is the mean below, and 1 of that above. With L2 a
// dimension counts by the square of how far the two means are apart.
//
// A dimension that is 0 in the whole sample has no two means: dividing by 0 makes NaN
// of it.
//
// Source: OneBitScalarQuantizer.transformWithADC, 3.2 to 3.6.
func (a *binaryADC) transform(dst, query []float32) {
	for i, x := range query {
		apart := a.above[i] - a.below[i]
		dst[i] = (x - a.below[i]) / apart
		if a.space == L2 {
			weight := float32(float64(apart) * float64(apart))
			dst[i] = float32(weight*(dst[i]-0.5)) + 0.5
		}
	}
}

// query makes the tables that codes are looked up in: for each byte of a code the sum
// of what its bits add, for each of its 256 values.
//
// Source: ADCFlatCodesDistanceComputer1Bit in jni/include/faiss_index_bq.h of the k-NN
// plugin. Two of its ways are not followed. Where it computes four distances at a time
// (distances_batch_4) it leaves out the base, so that with L2 they seem nearer than those
// that are computed one at a time: which those are depends on the graph. And where the
// dimension is no multiple of 8 it reads beyond the end of the query.
func (a *binaryADC) query(query []float32) Query {
	size := (len(query) + 7) / 8
	bits := make([]float32, size*8)
	a.transform(bits, query)
	q := &binaryADCQuery{sign: 1, tables: make([][256]float32, size)}
	if a.space == L2 {
		q.sign = -1
		for i, x := range bits[:len(query)] {
			q.base += float32(x * x)
			bits[i] = 1 - float32(2*x)
		}
	}
	for i := range q.tables {
		fillADCTable(&q.tables[i], bits[i*8:])
	}
	return q
}

// fillADCTable computes the sums for a byte, whose highest bit is the first of the
// dimensions.
func fillADCTable(table *[256]float32, bits []float32) {
	for i := range 8 {
		for rest := range 1 << i {
			table[1<<i|rest] = table[rest] + bits[7-i]
		}
	}
}

// A binaryADCQuery looks up.
type binaryADCQuery struct {
	sign   float32 // -1 for distances
	base   float32
	tables [][256]float32
}

// Score is less the square of the distance, or the inner product, of the transformed
// query and the bits. Where that is not a number it is less than everything: FAISS puts
// no NaN among its results.
func (q *binaryADCQuery) Score(scores []float32, codes []byte) {
	size := len(q.tables)
	for i := range scores {
		score := q.sign * q.sum(codes[i*size:(i+1)*size])
		if score != score {
			score = float32(math.Inf(-1))
		}
		scores[i] = score
	}
}

func (q *binaryADCQuery) sum(code []byte) float32 {
	var s0, s1, s2, s3 float32
	tables := q.tables[:len(code)]
	i := 0
	for ; i+4 <= len(code); i += 4 {
		s0 += tables[i][code[i]]
		s1 += tables[i+1][code[i+1]]
		s2 += tables[i+2][code[i+2]]
		s3 += tables[i+3][code[i+3]]
	}
	for ; i < len(code); i++ {
		s0 += tables[i][code[i]]
	}
	return s0 + s1 + s2 + s3 + q.base
}
