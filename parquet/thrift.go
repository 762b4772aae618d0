package parquet

import "encoding/binary"

// thriftSize returns the size of the struct that b begins with, in the compact protocol
// of Thrift
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md);
// 0 if there is none that is whole, or if one of its strings and lists is longer than
// b. parquet-go would ask for as much memory as it is told.
func thriftSize(b []byte) int {
	w := walker{b}
	if !w.structure(0) {
		return 0
	}
	return len(b) - len(w.b)
}

type walker struct{ b []byte }

const maxThriftDepth = 64 // the footer of a file has about 10

func (w *walker) structure(depth int) bool {
	for depth < maxThriftDepth {
		head, ok := w.byte()
		if !ok {
			return false
		}
		if head&0xf == 0 {
			return true
		}
		if head>>4 == 0 {
			if _, ok := w.varint(); !ok { // its number, where that is far from the last one
				return false
			}
		}
		kind := head & 0xf
		if kind == 1 || kind == 2 {
			continue // true or false, without a value
		}
		if !w.value(kind, depth) {
			return false
		}
	}
	return false
}

// value uses up a value of a kind.
func (w *walker) value(kind byte, depth int) bool {
	switch kind {
	case 1, 2, 3:
		return w.skip(1)
	case 4, 5, 6:
		_, ok := w.varint()
		return ok
	case 7:
		return w.skip(8)
	case 8:
		n, ok := w.varint()
		return ok && w.skip(n)
	case 9, 10:
		return w.list(depth + 1)
	case 11:
		return w.mapping(depth + 1)
	case 12:
		return w.structure(depth + 1)
	case 13:
		return w.skip(16)
	}
	return false
}

func (w *walker) list(depth int) bool {
	head, ok := w.byte()
	if !ok || depth >= maxThriftDepth {
		return false
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, ok = w.varint(); !ok {
			return false
		}
	}
	if n > uint64(len(w.b)) {
		return false
	}
	for range n {
		if !w.value(head&0xf, depth) {
			return false
		}
	}
	return true
}

func (w *walker) mapping(depth int) bool {
	n, ok := w.varint()
	if !ok || n > uint64(len(w.b)) || depth >= maxThriftDepth {
		return false
	}
	if n == 0 {
		return true
	}
	kinds, ok := w.byte()
	for range n {
		if !ok || !w.value(kinds>>4, depth) || !w.value(kinds&0xf, depth) {
			return false
		}
	}
	return ok
}

func (w *walker) byte() (byte, bool) {
	if len(w.b) == 0 {
		return 0, false
	}
	c := w.b[0]
	w.b = w.b[1:]
	return c, true
}

func (w *walker) varint() (uint64, bool) {
	n, size := binary.Uvarint(w.b)
	if size <= 0 {
		return 0, false
	}
	w.b = w.b[size:]
	return n, true
}

func (w *walker) skip(n uint64) bool {
	if n > uint64(len(w.b)) {
		return false
	}
	w.b = w.b[n:]
	return true
}
