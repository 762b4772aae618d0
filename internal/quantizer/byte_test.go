package quantizer

import (
	"errors"
	"math"
	"testing"
)

// The recipe of the documentation, written down as it is there, with its names.
func documentedL2(val, datasetMin, datasetMax float64) int {
	const B = 256
	val = math.Max(datasetMin, math.Min(datasetMax, val)) // queryset.clip
	val -= datasetMin
	val *= 1. / (datasetMax - datasetMin)
	return int(math.Floor(val*(B-1)) - B/2)
}

func documentedCosine(val, datasetMin, datasetMax float64) int {
	max, B := datasetMax, 127.
	if val < 0 {
		max, B = -datasetMin, 128
	}
	val = val / max
	val = val * B
	intPart := math.Floor(val)
	if 0.5 < val-intPart {
		intPart++
	}
	return int(intPart)
}

func TestByteFollowsTheDocumentation(t *testing.T) {
	ranges := [][2]float32{{-300, 300}, {-1, 1}, {0, 1}, {-0.25, 3}, {-7, -3}, {1e-40, 3e-40}, {-math.MaxFloat32, math.MaxFloat32}, {0.1, 0.30000001}}
	for _, r := range ranges {
		for i := range 2001 {
			x := float32(float64(r[0]) + (float64(r[1])-float64(r[0]))*float64(i)/2000)
			l2 := Byte{Space: L2, Min: r[0], Max: r[1]}.Codec()
			got, clipped := l2.Encode(x)
			if want := documentedL2(float64(x), float64(r[0]), float64(r[1])); int(got) != want || clipped {
				t.Fatalf("%v in %v is %d, clipped %v, want %d", x, r, got, clipped, want)
			}
			if x < 0 && r[0] >= 0 || x > 0 && r[1] <= 0 {
				continue
			}
			cosine := Byte{Space: InnerProduct, Min: r[0], Max: r[1]}.Codec()
			got, clipped = cosine.Encode(x)
			if want := documentedCosine(float64(x), float64(r[0]), float64(r[1])); int(got) != want || clipped {
				t.Fatalf("inner product: %v in %v is %d, clipped %v, want %d", x, r, got, clipped, want)
			}
		}
	}
}

func TestByteOfSingleNumbers(t *testing.T) {
	tests := []struct {
		method  Byte
		x       float32
		code    int8
		clipped bool
	}{
		{Byte{Space: L2, Min: -300, Max: 300}, -300, -128, false},
		{Byte{Space: L2, Min: -300, Max: 300}, 300, 127, false},
		{Byte{Space: L2, Min: -300, Max: 300}, 0, -1, false}, // 127.5 is rounded down
		{Byte{Space: L2, Min: -300, Max: 300}, 350, 127, true},
		{Byte{Space: L2, Min: -300, Max: 300}, -350, -128, true},
		{Byte{Space: L2, Min: -300, Max: 300}, float32(math.Inf(1)), 127, true},
		{Byte{Space: InnerProduct, Min: -1, Max: 1}, 1, 127, false},
		{Byte{Space: InnerProduct, Min: -1, Max: 1}, -1, -128, false},
		{Byte{Space: InnerProduct, Min: -128, Max: 127}, 1.5, 1, false},   // a half is not rounded up,
		{Byte{Space: InnerProduct, Min: -128, Max: 127}, -1.5, -2, false}, // neither is a negative one
		{Byte{Space: InnerProduct, Min: -128, Max: 127}, 1.5001, 2, false},
		{Byte{Space: InnerProduct, Min: -128, Max: 127}, -1.4999, -1, false},
		{Byte{Space: InnerProduct, Min: -128, Max: 127}, 127.2, 127, true},
		{Byte{Space: InnerProduct, Min: -128, Max: 127}, -1e30, -128, true},
		{Byte{Space: InnerProduct, Min: 0, Max: 127}, -2, -2, false}, // no negative numbers: scaled as the positive ones
		{Byte{Space: InnerProduct, Min: 2, Max: 127}, -127, -128, false},
		{Byte{Space: InnerProduct, Min: -128, Max: -2}, 64, 63, false}, // 63.5
		{Byte{Space: L2, Cosine: true, Min: -1, Max: 1}, 0, 0, false},
	}
	for _, test := range tests {
		codec := test.method.Codec()
		if code, clipped := codec.Encode(test.x); code != test.code || clipped != test.clipped {
			t.Errorf("%+v: %v is %d, clipped %v, want %d, %v", test.method, test.x, code, clipped, test.code, test.clipped)
		}
	}
}

