//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// Kernels for AVX2 and FMA, of a tile of 3 queries and 4 rows, and of 1 query and 4
// rows. They are as those for AVX-512 are, with 8 dimensions in a register and 16
// registers: 12 sums, 3 queries and a row leave none, so L2s, which need one for
// differences, read the third query again for each row.
//
//	SI  first query             R15 its dimensions of this step
//	DX  first row of the tile   AX  its dimensions of this step
//	DI  results of the first query and row
//	CX  rows that are left      BX  steps that are left, then the block
//	R8  bytes of a vector
//	R11, R12, R13 bytes to the rows 1, 2 and 3 of the tile. Where there are no more rows,
//	              they lead to one that is there, and its result is not written
//	Y0 to Y11     sums: query q and row r in Y(4q+r)
//	Y12 to Y15    queries and rows, or differences
//
// Y15 is used although Go keeps zero in X15: these are functions of ABI0, after which
// the caller restores it.

#define BEGIN \
	MOVQ b+0(FP), AX; \
	MOVQ block_out(AX), DI; \
	MOVQ block_queries(AX), SI; \
	MOVQ block_rows(AX), DX; \
	MOVQ block_count(AX), CX; \
	MOVQ block_stride(AX), R8; \
	MOVQ R8, R11; \
	LEAQ (R8)(R8*1), R12; \
	LEAQ (R8)(R8*2), R13

// FEWER sets offsets for 1 to 3 rows.
#define FEWER \
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
	VXORPS a, a, a; \
	VXORPS b, b, b; \
	VXORPS c, c, c; \
	VXORPS d, d, d

#define DOT3(row, a, b, c) \
	VFMADD231PS Y12, row, a; \
	VFMADD231PS Y13, row, b; \
	VFMADD231PS Y14, row, c

// L23 takes the row from Y14 and the third query from memory.
#define L23(a, b, c) \
	VSUBPS Y14, Y12, Y15; \
	VFMADD231PS Y15, Y15, a; \
	VSUBPS Y14, Y13, Y15; \
	VFMADD231PS Y15, Y15, b; \
	VSUBPS (R15)(R8*2), Y14, Y15; \
	VFMADD231PS Y15, Y15, c

// L23TAIL reads the third query with the mask.
#define L23TAIL(a, b, c) \
	VSUBPS Y14, Y12, Y15; \
	VFMADD231PS Y15, Y15, a; \
	VSUBPS Y14, Y13, Y15; \
	VFMADD231PS Y15, Y15, b; \
	VMOVUPS block_tailLanes(BX), Y15; \
	VMASKMOVPS (R15)(R8*2), Y15, Y15; \
	VSUBPS Y15, Y14, Y15; \
	VFMADD231PS Y15, Y15, c

// TAIL goes to end if no numbers are left beyond the full registers; if there are, it
// leaves the block in BX and their mask in Y15.
#define TAIL(end) \
	MOVQ b+0(FP), BX; \
	CMPL block_tail(BX), $0; \
	JEQ end; \
	VMOVUPS block_tailLanes(BX), Y15

// SUM4 adds lanes up: of each of a, b, c and d, (0+2)+(1+3) of both halves, then the
// halves. The results are in x, which is the lower half of a.
#define SUM4(a, b, c, d, x) \
	VUNPCKLPS b, a, Y12; \
	VUNPCKHPS b, a, Y13; \
	VADDPS Y12, Y13, Y12; \
	VUNPCKLPS d, c, Y14; \
	VUNPCKHPS d, c, Y15; \
	VADDPS Y14, Y15, Y14; \
	VUNPCKLPD Y14, Y12, Y13; \
	VUNPCKHPD Y14, Y12, Y15; \
	VADDPS Y13, Y15, a; \
	VEXTRACTF128 $1, a, X13; \
	VADDPS X13, x, x

// PUT writes four results at AX, or adds to them.
#define PUT(x) \
	VMOVUPS block_addLanes(BX), X13; \
	VMASKMOVPS (AX), X13, X14; \
	VADDPS X14, x, x; \
	VMOVUPS x, (AX)

// PUTFEWER does so with the results whose bits are set in X12.
#define PUTFEWER(x) \
	VANDPS block_addLanes(BX), X12, X13; \
	VMASKMOVPS (AX), X13, X14; \
	VADDPS X14, x, x; \
	VMASKMOVPS x, X12, (AX)

// FEWERLANES sets X12 for the rows that are left, 1 to 3.
#define FEWERLANES \
	MOVQ $4, R15; \
	SUBQ CX, R15; \
	VMOVUPS block_rowLanes(BX)(R15*4), X12

