package quantizer

import (
	"context"
	"fmt"
	"runtime"

	"github.com/awspatterns/awspatterns/internal/distance"
)

// PQ is product quantization: a vector is cut into sub-vectors, and each is kept as the
// number of the nearest of 2^CodeSize centroids, which training finds for each place.
// Queries are compared as they are with what the centroids stand for.
//
// Source: IndexHNSWPQ, IndexPQ, impl/ProductQuantizer.cpp and Clustering.cpp of FAISS
// 1.15, whose defaults the k-NN plugin does not change. OpenSearch trains once, on a
// training index, and what was learnt is then the same for all segments: train once.
type PQ struct {
	Space      Space
	SubVectors int    // pq_m, a divisor of the dimension below 1,024
	CodeSize   int    // bits of a sub-vector: 1 to 8
	Seed       uint64 // of the sample of vectors and of the first centroids
	Workers    int    // goroutines that train, which do not change the result; defaults to GOMAXPROCS
}

// MaxSubVectors is what pq_m has to be below.
//
// Source: FaissHNSWPQEncoder and FaissIVFPQEncoder of the k-NN plugin.
const MaxSubVectors = 1024

const (
	pqIterations = 25
	pqMaxPoints  = 256 // of a centroid: more vectors are not looked at
	pqMinPoints  = 39  // of a centroid: FAISS warns of fewer
)

// A TrainingError is that there are too few vectors to train on.
type TrainingError struct {
	Vectors, Needed int
}

func (e *TrainingError) Error() string {
	return fmt.Sprintf("product quantization is trained on %d vectors or more, there are %d", e.Needed, e.Vectors)
}

// Check returns what is wrong with the parameters, for vectors of a dimension.
func (m PQ) Check(dimension int) error {
	switch {
	case m.CodeSize < 1 || m.CodeSize > 8:
		return fmt.Errorf("a code size of %d bits: give 1 to 8", m.CodeSize)
	case m.SubVectors < 1 || m.SubVectors >= MaxSubVectors:
		return fmt.Errorf("%d sub-vectors: give 1 to %d", m.SubVectors, MaxSubVectors-1)
	case dimension%m.SubVectors != 0:
		return fmt.Errorf("%d dimensions cannot be cut into %d sub-vectors: give a divisor", dimension, m.SubVectors)
	}
	return nil
}

// Warning says that there should be more vectors to train on; empty if there need not.
func (m PQ) Warning(vectors int) string {
	if needed := pqMinPoints << m.CodeSize; vectors < needed {
		return fmt.Sprintf("product quantization is trained on %d vectors: %d or more are better, %d for each centroid", vectors, needed, pqMinPoints)
	}
	return ""
}

// Train finds the centroids, from a sample of up to 256 vectors for each. It keeps as many
// sub-vectors of the sample as fit into 32 MiB, or one, which has
// 1024·2^CodeSize·dimension/SubVectors bytes, and reads the sample again for the next
// ones. It returns a [TrainingError] if there are fewer vectors than centroids, and a
// [NotFiniteError].
func (m PQ) Train(ctx context.Context, segment Vectors) (Quantizer, error) {
	if err := m.Check(segment.Dimension()); err != nil {
		return nil, err
	}
	centroids := 1 << m.CodeSize
	if n := segment.Len(); n < centroids {
		return nil, &TrainingError{n, centroids}
	}
	if m.Workers < 1 {
		m.Workers = runtime.GOMAXPROCS(0)
	}
	q := &pq{PQ: m, dimension: segment.Dimension(), sub: segment.Dimension() / m.SubVectors}
	q.centroids, q.near = make([]float32, centroids*q.dimension), make([]distance.Centroids, m.SubVectors)
	if err := q.train(ctx, segment, pqGroupBytes); err != nil {
		return nil, err
	}
	return q, nil
}

// pq has the centroids: those of the first sub-vector one after the other, then those of
// the second. A code is as many numbers of CodeSize bits, from the lowest bit of the
// first byte on.
type pq struct {
	PQ
	dimension, sub int // numbers of a vector and of a sub-vector
	centroids      []float32
	near           []distance.Centroids // the same, by sub-vector
}

func (q *pq) CodeSize() int { return (q.SubVectors*q.PQ.CodeSize + 7) / 8 }

