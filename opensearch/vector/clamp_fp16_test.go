package vector

import (
	"errors"
	"math"
	"slices"
	"testing"
)

func TestClampFP16(t *testing.T) {
	beyond := math.Nextafter32(MaxFP16, 1e9)
	v := []float32{0, 1.00001, -MaxFP16, MaxFP16, beyond, -beyond, 1e30, -math.MaxFloat32, 1e-42}
	want := []float32{0, 1.00001, -MaxFP16, MaxFP16, MaxFP16, -MaxFP16, MaxFP16, -MaxFP16, 1e-42}
	got := make([]float32, len(v))
	if clamped, err := ClampFP16(got, v); err != nil || clamped != 4 || !slices.Equal(got, want) {
		t.Errorf("%v, %d clamped, %v", got, clamped, err)
	}
	if clamped, err := ClampFP16(v, v); err != nil || clamped != 4 || !slices.Equal(v, want) {
		t.Errorf("in place: %v, %d clamped, %v", v, clamped, err)
	}
	if clamped, err := ClampFP16(v, v); err != nil || clamped != 0 {
		t.Errorf("again: %d clamped, %v", clamped, err)
	}
	var value *ValueError
	for _, x := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		if _, err := ClampFP16(make([]float32, 2), []float32{1, x}); !errors.As(err, &value) || value.Index != 1 {
			t.Errorf("%v: %v", x, err)
		}
	}
	var dimension *DimensionError
	if _, err := ClampFP16(make([]float32, 2), v); !errors.As(err, &dimension) {
		t.Errorf("room for 2: %v", err)
	}
}

func TestCheckFP16(t *testing.T) {
	if err := CheckFP16([]float32{MaxFP16, -MaxFP16, 0, 1e-45}); err != nil {
		t.Error(err)
	}
	beyond := math.Nextafter32(-MaxFP16, -1e9)
	var refused *FP16RangeError
	if err := CheckFP16([]float32{0, beyond}); !errors.As(err, &refused) || *refused != (FP16RangeError{0, 1, beyond}) {
		t.Errorf("%v", err)
	}
	var value *ValueError
	if err := CheckFP16([]float32{float32(math.NaN())}); !errors.As(err, &value) {
		t.Errorf("NaN: %v", err)
	}
}

func TestReportFP16(t *testing.T) {
	report, err := ReportFP16(t.Context(), byteVectors(t, 2, 1, 0.1, 1e-9, 0, 0, 0, 3, 65600))
	if err != nil {
		t.Fatal(err)
	}
	lost := math.Abs(float64(float32(0.1)) - 0.0999755859375) // 0x2e66
	want := EncodingReport{
		Vectors: 4, MeanError: (lost + 1e-9 + 96) / 8, MaxError: 96, Clipped: 1, ClippedShare: 1. / 8,
		Cosine: 2. / 3, CodeCosine: 2. / 3, Zeros: 1,
	}
	if !nearReport(report, want) {
		t.Errorf("%+v, want %+v", report, want)
	}
	if _, err := ReportFP16(t.Context(), byteVectors(t, 1, float32(math.Inf(1)))); err == nil {
		t.Error("infinite is taken")
	}
}

func TestReportStops(t *testing.T) {
	broken := &brokenVectors{byteVectors(t, 1, 1, 2), errors.New("gone")}
	if _, err := ReportFP16(t.Context(), broken); !errors.Is(err, broken.err) {
		t.Errorf("%v", err)
	}
	if _, err := FitByteEncoder(t.Context(), broken, FitByteEncoderOptions{}); !errors.Is(err, broken.err) {
		t.Errorf("%v", err)
	}
}

// noVectors have a dimension that there is not.
type noVectors struct{ Vectors }

func (noVectors) Len() int       { return 1 }
func (noVectors) Dimension() int { return 0 }

func TestEncodersRefuseWhatIsNone(t *testing.T) {
	e := ByteEncoder{Space: L2, Dimension: 1, Max: 1}
	for _, vectors := range []Vectors{nil, noVectors{}} {
		if _, err := ReportFP16(t.Context(), vectors); err == nil {
			t.Errorf("%v: reported by ReportFP16", vectors)
		}
		if _, err := e.Report(t.Context(), vectors); err == nil {
			t.Errorf("%v: reported by Report", vectors)
		}
		if _, err := FitByteEncoder(t.Context(), vectors, FitByteEncoderOptions{}); err == nil {
			t.Errorf("%v: fitted to", vectors)
		}
	}
}

// manyVectors are too many for the memory.
type manyVectors struct{ n, most int }

func (m *manyVectors) Len() int       { return m.n }
func (m *manyVectors) Dimension() int { return 100 }
func (m *manyVectors) ReadVectors(dst []float32, from int) error {
	m.most = max(m.most, len(dst))
	for i := range dst {
		dst[i] = float32((from+i)%201 - 100)
	}
	return nil
}

func TestEncodersReadBlocks(t *testing.T) {
	vectors := &manyVectors{n: 40_000}
	e, err := FitByteEncoder(t.Context(), vectors, FitByteEncoderOptions{Space: InnerProduct})
	if err != nil || e.Min != -100 || e.Max != 100 {
		t.Fatalf("%+v, %v", e, err)
	}
	report, err := e.Report(t.Context(), vectors)
	if err != nil || report.Vectors != 40_000 || report.Clipped != 0 {
		t.Errorf("%+v, %v", report, err)
	}
	half, err := ReportFP16(t.Context(), vectors)
	if err != nil || half.Vectors != 40_000 || half.MaxError != 0 {
		t.Errorf("%+v, %v", half, err)
	}
	if vectors.most > 1<<20 {
		t.Errorf("%d numbers are read at a time", vectors.most)
	}
}

// brokenVectors cannot be read.
type brokenVectors struct {
	Vectors
	err error
}

func (b *brokenVectors) ReadVectors([]float32, int) error { return b.err }
