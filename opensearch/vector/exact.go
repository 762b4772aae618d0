package vector

import (
	"fmt"
	"math"
	"slices"

	"github.com/awspatterns/awspatterns/internal/distance"
)

// A ValueError is a number that cannot be searched for, or a vector without direction.
type ValueError struct {
	Vector int     // its number, from 0
	Index  int     // of the number in it, from 0; -1 if it is the whole vector
	Value  float32 // NaN or infinite
}

func (e *ValueError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("vector %d is zero, and has no cosine with any other: leave it out, or take another space", e.Vector)
	}
	return fmt.Sprintf("vector %d has %v as number %d: OpenSearch takes finite numbers only", e.Vector, e.Value, e.Index)
}

// checkValues returns an error for the first number that is not finite and, for the
// cosine, for the first vector that is zero. from is the number of the first vector.
func checkValues(values []float32, dimension, from int, space Space) error {
	for i := 0; i < len(values); i += dimension {
		v := values[i : i+dimension]
		square := distance.Dot(v, v)
		if square-square != 0 { // NaN or infinite, as the sum may be without its numbers being so
			if at := finite(v); at >= 0 {
				return &ValueError{Vector: from + i/dimension, Index: at, Value: v[at]}
			}
		}
		if space == Cosine && square == 0 && norm64(v) == 0 {
			return &ValueError{Vector: from + i/dimension, Index: -1}
		}
	}
	return nil
}

// exact are queries, prepared to be compared with blocks of vectors.
//
// Scores of a block come from inner products in float32, which is fast. Their error is
// bounded; only what comes so near to the best that the error could decide is computed
// again in float64. Before the Euclidean distance is computed from inner products, all
// vectors are moved by one vector of the data: data that is far from zero would else
// lose its digits.
type exact struct {
	space     Space
	dimension int
	values    []float32 // of the queries
	norms     []float64 // of the queries
}

func newExact(space Space, dimension int, queries []float32) *exact {
	e := &exact{space: space, dimension: dimension, values: queries, norms: make([]float64, len(queries)/dimension)}
	for q := range e.norms {
		e.norms[q] = norm64(e.query(q))
	}
	return e
}

func (e *exact) queries() int { return len(e.norms) }

func (e *exact) query(q int) []float32 { return e.values[q*e.dimension : (q+1)*e.dimension] }

// score is the score of a vector for a query, in float64.
func (e *exact) score(q int, v []float32) float64 {
	switch e.space {
	case L2:
		return -square64(e.query(q), v)
	case Cosine:
		return dot64(e.query(q), v) / (e.norms[q] * norm64(v))
	}
	return dot64(e.query(q), v)
}

// search is the work of one goroutine.
type search struct {
	*exact
	rows    []float32 // as they were read
	moved   []float32 // likewise, less the first vector of the block; for L2 alone
	queries []float32 // less it, too
	factor  []float32 // of the inner product of each row
	minus   []float32 // and what is taken off then

	greatest float32 // factor of the block
	dots     []float32
	best     []*best
}

// tile is how many queries are compared with a block at a time, so that their scores
// stay in the cache.
const tile = 32

func (e *exact) search(k, block int) *search {
	s := &search{exact: e, rows: make([]float32, block*e.dimension), factor: make([]float32, block), minus: make([]float32, block)}
	s.dots = make([]float32, tile*block)
	if e.space == L2 {
		s.moved = make([]float32, block*e.dimension)
		s.queries = make([]float32, len(e.values))
	}
	for range e.norms {
		s.best = append(s.best, newBest(k))
	}
	return s
}

// block searches n vectors, beginning with number from.
func (s *search) block(vectors Vectors, from, n int) error {
	rows := s.rows[:n*s.dimension]
	if err := vectors.ReadVectors(rows, from); err != nil {
		return err
	}
	if err := checkValues(rows, s.dimension, from, s.space); err != nil {
		return err
	}
	longest, queries := s.prepare(rows)
	if s.space == L2 {
		rows = s.moved[:len(rows)]
	}
	for q := 0; q < len(s.norms); q += tile {
		last := min(q+tile, len(s.norms))
		dots := s.dots[:(last-q)*n]
		distance.Dots(dots, queries[q*s.dimension:last*s.dimension], rows, s.dimension)
		for i := q; i < last; i++ {
			least := s.bound(i, queries[i*s.dimension:(i+1)*s.dimension], longest)
			s.pick(i, from, dots[(i-q)*n:(i-q+1)*n], least)
		}
	}
	return nil
}

