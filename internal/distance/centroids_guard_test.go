//go:build linux || darwin

package distance

import (
	"math/rand/v2"
	"runtime/debug"
	"testing"
)

// Points are not read beyond their ends, nor results written.
func TestCentroidsGuardPages(t *testing.T) {
	for _, l := range levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
			points, columns, distances, found := newGuarded(t, 1<<16), newGuarded(t, 1<<18), newGuarded(t, 1<<12), newGuarded(t, 1<<12)
			r := rand.New(rand.NewPCG(10, 10))
			for range 500 {
				dimension, count, n, atEnd := 1+r.IntN(40), 1+r.IntN(256), 1+r.IntN(30), r.IntN(2) == 0
				var c Centroids
				c.set(l, numbers(r, count*dimension), dimension)
				moved := columns.floats(len(c.columns), atEnd)
				copy(moved, c.columns)
				c.columns = moved
				c.Nearest(found.bytes(n, atEnd), distances.floats(n, atEnd), points.floats(n*dimension, atEnd))
			}
		})
	}
}
