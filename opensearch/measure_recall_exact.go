package opensearch

import (
	"context"
	"math"
	"runtime"
	"slices"

	"github.com/awspatterns/awspatterns/internal/distance"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// recallBlock is how many bytes of vectors are compared at a time.
const recallBlock = 4 << 20

// recallQueryBlock is how many queries are compared with a block by one goroutine.
const recallQueryBlock = 16

// A readTruth has compared all vectors.
type readTruth struct {
	m       *recallMeasurer
	spool   *recallSpool
	queries recallQueries
	found   []recallNearest // of each query
}

// readTruth finds the nearest vectors of all queries, block by block.
func (m *recallMeasurer) readTruth(ctx context.Context, spool *recallSpool, queries recallQueries) (*readTruth, error) {
	t := &readTruth{m: m, spool: spool, queries: queries, found: make([]recallNearest, queries.Len())}
	for i := range t.found {
		t.found[i].most = m.asked() + recallSlack
	}
	d := m.field.dimension
	rows := make([]float32, min(spool.n, max(1, recallBlock/4/d))*d)
	for from := 0; from < spool.n; from += len(rows) / d {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		block := rows[:min(len(rows), (spool.n-from)*d)]
		if err := spool.ReadVectors(block, from); err != nil {
			return nil, err
		}
		if m.field.space == vector.Cosine {
			normalize(block, d)
		}
		if err := t.compare(block, from); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// compare compares all queries with vectors from a number on.
func (t *readTruth) compare(rows []float32, from int) error {
	d, n := t.m.field.dimension, t.queries.Len()
	blocks := (n + recallQueryBlock - 1) / recallQueryBlock
	errs := make([]error, blocks)
	parallel.ForEach(blocks, runtime.GOMAXPROCS(0), func(b int) {
		first := b * recallQueryBlock
		queries := make([]float32, (min(n, first+recallQueryBlock)-first)*d)
		if errs[b] = t.queries.ReadVectors(queries, first); errs[b] != nil {
			return
		}
		// Some rows at a time, so that the distances take little memory.
		step := min(len(rows)/d, 1024)
		out := make([]float32, recallQueryBlock*step)
		for r := 0; r < len(rows)/d; r += step {
			part := rows[r*d : min(len(rows), (r+step)*d)]
			t.distancesTo(out, queries, part)
			for q := range len(queries) / d {
				for i, x := range out[q*len(part)/d : (q+1)*len(part)/d] {
					t.found[first+q].add(x, from+r+i)
				}
			}
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// distancesTo compares queries with rows, which have length 1 in the space of the
// cosine: its order does not depend on how long the query is.
func (t *readTruth) distancesTo(out, queries, rows []float32) {
	if t.m.field.space == vector.L2 {
		distance.L2s(out, queries, rows, t.m.field.dimension)
		return
	}
	distance.Dots(out, queries, rows, t.m.field.dimension)
	for i := range out {
		out[i] = -out[i]
	}
}

func normalize(rows []float32, dimension int) {
	for ; len(rows) > 0; rows = rows[dimension:] {
		var square float64
		for _, x := range rows[:dimension] {
			square += float64(x) * float64(x)
		}
		length := float32(math.Sqrt(square))
		for i := range rows[:dimension] {
			rows[i] /= length
		}
	}
}

// nearest implements recallTruth: the order is by distances in 64 bits, of those that
// are nearest by distances in 32.
func (t *readTruth) nearest(_ context.Context, query, n int) ([]recallNeighbour, error) {
	d := t.m.field.dimension
	values, row := make([]float32, d), make([]float32, d)
	if err := t.queries.ReadVectors(values, query); err != nil {
		return nil, err
	}
	var found []recallNeighbour
	for _, item := range t.found[query].items {
		if err := t.spool.ReadVectors(row, item.number); err != nil {
			return nil, err
		}
		key, err := t.spool.key(item.number)
		if err != nil {
			return nil, err
		}
		found = append(found, recallNeighbour{key, exactDistance(t.m.field.space, values, row)})
	}
	slices.SortStableFunc(found, func(a, b recallNeighbour) int {
		switch {
		case a.distance < b.distance:
			return -1
		case a.distance > b.distance:
			return 1
		}
		return 0
	})
	return found[:min(n, len(found))], nil
}

// distances implements recallTruth: it reads the vectors once more.
func (t *readTruth) distances(ctx context.Context, query int, of []recallKey) (map[string]float64, error) {
	d := t.m.field.dimension
	values, row := make([]float32, d), make([]float32, d)
	if err := t.queries.ReadVectors(values, query); err != nil {
		return nil, err
	}
	ids, wanted := make([]string, len(of)), map[string]bool{}
	for i, key := range of {
		ids[i], wanted[key.key()] = key.id, true
	}
	distances := map[string]float64{}
	for len(ids) > 0 {
		some := ids[:min(len(ids), max(1, t.m.page()/2))]
		ids = ids[len(some):]
		answer, err := t.m.search(ctx, map[string]any{
			"size": min(2*len(some)+recallSlack, t.m.field.window), "_source": []string{t.m.field.path}, "track_total_hits": false,
			"query": map[string]any{"bool": map[string]any{"filter": []any{t.m.hasVector(), map[string]any{"ids": map[string]any{"values": some}}}}},
		})
		if err != nil {
			return nil, err
		}
		for _, h := range answer.Hits.Hits {
			if key := h.key().key(); wanted[key] {
				if err := t.m.vectorOf(h, row); err != nil {
					return nil, err
				}
				distances[key] = exactDistance(t.m.field.space, values, row)
			}
		}
	}
	return distances, nil
}

// exactDistance is the distance of recallNeighbour.
func exactDistance(space vector.Space, a, b []float32) float64 {
	var dot, aa, bb, l2 float64
	for i, x := range a {
		x, y := float64(x), float64(b[i])
		dot, aa, bb, l2 = dot+x*y, aa+x*x, bb+y*y, l2+(x-y)*(x-y)
	}
	switch space {
	case vector.L2:
		return l2
	case vector.Cosine:
		return 1 - dot/math.Sqrt(aa*bb)
	}
	return -dot
}

// A recallNearest keeps the nearest of what is added, as a heap whose first is the
// farthest. Of equals, the first that came stay.
type recallNearest struct {
	most  int
	items []recallItem
}

type recallItem struct {
	distance float32
	number   int
}

func (a recallItem) farther(b recallItem) bool {
	return a.distance > b.distance || a.distance == b.distance && a.number > b.number
}

func (h *recallNearest) add(d float32, number int) {
	item := recallItem{d, number}
	if len(h.items) < h.most {
		h.items = append(h.items, item)
		for i := len(h.items) - 1; i > 0 && h.items[i].farther(h.items[(i-1)/2]); i = (i - 1) / 2 {
			h.items[i], h.items[(i-1)/2] = h.items[(i-1)/2], h.items[i]
		}
		return
	}
	if d > h.items[0].distance || !h.items[0].farther(item) {
		return
	}
	h.items[0] = item
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < len(h.items) && h.items[child+1].farther(h.items[child]) {
			child++
		}
		if child >= len(h.items) || !h.items[child].farther(h.items[i]) {
			return
		}
		h.items[i], h.items[child] = h.items[child], h.items[i]
		i = child
	}
}
