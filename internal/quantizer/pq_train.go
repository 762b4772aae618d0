package quantizer

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/awspatterns/awspatterns/internal/parallel"
)

// pqGroupBytes is how much of the sample is kept at a time, if a sub-vector of it is not
// more.
const pqGroupBytes = 32 << 20

// train finds the centroids of all sub-vectors, as many at a time as have this many
// bytes.
func (q *pq) train(ctx context.Context, segment Vectors, bytes int) error {
	sample := q.sample(segment.Len())
	order := q.random(1).Perm(len(sample))[:1<<q.PQ.CodeSize]
	group := max(1, bytes/(4*len(sample)*q.sub))
	for first := 0; first < q.SubVectors; first += group {
		points := make([][]float32, min(group, q.SubVectors-first))
		for m := range points {
			points[m] = make([]float32, len(sample)*q.sub)
		}
		if err := q.cut(ctx, segment, sample, first, points); err != nil {
			return err
		}
		parallel.ForEach(len(points), q.Workers, func(m int) {
			q.cluster(ctx, points[m], order, first+m, max(1, q.Workers/len(points)))
		})
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// random returns a source of random numbers for one purpose.
func (q *pq) random(purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(q.Seed, purpose)) }

// sample returns which vectors are trained on, in ascending order: all are equally
// likely.
func (q *pq) sample(n int) []int {
	wanted := min(n, pqMaxPoints<<q.PQ.CodeSize)
	random := q.random(0)
	sample := make([]int, 0, wanted)
	for i := 0; len(sample) < wanted; i++ {
		if random.IntN(n-i) < wanted-len(sample) {
			sample = append(sample, i)
		}
	}
	return sample
}

// cut reads the sample, and keeps some sub-vectors of it: points[m] gets those of
// sub-vector first+m.
func (q *pq) cut(ctx context.Context, segment Vectors, sample []int, first int, points [][]float32) error {
	block := make([]float32, max(1, blockValues/q.dimension)*q.dimension)
	for done := 0; done < len(sample); {
		if err := ctx.Err(); err != nil {
			return err
		}
		run := pqRun(sample[done:], len(block)/q.dimension)
		from, last := sample[done], sample[done+run-1]
		values := block[:(last-from+1)*q.dimension]
		if err := segment.ReadVectors(values, from); err != nil {
			return fmt.Errorf("read vectors %d to %d: %w", from, last, err)
		}
		for i, n := range sample[done : done+run] {
			vector := values[(n-from)*q.dimension:][:q.dimension]
			if at := slices.IndexFunc(vector, func(x float32) bool { return x-x != 0 }); at >= 0 {
				return &NotFiniteError{n, at, vector[at]}
			}
			for m := range points {
				copy(points[m][(done+i)*q.sub:][:q.sub], vector[(first+m)*q.sub:])
			}
		}
		done += run
	}
	return nil
}

// pqRun returns how many vectors, at the beginning of a sample, are read at once: those
// within a block that are not far from each other.
func pqRun(sample []int, block int) int {
	n := 1
	for n < len(sample) && sample[n]-sample[0] < block && sample[n]-sample[n-1] <= 16 {
		n++
	}
	return n
}

// cluster finds the centroids of a sub-vector by k-means. order says which points they
// begin as. What it leaves when the context ends is of no use.
func (q *pq) cluster(ctx context.Context, points []float32, order []int, m, workers int) {
	centroids := q.of(m)
	for c, point := range order {
		copy(centroids[c*q.sub:(c+1)*q.sub], points[point*q.sub:])
	}
	near := &q.near[m]
	near.Set(centroids, q.sub)
	if len(points) == len(centroids) {
		return
	}
	numbers, distances := make([]uint8, len(points)/q.sub), make([]float32, len(points)/q.sub)
	means := &pqMeans{make([]float64, len(centroids)), make([]float64, len(order))}
	for range pqIterations {
		if ctx.Err() != nil {
			return
		}
		parallel.ForEach(workers, workers, func(w int) {
			from, to := w*len(numbers)/workers, (w+1)*len(numbers)/workers
			near.Nearest(numbers[from:to], distances[from:to], points[from*q.sub:to*q.sub])
		})
		means.of(numbers, points, q.sub)
		means.write(centroids, q.sub)
		means.split(centroids, q.sub, len(numbers), q.random(2))
		near.Set(centroids, q.sub)
	}
}

// pqMeans are the means of clusters.
type pqMeans struct {
	sums   []float64
	counts []float64 // points of each
}

// of adds up the points of each cluster.
func (p *pqMeans) of(numbers []uint8, points []float32, sub int) {
	clear(p.sums)
	clear(p.counts)
	for i, c := range numbers {
		p.counts[c]++
		sums := p.sums[int(c)*sub:][:sub]
		for j, x := range points[i*sub:][:sub] {
			sums[j] += float64(x)
		}
	}
}

// write writes the means. That of no points is 0.
func (p *pqMeans) write(centroids []float32, sub int) {
	for c, count := range p.counts {
		for j := c * sub; j < (c+1)*sub; j++ {
			centroids[j] = float32(p.sums[j] / max(1, count))
		}
	}
}

// split makes two clusters of one for each that has no points. It is the more likely to
// be split the more points it has. The two are nearly the same then, and the next
// iteration divides the points.
func (p *pqMeans) split(centroids []float32, sub, points int, random *rand.Rand) {
	k := len(p.counts)
	for empty, count := range p.counts {
		if count != 0 {
			continue
		}
		from := 0
		for random.Float64() >= (p.counts[from]-1)/float64(points-k) {
			from = (from + 1) % k
		}
		pqNudge(centroids[empty*sub:][:sub], centroids[from*sub:][:sub])
		p.counts[empty] = p.counts[from] / 2
		p.counts[from] -= p.counts[empty]
	}
}

// pqNudge makes two centroids of one, a little to either side of it.
func pqNudge(to, from []float32) {
	const little = 1.0 / 1024
	for j, x := range from {
		more, less := max(-math.MaxFloat32, min(math.MaxFloat32, x*(1+little))), x*(1-little)
		if j%2 == 1 {
			more, less = less, more
		}
		to[j], from[j] = more, less
	}
}
