//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// As the kernel for AVX-512, with 8 centroids in a register: a tile is 2 points and a
// block of 32 centroids.
//
//	SI  first point             R11 its dimension of this step
//	R8  bytes of a point
//	DX  columns                 BX  dimensions that are left
//	R12 blocks that are left    CX  points that are left
//	R13 number of the first centroid of a register
//	DI  numbers                 R9  distances
//	Y0 to Y7      sums: point p and register r of the block in Y(4p+r)
//	Y8, Y9        least distances of the points, Y10, Y11 their numbers
//	Y12, Y13      points, Y14 centroids, Y15 a difference
//
// Y15 is used although Go keeps zero in X15: these are functions of ABI0, after which
// the caller restores it.

#define STEP(at, a, b) \
	VMOVUPS at(DX), Y14; \
	VSUBPS Y14, Y12, Y15; \
	VFMADD231PS Y15, Y15, a; \
	VSUBPS Y14, Y13, Y15; \
	VFMADD231PS Y15, Y15, b

// LESS takes numbers from Y12.
#define LESS(sum, least, number) \
	VCMPPS $0x11, least, sum, Y13; \
	VMINPS least, sum, least; \
	VBLENDVPS Y13, Y12, number, number

#define LESS2(a, b) \
	VMOVD R13, X12; \
	VPBROADCASTD X12, Y12; \
	VPADDD centroidTask_lanes(AX), Y12, Y12; \
	LESS(a, Y8, Y10); \
	LESS(b, Y9, Y11); \
	ADDL $8, R13

#define PUT(p, least, number) \
	VPERM2F128 $1, least, least, Y0; \
	VMINPS Y0, least, Y0; \
	VPERMILPS $0x4e, Y0, Y1; \
	VMINPS Y1, Y0, Y0; \
	VPERMILPS $0xb1, Y0, Y1; \
	VMINPS Y1, Y0, Y0; \
	VMOVSS X0, (4*p)(R9); \
	VCMPPS $0, Y0, least, Y1; \
	VPCMPEQD Y2, Y2, Y2; \
	VBLENDVPS Y1, number, Y2, Y2; \
	VEXTRACTI128 $1, Y2, X3; \
	VPMINUD X3, X2, X2; \
	VPSHUFD $0x4e, X2, X3; \
	VPMINUD X3, X2, X2; \
	VPSHUFD $0xb1, X2, X3; \
	VPMINUD X3, X2, X2; \
	VPEXTRB $0, X2, (p)(DI)

#define ZERO4(a, b, c, d) \
	VXORPS a, a, a; \
	VXORPS b, b, b; \
	VXORPS c, c, c; \
	VXORPS d, d, d

// func nearest2AVX2(t *centroidTask)
TEXT ·nearest2AVX2(SB), NOSPLIT, $0-8
	MOVQ t+0(FP), AX
	MOVQ centroidTask_numbers(AX), DI
	MOVQ centroidTask_distances(AX), R9
	MOVQ centroidTask_points(AX), SI
	MOVQ centroidTask_count(AX), CX
	MOVQ centroidTask_dimension(AX), R8
	SHLQ $2, R8

tile:
	MOVQ centroidTask_columns(AX), DX
	MOVQ centroidTask_blocks(AX), R12
	XORL R13, R13
	VBROADCASTSS centroidTask_infinity(AX), Y8
	VMOVAPS Y8, Y9
	VXORPS Y10, Y10, Y10
	VXORPS Y11, Y11, Y11

block:
	MOVQ SI, R11
	MOVQ centroidTask_dimension(AX), BX
	ZERO4(Y0, Y1, Y2, Y3)
	ZERO4(Y4, Y5, Y6, Y7)

step:
	VBROADCASTSS (R11), Y12
	VBROADCASTSS (R11)(R8*1), Y13
	STEP(0, Y0, Y4)
	STEP(32, Y1, Y5)
	STEP(64, Y2, Y6)
	STEP(96, Y3, Y7)
	ADDQ $128, DX
	ADDQ $4, R11
	DECQ BX
	JNZ  step

	LESS2(Y0, Y4)
	LESS2(Y1, Y5)
	LESS2(Y2, Y6)
	LESS2(Y3, Y7)
	DECQ R12
	JNZ  block

	PUT(0, Y8, Y10)
	PUT(1, Y9, Y11)
	ADDQ $2, DI
	ADDQ $8, R9
	LEAQ (SI)(R8*2), SI
	SUBQ $2, CX
	JG   tile
	VZEROUPPER
	RET
