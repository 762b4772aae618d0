// Package distance computes distances between vectors, many at a time. On amd64 it
// uses what the processor has, and portable code elsewhere; both give the same but for
// rounding.
package distance

import (
	"encoding/binary"
	"math/bits"
)

// Dot returns the inner product of two vectors of one length.
func Dot(a, b []float32) float32 {
	var sum float32
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// L2 returns the square of the Euclidean distance.
func L2(a, b []float32) float32 {
	var sum float32
	for i, x := range a {
		d := x - b[i]
		sum += d * d
	}
	return sum
}

// Dots computes the inner product of each query with each row: that of query q and row
// r is out[q*len(rows)/dimension+r]. Queries and rows are one after the other.
func Dots(out, queries, rows []float32, dimension int) {
	each(out, queries, rows, dimension, Dot)
}

// L2s is Dots for the square of the Euclidean distance.
func L2s(out, queries, rows []float32, dimension int) {
	each(out, queries, rows, dimension, L2)
}

func each(out, queries, rows []float32, dimension int, f func(a, b []float32) float32) {
	n := len(rows) / dimension
	for q := range len(queries) / dimension {
		query := queries[q*dimension : (q+1)*dimension]
		for r := range n {
			out[q*n+r] = f(query, rows[r*dimension:(r+1)*dimension])
		}
	}
}

// Hammings counts the bits in which each code differs from the query. Codes are as
// long as the query, one every stride bytes.
func Hammings(out []int32, query, codes []byte, stride int) {
	for i := range out {
		code := codes[i*stride:][:len(query)]
		var n int
		j := 0
		for ; j+8 <= len(query); j += 8 {
			n += bits.OnesCount64(binary.LittleEndian.Uint64(query[j:]) ^ binary.LittleEndian.Uint64(code[j:]))
		}
		for ; j < len(query); j++ {
			n += bits.OnesCount8(query[j] ^ code[j])
		}
		out[i] = int32(n)
	}
}

// Int8Dots computes the inner product of the query with each code, of as many signed
// bytes, one every stride bytes.
func Int8Dots(out []int32, query []int8, codes []byte, stride int) {
	for i := range out {
		code := codes[i*stride:][:len(query)]
		var sum int32
		for j, x := range query {
			sum += int32(x) * int32(int8(code[j]))
		}
		out[i] = sum
	}
}

// NibbleDots computes the inner product of a query, whose numbers have 4 bits, with
// codes of 1 bit. planes are the bits of the query: four codes, that of the lowest bit
// first. Codes have len(planes)/4 bytes, one every stride bytes.
func NibbleDots(out []int32, planes, codes []byte, stride int) {
	size := len(planes) / 4
	for i := range out {
		code := codes[i*stride:][:size]
		var sum int
		for p := range 4 {
			plane := planes[p*size : (p+1)*size]
			for j, x := range plane {
				sum += bits.OnesCount8(x&code[j]) << p
			}
		}
		out[i] = int32(sum)
	}
}
