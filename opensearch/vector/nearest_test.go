package vector

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// madeVectors returns n vectors that make draws.
func madeVectors(t testing.TB, n, dimension int, make_ func(i, d int) float32) Vectors {
	t.Helper()
	values := make([]float32, n*dimension)
	for i := range values {
		values[i] = make_(i/dimension, i%dimension)
	}
	v, err := FromValues(dimension, values)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// slowest is the definition of Nearest.
func slowest(t testing.TB, vectors, queries Vectors, k int, space Space) [][]Neighbor {
	t.Helper()
	var found [][]Neighbor
	q, v := make([]float32, queries.Dimension()), make([]float32, queries.Dimension())
	for i := range queries.Len() {
		if err := queries.ReadVectors(q, i); err != nil {
			t.Fatal(err)
		}
		var all []Neighbor
		for j := range vectors.Len() {
			if err := vectors.ReadVectors(v, j); err != nil {
				t.Fatal(err)
			}
			var dot, square, qq, vv float64
			for d := range q {
				x, y := float64(q[d]), float64(v[d])
				dot, square, qq, vv = dot+x*y, square+(x-y)*(x-y), qq+x*x, vv+y*y
			}
			score := map[Space]float64{L2: -square, InnerProduct: dot, Cosine: dot / (math.Sqrt(qq) * math.Sqrt(vv))}[space]
			all = append(all, Neighbor{j, score})
		}
		slices.SortStableFunc(all, func(a, b Neighbor) int { return cmp.Compare(b.Score, a.Score) })
		found = append(found, all[:min(k, len(all))])
	}
	return found
}

func TestNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	normal := func(int, int) float32 { return float32(r.NormFloat64()) }
	worlds := map[string]func(i, d int) float32{
		"normal":         normal,
		"far from zero":  func(i, d int) float32 { return 1e5 + normal(i, d) },
		"huge":           func(i, d int) float32 { return 1e37 * normal(i, d) },
		"too huge":       func(i, d int) float32 { return 1e18 * normal(i, d) },
		"tiny":           func(i, d int) float32 { return 1e-22 * normal(i, d) },
		"below float32":  func(i, d int) float32 { return 1e-43 * float32(1+(i*7+d)%50) },
		"duplicates":     func(i, d int) float32 { return float32((i%5)*3 + d%4 + 1) },
		"constant":       func(i, d int) float32 { return 3 },
		"one outlier":    func(i, d int) float32 { return normal(i, d) * []float32{1, 1e15}[max(0, i-60)/20%2] },
		"integers":       func(i, d int) float32 { return float32(r.IntN(5) + 1) },
		"sides of scale": func(i, d int) float32 { return normal(i, d) * float32(math.Pow(10, float64(d%9)-4)) },
	}
	for name, make_ := range worlds {
		for _, dimension := range []int{1, 3, 16, 100} {
			vectors, queries := madeVectors(t, 300, dimension, make_), madeVectors(t, 37, dimension, make_)
			for _, space := range []Space{L2, InnerProduct, Cosine} {
				want := slowest(t, vectors, queries, 10, space)
				got, err := Nearest(t.Context(), vectors, queries, NearestOptions{Space: space, Workers: 3})
				if err != nil {
					t.Fatalf("%s, %d, %s: %v", name, dimension, space, err)
				}
				for q := range want {
					if !slices.EqualFunc(got[q], want[q], sameNeighbor) {
						t.Fatalf("%s, %d dimensions, %s, query %d:\n%v\nwant\n%v", name, dimension, space, q, got[q], want[q])
					}
				}
			}
		}
	}
}

// sameNeighbor allows for sums of float64 in another order.
func sameNeighbor(a, b Neighbor) bool {
	return a.Number == b.Number && math.Abs(a.Score-b.Score) <= 1e-12*math.Abs(b.Score)
}

func TestNearestBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	normal := func(int, int) float32 { return float32(r.NormFloat64()) }
	vectors, queries := madeVectors(t, 9001, 5, normal), madeVectors(t, 3, 5, normal)
	want := slowest(t, vectors, queries, 100, L2)
	for _, workers := range []int{1, 2, 7} {
		got, err := Nearest(t.Context(), vectors, queries, NearestOptions{K: 100, Workers: workers})
		if err != nil || !slices.EqualFunc(got, want, func(a, b []Neighbor) bool { return slices.EqualFunc(a, b, sameNeighbor) }) {
			t.Errorf("%d workers: another result, %v", workers, err)
		}
	}
	few, err := Nearest(t.Context(), madeVectors(t, 4, 5, normal), queries, NearestOptions{})
	if err != nil || len(few[0]) != 4 {
		t.Errorf("%d neighbours of 4 vectors, %v", len(few[0]), err)
	}
}

func TestNearestRefuses(t *testing.T) {
	one := func(int, int) float32 { return 1 }
	good := madeVectors(t, 5, 3, one)
	hole := func(at int, x float32) Vectors {
		return madeVectors(t, 5, 3, func(i, d int) float32 {
			if i == at && (d == 1 || x == 0) {
				return x
			}
			return 1
		})
	}
	for _, c := range []struct {
		vectors, queries Vectors
		space            Space
		vector, index    int
	}{
		{hole(2, float32(math.NaN())), good, L2, 2, 1},
		{good, hole(4, float32(math.Inf(1))), InnerProduct, 4, 1},
		{hole(3, float32(math.Inf(-1))), good, Cosine, 3, 1},
		{hole(1, 0), good, Cosine, 1, -1},
		{good, hole(0, 0), Cosine, 0, -1},
	} {
		_, err := Nearest(t.Context(), c.vectors, c.queries, NearestOptions{Space: c.space})
		var value *ValueError
		if !errors.As(err, &value) || value.Vector != c.vector || value.Index != c.index {
			t.Errorf("%v, want vector %d, number %d", err, c.vector, c.index)
		}
	}
	for _, c := range []struct {
		opts    NearestOptions
		queries Vectors
	}{
		{NearestOptions{K: -1}, good}, {NearestOptions{Workers: -1}, good}, {NearestOptions{Space: "cosine"}, good},
		{NearestOptions{}, madeVectors(t, 1, 4, one)}, {NearestOptions{}, nil},
	} {
		if _, err := Nearest(t.Context(), good, c.queries, c.opts); err == nil {
			t.Errorf("%+v is taken", c.opts)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if _, err := Nearest(ctx, good, good, NearestOptions{}); !errors.Is(err, stop) {
		t.Errorf("%v, want %v", err, stop)
	}
}

func BenchmarkNearest(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	normal := func(int, int) float32 { return float32(r.NormFloat64()) }
	n, q := 100_000, 1000
	if testing.Short() {
		n, q = 5000, 50
	}
	vectors, queries := madeVectors(b, n, 384, normal), madeVectors(b, q, 384, normal)
	for _, space := range []Space{L2, InnerProduct, Cosine} {
		b.Run(string(space), func(b *testing.B) {
			for b.Loop() {
				if _, err := Nearest(b.Context(), vectors, queries, NearestOptions{Space: space}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
