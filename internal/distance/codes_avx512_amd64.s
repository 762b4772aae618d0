//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// Kernels of codes for AVX-512; those that count bits need VPOPCNTDQ too.
//
//	DX  first code of the tile   AX  its bytes of this step
//	SI  the query                R15 its bytes of this step
//	DI  results                  CX  tiles that are left
//	BX  steps that are left
//	R8, R9, R10, R11  bytes of 1, 3, 5 and 7 codes
//	R12  bytes of a plane, R13 of three
//	K1  bytes beyond the full registers; what is not set is neither read nor, as 0, of
//	    consequence

#define BEGIN \
	MOVQ b+0(FP), AX; \
	MOVQ out+8(FP), DI; \
	MOVQ codeBlock_query(AX), SI; \
	MOVQ codeBlock_codes(AX), DX; \
	MOVQ codeBlock_tiles(AX), CX; \
	MOVQ codeBlock_stride(AX), R8; \
	LEAQ (R8)(R8*2), R9; \
	LEAQ (R8)(R8*4), R10; \
	LEAQ (R9)(R8*4), R11; \
	MOVQ codeBlock_size(AX), R12; \
	LEAQ (R12)(R12*2), R13; \
	KMOVQ codeBlock_tail(AX), K1

// START begins a tile.
#define START \
	MOVQ DX, AX; \
	MOVQ SI, R15; \
	MOVQ b+0(FP), BX; \
	MOVQ codeBlock_steps(BX), BX

#define ZERO8 \
	VPXORQ Z0, Z0, Z0; \
	VPXORQ Z1, Z1, Z1; \
	VPXORQ Z2, Z2, Z2; \
	VPXORQ Z3, Z3, Z3; \
	VPXORQ Z4, Z4, Z4; \
	VPXORQ Z5, Z5, Z5; \
	VPXORQ Z6, Z6, Z6; \
	VPXORQ Z7, Z7, Z7

// ALL8 does something for each code of the tile and its sum.
#define ALL8(do) \
	do((AX), Z0); \
	do((AX)(R8*1), Z1); \
	do((AX)(R8*2), Z2); \
	do((AX)(R9*1), Z3); \
	do((AX)(R8*4), Z4); \
	do((AX)(R10*1), Z5); \
	do((AX)(R9*2), Z6); \
	do((AX)(R11*1), Z7)

// DIFFERENT counts in what bits 64 bytes of a code differ from the query, Z16.
#define DIFFERENT(code, sum) \
	VPXORQ code, Z16, Z20; \
	VPOPCNTQ Z20, Z20; \
	VPADDQ Z20, sum, sum

#define DIFFERENTTAIL(code, sum) \
	VMOVDQU8.Z code, K1, Z20; \
	DIFFERENT(Z20, sum)

// COMMON counts the bits that a code in Z20 and the planes in Z16 to Z19 have in common,
// those of a plane twice those of the one before.
#define COMMON(sum) \
	VPANDQ Z19, Z20, Z21; \
	VPOPCNTQ Z21, Z21; \
	VPADDQ Z21, Z21, Z21; \
	VPANDQ Z18, Z20, Z22; \
	VPOPCNTQ Z22, Z22; \
	VPADDQ Z22, Z21, Z21; \
	VPADDQ Z21, Z21, Z21; \
	VPANDQ Z17, Z20, Z22; \
	VPOPCNTQ Z22, Z22; \
	VPADDQ Z22, Z21, Z21; \
	VPADDQ Z21, Z21, Z21; \
	VPANDQ Z16, Z20, Z22; \
	VPOPCNTQ Z22, Z22; \
	VPADDQ Z22, Z21, Z21; \
	VPADDQ Z21, sum, sum

#define COMMONFULL(code, sum) \
	VMOVDQU64 code, Z20; \
	COMMON(sum)

#define COMMONTAIL(code, sum) \
	VMOVDQU8.Z code, K1, Z20; \
	COMMON(sum)

// PAIR adds up the quarters of a and b: into the first number of each quarter of a those
// of a, into the second those of b.
#define PAIR(a, b) \
	VPUNPCKLQDQ b, a, Z16; \
	VPUNPCKHQDQ b, a, Z17; \
	VPADDQ Z16, Z17, a

// HALVES adds the quarters 0+2 and 1+3 of a, then those of b, to a.
#define HALVES(a, b) \
	VSHUFI64X2 $0x44, b, a, Z16; \
	VSHUFI64X2 $0xee, b, a, Z17; \
	VPADDQ Z16, Z17, a

