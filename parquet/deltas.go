package parquet

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
)

var errDeltas = errors.New("its differences are damaged, or end too early")

// checkDeltas refuses pages of differences that are of more than maxPage bytes, or say
// so: parquet-go would ask for as much memory as they say, for a few bytes.
// https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC
func checkDeltas(leaf *node, encoding format.Encoding, b []byte) error {
	switch encoding {
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		_, err := skipDeltas(b, max(leaf.width, 4))
		return err
	case format.DeltaByteArray:
		rest, err := skipDeltas(b, max(leaf.width, 4))
		if err == nil {
			_, err = skipDeltas(rest, 4)
		}
		if err != nil {
			return err
		}
		return checkSum(b, rest)
	}
	return nil
}

// skipDeltas returns what is behind numbers in DELTA_BINARY_PACKED, of which each is
// to need so many bytes of memory.
func skipDeltas(b []byte, each int) ([]byte, error) {
	w := walker{b}
	var head [4]uint64 // size of a block, its parts, how many numbers there are, and the first
	for i := range head {
		var ok bool
		if head[i], ok = w.varint(); !ok {
			return nil, errDeltas
		}
	}
	block, parts, left := head[0], head[1], head[2]
	if parts == 0 || block < parts || block > 1<<16 || parts > uint64(len(b)) {
		return nil, errDeltas
	}
	if left > uint64(maxPage/each) {
		return nil, fmt.Errorf("a page of %d values", left)
	}
	left -= min(left, 1)
	for left > 0 {
		if _, ok := w.varint(); !ok || uint64(len(w.b)) < parts {
			return nil, errDeltas
		}
		widths := w.b[:parts]
		w.b = w.b[parts:]
		for i := 0; i < len(widths) && left > 0; i++ {
			if widths[i] > 64 {
				return nil, errDeltas
			}
			w.skip(min(block/parts*uint64(widths[i])/8, uint64(len(w.b)))) // the last may be cut
			left -= min(left, block/parts)
		}
	}
	return w.b, nil
}

// checkSum refuses values of DELTA_BYTE_ARRAY, which are repeated in part, that
// are too much together.
func checkSum(prefixes, suffixes []byte) error {
	var e delta.BinaryPackedEncoding
	sum := int64(0)
	for _, b := range [][]byte{prefixes, suffixes} {
		lengths, err := e.DecodeInt32(nil, b)
		if err != nil {
			return err
		}
		for _, n := range lengths {
			if sum += int64(n); n < 0 || sum > maxPage {
				return fmt.Errorf("a page of more than %d bytes", maxPage)
			}
		}
	}
	return nil
}
