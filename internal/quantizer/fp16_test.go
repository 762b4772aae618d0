package quantizer

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// halfValue is what a half stands for, by the words of IEEE 754: sign, 5 bits of
// exponent, 10 of fraction.
func halfValue(half uint16) float64 {
	sign := 1 - 2*float64(half>>15)
	exponent, fraction := int(half>>10&31), float64(half&1023)
	switch {
	case exponent == 31 && fraction == 0:
		return math.Inf(int(sign))
	case exponent == 31:
		return math.NaN()
	case exponent == 0:
		return sign * fraction * math.Pow(2, -24)
	}
	return sign * (1 + fraction/1024) * math.Pow(2, float64(exponent-15))
}

// nearestHalf rounds to the distance that halves have there.
func nearestHalf(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	step := math.Ldexp(1, max(math.Ilogb(x), -14)-10)
	rounded := math.RoundToEven(x/step) * step
	if math.Abs(rounded) > MaxFP16 {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return math.Copysign(rounded, x)
}

func sameNumber(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || a == b && math.Signbit(a) == math.Signbit(b)
}

func TestHalvesAreAllDecodedAndEncoded(t *testing.T) {
	for i := range 1 << 16 {
		half := uint16(i)
		x := FromHalf(half)
		if !sameNumber(float64(x), halfValue(half)) {
			t.Fatalf("half %04x is %v, want %v", half, x, halfValue(half))
		}
		if back := Half(x); back != half && !math.IsNaN(float64(x)) {
			t.Fatalf("half %04x is %v, which is half %04x", half, x, back)
		}
		if back := Half(x); math.IsNaN(float64(x)) && !math.IsNaN(halfValue(back)) {
			t.Fatalf("NaN %04x becomes %04x", half, back)
		}
	}
}

// Between two halves, before and after the middle, and on it.
func TestHalfRounds(t *testing.T) {
	for i := range 0x7c00 {
		low := FromHalf(uint16(i))
		high := float32(65536)
		if i < 0x7bff {
			high = FromHalf(uint16(i + 1))
		}
		middle := (low + high) / 2
		for _, x := range []float32{middle, math.Nextafter32(middle, 0), math.Nextafter32(middle, 1e9), -middle} {
			if got, want := FromHalf(Half(x)), nearestHalf(float64(x)); !sameNumber(float64(got), want) {
				t.Fatalf("%v is rounded to %v, want %v", x, got, want)
			}
		}
	}
}

func TestHalfOfSingleNumbers(t *testing.T) {
	tests := []struct {
		x    float32
		half uint16
	}{
		{1, 0x3c00}, {-2, 0xc000}, {65504, 0x7bff}, {65519.996, 0x7bff}, {65520, 0x7c00}, {math.MaxFloat32, 0x7c00},
		{float32(math.Inf(-1)), 0xfc00}, {0x1p-24, 1}, {0x1p-25, 0}, {math.Nextafter32(0x1p-25, 1), 1}, {0x1.8p-24, 2},
		{0x1p-14, 0x400}, {math.Nextafter32(0x1p-14, 0), 0x400}, {math.SmallestNonzeroFloat32, 0},
		{float32(math.Copysign(0, -1)), 0x8000}, {float32(math.NaN()), 0x7e00},
	}
	for _, test := range tests {
		if got := Half(test.x); got != test.half {
			t.Errorf("%v is %04x, want %04x", test.x, got, test.half)
		}
	}
}

func FuzzHalf(f *testing.F) {
	for _, x := range []float32{0, 1, 65519, 65520, 0x1p-15, 0x1.004p-20, -3.1} {
		f.Add(math.Float32bits(x))
	}
	f.Fuzz(func(t *testing.T, bits uint32) {
		x := math.Float32frombits(bits)
		if got, want := FromHalf(Half(x)), nearestHalf(float64(x)); !sameNumber(float64(got), want) {
			t.Fatalf("%v (%08x) is rounded to %v, want %v", x, bits, got, want)
		}
	})
}

// pqVectors are vectors in memory.
type pqVectors struct {
	dimension int
	values    []float32
	reads     int // vectors read
	err       error
}

func (v *pqVectors) Len() int       { return len(v.values) / v.dimension }
func (v *pqVectors) Dimension() int { return v.dimension }
func (v *pqVectors) ReadVectors(dst []float32, from int) error {
	v.reads += len(dst) / v.dimension
	copy(dst, v.values[from*v.dimension:][:len(dst)])
	return v.err
}

// pqData are vectors around some centres.
func pqData(n, dimension int, seed uint64) *pqVectors {
	random := rand.New(rand.NewPCG(seed, 9))
	centres := make([]float32, 20*dimension)
	for i := range centres {
		centres[i] = float32(random.NormFloat64())
	}
	values := make([]float32, n*dimension)
	for i := range n {
		centre := centres[random.IntN(20)*dimension:]
		for j := range dimension {
			values[i*dimension+j] = centre[j] + 0.4*float32(random.NormFloat64())
		}
	}
	return &pqVectors{dimension: dimension, values: values}
}

// trueScore is the score in 64 bits.
func trueScore(space Space, query, row []float32) float64 {
	var sum float64
	for i, x := range query {
		if d := float64(x) - float64(row[i]); space == L2 {
			sum -= d * d
		} else {
			sum += float64(x) * float64(row[i])
		}
	}
	return sum
}

func trainFP16(t *testing.T, m FP16, vectors Vectors) Quantizer {
	t.Helper()
	q, err := m.Train(t.Context(), vectors)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestFP16Scores(t *testing.T) {
	for _, dimension := range []int{1, 7, 96, 16000} {
		for _, space := range []Space{L2, InnerProduct} {
			vectors := pqData(100, dimension, 3)
			q := trainFP16(t, FP16{Space: space}, vectors)
			codes := make([]byte, 100*q.CodeSize())
			q.Encode(codes, vectors.values)
			query := pqData(1, dimension, 4).values
			scores := make([]float32, 100)
			q.Query(query).Score(scores, codes)
			for i, got := range scores {
				row := make([]float32, dimension)
				for j := range row {
					row[j] = float32(nearestHalf(float64(vectors.values[i*dimension+j])))
				}
				if want := trueScore(space, query, row); math.Abs(float64(got)-want) > 1e-4*float64(dimension)+1e-5 {
					t.Fatalf("dimension %d, space %d, vector %d scores %v, want %v", dimension, space, i, got, want)
				}
			}
		}
	}
}

func TestScoresAreThoseOfEachQuery(t *testing.T) {
	vectors := pqData(777, 24, 3)
	for _, m := range []Method{FP16{}, FP16{Space: InnerProduct}, PQ{SubVectors: 3, CodeSize: 4}} {
		q, err := m.Train(t.Context(), vectors)
		if err != nil {
			t.Fatal(err)
		}
		codes := make([]byte, 777*q.CodeSize())
		q.Encode(codes, vectors.values)
		var queries []Query
		for i := range 5 {
			queries = append(queries, q.Query(vectors.values[i*24:(i+1)*24]))
		}
		all, one := make([]float32, 5*777), make([]float32, 777)
		Scores(all, queries, codes)
		for i, query := range queries {
			query.Score(one, codes)
			for j, want := range one {
				if got := all[i*777+j]; got != want {
					t.Fatalf("%+v: query %d scores %v for vector %d, want %v", m, i, got, j, want)
				}
			}
		}
	}
}

func TestFP16RefusesOrClips(t *testing.T) {
	beyond := math.Nextafter32(MaxFP16, 1e9) // would be rounded to MaxFP16
	tests := []struct {
		x       float32
		refused bool
		clipped float32
	}{
		{MaxFP16, false, MaxFP16}, {-MaxFP16, false, -MaxFP16}, {beyond, true, MaxFP16}, {-beyond, true, -MaxFP16},
		{math.MaxFloat32, true, MaxFP16}, {1e-40, false, 0},
	}
	for _, test := range tests {
		vectors := &pqVectors{dimension: 2, values: []float32{0, 1, 2, test.x}}
		_, err := FP16{}.Train(t.Context(), vectors)
		var refused *FP16RangeError
		if errors.As(err, &refused) != test.refused || refused != nil && *refused != (FP16RangeError{1, 1, test.x}) {
			t.Errorf("%v: error %v", test.x, err)
		}
		q := trainFP16(t, FP16{Clip: true}, vectors)
		codes, back := make([]byte, 8), make([]float32, 4)
		q.Encode(codes, vectors.values)
		q.(Decoder).Decode(back, codes)
		if back[3] != test.clipped {
			t.Errorf("%v is clipped to %v, want %v", test.x, back[3], test.clipped)
		}
	}
	nan := &pqVectors{dimension: 1, values: []float32{float32(math.NaN())}}
	if _, err := (FP16{}).Train(t.Context(), nan); err == nil {
		t.Error("NaN is taken")
	}
}

func TestFP16TrainStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (FP16{}).Train(ctx, pqData(10, 4, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	broken := &pqVectors{dimension: 4, values: make([]float32, 8), err: errors.New("disk on fire")}
	if _, err := (FP16{}).Train(t.Context(), broken); !errors.Is(err, broken.err) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkFP16Encode(b *testing.B) {
	vectors := pqData(1000, 384, 1)
	q, _ := FP16{}.Train(b.Context(), vectors)
	codes := make([]byte, 1000*q.CodeSize())
	b.SetBytes(int64(4 * len(vectors.values)))
	for b.Loop() {
		q.Encode(codes, vectors.values)
	}
}

func BenchmarkFP16Score(b *testing.B) {
	vectors := pqData(1000, 384, 1)
	q, _ := FP16{}.Train(b.Context(), vectors)
	codes := make([]byte, 1000*q.CodeSize())
	q.Encode(codes, vectors.values)
	query, scores := q.Query(vectors.values[:384]), make([]float32, 1000)
	b.SetBytes(int64(len(codes)))
	for b.Loop() {
		query.Score(scores, codes)
	}
}

func BenchmarkFP16Scores8(b *testing.B) {
	vectors := pqData(1000, 384, 1)
	q, _ := FP16{}.Train(b.Context(), vectors)
	codes := make([]byte, 1000*q.CodeSize())
	q.Encode(codes, vectors.values)
	var queries []Query
	for i := range 8 {
		queries = append(queries, q.Query(vectors.values[i*384:(i+1)*384]))
	}
	scores := make([]float32, 8000)
	b.SetBytes(int64(8 * len(codes)))
	for b.Loop() {
		Scores(scores, queries, codes)
	}
}

func BenchmarkFP16Decode(b *testing.B) {
	vectors := pqData(1000, 384, 1)
	q, _ := FP16{}.Train(b.Context(), vectors)
	codes := make([]byte, 1000*q.CodeSize())
	q.Encode(codes, vectors.values)
	b.SetBytes(int64(len(codes)))
	for b.Loop() {
		q.(Decoder).Decode(vectors.values, codes)
	}
}
