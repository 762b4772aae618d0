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

// decompress fills dst with what src holds, which must be as much: pages that are
// damaged are found, and none can ask for more memory than it says.
func (d *decompressor) decompress(codec format.CompressionCodec, dst, src []byte) error {
	if len(dst) == 0 {
		return nil // of nothing, some writers store nothing
	}
	var n int
	var err error
	switch codec {
	case format.Snappy:
		if n, err = snappy.DecodedLen(src); err == nil && n == len(dst) {
			_, err = snappy.Decode(dst, src)
		}
	case format.Zstd:
		n, err = d.unzstd(dst, src)
	case format.Gzip:
		n, err = d.gunzip(dst, src)
	case format.Brotli:
		n, err = readAll(dst, brotli.NewReader(bytes.NewReader(src)))
	case format.Lz4Raw:
		n, err = lz4.UncompressBlock(src, dst)
	default:
		return fmt.Errorf("compression %v cannot be read", codec)
	}
	if err == nil && n != len(dst) {
		err = errSize
	}
	return err
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

func (d *decompressor) gunzip(dst, src []byte) (int, error) {
	if d.gzip == nil {
		d.gzip = new(gzip.Reader)
	}
	if err := d.gzip.Reset(bytes.NewReader(src)); err != nil {
		return 0, err
	}
	return readAll(dst, d.gzip)
}

// readAll fills dst and checks that there is no more.
func readAll(dst []byte, r io.Reader) (int, error) {
	n, err := io.ReadFull(r, dst)
	if err != nil {
		return n, err
	}
	var more [1]byte
	if k, err := io.ReadFull(r, more[:]); k > 0 || err != io.EOF {
		return n + k, errors.Join(err, errSize)
	}
	return n, nil
}
