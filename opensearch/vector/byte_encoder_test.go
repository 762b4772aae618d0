package vector

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func fitBytes(t testing.TB, vectors Vectors, space Space) ByteEncoder {
	t.Helper()
	e, err := FitByteEncoder(t.Context(), vectors, FitByteEncoderOptions{Space: space})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func byteVectors(t testing.TB, dimension int, values ...float32) Vectors {
	t.Helper()
	v, err := FromValues(dimension, values)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What Python 3.11 with NumPy 2.4 prints for the documentation's code, of these numbers.
func TestByteEncoderFollowsTheDocumentation(t *testing.T) {
	l2 := []float32{-300, -299, -150.5, -1, -0.1, 0, 0.1, 1, 2.3529412, 150.5, 299, 300}
	angular := []float32{-0.8, -0.5, -0.00625, -0.003125, -0.0031, -0.003, 0, 0.001, 0.0039370079, 0.004, 0.25, 0.49, 0.5}
	tests := []struct {
		space   Space
		dataset []float32
		encoded []float32
		want    []int8
		clipped int
	}{
		{L2, l2, l2, []int8{-128, -128, -65, -1, -1, -1, -1, -1, 0, 63, 126, 127}, 0},
		{L2, l2, []float32{-350, -300, -12.25, 0, 77.7, 350}, []int8{-128, -128, -6, -1, 32, 127}, 2},
		{Cosine, angular, angular, []int8{-128, -80, -1, -1, 0, 0, 0, 0, 1, 1, 63, 124, 127}, 0},
		{InnerProduct, angular, angular, []int8{-128, -80, -1, -1, 0, 0, 0, 0, 1, 1, 63, 124, 127}, 0},
		{InnerProduct, angular, []float32{-1, 0.6, 0.1}, []int8{-128, 127, 25}, 2},
	}
	for _, test := range tests {
		e := fitBytes(t, byteVectors(t, 1, test.dataset...), test.space)
		e.Dimension = len(test.encoded)
		for name, encode := range map[string]func([]int8, []float32) (int, error){"vector": e.Encode, "query": e.EncodeQuery} {
			got := make([]int8, len(test.encoded))
			clipped, err := encode(got, test.encoded)
			if err != nil || clipped != test.clipped || !slices.Equal(got, test.want) {
				t.Errorf("%s, %s: %v, %d clipped, %v; want %v, %d", test.space, name, got, clipped, err, test.want, test.clipped)
			}
		}
	}
}

func TestFitByteEncoderRefuses(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	tests := []struct {
		name    string
		vectors Vectors
		space   Space
		want    string
		is      error
		as      *ValueError
	}{
		{"NaN", byteVectors(t, 2, 1, 2, 3, nan), L2, "vector: fit byte encoder: vector 1 has NaN as number 1", nil, &ValueError{1, 1, nan}},
		{"infinite", byteVectors(t, 2, inf, 2), Cosine, "vector 0 has +Inf as number 0", nil, &ValueError{0, 0, inf}},
		{"one number", byteVectors(t, 1, 7, 7, 7), L2, "no range", ErrNoRange, nil},
		{"zeros", byteVectors(t, 1, 0, 0), InnerProduct, "no range", ErrNoRange, nil},
		{"space", byteVectors(t, 1, 0, 1), "l1", `space "l1"`, nil, nil},
		{"nothing", nil, L2, "no vectors", nil, nil},
	}
	for _, test := range tests {
		_, err := FitByteEncoder(t.Context(), test.vectors, FitByteEncoderOptions{Space: test.space})
		if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		var value *ValueError
		if test.as != nil && (!errors.As(err, &value) || value.Vector != test.as.Vector || value.Index != test.as.Index) {
			t.Errorf("%s: %#v, want %#v", test.name, value, test.as)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FitByteEncoder(ctx, byteVectors(t, 1, 0, 1), FitByteEncoderOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func TestByteEncoderRefuses(t *testing.T) {
	e := ByteEncoder{Space: Cosine, Dimension: 2, Min: -1, Max: 1}
	var dimension *DimensionError
	if _, err := e.Encode(make([]int8, 2), make([]float32, 3)); !errors.As(err, &dimension) || *dimension != (DimensionError{3, 2}) {
		t.Errorf("3 numbers: %v", err)
	}
	if _, err := e.Encode(make([]int8, 1), make([]float32, 2)); !errors.As(err, &dimension) || *dimension != (DimensionError{1, 2}) {
		t.Errorf("room for 1: %v", err)
	}
	if err := e.Decode(make([]float32, 2), make([]int8, 3)); !errors.As(err, &dimension) {
		t.Errorf("decode 3: %v", err)
	}
	var value *ValueError
	if _, err := e.EncodeQuery(make([]int8, 2), []float32{1, float32(math.Inf(-1))}); !errors.As(err, &value) || value.Index != 1 {
		t.Errorf("infinite: %v", err)
	}
	if _, err := e.Encode(make([]int8, 2), []float32{0.001, -0.001}); !errors.Is(err, ErrZeroCode) {
		t.Errorf("nearly zero: %v", err)
	}
	e.Space = InnerProduct
	if _, err := e.Encode(make([]int8, 2), []float32{0.001, -0.001}); err != nil {
		t.Errorf("nearly zero, inner product: %v", err)
	}
	if _, err := (ByteEncoder{}).Encode(nil, nil); err == nil {
		t.Error("an encoder that was not fitted encodes")
	}
	if _, err := e.Report(t.Context(), byteVectors(t, 3, 1, 2, 3)); !errors.As(err, &dimension) {
		t.Errorf("report of 3 dimensions: %v", err)
	}
}

func TestByteEncoderIsKeptAsJSON(t *testing.T) {
	for _, e := range []ByteEncoder{{L2, 3, -0.1, 1e-7}, {Cosine, 16000, 0, math.MaxFloat32}, {InnerProduct, 1, -1.0000001, 0}} {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back ByteEncoder
		if err := json.Unmarshal(data, &back); err != nil || back != e {
			t.Errorf("%s is read as %+v, %v", data, back, err)
		}
	}
	codes, err := json.Marshal([]int8{-128, 0, 127})
	if err != nil || string(codes) != "[-128,0,127]" {
		t.Errorf("a vector of bytes is written as %s, %v", codes, err)
	}
}

func TestByteEncoderThatIsNoneIsNotRead(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `{"space":"l2","dimension":3,"max":1}`, `{"space":"l2","dimension":3,"min":1}`,
		`{"space":"l2","dimension":3,"min":1,"max":1}`, `{"space":"l2","dimension":3,"min":2,"max":1}`,
		`{"space":"l2","dimension":0,"min":0,"max":1}`, `{"space":"l2","dimension":16001,"min":0,"max":1}`,
		`{"space":"hamming","dimension":3,"min":0,"max":1}`, `{"dimension":3,"min":0,"max":1}`,
		`{"space":"l2","dimension":3,"min":-1e40,"max":1}`, `{"space":"innerproduct","dimension":3,"min":0,"max":0}`,
	} {
		e := ByteEncoder{Dimension: 7}
		if err := json.Unmarshal([]byte(text), &e); err == nil || e.Dimension != 7 {
			t.Errorf("%s is read: %+v", text, e)
		}
	}
}

func FuzzByteEncoder(f *testing.F) {
	f.Add([]byte(`{"space":"l2","dimension":1,"min":-1,"max":1}`), float32(0.5))
	f.Add([]byte(`{"space":"cosinesimil","dimension":1,"min":-3e38,"max":3.1e38}`), float32(-3e38))
	f.Add([]byte(`{"space":"innerproduct","dimension":1,"min":1e-45,"max":2e-45}`), float32(1e38))
	f.Fuzz(func(t *testing.T, data []byte, x float32) {
		var e ByteEncoder
		if json.Unmarshal(data, &e) != nil || e.Dimension != 1 {
			return
		}
		if err := e.Check(); err != nil {
			t.Fatalf("%s is read although: %v", data, err)
		}
		code, back := make([]int8, 1), make([]float32, 1)
		clipped, err := e.Encode(code, []float32{x})
		if err != nil {
			return
		}
		if err := e.Decode(back, code); err != nil {
			t.Fatal(err)
		}
		step := (math.Abs(float64(e.Max)) + math.Abs(float64(e.Min))) / 126
		if lost := math.Abs(float64(x) - float64(back[0])); clipped == 0 && lost > 1.001*step+1e-45 {
			t.Fatalf("%s: %v is encoded as %d, decoded as %v", data, x, code[0], back[0])
		}
	})
}

func TestByteEncoderReport(t *testing.T) {
	e := ByteEncoder{Space: Cosine, Dimension: 2, Min: -0.5, Max: 1}
	report, err := e.Report(t.Context(), byteVectors(t, 2, 1, 0, 0, 2, 0.001, 0, 0, 0, 0.5, -0.5))
	if err != nil {
		t.Fatal(err)
	}
	// (0.5, -0.5) is (63, -128): 63.5 is rounded down.
	decoded := 63.0 / 127
	cosine := (0.5*decoded + 0.25) / (math.Sqrt(0.5) * math.Hypot(decoded, 0.5))
	codeCosine := (0.5*63 + 0.5*128) / (math.Sqrt(0.5) * math.Hypot(63, 128))
	want := EncodingReport{
		Vectors: 5, MeanError: (1 + 0.001 + (0.5 - decoded)) / 10, MaxError: 1, Clipped: 1, ClippedShare: 0.1,
		Cosine: (1 + 1 + 0 + cosine) / 4, CodeCosine: (1 + 1 + 0 + codeCosine) / 4, Zeros: 1,
	}
	if !nearReport(report, want) {
		t.Errorf("%+v, want %+v", report, want)
	}
	e.Space = L2
	report, err = e.Report(t.Context(), byteVectors(t, 2, 1, -0.5, 0.25, 0))
	if err != nil || report.CodeCosine != 0 || report.Zeros != 0 || report.Clipped != 0 || report.MaxError > 1.5/255 || report.Cosine < 0.9999 {
		t.Errorf("%+v, %v", report, err)
	}
}

func nearReport(a, b EncodingReport) bool {
	near := func(x, y float64) bool { return math.Abs(x-y) < 1e-6 }
	return a.Vectors == b.Vectors && a.Clipped == b.Clipped && a.Zeros == b.Zeros && near(a.MeanError, b.MeanError) &&
		near(a.MaxError, b.MaxError) && near(a.ClippedShare, b.ClippedShare) && near(a.Cosine, b.Cosine) && near(a.CodeCosine, b.CodeCosine)
}

func TestByteEncoderOfHostileVectors(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	tests := []struct {
		name    string
		vectors Vectors
		cosine  float64 // at least
	}{
		{"16,000 dimensions", madeVectors(t, 3, 16000, func(int, int) float32 { return float32(random.NormFloat64()) }), 0.999},
		{"1 dimension", madeVectors(t, 100, 1, func(i, _ int) float32 { return float32(i - 50) }), 0.97},
		{"constant dimensions", madeVectors(t, 50, 4, func(i, d int) float32 { return float32(d*100 + i%2) }), 0.999},
		{"duplicates", madeVectors(t, 50, 4, func(_, d int) float32 { return float32(d) }), 0.999},
		{"denormals", madeVectors(t, 50, 4, func(i, d int) float32 { return math.SmallestNonzeroFloat32 * float32(i*d) }), 0.95},
		{"huge", madeVectors(t, 50, 4, func(i, d int) float32 { return math.MaxFloat32 * float32((i+d)%3-1) }), 0.999},
		{"one vector", madeVectors(t, 1, 4, func(_, d int) float32 { return float32(d) - 1.5 }), 0.999},
		{"one number", madeVectors(t, 1, 1, func(int, int) float32 { return -3 }), 0.999},
	}
	for _, test := range tests {
		for _, space := range []Space{L2, InnerProduct, Cosine} {
			if test.name == "one number" && space == L2 {
				continue
			}
			e := fitBytes(t, test.vectors, space)
			report, err := e.Report(t.Context(), test.vectors)
			if err != nil || report.Clipped != 0 || !(report.Cosine >= test.cosine && report.Cosine <= 1.0000001) || report.Vectors != test.vectors.Len() {
				t.Errorf("%s, %s: %+v, %v", test.name, space, report, err)
			}
		}
	}
}

func BenchmarkByteEncoder(b *testing.B) {
	vectors := madeVectors(b, 1, 384, func(_, d int) float32 { return float32(d) })
	e, dst, v := fitBytes(b, vectors, Cosine), make([]int8, 384), make([]float32, 384)
	if err := vectors.ReadVectors(v, 0); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(4 * 384)
	for b.Loop() {
		if _, err := e.Encode(dst, v); err != nil {
			b.Fatal(err)
		}
	}
}