// Centroids returns what was learnt: for each sub-vector, its centroids one after the
// other.
func (q *pq) Centroids() []float32 { return q.centroids }

// of returns the centroids of a sub-vector.
func (q *pq) of(m int) []float32 {
	size := q.sub << q.PQ.CodeSize
	return q.centroids[m*size : (m+1)*size]
}

func (q *pq) Encode(dst []byte, vectors []float32) {
	n := len(vectors) / q.dimension
	clear(dst[:n*q.CodeSize()])
	step := max(1, min(n, max(pqLeast, pqBlock/q.sub)))
	points := make([]float32, step*q.sub)
	numbers, distances := make([]uint8, step), make([]float32, step)
	for len(vectors) > 0 {
		block := vectors[:min(step*q.dimension, len(vectors))]
		n := len(block) / q.dimension
		for m := range q.SubVectors {
			for i := range n {
				copy(points[i*q.sub:(i+1)*q.sub], block[i*q.dimension+m*q.sub:])
			}
			q.near[m].Nearest(numbers, distances, points[:n*q.sub])
			q.put(dst, numbers[:n], m)
		}
		vectors, dst = vectors[len(block):], dst[n*q.CodeSize():]
	}
}

// pqBlock is how many numbers of a sub-vector are looked at together: so many stay in the
// processor's cache. Of long sub-vectors, pqLeast are, which are compared six at a time.
const pqBlock, pqLeast = 4096, 24

// put writes the numbers of centroids that sub-vector m has in several codes, whose bits
// are 0 so far.
func (q *pq) put(dst []byte, numbers []uint8, m int) {
	size, at := q.CodeSize(), m*q.PQ.CodeSize
	for i, number := range numbers {
		bits := uint16(number) << (at % 8)
		dst[i*size+at/8] |= byte(bits)
		if bits > 255 {
			dst[i*size+at/8+1] |= byte(bits >> 8)
		}
	}
}

// get returns the number of the centroid that sub-vector m has in a code.
func (q *pq) get(code []byte, m int) uint8 {
	at := m * q.PQ.CodeSize
	bits := uint16(code[at/8])
	if at/8+1 < len(code) {
		bits |= uint16(code[at/8+1]) << 8
	}
	return uint8(bits >> (at % 8) & (1<<q.PQ.CodeSize - 1))
}

// Decode returns the centroids that codes stand for.
func (q *pq) Decode(dst []float32, codes []byte) {
	for ; len(dst) > 0; dst, codes = dst[q.dimension:], codes[q.CodeSize():] {
		for m := range q.SubVectors {
			number := int(q.get(codes[:q.CodeSize()], m))
			copy(dst[m*q.sub:(m+1)*q.sub], q.of(m)[number*q.sub:])
		}
	}
}

// Query compares the query with all centroids: what is left for a code is to add.
func (q *pq) Query(query []float32) Query {
	p := &pqQuery{q, make([][256]float32, q.SubVectors)}
	for m := range q.SubVectors {
		q.Space.scores(p.tables[m][:], query[m*q.sub:(m+1)*q.sub], q.of(m), q.sub)
	}
	return p
}

type pqQuery struct {
	*pq
	tables [][256]float32 // of each sub-vector, the scores of its centroids
}

func (q *pqQuery) Score(scores []float32, codes []byte) {
	size := q.CodeSize()
	codes = codes[:len(scores)*size]
	for i := range scores {
		code := codes[i*size : (i+1)*size]
		if q.PQ.CodeSize == 8 {
			scores[i] = pqSum(q.tables, code)
			continue
		}
		var sum float32
		for m := range q.tables {
			sum += q.tables[m][q.get(code, m)]
		}
		scores[i] = sum
	}
}

// pqSum adds what the tables have for a code of bytes.
func pqSum(tables [][256]float32, code []byte) float32 {
	var a, b, c, d float32
	code = code[:len(tables)]
	for len(tables) >= 4 && len(code) >= 4 {
		a += tables[0][code[0]]
		b += tables[1][code[1]]
		c += tables[2][code[2]]
		d += tables[3][code[3]]
		tables, code = tables[4:], code[4:]
	}
	for m, number := range code {
		a += tables[m][number]
	}
	return (a + b) + (c + d)
}
