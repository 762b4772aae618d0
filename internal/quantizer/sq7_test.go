package quantizer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// What ScalarQuantizer of Lucene 9.12 made of vectors with simple numbers.
func TestSQ7AsLucene(t *testing.T) {
	q := newSQ7(InnerProduct, 13, -0.7, 0.65)
	for n, test := range []struct {
		correction float32
		code       []byte
	}{
		{-1.6129739, []byte{0, 41, 111, 0, 60, 127, 9, 79, 127, 28, 98, 0, 47}},
		{-3.5623012, []byte{71, 127, 21, 90, 127, 40, 109, 0, 58, 127, 8, 77, 127}},
		{-2.2465217, []byte{0, 51, 120, 0, 70, 127, 19, 88, 127, 38, 107, 0, 56}},
	} {
		code := make([]byte, q.CodeSize())
		q.Encode(code, luceneSimple(n))
		if got := luceneWord(code, 13); got != test.correction || !slices.Equal(code[:13], test.code) {
			t.Errorf("vector %d: %v %v, want %v %v", n, got, code[:13], test.correction, test.code)
		}
	}
}

// Against a second implementation, which sorts, and rounds as Java does everywhere.
func TestSQ7AgainstNaive(t *testing.T) {
	for _, kind := range luceneKinds {
		for _, shape := range [][2]int{{1, 1}, {1, 5}, {3, 1}, {19, 7}, {41, 64}, {200, 33}} {
			for _, interval := range []float64{0, 0.9, 0.99, 1} {
				t.Run(fmt.Sprintf("%s/%dx%d/%g", kind, shape[0], shape[1], interval), func(t *testing.T) {
					v := luceneData(kind, shape[0], shape[1], 9)
					compareSQ7(t, v, interval)
				})
			}
		}
	}
}

func compareSQ7(t *testing.T, v *luceneVectors, interval float64) {
	low, high := sq7Naive(v, interval)
	trained, err := SQ7{Space: InnerProduct, ConfidenceInterval: interval}.Train(t.Context(), v)
	if infinite := high-high != 0 || low-low != 0; infinite || err != nil {
		if !infinite || err == nil {
			t.Fatalf("quantiles %v and %v: error %v", low, high, err)
		}
		return
	}
	q := trained.(*sq7Quantizer)
	if q.low != low || q.high != high {
		t.Fatalf("quantiles %v, %v, want %v, %v", q.low, q.high, low, high)
	}
	code := make([]byte, q.CodeSize())
	for i := range v.Len() {
		q.Encode(code, v.at(i))
		want, correction := sq7NaiveCode(v.at(i), low, high)
		if got := luceneWord(code, v.dimension); fmt.Sprint(got) != fmt.Sprint(correction) || !slices.Equal(code[:v.dimension], want) {
			t.Fatalf("vector %d: %v %v, want %v %v", i, got, code[:v.dimension], correction, want)
		}
	}
}

// sq7Naive is for segments of at most 25,000 vectors.
func sq7Naive(v *luceneVectors, confidence float64) (low, high float32) {
	interval := float32(confidence)
	if interval == 0 {
		interval = max(0.9, 1-1/float32(v.dimension+1))
	}
	if interval == 1 {
		return slices.Min(v.values), slices.Max(v.values)
	}
	per := min(20, v.Len())
	var lows, highs float64
	chunks := v.Len() / per
	for i := range chunks {
		chunk := slices.Clone(v.values[i*per*v.dimension : (i+1)*per*v.dimension])
		slices.Sort(chunk)
		off := 0
		if len(chunk) > 2 {
			off = int(float32(len(chunk))*(1-interval)/2 + 0.5)
		}
		lows += float64(chunk[off])
		highs += float64(chunk[len(chunk)-1-off])
	}
	return float32(lows) / float32(chunks), float32(highs) / float32(chunks)
}

func sq7NaiveCode(vector []float32, low, high float32) (code []byte, correction float32) {
	scale, alpha := 127/(high-low), (high-low)/127
	for _, x := range vector {
		level := roundFloat(scale * (max(low, min(high, x)) - low))
		code = append(code, byte(level))
		kept := float32(level) * alpha
		correction += float32(low*(x-low/2)) + float32((x-low-kept)*kept)
	}
	return code, correction
}

