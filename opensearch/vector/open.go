package vector

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/awspatterns/awspatterns/rows"
)

// OpenOptions say how to read vectors. The zero value is what most need.
type OpenOptions struct {
	// Field is the name of the field, or column, that holds the vector. Without it, it
	// is the only one of the first record that holds an array of numbers.
	Field string

	// TempDir is the folder for the temporary file that records, and what is packed, are
	// read into: 4 bytes for each number. Defaults to the system's.
	TempDir string

	// Progress is called every few thousand records, with how many were read.
	Progress func(records int64)
}

// Open opens a file of vectors, of a format that its name tells: .fvecs ([OpenFVecs]),
// .npy ([OpenNPY]), or, as FromRows reads them, JSON lines (.jsonl, .ndjson, .json),
// .csv and .tsv. One that is packed with gzip, which its content tells, is unpacked into a
// temporary file. For Parquet call [FromRows].
func Open(ctx context.Context, path string, opts OpenOptions) (*File, error) {
	f, err := openFile(ctx, path, opts)
	if err != nil {
		return nil, fmt.Errorf("vector: open: %w", err)
	}
	return f, nil
}

func openFile(ctx context.Context, path string, opts OpenOptions) (*File, error) {
	var open func(*File, int64) error
	name := strings.TrimSuffix(strings.ToLower(path), ".gz")
	switch ext := filepath.Ext(name); ext {
	case ".fvecs":
		open = (*File).openFVecs
	case ".npy":
		open = (*File).openNPY
	case ".jsonl", ".ndjson", ".json", ".csv", ".tsv":
		format, err := rows.ByName(path)
		if err != nil {
			return nil, err
		}
		return fromRows(ctx, format, rows.FileInput(path), opts)
	case ".parquet":
		return nil, fmt.Errorf("%s is Parquet: call FromRows with rows.Of(parquet.Open), of the module github.com/awspatterns/awspatterns/parquet", path)
	default:
		return nil, fmt.Errorf("%s: %q is no ending that is known: .fvecs, .npy, .jsonl, .ndjson, .json, .csv and .tsv are, also with .gz", path, ext)
	}
	file, size, closeFile, err := openFlat(ctx, path, opts.TempDir)
	if err != nil {
		return nil, err
	}
	f := &File{name: path, r: file, close: closeFile}
	if err := open(f, size); err != nil {
		_ = closeFile() // the error says what is wrong
		return nil, f.wrap(err)
	}
	return f, nil
}

// openFlat opens a file that is read in any order, or unpacks it into one.
func openFlat(ctx context.Context, path, tempDir string) (io.ReaderAt, int64, func() error, error) {
	info, err := os.Stat(path) // before a pipe is opened, which waits for who writes it
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file, so it cannot be read in any order: copy it into one", path)
	}
	if err != nil {
		return nil, 0, nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, nil, err
	}
	info, err = file.Stat()
	packed := false
	if err == nil {
		packed, err = isGzip(file)
	}
	if err == nil && packed {
		return unpackFlat(ctx, file, tempDir)
	}
	if err != nil {
		_ = file.Close() // the error says what is wrong
		return nil, 0, nil, err
	}
	return file, info.Size(), file.Close, nil
}

func isGzip(r io.ReaderAt) (bool, error) {
	var b [3]byte
	if _, err := r.ReadAt(b[:], 0); err != nil && err != io.EOF {
		return false, err
	}
	return b == [3]byte{0x1f, 0x8b, 8}, nil
}

// unpackFlat unpacks a file into a temporary one, and closes it.
func unpackFlat(ctx context.Context, file *os.File, tempDir string) (io.ReaderAt, int64, func() error, error) {
	r, err := rows.Unpack(file)
	if err != nil {
		return nil, 0, nil, fmt.Errorf("%s: unpack: %w", file.Name(), err)
	}
	defer r.Close()
	s, err := newSpool(tempDir)
	if err != nil {
		return nil, 0, nil, err
	}
	if err := s.copyFrom(ctx, r); err != nil {
		_ = s.close() // the error says what is wrong
		return nil, 0, nil, fmt.Errorf("%s: unpack: %w", file.Name(), err)
	}
	return s.file, s.size, s.close, nil
}

// Check reads all vectors once, and returns a [ValueError] for the first value that is
// NaN, infinite or beyond float32, with how many there are. What opens a file does not
// look for them, since that reads all of it; ReadVectors does, in what it reads.
// FromRows has looked already.
func (f *File) Check(ctx context.Context) error {
	if err := f.check(ctx); err != nil {
		return fmt.Errorf("vector: check: %w", f.wrap(err))
	}
	return nil
}

func (f *File) check(ctx context.Context) error {
	d := f.layout.dimension
	block := make([]float32, max(1, fileBuffer/d)*d)
	var first *ValueError
	count := 0
	for from := 0; from < f.Len(); {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		values := block[:min(len(block), (f.Len()-from)*d)]
		if err := f.read(values, from); err != nil {
			return err
		}
		for i := nextNotFinite(values, 0); i < len(values); i = nextNotFinite(values, i+1) {
			if count++; first == nil {
				first = f.valueError(values, i, from)
			}
		}
		from += len(values) / d
	}
	if first == nil {
		return nil
	}
	return fmt.Errorf("%w (the first of %d such numbers)", first, count)
}

// nextNotFinite returns the number of the first value from i on that is not finite, or
// len(values).
func nextNotFinite(values []float32, i int) int {
	if next := finite(values[i:]); next >= 0 {
		return i + next
	}
	return len(values)
}
