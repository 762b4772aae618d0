package vector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/awspatterns/awspatterns/internal/quantizer"
)

// A ByteEncoder makes vectors of signed bytes, for fields with data_type byte: OpenSearch
// does not make them itself. It is plain data: keep it as JSON beside the index, since
// queries have to be encoded by the same one.
//
// It follows the recipes of the documentation, which are for 64 bits and which it follows
// to the bit. For L2, the range of all numbers is cut into 255 steps, and what lies
// between two is rounded down. For the inner product and the cosine, where numbers cannot
// be moved, positive ones are divided by the greatest and multiplied by 127, negative
// ones divided by the least and multiplied by 128; halves are rounded down. So angles
// change if the greatest and the least are not equally far from zero;
// [ByteEncoder.Report] says how much. Normalise vectors of different lengths before you
// fit and encode if the space is Cosine: short ones would have few steps.
//
// Source: https://docs.opensearch.org/latest/mappings/supported-field-types/knn-memory-optimized/,
// "Quantization techniques".
type ByteEncoder struct {
	Space     Space   `json:"space"`
	Dimension int     `json:"dimension"`
	Min       float32 `json:"min"` // the least number of all vectors
	Max       float32 `json:"max"` // the greatest
}

// FitByteEncoderOptions say what bytes are compared by.
type FitByteEncoderOptions struct {
	Space Space // defaults to L2
}

// ErrNoRange is that vectors have no two different numbers or, for the inner product and
// the cosine, only zeros: nothing can be scaled by them.
var ErrNoRange = errors.New("the numbers of the vectors have no range to scale by")

// ErrZeroCode is that a vector is so near to zero, compared with others, that all its
// bytes are 0: OpenSearch refuses it in space cosinesimil.
var ErrZeroCode = errors.New("all bytes are 0, and have no cosine with others: normalise the vectors before they are encoded, or leave this one out")

// A DimensionError is that a vector has not as many numbers as it should have.
type DimensionError struct {
	Dimension, Wanted int
}

func (e *DimensionError) Error() string {
	return fmt.Sprintf("%d numbers: give %d", e.Dimension, e.Wanted)
}

// FitByteEncoder reads all vectors, in blocks, and returns the encoder for them. Fit it
// to what is to be indexed: what is encoded later and goes beyond is clipped. A number
// that is not finite is a *[ValueError]; [ErrNoRange] is returned as well.
func FitByteEncoder(ctx context.Context, vectors Vectors, opts FitByteEncoderOptions) (ByteEncoder, error) {
	e := ByteEncoder{Space: opts.Space}
	if e.Space == "" {
		e.Space = L2
	}
	if err := encodable(vectors); err != nil {
		return ByteEncoder{}, fmt.Errorf("vector: fit byte encoder: %w", err)
	}
	e.Dimension = vectors.Dimension()
	fitted, err := e.recipe().Fit(ctx, vectors)
	if err == nil {
		e.Min, e.Max = fitted.Min, fitted.Max
		err = e.Check()
	}
	if err != nil {
		return ByteEncoder{}, fmt.Errorf("vector: fit byte encoder: %w", encoderError(err))
	}
	return e, nil
}

// encoderError returns errors as this package has them.
func encoderError(err error) error {
	var refused *quantizer.NotFiniteError
	switch {
	case errors.As(err, &refused):
		return &ValueError{Vector: refused.Vector, Index: refused.Dimension, Value: refused.Value}
	case errors.Is(err, quantizer.ErrNoRange):
		return ErrNoRange
	}
	return err
}

func (e ByteEncoder) recipe() quantizer.Byte {
	b := quantizer.Byte{Space: quantizer.InnerProduct, Cosine: e.Space == Cosine, Min: e.Min, Max: e.Max}
	if e.Space == L2 {
		b.Space = quantizer.L2
	}
	return b
}

// Check returns what is wrong with the encoder, such as one that was not fitted.
func (e ByteEncoder) Check() error {
	switch {
	case !e.Space.known():
		return fmt.Errorf("space %q: give %s, %s or %s", e.Space, L2, InnerProduct, Cosine)
	case e.Dimension < 1 || e.Dimension > MaxDimension:
		return fmt.Errorf("%d dimensions: give 1 to %d", e.Dimension, MaxDimension)
	}
	return encoderError(e.recipe().Check())
}

