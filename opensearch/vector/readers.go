package vector

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// A File is vectors in a file, of which memory holds none: they are read when they are
// asked for. Its methods may be called from several goroutines, but for Close.
type File struct {
	name    string // for errors
	r       io.ReaderAt
	close   func() error // nil if there is nothing to close
	layout  fileLayout
	buffers sync.Pool // of *[]byte
}

// A fileLayout says where the numbers of a file are: vectors of equal size, one after
// the other, each perhaps with a count before its numbers.
type fileLayout struct {
	start     int64 // offset of the first vector
	counted   bool  // whether its dimension is before each vector, as 4 bytes
	item      fileItem
	dimension int
	count     int
}

const fileBuffer = 64 << 10 // bytes that are decoded at once: as much as stays in a processor's cache

// stride returns how many bytes a vector takes.
func (l fileLayout) stride() int {
	n := l.dimension * l.item.size
	if l.counted {
		n += 4
	}
	return n
}

// Len returns how many vectors there are.
func (f *File) Len() int { return f.layout.count }

// Dimension returns how many numbers a vector has.
func (f *File) Dimension() int { return f.layout.dimension }

// Name returns what errors call the file; empty if nobody named it.
func (f *File) Name() string { return f.name }

// Close closes the file, and removes it if it was a temporary one.
func (f *File) Close() error {
	if f.close == nil {
		return nil
	}
	return f.close()
}

// ReadVectors reads vectors, beginning with number from, as many as dst has room for.
// The error is a [ValueError] for what is NaN, infinite, or beyond float32.
func (f *File) ReadVectors(dst []float32, from int) error {
	if err := f.read(dst, from); err != nil {
		return f.wrap(err)
	}
	if i := finite(dst); i >= 0 {
		return f.wrap(f.valueError(dst, i, from))
	}
	return nil
}

// read is ReadVectors without the look at what was read.
func (f *File) read(dst []float32, from int) error {
	d := f.layout.dimension
	n := len(dst) / d
	if from < 0 || len(dst)%d != 0 || n > f.layout.count-from {
		return fmt.Errorf("%d numbers from vector %d on: there are %d vectors of %d", len(dst), from, f.layout.count, d)
	}
	stride := f.layout.stride()
	buf := f.buffer(stride)
	defer f.buffers.Put(buf)
	for n > 0 {
		block := min(n, len(*buf)/stride)
		if err := f.readBlock(dst[:block*d], (*buf)[:block*stride], from); err != nil {
			return err
		}
		dst, from, n = dst[block*d:], from+block, n-block
	}
	return nil
}

func (f *File) buffer(stride int) *[]byte {
	if buf, ok := f.buffers.Get().(*[]byte); ok {
		return buf
	}
	buf := make([]byte, max(stride, fileBuffer))
	return &buf
}

// readBlock reads as many vectors as buf takes.
func (f *File) readBlock(dst []float32, buf []byte, from int) error {
	l, stride := f.layout, f.layout.stride()
	offset := l.start + int64(from)*int64(stride)
	if n, err := f.r.ReadAt(buf, offset); n < len(buf) {
		if err == io.EOF {
			return fmt.Errorf("ends at byte %d, within its vectors: it was cut off after it was opened", offset+int64(n))
		}
		return fmt.Errorf("byte %d: %w", offset+int64(n), err)
	}
	for i := 0; len(buf) > 0; i++ {
		if l.counted {
			if err := l.checkCount(buf, from+i); err != nil {
				return err
			}
		}
		l.item.decode(dst[i*l.dimension:(i+1)*l.dimension], buf[stride-l.dimension*l.item.size:stride])
		buf = buf[stride:]
	}
	return nil
}

// valueError is about value i of vectors that begin with number from.
func (f *File) valueError(values []float32, i, from int) *ValueError {
	d := f.layout.dimension
	return &ValueError{Vector: from + i/d, Index: i % d, Value: values[i]}
}

func (f *File) wrap(err error) error {
	if f.name == "" || err == nil {
		return err
	}
	return fmt.Errorf("%s: %w", f.name, err)
}

// errEmpty is for files without vectors.
var errEmpty = errors.New("has no vectors")

// checkFileDimension refuses dimensions that OpenSearch does not have.
func checkFileDimension(d int64) error {
	if d < 1 || d > MaxDimension {
		return fmt.Errorf("%d dimensions: a vector has 1 to %d", d, MaxDimension)
	}
	return nil
}
