package distance

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// checkCentroids compares with distances in 64 bits, and each point alone with all.
func checkCentroids(t *testing.T, l level, rows, points []float32, dimension int) {
	t.Helper()
	count, n := len(rows)/dimension, len(points)/dimension
	var c Centroids
	c.set(l, rows, dimension)
	numbers, distances := make([]uint8, n+1), make([]float32, n+1)
	numbers[n], distances[n] = 77, 12345
	c.Nearest(numbers, distances, points)
	if numbers[n] != 77 || distances[n] != 12345 {
		t.Fatalf("%d points, %d centroids, dimension %d: wrote beyond its results", n, count, dimension)
	}
	for i := range n {
		point := points[i*dimension : (i+1)*dimension]
		best := math.Inf(1)
		for k := range count {
			far, _ := exactly(l2, point, rows[k*dimension:(k+1)*dimension])
			best = min(best, far)
		}
		if int(numbers[i]) >= count {
			t.Fatalf("point %d of %d, dimension %d: centroid %d of %d", i, n, dimension, numbers[i], count)
		}
		far, _ := exactly(l2, point, rows[int(numbers[i])*dimension:][:dimension])
		if near := centroidError(dimension); far > best*(1+2*near)+1e-40 || math.Abs(float64(distances[i])-far) > far*near+1e-40 {
			t.Fatalf("point %d of %d, %d centroids, dimension %d: centroid %d at %v, which is %v, the nearest %v",
				i, n, count, dimension, numbers[i], distances[i], far, best)
		}
		var number [1]uint8
		var alone [1]float32
		if c.Nearest(number[:], alone[:], point); number[0] != numbers[i] || alone[0] != distances[i] {
			t.Fatalf("point %d of %d, %d centroids, dimension %d: %d at %v, alone %d at %v",
				i, n, count, dimension, numbers[i], distances[i], number[0], alone[0])
		}
	}
}

// centroidError is what a distance may be off by, in relation.
func centroidError(dimension int) float64 { return float64(dimension+8) * 0x1p-24 }

func TestCentroids(t *testing.T) {
	eachLevel(t, func(t *testing.T, l level) {
		r := rand.New(rand.NewPCG(6, 6))
		for count := 1; count <= 256; count++ {
			dimension := 1 + count%11
			checkCentroids(t, l, numbers(r, dimension*count), numbers(r, dimension*(1+count%9)), dimension)
		}
		for dimension := 1; dimension <= 140; dimension++ {
			checkCentroids(t, l, numbers(r, dimension*(1+r.IntN(90))), numbers(r, dimension*r.IntN(10)), dimension)
		}
		for _, dimension := range []int{255, 256, 257, 1000, 15_999, 16_000} {
			checkCentroids(t, l, numbers(r, dimension*(1+r.IntN(9))), numbers(r, dimension*(1+r.IntN(30))), dimension)
		}
		for _, dimension := range []int{1, 4, 24, 128, 256} { // more than one call of a kernel
			checkCentroids(t, l, numbers(r, dimension*256), numbers(r, 4_000), dimension)
		}
	})
}

// AVX2 and AVX-512 add the same numbers in the same order.
func TestCentroidsLevels(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 100 {
		dimension, count, n := 1+r.IntN(longest), 1+r.IntN(256), 1+r.IntN(20)
		rows, points := numbers(r, dimension*count), numbers(r, dimension*n)
		var want []float32
		for _, l := range levels()[1:] {
			var c Centroids
			c.set(l, rows, dimension)
			found, distances := make([]uint8, n), make([]float32, n)
			c.Nearest(found, distances, points)
			if want == nil {
				want = distances
			}
			if !slices.Equal(distances, want) {
				t.Fatalf("%v: dimension %d, %d centroids: %v, want %v", l, dimension, count, distances, want)
			}
		}
	}
}

// Of several that are equally near, the first one is found, wherever they are.
func TestCentroidsEqual(t *testing.T) {
	eachLevel(t, func(t *testing.T, l level) {
		r := rand.New(rand.NewPCG(8, 8))
		for range 500 {
			dimension, count := 1+r.IntN(6), 1+r.IntN(256)
			if r.IntN(20) == 0 {
				dimension = longest + 1
			}
			rows := make([]float32, count*dimension)
			for i := range rows {
				rows[i] = 100 + float32(r.IntN(3))
			}
			point := make([]float32, dimension)
			first := count
			for range 1 + r.IntN(4) {
				at := r.IntN(count)
				clear(rows[at*dimension : (at+1)*dimension])
				rows[at*dimension+r.IntN(dimension)] = 1 - 2*float32(r.IntN(2))
				first = min(first, at)
			}
			var c Centroids
			c.set(l, rows, dimension)
			number, far := make([]uint8, 1), make([]float32, 1)
			if c.Nearest(number, far, point); int(number[0]) != first || far[0] != 1 {
				t.Fatalf("dimension %d, %d centroids: %d at %v, want %d at 1", dimension, count, number[0], far[0], first)
			}
		}
	})
}

