//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// Kernels for AVX-512, of a tile of 6 queries and 4 rows, and for the queries that are
// left, of 2 or 1 and 4 rows.
//
// A register holds 16 dimensions of one vector, so vectors need not be rearranged. A
// step of the large tile loads 6 + 4 registers for 24 products, which keeps the units
// that multiply busy where a load takes as long as a product does. 24 of the 32
// registers are sums, more than products are under way at once (4 cycles, 2 each), 6 are
// the queries, and 2 are left. Sums are added up across their lanes at the end of a
// tile, 16 at a time.
//
// L2s subtract and multiply, where a step has twice the operations; on processors that
// add and multiply in different units (AMD's), it takes no longer.
//
// Registers of all kernels:
//
//	SI  first query             R15 its dimensions of this step
//	DX  first row of the tile   AX  its dimensions of this step
//	DI  results of the first query and row
//	CX  rows that are left      BX  steps that are left
//	R8, R9, R10   bytes of 1, 3 and 5 vectors: the queries are at 0, R8, 2*R8, R9, 4*R8, R10
//	R11, R12, R13 bytes to the rows 1, 2 and 3 of the tile. Where there are no more rows,
//	              they lead to one that is there, and its result is not written
//	K1  numbers beyond the full registers; what is not set is neither read nor, as 0,
//	    of consequence
//	K2  results to add to, K3 results to write
//	Z0 to Z23     sums: query q and row r in Z(4q+r)
//	Z24 to Z29    queries, Z30 a row, Z31 another one, or a difference

#define BEGIN \
	MOVQ b+0(FP), AX; \
	MOVQ block_out(AX), DI; \
	MOVQ block_queries(AX), SI; \
	MOVQ block_rows(AX), DX; \
	MOVQ block_count(AX), CX; \
	MOVQ block_stride(AX), R8; \
	LEAQ (R8)(R8*2), R9; \
	LEAQ (R8)(R8*4), R10; \
	MOVQ R8, R11; \
	LEAQ (R8)(R8*1), R12; \
	MOVQ R9, R13; \
	KMOVW block_tail(AX), K1; \
	KMOVW block_add(AX), K2; \
	MOVL $0xf, BX; \
	KMOVW BX, K3

// FEWER sets offsets and masks for 1 to 3 rows.
#define FEWER \
	MOVL $1, BX; \
	SHLL CX, BX; \
	DECL BX; \
	KMOVW BX, K3; \
	KANDW K3, K2, K2; \
	XORL R13, R13; \
	CMPQ CX, $2; \
	CMOVQLT R13, R11; \
	MOVQ R11, R13; \
	CMPQ CX, $3; \
	CMOVQLT R11, R12; \
	MOVQ R12, R13

// START begins a tile.
#define START \
	MOVQ DX, AX; \
	MOVQ SI, R15; \
	MOVQ b+0(FP), BX; \
	MOVQ block_steps(BX), BX

#define ZERO4(a, b, c, d) \
	VPXORQ a, a, a; \
	VPXORQ b, b, b; \
	VPXORQ c, c, c; \
	VPXORQ d, d, d

#define ZERO24 \
	ZERO4(Z0, Z1, Z2, Z3); \
	ZERO4(Z4, Z5, Z6, Z7); \
	ZERO4(Z8, Z9, Z10, Z11); \
	ZERO4(Z12, Z13, Z14, Z15); \
	ZERO4(Z16, Z17, Z18, Z19); \
	ZERO4(Z20, Z21, Z22, Z23)

#define QUERIES \
	VMOVUPS (R15), Z24; \
	VMOVUPS (R15)(R8*1), Z25; \
	VMOVUPS (R15)(R8*2), Z26; \
	VMOVUPS (R15)(R9*1), Z27; \
	VMOVUPS (R15)(R8*4), Z28; \
	VMOVUPS (R15)(R10*1), Z29

