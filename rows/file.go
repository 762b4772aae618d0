package rows

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
)

// FileInput is the file at path, whose content is unpacked if it is gzip.
func FileInput(path string) Input {
	return Input{
		Name: path,
		Open: func(context.Context) (io.ReadCloser, error) {
			f, err := os.Open(path)
			if err != nil {
				return nil, err
			}
			return Unpack(f)
		},
		OpenAt: func(context.Context) (File, int64, error) { return openAt(path) },
	}
}

func openAt(path string) (File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil {
		err = notGzip(f)
	}
	if err != nil {
		_ = f.Close() // the error says what is wrong
		return nil, 0, err
	}
	return f, info.Size(), nil
}

var gzipMagic = []byte{0x1f, 0x8b, 8}

func notGzip(r io.ReaderAt) error {
	var start [3]byte
	n, err := r.ReadAt(start[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	if bytes.Equal(start[:n], gzipMagic) {
		return errors.New("is gzip, which cannot be read in any order: unpack it")
	}
	return nil
}

// Unpack unpacks r if its first bytes are those of gzip, one or several members of
// it, and returns it as it is otherwise. Closing what it returns closes r. After an
// error r is closed.
func Unpack(r io.ReadCloser) (io.ReadCloser, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	start, err := b.Peek(len(gzipMagic))
	if err != nil && err != io.EOF {
		_ = r.Close() // the error says what is wrong
		return nil, err
	}
	if !bytes.Equal(start, gzipMagic) {
		return unpacked{b, r}, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		_ = r.Close() // the error says what is wrong
		return nil, err
	}
	return unpacked{z, r}, nil
}

type unpacked struct {
	io.Reader
	io.Closer
}
