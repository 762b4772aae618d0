package vector

import (
	"encoding/binary"
	"fmt"
	"io"
	"sort"
)

// OpenFVecs opens vectors in the format of the data sets of INRIA, .fvecs, of a size in
// bytes: each vector is its dimension as an int32, and its numbers as float32, all with
// the least byte first. It reads the first dimension and the last; each is checked when
// its vector is read.
//
// Source: http://corpus-texmex.irisa.fr
func OpenFVecs(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r}
	if err := f.openFVecs(size); err != nil {
		return nil, fmt.Errorf("vector: open fvecs: %w", err)
	}
	return f, nil
}

func (f *File) openFVecs(size int64) error {
	if size == 0 {
		return errEmpty
	}
	d, err := f.fvecsDimension(0)
	if err != nil {
		return err
	}
	if err := checkFileDimension(d); err != nil {
		return fmt.Errorf("the first vector has %w; is it .fvecs, with the least byte first?", err)
	}
	f.layout = fileLayout{counted: true, item: float32Little, dimension: int(d)}
	stride := int64(f.layout.stride())
	count := size / stride
	if count != int64(int(count)) {
		return fmt.Errorf("%d vectors are too many for this machine", count)
	}
	f.layout.count = int(count)
	if err := f.fvecsAligned(count, stride); err != nil {
		return err
	}
	if size%stride != 0 {
		return fmt.Errorf("is cut off: it has %d bytes, of which vector %d, of %d dimensions, has %d of %d", size, count, d, size%stride, stride)
	}
	return nil
}

// fvecsDimension returns the dimension that is at an offset.
func (f *File) fvecsDimension(offset int64) (int64, error) {
	var b [4]byte
	if n, err := f.r.ReadAt(b[:], offset); n < len(b) {
		if err == io.EOF {
			return 0, fmt.Errorf("ends at byte %d, within the dimension of a vector: it is cut off", offset+int64(n))
		}
		return 0, fmt.Errorf("byte %d: %w", offset, err)
	}
	return int64(int32(binary.LittleEndian.Uint32(b[:]))), nil
}

// fvecsAligned checks the dimension of the last whole vector. If it is another one, it
// looks for the place where they differ: behind it, what is read is not at the start of
// a vector, so that halving finds it.
func (f *File) fvecsAligned(count, stride int64) error {
	var failed error
	differs := func(i int64) bool {
		d, err := f.fvecsDimension(i * stride)
		if err != nil {
			failed = err
		}
		return d != int64(f.layout.dimension)
	}
	if count == 0 || !differs(count-1) || failed != nil {
		return failed
	}
	i := int64(sort.Search(int(count), func(i int) bool { return failed == nil && differs(int64(i)) }))
	if failed != nil || i == count {
		return failed
	}
	d, err := f.fvecsDimension(i * stride)
	if err != nil {
		return err
	}
	return f.layout.countDiffers(int(i), d)
}

// checkCount checks the dimension that is before vector i.
func (l fileLayout) checkCount(b []byte, i int) error {
	if d := int64(int32(binary.LittleEndian.Uint32(b))); d != int64(l.dimension) {
		return l.countDiffers(i, d)
	}
	return nil
}

func (l fileLayout) countDiffers(i int, d int64) error {
	return fmt.Errorf("vector %d, byte %d: begins with dimension %d, the first with %d: vectors of one file have one dimension", i, int64(i)*int64(l.stride()), d, l.dimension)
}
