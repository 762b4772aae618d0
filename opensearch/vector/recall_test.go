package vector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/quantizer"
)

// structured returns vectors that lie near a space of fewer dimensions, as embeddings do.
func structured(t testing.TB, n, dimension, latent int, seed uint64) Vectors {
	t.Helper()
	basis := rand.New(rand.NewPCG(1, 2))
	mix := make([]float64, latent*dimension)
	for i := range mix {
		mix[i] = basis.NormFloat64()
	}
	r := rand.New(rand.NewPCG(seed, 3))
	hidden := make([]float64, latent)
	return madeVectors(t, n, dimension, func(_, d int) float32 {
		if d == 0 {
			for l := range hidden {
				hidden[l] = r.NormFloat64()
			}
		}
		sum := r.NormFloat64()
		for l, h := range hidden {
			sum += h * mix[l*dimension+d]
		}
		return float32(sum)
	})
}

var someEncodings = []Encoding{
	{Encoder: FP16}, {Encoder: Byte}, {Encoder: SQ7}, {Encoder: OSQ},
	{Encoder: Binary, Bits: 1}, {Encoder: Binary, Bits: 2}, {Encoder: Binary, Bits: 4},
	{Encoder: Binary, Bits: 1, ADC: true}, {Encoder: Binary, Bits: 1, RandomRotation: true},
	{Encoder: PQ, SubVectors: 4, CodeSize: 4},
}

// someRows are techniques without and with rescoring, whatever a version has.
func someRows(k int, encodings ...Encoding) (rows []TechniqueRecall) {
	for _, e := range encodings {
		row := TechniqueRecall{Technique: Technique{FAISS, HNSW, OnDisk, e}, Name: e.String()}
		row.FirstPassK = k
		rows = append(rows, row)
		row.Oversample, row.FirstPassK = 2, Rescoring{Factor: 2}.FirstPassK(k)
		rows = append(rows, row)
	}
	return rows
}

// measureRows measures rows that need not be of a version.
func measureRows(ctx context.Context, t testing.TB, sample Vectors, opts MeasureRecallOptions, rows []TechniqueRecall) (MeasureRecallResult, error) {
	t.Helper()
	opts.Version = cmp.Or(opts.Version, "3.8")
	if err := opts.complete(sample); err != nil {
		t.Fatal(err)
	}
	return measureAll(ctx, sample, opts, rows)
}

// slowRecall is the definition of the recall of a row, for all vectors of a sample.
func slowRecall(t *testing.T, sample, queries Vectors, opts MeasureRecallOptions, row TechniqueRecall) float64 {
	t.Helper()
	if opts.Space == Cosine {
		sample, queries = unit{sample}, unit{queries}
	}
	space := map[Space]Space{L2: L2, InnerProduct: InnerProduct, Cosine: InnerProduct}[opts.Space]
	dimension := sample.Dimension()
	var all []int32
	for i := range sample.Len() {
		all = append(all, int32(i))
	}
	values, err := inspect(t.Context(), sample, opts)
	if err != nil {
		t.Fatal(err)
	}
	method := methodOf(row.Technique.Encoding, opts, values, &quantizer.Rotations{})
	train := func(numbers []int32) quantizer.Quantizer {
		trained, err := method.Train(t.Context(), subset{sample, numbers})
		if err != nil {
			t.Fatal(err)
		}
		return trained
	}
	vector := func(v Vectors, i int) []float32 {
		x := make([]float32, dimension)
		if err := v.ReadVectors(x, i); err != nil {
			t.Fatal(err)
		}
		return x
	}
	truth := slowest(t, sample, queries, sample.Len(), space)
	type hit struct {
		number int32
		code   float64
		exact  float64
	}
	hits := 0
	found := make([][]hit, queries.Len())
	for _, shard := range shardsOf(all, opts.Shards, opts.Seed) {
		shardHits := make([][]hit, queries.Len())
		for _, segment := range segmentsOf(shard, opts.SegmentsPerShard) {
			trained := train(segment)
			if row.Technique.Encoding.Encoder == PQ {
				trained = train(all)
			}
			for _, number := range segment {
				code, score := make([]byte, trained.CodeSize()), make([]float32, 1)
				trained.Encode(code, vector(sample, int(number)))
				for q := range shardHits {
					trained.Query(vector(queries, q)).Score(score, code)
					at := slices.IndexFunc(truth[q], func(n Neighbor) bool { return n.Number == int(number) })
					shardHits[q] = append(shardHits[q], hit{number, float64(score[0]), truth[q][at].Score})
				}
			}
		}
		for q, some := range shardHits {
			slices.SortFunc(some, func(a, b hit) int { return cmp.Or(cmp.Compare(b.code, a.code), cmp.Compare(a.number, b.number)) })
			some = some[:min(len(some), row.FirstPassK)]
			if row.Oversample > 0 {
				for i := range some {
					some[i].code = some[i].exact
				}
			}
			found[q] = append(found[q], some...)
		}
	}
	for q, some := range found {
		slices.SortFunc(some, func(a, b hit) int { return cmp.Or(cmp.Compare(b.code, a.code), cmp.Compare(a.number, b.number)) })
		last := truth[q][opts.K-1].Score
		for _, h := range some[:opts.K] {
			if h.exact >= last-1e-6*math.Abs(last) {
				hits++
			}
		}
	}
	return float64(hits) / float64(queries.Len()*opts.K)
}

