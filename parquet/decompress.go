package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

var errSize = errors.New("it is not of the size that its header says")

// A decompressor has what can be used again.
type decompressor struct {
	zstd *zstd.Decoder
	gzip *gzip.Reader
}

// much is how many bytes are asked for before it is known that there are so many.
const much = 16 << 20

// decompress returns what src holds, which must be n bytes: pages that are damaged
// are found. dst is used again if it is large enough.
func (d *decompressor) decompress(codec format.CompressionCodec, dst, src []byte, n int) ([]byte, error) {
	if n == 0 {
		return nil, nil // of nothing, some writers store nothing
	}
	switch codec {
	case format.Gzip, format.Brotli:
		r, err := d.stream(codec, src)
		if err != nil {
			return nil, err
		}
		return readAll(grown(dst, min(n, much)), r, n)
	case format.Snappy, format.Lz4Raw, format.Zstd:
		if n > much && n > densest(codec)*len(src) {
			return nil, errSize
		}
		return d.block(codec, grown(dst, n), src)
	}
	return nil, fmt.Errorf("compression %v cannot be read", codec)
}

// densest is how many bytes one can be of, at most.
func densest(codec format.CompressionCodec) int {
	switch codec {
	case format.Snappy:
		return 22 // 64 in 3
	case format.Lz4Raw:
		return 256
	}
	return 1 << 15 // Zstandard: a block of 128 KiB in 4
}

// block fills dst.
func (d *decompressor) block(codec format.CompressionCodec, dst, src []byte) ([]byte, error) {
	var n int
	var err error
	switch codec {
	case format.Snappy:
		if n, err = snappy.DecodedLen(src); err == nil && n == len(dst) {
			_, err = snappy.Decode(dst, src)
		}
	case format.Zstd:
		n, err = d.unzstd(dst, src)
	default:
		n, err = lz4.UncompressBlock(src, dst)
	}
	if err == nil && n != len(dst) {
		err = errSize
	}
	return dst, err
}

func (d *decompressor) unzstd(dst, src []byte) (int, error) {
	if d.zstd == nil {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return 0, err
		}
		d.zstd = z
	}
	out, err := d.zstd.DecodeAll(src, dst[:0:len(dst)])
	return len(out), err
}

func (d *decompressor) stream(codec format.CompressionCodec, src []byte) (io.Reader, error) {
	if codec == format.Brotli {
		return brotli.NewReader(bytes.NewReader(src)), nil
	}
	if d.gzip == nil {
		d.gzip = new(gzip.Reader)
	}
	return d.gzip, d.gzip.Reset(bytes.NewReader(src))
}

// readAll reads n bytes into b and behind, and checks that there are no more.
func readAll(b []byte, r io.Reader, n int) ([]byte, error) {
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	if n > len(b) {
		rest := bytes.NewBuffer(b)
		if _, err := io.CopyN(rest, r, int64(n-len(b))); err != nil {
			return nil, err
		}
		b = rest.Bytes()
	}
	var more [1]byte
	if k, err := io.ReadFull(r, more[:]); k > 0 || err != io.EOF {
		return nil, errors.Join(err, errSize)
	}
	return b, nil
}
