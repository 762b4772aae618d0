// Package quantizer makes codes of vectors and compares queries with them, as the
// engines of OpenSearch do: each kind as its code does it.
package quantizer

import "context"

// Vectors are the vectors of a segment. ReadVectors reads as many as dst has room for,
// beginning with number from; it may be called from several goroutines.
type Vectors interface {
	Len() int
	Dimension() int
	ReadVectors(dst []float32, from int) error
}

// A Space is how near two vectors are. The cosine is the inner product of vectors of
// length 1, which the caller makes of them.
type Space int

// The spaces.
const (
	L2 Space = iota
	InnerProduct
)

// A Method makes quantizers. It is plain data: parameters.
type Method interface {
	// Train looks at the vectors of a segment, as the engine does before it writes it.
	// It needs memory for a block of them and for what it learns, not for all.
	Train(ctx context.Context, segment Vectors) (Quantizer, error)
}

// A Quantizer makes codes. It may be used by several goroutines.
type Quantizer interface {
	// CodeSize returns how many bytes a code has, with what is kept beside it.
	CodeSize() int

	// Encode makes codes of vectors, which are one after the other.
	Encode(dst []byte, vectors []float32)

	// Query prepares a query.
	Query(query []float32) Query
}

// A Query is for one goroutine at a time.
type Query interface {
	// Score scores codes, which are one after the other: the greater, the nearer.
	Score(scores []float32, codes []byte)
}