// FINISH8 adds up eight sums of 64-bit numbers and writes them.
#define FINISH8 \
	PAIR(Z0, Z1); \
	PAIR(Z2, Z3); \
	PAIR(Z4, Z5); \
	PAIR(Z6, Z7); \
	HALVES(Z0, Z2); \
	HALVES(Z4, Z6); \
	VSHUFI64X2 $0x88, Z4, Z0, Z16; \
	VSHUFI64X2 $0xdd, Z4, Z0, Z17; \
	VPADDQ Z16, Z17, Z0; \
	VPMOVQD Z0, Y0; \
	VMOVDQU Y0, (DI)

// func hammingAVX512(b *codeBlock, out *int32)
TEXT ·hammingAVX512(SB), NOSPLIT, $0-16
	BEGIN

tile:
	START
	ZERO8
	TESTQ BX, BX
	JZ    tail

step:
	VMOVDQU64 (R15), Z16
	ALL8(DIFFERENT)
	ADDQ $64, AX
	ADDQ $64, R15
	DECQ BX
	JNZ  step

tail:
	KORTESTQ K1, K1
	JZ       finish
	VMOVDQU8.Z (R15), K1, Z16
	ALL8(DIFFERENTTAIL)

finish:
	FINISH8
	ADDQ $32, DI
	LEAQ (DX)(R8*8), DX
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

// func nibbleAVX512(b *codeBlock, out *int32)
TEXT ·nibbleAVX512(SB), NOSPLIT, $0-16
	BEGIN

tile:
	START
	ZERO8
	TESTQ BX, BX
	JZ    tail

step:
	VMOVDQU64 (R15), Z16
	VMOVDQU64 (R15)(R12*1), Z17
	VMOVDQU64 (R15)(R12*2), Z18
	VMOVDQU64 (R15)(R13*1), Z19
	ALL8(COMMONFULL)
	ADDQ $64, AX
	ADDQ $64, R15
	DECQ BX
	JNZ  step

tail:
	KORTESTQ K1, K1
	JZ       finish
	VMOVDQU8.Z (R15), K1, Z16
	VMOVDQU8.Z (R15)(R12*1), K1, Z17
	VMOVDQU8.Z (R15)(R12*2), K1, Z18
	VMOVDQU8.Z (R15)(R13*1), K1, Z19
	ALL8(COMMONTAIL)

finish:
	FINISH8
	ADDQ $32, DI
	LEAQ (DX)(R8*8), DX
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET

// PRODUCTS adds the products of the query, Z16, with 32 bytes of a code, both as 16 bits.
// Two products, 2·2¹⁴ at most, are added up in 32 bits, which cannot overflow.
#define PRODUCTS(code, sum) \
	VPMOVSXBW code, Z20; \
	VPMADDWD Z20, Z16, Z20; \
	VPADDD Z20, sum, sum

#define PRODUCTSTAIL(code, sum) \
	VMOVDQU8.Z code, K1, Y20; \
	PRODUCTS(Y20, sum)

// func int8DotAVX512(b *codeBlock, out *int32)
TEXT ·int8DotAVX512(SB), NOSPLIT, $0-16
	BEGIN

tile:
	START
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	TESTQ  BX, BX
	JZ     tail

step:
	VPMOVSXBW (R15), Z16
	PRODUCTS((AX), Z0)
	PRODUCTS((AX)(R8*1), Z1)
	PRODUCTS((AX)(R8*2), Z2)
	PRODUCTS((AX)(R9*1), Z3)
	ADDQ $32, AX
	ADDQ $32, R15
	DECQ BX
	JNZ  step

tail:
	KORTESTQ K1, K1
	JZ       finish
	VMOVDQU8.Z (R15), K1, Y16
	VPMOVSXBW Y16, Z16
	PRODUCTSTAIL((AX), Z0)
	PRODUCTSTAIL((AX)(R8*1), Z1)
	PRODUCTSTAIL((AX)(R8*2), Z2)
	PRODUCTSTAIL((AX)(R9*1), Z3)

finish:
	VPUNPCKLDQ Z1, Z0, Z16
	VPUNPCKHDQ Z1, Z0, Z17
	VPADDD Z16, Z17, Z0
	VPUNPCKLDQ Z3, Z2, Z16
	VPUNPCKHDQ Z3, Z2, Z17
	VPADDD Z16, Z17, Z2
	VPUNPCKLQDQ Z2, Z0, Z16
	VPUNPCKHQDQ Z2, Z0, Z17
	VPADDD Z16, Z17, Z0
	VEXTRACTI64X4 $1, Z0, Y1
	VPADDD Y0, Y1, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X0, X1, X0
	VMOVDQU X0, (DI)
	ADDQ $16, DI
	LEAQ (DX)(R8*4), DX
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET
