//go:build !purego

package distance

// detect asks the processor what it has, and the operating system, through XCR0, which
// registers it saves when it switches threads.
//
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1,
// sections 14.3 and 15.2.
func detect() level {
	const (
		fma, popcnt, osxsave, avx        = 1 << 12, 1 << 23, 1 << 27, 1 << 28 // leaf 1, ECX
		avx2Bit                          = 1 << 5                             // leaf 7, EBX, as are:
		avx512F, avx512DQ                = 1 << 16, 1 << 17
		avx512BW, avx512VL               = 1 << 30, 1 << 31
		popcntDQ                         = 1 << 14 // leaf 7, ECX
		ymm, zmm                  uint32 = 0x06, 0xe6
	)
	has := func(register uint32, bits uint32) bool { return register&bits == bits }

	leaves, _, _, _ := cpuid(0, 0)
	if leaves < 7 {
		return portable
	}
	_, _, ecx1, _ := cpuid(1, 0)
	_, ebx7, ecx7, _ := cpuid(7, 0)
	if !has(ecx1, fma|popcnt|osxsave|avx) || !has(ebx7, avx2Bit) || !has(xgetbv(), ymm) {
		return portable
	}
	switch {
	case !has(ebx7, avx512F|avx512DQ|avx512BW|avx512VL) || !has(xgetbv(), zmm):
		return avx2
	case !has(ecx7, popcntDQ):
		return avx512
	}
	return avx512popcnt
}

//go:noescape
func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)

// xgetbv returns the low half of XCR0. The processor must have OSXSAVE.
//
//go:noescape
func xgetbv() uint32
