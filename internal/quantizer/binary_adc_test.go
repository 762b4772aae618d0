package quantizer

import (
	"math"
	"testing"
)

// naiveADC is the distance of the documentation: a query and bits, each dimension a
// number of its own, in float64.
func naiveADC(query []float32, code []byte, below, above []float64, space Space) float64 {
	var sum float64
	for i, x := range query {
		apart := above[i] - below[i]
		y := (float64(x) - below[i]) / apart
		if space == L2 {
			y = apart*apart*(y-0.5) + 0.5
		}
		bit := float64(code[i/8] >> (7 - i%8) & 1)
		if space == L2 {
			sum -= (bit - y) * (bit - y)
		} else {
			sum += bit * y
		}
	}
	return sum
}

// naiveMeans are the means of the numbers whose bit is 0, and of those whose bit is 1.
func naiveMeans(rows *binaryRows, codes []byte, size int) (below, above []float64) {
	for i := range rows.dimension {
		var sums, counts [2]float64
		for r := range rows.Len() {
			bit := codes[r*size+i/8] >> (7 - i%8) & 1
			sums[bit] += float64(rows.values[r*rows.dimension+i])
			counts[bit]++
		}
		below = append(below, sums[0]/max(1, counts[0]))
		above = append(above, sums[1]/max(1, counts[1]))
	}
	return below, above
}

func TestBinaryADCAgainstNaive(t *testing.T) {
	for _, dimension := range []int{1, 3, 8, 12, 24, 33, 384} {
		for _, n := range []int{2, 3, 50, 300} {
			for _, space := range []Space{L2, InnerProduct} {
				rows := binaryDrawn(n, dimension, uint64(dimension))
				q := trainBinary(t, Binary{Bits: 1, ADC: true, Space: space}, rows)
				codes := binaryCodes(q, rows)
				below, above := naiveMeans(rows, codes, q.CodeSize())
				query := binaryDrawn(1, dimension, 7).values
				scores := make([]float32, n)
				q.Query(query).Score(scores, codes)
				for r, got := range scores {
					want := naiveADC(query, codes[r*q.CodeSize():], below, above, space)
					if math.Abs(float64(got)-want) > 2e-4*(1+math.Abs(want)) {
						t.Fatalf("%d vectors of %d dimensions, space %v, vector %d: score %v, want %v", n, dimension, space, r, got, want)
					}
				}
			}
		}
	}
}

// TestBinaryADCZeros: where a dimension is 0 in the whole sample, OpenSearch divides by
// 0. With L2 no vector has a distance then; with the inner product it does not count.
func TestBinaryADCZeros(t *testing.T) {
	rows := &binaryRows{dimension: 2, values: []float32{0, 1, 0, 2, 0, 6}}
	for query, want := range map[[2]float32]map[Space][]float32{
		{0, 6}: {L2: {-inf32, -inf32, -inf32}, InnerProduct: {0, 0, 1}},
		{1, 6}: {L2: {-inf32, -inf32, -inf32}, InnerProduct: {0, 0, 1}},
	} {
		for space, want := range want {
			q := trainBinary(t, Binary{Bits: 1, ADC: true, Space: space}, rows)
			scores := make([]float32, 3)
			q.Query(query[:]).Score(scores, binaryCodes(q, rows))
			for i, score := range scores {
				if score != want[i] {
					t.Errorf("query %v, space %v: scores %v, want %v", query, space, scores, want)
					break
				}
			}
		}
	}
}

var inf32 = float32(math.Inf(1))

// TestBinaryADCTable: the table of a byte has the sums of its bits, the highest first.
func TestBinaryADCTable(t *testing.T) {
	var table [256]float32
	fillADCTable(&table, []float32{1, 2, 4, 8, 16, 32, 64, 128})
	for value := range table {
		want := float32(0)
		for i := range 8 {
			if value>>(7-i)&1 == 1 {
				want += float32(int(1) << i)
			}
		}
		if table[value] != want {
			t.Errorf("sum of %08b is %v, want %v", value, table[value], want)
		}
	}
}