func TestMeasureRecallByDefinition(t *testing.T) {
	sample, queries := structured(t, 700, 24, 6, 5), structured(t, 9, 24, 6, 6)
	for _, space := range []Space{L2, InnerProduct, Cosine} {
		opts := MeasureRecallOptions{Space: space, K: 60, Queries: queries, Shards: 2, SegmentsPerShard: 3, Seed: 4}
		rows := someRows(60, someEncodings...)
		result, err := measureRows(t.Context(), t, sample, opts, rows)
		if err != nil {
			t.Fatal(err)
		}
		opts.Version = "3.8"
		if err := opts.complete(sample); err != nil {
			t.Fatal(err)
		}
		for _, row := range result.Techniques {
			got, want := row.Measured[len(row.Measured)-1].Recall, slowRecall(t, sample, queries, opts, row)
			if math.Abs(got-want) > 1e-9 {
				t.Errorf("%s, %s, factor %g: %.5f, want %.5f", space, row.Name, row.Oversample, got, want)
			}
			if e := row.Technique.Encoding; (e.Encoder == Binary || e.Encoder == OSQ || e.Encoder == PQ) && row.Oversample == 0 && got > 0.97 {
				t.Errorf("%s, %s: %.5f says nothing", space, row.Name, got)
			}
		}
	}
}

// The number of goroutines and of queries at a time must not matter.
func TestMeasureRecallRepeats(t *testing.T) {
	n, sizes := 3000, 4
	if raceEnabled {
		n, sizes = 440, 3
	}
	sample := structured(t, n, 32, 8, 7)
	var want MeasureRecallResult
	for i, workers := range []int{1, 2, 5} {
		opts := MeasureRecallOptions{NumQueries: 40, Shards: 3, Workers: workers, TargetVectors: 1e6, Seed: 9}
		got, err := measureRows(t.Context(), t, sample, opts, someRows(10, someEncodings...))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d goroutines give another result", workers)
		}
	}
	if len(want.Techniques[0].Measured) != sizes || want.Vectors != n-40 {
		t.Errorf("%d sizes of %d vectors", len(want.Techniques[0].Measured), want.Vectors)
	}
}

// What is extrapolated from a part of the vectors is compared with all of them.
func TestExtrapolated(t *testing.T) {
	if raceEnabled {
		t.Skip("it is about figures, and takes long with the race detector")
	}
	rows := someRows(10, Encoding{Encoder: OSQ}, Encoding{Encoder: Binary, Bits: 1}, Encoding{Encoder: Binary, Bits: 4}, Encoding{Encoder: SQ7})
	queries := structured(t, 200, 32, 10, 8)
	for _, shards := range []int{1, 4} {
		whole, err := measureRows(t.Context(), t, structured(t, 32_000, 32, 10, 9), MeasureRecallOptions{Queries: queries, Shards: shards, SegmentsPerShard: 1}, rows)
		if err != nil {
			t.Fatal(err)
		}
		part, err := measureRows(t.Context(), t, structured(t, 4000, 32, 10, 9), MeasureRecallOptions{Queries: queries, Shards: shards, SegmentsPerShard: 1, TargetVectors: 32_000}, rows)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range part.Techniques {
			truth := whole.Techniques[i].Target
			if !row.Target.Extrapolated || truth.Extrapolated || row.Name != whole.Techniques[i].Name {
				t.Fatalf("%s: %+v, %+v", row.Name, row.Target, truth)
			}
			if truth.Recall < row.Target.Low || truth.Recall > row.Target.High || math.Abs(truth.Recall-row.Target.Recall) > 0.15 {
				t.Errorf("%d shards, %s, factor %g: %.4f, and was said to be %.4f, from %.4f to %.4f", shards, row.Name, row.Oversample, truth.Recall, row.Target.Recall, row.Target.Low, row.Target.High)
			}
		}
	}
}

