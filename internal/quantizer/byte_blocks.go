package quantizer

import (
	"context"
	"fmt"
)

// blockValues is how many numbers a block has at most, but for a vector that has more.
const blockValues = 1 << 18

// eachRowBlock reads all vectors, block by block: f gets the number of the first and the
// values, which it may not keep.
func eachRowBlock(ctx context.Context, vectors Vectors, f func(from int, values []float32) error) error {
	n, dimension := vectors.Len(), vectors.Dimension()
	size := min(n, max(1, blockValues/dimension))
	block := make([]float32, size*dimension)
	for from := 0; from < n; from += size {
		if err := ctx.Err(); err != nil {
			return err
		}
		values := block[:min(size, n-from)*dimension]
		if err := vectors.ReadVectors(values, from); err != nil {
			return fmt.Errorf("read vectors %d to %d: %w", from, from+len(values)/dimension-1, err)
		}
		if err := f(from, values); err != nil {
			return err
		}
	}
	return nil
}
