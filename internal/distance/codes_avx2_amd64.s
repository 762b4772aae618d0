//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// PRODUCTS adds the products of the query, Y4, with 16 bytes of a code, both as 16 bits.
// Two products, 2·2¹⁴ at most, are added up in 32 bits, which cannot overflow, as the 16
// bits of VPMADDUBSW could.
#define PRODUCTS(code, sum) \
	VPMOVSXBW code, Y5; \
	VPMADDWD Y5, Y4, Y5; \
	VPADDD Y5, sum, sum

// int8DotAVX2 computes tiles of 4 codes of at least 16 bytes. Where bytes are left beyond
// the full registers, the last 16 of each code are read, with those of the query that
// were not there yet, after zeros.
//
//	DX  first code of the tile   AX  its bytes of this step
//	SI  the query                R15 its bytes of this step
//	DI  results                  CX  tiles that are left
//	BX  steps that are left, then the block
//	R8, R9  bytes of 1 and 3 codes
//
// func int8DotAVX2(b *codeBlock, out *int32)
TEXT ·int8DotAVX2(SB), NOSPLIT, $0-16
	MOVQ b+0(FP), AX
	MOVQ out+8(FP), DI
	MOVQ codeBlock_query(AX), SI
	MOVQ codeBlock_codes(AX), DX
	MOVQ codeBlock_tiles(AX), CX
	MOVQ codeBlock_stride(AX), R8
	LEAQ (R8)(R8*2), R9

tile:
	MOVQ  DX, AX
	MOVQ  SI, R15
	MOVQ  b+0(FP), BX
	MOVQ  codeBlock_steps(BX), BX
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3

step:
	VPMOVSXBW (R15), Y4
	PRODUCTS((AX), Y0)
	PRODUCTS((AX)(R8*1), Y1)
	PRODUCTS((AX)(R8*2), Y2)
	PRODUCTS((AX)(R9*1), Y3)
	ADDQ $16, AX
	ADDQ $16, R15
	DECQ BX
	JNZ  step

	MOVQ b+0(FP), BX
	CMPQ codeBlock_tail(BX), $0
	JEQ  finish
	MOVQ DX, AX
	ADDQ codeBlock_size(BX), AX
	MOVQ codeBlock_rest(BX), R15
	VPMOVSXBW (R15), Y4
	PRODUCTS(-16(AX), Y0)
	PRODUCTS(-16(AX)(R8*1), Y1)
	PRODUCTS(-16(AX)(R8*2), Y2)
	PRODUCTS(-16(AX)(R9*1), Y3)

finish:
	VPUNPCKLDQ Y1, Y0, Y4
	VPUNPCKHDQ Y1, Y0, Y5
	VPADDD Y4, Y5, Y0
	VPUNPCKLDQ Y3, Y2, Y4
	VPUNPCKHDQ Y3, Y2, Y5
	VPADDD Y4, Y5, Y2
	VPUNPCKLQDQ Y2, Y0, Y4
	VPUNPCKHQDQ Y2, Y0, Y5
	VPADDD Y4, Y5, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X0, X1, X0
	VMOVDQU X0, (DI)
	ADDQ $16, DI
	LEAQ (DX)(R8*4), DX
	DECQ CX
	JNZ  tile
	VZEROUPPER
	RET
