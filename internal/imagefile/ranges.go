package imagefile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
)

const (
	smallFile = 64 << 10 // is read at once
	maxWindow = 1 << 20
	maxReads  = 256
	tiffReads = 4096 // a page may take one
	maxBytes  = 64 << 20
	windows   = 8 // that are kept
)

// errBudget ends the inspection of a file that would take too many reads.
var errBudget = errors.New("takes too many reads")

// ranges reads parts of a file and keeps the last ones, since each read may be a
// request. It reads more than it was asked for, and twice as much each time as
// long as the reads follow one another.
type ranges struct {
	r    io.ReaderAt
	size int64

	least int // bytes of a read that does not follow the one before; 0 for 64 KiB
	most  int // reads; 0 for maxReads
	kept  []window
	reads int
	bytes int64
	err   error // of r
}

// A window is a part of the file. Its bytes are never changed.
type window struct {
	off  int64
	data []byte
}

// at returns the n bytes at off.
func (in *ranges) at(off int64, n int) ([]byte, error) {
	data, err := in.upTo(off, n)
	if err == nil && len(data) < n {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}

// upTo returns the n bytes at off, or fewer if the file ends before.
func (in *ranges) upTo(off int64, n int) ([]byte, error) {
	if off < 0 || off > in.size {
		return nil, fmt.Errorf("offset %d of %d: %w", off, in.size, io.ErrUnexpectedEOF)
	}
	n = int(min(int64(n), in.size-off))
	if data := in.known(off); len(data) >= n {
		return data[:n], nil
	}
	data, err := in.read(off, n)
	if err != nil {
		return nil, err
	}
	return data[:n], nil
}

// known returns what was read before from off on.
func (in *ranges) known(off int64) []byte {
	var longest []byte
	for _, w := range in.kept {
		if off >= w.off && off < w.off+int64(len(w.data)) && len(w.data)-int(off-w.off) > len(longest) {
			longest = w.data[off-w.off:]
		}
	}
	return longest
}

// read reads at least n bytes at off, which the file has.
func (in *ranges) read(off int64, n int) ([]byte, error) {
	start, length := in.extent(off, n)
	if in.err != nil {
		return nil, in.err
	}
	if in.reads++; in.reads > cmp.Or(in.most, maxReads) || in.bytes+length > maxBytes {
		return nil, errBudget
	}
	in.bytes += length
	data := make([]byte, length)
	if got, err := in.r.ReadAt(data, start); got < len(data) {
		if err == nil || errors.Is(err, io.EOF) {
			err = fmt.Errorf("%d bytes at %d of %d: %w", got, start, in.size, io.ErrUnexpectedEOF)
		}
		in.err = err
		return nil, err
	}
	if len(in.kept) == windows {
		in.kept = append(in.kept[:0:0], in.kept[1:]...)
	}
	in.kept = append(in.kept, window{start, data})
	return data[off-start:], nil
}

// extent returns what to read so that n bytes at off are read.
func (in *ranges) extent(off int64, n int) (start, length int64) {
	if in.size <= smallFile {
		return 0, in.size
	}
	want := int64(cmp.Or(in.least, smallFile))
	if len(in.kept) > 0 && in.bytes < maxBytes/2 { // else only what is needed
		last := in.kept[len(in.kept)-1]
		end, length := last.off+int64(len(last.data)), int64(len(last.data))
		if off > last.off && off <= end+length {
			want = min(2*length, maxWindow)
		}
	}
	return off, min(max(want, int64(n)), in.size-off)
}
