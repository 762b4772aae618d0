package vector

import (
	"math/rand/v2"
	"testing"
)

// What one encoding makes nothing of must not keep the others from being measured.
func TestMeasureRecallRefusesOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	huge := madeVectors(t, 400, 4, func(i, d int) float32 { return 2e37 * float32(r.NormFloat64()) })
	result, err := measureRows(t.Context(), t, huge, MeasureRecallOptions{Shards: 2}, someRows(10, someEncodings...))
	if err != nil {
		t.Fatal(err)
	}
	refused, measured := 0, 0
	for _, row := range result.Techniques {
		if row.Refused != "" {
			refused++
		} else if row.Measured[len(row.Measured)-1].High > 0 {
			measured++
		}
	}
	if refused < 2 || measured == 0 || refused+measured > len(result.Techniques) {
		t.Errorf("%d refused, %d measured of %d", refused, measured, len(result.Techniques))
	}
}
