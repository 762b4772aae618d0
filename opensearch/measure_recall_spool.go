package opensearch

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// A recallSpool keeps vectors with the keys of their documents, both in files, so that
// they need no memory. It is written first, and then read, by several goroutines.
type recallSpool struct {
	dimension int
	n         int
	vectors   *os.File // numbers of 32 bits
	keys      *os.File
	ends      *os.File // where each key ends, in 64 bits
	end       int64
	writers   [3]*bufio.Writer
	left      []string // files that are removed when it is closed
}

func newRecallSpool(dir string, dimension int) (*recallSpool, error) {
	s := &recallSpool{dimension: dimension}
	for i, file := range []**os.File{&s.vectors, &s.keys, &s.ends} {
		f, err := os.CreateTemp(dir, "recall-*")
		if err != nil {
			s.close()
			return nil, fmt.Errorf("a file for vectors that are read: %w", err)
		}
		*file = f
		// Where the system lets a file be removed that is open, nothing is left of it
		// if the process is killed.
		if os.Remove(f.Name()) != nil {
			s.left = append(s.left, f.Name())
		}
		s.writers[i] = bufio.NewWriterSize(f, 1<<18)
	}
	return s, nil
}

// close removes the files.
func (s *recallSpool) close() {
	for _, f := range []*os.File{s.vectors, s.keys, s.ends} {
		if f != nil {
			f.Close()
		}
	}
	for _, name := range s.left {
		os.Remove(name)
	}
	s.left = nil
}

// add appends a vector.
func (s *recallSpool) add(key string, values []float32) error {
	var number [8]byte
	for _, x := range values {
		binary.LittleEndian.PutUint32(number[:], math.Float32bits(x))
		if _, err := s.writers[0].Write(number[:4]); err != nil {
			return err
		}
	}
	if _, err := s.writers[1].WriteString(key); err != nil {
		return err
	}
	s.end += int64(len(key))
	binary.LittleEndian.PutUint64(number[:], uint64(s.end))
	_, err := s.writers[2].Write(number[:])
	s.n++
	return err
}

// flush makes what was added be read.
func (s *recallSpool) flush() error {
	return errors.Join(s.writers[0].Flush(), s.writers[1].Flush(), s.writers[2].Flush())
}

// Len returns how many vectors there are.
func (s *recallSpool) Len() int { return s.n }

// Dimension returns how many numbers each has.
func (s *recallSpool) Dimension() int { return s.dimension }

// ReadVectors implements vector.Vectors.
func (s *recallSpool) ReadVectors(dst []float32, from int) error {
	n := len(dst) / s.dimension
	if from < 0 || from+n > s.n || len(dst)%s.dimension != 0 {
		return fmt.Errorf("vectors %d to %d of %d: there are none", from, from+n, s.n)
	}
	buffer := make([]byte, min(len(dst), 1<<16)*4)
	offset := int64(from) * int64(s.dimension) * 4
	for len(dst) > 0 {
		part := buffer[:min(len(buffer), len(dst)*4)]
		if _, err := s.vectors.ReadAt(part, offset); err != nil {
			return fmt.Errorf("vectors that were read: %w", err)
		}
		for i := range len(part) / 4 {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(part[4*i:]))
		}
		dst, offset = dst[len(part)/4:], offset+int64(len(part))
	}
	return nil
}

// key returns the key of vector i.
func (s *recallSpool) key(i int) (string, error) {
	var ends [16]byte // of the one before, and of this one
	part := ends[:]
	if i == 0 {
		part = ends[8:]
	}
	if _, err := s.ends.ReadAt(part, int64(max(0, i-1))*8); err != nil {
		return "", fmt.Errorf("ids that were read: %w", err)
	}
	start, end := int64(binary.LittleEndian.Uint64(ends[:])), int64(binary.LittleEndian.Uint64(ends[8:]))
	key := make([]byte, end-start)
	if _, err := s.keys.ReadAt(key, start); err != nil && !(errors.Is(err, io.EOF) && len(key) == 0) {
		return "", fmt.Errorf("ids that were read: %w", err)
	}
	return string(key), nil
}
