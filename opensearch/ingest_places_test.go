package opensearch

import (
	"math/rand/v2"
	"testing"
)

// TestPlaces compares with a list of all positions.
func TestPlaces(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var p places
		var all []Position
		pos := Position{}
		for seq := range int64(1 + r.IntN(50)) {
			switch r.IntN(6) {
			case 0:
				pos = Position{Input: pos.Input + 1 + r.IntN(2)}
			case 1:
				pos.Record += int64(r.IntN(3))
			}
			p.add(seq, pos)
			all = append(all, pos)
			pos.Record++
		}
		for seq := int64(0); seq <= int64(len(all)); seq += 1 + int64(r.IntN(4)) {
			got, ok := p.find(seq)
			want := all[max(0, min(seq, int64(len(all)-1)))]
			if seq == int64(len(all)) {
				want.Record++
			}
			if !ok || got != want {
				t.Fatalf("%d of %v: got %v, %t, want %v", seq, all, got, ok, want)
			}
		}
	}
	var none places
	if _, ok := none.find(0); ok {
		t.Error("a position of nothing")
	}
}
