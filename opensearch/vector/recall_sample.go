package vector

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/awspatterns/awspatterns/internal/quantizer"
)

// A measurement is one MeasureRecall.
type measurement struct {
	opts    MeasureRecallOptions
	vectors Vectors   // as the index has them: with the cosine, as long as 1
	space   Space     // likewise: L2 or InnerProduct
	queries []float32 // likewise
	values  valueRange
	arms    []*arm

	setup  setup   // that is being measured
	sizes  []int   // of the levels, rising
	levels []uint8 // by number of a vector: the first level that has it; noLevel if none has
	done   int64   // vectors, of total
	total  int64
}

// noLevel is the level of vectors that are queries.
const noLevel = 255

func newMeasurement(ctx context.Context, sample Vectors, opts MeasureRecallOptions, arms []*arm) (*measurement, error) {
	m := &measurement{opts: opts, vectors: sample, space: opts.Space, arms: arms}
	if opts.Space == Cosine {
		m.vectors, m.space = unit{sample}, InnerProduct
	}
	var err error
	if m.values, err = inspect(ctx, sample, opts); err != nil {
		return nil, err
	}
	taken := m.deal(sample.Len())
	if err := m.takeQueries(taken); err != nil {
		return nil, err
	}
	for _, n := range m.sizes {
		m.total += int64(n * len(m.setups()))
	}
	rotations := &quantizer.Rotations{}
	for _, a := range arms {
		a.method = methodOf(a.encoding, opts, m.values, rotations)
		a.refuse(m)
	}
	m.arms = slices.DeleteFunc(slices.Clone(arms), func(a *arm) bool { return a.refused != "" })
	return m, nil
}

func (m *measurement) queryCount() int { return len(m.queries) / m.vectors.Dimension() }

// inspect looks at all values, as the index has them, before anything is computed.
func inspect(ctx context.Context, sample Vectors, opts MeasureRecallOptions) (valueRange, error) {
	dimension := sample.Dimension()
	block := blockOf(dimension)
	ranges := make([]valueRange, opts.Workers)
	var next atomic.Int64
	err := workers(ctx, opts.Workers, func(ctx context.Context, w int) error {
		ranges[w] = noValues
		values := make([]float32, block*dimension)
		for context.Cause(ctx) == nil {
			from := int(next.Add(1)-1) * block
			if from >= sample.Len() {
				return nil
			}
			some := values[:min(block, sample.Len()-from)*dimension]
			if err := sample.ReadVectors(some, from); err != nil {
				return err
			}
			if err := checkValues(some, dimension, from, opts.Space); err != nil {
				return err
			}
			if opts.Space == Cosine {
				normalize(some, dimension)
			}
			ranges[w] = ranges[w].with(some)
		}
		return context.Cause(ctx)
	})
	all := noValues
	for _, r := range ranges {
		all.least, all.greatest = min(all.least, r.least), max(all.greatest, r.greatest)
	}
	return all, err
}

// deal draws the queries, unless there are some, and the level of each other vector.
func (m *measurement) deal(n int) (taken []int32) {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	rand.New(rand.NewPCG(m.opts.Seed, 0)).Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	m.levels = make([]uint8, n)
	if m.opts.Queries == nil {
		taken = order[n-m.opts.NumQueries:]
		order = order[:n-m.opts.NumQueries]
		for _, i := range taken {
			m.levels[i] = noLevel
		}
		slices.Sort(taken)
	}
	m.sizes = sizesOf(len(order), m.opts.K)
	level := 0
	for i, number := range order {
		for i >= m.sizes[level] {
			level++
		}
		m.levels[number] = uint8(level)
	}
	return taken
}

// sizesOf returns an 8th, a 4th, half and all of n, but for what would be too few to
// say anything about k neighbours.
func sizesOf(n, k int) (sizes []int) {
	for _, part := range []int{8, 4, 2} {
		if n/part >= max(100, 2*k) {
			sizes = append(sizes, n/part)
		}
	}
	return append(sizes, n)
}

func (m *measurement) takeQueries(taken []int32) error {
	dimension := m.vectors.Dimension()
	if m.opts.Queries == nil {
		m.queries = make([]float32, len(taken)*dimension)
		return subset{m.vectors, taken}.ReadVectors(m.queries, 0)
	}
	m.queries = make([]float32, m.opts.Queries.Len()*dimension)
	err := m.opts.Queries.ReadVectors(m.queries, 0)
	if err == nil {
		err = checkValues(m.queries, dimension, 0, m.opts.Space)
	}
	if err != nil {
		return fmt.Errorf("queries: %w", err)
	}
	if m.opts.Space == Cosine {
		normalize(m.queries, dimension)
	}
	return nil
}

// numbers returns the vectors of a level, which are those of the lower ones, too.
func (m *measurement) numbers(level int) []int32 {
	numbers := make([]int32, 0, m.sizes[level])
	for i, l := range m.levels {
		if int(l) <= level {
			numbers = append(numbers, int32(i))
		}
	}
	return numbers
}

// shardsOf deals vectors out to shards, as a hash of their ids would.
func shardsOf(numbers []int32, shards int, seed uint64) [][]int32 {
	if shards == 1 {
		return [][]int32{numbers}
	}
	dealt := make([][]int32, shards)
	for _, number := range numbers {
		s := mix(seed^uint64(number)) % uint64(shards)
		dealt[s] = append(dealt[s], number)
	}
	return slices.DeleteFunc(dealt, func(s []int32) bool { return len(s) == 0 })
}

// mix is the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// segments returns how many segments a shard of n vectors has: as many as were asked
// for, or as many as the default if they are not so small that quantizers would learn
// less in them than in those of a real index.
func (m *measurement) segments(n int) int {
	if m.opts.SegmentsPerShard != 0 {
		return m.opts.SegmentsPerShard
	}
	return min(max(1, n/2500), DefaultSegmentsPerShard)
}

// segmentsOf cuts what a shard holds into segments, in the order in which it was given.
func segmentsOf(numbers []int32, segments int) [][]int32 {
	segments = min(segments, len(numbers))
	cut := make([][]int32, segments)
	for i := range cut {
		cut[i] = numbers[i*len(numbers)/segments : (i+1)*len(numbers)/segments]
	}
	return cut
}
