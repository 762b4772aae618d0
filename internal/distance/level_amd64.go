//go:build !purego

package distance

// detect asks the processor what it has, and the operating system, through XCR0, which
// registers it saves when it switches threads.
//
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1,
// sections 14.3 and 15.2.
func detect() level {
	leaves, _, _, _ := cpuid(0, 0)
	if leaves < 7 {
		return portable
	}
	var f features
	_, _, f.ecx1, _ = cpuid(1, 0)
	_, f.ebx7, f.ecx7, _ = cpuid(7, 0)
	if f.ecx1&osxsave != 0 {
		f.xcr0 = xgetbv()
	}
	return f.level()
}

// features are what registers say after CPUID with leaf 1 or 7, and XCR0.
type features struct{ ecx1, ebx7, ecx7, xcr0 uint32 }

const (
	fma, popcnt, osxsave, avx = 1 << 12, 1 << 23, 1 << 27, 1 << 28 // ecx1
	avx2Bit                   = 1 << 5                             // ebx7, as are:
	avx512F, avx512DQ         = 1 << 16, 1 << 17
	avx512BW, avx512VL        = 1 << 30, 1 << 31
	popcntDQ                  = 1 << 14    // ecx7
	ymm, zmm                  = 0x06, 0xe6 // xcr0
)

func (f features) level() level {
	has := func(register uint32, bits uint32) bool { return register&bits == bits }
	switch {
	case !has(f.ecx1, fma|popcnt|osxsave|avx) || !has(f.ebx7, avx2Bit) || !has(f.xcr0, ymm):
		return portable
	case !has(f.ebx7, avx512F|avx512DQ|avx512BW|avx512VL) || !has(f.xcr0, zmm):
		return avx2
	case !has(f.ecx7, popcntDQ):
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