#define QUERIESTAIL \
	VMOVUPS.Z (R15), K1, Z24; \
	VMOVUPS.Z (R15)(R8*1), K1, Z25; \
	VMOVUPS.Z (R15)(R8*2), K1, Z26; \
	VMOVUPS.Z (R15)(R9*1), K1, Z27; \
	VMOVUPS.Z (R15)(R8*4), K1, Z28; \
	VMOVUPS.Z (R15)(R10*1), K1, Z29

#define DOT6(row, a, b, c, d, e, f) \
	VFMADD231PS Z24, row, a; \
	VFMADD231PS Z25, row, b; \
	VFMADD231PS Z26, row, c; \
	VFMADD231PS Z27, row, d; \
	VFMADD231PS Z28, row, e; \
	VFMADD231PS Z29, row, f

#define SQUARE(row, query, sum) \
	VSUBPS row, query, Z31; \
	VFMADD231PS Z31, Z31, sum

#define L26(row, a, b, c, d, e, f) \
	SQUARE(row, Z24, a); \
	SQUARE(row, Z25, b); \
	SQUARE(row, Z26, c); \
	SQUARE(row, Z27, d); \
	SQUARE(row, Z28, e); \
	SQUARE(row, Z29, f)

// SUM4 adds lanes up so that the four lanes of each quarter of s are quarters' sums of
// a, b, c and d: (0+2)+(1+3) of each. It uses s, t, and its operands.
#define SUM4(a, b, c, d, s, t) \
	VUNPCKLPS b, a, s; \
	VUNPCKHPS b, a, t; \
	VADDPS s, t, a; \
	VUNPCKLPS d, c, s; \
	VUNPCKHPS d, c, t; \
	VADDPS s, t, c; \
	VUNPCKLPD c, a, s; \
	VUNPCKHPD c, a, t; \
	VADDPS s, t, s

// HALVES adds the quarters 0+2 and 1+3 of a, then those of b, to s.
#define HALVES(a, b, s, t) \
	VSHUFF32X4 $0x44, b, a, s; \
	VSHUFF32X4 $0xee, b, a, t; \
	VADDPS s, t, s

// PUT writes the results of one query at DI, or adds to them.
#define PUT(x) \
	VMOVUPS.Z (DI), K2, X31; \
	VADDPS X31, x, x; \
	VMOVUPS x, K3, (DI)

// FINISH6 adds up the sums of 6 queries and writes them.
#define FINISH6 \
	SUM4(Z0, Z1, Z2, Z3, Z24, Z31); \
	SUM4(Z4, Z5, Z6, Z7, Z25, Z31); \
	SUM4(Z8, Z9, Z10, Z11, Z26, Z31); \
	SUM4(Z12, Z13, Z14, Z15, Z27, Z31); \
	SUM4(Z16, Z17, Z18, Z19, Z28, Z31); \
	SUM4(Z20, Z21, Z22, Z23, Z29, Z31); \
	HALVES(Z24, Z25, Z0, Z31); \
	HALVES(Z26, Z27, Z1, Z31); \
	HALVES(Z28, Z29, Z2, Z31); \
	VSHUFF32X4 $0x88, Z1, Z0, Z3; \
	VSHUFF32X4 $0xdd, Z1, Z0, Z4; \
	VADDPS Z3, Z4, Z3; \
	VSHUFF32X4 $0x88, Z2, Z2, Z4; \
	VSHUFF32X4 $0xdd, Z2, Z2, Z5; \
	VADDPS Z4, Z5, Z4; \
	MOVQ b+0(FP), BX; \
	MOVQ block_outStride(BX), BX; \
	MOVQ DI, AX; \
	VEXTRACTF32X4 $1, Z3, X5; \
	VEXTRACTF32X4 $2, Z3, X6; \
	VEXTRACTF32X4 $3, Z3, X7; \
	VEXTRACTF32X4 $1, Z4, X8; \
	PUT(X3); \
	ADDQ BX, DI; \
	PUT(X5); \
	ADDQ BX, DI; \
	PUT(X6); \
	ADDQ BX, DI; \
	PUT(X7); \
	ADDQ BX, DI; \
	PUT(X4); \
	ADDQ BX, DI; \
	PUT(X8); \
	MOVQ AX, DI

