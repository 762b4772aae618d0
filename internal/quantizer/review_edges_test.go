package quantizer

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// What is at the threshold counts for the mean of what is below, as its bit does.
func TestBinaryADCAtTheThreshold(t *testing.T) {
	rows := &binaryRows{dimension: 1, values: []float32{1, 2, 3}}
	adc := trainBinary(t, Binary{Bits: 1, ADC: true}, rows).adc
	if adc.below[0] != 1.5 || adc.above[0] != 3 {
		t.Errorf("means %v and %v, want 1.5 and 3", adc.below[0], adc.above[0])
	}
}

// A number in the middle of an interval is rounded up, in the fast way as in the other.
func TestOSQInTheMiddle(t *testing.T) {
	code := []byte{0xff}
	if sum := packOSQ(code, []float32{0.5, math.Nextafter32(0.5, 0), 0, 1, 7, -7}, 0, 1); sum != 3 || code[0] != 0b10011000 {
		t.Errorf("code %08b, sum %d, want 10011000", code, sum)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		values := make([]float32, 1+random.IntN(20))
		lower := float32(random.IntN(9)-4) / 8
		upper := lower + float32(1+random.IntN(5))/16
		for i := range values {
			values[i] = float32(random.IntN(65)-32) / 32
		}
		fast, slow := make([]byte, 3), make([]byte, 3)
		size := (len(values) + 7) / 8
		a, b := packOSQ(fast[:size], values, lower, upper), packAnyOSQ(slow[:size], values, lower, upper)
		if a != b || !bytes.Equal(fast, slow) {
			t.Fatalf("%v in %v to %v: %08b, want %08b", values, lower, upper, fast, slow)
		}
	}
}

// A square of a distance that came out below 0 is as near as can be, not nearer, nor
// infinitely far.
func TestLuceneL2BelowZero(t *testing.T) {
	for square, want := range map[float32]float32{-0.5: 1, -1: 1, -3: 1, 0: 1, 1: 0.5} {
		if got := luceneL2(square); got != want {
			t.Errorf("%v scores %v, want %v", square, got, want)
		}
	}
}

// A centroid that is longer than 1 by less than 1e-4 stays as it is, as in
// VectorUtil.isUnitVector of Lucene.
func TestOSQCentroidOfNearlyLength1(t *testing.T) {
	for square, changed := range map[float64]bool{1 + 0.5e-4: false, 1 - 0.5e-4: false, 1 + 2e-4: true, 1 - 2e-4: true} {
		centroid := []float32{float32(math.Sqrt(square)), 0}
		before := centroid[0]
		if !lengthenCentroid(centroid) || (centroid[0] != before) != changed {
			t.Errorf("the square of the length is %v: %v becomes %v", square, before, centroid[0])
		}
	}
}

// Clusters without points take half of those of others: first of the only one that has
// some, then of one that still has more than 1.
func TestPQSplits(t *testing.T) {
	p := &pqMeans{counts: []float64{0, 8, 0}}
	centroids := []float32{0, 0, 1024, 1024, 0, 0}
	p.split(centroids, 2, 8, (&pq{}).random(2))
	slices.Sort(p.counts)
	if !slices.Equal(p.counts, []float64{2, 2, 4}) {
		t.Errorf("points %v, want 2, 2 and 4", p.counts)
	}
	to, from := make([]float32, 4), []float32{1024, 1024, -1024, 1024}
	pqNudge(to, from)
	if want := []float32{1025, 1023, -1025, 1023}; !slices.Equal(to, want) {
		t.Errorf("one is %v, want %v", to, want)
	}
	if want := []float32{1023, 1025, -1023, 1025}; !slices.Equal(from, want) {
		t.Errorf("the other is %v, want %v", from, want)
	}
	from = []float32{math.MaxFloat32, -math.MaxFloat32}
	if pqNudge(to[:2], from); slices.ContainsFunc(slices.Concat(to[:2], from), func(x float32) bool { return x-x != 0 }) {
		t.Errorf("%v and %v are not finite", to[:2], from)
	}
}
