package vector

import (
	"encoding/binary"
	"math"

	"github.com/awspatterns/awspatterns/internal/quantizer"
)

// A fileItem is how a file writes a number.
type fileItem struct {
	size   int // bytes
	decode func(dst []float32, src []byte)
}

var float32Little = fileItem{4, decodeFloat32Little}

// decodeFloat32Little decodes four at a time, since it is what large files have.
func decodeFloat32Little(dst []float32, src []byte) {
	for len(dst) >= 4 && len(src) >= 16 {
		dst[0] = math.Float32frombits(binary.LittleEndian.Uint32(src))
		dst[1] = math.Float32frombits(binary.LittleEndian.Uint32(src[4:]))
		dst[2] = math.Float32frombits(binary.LittleEndian.Uint32(src[8:]))
		dst[3] = math.Float32frombits(binary.LittleEndian.Uint32(src[12:]))
		dst, src = dst[4:], src[16:]
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}

// npyItems are the types of numbers of NumPy that are read.
var npyItems = map[string]fileItem{
	"<f4": float32Little,
	">f4": {4, func(dst []float32, src []byte) {
		for i := range dst {
			dst[i] = math.Float32frombits(binary.BigEndian.Uint32(src[4*i:]))
		}
	}},
	"<f2": {2, func(dst []float32, src []byte) {
		for i := range dst {
			dst[i] = quantizer.FromHalf(binary.LittleEndian.Uint16(src[2*i:]))
		}
	}},
	">f2": {2, func(dst []float32, src []byte) {
		for i := range dst {
			dst[i] = quantizer.FromHalf(binary.BigEndian.Uint16(src[2*i:]))
		}
	}},
	"<f8": {8, func(dst []float32, src []byte) {
		for i := range dst {
			dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
		}
	}},
	">f8": {8, func(dst []float32, src []byte) {
		for i := range dst {
			dst[i] = float32(math.Float64frombits(binary.BigEndian.Uint64(src[8*i:])))
		}
	}},
	"|i1": {1, func(dst []float32, src []byte) {
		for i := range dst {
			dst[i] = float32(int8(src[i]))
		}
	}},
	"|u1": {1, func(dst []float32, src []byte) {
		for i := range dst {
			dst[i] = float32(src[i])
		}
	}},
}
