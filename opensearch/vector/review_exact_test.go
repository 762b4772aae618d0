package vector

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The truth must not depend on where float32 loses digits: queries and vectors of every
// size, mixed, are compared with the definition.
func TestNearestOfEverySize(t *testing.T) {
	for _, dimension := range []int{1, 2, 3, 7, 16, 100} {
		for _, space := range []Space{L2, InnerProduct, Cosine} {
			for _, sizes := range [][2]float64{
				{-25, 5}, {5, -25}, {-22, 0}, {-30, 30}, {-38, 18}, {-20, -20}, {-23, -23}, {17, 17}, {18.5, 18.5}, {30, -30}, {37, 37}, {-44, 0}, {0, -44}, {-12, 12},
			} {
				for _, spread := range []float64{0, 0.001, 3, 15} {
					name := fmt.Sprintf("%d dimensions, %s, 1e%v and 1e%v, times 1e±%v", dimension, space, sizes[0], sizes[1], spread)
					r := rand.New(rand.NewPCG(7, uint64(dimension)))
					draw := func(size float64) float32 {
						x := math.Pow(10, size+spread*(2*r.Float64()-1)) * (1 + 1e-6*r.NormFloat64())
						x = min(max(x, math.SmallestNonzeroFloat32), math.MaxFloat32/4)
						if r.IntN(2) == 0 && spread != 0.001 {
							x = -x
						}
						return float32(x)
					}
					queries := madeVectors(t, 3, dimension, func(int, int) float32 { return draw(sizes[0]) })
					vectors := madeVectors(t, 150, dimension, func(i, _ int) float32 {
						if i%37 == 36 {
							return float32(r.NormFloat64()) + 1e-30
						}
						return draw(sizes[1])
					})
					compareWithDefinition(t, name, vectors, queries, 5, space)
				}
			}
		}
	}
}

func compareWithDefinition(t *testing.T, name string, vectors, queries Vectors, k int, space Space) {
	t.Helper()
	got, err := Nearest(t.Context(), vectors, queries, NearestOptions{K: k, Space: space, Workers: 2})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	for q, want := range slowest(t, vectors, queries, k, space) {
		for i, n := range want {
			if d := got[q][i].Score - n.Score; math.Abs(d) > 1e-13*math.Abs(n.Score)*float64(vectors.Dimension()) {
				t.Errorf("%s: query %d, place %d: %v, want %v", name, q, i, got[q][i], n)
				return
			}
		}
	}
}

// What has no vectors finds nothing.
func TestNearestOfNone(t *testing.T) {
	some := madeVectors(t, 3, 2, func(i, d int) float32 { return float32(i + d) })
	found, err := Nearest(t.Context(), subset{some, nil}, some, NearestOptions{})
	if err != nil || len(found) != 3 || len(found[0]) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}
