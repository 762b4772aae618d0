package distance

// The portable code computes a tile of 2 queries and 3 rows at a time. Six sums do not
// wait for each other, as additions to one sum do, and five loads serve six products;
// with more sums than that, Go's compiler does not keep all in 16 registers.
//
// Each sum is made of four parts, one after the other, so that its rounding errors are a
// fourth of those of the plain loop at most; assembly has more parts than that.
//
// float32 around a product is so that no processor adds to it before it is rounded: where
// some do (arm64, amd64 from GOAMD64=v3 on), the compiler would have it in one of these
// loops and not in another, and a distance would depend on what stands beside it.

const pairRows, singleRows = 3, 4 // of a tile of two queries, and of one

// portableKernels compute a formula over some dimensions of a tile, of one query of it,
// and of one row of that. What they compute is added to out. Rows begin every stride
// numbers.
type portableKernels struct {
	two func(outA, outB *[pairRows]float32, a, b, rows []float32, stride int)
	one func(out *[singleRows]float32, query, rows []float32, stride int)
	row func(a, b []float32) float32
}

func portableFloats(f formula, out, queries, rows []float32, dimension int) {
	k := portableKernels{dotTwo, dotOne, dotRow}
	if f == l2 {
		k = portableKernels{l2Two, l2One, l2Row}
	}
	n, m := len(queries)/dimension, len(rows)/dimension
	step := panelRows(dimension)
	for from := 0; from < m; from += step {
		to := min(from+step, m)
		panel := rows[from*dimension : to*dimension]
		q := 0
		for ; q+2 <= n; q += 2 {
			a, b := queries[q*dimension:][:dimension], queries[(q+1)*dimension:][:dimension]
			k.pair(out[q*m+from:q*m+to], out[(q+1)*m+from:(q+1)*m+to], a, b, panel)
		}
		if q < n {
			k.single(out[q*m+from:q*m+to], queries[q*dimension:][:dimension], panel)
		}
	}
}

// panelRows returns how many rows stay in a cache of the second level, which has 256
// KiB at least, while all queries pass.
func panelRows(dimension int) int { return max(12, 48<<10/dimension/12*12) }

// portablePart returns how many dimensions are summed up at a time.
func portablePart(dimension int) int {
	if dimension <= 8 {
		return dimension
	}
	return (dimension + 3) / 4
}

func (k *portableKernels) pair(outA, outB, a, b, rows []float32) {
	clear(outA)
	clear(outB)
	d, part := len(a), portablePart(len(a))
	for r := 0; r < len(outA); r += pairRows {
		for at := 0; at < d; at += part {
			a, b, rows := a[at:min(at+part, d)], b[at:min(at+part, d)], rows[r*d+at:]
			if r+pairRows <= len(outA) {
				k.two((*[pairRows]float32)(outA[r:]), (*[pairRows]float32)(outB[r:]), a, b, rows, d)
				continue
			}
			for i := range len(outA) - r {
				outA[r+i] += k.row(a, rows[i*d:])
				outB[r+i] += k.row(b, rows[i*d:])
			}
		}
	}
}

func (k *portableKernels) single(out, query, rows []float32) {
	clear(out)
	d, part := len(query), portablePart(len(query))
	for r := 0; r < len(out); r += singleRows {
		for at := 0; at < d; at += part {
			query, rows := query[at:min(at+part, d)], rows[r*d+at:]
			if r+singleRows <= len(out) {
				k.one((*[singleRows]float32)(out[r:]), query, rows, d)
				continue
			}
			for i := range len(out) - r {
				out[r+i] += k.row(query, rows[i*d:])
			}
		}
	}
}

// portableOne computes the formula for one query and one row.
func portableOne(f formula, a, b []float32) (sum float32) {
	part := portablePart(len(a))
	for at := 0; at < len(a); at += part {
		end := min(at+part, len(a))
		if f == dot {
			sum += dotRow(a[at:end], b[at:end])
		} else {
			sum += l2Row(a[at:end], b[at:end])
		}
	}
	return sum
}

func dotTwo(outA, outB *[pairRows]float32, a, b, rows []float32, stride int) {
	d := len(a)
	b, r0, r1, r2 := b[:d], rows[:d], rows[stride:][:d], rows[2*stride:][:d]
	var a0, a1, a2, b0, b1, b2 float32
	for i, x := range a {
		y, z := b[i], r0[i]
		a0 += float32(x * z)
		b0 += float32(y * z)
		z = r1[i]
		a1 += float32(x * z)
		b1 += float32(y * z)
		z = r2[i]
		a2 += float32(x * z)
		b2 += float32(y * z)
	}
	outA[0], outA[1], outA[2] = outA[0]+a0, outA[1]+a1, outA[2]+a2
	outB[0], outB[1], outB[2] = outB[0]+b0, outB[1]+b1, outB[2]+b2
}

func dotOne(out *[singleRows]float32, query, rows []float32, stride int) {
	d := len(query)
	r0, r1, r2, r3 := rows[:d], rows[stride:][:d], rows[2*stride:][:d], rows[3*stride:][:d]
	var s0, s1, s2, s3 float32
	for i, x := range query {
		s0 += float32(x * r0[i])
		s1 += float32(x * r1[i])
		s2 += float32(x * r2[i])
		s3 += float32(x * r3[i])
	}
	out[0], out[1], out[2], out[3] = out[0]+s0, out[1]+s1, out[2]+s2, out[3]+s3
}

func dotRow(a, b []float32) float32 {
	b = b[:len(a)]
	var sum float32
	for i, x := range a {
		sum += float32(x * b[i])
	}
	return sum
}

func l2Two(outA, outB *[pairRows]float32, a, b, rows []float32, stride int) {
	d := len(a)
	b, r0, r1, r2 := b[:d], rows[:d], rows[stride:][:d], rows[2*stride:][:d]
	var a0, a1, a2, b0, b1, b2 float32
	for i, x := range a {
		y, z := b[i], r0[i]
		a0 += float32((x - z) * (x - z))
		b0 += float32((y - z) * (y - z))
		z = r1[i]
		a1 += float32((x - z) * (x - z))
		b1 += float32((y - z) * (y - z))
		z = r2[i]
		a2 += float32((x - z) * (x - z))
		b2 += float32((y - z) * (y - z))
	}
	outA[0], outA[1], outA[2] = outA[0]+a0, outA[1]+a1, outA[2]+a2
	outB[0], outB[1], outB[2] = outB[0]+b0, outB[1]+b1, outB[2]+b2
}

func l2One(out *[singleRows]float32, query, rows []float32, stride int) {
	d := len(query)
	r0, r1, r2, r3 := rows[:d], rows[stride:][:d], rows[2*stride:][:d], rows[3*stride:][:d]
	var s0, s1, s2, s3 float32
	for i, x := range query {
		s0 += float32((x - r0[i]) * (x - r0[i]))
		s1 += float32((x - r1[i]) * (x - r1[i]))
		s2 += float32((x - r2[i]) * (x - r2[i]))
		s3 += float32((x - r3[i]) * (x - r3[i]))
	}
	out[0], out[1], out[2], out[3] = out[0]+s0, out[1]+s1, out[2]+s2, out[3]+s3
}

func l2Row(a, b []float32) float32 {
	b = b[:len(a)]
	var sum float32
	for i, x := range a {
		sum += float32((x - b[i]) * (x - b[i]))
	}
	return sum
}