// FINISH2 does so for two queries, in the same order.
#define FINISH2 \
	SUM4(Z0, Z1, Z2, Z3, Z24, Z31); \
	SUM4(Z4, Z5, Z6, Z7, Z25, Z31); \
	HALVES(Z24, Z25, Z2, Z31); \
	VSHUFF32X4 $0x88, Z2, Z2, Z4; \
	VSHUFF32X4 $0xdd, Z2, Z2, Z5; \
	VADDPS Z4, Z5, Z4; \
	VEXTRACTF32X4 $1, Z4, X5; \
	MOVQ b+0(FP), BX; \
	MOVQ block_outStride(BX), BX; \
	MOVQ DI, AX; \
	PUT(X4); \
	ADDQ BX, DI; \
	PUT(X5); \
	MOVQ AX, DI

// FINISH1 does so for one query, in the same order.
#define FINISH1 \
	SUM4(Z0, Z1, Z2, Z3, Z24, Z31); \
	VEXTRACTF64X4 $1, Z24, Y25; \
	VADDPS Y24, Y25, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPS X0, X1, X0; \
	PUT(X0)

// NEXT goes on to the next tile.
#define NEXT \
	ADDQ $16, DI; \
	LEAQ (DX)(R8*4), DX; \
	SUBQ $4, CX

// func dot6AVX512(b *block)
TEXT ·dot6AVX512(SB), NOSPLIT, $0-8
	BEGIN

tile:
	CMPQ CX, $4
	JGE  full
	FEWER

full:
	START
	ZERO24
	TESTQ BX, BX
	JZ    tail

step:
	QUERIES
	VMOVUPS (AX), Z30
	VMOVUPS (AX)(R11*1), Z31
	DOT6(Z30, Z0, Z4, Z8, Z12, Z16, Z20)
	VMOVUPS (AX)(R12*1), Z30
	DOT6(Z31, Z1, Z5, Z9, Z13, Z17, Z21)
	VMOVUPS (AX)(R13*1), Z31
	DOT6(Z30, Z2, Z6, Z10, Z14, Z18, Z22)
	DOT6(Z31, Z3, Z7, Z11, Z15, Z19, Z23)
	ADDQ $64, AX
	ADDQ $64, R15
	DECQ BX
	JNZ  step

tail:
	KORTESTW K1, K1
	JZ       finish
	QUERIESTAIL
	VMOVUPS.Z (AX), K1, Z30
	VMOVUPS.Z (AX)(R11*1), K1, Z31
	DOT6(Z30, Z0, Z4, Z8, Z12, Z16, Z20)
	VMOVUPS.Z (AX)(R12*1), K1, Z30
	DOT6(Z31, Z1, Z5, Z9, Z13, Z17, Z21)
	VMOVUPS.Z (AX)(R13*1), K1, Z31
	DOT6(Z30, Z2, Z6, Z10, Z14, Z18, Z22)
	DOT6(Z31, Z3, Z7, Z11, Z15, Z19, Z23)

finish:
	FINISH6
	NEXT
	JG tile
	VZEROUPPER
	RET

// func l26AVX512(b *block)
TEXT ·l26AVX512(SB), NOSPLIT, $0-8
	BEGIN

tile:
	CMPQ CX, $4
	JGE  full
	FEWER

full:
	START
	ZERO24
	TESTQ BX, BX
	JZ    tail

step:
	QUERIES
	VMOVUPS (AX), Z30
	L26(Z30, Z0, Z4, Z8, Z12, Z16, Z20)
	VMOVUPS (AX)(R11*1), Z30
	L26(Z30, Z1, Z5, Z9, Z13, Z17, Z21)
	VMOVUPS (AX)(R12*1), Z30
	L26(Z30, Z2, Z6, Z10, Z14, Z18, Z22)
	VMOVUPS (AX)(R13*1), Z30
	L26(Z30, Z3, Z7, Z11, Z15, Z19, Z23)
	ADDQ $64, AX
	ADDQ $64, R15
	DECQ BX
	JNZ  step

