package distance

// Hammings counts the bits in which each code differs from the query. Codes are as
// long as the query, one every stride bytes.
func Hammings(out []int32, query, codes []byte, stride int) {
	if enough(len(out), len(query), len(codes), stride) {
		hammings(fastest, out, query, codes, stride)
	}
}

// Int8Dots computes the inner product of the query with each code, of as many signed
// bytes, one every stride bytes. It is exact up to 131,071 dimensions.
func Int8Dots(out []int32, query []int8, codes []byte, stride int) {
	if enough(len(out), len(query), len(codes), stride) {
		int8Dots(fastest, out, query, codes, stride)
	}
}

// NibbleDots computes the inner product of a query, whose numbers have 4 bits, with
// codes of 1 bit. planes are the bits of the query: four codes, that of the lowest bit
// first. Codes have len(planes)/4 bytes, one every stride bytes.
func NibbleDots(out []int32, planes, codes []byte, stride int) {
	if enough(len(out), len(planes)/4, len(codes), stride) {
		nibbleDots(fastest, out, planes, codes, stride)
	}
}

// enough reports whether there is anything to do, and panics where a code would not be
// in codes: assembly does not look.
func enough(n, size, codes, stride int) bool {
	if n == 0 {
		return false
	}
	if size > codes || n > 1 && (stride < 0 || stride > (codes-size)/(n-1)) {
		panic("distance: codes end before the last one")
	}
	return true
}
