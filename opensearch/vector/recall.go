package vector

import (
	"context"
	"fmt"
	"slices"
)

// MeasureRecall measures, on a sample of the caller's own vectors, which part of the
// true neighbours each technique finds.
//
// The truth is what [Nearest] finds. Against it stand the quantizers of OpenSearch's
// engines, as their code does them: trained for each segment, candidates collected for
// each shard, as many as the version scores again by default, and these scored again
// with the vectors. What the graph of HNSW or the lists of IVF lose besides is not
// measured: the figures are what an exhaustive search of the codes finds, which a graph
// comes near to with a greater ef_search, and lists with more nprobes.
//
// Since the number of candidates is fixed, recall falls as an index grows. So it is
// measured for an 8th, a 4th, half and all of the sample, and extrapolated to
// TargetVectors; that is marked, and its interval grows with the distance. With several
// Shards what one of them will find is extrapolated, from all of the sample. With fewer than
// 10,000 vectors there is no recommendation.
//
// The sample is read in blocks, several times: memory does not grow with it, but for
// some 10 bytes for each vector. It takes about the time of searching the sample twice with each
// encoding. The error of a number that is not finite, or of a vector of zeros with the
// cosine, is a *ValueError.
func MeasureRecall(ctx context.Context, sample Vectors, opts MeasureRecallOptions) (MeasureRecallResult, error) {
	result, err := measureRecall(ctx, sample, opts)
	if err != nil {
		return MeasureRecallResult{}, fmt.Errorf("vector: measure recall: %w", err)
	}
	return result, nil
}

func measureRecall(ctx context.Context, sample Vectors, opts MeasureRecallOptions) (MeasureRecallResult, error) {
	if err := opts.complete(sample); err != nil {
		return MeasureRecallResult{}, err
	}
	return measureAll(ctx, sample, opts, recallRows(opts))
}

// measureAll measures the rows. The options are complete.
func measureAll(ctx context.Context, sample Vectors, opts MeasureRecallOptions, rows []TechniqueRecall) (MeasureRecallResult, error) {
	arms := armsOf(rows, opts)
	m, err := newMeasurement(ctx, sample, opts, arms)
	if err != nil {
		return MeasureRecallResult{}, err
	}
	if err := m.train(ctx); err != nil {
		return MeasureRecallResult{}, err
	}
	for l := range m.sizes {
		if err := m.level(ctx, l); err != nil {
			return MeasureRecallResult{}, err
		}
	}
	return m.result(rows, arms), nil
}

// A setup is what is measured at a time.
type setup struct{ shards, k int }

// setups returns what is measured: the shards and neighbours that were asked for and, to
// extrapolate from, what one of several shards is. It holds some of the k nearest of all,
// which are its own nearest k/shards on average, so that it finds them as an index of one
// shard finds k/shards. Dealt out to as many shards as the index will have, a sample would
// leave so few vectors in each that nearly all are candidates.
func (m *measurement) setups() []setup {
	o, n := m.opts, m.sizes[len(m.sizes)-1]
	setups := []setup{{o.Shards, o.K}}
	if o.Shards > 1 && o.TargetVectors > int64(n) {
		setups = append(setups, setup{1, max(1, o.K/o.Shards)})
	}
	return setups
}

// level measures with the vectors of one size.
func (m *measurement) level(ctx context.Context, l int) error {
	numbers := m.numbers(l)
	truths, err := m.truths(ctx, numbers)
	if err != nil {
		return err
	}
	for i, s := range m.setups() {
		m.setup = s
		if err := m.measure(ctx, numbers, truths[i], i > 0); err != nil {
			return err
		}
	}
	return nil
}

// measure measures a setup, with all arms or those that score candidates again: for
// others it does not matter how vectors are dealt out.
func (m *measurement) measure(ctx context.Context, numbers []int32, truth []least, rescored bool) error {
	all := m.arms
	m.arms = slices.DeleteFunc(slices.Clone(all), func(a *arm) bool { return rescored && !a.rescored() })
	for _, a := range m.arms {
		a.begin(m.queryCount(), m.setup)
	}
	for _, shard := range shardsOf(numbers, m.setup.shards, m.opts.Seed) {
		if err := m.shard(ctx, shard, truth); err != nil {
			return err
		}
	}
	for _, a := range m.arms {
		if err := m.count(ctx, a, truth); err != nil {
			return err
		}
	}
	m.arms = slices.DeleteFunc(slices.Clone(all), func(a *arm) bool { return a.refused != "" })
	return nil
}

// A least is the score that a vector has at least if it is one of the true neighbours:
// others that are as near as the last of them count, too.
type least float64

// truths finds the true neighbours among some vectors, by setup, for as many queries at
// a time as there is memory for what is found.
func (m *measurement) truths(ctx context.Context, numbers []int32) ([][]least, error) {
	dimension, opts := m.vectors.Dimension(), NearestOptions{K: m.opts.K, Space: m.space, Workers: m.opts.Workers}
	chunk := max(tile, queryMemory/(m.opts.K*(16+12*m.opts.Workers)))
	setups := m.setups()
	bounds := make([][]least, len(setups))
	for from := 0; from < m.queryCount(); from += chunk {
		queries, err := FromValues(dimension, m.queries[from*dimension:min(from+chunk, m.queryCount())*dimension])
		if err != nil {
			return nil, err
		}
		found, err := nearest(ctx, subset{m.vectors, numbers}, queries, opts)
		if err != nil {
			return nil, err
		}
		for i, s := range setups {
			bounds[i] = append(bounds[i], leastOf(found, s.k)...)
		}
	}
	return bounds, nil
}

func leastOf(found [][]Neighbor, k int) []least {
	bounds := make([]least, len(found))
	for q, neighbors := range found {
		last := neighbors[min(k, len(neighbors))-1].Score
		bounds[q] = least(last - tieTolerance*max(last, -last))
	}
	return bounds
}

// tieTolerance is how much less near, in relation, a vector may be than the last true
// neighbour to count as one.
const tieTolerance = 1e-6

// count adds to the measured recalls of an arm.
func (m *measurement) count(ctx context.Context, a *arm, truth []least) error {
	if err := m.countFound(ctx, a, truth); err != nil {
		return err
	}
	for v, hits := range a.hits {
		recalls := make([]float64, len(hits))
		for q, n := range hits {
			recalls[q] = float64(n) / float64(m.setup.k)
		}
		a.recalls[m.setup][v] = append(a.recalls[m.setup][v], recalls)
	}
	return nil
}

// countFound counts the true neighbours among what codes alone find in several shards.
func (m *measurement) countFound(ctx context.Context, a *arm, truth []least) error {
	chunk := max(1, queryMemory/(48*m.setup.k))
	for from := 0; from < len(a.found); from += chunk {
		numbers := make([][]int32, 0, chunk)
		for _, b := range a.found[from:min(from+chunk, len(a.found))] {
			numbers = append(numbers, b.numbers)
		}
		scores, err := m.scores(ctx, numbers, from)
		if err != nil {
			return err
		}
		for q, some := range scores {
			a.hit(0, from+q, m.setup.k, m.setup.k, some, truth[from+q])
		}
	}
	a.found = nil
	return nil
}