// After a merge, corrections are those of the vectors that the codes stand for, so that
// scores are the inner products of those but for what the query's own has.
func TestSQ7Merged(t *testing.T) {
	v := luceneData("gauss", 100, 24, 4)
	fresh := luceneTrain(t, SQ7{Space: InnerProduct}, v).(*sq7Quantizer)
	merged := luceneTrain(t, SQ7{Space: InnerProduct, Merged: true}, v)
	a, b, c := make([]byte, fresh.CodeSize()), make([]byte, fresh.CodeSize()), make([]byte, fresh.CodeSize())
	for i := range v.Len() {
		fresh.Encode(a, v.at(i))
		merged.Encode(b, v.at(i))
		stands := make([]float32, v.dimension)
		for j, level := range a[:v.dimension] {
			stands[j] = float32(level)*fresh.alpha + fresh.low
		}
		fresh.Encode(c, stands)
		got, want := luceneWord(b, v.dimension), luceneWord(c, v.dimension)
		if !slices.Equal(a[:v.dimension], b[:v.dimension]) || math.Abs(float64(got-want)) > 1e-3 {
			t.Fatalf("vector %d: correction %v, want %v", i, got, want)
		}
	}
}

func TestSQ7Refuses(t *testing.T) {
	v := luceneData("gauss", 3, 4, 1)
	for _, interval := range []float64{0.5, 1.1, -1, math.NaN()} {
		if _, err := (SQ7{ConfidenceInterval: interval}).Train(t.Context(), v); err == nil {
			t.Errorf("a confidence interval of %v is taken", interval)
		}
	}
	for i := range v.values {
		v.values[i] = math.MaxFloat32
	}
	if _, err := (SQ7{}).Train(t.Context(), v); err != nil {
		t.Errorf("one great number: %v", err)
	}
	many := &luceneVectors{dimension: 1, values: slices.Repeat([]float32{math.MaxFloat32}, 60)}
	if _, err := (SQ7{}).Train(t.Context(), many); err == nil || !strings.Contains(err.Error(), "Lucene cannot write") {
		t.Errorf("numbers that cannot be added up: %v", err)
	}
}

// The same seed gives the same sample, another one another.
func TestSQ7Sample(t *testing.T) {
	sample := SQ7{}.sample(60_000)
	if len(sample) != 25_000 || !slices.IsSorted(sample) || len(slices.Compact(slices.Clone(sample))) != 25_000 || sample[24_999] >= 60_000 {
		t.Errorf("a sample of %d, the last %d", len(sample), sample[len(sample)-1])
	}
	if !slices.Equal(sample, SQ7{Seed: 42}.sample(60_000)) {
		t.Error("the seed is not 42 by default")
	}
	if slices.Equal(sample, SQ7{Seed: 43}.sample(60_000)) {
		t.Error("seeds 42 and 43 give the same sample")
	}
	if (SQ7{}).sample(25_000) != nil {
		t.Error("25,000 vectors are sampled")
	}
}

// The first numbers that java.util.Random(42).nextInt gives for some bounds.
func TestJavaSample(t *testing.T) {
	random := newJavaSample(0)
	for i, test := range [][2]int{{10, 0}, {100, 63}, {1 << 20, 716_411}, {3, 2}, {25_001, 18_453}} {
		if got := random.below(test[0]); got != test[1] {
			t.Errorf("number %d below %d = %d, want %d", i, test[0], got, test[1])
		}
	}
}

func TestSelectFloat(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		v := make([]float32, n+1)
		for i := range v {
			v[i] = float32(random.IntN(n/(1+random.IntN(4)) + 1)) // with duplicates
		}
		if n%3 == 0 {
			slices.Sort(v)
		}
		sorted := slices.Sorted(slices.Values(v))
		for k := range v {
			if got := selectFloat(slices.Clone(v), k); got != sorted[k] {
				t.Fatalf("number %d of %v = %v, want %v", k, v, got, sorted[k])
			}
		}
	}
}
