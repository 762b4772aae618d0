package vector

import (
	"math"
	"testing"
)

func TestConfidenceInterval(t *testing.T) {
	for _, test := range []struct {
		version   string
		dimension int
		want      float64
	}{
		{"2.19", 96, 0}, {"3.5", 384, 0}, {Serverless, 384, 0},
		{"3.6", 96, 0.93415}, {"3.8", 384, 0.91415}, {"3.6", 1024, 0.9}, {"3.8", 4096, 0.9}, {"3.6", 1, 1},
	} {
		if got := confidenceInterval(test.version, test.dimension); math.Abs(got-test.want) > 1e-5 {
			t.Errorf("%s, %d: got %v, want %v", test.version, test.dimension, got, test.want)
		}
	}
}
