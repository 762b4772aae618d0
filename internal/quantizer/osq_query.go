package quantizer

import (
	"encoding/binary"
	"math"

	"github.com/awspatterns/awspatterns/internal/distance"
)

// osqScale is the step of an interval of length 1, for 4 bits; for 1 bit it is 1.
const osqScale = float32(1) / (1<<osqQueryBits - 1)

type osqQuery struct {
	*osqQuantizer
	planes     []byte // the bits of the query's numbers, the lowest first
	correction osqCorrection
	dots       []int32
}

func (q *osqQuantizer) Query(query []float32) Query {
	c := osqCentred{values: make([]float32, len(q.centroid))}
	q.center(&c, query)
	lower, upper := c.interval(osqQueryBits)
	step := (upper - lower) / (1<<osqQueryBits - 1)
	planes, size := make([]byte, 4*q.bytes()), q.bytes()
	var sum int32
	for i, x := range c.values {
		level := osqLevel(x, lower, upper, step)
		sum += level
		for p := range osqQueryBits {
			planes[p*size+i/8] |= byte(level>>p&1) << (7 - i%8)
		}
	}
	return &osqQuery{osqQuantizer: q, planes: planes, correction: osqCorrection{lower, upper, q.additional(&c), sum}}
}

// Score returns the scores that Lucene ranks by, those of its maximum inner product
// for the cosine too: only the order matters, and the k-NN plugin's own scorer, in
// native code, does not cut cosines above 1 off either. What is no number, as after an
// overflow of the squares, is put last.
//
// Source: Lucene104ScalarQuantizedVectorScorer.
func (q *osqQuery) Score(scores []float32, codes []byte) {
	if cap(q.dots) < len(scores) {
		q.dots = make([]int32, len(scores))
	}
	dots, size := q.dots[:len(scores)], q.CodeSize()
	distance.NibbleDots(dots, q.planes, codes, size)
	for i, dot := range dots {
		scores[i] = q.score(dot, readOSQ(codes[i*size+q.bytes():]))
	}
}

func (q *osqQuery) score(dot int32, code osqCorrection) float32 {
	x1, ax := float32(code.sum), code.lower
	lx := code.upper - ax
	y1, ay := float32(q.correction.sum), q.correction.lower
	ly := (q.correction.upper - ay) * osqScale
	s := float32(ax*ay*float32(len(q.centroid))) + float32(ay*lx*x1) + float32(ax*ly*y1) + float32(lx*ly*float32(dot))
	if q.space == L2 {
		return luceneL2(q.correction.additional + code.additional - float32(2*s))
	}
	return luceneInnerProduct(s + (q.correction.additional + code.additional - q.centroidDot))
}

// luceneL2 is Lucene's score of the square of a distance, which may be negative after
// quantization.
func luceneL2(square float32) float32 { return luceneNumber(1 / (1 + max(square, 0))) }

// luceneInnerProduct is Lucene's score of an inner product of any size.
func luceneInnerProduct(dot float32) float32 {
	if dot < 0 {
		return luceneNumber(1 / (1 - dot))
	}
	return luceneNumber(dot + 1)
}

func luceneNumber(score float32) float32 {
	if score != score {
		return float32(math.Inf(-1))
	}
	return score
}

func (c osqCorrection) write(dst []byte) {
	binary.LittleEndian.PutUint32(dst, math.Float32bits(c.lower))
	binary.LittleEndian.PutUint32(dst[4:], math.Float32bits(c.upper))
	binary.LittleEndian.PutUint32(dst[8:], math.Float32bits(c.additional))
	binary.LittleEndian.PutUint32(dst[12:], uint32(c.sum))
}

func readOSQ(src []byte) osqCorrection {
	_ = src[15]
	return osqCorrection{
		lower:      math.Float32frombits(binary.LittleEndian.Uint32(src)),
		upper:      math.Float32frombits(binary.LittleEndian.Uint32(src[4:])),
		additional: math.Float32frombits(binary.LittleEndian.Uint32(src[8:])),
		sum:        int32(binary.LittleEndian.Uint32(src[12:])),
	}
}
