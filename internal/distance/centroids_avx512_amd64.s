//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// A register holds one dimension of 16 centroids; a tile is 4 points and a block of 64
// centroids. A step loads 4 registers and 4 numbers, which are copied to all lanes, for
// 16 differences and 16 squares. Where a distance is less than what its lane has, it
// and its number take that place; at the end of the last block, lanes are compared.
//
//	SI  first point             R11 its dimension of this step
//	R8, R10 bytes of 1 and 3 points
//	DX  columns                 BX  dimensions that are left
//	R12 blocks that are left    CX  points that are left
//	DI  numbers                 R9  distances
//	Z0 to Z15     sums: point p and register r of the block in Z(4p+r)
//	Z16 to Z19    least distances of the points, Z20 to Z23 their numbers
//	Z24 to Z27    points, Z28 centroids, Z29 a difference
//	Z30 numbers of centroids    Z31 16

#define SQUARE(point, sum) \
	VSUBPS Z28, point, Z29; \
	VFMADD231PS Z29, Z29, sum

#define STEP(at, a, b, c, d) \
	VMOVUPS at(DX), Z28; \
	SQUARE(Z24, a); \
	SQUARE(Z25, b); \
	SQUARE(Z26, c); \
	SQUARE(Z27, d)

// LESS compares with condition 0x11, "less, ordered, quiet". Of a sum that is NaN, VMINPS
// takes the other one.
#define LESS(sum, least, number) \
	VCMPPS $0x11, least, sum, K1; \
	VMINPS least, sum, least; \
	VMOVDQA32 Z30, K1, number

#define LESS4(a, b, c, d) \
	LESS(a, Z16, Z20); \
	LESS(b, Z17, Z21); \
	LESS(c, Z18, Z22); \
	LESS(d, Z19, Z23); \
	VPADDD Z31, Z30, Z30

// PUT writes the least of all lanes of a point, and the lowest number of a lane that has
// it.
#define PUT(p, zleast, yleast, number) \
	VEXTRACTF64X4 $1, zleast, Y0; \
	VMINPS Y0, yleast, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VMINPS X1, X0, X0; \
	VPERMILPS $0x4e, X0, X1; \
	VMINPS X1, X0, X0; \
	VPERMILPS $0xb1, X0, X1; \
	VMINPS X1, X0, X0; \
	VMOVSS X0, (4*p)(R9); \
	VBROADCASTSS X0, Z0; \
	VCMPPS $0, Z0, zleast, K1; \
	VPTERNLOGD $0xff, Z2, Z2, Z2; \
	VMOVDQA32 number, K1, Z2; \
	VEXTRACTI64X4 $1, Z2, Y3; \
	VPMINUD Y3, Y2, Y2; \
	VEXTRACTI128 $1, Y2, X3; \
	VPMINUD X3, X2, X2; \
	VPSHUFD $0x4e, X2, X3; \
	VPMINUD X3, X2, X2; \
	VPSHUFD $0xb1, X2, X3; \
	VPMINUD X3, X2, X2; \
	VPEXTRB $0, X2, (p)(DI)

#define ZERO4(a, b, c, d) \
	VPXORD a, a, a; \
	VPXORD b, b, b; \
	VPXORD c, c, c; \
	VPXORD d, d, d

// func nearest4AVX512(t *centroidTask)
TEXT ·nearest4AVX512(SB), NOSPLIT, $0-8
	MOVQ t+0(FP), AX
	MOVQ centroidTask_numbers(AX), DI
	MOVQ centroidTask_distances(AX), R9
	MOVQ centroidTask_points(AX), SI
	MOVQ centroidTask_count(AX), CX
	MOVQ centroidTask_dimension(AX), R8
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R10
	MOVL $16, BX
	VPBROADCASTD BX, Z31

tile:
	MOVQ centroidTask_columns(AX), DX
	MOVQ centroidTask_blocks(AX), R12
	VMOVDQU32 centroidTask_lanes(AX), Z30
	VBROADCASTSS centroidTask_infinity(AX), Z16
	VMOVAPS Z16, Z17
	VMOVAPS Z16, Z18
	VMOVAPS Z16, Z19
	ZERO4(Z20, Z21, Z22, Z23)

block:
	MOVQ SI, R11
	MOVQ centroidTask_dimension(AX), BX
	ZERO4(Z0, Z1, Z2, Z3)
	ZERO4(Z4, Z5, Z6, Z7)
	ZERO4(Z8, Z9, Z10, Z11)
	ZERO4(Z12, Z13, Z14, Z15)

step:
	VBROADCASTSS (R11), Z24
	VBROADCASTSS (R11)(R8*1), Z25
	VBROADCASTSS (R11)(R8*2), Z26
	VBROADCASTSS (R11)(R10*1), Z27
	STEP(0, Z0, Z4, Z8, Z12)
	STEP(64, Z1, Z5, Z9, Z13)
	STEP(128, Z2, Z6, Z10, Z14)
	STEP(192, Z3, Z7, Z11, Z15)
	ADDQ $256, DX
	ADDQ $4, R11
	DECQ BX
	JNZ  step

	LESS4(Z0, Z4, Z8, Z12)
	LESS4(Z1, Z5, Z9, Z13)
	LESS4(Z2, Z6, Z10, Z14)
	LESS4(Z3, Z7, Z11, Z15)
	DECQ R12
	JNZ  block

	PUT(0, Z16, Y16, Z20)
	PUT(1, Z17, Y17, Z21)
	PUT(2, Z18, Y18, Z22)
	PUT(3, Z19, Y19, Z23)
	ADDQ $4, DI
	ADDQ $16, R9
	LEAQ (SI)(R8*4), SI
	SUBQ $4, CX
	JG   tile
	VZEROUPPER
	RET
