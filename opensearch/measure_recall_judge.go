package opensearch

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// measure searches for all queries, and sums up what they found.
func (m *recallMeasurer) measure(ctx context.Context, queries recallQueries, truth recallTruth) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	n := queries.Len()
	outcomes := make([]recallOutcome, n)
	parallel.ForEach(n, m.opts.Concurrency, func(i int) {
		if ctx.Err() != nil {
			return
		}
		var err error
		if outcomes[i], err = m.measureOne(ctx, queries, truth, i); err != nil {
			cancel(err)
			return
		}
		m.tell(func(p *MeasureIndexRecallProgress) { p.Measured++ })
	})
	if err := context.Cause(ctx); err != nil {
		return err
	}
	m.result.Queries = n
	coarse := 0
	for _, o := range outcomes {
		if o.coarse {
			coarse++
		}
	}
	if coarse > 0 {
		m.note("the distances of %d of %d queries are too small for the scores of scripts, which have 32 bits: documents count as found that may be farther away; GroundTruth ByReading compares without them", coarse, n)
	}
	for f, factor := range m.opts.Oversample {
		r := IndexRecall{Oversample: factor}
		recalls, took, want := make([]float64, n), make([]int64, n), 0
		for i, o := range outcomes {
			recalls[i], took[i], want = o.recalls[f], o.took[f], want+o.want
		}
		r.Recall, r.Least = recallOf(m.result.Documents, recalls, max(1, want/n))
		r.Median, r.P90 = tookOf(took)
		m.result.Recalls = append(m.result.Recalls, r)
	}
	return nil
}

// A recallOutcome is what a query found, for each factor.
type recallOutcome struct {
	recalls []float64
	took    []int64 // milliseconds
	want    int     // how many there were to find
	coarse  bool    // what counts is not told well from what does not
}

// recallSlack is how many neighbours more than needed are looked up, so that most ties
// are seen without another request.
const recallSlack = 16

// measureOne searches for one query with each factor.
func (m *recallMeasurer) measureOne(ctx context.Context, queries recallQueries, truth recallTruth, i int) (o recallOutcome, err error) {
	size := min(m.asked()+recallSlack, m.field.window)
	nearest, err := truth.nearest(ctx, i, size)
	if err != nil {
		return o, err
	}
	full := len(nearest) == size
	nearest = slices.DeleteFunc(nearest, func(n recallNeighbour) bool { return queries.is(i, n.key) })
	if len(nearest) == 0 {
		return o, fmt.Errorf("query %d has no neighbours: the documents of %s have gone meanwhile", i, m.field.index)
	}
	o.want = min(m.opts.K, len(nearest))
	last := nearest[o.want-1].distance
	limit := truth.reach(last)
	o.coarse = m.field.space != vector.Cosine && limit-last > math.Abs(last)/100
	judge := recallJudge{limit: limit, nearest: map[string]bool{}, open: full && nearest[len(nearest)-1].distance <= limit}
	for _, n := range nearest {
		judge.nearest[n.key] = n.distance <= limit
	}
	query := make([]float32, m.field.dimension)
	if err := queries.ReadVectors(query, i); err != nil {
		return o, err
	}
	for _, factor := range m.opts.Oversample {
		keys, took, err := m.searchNear(ctx, query, factor)
		if err != nil {
			return o, err
		}
		keys = slices.DeleteFunc(keys, func(key recallKey) bool { return queries.is(i, key.key()) })
		found, err := judge.count(ctx, truth, i, keys[:min(len(keys), m.opts.K)])
		if err != nil {
			return o, err
		}
		o.recalls = append(o.recalls, min(1, float64(found)/float64(o.want)))
		o.took = append(o.took, took)
	}
	return o, nil
}

// is reports whether query i was taken from the document of a key.
func (q recallQueries) is(i int, key string) bool { return q.own != nil && q.own[i] == key }

// A recallJudge knows which results count.
type recallJudge struct {
	limit   float64
	nearest map[string]bool // of those that were looked up, whether they count
	open    bool            // others may count, too: there are more at the distance of the last
}

// count returns how many results count.
func (j recallJudge) count(ctx context.Context, truth recallTruth, query int, keys []recallKey) (n int, err error) {
	var others []recallKey
	for _, key := range keys {
		counts, known := j.nearest[key.key()]
		if counts {
			n++
		}
		if !known && j.open {
			others = append(others, key)
		}
	}
	if len(others) == 0 {
		return n, nil
	}
	distances, err := truth.distances(ctx, query, others)
	for key, distance := range distances {
		j.nearest[key] = distance <= j.limit
		if j.nearest[key] {
			n++
		}
	}
	return n, err
}
