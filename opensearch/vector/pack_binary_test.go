package vector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// TestPackBinary has the example of the documentation, and the ends of the range.
func TestPackBinary(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	zeros := make([]float32, 8)
	for name, c := range map[string]struct {
		v, thresholds []float32
		want          string
	}{
		"documentation":  {[]float32{0, 1, 1, 0, 0, 0, 1, 1}, nil, "[99]"},
		"first bit":      {[]float32{1, 0, 0, 0, 0, 0, 0, -1}, nil, "[-128]"},
		"all":            {[]float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, .5}, nil, "[-1,-1]"},
		"zero is not":    {zeros, nil, "[0]"},
		"with threshold": {[]float32{1, 2, 3, 4, 5, 6, 7, 8}, []float32{8, 7, 6, 5, 4, 3, 2, 1}, "[15]"},
		"denormal":       {[]float32{1e-45, 0, 0, 0, 0, 0, 0, 0}, nil, "[-128]"},
	} {
		packed := make([]int8, len(c.v)/8)
		if err := vector.PackBinary(packed, c.v, c.thresholds); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if text, _ := json.Marshal(packed); string(text) != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
	}
	for name, c := range map[string]struct {
		dst           []int8
		v, thresholds []float32
		want          string
	}{
		"12":         {make([]int8, 2), make([]float32, 12), nil, "vector: pack binary: 12 bits: the dimension of a binary field is a multiple of 8, 8 to 16000; leave bits out or add bits that are the same for all"},
		"none":       {nil, nil, nil, "vector: pack binary: 0 bits: the dimension of a binary field is a multiple of 8, 8 to 16000; leave bits out or add bits that are the same for all"},
		"16008":      {make([]int8, 2001), make([]float32, 16008), nil, "vector: pack binary: 16008 bits: the dimension of a binary field is a multiple of 8, 8 to 16000; leave bits out or add bits that are the same for all"},
		"dst":        {make([]int8, 2), zeros, nil, "vector: pack binary: dst: 2 numbers: give 1"},
		"thresholds": {make([]int8, 1), zeros, zeros[:7], "vector: pack binary: thresholds: 7 numbers: give 8"},
		"NaN":        {make([]int8, 1), []float32{0, 0, nan, 0, 0, 0, 0, 0}, nil, "vector: pack binary: vector 0 has NaN as number 2: OpenSearch takes finite numbers only"},
		"infinite":   {make([]int8, 1), zeros, []float32{0, 0, inf, 0, 0, 0, 0, 0}, "vector: pack binary: thresholds: vector 0 has +Inf as number 2: OpenSearch takes finite numbers only"},
	} {
		if err := vector.PackBinary(c.dst, c.v, c.thresholds); err == nil || err.Error() != c.want {
			t.Errorf("%s: error %v, want %s", name, err, c.want)
		}
	}
	var dimension *vector.BinaryDimensionError
	if err := vector.PackBits(nil, make([]bool, 9)); !errors.As(err, &dimension) || dimension.Dimension != 9 {
		t.Errorf("9 bits: error %v", err)
	}
}

// TestPackBitsAndBack: bits come back, and as many differ as are counted.
func TestPackBitsAndBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{8, 16, 384, 16_000} {
		a, b := make([]bool, n), make([]bool, n)
		want := 0
		for i := range a {
			a[i], b[i] = random.IntN(2) == 0, random.IntN(2) == 0
			if a[i] != b[i] {
				want++
			}
		}
		packedA, packedB := make([]int8, n/8), make([]int8, n/8)
		if err := errors.Join(vector.PackBits(packedA, a), vector.PackBits(packedB, b)); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(vector.UnpackBits(packedA), a) {
			t.Errorf("%d bits do not come back", n)
		}
		if got, err := vector.HammingDistance(packedA, packedB); err != nil || got != want {
			t.Errorf("%d bits: distance %d, %v, want %d", n, got, err, want)
		}
	}
	if got, err := vector.HammingDistance([]int8{-128, -1}, []int8{127, 0}); err != nil || got != 16 {
		t.Errorf("distance %d, %v, want 16", got, err)
	}
	var wrong *vector.DimensionError
	if _, err := vector.HammingDistance(make([]int8, 1), make([]int8, 2)); !errors.As(err, &wrong) {
		t.Errorf("error %v of different lengths", err)
	}
}

// TestBinaryThresholds: with the mean as the threshold, bits of data that is far from
// zero say something, and the report tells that they did not before.
func TestBinaryThresholds(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const n, d = 3000, 16
	values := make([]float32, n*d)
	for i := range values {
		values[i] = float32(10 + random.NormFloat64())
	}
	vectors, err := vector.FromValues(d, values)
	if err != nil {
		t.Fatal(err)
	}
	thresholds, err := vector.BinaryThresholds(t.Context(), vectors)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range thresholds {
		if math.Abs(float64(x)-10) > 0.1 {
			t.Errorf("threshold %d is %v, want about 10", i, x)
		}
	}
	before, err := vector.ReportBinary(t.Context(), vectors, nil)
	if err != nil || before.Idle != d || before.Vectors != n {
		t.Errorf("by sign: %+v, %v, want all %d bits idle", before, err, d)
	}
	after, err := vector.ReportBinary(t.Context(), vectors, thresholds)
	if err != nil || after.Idle != 0 || math.Abs(after.Cosine-math.Sqrt(2/math.Pi)) > 0.02 {
		t.Errorf("by mean: %+v, %v, want no idle bits and the cosine √(2/π)", after, err)
	}
}

func TestBinaryThresholdsRefuse(t *testing.T) {
	if _, err := vector.BinaryThresholds(t.Context(), nil); err == nil {
		t.Error("thresholds of nothing")
	}
	bad, err := vector.FromValues(1, []float32{1, float32(math.NaN())})
	if err != nil {
		t.Fatal(err)
	}
	var value *vector.ValueError
	if _, err := vector.BinaryThresholds(t.Context(), bad); !errors.As(err, &value) || value.Vector != 1 {
		t.Errorf("error %v, want that of vector 1", err)
	}
	var wrong *vector.DimensionError
	if _, err := vector.ReportBinary(t.Context(), bad, make([]float32, 2)); !errors.As(err, &wrong) {
		t.Errorf("error %v, want that thresholds are too many", err)
	}
	if _, err := vector.ReportBinary(t.Context(), bad, []float32{float32(math.Inf(1))}); !errors.As(err, &value) || value.Vector != 0 {
		t.Errorf("error %v, want that a threshold is infinite", err)
	}
	huge, err := vector.FromValues(1, []float32{3e38, -3e38})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := vector.ReportBinary(t.Context(), huge, []float32{-3e38}); err != nil || r.Cosine != 0 {
		t.Errorf("huge numbers: %+v, %v, want no cosine", r, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := vector.BinaryThresholds(ctx, bad); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the context has ended", err)
	}
}

// A vector is packed by sign, as models do that are trained for it.
func ExamplePackBinary() {
	embedding := []float32{-0.2, 0.3, 0.1, -0.4, -0.1, -0.7, 0.5, 0.9}
	packed := make([]int8, len(embedding)/8)
	if err := vector.PackBinary(packed, embedding, nil); err != nil {
		fmt.Println(err)
		return
	}
	document, err := json.Marshal(map[string]any{"my_vector": packed})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(document))
	// Output: {"my_vector":[99]}
}
