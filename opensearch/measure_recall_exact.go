package opensearch

import (
	"context"
	"math"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// A readTruth has compared all vectors.
type readTruth struct {
	m       *recallMeasurer
	spool   *recallSpool
	queries recallQueries
	found   [][]vector.Neighbor // of each query
}

// readTruth finds the nearest vectors of all queries.
func (m *recallMeasurer) readTruth(ctx context.Context, spool *recallSpool, queries recallQueries) (*readTruth, error) {
	found, err := vector.Nearest(ctx, spool, queries.Vectors, vector.NearestOptions{K: m.asked() + recallSlack, Space: m.field.space})
	return &readTruth{m, spool, queries, found}, err
}

// nearest implements recallTruth.
func (t *readTruth) nearest(_ context.Context, query, n int) ([]recallNeighbour, error) {
	var found []recallNeighbour
	for _, neighbor := range t.found[query][:min(n, len(t.found[query]))] {
		key, err := t.spool.key(neighbor.Number)
		if err != nil {
			return nil, err
		}
		found = append(found, recallNeighbour{key, t.distance(neighbor.Score)})
	}
	return found, nil
}

// reach implements recallTruth: nothing was lost in a score, unless numbers of 32 bits
// have no more of a cosine.
func (t *readTruth) reach(distance float64) float64 {
	if t.m.field.space == vector.Cosine {
		return reach(vector.Cosine, distance)
	}
	return distance + 1e-6*math.Abs(distance)
}

// distance is the distance of recallNeighbour.
func (t *readTruth) distance(score float64) float64 {
	if t.m.field.space == vector.Cosine {
		return 1 - score
	}
	return -score
}

// distances implements recallTruth: it reads the vectors once more.
func (t *readTruth) distances(ctx context.Context, query int, of []recallKey) (map[string]float64, error) {
	d := t.m.field.dimension
	values, row := make([]float32, d), make([]float32, d)
	if err := t.queries.ReadVectors(values, query); err != nil {
		return nil, err
	}
	distances := map[string]float64{}
	for size := max(1, t.m.page()/2); len(of) > 0; of = of[min(len(of), size):] {
		some, wanted := t.m.among(of[:min(len(of), size)])
		some["_source"] = []string{t.m.field.path}
		answer, err := t.m.search(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, h := range answer.Hits.Hits {
			key := h.key().key()
			if !wanted[key] {
				continue
			}
			if err := t.m.vectorOf(h, row); err != nil {
				return nil, err
			}
			distances[key] = t.distance(exactScore(t.m.field.space, values, row))
		}
	}
	return distances, nil
}

// exactScore is the score of vector.Neighbor.
func exactScore(space vector.Space, a, b []float32) float64 {
	var dot, aa, bb, l2 float64
	for i, x := range a {
		x, y := float64(x), float64(b[i])
		dot, aa, bb, l2 = dot+x*y, aa+x*x, bb+y*y, l2+(x-y)*(x-y)
	}
	switch space {
	case vector.L2:
		return -l2
	case vector.Cosine:
		return dot / math.Sqrt(aa*bb)
	}
	return dot
}
