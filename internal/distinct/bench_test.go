package distinct_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/distinct"
)

// BenchmarkAdd adds ids that are all different, with what it takes to sort and to
// write them, and counts them in the end.
func BenchmarkAdd(b *testing.B) {
	const n = 1 << 23
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "tt%08d", i)
	}
	ids := text.String()
	for _, memory := range []int{256 << 20, 64 << 20, 16 << 20} {
		b.Run(fmt.Sprintf("%dMiB", memory>>20), func(b *testing.B) {
			s := distinct.New(distinct.Options{Dir: b.TempDir(), Memory: memory, Sample: 1000})
			i := 0
			b.ReportAllocs()
			for range b.N { // not b.Loop: the counting is to be measured, too
				s.Add(ids[i:i+10], "", nil)
				i = (i + 10) % len(ids)
			}
			if _, _, err := s.Count(); err != nil {
				b.Error(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "adds/s")
			s.Close()
		})
	}
}
