package quantizer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"
)

// naiveRotation is the matrix as the documentation has it: each row in its turn, less
// what it has of those before it.
func naiveRotation(dimension int) [][]float32 {
	random := newJavaRandom(1212121212)
	rows := make([][]float32, dimension)
	for i := range rows {
		rows[i] = make([]float32, dimension)
		for j := range rows[i] {
			rows[i][j] = float32(random.gaussian())
		}
	}
	for i, row := range rows {
		scaleRow(row, luceneDot(row, row))
		for _, before := range rows[:i] {
			dot := plainDot(row, before)
			for j := range row {
				row[j] -= float32(dot * before[j])
			}
		}
		scaleRow(row, plainDot(row, row))
	}
	return rows
}

// TestRotationOrder: that rows take turns changes no bit.
func TestRotationOrder(t *testing.T) {
	for _, dimension := range []int{1, 2, 5, 16, 17, 37, 100} {
		got, err := makeRotation(t.Context(), dimension)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range naiveRotation(dimension) {
			for j, want := range row {
				if x := got[i*dimension+j]; x != want {
					t.Fatalf("%d dimensions: row %d, column %d is %v, want %v", dimension, i, j, x, want)
				}
			}
		}
	}
}

// TestRotationOrthonormal: rows are of length 1 and at right angles.
func TestRotationOrthonormal(t *testing.T) {
	const dimension = 128
	matrix, err := makeRotation(t.Context(), dimension)
	if err != nil {
		t.Fatal(err)
	}
	for i := range dimension {
		for k := range dimension {
			var dot float64
			for j := range dimension {
				dot += float64(matrix[i*dimension+j]) * float64(matrix[k*dimension+j])
			}
			want := 0.0
			if i == k {
				want = 1
			}
			if math.Abs(dot-want) > 1e-4 {
				t.Fatalf("rows %d and %d: %v, want %v", i, k, dot, want)
			}
		}
	}
}

// TestRotateAlone: a vector is rotated to the same bits alone as among others, so that
// it does not matter how vectors are put into blocks.
func TestRotateAlone(t *testing.T) {
	for _, dimension := range []int{3, 16, 50, 96, 131, 384} {
		matrix, err := makeRotation(t.Context(), dimension)
		if err != nil {
			t.Fatal(err)
		}
		rows := binaryDrawn(67, dimension, 1)
		all, one := make([]float32, len(rows.values)), make([]float32, dimension)
		rotate(all, rows.values, matrix, dimension)
		for r := range rows.Len() {
			rotate(one, rows.values[r*dimension:(r+1)*dimension], matrix, dimension)
			for i, x := range one {
				if all[r*dimension+i] != x {
					t.Fatalf("%d dimensions, vector %d: %v alone, %v among others", dimension, r, x, all[r*dimension+i])
				}
				var want float64
				for j := range dimension {
					want += float64(matrix[i*dimension+j]) * float64(rows.values[r*dimension+j])
				}
				if math.Abs(float64(x)-want) > 1e-3 {
					t.Fatalf("%d dimensions, vector %d: %v, want %v", dimension, r, x, want)
				}
			}
		}
	}
}

// TestBinaryRotation: vectors and queries are rotated alike, for Hamming and for ADC.
func TestBinaryRotation(t *testing.T) {
	const dimension = 40
	rows := binaryDrawn(300, dimension, 2)
	matrix, err := makeRotation(t.Context(), dimension)
	if err != nil {
		t.Fatal(err)
	}
	rotated := &binaryRows{dimension: dimension, values: make([]float32, len(rows.values))}
	rotate(rotated.values, rows.values, matrix, dimension)
	for _, method := range []Binary{{Bits: 1}, {Bits: 2}, {Bits: 4}, {Bits: 1, ADC: true}, {Bits: 1, ADC: true, Space: InnerProduct}} {
		plain := trainBinary(t, method, rotated)
		method.RandomRotation = true
		q := trainBinary(t, method, rows)
		got, want := make([]float32, rows.Len()), make([]float32, rows.Len())
		q.Query(rows.values[:dimension]).Score(got, binaryCodes(q, rows))
		plain.Query(rotated.values[:dimension]).Score(want, binaryCodes(plain, rotated))
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%+v: score %d is %v, want %v", method, i, got[i], want[i])
			}
		}
	}
}

// TestRotationOfThePlugin compares with the matrix of the k-NN plugin 3.6, run with
// -Dlucene.useScalarFMA=false and without the vector unit.
func TestRotationOfThePlugin(t *testing.T) {
	for dimension, want := range map[int]string{64: "328dd966f604a3df9188240b956e62d355949339409a36f87fe19d6263dcb90f", 384: "1baab04d930e64dd93df12566cfb7add47c90c61e7db5390e33839d5cf4a4152"} {
		matrix, err := makeRotation(t.Context(), dimension)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.New()
		if err := binary.Write(hash, binary.BigEndian, matrix); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(hash.Sum(nil)); got != want {
			t.Errorf("%d dimensions: the matrix has the hash %s, want %s", dimension, got, want)
		}
	}
}
