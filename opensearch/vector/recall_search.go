package vector

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/quantizer"
)

// shard searches one shard with all arms, and adds what it finds to what others did.
func (m *measurement) shard(ctx context.Context, numbers []int32, truth []least) error {
	segments := segmentsOf(numbers, m.segments(len(numbers)))
	trained := make([][]quantizer.Quantizer, len(segments))
	for i, segment := range segments {
		var err error
		if trained[i], err = m.trainSegment(ctx, segment); err != nil {
			return err
		}
	}
	m.dropRefused(trained)
	chunk := m.queryChunk()
	for from := 0; from < m.queryCount(); from += chunk {
		s := m.newShardSearch(from, min(chunk, m.queryCount()-from))
		for i, segment := range segments {
			if err := s.segment(ctx, segment, trained[i]); err != nil {
				return err
			}
		}
		if err := s.finish(ctx, truth[from:]); err != nil {
			return err
		}
	}
	m.progress(int64(len(numbers)))
	return nil
}

func (m *measurement) progress(n int64) {
	m.done += n
	if m.opts.Progress != nil {
		m.opts.Progress(MeasureProgress{Done: m.done, Total: m.total})
	}
}

// trainSegment trains the quantizers of a segment, one for each arm.
func (m *measurement) trainSegment(ctx context.Context, segment []int32) ([]quantizer.Quantizer, error) {
	trained := make([]quantizer.Quantizer, len(m.arms))
	errs := make([]error, len(m.arms))
	parallel.ForEach(len(m.arms), m.opts.Workers, func(i int) {
		a := m.arms[i]
		if trained[i] = a.trained; a.trained == nil && a.refused == "" {
			trained[i], errs[i] = m.trainArm(ctx, a, segment)
		}
	})
	return trained, cmp.Or(errs...)
}

// trainArm trains the quantizer of an arm. One that makes nothing of these vectors is
// refused, which is no error.
func (m *measurement) trainArm(ctx context.Context, a *arm, numbers []int32) (quantizer.Quantizer, error) {
	vectors := &watched{Vectors: subset{m.vectors, numbers}}
	trained, err := a.method.Train(ctx, vectors)
	if err == nil {
		return trained, nil
	}
	if cause := cmp.Or(context.Cause(ctx), vectors.err); cause != nil {
		return nil, cause
	}
	a.refused = err.Error()
	return nil, nil
}

// watched keeps why vectors could not be read, to tell that from what is wrong with them.
type watched struct {
	Vectors
	mu  sync.Mutex
	err error
}

func (w *watched) ReadVectors(dst []float32, from int) error {
	err := w.Vectors.ReadVectors(dst, from)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.err = err
	}
	return err
}

// dropRefused leaves out arms that were refused, and what is trained for them.
func (m *measurement) dropRefused(trained [][]quantizer.Quantizer) {
	for i := len(m.arms) - 1; i >= 0; i-- {
		if m.arms[i].refused == "" {
			continue
		}
		m.arms = slices.Delete(m.arms, i, i+1)
		for s := range trained {
			trained[s] = slices.Delete(trained[s], i, i+1)
		}
	}
}

// queryMemory is what the prepared queries and candidates of a chunk may take.
const queryMemory = 32 << 20

// queryChunk returns how many queries are searched at a time.
func (m *measurement) queryChunk() int {
	each := 0
	for _, a := range m.arms {
		each += a.queryMemory(m.vectors.Dimension()) + 24*a.kept(m.setup.k)
	}
	return min(max(1, queryMemory/max(1, each)), m.queryCount())
}

// A shardSearch is the search of a shard for some queries.
type shardSearch struct {
	*measurement
	from, n int       // queries
	found   [][]*best // by arm and query: candidates, with the scores of their codes
	rows    []float32
	codes   [][]byte       // by arm
	buffers chan []float32 // for scores, of each worker
}

// queryTask is how many queries one task scores.
const queryTask = 8

func (m *measurement) newShardSearch(from, n int) *shardSearch {
	block := blockOf(m.vectors.Dimension())
	s := &shardSearch{measurement: m, from: from, n: n, rows: make([]float32, block*m.vectors.Dimension())}
	for _, a := range m.arms {
		found := make([]*best, n)
		for q := range found {
			found[q] = newBest(a.kept(m.setup.k))
		}
		s.found = append(s.found, found)
	}
	s.codes = make([][]byte, len(m.arms))
	s.buffers = make(chan []float32, m.opts.Workers)
	for range m.opts.Workers {
		s.buffers <- nil
	}
	return s
}

// segment searches a segment, block by block.
func (s *shardSearch) segment(ctx context.Context, numbers []int32, trained []quantizer.Quantizer) error {
	dimension := s.vectors.Dimension()
	queries := s.prepare(trained)
	block := blockOf(dimension)
	for from := 0; from < len(numbers); from += block {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		some := numbers[from:min(from+block, len(numbers))]
		rows := s.rows[:len(some)*dimension]
		if err := (subset{s.vectors, some}).ReadVectors(rows, 0); err != nil {
			return err
		}
		s.encode(rows, trained)
		s.score(some, queries, trained)
	}
	return nil
}

