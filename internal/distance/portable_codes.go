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
	d, i := len(query), 0
	for ; i+4 <= len(out); i += 4 {
		c0, c1, c2, c3 := codes[i*stride:][:d], codes[(i+1)*stride:][:d], codes[(i+2)*stride:][:d], codes[(i+3)*stride:][:d]
		var s0, s1, s2, s3 int32
		for j, x := range query {
			y := int32(x)
			s0 += y * int32(int8(c0[j]))
			s1 += y * int32(int8(c1[j]))
			s2 += y * int32(int8(c2[j]))
			s3 += y * int32(int8(c3[j]))
		}
		out[i], out[i+1], out[i+2], out[i+3] = s0, s1, s2, s3
	}
	for ; i < len(out); i++ {
		code := codes[i*stride:][:d]
		var sum int32
		for j, x := range query {
			sum += int32(x) * int32(int8(code[j]))
		}
		out[i] = sum
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
