package opensearch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// recallPage is how many bytes of JSON a request for vectors is to bring, about: a
// number takes some 14 bytes.
const recallPage = 6 << 20

// page is how many vectors a request asks for: more than can have one sequence number,
// which each shard gives out by itself.
func (m *recallMeasurer) page() int {
	n := recallPage / (14*m.field.dimension + 100)
	return min(max(n, 2*max(m.field.shards, 64)), m.field.window, 10_000)
}

// readAll reads the vectors of all documents, in the order of their sequence numbers,
// which are those of their last change: what changes meanwhile goes behind the end, so that
// no document comes twice. A sequence number is one of a shard, so that several documents
// may have it: the next request begins with the last one again.
func (m *recallMeasurer) readAll(ctx context.Context) (*recallSpool, error) {
	spool, err := newRecallSpool(m.opts.Dir, m.field.dimension)
	if err != nil {
		return nil, err
	}
	body := map[string]any{
		"size": m.page(), "_source": []string{m.field.path}, "track_total_hits": false,
		"query": m.hasVector(), "sort": []any{map[string]any{"_seq_no": "asc"}},
	}
	values := make([]float32, m.field.dimension)
	last, seen := int64(-1), map[string]bool{} // those of the last number
	for done := false; !done; {
		answer, err := m.search(ctx, body)
		if err != nil {
			return spool, fmt.Errorf("reading vectors: %w", err)
		}
		hits, before := answer.Hits.Hits, last
		for _, h := range hits {
			sequence, err := h.sequence()
			switch {
			case err != nil:
				return spool, fmt.Errorf("reading vectors: %w", err)
			case sequence > m.field.sequence:
				done = true
				continue
			case sequence != last:
				last = sequence
				clear(seen)
			}
			if key := h.key().key(); !seen[key] {
				seen[key] = true
				if err := m.vectorOf(h, values); err != nil {
					return spool, fmt.Errorf("reading vectors: %w", err)
				}
				if err := spool.add(key, values); err != nil {
					return spool, fmt.Errorf("vectors that were read: %w", err)
				}
			}
		}
		if done = done || len(hits) < m.page(); !done && last == before {
			return spool, fmt.Errorf("reading vectors: more than %d documents of %s have the sequence number %d", m.page(), m.field.index, last)
		}
		body["search_after"] = []int64{last - 1}
		m.tell(func(p *MeasureIndexRecallProgress) { p.Read = int64(spool.n) })
	}
	if spool.n == 0 {
		return spool, fmt.Errorf("reading vectors: the documents of %s have gone meanwhile", m.field.index)
	}
	return spool, spool.flush()
}

// drawRead draws queries from what was read.
func (m *recallMeasurer) drawRead(spool *recallSpool) (recallQueries, error) {
	random := rand.New(rand.NewPCG(m.opts.Seed, 0))
	n := min(m.opts.NumQueries, spool.n)
	drawn := sampleOf(random, spool.n, n)
	queries := recallQueries{own: make([]string, n)}
	values := make([]float32, n*m.field.dimension)
	for i, from := range drawn {
		var err error
		if queries.own[i], err = spool.key(from); err != nil {
			return queries, err
		}
		if err = spool.ReadVectors(values[i*m.field.dimension:(i+1)*m.field.dimension], from); err != nil {
			return queries, err
		}
	}
	var err error
	queries.Vectors, err = vector.FromValues(m.field.dimension, values)
	return queries, err
}

// sampleOf returns k of the numbers below n, sorted.
func sampleOf(random *rand.Rand, n, k int) []int {
	chosen := map[int]bool{}
	for i := n - k; i < n; i++ { // Floyd
		j := random.IntN(i + 1)
		if chosen[j] {
			j = i
		}
		chosen[j] = true
	}
	sorted := make([]int, 0, k)
	for i := range chosen {
		sorted = append(sorted, i)
	}
	slices.Sort(sorted)
	return sorted
}

// draw lets the cluster draw documents at random, and takes their vectors as queries.
func (m *recallMeasurer) draw(ctx context.Context) (recallQueries, error) {
	var queries recallQueries
	var values []float32
	n := min(m.opts.NumQueries, m.field.window)
	size := min(n, m.page())
	seen := map[string]bool{}
	one := make([]float32, m.field.dimension)
	for from := 0; from < n; from += size {
		answer, err := m.search(ctx, map[string]any{
			"size": min(size, n-from), "from": from, "_source": []string{m.field.path}, "track_total_hits": false,
			"query": map[string]any{"function_score": map[string]any{
				"query": m.hasVector(), "boost_mode": "replace",
				"random_score": map[string]any{"seed": int32(m.opts.Seed ^ m.opts.Seed>>32), "field": "_seq_no"},
			}},
		})
		if err != nil {
			return queries, fmt.Errorf("drawing queries: %w", err)
		}
		for _, h := range answer.Hits.Hits {
			key := h.key().key()
			if seen[key] { // the index changed between two requests
				continue
			}
			seen[key] = true
			if err := m.vectorOf(h, one); err != nil {
				return queries, fmt.Errorf("drawing queries: %w", err)
			}
			values, queries.own = append(values, one...), append(queries.own, key)
		}
		if len(answer.Hits.Hits) < min(size, n-from) {
			break
		}
	}
	if len(queries.own) == 0 {
		return queries, fmt.Errorf("drawing queries: the documents of %s have gone meanwhile", m.field.index)
	}
	var err error
	queries.Vectors, err = vector.FromValues(m.field.dimension, values)
	return queries, err
}
