package opensearch

import (
	"context"
	"fmt"
	"math"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// A recallTruth knows exact neighbours.
type recallTruth interface {
	// nearest returns the n nearest documents of a query, nearest first.
	nearest(ctx context.Context, query, n int) ([]recallNeighbour, error)

	// distances returns the exact distances of some documents by their keys; those
	// that are gone are left out.
	distances(ctx context.Context, query int, of []recallKey) (map[string]float64, error)

	// reach returns the greatest distance that counts as that of the k-th neighbour.
	reach(distance float64) float64
}

// A recallNeighbour is a document at a distance: the less, the nearer.
type recallNeighbour struct {
	key      string
	distance float64
}

// reach is the greatest distance that counts as that of the k-th neighbour: a relative
// 1e-6 more, and two steps of the scores that distances may be read from.
func reach(space vector.Space, distance float64) float64 {
	const step = 1.0 / (1 << 23) // of a float32, relative
	tolerance := 1e-6 * math.Abs(distance)
	switch space {
	case vector.L2:
		tolerance += 2 * step * (1 + distance)
	case vector.Cosine:
		tolerance += 2 * step * 2
	default:
		tolerance += 2 * step * (1 + math.Abs(distance))
	}
	return distance + tolerance
}

// distanceOf returns the distance that a score of knn_score stands for: of L2 the square,
// of the inner product its negative, and of the cosine what it lacks to 1.
//
// Source: https://docs.opensearch.org/latest/vector-search/vector-search-techniques/knn-score-script/#spaces
func distanceOf(space vector.Space, score float64) float64 {
	switch {
	case space == vector.L2:
		return 1/score - 1
	case space == vector.Cosine:
		return 2 - score
	case score >= 1:
		return 1 - score
	}
	return 1/score - 1
}

// A scriptTruth lets the cluster compute distances.
type scriptTruth struct {
	m       *recallMeasurer
	queries recallQueries
}

// reach implements recallTruth.
func (t *scriptTruth) reach(distance float64) float64 { return reach(t.m.field.space, distance) }

func (t *scriptTruth) nearest(ctx context.Context, query, n int) ([]recallNeighbour, error) {
	return t.score(ctx, query, map[string]any{"size": n, "query": t.m.hasVector()})
}

func (t *scriptTruth) distances(ctx context.Context, query int, of []recallKey) (map[string]float64, error) {
	distances := map[string]float64{}
	for size := max(1, t.m.field.window/3); len(of) > 0; of = of[min(len(of), size):] {
		some, wanted := t.m.among(of[:min(len(of), size)])
		found, err := t.score(ctx, query, some)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			if wanted[n.key] {
				distances[n.key] = n.distance
			}
		}
	}
	return distances, nil
}

// among is a search for documents by their keys. It may find others, since an id may be
// that of several documents, by their routing.
func (m *recallMeasurer) among(of []recallKey) (search map[string]any, wanted map[string]bool) {
	ids := make([]string, len(of))
	wanted = map[string]bool{}
	for i, key := range of {
		ids[i], wanted[key.key()] = key.id, true
	}
	return map[string]any{
		"size": min(2*len(of)+recallSlack, m.field.window), "track_total_hits": false,
		"query": map[string]any{"bool": map[string]any{"filter": []any{m.hasVector(), map[string]any{"ids": map[string]any{"values": ids}}}}},
	}, wanted
}

// score makes a search with exact scores.
func (t *scriptTruth) score(ctx context.Context, query int, search map[string]any) ([]recallNeighbour, error) {
	values := make([]float32, t.m.field.dimension)
	if err := t.queries.ReadVectors(values, query); err != nil {
		return nil, err
	}
	search["_source"], search["track_total_hits"] = false, false
	search["query"] = map[string]any{"script_score": map[string]any{
		"query": search["query"],
		"script": map[string]any{"lang": "knn", "source": "knn_score", "params": map[string]any{
			"field": t.m.field.path, "query_value": values, "space_type": t.m.field.space,
		}},
	}}
	answer, err := t.m.search(ctx, search)
	if err != nil {
		return nil, fmt.Errorf("exact neighbours by script: %w", err)
	}
	var found []recallNeighbour
	for _, h := range answer.Hits.Hits {
		score, err := h.Score.Float64()
		if err != nil || score < 0 || score == 0 && t.m.field.space != vector.Cosine {
			return nil, fmt.Errorf("exact neighbours by script: document %q has the score %q", h.ID, h.Score)
		}
		found = append(found, recallNeighbour{h.key().key(), distanceOf(t.m.field.space, score)})
	}
	return found, nil
}
