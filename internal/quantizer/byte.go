package quantizer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/awspatterns/awspatterns/internal/distance"
)

// Byte keeps each number as a signed byte, by the recipe that OpenSearch's documentation
// has for those who write vectors with data_type byte. The engines compare bytes as
// integers, as they are: nothing is decoded.
//
// Source of the recipe: https://docs.opensearch.org/latest/mappings/supported-field-types/knn-memory-optimized/
// (Quantization techniques). Of the comparison: QT_8bit_direct_signed in FAISS 1.15, and
// VectorUtil in Lucene 10.
type Byte struct {
	Space  Space
	Cosine bool // bytes are compared by their cosine, as with cosinesimil; else by Space

	// Min and Max are the least and the greatest number of all vectors, of all segments.
	// If both are 0, Train takes those of the segment.
	Min, Max float32
}

// ErrNoRange is that all numbers are the same one, by which nothing can be scaled.
var ErrNoRange = errors.New("there are no two different numbers to scale by: byte vectors would all be the same")

// A NotFiniteError is the first number that is NaN or infinite.
type NotFiniteError struct {
	Vector    int // 0 is the first
	Dimension int
	Value     float32
}

func (e *NotFiniteError) Error() string {
	return fmt.Sprintf("vector %d, dimension %d: %v is no finite number: OpenSearch refuses the vector", e.Vector, e.Dimension, e.Value)
}

// Fit returns the recipe with the least and the greatest number of the vectors. It
// returns [ErrNoRange] or a [NotFiniteError] if there is none.
func (m Byte) Fit(ctx context.Context, vectors Vectors) (Byte, error) {
	m.Min, m.Max = float32(math.Inf(1)), float32(math.Inf(-1))
	err := eachRowBlock(ctx, vectors, func(from int, values []float32) error {
		for i, x := range values {
			if x-x != 0 {
				return &NotFiniteError{from + i/vectors.Dimension(), i % vectors.Dimension(), x}
			}
			if x < m.Min {
				m.Min = x
			}
			if x > m.Max {
				m.Max = x
			}
		}
		return nil
	})
	if err == nil {
		err = m.Check()
	}
	if err != nil {
		return Byte{}, err
	}
	return m, nil
}

// Check returns what is wrong with Min and Max.
func (m Byte) Check() error {
	switch {
	case m.Min-m.Min != 0 || m.Max-m.Max != 0:
		return fmt.Errorf("min %v, max %v: give finite numbers", m.Min, m.Max)
	case m.Min > m.Max:
		return fmt.Errorf("min %v is greater than max %v", m.Min, m.Max)
	case m.scale() == 0:
		return ErrNoRange
	}
	return nil
}

// scale is what the numbers are divided by: 0 if they cannot be.
func (m Byte) scale() float64 {
	if m.shifts() {
		return float64(m.Max) - float64(m.Min)
	}
	return max(float64(m.Max), -float64(m.Min))
}

// shifts reports whether numbers may be moved: distances stay the same then, angles do
// not.
func (m Byte) shifts() bool { return m.Space == L2 && !m.Cosine }

// Train takes Min and Max of the segment if they are not given.
func (m Byte) Train(ctx context.Context, segment Vectors) (Quantizer, error) {
	var err error
	if m.Min == 0 && m.Max == 0 {
		m, err = m.Fit(ctx, segment)
	} else {
		err = m.Check()
	}
	if err != nil {
		return nil, err
	}
	return &byteQuantizer{m.Codec(), m, segment.Dimension()}, nil
}

// A ByteCodec makes bytes of numbers and numbers of bytes. It calculates with 64 bits, as
// NumPy does in the recipe.
type ByteCodec struct {
	shifts             bool
	min, max           float64
	factor             float64 // of a shifted number
	positive, negative float64 // what is divided by
}

