//go:build !purego

package distance

import "unsafe"

// codeBlock is what one call of a kernel for codes computes: one query with tiles of
// codes. Where the results go is no part of it, so that they may be on the stack.
type codeBlock struct {
	query  *byte // or the planes of the query
	codes  *byte
	tiles  int
	stride int
	size   int    // bytes of a code
	steps  int    // full registers of a code
	tail   uint64 // AVX-512: bits of the bytes beyond them
	mask   uint64 // POPCNT: bits of the bytes beyond the full words, in the last 8
	rest   *byte  // AVX2: the query's last bytes, after zeros
}

type codeKernel int

const (
	hamming codeKernel = iota
	nibble
	int8Dot
)

func hammings(l level, out []int32, query, codes []byte, stride int) {
	if l == portable || len(query) < 8 {
		portableHammings(out, query, codes, stride)
		return
	}
	b := codeBlock{query: &query[0], stride: stride}
	tile := 4
	if l >= avx512popcnt {
		tile = 8
	}
	b.bits(len(query))
	b.run(l, hamming, tile, out, codes)
}

func nibbleDots(l level, out []int32, planes, codes []byte, stride int) {
	if l == portable || len(planes) < 4*8 {
		portableNibbleDots(out, planes, codes, stride)
		return
	}
	b := codeBlock{query: &planes[0], stride: stride}
	tile := 1
	if l >= avx512popcnt {
		tile = 8
	}
	b.bits(len(planes) / 4)
	b.run(l, nibble, tile, out, codes)
}

// bits sets how codes of size bytes are read whose bits are counted.
func (b *codeBlock) bits(size int) {
	b.mask = ^uint64(0) << (8 * (8 - size%8))
	b.bytes(size, 64)
}

func int8Dots(l level, out []int32, query []int8, codes []byte, stride int) {
	if l < avx2 || len(query) < 16 {
		portableInt8Dots(out, query, codes, stride)
		return
	}
	var bytes [16]int8
	b := codeBlock{query: (*byte)(unsafe.Pointer(&query[0])), stride: stride, rest: (*byte)(unsafe.Pointer(&bytes))}
	if l >= avx512 {
		b.bytes(len(query), 32)
	} else {
		b.bytes(len(query), 16)
		n := len(query) % 16
		copy(bytes[16-n:], query[len(query)-n:])
	}
	b.run(l, int8Dot, 4, out, codes)
}

func (b *codeBlock) bytes(size, register int) {
	b.size, b.steps, b.tail = size, size/register, 1<<(size%register)-1
}

// codesMost is how many bytes of codes a call of a kernel reads, about: some ten
// microseconds, since nothing can interrupt it.
const codesMost = 256 << 10

// run calls a kernel for all codes. Its last tile computes some again where they are no
// multiple of a tile, and where they are less than one, each is computed as a tile of
// its own, with the same code in all places.
func (b *codeBlock) run(l level, k codeKernel, tile int, out []int32, codes []byte) {
	n, most := len(out), max(1, codesMost/tile/b.size)
	for at := 0; at+tile <= n; at += b.tiles * tile {
		b.tiles = min(most, (n-at)/tile)
		b.call(l, k, &out[at], &codes[at*b.stride])
	}
	if n%tile == 0 {
		return
	}
	b.tiles = 1
	if n > tile {
		b.call(l, k, &out[n-tile], &codes[(n-tile)*b.stride])
		return
	}
	stride := b.stride
	b.stride = 0
	for i := range out {
		var same [8]int32
		b.call(l, k, &same[0], &codes[i*stride])
		out[i] = same[0]
	}
}

func (b *codeBlock) call(l level, k codeKernel, out *int32, codes *byte) {
	b.codes = codes
	switch {
	case k == hamming && l >= avx512popcnt:
		hammingAVX512(b, out)
	case k == hamming:
		hammingPOPCNT(b, out)
	case k == nibble && l >= avx512popcnt:
		nibbleAVX512(b, out)
	case k == nibble:
		nibblePOPCNT(b, out)
	case l >= avx512:
		int8DotAVX512(b, out)
	default:
		int8DotAVX2(b, out)
	}
}

//go:noescape
func hammingPOPCNT(b *codeBlock, out *int32)

//go:noescape
func nibblePOPCNT(b *codeBlock, out *int32)

//go:noescape
func hammingAVX512(b *codeBlock, out *int32)

//go:noescape
func nibbleAVX512(b *codeBlock, out *int32)

//go:noescape
func int8DotAVX512(b *codeBlock, out *int32)

//go:noescape
func int8DotAVX2(b *codeBlock, out *int32)