// Distances that are too large are infinite, and the first centroid is as near as any.
func TestCentroidsHuge(t *testing.T) {
	eachLevel(t, func(t *testing.T, l level) {
		for _, dimension := range []int{1, 3, longest, longest + 1} {
			rows := slices.Repeat([]float32{math.MaxFloat32}, 70*dimension)
			points := slices.Repeat([]float32{-math.MaxFloat32}, 5*dimension)
			var c Centroids
			c.set(l, rows, dimension)
			found, distances := slices.Repeat([]uint8{9}, 5), make([]float32, 5)
			c.Nearest(found, distances, points)
			inf := float32(math.Inf(1))
			if !slices.Equal(found, make([]uint8, 5)) || !slices.Equal(distances, slices.Repeat([]float32{inf}, 5)) {
				t.Errorf("dimension %d: %v at %v, want the first, infinitely far", dimension, found, distances)
			}
			clear(rows[68*dimension : 69*dimension])
			copy(points, make([]float32, dimension))
			c.set(l, rows, dimension)
			if c.Nearest(found, distances, points); found[0] != 68 || distances[0] != 0 || found[1] != 0 {
				t.Errorf("dimension %d: %v at %v, want 68 at 0 for the first point", dimension, found, distances)
			}
		}
	})
}

// A point that is no number is near nothing, and does not matter for others.
func TestCentroidsHostile(t *testing.T) {
	eachLevel(t, func(t *testing.T, l level) {
		for _, dimension := range []int{2, longest + 1} {
			rows, points := make([]float32, 3*dimension), make([]float32, 7*dimension)
			for i, x := range []float32{float32(math.NaN()), 1, float32(math.Inf(1)), 1, float32(math.Inf(-1)), 1, 1} {
				points[i*dimension+1] = x
			}
			rows[2*dimension+1] = 1
			var c Centroids
			c.set(l, rows, dimension)
			found, distances := make([]uint8, 7), make([]float32, 7)
			inf := float32(math.Inf(1))
			c.Nearest(found, distances, points)
			if !slices.Equal(found, []uint8{0, 2, 0, 2, 0, 2, 2}) || !slices.Equal(distances, []float32{inf, 0, inf, 0, inf, 0, 0}) {
				t.Errorf("dimension %d: %v at %v", dimension, found, distances)
			}
		}
	})
}

// What is set again leaves nothing of what was there.
func TestCentroidsAgain(t *testing.T) {
	eachLevel(t, func(t *testing.T, l level) {
		var c Centroids
		c.set(l, make([]float32, 256*3), 3)
		c.set(l, []float32{5, 6, 8, 9}, 2)
		found, distances := make([]uint8, 2), make([]float32, 2)
		c.Nearest(found, distances, []float32{0, 0, 8, 8})
		if !slices.Equal(found, []uint8{0, 1}) || !slices.Equal(distances, []float32{61, 1}) {
			t.Errorf("%v at %v, want 0 at 61 and 1 at 1", found, distances)
		}
	})
}

func TestCentroidsEnds(t *testing.T) {
	var c Centroids
	c.Set([]float32{1, 2}, 1)
	c.Nearest(nil, nil, nil)
	for name, call := range map[string]func(){
		"no centroids":  func() { new(Centroids).Set(nil, 2) },
		"257 centroids": func() { new(Centroids).Set(make([]float32, 257), 1) },
		"numbers":       func() { c.Nearest(make([]uint8, 1, 2), make([]float32, 2), make([]float32, 2)) },
		"distances":     func() { c.Nearest(make([]uint8, 2), make([]float32, 1, 2), make([]float32, 2)) },
	} {
		if !panics(call) {
			t.Errorf("%s: no panic", name)
		}
	}
}

// BenchmarkCentroids assigns points as product quantization does.
func BenchmarkCentroids(b *testing.B) {
	const n = 1000
	r := rand.New(rand.NewPCG(9, 9))
	found, distances, all := make([]uint8, n), make([]float32, n), make([]float32, 100*256)
	for _, dimension := range []int{4, 8, 24, 128, 256} {
		rows, points := numbers(r, 256*dimension), numbers(r, n*dimension)
		general := func() {
			for from := 0; from < n; from += 100 {
				L2s(all, points[from*dimension:(from+100)*dimension], rows, dimension)
				for i := range 100 {
					found[from+i], _ = least(all[i*256 : (i+1)*256])
				}
			}
		}
		arms := armsOf(general, func(l level) {
			var c Centroids
			c.set(l, rows, dimension)
			c.Nearest(found, distances, points)
		})
		arms[0].name = "general"
		b.Run(dimensionName(dimension), func(b *testing.B) { inTurn(b, "point", n, arms) })
	}
}

func dimensionName(dimension int) string { return "dimension=" + strconv.Itoa(dimension) }
