package vector

import (
	"fmt"
	"strings"
)

// String returns the technique in words, such as "faiss hnsw binary 1-bit adc on_disk".
func (t Technique) String() string {
	return strings.Join([]string{string(t.Engine), string(t.Method), t.Encoding.String(), string(t.Mode)}, " ")
}

// String returns the encoding in words, such as "binary 1-bit adc rotation" and
// "pq 48x8".
func (e Encoding) String() string {
	words := []string{string(e.Encoder)}
	if e.Bits != 0 {
		words = append(words, fmt.Sprintf("%d-bit", e.Bits))
	}
	if e.ADC {
		words = append(words, "adc")
	}
	if e.RandomRotation {
		words = append(words, "rotation")
	}
	if e.Encoder == PQ {
		words = append(words, fmt.Sprintf("%dx%d", e.SubVectors, e.CodeSize))
	}
	return strings.Join(words, " ")
}
