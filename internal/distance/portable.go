package distance

// The portable code computes a tile of 2 queries and 4 rows at a time. Eight sums do
// not wait for each other, as additions to one sum do, and six loads serve eight
// products; more sums than that would not stay in 16 registers. Each sum is in the
// order of the dimensions, so it is that of the plain loop.

const tileRows = 4

// portableKernels compute a formula for a tile, for one query of it, and for one row of
// that.
type portableKernels struct {
	two func(outA, outB *[tileRows]float32, a, b, rows []float32)
	one func(out *[tileRows]float32, query, rows []float32)
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
func panelRows(dimension int) int { return max(tileRows, 48<<10/dimension/tileRows*tileRows) }

func (k *portableKernels) pair(outA, outB, a, b, rows []float32) {
	d := len(a)
	r := 0
	for ; r+tileRows <= len(outA); r += tileRows {
		k.two((*[tileRows]float32)(outA[r:]), (*[tileRows]float32)(outB[r:]), a, b, rows[r*d:])
	}
	for ; r < len(outA); r++ {
		outA[r], outB[r] = k.row(a, rows[r*d:]), k.row(b, rows[r*d:])
	}
}

func (k *portableKernels) single(out, query, rows []float32) {
	d := len(query)
	r := 0
	for ; r+tileRows <= len(out); r += tileRows {
		k.one((*[tileRows]float32)(out[r:]), query, rows[r*d:])
	}
	for ; r < len(out); r++ {
		out[r] = k.row(query, rows[r*d:])
	}
}

func dotTwo(outA, outB *[tileRows]float32, a, b, rows []float32) {
	d := len(a)
	b, r0, r1, r2, r3 := b[:d], rows[:d], rows[d:][:d], rows[2*d:][:d], rows[3*d:][:d]
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	for i, x := range a {
		y, z := b[i], r0[i]
		a0 += x * z
		b0 += y * z
		z = r1[i]
		a1 += x * z
		b1 += y * z
		z = r2[i]
		a2 += x * z
		b2 += y * z
		z = r3[i]
		a3 += x * z
		b3 += y * z
	}
	*outA, *outB = [...]float32{a0, a1, a2, a3}, [...]float32{b0, b1, b2, b3}
}

func dotOne(out *[tileRows]float32, query, rows []float32) {
	d := len(query)
	r0, r1, r2, r3 := rows[:d], rows[d:][:d], rows[2*d:][:d], rows[3*d:][:d]
	var s0, s1, s2, s3 float32
	for i, x := range query {
		s0 += x * r0[i]
		s1 += x * r1[i]
		s2 += x * r2[i]
		s3 += x * r3[i]
	}
	*out = [...]float32{s0, s1, s2, s3}
}

func dotRow(a, b []float32) float32 {
	b = b[:len(a)]
	var sum float32
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

func l2Two(outA, outB *[tileRows]float32, a, b, rows []float32) {
	d := len(a)
	b, r0, r1, r2, r3 := b[:d], rows[:d], rows[d:][:d], rows[2*d:][:d], rows[3*d:][:d]
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	for i, x := range a {
		y, z := b[i], r0[i]
		a0 += (x - z) * (x - z)
		b0 += (y - z) * (y - z)
		z = r1[i]
		a1 += (x - z) * (x - z)
		b1 += (y - z) * (y - z)
		z = r2[i]
		a2 += (x - z) * (x - z)
		b2 += (y - z) * (y - z)
		z = r3[i]
		a3 += (x - z) * (x - z)
		b3 += (y - z) * (y - z)
	}
	*outA, *outB = [...]float32{a0, a1, a2, a3}, [...]float32{b0, b1, b2, b3}
}

func l2One(out *[tileRows]float32, query, rows []float32) {
	d := len(query)
	r0, r1, r2, r3 := rows[:d], rows[d:][:d], rows[2*d:][:d], rows[3*d:][:d]
	var s0, s1, s2, s3 float32
	for i, x := range query {
		s0 += (x - r0[i]) * (x - r0[i])
		s1 += (x - r1[i]) * (x - r1[i])
		s2 += (x - r2[i]) * (x - r2[i])
		s3 += (x - r3[i]) * (x - r3[i])
	}
	*out = [...]float32{s0, s1, s2, s3}
}

func l2Row(a, b []float32) float32 {
	b = b[:len(a)]
	var sum float32
	for i, x := range a {
		sum += (x - b[i]) * (x - b[i])
	}
	return sum
}

func portableAbove(out []int32, scores []float32, threshold float32) int {
	n := 0
	for i, s := range scores {
		if s > threshold {
			out[n] = int32(i)
			n++
		}
	}
	return n
}

func portableBelow(out []int32, scores []float32, threshold float32) int {
	n := 0
	for i, s := range scores {
		if s < threshold {
			out[n] = int32(i)
			n++
		}
	}
	return n
}
