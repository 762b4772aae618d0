package quantizer

import (
	"math/rand/v2"
	"slices"
)

// reservoirPositions draws size of n positions, all if there are no more, in rising
// order, as the k-NN plugin does, which gives its draw no seed.
//
// Source: ReservoirSampler of the k-NN plugin, 2.17 to 3.6.
func reservoirPositions(n, size int, seed uint64) []int {
	positions := make([]int, min(n, size))
	for i := range positions {
		positions[i] = i
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for i := size; i < n; i++ {
		if j := random.IntN(i + 1); j < size {
			positions[j] = i
		}
	}
	slices.Sort(positions)
	return positions
}