tail:
	KORTESTW K1, K1
	JZ       finish
	QUERIESTAIL
	VMOVUPS.Z (AX), K1, Z30
	L26(Z30, Z0, Z4, Z8, Z12, Z16, Z20)
	VMOVUPS.Z (AX)(R11*1), K1, Z30
	L26(Z30, Z1, Z5, Z9, Z13, Z17, Z21)
	VMOVUPS.Z (AX)(R12*1), K1, Z30
	L26(Z30, Z2, Z6, Z10, Z14, Z18, Z22)
	VMOVUPS.Z (AX)(R13*1), K1, Z30
	L26(Z30, Z3, Z7, Z11, Z15, Z19, Z23)

finish:
	FINISH6
	NEXT
	JG tile
	VZEROUPPER
	RET

// func dot2AVX512(b *block)
TEXT ·dot2AVX512(SB), NOSPLIT, $0-8
	BEGIN

tile:
	CMPQ CX, $4
	JGE  full
	FEWER

full:
	START
	ZERO4(Z0, Z1, Z2, Z3)
	ZERO4(Z4, Z5, Z6, Z7)
	TESTQ BX, BX
	JZ    tail

step:
	VMOVUPS (R15), Z24
	VMOVUPS (R15)(R8*1), Z25
	VMOVUPS (AX), Z27
	VMOVUPS (AX)(R11*1), Z28
	VMOVUPS (AX)(R12*1), Z29
	VMOVUPS (AX)(R13*1), Z30
	VFMADD231PS Z24, Z27, Z0
	VFMADD231PS Z25, Z27, Z4
	VFMADD231PS Z24, Z28, Z1
	VFMADD231PS Z25, Z28, Z5
	VFMADD231PS Z24, Z29, Z2
	VFMADD231PS Z25, Z29, Z6
	VFMADD231PS Z24, Z30, Z3
	VFMADD231PS Z25, Z30, Z7
	ADDQ $64, AX
	ADDQ $64, R15
	DECQ BX
	JNZ  step

tail:
	KORTESTW K1, K1
	JZ       finish
	VMOVUPS.Z (R15), K1, Z24
	VMOVUPS.Z (R15)(R8*1), K1, Z25
	VMOVUPS.Z (AX), K1, Z27
	VMOVUPS.Z (AX)(R11*1), K1, Z28
	VMOVUPS.Z (AX)(R12*1), K1, Z29
	VMOVUPS.Z (AX)(R13*1), K1, Z30
	VFMADD231PS Z24, Z27, Z0
	VFMADD231PS Z25, Z27, Z4
	VFMADD231PS Z24, Z28, Z1
	VFMADD231PS Z25, Z28, Z5
	VFMADD231PS Z24, Z29, Z2
	VFMADD231PS Z25, Z29, Z6
	VFMADD231PS Z24, Z30, Z3
	VFMADD231PS Z25, Z30, Z7

finish:
	FINISH2
	NEXT
	JG tile
	VZEROUPPER
	RET

// func l22AVX512(b *block)
TEXT ·l22AVX512(SB), NOSPLIT, $0-8
	BEGIN

tile:
	CMPQ CX, $4
	JGE  full
	FEWER

full:
	START
	ZERO4(Z0, Z1, Z2, Z3)
	ZERO4(Z4, Z5, Z6, Z7)
	TESTQ BX, BX
	JZ    tail

step:
	VMOVUPS (R15), Z24
	VMOVUPS (R15)(R8*1), Z25
	VMOVUPS (AX), Z27
	VMOVUPS (AX)(R11*1), Z28
	VMOVUPS (AX)(R12*1), Z29
	VMOVUPS (AX)(R13*1), Z30
	SQUARE(Z27, Z24, Z0)
	SQUARE(Z27, Z25, Z4)
	SQUARE(Z28, Z24, Z1)
	SQUARE(Z28, Z25, Z5)
	SQUARE(Z29, Z24, Z2)
	SQUARE(Z29, Z25, Z6)
	SQUARE(Z30, Z24, Z3)
	SQUARE(Z30, Z25, Z7)
	ADDQ $64, AX
	ADDQ $64, R15
	DECQ BX
	JNZ  step

