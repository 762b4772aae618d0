package vector

import "testing"

// Memory must not grow with queries times vectors, nor with queries times results.
func TestMeasureRecallMemory(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("the race detector takes memory of its own")
	}
	for _, c := range []struct{ vectors, queries, k, shards int }{{2400, 1500, 1, 1}, {1000, 250, 490, 3}} {
		queries, sample := structured(t, c.queries, 4, 2, 1), structured(t, c.vectors, 4, 2, 2)
		rows := someRows(c.k, Encoding{Encoder: FP16}, Encoding{Encoder: OSQ}, Encoding{Encoder: SQ7}, Encoding{Encoder: Binary, Bits: 1}, Encoding{Encoder: Binary, Bits: 4})
		most := watchHeap()
		opts := MeasureRecallOptions{Queries: queries, K: c.k, Shards: c.shards, SegmentsPerShard: 1, Workers: 2}
		if _, err := measureRows(t.Context(), t, sample, opts, rows); err != nil {
			t.Fatal(err)
		}
		if got := most(); got > 100<<20 {
			t.Errorf("%+v: %d MiB of heap", c, got>>20)
		} else {
			t.Logf("%+v: %d MiB of heap", c, got>>20)
		}
	}
}
