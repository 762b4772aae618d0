package opensearch

import (
	"context"
	"fmt"
	"sort"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// predict lets vector.MeasureRecall expect what was measured, from the same vectors and
// queries. That it cannot is no error: what was measured stays.
func (m *recallMeasurer) predict(ctx context.Context, queries recallQueries, spool *recallSpool) error {
	r := &m.result
	switch {
	case !r.Technique.Known:
		m.unknown("prediction: what the index is cannot be told from its mapping")
		return nil
	case r.Version == "" && m.conn.Product() != Serverless:
		m.unknown("prediction: it depends on the version, which is not known")
		return nil
	}
	sample, err := newRecallRest(spool, queries)
	if err != nil {
		return err
	}
	opts := m.predictOptions(queries)
	prediction, err := vector.MeasureRecall(ctx, sample, opts)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err != nil {
		m.unknown("prediction: %v", err)
		return nil
	}
	r.Prediction = &prediction
	for i := range r.Recalls {
		r.Recalls[i].Predicted = predictedFor(prediction.Techniques, r.Recalls[i].Oversample)
		if r.Recalls[i].Predicted == nil {
			m.unknown("prediction: there is none for %s with the oversample_factor %v", opts.Techniques[0].Encoding.Encoder, r.Recalls[i].Oversample)
		}
	}
	return nil
}

// predictedFor returns the recall that is predicted for a factor; 0 is the default.
func predictedFor(techniques []vector.TechniqueRecall, factor float64) *vector.RecallAt {
	for _, t := range techniques {
		lossless := t.Technique.Encoding.Encoder == vector.FP32
		if t.Refused == "" && (lossless || factor == 0 && t.Default || factor != 0 && t.Oversample == factor) {
			return &t.Target
		}
	}
	return nil
}

func (m *recallMeasurer) predictOptions(queries recallQueries) vector.MeasureRecallOptions {
	r := &m.result
	technique := vector.Technique{Engine: r.Technique.Engine, Method: r.Technique.Method, Mode: r.Technique.Mode, Encoding: r.Technique.Encoding}
	if technique.Encoding.Encoder == vector.Byte { // its vectors are bytes already, and nothing is lost
		technique.Encoding.Encoder = vector.FP32
	}
	opts := vector.MeasureRecallOptions{
		K: r.K, Queries: queries.Vectors, Space: r.Space, Version: m.predictVersion(), Techniques: []vector.Technique{technique},
		Shards: max(1, len(r.Shards)), SegmentsPerShard: 1, Seed: m.opts.Seed,
	}
	for _, factor := range m.opts.Oversample {
		if factor != 0 {
			opts.Oversample = append(opts.Oversample, factor)
		}
	}
	segments := 0
	for _, shard := range r.Shards {
		segments += shard.Segments
	}
	if segments > 0 {
		opts.SegmentsPerShard = max(1, (segments+len(r.Shards)/2)/len(r.Shards))
	} else {
		m.note("the prediction supposes one shard of one segment, since the cluster does not tell")
	}
	return opts
}

// predictVersion is the version in the form of vector.MeasureRecall.
func (m *recallMeasurer) predictVersion() string {
	if m.conn.Product() == Serverless {
		return vector.Serverless
	}
	var major, minor int
	fmt.Sscanf(m.result.Version, "%d.%d", &major, &minor) // a version that is none is refused there
	return fmt.Sprintf("%d.%d", major, minor)
}

// recallRest are the vectors that are no queries: a query would find itself in them.
type recallRest struct {
	*recallSpool
	left []int // numbers that are left out, rising
}

func newRecallRest(spool *recallSpool, queries recallQueries) (vector.Vectors, error) {
	own := map[string]bool{}
	for _, key := range queries.own {
		own[key] = true
	}
	rest := recallRest{recallSpool: spool}
	for i := range spool.n {
		key, err := spool.key(i)
		if err != nil {
			return nil, err
		}
		if own[key] {
			rest.left = append(rest.left, i)
		}
	}
	return rest, nil
}

// Len returns how many vectors are no queries.
func (r recallRest) Len() int { return r.n - len(r.left) }

// ReadVectors implements vector.Vectors: it reads what lies between those that are left
// out at once.
func (r recallRest) ReadVectors(dst []float32, from int) error {
	for len(dst) > 0 {
		// The numbers before left[i] that are no queries are left[i]-i.
		before := sort.Search(len(r.left), func(i int) bool { return r.left[i]-i > from })
		run := len(dst) / r.dimension
		if before < len(r.left) {
			run = min(run, r.left[before]-before-from)
		}
		if err := r.recallSpool.ReadVectors(dst[:run*r.dimension], from+before); err != nil {
			return err
		}
		dst, from = dst[run*r.dimension:], from+run
	}
	return nil
}
