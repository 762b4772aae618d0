//go:build !amd64 || purego

package distance

func (c *Centroids) kernel(numbers []uint8, distances, points []float32) {
	c.whole(numbers, distances, points)
}
