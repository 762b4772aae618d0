package quantizer

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// osqKnown is what OptimizedScalarQuantizer of Lucene 10.5 made of vectors with
// simple numbers.
var osqKnown = []struct {
	space Space
	bits  int
	n     int
	want  osqCorrection
	codes []byte
}{
	{L2, 1, 0, osqCorrection{-0.7930929, 0.6154155, 5.3431997, 6}, []byte{0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0}},
	{L2, 1, 1, osqCorrection{-0.31950286, 0.86391073, 4.0903997, 5}, []byte{1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1}},
	{L2, 1, 2, osqCorrection{-0.5697809, 0.87579805, 5.1852007, 5}, []byte{0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0}},
	{L2, 4, 0, osqCorrection{-1.0444959, 1.0966263, 5.3431997, 85}, []byte{2, 7, 11, 2, 6, 11, 1, 10, 15, 5, 10, 0, 5}},
	{L2, 4, 1, osqCorrection{-0.60824716, 0.9941896, 4.0903997, 95}, []byte{9, 15, 2, 8, 14, 1, 7, 1, 7, 13, 0, 6, 12}},
	{L2, 4, 2, osqCorrection{-0.94422793, 1.1971402, 5.1852007, 85}, []byte{2, 7, 11, 2, 6, 11, 1, 10, 15, 5, 10, 0, 5}},
	{InnerProduct, 1, 0, osqCorrection{-0.7930929, 0.6154155, -0.058000017, 6}, []byte{0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0}},
	{InnerProduct, 4, 1, osqCorrection{-0.60824716, 0.9941896, 0.43199998, 95}, []byte{9, 15, 2, 8, 14, 1, 7, 1, 7, 13, 0, 6, 12}},
}

func luceneSimple(n int) []float32 {
	v := make([]float32, 13)
	for i := range v {
		v[i] = float32((i*37+n*53)%101-50) / 50
	}
	return v
}

func TestOSQAsLucene(t *testing.T) {
	for _, test := range osqKnown {
		q := &osqQuantizer{space: test.space, centroid: make([]float32, 13)}
		for i := range q.centroid {
			q.centroid[i] = float32(i%7-3) / 10
		}
		code, got := osqUnpacked(q, test.bits, luceneSimple(test.n))
		if got != test.want || !slices.Equal(code, test.codes) {
			t.Errorf("%d bits of vector %d: %v %v, want %v %v", test.bits, test.n, got, code, test.want, test.codes)
		}
	}
}

// osqUnpacked returns the levels of a vector and what is kept beside them, as Encode
// and Query make them.
func osqUnpacked(q *osqQuantizer, bits int, v []float32) ([]byte, osqCorrection) {
	levels := make([]byte, len(v))
	packed, planes := make([]byte, q.CodeSize()), 1
	correction := osqCorrection{}
	if bits == 1 {
		q.Encode(packed, v)
		correction = readOSQ(packed[q.bytes():])
	} else {
		query := q.Query(v).(*osqQuery)
		packed, planes, correction = query.planes, 4, query.correction
	}
	for p := range planes {
		for i := range levels {
			levels[i] |= packed[p*q.bytes()+i/8] >> (7 - i%8) & 1 << p
		}
	}
	return levels, correction
}

// Against a second implementation, written from the Java as it stands: passes and
// allocations for everything.
func TestOSQAgainstNaive(t *testing.T) {
	for _, kind := range luceneKinds {
		for _, dimension := range []int{1, 2, 9, 64, 100} {
			for _, space := range []Space{L2, InnerProduct} {
				t.Run(fmt.Sprintf("%s/%d/%d", kind, dimension, space), func(t *testing.T) {
					v := luceneData(kind, 60, dimension, 9)
					q := luceneTrain(t, OSQ{Space: space}, v).(*osqQuantizer)
					for i := range v.Len() {
						for _, bits := range []int{1, 4} {
							levels, got := osqUnpacked(q, bits, v.at(i))
							wantLevels, want := osqNaive(v.at(i), q.centroid, bits, space)
							if !sameOSQ(got, want) || !slices.Equal(levels, wantLevels) {
								t.Fatalf("%d bits of vector %d: %v %v, want %v %v", bits, i, got, levels, want, wantLevels)
							}
						}
					}
				})
			}
		}
	}
}

// sameOSQ is ==, but that NaN is NaN.
func sameOSQ(a, b osqCorrection) bool {
	return fmt.Sprint(a) == fmt.Sprint(b)
}

func osqNaive(vector, centroid []float32, bits int, space Space) ([]byte, osqCorrection) {
	v := slices.Clone(vector)
	var dot, norm2 float32
	var mean, variance float64
	for i := range v {
		dot += float32(v[i] * centroid[i])
		v[i] -= centroid[i]
		norm2 += float32(v[i] * v[i])
		delta := float64(v[i]) - mean
		mean += delta / float64(i+1)
		variance += float64(delta * (float64(v[i]) - mean))
	}
	std := math.Sqrt(variance / float64(len(v)))
	low, high := float64(slices.Min(v)), float64(slices.Max(v))
	grid := float64(osqGrid[bits-1])
	a := float32(math.Min(math.Max(float64(-grid*std)+mean, low), high))
	b := float32(math.Min(math.Max(float64(grid*std)+mean, low), high))
	points := 1 << bits
	a, b = osqNaiveDescent(v, a, b, points, norm2)
	levels, sum := make([]byte, len(v)), int32(0)
	step := (b - a) / float32(points-1)
	for i, x := range v {
		level := roundFloat((float32(math.Min(math.Max(float64(x), float64(a)), float64(b))) - a) / step)
		levels[i] = byte(level)
		sum += level
	}
	if space == L2 {
		return levels, osqCorrection{a, b, norm2, sum}
	}
	return levels, osqCorrection{a, b, dot, sum}
}

