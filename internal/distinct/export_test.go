package distinct

import (
	"math/rand/v2"
	"slices"
)

// Files returns the number of files that are open.
func Files(s *Set) (n int) {
	for _, level := range s.files.levels {
		n += len(level)
	}
	return n
}

// Buffered returns the number of ids in memory.
func Buffered(s *Set) int { return len(s.buffer) }

// Truncate cuts the last file.
func Truncate(s *Set) error {
	runs := s.files.levels[0]
	return runs[len(runs)-1].file.Truncate(keySize + 1)
}

// CloseFiles closes all files.
func CloseFiles(s *Set) {
	for _, level := range s.files.levels {
		for _, r := range level {
			r.file.Close()
		}
	}
}

// SortsAsSlices compares sortKeys with slices.SortFunc, on n keys of so many values.
func SortsAsSlices(n int, values uint64) bool {
	r := rand.New(rand.NewPCG(values, uint64(n)))
	keys := make([]key, n)
	for i := range keys {
		keys[i] = key{r.Uint64N(values) << (i % 2 * 30), r.Uint64N(values)}
	}
	want := slices.SortedFunc(slices.Values(keys), compare)
	sortKeys(keys, 56)
	return slices.Equal(keys, want)
}
