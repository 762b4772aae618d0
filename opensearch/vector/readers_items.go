package vector

import (
	"encoding/binary"
	"math"
)

// A fileItem is how a file writes a number.
type fileItem struct {
	size   int // bytes
	decode func(dst []float32, src []byte)
}

var float32Little = fileItem{4, func(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}}

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
			dst[i] = fromFloat16(binary.LittleEndian.Uint16(src[2*i:]))
		}
	}},
	">f2": {2, func(dst []float32, src []byte) {
		for i := range dst {
			dst[i] = fromFloat16(binary.BigEndian.Uint16(src[2*i:]))
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

// fromFloat16 returns the number that IEEE 754 binary16 has for bits.
func fromFloat16(bits uint16) float32 {
	sign := uint32(bits>>15) << 31
	exponent, fraction := uint32(bits>>10&31), uint32(bits&1023)
	switch exponent {
	case 0: // subnormal: multiples of 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 31: // infinite, NaN
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
