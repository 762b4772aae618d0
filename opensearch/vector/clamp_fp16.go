package vector

import (
	"context"
	"fmt"

	"github.com/awspatterns/awspatterns/internal/quantizer"
)

// MaxFP16 is the greatest number that fp16 keeps; -MaxFP16 is the least.
const MaxFP16 = quantizer.MaxFP16

// A FP16RangeError is a number that OpenSearch refuses in a field with encoder fp16 and
// clip false, which is the default.
type FP16RangeError struct {
	Vector int // its number, from 0
	Index  int // of the number in it, from 0
	Value  float32
}

func (e *FP16RangeError) Error() string {
	return fmt.Sprintf("vector %d has %v as number %d, which fp16 cannot keep: it is refused unless clip is true; clamp it to ±%d, or scale all vectors", e.Vector, e.Value, e.Index, MaxFP16)
}

// CheckFP16 returns a *[FP16RangeError] for the first number of a vector that OpenSearch
// refuses if clip is false: those greater than 65504 or less than -65504 before they are
// rounded, so 65504.004 too, which would be rounded to 65504. A number that is not finite,
// which OpenSearch always refuses, is a *[ValueError]. Queries may have any finite number.
//
// Source: FaissFP16Util.validateFP16VectorValue of the k-NN plugin.
func CheckFP16(v []float32) error {
	at := quantizer.CheckFP16(v)
	switch {
	case at < 0:
		return nil
	case v[at]-v[at] != 0:
		return fmt.Errorf("vector: check fp16: %w", &ValueError{Index: at, Value: v[at]})
	}
	return fmt.Errorf("vector: check fp16: %w", &FP16RangeError{Index: at, Value: v[at]})
}

// ClampFP16 writes a vector with each number beyond ±65504 moved to the end of that
// range, which is what OpenSearch does if clip is true, and returns how many were. dst
// has the length of v, and may be v. Numbers are not rounded: OpenSearch does that. One
// that is not finite is a *[ValueError], since OpenSearch refuses it with clip, too; a
// dst of another length is a *[DimensionError].
//
// Source: FaissFP16Util.clipVectorValueToFP16Range of the k-NN plugin.
func ClampFP16(dst, v []float32) (clamped int, err error) {
	if len(dst) != len(v) {
		return 0, fmt.Errorf("vector: clamp fp16: %w", &DimensionError{len(dst), len(v)})
	}
	if at := finite(v); at >= 0 {
		return 0, fmt.Errorf("vector: clamp fp16: %w", &ValueError{Index: at, Value: v[at]})
	}
	return clampFP16(dst, v), nil
}

func clampFP16(dst, v []float32) (clamped int) {
	for i, x := range v {
		dst[i] = max(-MaxFP16, min(MaxFP16, x))
		if dst[i] != x {
			clamped++
		}
	}
	return clamped
}

// ReportFP16 says what vectors lose in a field with encoder fp16 and clip true. If none
// is clipped, clip may be false. It reads the vectors in blocks. A number that is not
// finite is a *[ValueError].
func ReportFP16(ctx context.Context, vectors Vectors) (EncodingReport, error) {
	if err := encodable(vectors); err != nil {
		return EncodingReport{}, fmt.Errorf("vector: report of fp16: %w", err)
	}
	report, err := reportEncoding(ctx, vectors, func(v *encodedVector) {
		v.clipped += int64(clampFP16(v.decoded, v.vector))
		for i, x := range v.decoded {
			v.decoded[i] = quantizer.FromHalf(quantizer.Half(x))
		}
		v.code = v.decoded
	})
	if err != nil {
		return EncodingReport{}, fmt.Errorf("vector: report of fp16: %w", err)
	}
	return report, nil
}
