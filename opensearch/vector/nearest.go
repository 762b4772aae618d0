package vector

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"github.com/awspatterns/awspatterns/internal/parallel"
)

// NearestOptions say what to search for.
type NearestOptions struct {
	K       int   // neighbours of each query; fewer if there are not as many vectors. Defaults to 10.
	Space   Space // defaults to L2
	Workers int   // goroutines; defaults to GOMAXPROCS
}

// A Neighbor is a vector that was found.
type Neighbor struct {
	Number int // of the vector, from 0

	// Score is how near it is, the greater the nearer: the inner product, the cosine, or
	// minus the square of the Euclidean distance.
	Score float64
}

// Nearest returns the vectors that are nearest to each query, the nearest first, of
// equals the one with the lower number: exactly, since all are looked at, and scores
// are computed in float64 where float32 does not decide. The vectors are read once for each
// 4 million numbers of queries, in blocks of up to 4 MiB for each worker.
//
// A vector or query with a number that is NaN or infinite, or a zero one if the space
// is Cosine, is a *ValueError.
func Nearest(ctx context.Context, vectors, queries Vectors, opts NearestOptions) ([][]Neighbor, error) {
	found, err := nearest(ctx, vectors, queries, opts)
	if err != nil {
		return nil, fmt.Errorf("vector: nearest: %w", err)
	}
	return found, nil
}

func nearest(ctx context.Context, vectors, queries Vectors, opts NearestOptions) ([][]Neighbor, error) {
	if err := opts.complete(vectors, queries); err != nil {
		return nil, err
	}
	if vectors.Len() == 0 {
		return make([][]Neighbor, queries.Len()), nil
	}
	found := make([][]Neighbor, 0, queries.Len())
	dimension := vectors.Dimension()
	chunk := max(1, 4<<20/dimension)
	for from := 0; from < queries.Len(); from += chunk {
		n := min(chunk, queries.Len()-from)
		values := make([]float32, n*dimension)
		if err := queries.ReadVectors(values, from); err != nil {
			return nil, fmt.Errorf("queries: %w", err)
		}
		if err := checkValues(values, dimension, from, opts.Space); err != nil {
			return nil, fmt.Errorf("queries: %w", err)
		}
		some, err := searchAll(ctx, vectors, newExact(opts.Space, dimension, values), opts)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

func (o *NearestOptions) complete(vectors, queries Vectors) error {
	if o.K == 0 {
		o.K = 10
	}
	if o.Space == "" {
		o.Space = L2
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	switch {
	case vectors == nil || queries == nil:
		return fmt.Errorf("there are no vectors or no queries")
	case o.K < 0:
		return fmt.Errorf("option K is %d: give how many neighbours are to be found", o.K)
	case o.Workers < 0:
		return fmt.Errorf("%d Workers: give a number of goroutines", o.Workers)
	case !o.Space.known():
		return fmt.Errorf("space %q: give %s, %s or %s", o.Space, L2, InnerProduct, Cosine)
	case vectors.Len() > math.MaxInt32:
		return fmt.Errorf("%d vectors: more than %d are not searched", vectors.Len(), math.MaxInt32)
	case vectors.Dimension() != queries.Dimension():
		return fmt.Errorf("vectors have %d dimensions and queries %d", vectors.Dimension(), queries.Dimension())
	case vectors.Dimension() < 1 || vectors.Dimension() > MaxDimension:
		return fmt.Errorf("%d dimensions: there are 1 to %d", vectors.Dimension(), MaxDimension)
	}
	return nil
}

func (s Space) known() bool { return s == L2 || s == InnerProduct || s == Cosine }

// searchAll has each worker search blocks of vectors for all queries, and then puts
// together what they found: which is the same however the blocks were shared out.
func searchAll(ctx context.Context, vectors Vectors, e *exact, opts NearestOptions) ([][]Neighbor, error) {
	block := blockOf(vectors.Dimension())
	searches := make([]*search, min(opts.Workers, (vectors.Len()+block-1)/block))
	for w := range searches {
		searches[w] = e.search(min(opts.K, vectors.Len()), block)
	}
	var next atomic.Int64
	err := workers(ctx, len(searches), func(ctx context.Context, w int) error {
		for {
			from := int(next.Add(1)-1) * block
			if from >= vectors.Len() {
				return nil
			}
			if err := context.Cause(ctx); err != nil {
				return err
			}
			if err := searches[w].block(vectors, from, min(block, vectors.Len()-from)); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return merged(searches, e.queries()), nil
}

func merged(searches []*search, queries int) [][]Neighbor {
	found := make([][]Neighbor, queries)
	for q := range found {
		all := searches[0].best[q]
		for _, s := range searches[1:] {
			for i, score := range s.best[q].scores {
				all.add(score, s.best[q].numbers[i])
			}
		}
		for _, i := range all.order() {
			found[q] = append(found[q], Neighbor{Number: int(all.numbers[i]), Score: all.scores[i]})
		}
	}
	return found
}

// workers runs f in n goroutines, and tells all by their context when one fails. It
// returns the first error there was.
func workers(ctx context.Context, n int, f func(ctx context.Context, worker int) error) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	parallel.ForEach(n, n, func(w int) {
		if err := f(ctx, w); err != nil {
			fail(err)
		}
	})
	return context.Cause(ctx)
}

// blockOf returns how many vectors are read at a time: up to 4 MiB, and no more than
// whose scores for a tile of queries stay in the cache.
func blockOf(dimension int) int { return min(max(1, 1<<20/dimension), 4096) }
