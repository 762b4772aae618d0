package distance

import (
	"math"
	"slices"
)

// Centroids are 1 to 256 vectors, of which the nearest one to a point is looked for. They
// are arranged so that a register holds one dimension of many of them, since vectors
// may be too short to fill a register with one. After Set, several goroutines may use
// them.
type Centroids struct {
	level            level
	dimension, count int

	// columns are blocks of width centroids: the first numbers of all of them, then the
	// second numbers. What is beyond the last centroid is infinite.
	columns []float32
	width   int
}

// Set takes the vectors, which are one after the other, instead of those that there were.
func (c *Centroids) Set(rows []float32, dimension int) { c.set(fastest, rows, dimension) }

func (c *Centroids) set(l level, rows []float32, dimension int) {
	c.level, c.dimension, c.count = l, dimension, len(rows)/dimension
	if c.count < 1 || c.count > 256 {
		panic("distance: there are 1 to 256 centroids")
	}
	c.width = columnWidth(l, dimension)
	padded := (c.count + c.width - 1) / c.width * c.width
	c.columns = slices.Grow(c.columns[:0], padded*dimension)[:padded*dimension]
	for i := range padded {
		column := c.columns[i/c.width*c.width*dimension+i%c.width:]
		for d := range dimension {
			x := float32(math.Inf(1))
			if i < c.count {
				x = rows[i*dimension+d]
			}
			column[d*c.width] = x
		}
	}
}

// Nearest writes, for each point, the number of the nearest centroid and the square of
// its Euclidean distance. Points are one after the other. Of equally near centroids, and if
// all are infinitely far, it is the one with the lowest number.
//
// What it writes for a point does not depend on the points beside it. In d dimensions, a
// distance is off by at most (d+8)·2⁻²⁴ of itself, unless it is so small that digits are
// lost, and not by the same on every processor: of two centroids whose distances differ
// by less, one may find the one and another the other.
func (c *Centroids) Nearest(numbers []uint8, distances, points []float32) {
	n := len(points) / c.dimension
	numbers, distances, points = numbers[:n:len(numbers)], distances[:n:len(distances)], points[:n*c.dimension]
	if c.width == 1 {
		c.whole(numbers, distances, points)
	} else {
		c.kernel(numbers, distances, points)
	}
}

// longest is the greatest dimension of which a kernel takes columns. A tile of it takes five
// microseconds, and 256 centroids 256 KiB, which stay in a cache of the second level.
const longest = 256

// columnWidth returns how many centroids a kernel has in a block, which are four
// registers, or 1 where whole vectors are compared, as L2s does: Go's compiler makes
// nothing faster of columns.
func columnWidth(l level, dimension int) int {
	switch {
	case l == portable || dimension > longest:
		return 1
	case l < avx512:
		return 32
	}
	return 64
}

// whole computes all distances of some points at a time.
func (c *Centroids) whole(numbers []uint8, distances, points []float32) {
	const some = 24
	all := make([]float32, some*c.count)
	for len(numbers) > 0 {
		n := min(some, len(numbers))
		floats(c.level, l2, all, points[:n*c.dimension], c.columns, c.dimension)
		for i := range n {
			numbers[i], distances[i] = least(all[i*c.count : (i+1)*c.count])
		}
		numbers, distances, points = numbers[n:], distances[n:], points[n*c.dimension:]
	}
}

// least returns the least number and where it is; of equal ones the first.
func least(values []float32) (at uint8, best float32) {
	best = float32(math.Inf(1))
	for i, x := range values {
		if x < best {
			at, best = uint8(i), x
		}
	}
	return at, best
}