// FINISH3 adds up the sums of 3 queries and writes them.
#define FINISH3 \
	SUM4(Y0, Y1, Y2, Y3, X0); \
	SUM4(Y4, Y5, Y6, Y7, X4); \
	SUM4(Y8, Y9, Y10, Y11, X8); \
	MOVQ b+0(FP), BX; \
	MOVQ block_outStride(BX), R13; \
	MOVQ DI, AX

#define PUT3 \
	PUT(X0); \
	ADDQ R13, AX; \
	PUT(X4); \
	ADDQ R13, AX; \
	PUT(X8)

#define PUTFEWER3 \
	PUTFEWER(X0); \
	ADDQ R13, AX; \
	PUTFEWER(X4); \
	ADDQ R13, AX; \
	PUTFEWER(X8)

// NEXT goes on to the next tile.
#define NEXT \
	ADDQ $16, DI; \
	LEAQ (DX)(R8*4), DX; \
	SUBQ $4, CX

// func dot3AVX2(b *block)
TEXT ·dot3AVX2(SB), NOSPLIT, $0-8
	BEGIN

tile:
	LEAQ (R8)(R8*2), R13
	CMPQ CX, $4
	JGE  full
	FEWER

full:
	START
	ZERO4(Y0, Y1, Y2, Y3)
	ZERO4(Y4, Y5, Y6, Y7)
	ZERO4(Y8, Y9, Y10, Y11)
	TESTQ BX, BX
	JZ    tail

step:
	VMOVUPS (R15), Y12
	VMOVUPS (R15)(R8*1), Y13
	VMOVUPS (R15)(R8*2), Y14
	VMOVUPS (AX), Y15
	DOT3(Y15, Y0, Y4, Y8)
	VMOVUPS (AX)(R11*1), Y15
	DOT3(Y15, Y1, Y5, Y9)
	VMOVUPS (AX)(R12*1), Y15
	DOT3(Y15, Y2, Y6, Y10)
	VMOVUPS (AX)(R13*1), Y15
	DOT3(Y15, Y3, Y7, Y11)
	ADDQ $32, AX
	ADDQ $32, R15
	DECQ BX
	JNZ  step

tail:
	TAIL(finish)
	VMASKMOVPS (R15), Y15, Y12
	VMASKMOVPS (R15)(R8*1), Y15, Y13
	VMASKMOVPS (R15)(R8*2), Y15, Y14
	VMASKMOVPS (AX), Y15, Y15
	DOT3(Y15, Y0, Y4, Y8)
	VMOVUPS block_tailLanes(BX), Y15
	VMASKMOVPS (AX)(R11*1), Y15, Y15
	DOT3(Y15, Y1, Y5, Y9)
	VMOVUPS block_tailLanes(BX), Y15
	VMASKMOVPS (AX)(R12*1), Y15, Y15
	DOT3(Y15, Y2, Y6, Y10)
	VMOVUPS block_tailLanes(BX), Y15
	VMASKMOVPS (AX)(R13*1), Y15, Y15
	DOT3(Y15, Y3, Y7, Y11)

finish:
	FINISH3
	CMPQ CX, $4
	JLT  fewer
	PUT3
	NEXT
	JG tile
	VZEROUPPER
	RET

fewer:
	FEWERLANES
	PUTFEWER3
	VZEROUPPER
	RET

// func l23AVX2(b *block)
TEXT ·l23AVX2(SB), NOSPLIT, $0-8
	BEGIN

tile:
	LEAQ (R8)(R8*2), R13
	CMPQ CX, $4
	JGE  full
	FEWER

full:
	START
	ZERO4(Y0, Y1, Y2, Y3)
	ZERO4(Y4, Y5, Y6, Y7)
	ZERO4(Y8, Y9, Y10, Y11)
	TESTQ BX, BX
	JZ    tail

step:
	VMOVUPS (R15), Y12
	VMOVUPS (R15)(R8*1), Y13
	VMOVUPS (AX), Y14
	L23(Y0, Y4, Y8)
	VMOVUPS (AX)(R11*1), Y14
	L23(Y1, Y5, Y9)
	VMOVUPS (AX)(R12*1), Y14
	L23(Y2, Y6, Y10)
	VMOVUPS (AX)(R13*1), Y14
	L23(Y3, Y7, Y11)
	ADDQ $32, AX
	ADDQ $32, R15
	DECQ BX
	JNZ  step

