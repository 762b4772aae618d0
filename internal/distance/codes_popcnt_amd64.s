//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// Kernels of codes of at least 8 bytes for processors that count the bits of 64 at a time
// (POPCNT), as all that have AVX2 do. Where bytes are left beyond the full words, the last
// 8 are read, and those that were there already are masked.
//
//	BX  minus the bytes that are left of the full words, then the bytes beyond them
//	CX  tiles that are left   DI  results   AX  a word
//
// Frame: the mask, the bytes beyond the full words, and in the full words, and the stride.

#define BEGIN \
	MOVQ b+0(FP), AX; \
	MOVQ out+8(FP), DI; \
	MOVQ codeBlock_query(AX), SI; \
	MOVQ codeBlock_codes(AX), DX; \
	MOVQ codeBlock_tiles(AX), CX; \
	MOVQ codeBlock_mask(AX), BX; \
	MOVQ BX, mask-8(SP); \
	MOVQ codeBlock_size(AX), BX; \
	ANDQ $7, BX; \
	MOVQ BX, rest-16(SP); \
	MOVQ codeBlock_size(AX), BX; \
	ANDQ $-8, BX; \
	MOVQ BX, full-24(SP); \
	ADDQ BX, SI; \
	ADDQ BX, DX; \
	MOVQ codeBlock_stride(AX), BX; \
	MOVQ BX, stride-32(SP)

// DIFFERENT counts in what bits a word of a code differs from the query.
#define DIFFERENT(code, sum) \
	MOVQ (code)(BX*1), AX; \
	XORQ (SI)(BX*1), AX; \
	POPCNTQ AX, AX; \
	ADDQ AX, sum

#define DIFFERENTREST(code, sum) \
	MOVQ -8(code)(BX*1), AX; \
	XORQ -8(SI)(BX*1), AX; \
	ANDQ mask-8(SP), AX; \
	POPCNTQ AX, AX; \
	ADDQ AX, sum

// hammingPOPCNT computes tiles of 4 codes.
//
//	SI  end of the full words of the query; DX, R8, R9, R15 of the codes
//	R10 to R13  sums
//
// func hammingPOPCNT(b *codeBlock, out *int32)
TEXT ·hammingPOPCNT(SB), NOSPLIT, $32-16
	BEGIN

tile:
	MOVQ stride-32(SP), AX
	LEAQ (DX)(AX*1), R8
	LEAQ (R8)(AX*1), R9
	LEAQ (R9)(AX*1), R15
	MOVQ full-24(SP), BX
	NEGQ BX
	XORL R10, R10
	XORL R11, R11
	XORL R12, R12
	XORL R13, R13

word:
	DIFFERENT(DX, R10)
	DIFFERENT(R8, R11)
	DIFFERENT(R9, R12)
	DIFFERENT(R15, R13)
	ADDQ $8, BX
	JNZ  word

	MOVQ  rest-16(SP), BX
	TESTQ BX, BX
	JZ    finish
	DIFFERENTREST(DX, R10)
	DIFFERENTREST(R8, R11)
	DIFFERENTREST(R9, R12)
	DIFFERENTREST(R15, R13)

finish:
	MOVL R10, (DI)
	MOVL R11, 4(DI)
	MOVL R12, 8(DI)
	MOVL R13, 12(DI)
	ADDQ $16, DI
	MOVQ stride-32(SP), DX
	ADDQ R15, DX
	DECQ CX
	JNZ  tile
	RET

// COMMON counts the bits that a word of the code and of a plane have in common.
#define COMMON(plane, sum) \
	MOVQ (plane)(BX*1), AX; \
	ANDQ (DX)(BX*1), AX; \
	POPCNTQ AX, AX; \
	ADDQ AX, sum

#define COMMONREST(plane, sum) \
	MOVQ -8(plane)(BX*1), AX; \
	ANDQ -8(DX)(BX*1), AX; \
	ANDQ mask-8(SP), AX; \
	POPCNTQ AX, AX; \
	ADDQ AX, sum

// nibblePOPCNT computes tiles of 1 code.
//
//	DX  end of the full words of the code; SI, R8, R9, R15 of the planes
//	R10 to R13  sums of the planes
//
// func nibblePOPCNT(b *codeBlock, out *int32)
TEXT ·nibblePOPCNT(SB), NOSPLIT, $32-16
	BEGIN
	MOVQ b+0(FP), AX
	MOVQ codeBlock_size(AX), AX
	LEAQ (SI)(AX*1), R8
	LEAQ (R8)(AX*1), R9
	LEAQ (R9)(AX*1), R15

tile:
	MOVQ full-24(SP), BX
	NEGQ BX
	XORL R10, R10
	XORL R11, R11
	XORL R12, R12
	XORL R13, R13

word:
	COMMON(SI, R10)
	COMMON(R8, R11)
	COMMON(R9, R12)
	COMMON(R15, R13)
	ADDQ $8, BX
	JNZ  word

	MOVQ  rest-16(SP), BX
	TESTQ BX, BX
	JZ    finish
	COMMONREST(SI, R10)
	COMMONREST(R8, R11)
	COMMONREST(R9, R12)
	COMMONREST(R15, R13)

finish:
	LEAQ (R12)(R13*2), R12
	LEAQ (R11)(R12*2), R11
	LEAQ (R10)(R11*2), R10
	MOVL R10, (DI)
	ADDQ $4, DI
	ADDQ stride-32(SP), DX
	DECQ CX
	JNZ  tile
	RET
