package quantizer

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/awspatterns/awspatterns/internal/distance"
	"github.com/awspatterns/awspatterns/internal/parallel"
)

// MaxRotation is the dimension up to which vectors are rotated here. The matrix has the
// square of it in numbers, and making it takes time by its cube: 64 MiB and about half
// a minute for 4,096, but 1 GiB and half an hour for 16,000. The k-NN plugin knows no
// limit: it makes the matrix anew for each segment, and writes it beside it.
const MaxRotation = 4096

// rotationSeed is QUANTIZATION_RANDOM_ROTATION_DEFAULT_SEED of the k-NN plugin.
const rotationSeed = 1212121212

// Rotations keeps the matrices that vectors are rotated with, so that segments of one
// dimension share theirs. The zero value is ready, and may be used by several
// goroutines.
type Rotations struct {
	mu       sync.Mutex
	matrices map[int][]float32
}

// matrix returns the matrix for a dimension, one row after the other. While it is made,
// others wait for it.
func (r *Rotations) matrix(ctx context.Context, dimension int) ([]float32, error) {
	if dimension > MaxRotation {
		return nil, fmt.Errorf("random rotation of %d dimensions: its matrix takes %d MiB for each segment; at most %d dimensions are rotated here",
			dimension, dimension*dimension*4>>20, MaxRotation)
	}
	if r == nil {
		return makeRotation(ctx, dimension)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if matrix, ok := r.matrices[dimension]; ok {
		return matrix, nil
	}
	matrix, err := makeRotation(ctx, dimension)
	if err != nil {
		return nil, err
	}
	if r.matrices == nil {
		r.matrices = make(map[int][]float32)
	}
	r.matrices[dimension] = matrix
	return matrix, nil
}

// makeRotation makes the matrix that the k-NN plugin makes: of Gaussian numbers, whose
// rows are made orthonormal one after the other (Gram-Schmidt), in float32. Each row
// sees the same operations in the same order as there; only that rows take turns, so
// that several are in work at a time.
//
// Source: RandomGaussianRotation.generateRotationMatrix, 3.2 to 3.6.
func makeRotation(ctx context.Context, dimension int) ([]float32, error) {
	m := rotationRows{make([]float32, dimension*dimension), dimension}
	random := newJavaRandom(rotationSeed)
	for i := range m.values {
		m.values[i] = float32(random.gaussian())
	}
	for i := range dimension {
		scaleRow(m.row(i), luceneDot(m.row(i), m.row(i)))
	}
	// Rows are finished a few at a time, which are then taken out of all that follow:
	// so these are read once for each few.
	const few, many = 16, 64
	for first := 0; first < dimension; first += few {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		last := min(first+few, dimension)
		m.finish(first, last)
		rest := dimension - last
		parallel.ForEach((rest+many-1)/many, runtime.GOMAXPROCS(0), func(i int) {
			m.takeOut(first, last, last+i*many, min(last+(i+1)*many, dimension))
		})
	}
	return m.values, nil
}

// rotationRows are the rows of a matrix that is being made.
type rotationRows struct {
	values    []float32
	dimension int
}

func (m rotationRows) row(i int) []float32 { return m.values[i*m.dimension : (i+1)*m.dimension] }

// finish makes rows orthonormal to each other that are at right angles to all before.
func (m rotationRows) finish(first, last int) {
	for i := first; i < last; i++ {
		m.takeOut(first, i, i, i+1)
		scaleRow(m.row(i), plainDot(m.row(i), m.row(i)))
	}
}

// takeOut takes the directions of rows, one after the other, out of those from start to
// end, of which four are in work at a time.
func (m rotationRows) takeOut(first, last, start, end int) {
	i := start
	for ; i+4 <= end; i += 4 {
		for k := first; k < last; k++ {
			takeOutOf4(m.row(k), m.row(i), m.row(i+1), m.row(i+2), m.row(i+3))
		}
	}
	for ; i < end; i++ {
		for k := first; k < last; k++ {
			takeOutOf1(m.row(k), m.row(i))
		}
	}
}

// scaleRow divides a row by its length.
func scaleRow(row []float32, square float32) {
	norm := float32(math.Sqrt(float64(square)))
	for i := range row {
		row[i] /= norm
	}
}

// takeOutOf1 takes what a row has of the direction of another out of it.
func takeOutOf1(other, row []float32) {
	dot := plainDot(row, other)
	for j, x := range other {
		row[j] -= float32(dot * x)
	}
}

// takeOutOf4 is takeOutOf1 for four rows at a time.
func takeOutOf4(other, a, b, c, d []float32) {
	a, b, c, d = a[:len(other)], b[:len(other)], c[:len(other)], d[:len(other)]
	var da, db, dc, dd float32
	for j, x := range other {
		da += float32(a[j] * x)
		db += float32(b[j] * x)
		dc += float32(c[j] * x)
		dd += float32(d[j] * x)
	}
	for j, x := range other {
		a[j] -= float32(da * x)
		b[j] -= float32(db * x)
		c[j] -= float32(dc * x)
		d[j] -= float32(dd * x)
	}
}

// plainDot adds one product after the other.
func plainDot(a, b []float32) float32 {
	var sum float32
	for i, x := range a {
		sum += float32(x * b[i])
	}
	return sum
}

// luceneDot is the inner product of Lucene without the vector unit and without fused
// multiplication. With them it differs in the last bits, by the processor, so that no
// two kinds of nodes rotate alike to the bit.
//
// Source: DefaultVectorUtilSupport.dotProduct of lucene-core 10.
func luceneDot(a, b []float32) float32 {
	var sum float32
	i := 0
	if len(a) > 32 {
		var s0, s1, s2, s3 float32
		for ; i+4 <= len(a); i += 4 {
			s0 += float32(a[i] * b[i])
			s1 += float32(a[i+1] * b[i+1])
			s2 += float32(a[i+2] * b[i+2])
			s3 += float32(a[i+3] * b[i+3])
		}
		sum = s0 + s1 + s2 + s3
	}
	for ; i < len(a); i++ {
		sum += float32(a[i] * b[i])
	}
	return sum
}

// rotate rotates vectors, which are one after the other. dst has their size.
func rotate(dst, vectors, matrix []float32, dimension int) {
	distance.Dots(dst, vectors, matrix, dimension)
}