// prepare fills in what makes scores of inner products, and returns the greatest norm
// of a row and the queries to compare with.
func (s *search) prepare(rows []float32) (longest float64, queries []float32) {
	queries = s.values
	if s.space == L2 {
		s.move(rows)
		rows, queries = s.moved[:len(rows)], s.queries
	}
	for r := range len(rows) / s.dimension {
		row := rows[r*s.dimension : (r+1)*s.dimension]
		square := float64(distance.Dot(row, row))
		longest = max(longest, square)
		s.factor[r], s.minus[r] = 1, 0
		switch s.space {
		case L2:
			s.factor[r], s.minus[r] = 2, float32(square)
		case Cosine:
			s.factor[r] = float32(1 / norm64(row))
		}
	}
	s.greatest = slices.Max(s.factor[:len(rows)/s.dimension])
	return math.Sqrt(longest + lostSquares*float64(s.dimension)), queries
}

// lostSquares is more than what is lost of the square of a number below 2⁻⁶³, which
// float32 has no digits for.
const lostSquares = 1e-45

// move makes rows and queries that are less the first row.
func (s *search) move(rows []float32) {
	origin := rows[:s.dimension]
	for i := 0; i < len(rows); i += s.dimension {
		subtract(s.moved[i:i+s.dimension], rows[i:], origin)
	}
	for i := 0; i < len(s.values); i += s.dimension {
		subtract(s.queries[i:i+s.dimension], s.values[i:], origin)
	}
}

func subtract(out, a, b []float32) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] - b[i]
	}
}

// A bound is what the float32 score of a block must be at least, so that the vector
// may be among the best: least times scale plus offset.
type bound struct{ scale, offset float64 }

func (b bound) of(least float64) float32 { return float32(least*b.scale + b.offset) }

// bound returns the bound for a query. A sum of d products that is made in at least 4
// parts is off by at most (d/4+8)·2⁻²⁴ of the product of the norms, unless it is so
// small that digits are lost; what is moved and scaled adds a few units more. Beyond
// what float32 can tell, everything may be among the best.
func (s *search) bound(q int, query []float32, longest float64) bound {
	square := float64(distance.Dot(query, query))
	norm, unit := s.norms[q], (float64(s.dimension)/4+16)/(1<<24)
	if s.space == L2 { // of what was moved
		norm = math.Sqrt(square)
	}
	if norm > 1e18 || longest > 1e18 {
		return bound{0, math.Inf(-1)}
	}
	lost := float64(s.dimension) * 1e-44 * float64(s.greatest) // of products below 2⁻¹²⁶
	switch s.space {
	case L2:
		return bound{1, square - 4*unit*(norm+longest)*(norm+longest) - lost}
	case Cosine:
		return bound{s.norms[q], -2*unit*norm - lost}
	}
	return bound{1, -unit*norm*longest - lost}
}

// pick computes again, and keeps, what may be among the best.
func (s *search) pick(q, from int, dots []float32, b bound) {
	best := s.best[q]
	least := b.of(best.least())
	factor, minus := s.factor[:len(dots)], s.minus[:len(dots)]
	for r, dot := range dots {
		if dot*factor[r]-minus[r] < least {
			continue
		}
		if best.add(s.score(q, s.rows[r*s.dimension:(r+1)*s.dimension]), int32(from+r)) {
			least = b.of(best.least())
		}
	}
}

// dot64 adds up in four parts, since one addition waits for the one before.
func dot64(a, b []float32) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		s0 += float64(x[0]) * float64(y[0])
		s1 += float64(x[1]) * float64(y[1])
		s2 += float64(x[2]) * float64(y[2])
		s3 += float64(x[3]) * float64(y[3])
	}
	for ; i < len(a); i++ {
		s0 += float64(a[i]) * float64(b[i])
	}
	return s0 + s1 + (s2 + s3)
}

// square64 likewise.
func square64(a, b []float32) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		d0, d1 := float64(x[0])-float64(y[0]), float64(x[1])-float64(y[1])
		d2, d3 := float64(x[2])-float64(y[2]), float64(x[3])-float64(y[3])
		s0, s1, s2, s3 = s0+d0*d0, s1+d1*d1, s2+d2*d2, s3+d3*d3
	}
	for ; i < len(a); i++ {
		d := float64(a[i]) - float64(b[i])
		s0 += d * d
	}
	return s0 + s1 + (s2 + s3)
}

func norm64(v []float32) float64 { return math.Sqrt(dot64(v, v)) }
