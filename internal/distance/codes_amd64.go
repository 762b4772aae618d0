//go:build !purego

package distance

func above(l level, out []int32, scores []float32, threshold float32) int {
	return portableAbove(out, scores, threshold)
}

func below(l level, out []int32, scores []float32, threshold float32) int {
	return portableBelow(out, scores, threshold)
}

func hammings(l level, out []int32, query, codes []byte, stride int) {
	portableHammings(out, query, codes, stride)
}

func int8Dots(l level, out []int32, query []int8, codes []byte, stride int) {
	portableInt8Dots(out, query, codes, stride)
}

func nibbleDots(l level, out []int32, planes, codes []byte, stride int) {
	portableNibbleDots(out, planes, codes, stride)
}
