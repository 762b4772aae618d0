package distance

import (
	"encoding/binary"
	"math/bits"
)

func portableHammings(out []int32, query, codes []byte, stride int) {
	for i := range out {
		a, b := query, codes[i*stride:][:len(query)]
		n := 0
		for ; len(a) >= 32 && len(b) >= 32; a, b = a[32:], b[32:] {
			n += bits.OnesCount64(word(a, 0)^word(b, 0)) + bits.OnesCount64(word(a, 8)^word(b, 8)) +
				bits.OnesCount64(word(a, 16)^word(b, 16)) + bits.OnesCount64(word(a, 24)^word(b, 24))
		}
		for ; len(a) >= 8 && len(b) >= 8; a, b = a[8:], b[8:] {
			n += bits.OnesCount64(word(a, 0) ^ word(b, 0))
		}
		for j, x := range a {
			n += bits.OnesCount8(x ^ b[j])
		}
		out[i] = int32(n)
	}
}

func word(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

func portableInt8Dots(out []int32, query []int8, codes []byte, stride int) {
	for i := range out {
		code := codes[i*stride:][:len(query)]
		var s0, s1, s2, s3 int32
		a := query
		for ; len(a) >= 4 && len(code) >= 4; a, code = a[4:], code[4:] {
			s0 += int32(a[0]) * int32(int8(code[0]))
			s1 += int32(a[1]) * int32(int8(code[1]))
			s2 += int32(a[2]) * int32(int8(code[2]))
			s3 += int32(a[3]) * int32(int8(code[3]))
		}
		for j, x := range a {
			s0 += int32(x) * int32(int8(code[j]))
		}
		out[i] = s0 + s1 + s2 + s3
	}
}

func portableNibbleDots(out []int32, planes, codes []byte, stride int) {
	size := len(planes) / 4
	p0, p1, p2, p3 := planes[:size], planes[size:][:size], planes[2*size:][:size], planes[3*size:][:size]
	for i := range out {
		code := codes[i*stride:][:size]
		n, j := 0, 0
		for ; j+8 <= size; j += 8 {
			c := word(code, j)
			n += bits.OnesCount64(c&word(p0, j)) + bits.OnesCount64(c&word(p1, j))<<1 +
				bits.OnesCount64(c&word(p2, j))<<2 + bits.OnesCount64(c&word(p3, j))<<3
		}
		for ; j < size; j++ {
			c := code[j]
			n += bits.OnesCount8(c&p0[j]) + bits.OnesCount8(c&p1[j])<<1 +
				bits.OnesCount8(c&p2[j])<<2 + bits.OnesCount8(c&p3[j])<<3
		}
		out[i] = int32(n)
	}
}