tail:
	KORTESTW K1, K1
	JZ       finish
	VMOVUPS.Z (R15), K1, Z24
	VMOVUPS.Z (R15)(R8*1), K1, Z25
	VMOVUPS.Z (AX), K1, Z27
	VMOVUPS.Z (AX)(R11*1), K1, Z28
	VMOVUPS.Z (AX)(R12*1), K1, Z29
	VMOVUPS.Z (AX)(R13*1), K1, Z30
	SQUARE(Z27, Z24, Z0)
	SQUARE(Z27, Z25, Z4)
	SQUARE(Z28, Z24, Z1)
	SQUARE(Z28, Z25, Z5)
	SQUARE(Z29, Z24, Z2)
	SQUARE(Z29, Z25, Z6)
	SQUARE(Z30, Z24, Z3)
	SQUARE(Z30, Z25, Z7)

finish:
	FINISH2
	NEXT
	JG tile
	VZEROUPPER
	RET

// func dot1AVX512(b *block)
TEXT ·dot1AVX512(SB), NOSPLIT, $0-8
	BEGIN

tile:
	CMPQ CX, $4
	JGE  full
	FEWER

full:
	START
	ZERO4(Z0, Z1, Z2, Z3)
	TESTQ BX, BX
	JZ    tail

step:
	VMOVUPS (R15), Z24
	VFMADD231PS (AX), Z24, Z0
	VFMADD231PS (AX)(R11*1), Z24, Z1
	VFMADD231PS (AX)(R12*1), Z24, Z2
	VFMADD231PS (AX)(R13*1), Z24, Z3
	ADDQ $64, AX
	ADDQ $64, R15
	DECQ BX
	JNZ  step

tail:
	KORTESTW K1, K1
	JZ       finish
	VMOVUPS.Z (R15), K1, Z24
	VMOVUPS.Z (AX), K1, Z25
	VMOVUPS.Z (AX)(R11*1), K1, Z26
	VMOVUPS.Z (AX)(R12*1), K1, Z27
	VMOVUPS.Z (AX)(R13*1), K1, Z28
	VFMADD231PS Z24, Z25, Z0
	VFMADD231PS Z24, Z26, Z1
	VFMADD231PS Z24, Z27, Z2
	VFMADD231PS Z24, Z28, Z3

finish:
	FINISH1
	NEXT
	JG tile
	VZEROUPPER
	RET

// func l21AVX512(b *block)
TEXT ·l21AVX512(SB), NOSPLIT, $0-8
	BEGIN

tile:
	CMPQ CX, $4
	JGE  full
	FEWER

full:
	START
	ZERO4(Z0, Z1, Z2, Z3)
	TESTQ BX, BX
	JZ    tail

step:
	VMOVUPS (R15), Z24
	VSUBPS (AX), Z24, Z25
	VSUBPS (AX)(R11*1), Z24, Z26
	VSUBPS (AX)(R12*1), Z24, Z27
	VSUBPS (AX)(R13*1), Z24, Z28
	VFMADD231PS Z25, Z25, Z0
	VFMADD231PS Z26, Z26, Z1
	VFMADD231PS Z27, Z27, Z2
	VFMADD231PS Z28, Z28, Z3
	ADDQ $64, AX
	ADDQ $64, R15
	DECQ BX
	JNZ  step

tail:
	KORTESTW K1, K1
	JZ       finish
	VMOVUPS.Z (R15), K1, Z24
	VMOVUPS.Z (AX), K1, Z25
	VMOVUPS.Z (AX)(R11*1), K1, Z26
	VMOVUPS.Z (AX)(R12*1), K1, Z27
	VMOVUPS.Z (AX)(R13*1), K1, Z28
	SQUARE(Z25, Z24, Z0)
	SQUARE(Z26, Z24, Z1)
	SQUARE(Z27, Z24, Z2)
	SQUARE(Z28, Z24, Z3)

finish:
	FINISH1
	NEXT
	JG tile
	VZEROUPPER
	RET
