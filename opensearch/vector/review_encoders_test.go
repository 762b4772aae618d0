package vector

import (
	"slices"
	"testing"
)

// What is as great as its threshold is not above it.
func TestPackBinaryAtTheThreshold(t *testing.T) {
	dst := make([]int8, 1)
	v := []float32{1, 2, 3, 0, -1, -2, 0, 5}
	if err := PackBinary(dst, v, []float32{1, 1, 4, 0, -2, -2, 0, 5}); err != nil || dst[0] != 0b01001000 {
		t.Errorf("%08b, %v, want 01001000", uint8(dst[0]), err)
	}
}

// Only a vector whose bytes are all 0 has no cosine, wherever the zeros are.
func TestByteEncoderZeros(t *testing.T) {
	e := ByteEncoder{Space: Cosine, Dimension: 3, Min: -1, Max: 1}
	for _, v := range [][]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {-1, 0, 0}} {
		code := make([]int8, 3)
		if _, err := e.Encode(code, v); err != nil || !slices.ContainsFunc(code, func(c int8) bool { return c != 0 }) {
			t.Errorf("%v is %v, %v", v, code, err)
		}
	}
}