func osqNaiveDescent(v []float32, a, b float32, points int, norm2 float32) (float32, float32) {
	loss := osqNaiveLoss(v, a, b, points, norm2)
	scale := float32(0.9) / norm2
	if math.IsInf(float64(scale), 0) || math.IsNaN(float64(scale)) {
		return a, b
	}
	lambda := float64(float32(0.1))
	for range 5 {
		inverse := float32(points-1) / (b - a)
		var aa, ab, bb, ax, bx float64
		for _, x := range v {
			k := math.Min(math.Max(float64(x), float64(a)), float64(b)) - float64(a)
			s := float32(roundDouble(k*float64(inverse))) / float32(points-1)
			aa += float64((1 - float64(s)) * (1 - float64(s)))
			ab += float64((1 - float64(s)) * float64(s))
			bb += float64(s * s)
			ax += float64(float64(x) * (1 - float64(s)))
			bx += float64(x * s)
		}
		m0 := float64(float64(scale)*ax*ax) + float64(lambda*aa)
		m1 := float64(float64(scale)*ax*bx) + float64(lambda*ab)
		m2 := float64(float64(scale)*bx*bx) + float64(lambda*bb)
		det := float64(m0*m2) - float64(m1*m1)
		if det == 0 {
			return a, b
		}
		nextA := float32((float64(m2*ax) - float64(m1*bx)) / det)
		nextB := float32((float64(m0*bx) - float64(m1*ax)) / det)
		if math.Abs(float64(a-nextA)) < 1e-8 && math.Abs(float64(b-nextB)) < 1e-8 {
			return a, b
		}
		next := osqNaiveLoss(v, nextA, nextB, points, norm2)
		if next > loss {
			return a, b
		}
		a, b, loss = nextA, nextB, next
	}
	return a, b
}

func osqNaiveLoss(v []float32, a32, b32 float32, points int, norm2 float32) float64 {
	a, b, lambda := float64(a32), float64(b32), float64(float32(0.1))
	step := (b - a) / float64(points-1)
	inverse := 1 / step
	var xe, e float64
	for _, x32 := range v {
		x := float64(x32)
		put := a + float64(step*float64(roundDouble((math.Min(math.Max(x, a), b)-a)*inverse)))
		xe += float64(x * (x - put))
		e += float64((x - put) * (x - put))
	}
	return float64((1-lambda)*xe*xe/float64(norm2)) + float64(lambda*e)
}

// The centroid of the cosine has the length 1, unless vectors add up to zero.
func TestOSQCosineCentroid(t *testing.T) {
	q := luceneTrain(t, OSQ{Space: InnerProduct, Cosine: true}, luceneData("unit", 500, 32, 1)).(*osqQuantizer)
	if got := squares(q.centroid); math.Abs(got-1) > 1e-5 {
		t.Errorf("square of the length of the centroid = %v, want 1", got)
	}
	opposite := &luceneVectors{dimension: 2, values: []float32{1, 0, -1, 0}}
	if _, err := (OSQ{Cosine: true}).Train(t.Context(), opposite); err != errZeroCentroid {
		t.Errorf("opposite vectors: %v, want %v", err, errZeroCentroid)
	}
}

func TestJavaRounding(t *testing.T) {
	for _, test := range []struct {
		x    float64
		want int64
	}{
		{0.5, 1}, {-0.5, 0}, {1.5, 2}, {-1.5, -1}, {0.49999999999999994, 0}, {2.4999, 2},
		{math.NaN(), 0}, {math.Inf(1), math.MaxInt64}, {math.Inf(-1), math.MinInt64}, {1e300, math.MaxInt64},
	} {
		if got := roundDouble(test.x); got != test.want {
			t.Errorf("roundDouble(%v) = %d, want %d", test.x, got, test.want)
		}
	}
	for _, test := range []struct {
		x    float32
		want int32
	}{
		{0.5, 1}, {-0.5, 0}, {0.49999997, 0}, {126.5, 127}, {8388609, 8388609},
		{float32(math.NaN()), 0}, {math.MaxFloat32, math.MaxInt32}, {-math.MaxFloat32, math.MinInt32},
	} {
		if got := roundFloat(test.x); got != test.want {
			t.Errorf("roundFloat(%v) = %d, want %d", test.x, got, test.want)
		}
	}
}

func BenchmarkOSQEncode(b *testing.B) { benchmarkLuceneEncode(b, OSQ{}) }
func BenchmarkOSQScore(b *testing.B)  { benchmarkLuceneScore(b, OSQ{}) }
func BenchmarkSQ7Encode(b *testing.B) { benchmarkLuceneEncode(b, SQ7{}) }
func BenchmarkSQ7Score(b *testing.B)  { benchmarkLuceneScore(b, SQ7{}) }

func benchmarkLuceneEncode(b *testing.B, m Method) {
	v := luceneData("latent", 1000, 384, 1)
	q := luceneTrain(b, m, v)
	codes := make([]byte, v.Len()*q.CodeSize())
	for b.Loop() {
		q.Encode(codes, v.values)
	}
	b.ReportMetric(float64(v.Len()*b.N)/b.Elapsed().Seconds(), "vectors/s")
}

func benchmarkLuceneScore(b *testing.B, m Method) {
	v := luceneData("latent", 10_000, 384, 1)
	q := luceneTrain(b, m, v)
	codes := make([]byte, v.Len()*q.CodeSize())
	q.Encode(codes, v.values)
	query, scores := q.Query(v.at(0)), make([]float32, v.Len())
	for b.Loop() {
		query.Score(scores, codes)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(v.Len()*b.N), "ns/code")
}
