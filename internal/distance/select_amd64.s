//go:build !purego

#include "textflag.h"

// Few scores are above a threshold, so 64 are looked at together, and only if one is, its
// number is looked for. (VPCOMPRESSD to memory is slow on AMD's processors.)
//
//	SI  scores, up to BX   DI  where the next number goes, R8 where the first one went
//	DX  number of the first score of this step
//	AX  bit i: score i of this step is above   CX  i
//
// Condition 0x1e is "greater, ordered, quiet": NaN is greater than nothing.

// BEGIN takes what is the same for both.
#define BEGIN \
	MOVQ out+0(FP), DI; \
	MOVQ scores+8(FP), SI; \
	MOVQ count+16(FP), BX; \
	MOVQ first+24(FP), DX; \
	MOVQ DI, R8; \
	LEAQ (SI)(BX*4), BX

// NUMBER writes the number of the lowest bit and takes that bit away.
#define NUMBER \
	BSFQ AX, CX; \
	ADDL DX, CX; \
	MOVL CX, (DI); \
	ADDQ $4, DI; \
	LEAQ -1(AX), CX; \
	ANDQ CX, AX

// func aboveAVX512(out *int32, scores *float32, count, first int, threshold float32, sign uint32) int
TEXT ·aboveAVX512(SB), NOSPLIT, $0-48
	BEGIN
	VBROADCASTSS threshold+32(FP), Z0
	VBROADCASTSS sign+36(FP), Z1

step:
	VPXORD    (SI), Z1, Z2
	VPXORD    64(SI), Z1, Z3
	VPXORD    128(SI), Z1, Z4
	VPXORD    192(SI), Z1, Z5
	VCMPPS    $0x1e, Z0, Z2, K1
	VCMPPS    $0x1e, Z0, Z3, K2
	VCMPPS    $0x1e, Z0, Z4, K3
	VCMPPS    $0x1e, Z0, Z5, K4
	KUNPCKWD  K1, K2, K1
	KUNPCKWD  K3, K4, K3
	KUNPCKDQ  K1, K3, K1
	KMOVQ     K1, AX
	TESTQ     AX, AX
	JZ        next

number:
	NUMBER
	JNZ number

next:
	ADDQ $64, DX
	ADDQ $256, SI
	CMPQ SI, BX
	JCS  step
	SUBQ R8, DI
	SHRQ $2, DI
	MOVQ DI, ret+40(FP)
	VZEROUPPER
	RET

// COMPARE sets eight bits of AX, from bit shift on.
#define COMPARE(at, shift) \
	VXORPS at(SI), Y1, Y2; \
	VCMPPS $0x1e, Y0, Y2, Y2; \
	VMOVMSKPS Y2, CX; \
	SHLQ $shift, CX; \
	ORQ CX, AX

// func aboveAVX2(out *int32, scores *float32, count, first int, threshold float32, sign uint32) int
TEXT ·aboveAVX2(SB), NOSPLIT, $0-48
	BEGIN
	VBROADCASTSS threshold+32(FP), Y0
	VBROADCASTSS sign+36(FP), Y1

step:
	XORL  AX, AX
	COMPARE(0, 0)
	COMPARE(32, 8)
	COMPARE(64, 16)
	COMPARE(96, 24)
	COMPARE(128, 32)
	COMPARE(160, 40)
	COMPARE(192, 48)
	COMPARE(224, 56)
	TESTQ AX, AX
	JZ    next

number:
	NUMBER
	JNZ number

next:
	ADDQ $64, DX
	ADDQ $256, SI
	CMPQ SI, BX
	JCS  step
	SUBQ R8, DI
	SHRQ $2, DI
	MOVQ DI, ret+40(FP)
	VZEROUPPER
	RET
