package quantizer

import "testing"

// The numbers are those of java.util.Random too where products go beyond 32 bits.
func TestJavaSampleBelow(t *testing.T) {
	random := newJavaSample(42)
	for i, want := range []struct{ n, number int }{ // new Random(42).nextInt(n) of OpenJDK 17
		{1 << 20, 762905}, {1<<31 - 1, 117392763}, {1_500_000_000, 1467211248}, {25_001, 19767}, {1, 0}, {1 << 30, 1011543762}, {1_073_741_825, 595021505}, {1_073_741_825, 196118093}, {1_073_741_825, 969067502},
	} {
		if got := random.below(want.n); got != want.number {
			t.Errorf("number %d, below %d, is %d, want %d", i, want.n, got, want.number)
		}
	}
}