tail:
	TAIL(finish)
	VMASKMOVPS (R15), Y15, Y12
	VMASKMOVPS (R15)(R8*1), Y15, Y13
	VMASKMOVPS (AX), Y15, Y14
	L23TAIL(Y0, Y4, Y8)
	VMOVUPS block_tailLanes(BX), Y15
	VMASKMOVPS (AX)(R11*1), Y15, Y14
	L23TAIL(Y1, Y5, Y9)
	VMOVUPS block_tailLanes(BX), Y15
	VMASKMOVPS (AX)(R12*1), Y15, Y14
	L23TAIL(Y2, Y6, Y10)
	VMOVUPS block_tailLanes(BX), Y15
	VMASKMOVPS (AX)(R13*1), Y15, Y14
	L23TAIL(Y3, Y7, Y11)

finish:
	FINISH3
	CMPQ CX, $4
	JLT  fewer
	PUT3
	NEXT
	JG tile
	VZEROUPPER
	RET

fewer:
	FEWERLANES
	PUTFEWER3
	VZEROUPPER
	RET

// func dot1AVX2(b *block)
TEXT ·dot1AVX2(SB), NOSPLIT, $0-8
	BEGIN

tile:
	CMPQ CX, $4
	JGE  full
	FEWER

full:
	START
	ZERO4(Y0, Y1, Y2, Y3)
	TESTQ BX, BX
	JZ    tail

step:
	VMOVUPS (R15), Y12
	VFMADD231PS (AX), Y12, Y0
	VFMADD231PS (AX)(R11*1), Y12, Y1
	VFMADD231PS (AX)(R12*1), Y12, Y2
	VFMADD231PS (AX)(R13*1), Y12, Y3
	ADDQ $32, AX
	ADDQ $32, R15
	DECQ BX
	JNZ  step

tail:
	TAIL(finish)
	VMASKMOVPS (R15), Y15, Y12
	VMASKMOVPS (AX), Y15, Y13
	VMASKMOVPS (AX)(R11*1), Y15, Y14
	VFMADD231PS Y12, Y13, Y0
	VFMADD231PS Y12, Y14, Y1
	VMASKMOVPS (AX)(R12*1), Y15, Y13
	VMASKMOVPS (AX)(R13*1), Y15, Y14
	VFMADD231PS Y12, Y13, Y2
	VFMADD231PS Y12, Y14, Y3

finish:
	SUM4(Y0, Y1, Y2, Y3, X0)
	MOVQ b+0(FP), BX
	MOVQ DI, AX
	CMPQ CX, $4
	JLT  fewer
	PUT(X0)
	NEXT
	JG tile
	VZEROUPPER
	RET

fewer:
	FEWERLANES
	PUTFEWER(X0)
	VZEROUPPER
	RET

// func l21AVX2(b *block)
TEXT ·l21AVX2(SB), NOSPLIT, $0-8
	BEGIN

tile:
	CMPQ CX, $4
	JGE  full
	FEWER

full:
	START
	ZERO4(Y0, Y1, Y2, Y3)
	TESTQ BX, BX
	JZ    tail

step:
	VMOVUPS (R15), Y12
	VSUBPS (AX), Y12, Y13
	VFMADD231PS Y13, Y13, Y0
	VSUBPS (AX)(R11*1), Y12, Y14
	VFMADD231PS Y14, Y14, Y1
	VSUBPS (AX)(R12*1), Y12, Y13
	VFMADD231PS Y13, Y13, Y2
	VSUBPS (AX)(R13*1), Y12, Y14
	VFMADD231PS Y14, Y14, Y3
	ADDQ $32, AX
	ADDQ $32, R15
	DECQ BX
	JNZ  step

tail:
	TAIL(finish)
	VMASKMOVPS (R15), Y15, Y12
	VMASKMOVPS (AX), Y15, Y13
	VSUBPS Y13, Y12, Y13
	VFMADD231PS Y13, Y13, Y0
	VMASKMOVPS (AX)(R11*1), Y15, Y14
	VSUBPS Y14, Y12, Y14
	VFMADD231PS Y14, Y14, Y1
	VMASKMOVPS (AX)(R12*1), Y15, Y13
	VSUBPS Y13, Y12, Y13
	VFMADD231PS Y13, Y13, Y2
	VMASKMOVPS (AX)(R13*1), Y15, Y14
	VSUBPS Y14, Y12, Y14
	VFMADD231PS Y14, Y14, Y3

finish:
	SUM4(Y0, Y1, Y2, Y3, X0)
	MOVQ b+0(FP), BX
	MOVQ DI, AX
	CMPQ CX, $4
	JLT  fewer
	PUT(X0)
	NEXT
	JG tile
	VZEROUPPER
	RET

fewer:
	FEWERLANES
	PUTFEWER(X0)
	VZEROUPPER
	RET