// prepare prepares the queries for a segment, by arm and query.
func (s *shardSearch) prepare(trained []quantizer.Quantizer) [][]quantizer.Query {
	dimension := s.vectors.Dimension()
	queries := make([][]quantizer.Query, len(trained))
	for a := range queries {
		queries[a] = make([]quantizer.Query, s.n)
	}
	parallel.ForEach(len(trained)*s.n, s.opts.Workers, func(i int) {
		a, q := i/s.n, i%s.n
		queries[a][q] = trained[a].Query(s.queries[(s.from+q)*dimension : (s.from+q+1)*dimension])
	})
	return queries
}

// rowTask is how many rows one task encodes.
const rowTask = 256

func (s *shardSearch) encode(rows []float32, trained []quantizer.Quantizer) {
	dimension := s.vectors.Dimension()
	n := len(rows) / dimension
	tasks := (n + rowTask - 1) / rowTask
	for a, t := range trained {
		s.codes[a] = slices.Grow(s.codes[a][:0], n*t.CodeSize())[:n*t.CodeSize()]
	}
	parallel.ForEach(len(trained)*tasks, s.opts.Workers, func(i int) {
		a, from := i/tasks, i%tasks*rowTask
		last, size := min(from+rowTask, n), trained[a].CodeSize()
		trained[a].Encode(s.codes[a][from*size:last*size], rows[from*dimension:last*dimension])
	})
}

func (s *shardSearch) score(numbers []int32, queries [][]quantizer.Query, trained []quantizer.Quantizer) {
	tasks := (s.n + queryTask - 1) / queryTask
	parallel.ForEach(len(trained)*tasks, s.opts.Workers, func(i int) {
		a, from := i/tasks, i%tasks*queryTask
		n, count := len(numbers), min(queryTask, s.n-from)
		buffer := <-s.buffers
		buffer = slices.Grow(buffer[:0], n*count)[:n*count]
		quantizer.Scores(buffer, queries[a][from:from+count], s.codes[a])
		for q := range count {
			s.found[a][from+q].addAll(buffer[q*n:(q+1)*n], numbers)
		}
		s.buffers <- buffer
	})
}

// addAll adds what rises in number.
func (b *best) addAll(scores []float32, numbers []int32) {
	least := float32(b.least())
	for i, score := range scores {
		if score > least || len(b.scores) < b.k {
			if score != score { // no result of an engine is NaN
				score = float32(math.Inf(-1))
			}
			b.add(float64(score), numbers[i])
			least = float32(b.least())
		}
	}
}

// finish scores the candidates again, and counts the true neighbours among them. What
// codes alone find is kept with what they find in other shards, if there are any.
func (s *shardSearch) finish(ctx context.Context, truth []least) error {
	for i, a := range s.arms {
		candidates, codes := make([][]int32, s.n), make([][]float64, s.n)
		for q, b := range s.found[i] {
			for _, at := range b.order() {
				candidates[q], codes[q] = append(candidates[q], b.numbers[at]), append(codes[q], b.scores[at])
			}
		}
		scores := make([][]float64, s.n)
		if a.rescored() || a.found == nil {
			var err error
			if scores, err = s.measurement.scores(ctx, candidates, s.from); err != nil {
				return err
			}
		}
		for v, pass := range a.passes {
			for q := range s.n {
				switch {
				case pass > 0:
					a.hit(v, s.from+q, pass, s.setup.k, scores[q], truth[q])
				case a.found == nil:
					a.hit(v, s.from+q, s.setup.k, s.setup.k, scores[q], truth[q])
				default:
					a.keep(s.from+q, s.setup.k, candidates[q], codes[q])
				}
			}
		}
	}
	return nil
}

// scores returns the exact scores of vectors for queries, beginning with query from.
// The vectors are read in the order of their numbers.
func (m *measurement) scores(ctx context.Context, numbers [][]int32, from int) ([][]float64, error) {
	type wanted struct{ number, query, at int32 }
	var all []wanted
	scores := make([][]float64, len(numbers))
	for q, some := range numbers {
		scores[q] = make([]float64, len(some))
		for at, number := range some {
			all = append(all, wanted{number, int32(q), int32(at)})
		}
	}
	slices.SortFunc(all, func(a, b wanted) int { return cmp.Compare(a.number, b.number) })
	dimension := m.vectors.Dimension()
	e := newExact(m.space, dimension, m.queries[from*dimension:(from+len(numbers))*dimension])
	tasks := m.opts.Workers
	return scores, workers(ctx, tasks, func(ctx context.Context, w int) error {
		row, last := make([]float32, dimension), int32(-1)
		for i, x := range all[w*len(all)/tasks : (w+1)*len(all)/tasks] {
			if i%1024 == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if x.number != last {
				if err := m.vectors.ReadVectors(row, int(x.number)); err != nil {
					return err
				}
				last = x.number
			}
			scores[x.query][x.at] = e.score(int(x.query), row)
		}
		return nil
	})
}
