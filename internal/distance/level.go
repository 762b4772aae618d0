package distance

// A level is what of the processor is used. Each includes those before it.
type level int

const (
	portable     level = iota
	avx2               // AVX2, FMA, POPCNT
	avx512             // AVX-512 F, BW, DQ, VL
	avx512popcnt       // AVX-512 VPOPCNTDQ
)

func (l level) String() string {
	return [...]string{"portable", "avx2", "avx512", "avx512popcnt"}[l]
}

// fastest is the highest level that the processor and the operating system have.
var fastest = detect()
