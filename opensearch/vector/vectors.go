package vector

import "fmt"

// Vectors are vectors of one dimension, in memory or in a file. What reads them may
// not change them.
type Vectors interface {
	// Len returns how many there are.
	Len() int

	// Dimension returns how many numbers a vector has: 1 to 16,000.
	Dimension() int

	// ReadVectors reads vectors, beginning with number from, where 0 is the first: as
	// many as dst has room for, one after the other. It may be called from several
	// goroutines.
	ReadVectors(dst []float32, from int) error
}

// MaxDimension is how many numbers a vector of OpenSearch may have, with every engine.
//
// Source: https://docs.opensearch.org/latest/mappings/supported-field-types/knn-vector/
const MaxDimension = 16_000

// inMemory are vectors in memory, one after the other.
type inMemory struct {
	dimension int
	values    []float32
}

// FromSlices returns vectors that are in memory, each a slice. They are copied. The
// error names the first that has another dimension than the one before it.
func FromSlices(vectors [][]float32) (Vectors, error) {
	if len(vectors) == 0 {
		return nil, fmt.Errorf("vector: there are no vectors")
	}
	dimension := len(vectors[0])
	values := make([]float32, 0, dimension*len(vectors))
	for i, v := range vectors {
		if len(v) != dimension {
			return nil, fmt.Errorf("vector: vector %d has %d dimensions, those before it have %d", i, len(v), dimension)
		}
		values = append(values, v...)
	}
	return FromValues(dimension, values)
}

// FromValues returns vectors that are in memory one after the other. They are not
// copied.
func FromValues(dimension int, values []float32) (Vectors, error) {
	switch {
	case dimension < 1 || dimension > MaxDimension:
		return nil, fmt.Errorf("vector: %d dimensions: give 1 to %d", dimension, MaxDimension)
	case len(values) == 0:
		return nil, fmt.Errorf("vector: there are no vectors")
	case len(values)%dimension != 0:
		return nil, fmt.Errorf("vector: %d numbers are no multiple of %d dimensions", len(values), dimension)
	}
	return &inMemory{dimension, values}, nil
}

func (m *inMemory) Len() int       { return len(m.values) / m.dimension }
func (m *inMemory) Dimension() int { return m.dimension }

func (m *inMemory) ReadVectors(dst []float32, from int) error {
	start := from * m.dimension
	if from < 0 || len(dst)%m.dimension != 0 || start+len(dst) > len(m.values) {
		return fmt.Errorf("vectors %d to %d of %d: there are none", from, from+len(dst)/m.dimension, m.Len())
	}
	copy(dst, m.values[start:])
	return nil
}

// finite returns the number of the first value that is NaN or infinite; -1 if all are
// numbers. It looks at eight at a time: only a number times 0 is 0.
func finite(values []float32) int {
	i := 0
	for ; i+8 <= len(values); i += 8 {
		v := values[i : i+8 : i+8]
		zero := (v[0]*0 + v[1]*0) + (v[2]*0 + v[3]*0) + ((v[4]*0 + v[5]*0) + (v[6]*0 + v[7]*0))
		if zero != 0 {
			break
		}
	}
	for ; i < len(values); i++ {
		if values[i]-values[i] != 0 {
			return i
		}
	}
	return -1
}