// What a byte is decoded to has that byte, and is not further away than a step.
func TestByteDecodes(t *testing.T) {
	for _, m := range []Byte{{Space: L2, Min: -3, Max: 5}, {Space: InnerProduct, Min: -3, Max: 5}, {Space: InnerProduct, Min: 1, Max: 5}} {
		codec := m.Codec()
		for code := -128; code < 128; code++ {
			x := codec.Decode(int8(code))
			back, _ := codec.Encode(x)
			if math.Abs(float64(back)-float64(code)) > 1 || m.Space == L2 && int(back) != code && code < 126 {
				t.Errorf("%+v: byte %d is decoded to %v, which has byte %d", m, code, x, back)
			}
		}
		for x := m.Min; x <= m.Max; x += 0.01 {
			code, _ := codec.Encode(x)
			if got := codec.Decode(code); math.Abs(float64(got-x)) > 8./255 {
				t.Errorf("%+v: %v is decoded to %v", m, x, got)
			}
		}
	}
}

func TestByteFits(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	vectors := func(values ...float32) Vectors { return &pqVectors{dimension: 2, values: values} }
	m, err := Byte{Space: L2}.Fit(t.Context(), vectors(3, 1, -2, 8))
	if err != nil || m != (Byte{Space: L2, Min: -2, Max: 8}) {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := (Byte{Space: L2}).Fit(t.Context(), vectors(5, 5, 5, 5)); !errors.Is(err, ErrNoRange) {
		t.Errorf("one number: %v", err)
	}
	if _, err := (Byte{Space: InnerProduct}).Fit(t.Context(), vectors(5, 5, 5, 5)); err != nil {
		t.Errorf("one number that can be scaled: %v", err)
	}
	if _, err := (Byte{Space: InnerProduct}).Fit(t.Context(), vectors(0, 0)); !errors.Is(err, ErrNoRange) {
		t.Errorf("zeros: %v", err)
	}
	var refused *NotFiniteError
	if _, err := (Byte{}).Fit(t.Context(), vectors(1, 2, 3, nan)); !errors.As(err, &refused) || refused.Vector != 1 || refused.Dimension != 1 {
		t.Errorf("NaN: %v", err)
	}
	if _, err := (Byte{}).Fit(t.Context(), vectors(1, 2, inf, 1)); !errors.As(err, &refused) || refused.Vector != 1 || refused.Dimension != 0 {
		t.Errorf("infinite: %v", err)
	}
	for _, wrong := range []Byte{{Min: nan, Max: 1}, {Min: inf, Max: 1}, {Min: 2, Max: 1}, {Min: 1, Max: 1}} {
		if _, err := wrong.Train(t.Context(), vectors(1, 2)); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}

func TestByteScores(t *testing.T) {
	for _, m := range []Byte{{Space: L2}, {Space: InnerProduct}, {Space: InnerProduct, Cosine: true}, {Space: L2, Cosine: true}} {
		for _, dimension := range []int{1, 33, 16000} {
			vectors := pqData(40, dimension, 5)
			fitted, err := m.Fit(t.Context(), vectors)
			if err != nil {
				t.Fatal(err)
			}
			q, err := m.Train(t.Context(), vectors)
			if err != nil {
				t.Fatal(err)
			}
			codes, scores := make([]byte, 40*q.CodeSize()), make([]float32, 40)
			q.Encode(codes, vectors.values)
			query := pqData(1, dimension, 6).values
			prepared := q.Query(query)
			prepared.Score(scores[:7], codes)
			prepared.Score(scores, codes)
			for i, got := range scores {
				want := byteScore(fitted, query, vectors.values[i*dimension:(i+1)*dimension])
				if math.Abs(float64(got)-want) > 1e-6*math.Abs(want) {
					t.Fatalf("%+v, dimension %d: vector %d scores %v, want %v", m, dimension, i, got, want)
				}
			}
		}
	}
}

// byteScore compares bytes one by one.
func byteScore(m Byte, query, row []float32) float64 {
	encode := func(x float32) float64 {
		if m.Space == L2 && !m.Cosine {
			return float64(documentedL2(float64(x), float64(m.Min), float64(m.Max)))
		}
		return max(-128, min(127, float64(documentedCosine(float64(x), float64(m.Min), float64(m.Max)))))
	}
	var dot, far, a, b float64
	for i := range query {
		x, y := encode(query[i]), encode(row[i])
		dot, far, a, b = dot+x*y, far+(x-y)*(x-y), a+x*x, b+y*y
	}
	switch {
	case m.Cosine && (a == 0 || b == 0):
		return math.Inf(-1)
	case m.Cosine:
		return dot / math.Sqrt(a*b)
	case m.Space == L2:
		return -far
	}
	return dot
}

// The greatest distance that there can be fits.
func TestByteScoresDoNotOverflow(t *testing.T) {
	const dimension = 16000
	q, err := Byte{Space: L2, Min: -1, Max: 1}.Train(t.Context(), pqData(1, dimension, 1))
	if err != nil {
		t.Fatal(err)
	}
	low, high := make([]float32, dimension), make([]float32, dimension)
	for i := range low {
		low[i], high[i] = -1, 1
	}
	codes, scores := make([]byte, 2*q.CodeSize()), make([]float32, 2)
	q.Encode(codes, append(high, low...))
	q.Query(low).Score(scores, codes)
	if scores[0] != -255*255*dimension || scores[1] != 0 {
		t.Errorf("scores %v", scores)
	}
}

func TestByteZeroCodesAreNotFound(t *testing.T) {
	q, err := Byte{Space: InnerProduct, Cosine: true, Min: -1, Max: 1}.Train(t.Context(), pqData(1, 2, 1))
	if err != nil {
		t.Fatal(err)
	}
	codes, scores := make([]byte, 2*q.CodeSize()), make([]float32, 2)
	q.Encode(codes, []float32{1e-3, -1e-4, 0.5, 0.5})
	q.Query([]float32{1, 1}).Score(scores, codes)
	if !math.IsInf(float64(scores[0]), -1) || math.Abs(float64(scores[1])-1) > 1e-4 {
		t.Errorf("scores %v", scores)
	}
}

func BenchmarkByteEncode(b *testing.B) {
	vectors := pqData(1000, 384, 1)
	q, _ := Byte{Space: L2}.Train(b.Context(), vectors)
	codes := make([]byte, 1000*q.CodeSize())
	b.SetBytes(int64(4 * len(vectors.values)))
	for b.Loop() {
		q.Encode(codes, vectors.values)
	}
}

func BenchmarkByteScore(b *testing.B) {
	vectors := pqData(1000, 384, 1)
	q, _ := Byte{Space: L2}.Train(b.Context(), vectors)
	codes := make([]byte, 1000*q.CodeSize())
	q.Encode(codes, vectors.values)
	query, scores := q.Query(vectors.values[:384]), make([]float32, 1000)
	b.SetBytes(int64(len(codes)))
	for b.Loop() {
		query.Score(scores, codes)
	}
}
