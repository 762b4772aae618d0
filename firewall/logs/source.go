package logs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// A Source is something to read lines from: a file, an object in S3. What begins
// like gzip is unpacked, also if it is several gzip files in a row.
type Source struct {
	Name string // for people; unique, best
	Open func(context.Context) (io.ReadCloser, error)

	file string // a local file, which can be read in pieces
}

// Sources are read in their order. An error ends the reading.
type Sources = iter.Seq2[Source, error]

// Reader is the source of one stream, such as standard input. It can be read once.
func Reader(name string, r io.Reader) Sources {
	return func(yield func(Source, error) bool) {
		yield(Source{Name: name, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil }}, nil)
	}
}

// Files are the sources of local files. A folder stands for all files in and below
// it, in the order of their names, but those whose name begins with a point. Large
// files that are not compressed are read in several places at a time.
func Files(paths ...string) Sources {
	return func(yield func(Source, error) bool) {
		for _, path := range paths {
			if !eachFile(path, yield) {
				return
			}
		}
	}
}

func eachFile(root string, yield func(Source, error) bool) bool {
	found := false
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		hidden := path != root && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case entry.IsDir() && hidden:
			return filepath.SkipDir
		case entry.IsDir() || hidden:
			return nil
		}
		found = true
		if !yield(Source{Name: path, Open: opener(path), file: path}, nil) {
			return errStopped
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: no files", root)
	}
	if err != nil && err != errStopped {
		yield(Source{}, err)
	}
	return err == nil
}

var errStopped = errors.New("stopped")

func opener(path string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return os.Open(path) }
}

// A piece is a source, or a part of it: the lines that begin at from or later, and
// before to.
type piece struct {
	source *source
	number int   // over all sources
	chunk  int   // within its source
	from   int64 // these are 0 for a whole source
	to     int64
}

// A source is what all pieces of a Source share.
type source struct {
	Source
	lines  []int64 // by chunk; each is written by whoever has read it
	failed atomic.Bool
}

// pieces cuts a source in pieces of a size that does not depend on the machine, since
// counts that are not exact depend on the pieces. What cannot be looked at now is
// left to whoever reads it, who reports it.
func (s *source) pieces(pieceSize int64) []piece {
	size := s.size()
	n := max(1, (size+pieceSize-1)/pieceSize)
	s.lines = make([]int64, n)
	if n == 1 {
		return []piece{{source: s}}
	}
	list := make([]piece, n)
	for i := range list {
		list[i] = piece{source: s, chunk: i, from: int64(i) * pieceSize, to: min(int64(i+1)*pieceSize, size)}
	}
	return list
}

// size returns the bytes of a local file that can be cut, and 0 for anything else.
func (s *source) size() int64 {
	if s.file == "" {
		return 0
	}
	info, err := os.Stat(s.file)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	f, err := os.Open(s.file)
	if err != nil {
		return 0
	}
	defer f.Close()
	var start [2]byte
	if _, err := io.ReadFull(f, start[:]); err != nil || start == gzipMagic {
		return 0
	}
	return info.Size()
}

var gzipMagic = [2]byte{0x1f, 0x8b}

// open returns what a piece is read from, and the offset at which that begins. For
// a piece in the middle it is one byte earlier: if that is a line feed, a line
// begins at from.
func (p *piece) open(ctx context.Context) (r io.Reader, offset int64, closer io.Closer, err error) {
	file, err := p.source.Open(ctx)
	if err != nil {
		return nil, 0, nil, err
	}
	if p.to > 0 {
		offset = max(0, p.from-1)
		at, ok := file.(io.ReaderAt)
		if !ok {
			return nil, 0, file, errors.New("not a file any more")
		}
		return io.NewSectionReader(at, offset, 1<<62), offset, file, nil
	}
	r, err = unpack(file)
	return r, 0, file, err
}

// unpack returns what r has, unpacked if it is gzip.
func unpack(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	start, err := b.Peek(len(gzipMagic))
	if err != nil && err != io.EOF {
		return nil, err
	}
	if !bytes.Equal(start, gzipMagic[:]) {
		return b, nil
	}
	return gzip.NewReader(b)
}
