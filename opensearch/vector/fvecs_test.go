package vector

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"
)

// naiveFVecs reads .fvecs from first to last, or returns nothing.
func naiveFVecs(content []byte) (values []float32, dimension int32) {
	r := bytes.NewReader(content)
	for r.Len() > 0 {
		var d int32
		if binary.Read(r, binary.LittleEndian, &d) != nil || d < 1 || d > MaxDimension || dimension != 0 && d != dimension {
			return nil, 0
		}
		vector := make([]float32, d)
		if binary.Read(r, binary.LittleEndian, vector) != nil || finite(vector) >= 0 {
			return nil, 0
		}
		values, dimension = append(values, vector...), d
	}
	return values, dimension
}

func FuzzFVecs(f *testing.F) {
	f.Add(fvecsOf(3, fileNumbers(4, 3)))
	f.Add(fvecsOf(3, fileNumbers(4, 3))[:50])
	f.Add(append(fvecsOf(3, fileNumbers(2, 3)), fvecsOf(1, fileNumbers(2, 1))...))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0xc0, 0x7f})
	f.Add([]byte{0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, content []byte) {
		want, dimension := naiveFVecs(content)
		got, err := OpenFVecs(bytes.NewReader(content), int64(len(content)))
		if err == nil {
			err = got.Check(t.Context())
		}
		if (err == nil) != (dimension > 0) {
			t.Fatalf("%x: got %v, naively dimension %d", content, err, dimension)
		}
		if err == nil && (got.Dimension() != int(dimension) || !slices.Equal(allVectors(t, got), want)) {
			t.Errorf("%x: got %v, want %v", content, allVectors(t, got), want)
		}
	})
}

// hugeFVecs is as many vectors of dimension 2 as fit into a size, none of them there.
type hugeFVecs struct{}

func (hugeFVecs) ReadAt(b []byte, off int64) (int, error) {
	clear(b)
	for i := range b {
		if (off+int64(i))%12 == 0 {
			b[i] = 2
		}
	}
	return len(b), nil
}

// TestFVecsHuge opens 12 PB, and reads the last vector.
func TestFVecsHuge(t *testing.T) {
	size := int64(12_000_000_000_000_000)
	f, err := OpenFVecs(hugeFVecs{}, size)
	if size/12 > math.MaxInt {
		if err == nil {
			t.Error("more vectors than an int counts are no error")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	count := int(size / 12)
	last := []float32{7, 7}
	if err := f.ReadVectors(last, count-1); err != nil || f.Len() != count || last[0] != 0 {
		t.Errorf("%d vectors, the last %v: %v", f.Len(), last, err)
	}
}

// TestFVecsSearch finds the place where dimensions differ however far it is.
func TestFVecsSearch(t *testing.T) {
	for _, same := range []int{1, 2, 63, 64, 1000} {
		content := append(fvecsOf(4, fileNumbers(same, 4)), fvecsOf(3, fileNumbers(500, 3))...)
		_, err := OpenFVecs(bytes.NewReader(content), int64(len(content)))
		want := (fileLayout{counted: true, item: float32Little, dimension: 4}).countDiffers(same, 3)
		if err == nil || errors.Unwrap(err) == nil || errors.Unwrap(err).Error() != want.Error() {
			t.Errorf("%d: got %v, want %v", same, err, want)
		}
	}
}