// Codec returns the recipe, which has passed Check.
func (m Byte) Codec() ByteCodec {
	c := ByteCodec{shifts: m.shifts(), min: float64(m.Min), max: float64(m.Max)}
	if c.shifts {
		c.factor = 1 / (c.max - c.min)
		return c
	}
	c.positive, c.negative = c.max, -c.min
	// Without numbers of one sign, those of queries are scaled as the others.
	if c.positive <= 0 {
		c.positive = c.negative
	}
	if c.negative <= 0 {
		c.negative = c.positive
	}
	return c
}

// Encode returns the byte of a number that is not NaN, and whether the number was beyond
// the range that the recipe was fitted to, and has been moved to its end.
func (c *ByteCodec) Encode(x float32) (code int8, clipped bool) {
	v := float64(x)
	if c.shifts {
		clipped = v < c.min || v > c.max
		v = (max(c.min, min(c.max, v)) - c.min) * c.factor
		return int8(math.Floor(v*255) - 128), clipped
	}
	if v >= 0 {
		v = v / c.positive * 127
	} else {
		v = v / c.negative * 128
	}
	// Halves are rounded down: the recipe rounds up what is more than a half.
	down := math.Floor(v)
	if v-down > 0.5 {
		down++
	}
	return int8(max(-128, min(127, down))), v > 127 || v < -128
}

// Decode returns a number in the middle of those that have this byte.
func (c *ByteCodec) Decode(code int8) float32 {
	v := float64(code)
	switch {
	case c.shifts:
		// The last byte but for rounding is that of the greatest number alone.
		return float32(c.min + min(v+128.5, 255)/255*(c.max-c.min))
	case code >= 0:
		return float32(v / 127 * c.positive)
	}
	return float32(v / 128 * c.negative)
}

// byteQuantizer makes codes of a byte for each dimension and, but for the inner product,
// the square of the code's length as an int32.
type byteQuantizer struct {
	codec     ByteCodec
	method    Byte
	dimension int
}

func (q *byteQuantizer) withLength() bool { return q.method.Cosine || q.method.Space == L2 }

func (q *byteQuantizer) CodeSize() int {
	if q.withLength() {
		return q.dimension + 4
	}
	return q.dimension
}

func (q *byteQuantizer) Encode(dst []byte, vectors []float32) {
	for ; len(vectors) > 0; vectors, dst = vectors[q.dimension:], dst[q.CodeSize():] {
		var square int32
		for i, x := range vectors[:q.dimension] {
			code, _ := q.codec.Encode(x)
			dst[i] = byte(code)
			square += int32(code) * int32(code)
		}
		if q.withLength() {
			binary.LittleEndian.PutUint32(dst[q.dimension:], uint32(square))
		}
	}
}

func (q *byteQuantizer) Query(query []float32) Query {
	b := &byteQuery{byteQuantizer: q, query: make([]int8, q.dimension)}
	for i, x := range query {
		b.query[i], _ = q.codec.Encode(x)
		b.square += int32(b.query[i]) * int32(b.query[i])
	}
	return b
}

type byteQuery struct {
	*byteQuantizer
	query  []int8
	square int32
	dots   []int32
}

func (q *byteQuery) Score(scores []float32, codes []byte) {
	if len(q.dots) < len(scores) {
		q.dots = make([]int32, len(scores))
	}
	size := q.CodeSize()
	distance.Int8Dots(q.dots[:len(scores)], q.query, codes, size)
	for i := range scores {
		dot := q.dots[i]
		if !q.withLength() {
			scores[i] = float32(dot)
			continue
		}
		square := int32(binary.LittleEndian.Uint32(codes[i*size+q.dimension:]))
		scores[i] = q.score(dot, square)
	}
}

// score returns the negative square of the distance, or the cosine. A vector without
// length has none: OpenSearch does not take it, and nothing finds it.
func (q *byteQuery) score(dot, square int32) float32 {
	switch {
	case !q.method.Cosine:
		return -float32(int64(q.square) + int64(square) - 2*int64(dot))
	case q.square == 0 || square == 0:
		return float32(math.Inf(-1))
	}
	return float32(float64(dot) / math.Sqrt(float64(q.square)*float64(square)))
}