func TestExtrapolateSaysHowSure(t *testing.T) {
	sizes := []int{1000, 2000, 4000, 8000}
	recalls := make([][]float64, len(sizes))
	for l := range sizes {
		for q := range 100 {
			recalls[l] = append(recalls[l], min(1, math.Round(10*(0.95-0.05*float64(l))+float64(q%3-1))/10))
		}
	}
	last := extrapolate(sizes, []curve{{0, recalls}}, 8000, 10, 1)
	if last.Extrapolated || math.Abs(last.Recall-meanOf(recalls[3], nil)) > 1e-12 {
		t.Errorf("what was measured: %+v", last)
	}
	before := last
	for _, target := range []int64{16_000, 50_000, 200_000} {
		at := extrapolate(sizes, []curve{{0, recalls}}, target, 10, 1)
		if !at.Extrapolated || at.Recall >= before.Recall || at.High-at.Low <= before.High-before.Low || at.Low > at.Recall || at.High < at.Recall {
			t.Errorf("%d: %+v, after %+v", target, at, before)
		}
		before = at
	}
	if at := extrapolate(sizes[2:], []curve{{0, recalls[2:]}}, 1e6, 10, 1); at.Low != 0 || !at.Extrapolated {
		t.Errorf("from two points: %+v", at)
	}
}

func TestMeasureRecallHostile(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	worlds := map[string]struct {
		dimension int
		make_     func(i, d int) float32
	}{
		"constant":            {16, func(int, int) float32 { return 2 }},
		"constant dimensions": {16, func(i, d int) float32 { return []float32{1, float32(r.NormFloat64())}[d%2] }},
		"duplicates":          {16, func(i, d int) float32 { return float32(i%3 + d%5 + 1) }},
		"one dimension":       {1, func(i, d int) float32 { return float32(i + 1) }},
		"many dimensions":     {16_000, func(i, d int) float32 { return float32((i*31+d*17)%101) + 1 }},
		"huge":                {16, func(int, int) float32 { return 1e15 * float32(r.NormFloat64()) }},
		"tiny":                {16, func(int, int) float32 { return 1e-15 * float32(r.NormFloat64()) }},
	}
	for name, w := range worlds {
		n, encodings := 600, someEncodings
		if w.dimension == 16_000 { // a rotation is a matrix of 1 GB
			n, encodings = 60, slices.DeleteFunc(slices.Clone(encodings), func(e Encoding) bool { return e.RandomRotation })
		}
		sample := madeVectors(t, n, w.dimension, w.make_)
		for _, space := range []Space{L2, InnerProduct, Cosine} {
			some := slices.DeleteFunc(slices.Clone(encodings), func(e Encoding) bool { return w.dimension == 1 && e.Encoder == PQ })
			result, err := measureRows(t.Context(), t, sample, MeasureRecallOptions{Space: space, NumQueries: 10, K: 5}, someRows(5, some...))
			if err != nil {
				t.Errorf("%s, %s: %v", name, space, err)
				continue
			}
			for _, row := range result.Techniques {
				for _, at := range append(row.Measured, row.Target) {
					if row.Refused == "" && !(at.Low >= 0 && at.Low <= at.Recall && at.Recall <= at.High && at.High <= 1) {
						t.Errorf("%s, %s, %s: %+v", name, space, row.Name, at)
					}
				}
				if name == "constant" && row.Refused == "" && row.Target.Recall != 1 {
					t.Errorf("%s, %s: %s misses equals: %v", name, space, row.Name, row.Target.Recall)
				}
			}
		}
	}
}

