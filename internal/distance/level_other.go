//go:build !amd64 || purego

package distance

func detect() level { return portable }

func blocks(_ level, f formula, out, queries, rows []float32, dimension int) {
	portableFloats(f, out, queries, rows, dimension)
}

func hammings(_ level, out []int32, query, codes []byte, stride int) {
	portableHammings(out, query, codes, stride)
}

func int8Dots(_ level, out []int32, query []int8, codes []byte, stride int) {
	portableInt8Dots(out, query, codes, stride)
}

func nibbleDots(_ level, out []int32, planes, codes []byte, stride int) {
	portableNibbleDots(out, planes, codes, stride)
}
