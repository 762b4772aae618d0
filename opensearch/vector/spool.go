package vector

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"syscall"
)

// A spool is a temporary file. Its name is removed at once where the system lets it be,
// so that nothing is left of it if the process is killed.
type spool struct {
	file   *os.File
	w      *bufio.Writer
	size   int64
	remove bool // when it is closed
}

func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "vectors-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w; name another folder as TempDir", err)
	}
	s := &spool{file: file, w: bufio.NewWriterSize(file, 1<<20)}
	s.remove = os.Remove(file.Name()) != nil
	return s, nil
}

// Write makes errors say what is full, and how much there was room for.
func (s *spool) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	s.size += int64(n)
	return n, s.failed(err)
}

func (s *spool) failed(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("temporary file %s: the disk is full after %d bytes: make room, or name another folder as TempDir: %w", s.file.Name(), s.size, err)
	}
	if err != nil {
		return fmt.Errorf("temporary file %s: %w", s.file.Name(), err)
	}
	return nil
}

// writeVector writes a vector as float32Little has it.
func (s *spool) writeVector(values []float32) error {
	var b [4]byte
	for _, x := range values {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(x))
		if _, err := s.w.Write(b[:]); err != nil {
			return s.failed(err)
		}
	}
	s.size += 4 * int64(len(values))
	return nil
}

// flush is called once, when all is written.
func (s *spool) flush() error { return s.failed(s.w.Flush()) }

func (s *spool) close() error {
	err := s.file.Close()
	if s.remove {
		s.remove = false
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return err
}

// copyFrom writes all that r gives.
func (s *spool) copyFrom(ctx context.Context, r io.Reader) error {
	if _, err := io.Copy(s, contextReader{ctx, r}); err != nil {
		return err
	}
	return s.flush()
}

// A contextReader reads until ctx ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(b []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}