func TestMeasureRecallRefuses(t *testing.T) {
	good := structured(t, 300, 8, 3, 12)
	bad := func(at int, x float32) Vectors {
		return madeVectors(t, 300, 8, func(i, d int) float32 {
			if i == at {
				return x
			}
			return float32(i+d) + 1
		})
	}
	for _, c := range []struct {
		name   string
		sample Vectors
		opts   MeasureRecallOptions
	}{
		{"no sample", nil, MeasureRecallOptions{}},
		{"no version", good, MeasureRecallOptions{Version: "1.3"}},
		{"K", good, MeasureRecallOptions{K: -1}},
		{"K beyond the sample", good, MeasureRecallOptions{K: 290}},
		{"all are queries", good, MeasureRecallOptions{NumQueries: 299}},
		{"other dimension", good, MeasureRecallOptions{Queries: structured(t, 4, 9, 3, 1)}},
		{"factor", good, MeasureRecallOptions{Oversample: []float64{0.5}}},
		{"factor that is no number", good, MeasureRecallOptions{Oversample: []float64{math.NaN()}}},
		{"space", good, MeasureRecallOptions{Space: "hamming"}},
		{"shards", good, MeasureRecallOptions{Shards: -1}},
		{"segments", good, MeasureRecallOptions{SegmentsPerShard: -2}},
		{"workers", good, MeasureRecallOptions{Workers: -2}},
		{"target", good, MeasureRecallOptions{TargetVectors: -2}},
	} {
		c.opts.Version = cmp.Or(c.opts.Version, "3.8")
		if _, err := MeasureRecall(t.Context(), c.sample, c.opts); err == nil {
			t.Errorf("%s: is taken", c.name)
		}
	}
	for _, c := range []struct {
		x     float32
		space Space
	}{{float32(math.NaN()), L2}, {float32(math.Inf(1)), InnerProduct}, {0, Cosine}} {
		var value *ValueError
		_, err := MeasureRecall(t.Context(), bad(123, c.x), MeasureRecallOptions{Version: "3.8", Space: c.space})
		if !errors.As(err, &value) || value.Vector != 123 {
			t.Errorf("%v, %s: %v", c.x, c.space, err)
		}
	}
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	opts := MeasureRecallOptions{Progress: func(MeasureProgress) { cancel(stop) }}
	if _, err := measureRows(ctx, t, good, opts, someRows(10, someEncodings...)); !errors.Is(err, stop) {
		t.Errorf("%v, want %v", err, stop)
	}
	broken := errors.New("broken")
	if _, err := measureRows(t.Context(), t, failing{good, broken}, MeasureRecallOptions{}, someRows(10, someEncodings...)); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
}

// failing cannot be read any more from the middle on.
type failing struct {
	Vectors
	err error
}

func (f failing) ReadVectors(dst []float32, from int) error {
	if from+len(dst)/f.Dimension() > f.Len()/2 {
		return f.err
	}
	return f.Vectors.ReadVectors(dst, from)
}

func TestMeasureRecallBeyondFP16(t *testing.T) {
	sample := madeVectors(t, 300, 4, func(i, d int) float32 { return float32(i*300+d) + 1 })
	for _, c := range []struct {
		space   Space
		refused bool
	}{{L2, true}, {InnerProduct, true}, {Cosine, false}} {
		result, err := measureRows(t.Context(), t, sample, MeasureRecallOptions{Space: c.space}, someRows(10, Encoding{Encoder: FP16}, Encoding{Encoder: SQ7}))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range result.Techniques {
			if got := row.Refused != ""; got != (c.refused && row.Technique.Encoding.Encoder == FP16) {
				t.Errorf("%s, %s: refused is %q", c.space, row.Name, row.Refused)
			}
		}
	}
}

func TestRecommendation(t *testing.T) {
	row := func(e Encoding, memory int64, low float64) TechniqueRecall {
		return TechniqueRecall{Technique: Technique{FAISS, HNSW, OnDisk, e}, Name: e.String(), Memory: memory, Target: RecallAt{Recall: low + 0.01, Low: low, High: 1}}
	}
	flat := row(Encoding{Encoder: OSQ, Bits: 1}, 1, 1)
	flat.Technique.Method = Flat
	refused := row(Encoding{Encoder: PQ}, 2, 1)
	refused.Refused = "no"
	rows := []TechniqueRecall{
		flat, refused, row(Encoding{Encoder: Binary, Bits: 1}, 5, 0.6), row(Encoding{Encoder: OSQ}, 10, 0.91),
		row(Encoding{Encoder: Byte}, 20, 0.96), row(Encoding{Encoder: FP16}, 30, 0.999),
	}
	for _, c := range []struct {
		wish    float64
		vectors int
		want    Encoder
	}{
		{0.9, 10_000, OSQ}, {0.5, 10_000, Binary}, {0.95, 10_000, Byte}, {0.99, 10_000, FP16}, {0.9999, 10_000, ""}, {0.5, 9_999, ""},
	} {
		r := MeasureRecallResult{Vectors: c.vectors, Techniques: rows, Wish: c.wish}
		r.recommend()
		var got Encoder
		if r.Recommendation != nil {
			got = r.Recommendation.Technique.Encoding.Encoder
		}
		if got != c.want || (r.Why == "") != (got != "") {
			t.Errorf("wish %g, %d vectors: %q, want %q; %s", c.wish, c.vectors, got, c.want, r.Why)
		}
	}
}

func TestMeasureProgress(t *testing.T) {
	var seen []string
	opts := MeasureRecallOptions{NumQueries: 20, Progress: func(p MeasureProgress) { seen = append(seen, fmt.Sprint(p.Done, "/", p.Total)) }}
	if _, err := measureRows(t.Context(), t, structured(t, 820, 8, 3, 12), opts, someRows(10, Encoding{Encoder: SQ7})); err != nil {
		t.Fatal(err)
	}
	if want := []string{"100/1500", "300/1500", "700/1500", "1500/1500"}; !slices.Equal(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
}