// UnmarshalJSON reads what json.Marshal has written, and refuses what is no encoder.
func (e *ByteEncoder) UnmarshalJSON(data []byte) error {
	var read struct {
		Space     Space    `json:"space"`
		Dimension int      `json:"dimension"`
		Min       *float32 `json:"min"`
		Max       *float32 `json:"max"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return fmt.Errorf("vector: read byte encoder: %w", err)
	}
	if read.Min == nil || read.Max == nil {
		return errors.New("vector: read byte encoder: min or max is missing")
	}
	made := ByteEncoder{read.Space, read.Dimension, *read.Min, *read.Max}
	if err := made.Check(); err != nil {
		return fmt.Errorf("vector: read byte encoder: %w", err)
	}
	*e = made
	return nil
}

// Encode writes the bytes of a vector, which json.Marshal writes as OpenSearch takes
// them, and returns how many numbers were beyond the range and have been moved to its
// end. Errors are *[DimensionError], *[ValueError] for a number that is not finite,
// [ErrZeroCode], and those of Check.
func (e ByteEncoder) Encode(dst []int8, v []float32) (clipped int, err error) {
	clipped, err = e.encode(dst, v)
	if err != nil {
		return 0, fmt.Errorf("vector: encode bytes: %w", err)
	}
	return clipped, nil
}

// EncodeQuery is Encode: the recipes encode queries as they do vectors. That queries go
// beyond the range is usual.
func (e ByteEncoder) EncodeQuery(dst []int8, query []float32) (clipped int, err error) {
	clipped, err = e.encode(dst, query)
	if err != nil {
		return 0, fmt.Errorf("vector: encode query: %w", err)
	}
	return clipped, nil
}

func (e ByteEncoder) encode(dst []int8, v []float32) (clipped int, err error) {
	if err := e.check(len(dst), len(v)); err != nil {
		return 0, err
	}
	if at := finite(v); at >= 0 {
		return 0, &ValueError{Index: at, Value: v[at]}
	}
	codec := e.recipe().Codec()
	var any int8
	for i, x := range v {
		code, beyond := codec.Encode(x)
		if beyond {
			clipped++
		}
		dst[i] = code
		any |= code
	}
	if e.Space == Cosine && any == 0 {
		return 0, ErrZeroCode
	}
	return clipped, nil
}

// check checks the encoder, and that there are as many numbers as it wants.
func (e ByteEncoder) check(numbers ...int) error {
	if err := e.Check(); err != nil {
		return err
	}
	for _, n := range numbers {
		if n != e.Dimension {
			return &DimensionError{n, e.Dimension}
		}
	}
	return nil
}

// Decode writes numbers that have these bytes: for L2 those in the middle of a step.
// OpenSearch does not decode.
func (e ByteEncoder) Decode(dst []float32, codes []int8) error {
	if err := e.check(len(dst), len(codes)); err != nil {
		return fmt.Errorf("vector: decode bytes: %w", err)
	}
	codec := e.recipe().Codec()
	for i, code := range codes {
		dst[i] = codec.Decode(code)
	}
	return nil
}

// Report encodes vectors, in blocks, and says what is lost. Errors are those of Encode,
// but for ErrZeroCode: such vectors are counted.
func (e ByteEncoder) Report(ctx context.Context, vectors Vectors) (EncodingReport, error) {
	err := encodable(vectors)
	if err == nil {
		err = e.check(vectors.Dimension())
	}
	if err != nil {
		return EncodingReport{}, fmt.Errorf("vector: report of byte encoder: %w", err)
	}
	codec := e.recipe().Codec()
	report, err := reportEncoding(ctx, vectors, func(v *encodedVector) {
		for i, x := range v.vector {
			code, beyond := codec.Encode(x)
			v.code[i], v.decoded[i] = float32(code), codec.Decode(code)
			if beyond {
				v.clipped++
			}
		}
	})
	if err != nil {
		return EncodingReport{}, fmt.Errorf("vector: report of byte encoder: %w", err)
	}
	if e.Space == L2 {
		report.CodeCosine, report.Zeros = 0, 0
	}
	return report, nil
}
