//go:build !purego

package distance

import "testing"

// A processor, or an operating system, without a single one of the features of a level
// has the level below. The numbers are those of Intel's manual, volume 2, CPUID, and
// volume 1, section 13.3.
func TestLevelNeedsEachFeature(t *testing.T) {
	all := features{ecx1: ^uint32(0), ebx7: ^uint32(0), ecx7: ^uint32(0), xcr0: ^uint32(0)}
	if got := all.level(); got != avx512popcnt {
		t.Errorf("with all features: %v", got)
	}
	register := map[string]func(*features) *uint32{
		"ecx1": func(f *features) *uint32 { return &f.ecx1 },
		"ebx7": func(f *features) *uint32 { return &f.ebx7 },
		"ecx7": func(f *features) *uint32 { return &f.ecx7 },
		"xcr0": func(f *features) *uint32 { return &f.xcr0 },
	}
	missing := map[string]map[int]level{
		"ecx1": {12: portable, 23: portable, 27: portable, 28: portable}, // FMA, POPCNT, OSXSAVE, AVX
		"ebx7": {5: portable, 16: avx2, 17: avx2, 30: avx2, 31: avx2},    // AVX2, AVX-512 F, DQ, BW, VL
		"ecx7": {14: avx512},                                             // AVX-512 VPOPCNTDQ
		"xcr0": {1: portable, 2: portable, 5: avx2, 6: avx2, 7: avx2},    // XMM, YMM, masks, upper halves, upper registers
	}
	for name, of := range register {
		for bit := range 32 {
			want, needed := missing[name][bit]
			if !needed {
				want = avx512popcnt
			}
			f := all
			*of(&f) &^= 1 << bit
			if got := f.level(); got != want {
				t.Errorf("without bit %d of %s: %v, want %v", bit, name, got, want)
			}
		}
	}
}
