//go:build !purego

package distance

// A block is what one call of a kernel computes: as many queries as its tile has, with
// any number of rows, over a part of the dimensions.
type block struct {
	out, queries, rows *float32 // the first of each
	count              int      // of rows, at least 1
	stride             int      // bytes from a vector to the next
	outStride          int      // bytes from the results of a query to those of the next
	steps              int      // full registers of a vector
	tail               uint32   // AVX-512: bits of the numbers beyond them
	add                uint32   // AVX-512: 0xf adds to out, 0 does not look at it
	tailLanes          [8]uint32
	addLanes           [4]uint32
	rowLanes           [8]uint32 // from lane 4-n: n that count, then those that do not
}

// partMost is how many dimensions are computed at a time. Those of six queries, 18 KiB,
// and of the four rows that pass them stay in the first cache, which has 32 KiB.
const partMost = 768

// panelNumbers is how many numbers of rows stay in the second cache while all queries
// pass: 192 KiB.
const panelNumbers = 48 << 10

// blocks cuts the work so that what is used again is still in a cache, and so that no
// call of a kernel, which nothing can interrupt, takes more than some ten microseconds.
// The parts of the dimensions are the same whatever the numbers of queries and rows are.
func blocks(l level, f formula, out, queries, rows []float32, dimension int) {
	lanes := 16
	if l < avx512 || dimension <= 8 { // which would leave half of a register empty
		l, lanes = avx2, 8
	}
	n, m := len(queries)/dimension, len(rows)/dimension
	part := partSize(dimension)
	panel := max(4, panelNumbers/part/4*4)
	b := block{stride: 4 * dimension, outStride: 4 * m}
	b.rowLanes = [8]uint32{^uint32(0), ^uint32(0), ^uint32(0), ^uint32(0)}
	for from := 0; from < m; from += panel {
		b.count = min(panel, m-from)
		for at := 0; at < dimension; at += part {
			b.part(lanes, at, min(part, dimension-at))
			for q := 0; q < n; {
				b.out, b.queries, b.rows = &out[q*m+from], &queries[q*dimension+at], &rows[from*dimension+at]
				q += b.call(l, f, n-q)
			}
		}
	}
}

// partSize cuts dimensions into equal parts, but for the last one. All but that are
// whole registers.
func partSize(dimension int) int {
	parts := (dimension + partMost - 1) / partMost
	return ((dimension+parts-1)/parts + 15) / 16 * 16
}

// part sets what to do with size dimensions from the given one.
func (b *block) part(lanes, at, size int) {
	b.steps = size / lanes
	b.tail = 1<<(size%lanes) - 1
	b.add, b.addLanes, b.tailLanes = 0, [4]uint32{}, [8]uint32{}
	if at > 0 {
		b.add = 0xf
		b.addLanes = [4]uint32(b.rowLanes[:])
	}
	for i := range size % lanes % 8 {
		b.tailLanes[i] = ^uint32(0)
	}
}

// call computes the block with the largest kernel for so many queries, and returns how
// many it has taken.
func (b *block) call(l level, f formula, queries int) int {
	switch {
	case l >= avx512 && queries >= 6 && f == dot:
		dot6AVX512(b)
		return 6
	case l >= avx512 && queries >= 6:
		l26AVX512(b)
		return 6
	case l >= avx512 && queries >= 2 && f == dot:
		dot2AVX512(b)
		return 2
	case l >= avx512 && queries >= 2:
		l22AVX512(b)
		return 2
	case l >= avx512 && f == dot:
		dot1AVX512(b)
	case l >= avx512:
		l21AVX512(b)
	case queries >= 3 && f == dot:
		dot3AVX2(b)
		return 3
	case queries >= 3:
		l23AVX2(b)
		return 3
	case f == dot:
		dot1AVX2(b)
	default:
		l21AVX2(b)
	}
	return 1
}

//go:noescape
func dot6AVX512(b *block)

//go:noescape
func dot2AVX512(b *block)

//go:noescape
func dot1AVX512(b *block)

//go:noescape
func l26AVX512(b *block)

//go:noescape
func l22AVX512(b *block)

//go:noescape
func l21AVX512(b *block)

//go:noescape
func dot3AVX2(b *block)

//go:noescape
func dot1AVX2(b *block)

//go:noescape
func l23AVX2(b *block)

//go:noescape
func l21AVX2(b *block)
