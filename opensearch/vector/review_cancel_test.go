package vector

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// breaking calls then at one read, counted from 1.
type breaking struct {
	Vectors
	at    int64
	reads *atomic.Int64
	then  func() error
}

func (b breaking) ReadVectors(dst []float32, from int) error {
	if b.reads.Add(1) == b.at {
		if err := b.then(); err != nil {
			return err
		}
	}
	return b.Vectors.ReadVectors(dst, from)
}

// Wherever reading fails or the context ends, that is the error, and no goroutine is
// left.
func TestMeasureRecallStopsAnywhere(t *testing.T) {
	sample := structured(t, 400, 8, 3, 5)
	rows := someRows(5, Encoding{Encoder: PQ, SubVectors: 4, CodeSize: 4}, Encoding{Encoder: OSQ}, Encoding{Encoder: SQ7}, Encoding{Encoder: Binary, Bits: 1})
	before := runtime.NumGoroutine()
	stop := errors.New("stop")
	run := func(at int64, cancels bool) (int64, error) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		b := breaking{sample, at, &atomic.Int64{}, func() error {
			if cancels {
				cancel(stop)
				return nil
			}
			return stop
		}}
		_, err := measureRows(ctx, t, b, MeasureRecallOptions{NumQueries: 5, K: 5, Shards: 2, SegmentsPerShard: 2, Workers: 3, TargetVectors: 1e5}, rows)
		return b.reads.Load(), err
	}
	reads, err := run(-1, false)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 60 {
		at := 1 + r.Int64N(reads-20)
		for _, cancels := range []bool{false, true} {
			if _, err := run(at, cancels); !errors.Is(err, stop) {
				t.Errorf("read %d of %d, cancelled %v: %v", at, reads, cancels, err)
			}
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, before %d", runtime.NumGoroutine(), before)
}

// Without a technique with a graph there is none to recommend, whatever was found.
func TestNoRecommendationWithoutGraph(t *testing.T) {
	r := MeasureRecallResult{Vectors: 20_000, Wish: 0.9, Techniques: []TechniqueRecall{
		{Technique: Technique{FAISS, IVF, InMemory, Encoding{Encoder: FP16}}, Target: RecallAt{Recall: 1, Low: 1, High: 1}},
		{Technique: Technique{Lucene, Flat, OnDisk, Encoding{Encoder: OSQ}}, Target: RecallAt{Recall: 1, Low: 1, High: 1}},
	}}
	r.recommend()
	if r.Recommendation != nil || !strings.Contains(r.Why, "HNSW") {
		t.Errorf("%+v, %q", r.Recommendation, r.Why)
	}
}

// Queries that are taken out are nowhere in the index, and all others once.
func TestMeasureRecallDeals(t *testing.T) {
	sample := structured(t, 997, 4, 2, 5)
	for _, queries := range []Vectors{nil, structured(t, 7, 4, 2, 6)} {
		opts := MeasureRecallOptions{Version: "3.6", Queries: queries, Shards: 5, Seed: 3}
		if err := opts.complete(sample); err != nil {
			t.Fatal(err)
		}
		m := &measurement{opts: opts, vectors: sample}
		taken := m.deal(sample.Len())
		var all []int32
		for _, shard := range shardsOf(m.numbers(len(m.sizes)-1), 5, 3) {
			for _, segment := range segmentsOf(shard, 7) {
				all = append(all, segment...)
			}
		}
		all = append(all, taken...)
		slices.Sort(all)
		if len(all) != 997 || len(slices.Compact(all)) != 997 || len(taken) != opts.NumQueries {
			t.Errorf("%d vectors, %d taken", len(all), len(taken))
		}
		for l := 1; l < len(m.sizes); l++ {
			if less, more := m.numbers(l-1), m.numbers(l); len(less) != m.sizes[l-1] || slices.ContainsFunc(less, func(n int32) bool { return !slices.Contains(more, n) }) {
				t.Errorf("size %d has %d, not all in the next", m.sizes[l-1], len(less))
			}
		}
	}
}
