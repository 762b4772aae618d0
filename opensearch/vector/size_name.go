package vector

import "fmt"

// String returns the technique in words, such as "faiss hnsw binary 1 bit, ADC, on_disk".
func (t Technique) String() string {
	return fmt.Sprintf("%s %s %s, %s", t.Engine, t.Method, t.Encoding, t.Mode)
}

// String returns the encoding in words, such as "binary 1 bit, ADC" and "pq 48×8", which
// is 48 sub-vectors of 8 bits.
func (e Encoding) String() string {
	switch e.Encoder {
	case PQ:
		return fmt.Sprintf("pq %d×%d", e.SubVectors, e.CodeSize)
	case OSQ:
		return "osq 1 bit"
	case Binary:
		name := fmt.Sprintf("binary %d bit", e.Bits)
		if e.ADC {
			name += ", ADC"
		}
		if e.RandomRotation {
			name += ", rotated"
		}
		return name
	default:
		return string(e.Encoder)
	}
}
