//go:build !purego

package distance

import "math"

// A centroidTask is what one call of a kernel computes.
type centroidTask struct {
	numbers   *uint8
	distances *float32
	points    *float32
	columns   *float32
	count     int // of points: a multiple of the kernel's tile, and at least that
	dimension int
	blocks    int
	infinity  float32
	lanes     [16]uint32 // 0 to 15
}

// kernel calls the kernel for so many points that it takes no more than some ten
// microseconds, since nothing can interrupt it. Points that do not fill a tile are put
// into one with others that do not matter.
func (c *Centroids) kernel(numbers []uint8, distances, points []float32) {
	tile := 4
	if c.level < avx512 {
		tile = 2
	}
	most := max(tile, 2048/(c.dimension+4)/tile*tile)
	for len(numbers) >= tile {
		n := min(most, len(numbers)/tile*tile)
		c.call(numbers[:n], distances, points)
		numbers, distances, points = numbers[n:], distances[n:], points[n*c.dimension:]
	}
	if len(numbers) > 0 {
		var someNumbers [4]uint8
		var some [4]float32
		var somePoints [4 * longest]float32
		copy(somePoints[:], points)
		c.call(someNumbers[:tile], some[:], somePoints[:])
		copy(numbers, someNumbers[:])
		copy(distances, some[:len(numbers)])
	}
}

func (c *Centroids) call(numbers []uint8, distances, points []float32) {
	t := centroidTask{
		numbers: &numbers[0], distances: &distances[0], points: &points[0], columns: &c.columns[0],
		count: len(numbers), dimension: c.dimension, blocks: len(c.columns) / (c.width * c.dimension),
		infinity: float32(math.Inf(1)),
		lanes:    [16]uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	}
	if c.level >= avx512 {
		nearest4AVX512(&t)
	} else {
		nearest2AVX2(&t)
	}
}

//go:noescape
func nearest4AVX512(t *centroidTask)

//go:noescape
func nearest2AVX2(t *centroidTask)
