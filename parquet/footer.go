package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// readFooter reads what a file says of itself, and refuses what parquet-go would take
// for granted: sizes for which it would ask for more memory than there is cannot be
// recovered from.
func readFooter(r io.ReaderAt, size int64) (*format.FileMetaData, error) {
	const around = int64(len("PAR1")) * 3 // at the start, at the end, the size of the footer
	if size < around {
		return nil, fmt.Errorf("%d bytes are no Parquet file", size)
	}
	var end [8]byte
	if _, err := r.ReadAt(end[:], size-int64(len(end))); err != nil && err != io.EOF {
		return nil, err
	}
	switch magic := string(end[4:]); magic {
	case "PAR1":
	case "PARE":
		return nil, errors.New("the file is encrypted, which cannot be read")
	default:
		return nil, fmt.Errorf("the file ends in %q and not in PAR1: it is no Parquet file, or not whole", magic)
	}
	n := int64(binary.LittleEndian.Uint32(end[:4]))
	if n > size-around {
		return nil, fmt.Errorf("a footer of %d bytes in a file of %d", n, size)
	}
	footer := make([]byte, n)
	if _, err := r.ReadAt(footer, size-int64(len(end))-n); err != nil && err != io.EOF {
		return nil, err
	}
	return decodeFooter(footer)
}

func decodeFooter(footer []byte) (*format.FileMetaData, error) {
	if thriftSize(footer) == 0 {
		return nil, errors.New("the footer is damaged")
	}
	var protocol thrift.CompactProtocol
	var meta format.FileMetaData
	if err := thrift.NewDecoder(protocol.NewReaderFromBytes(footer)).Decode(&meta); err != nil {
		return nil, fmt.Errorf("the footer: %w", err)
	}
	return &meta, nil
}

// checkChunks checks that every row group has the columns of the schema, and that none
// of their rows is missing.
func checkChunks(meta *format.FileMetaData, leaves int) error {
	rows := int64(0)
	for i, g := range meta.RowGroups {
		if g.NumRows < 0 {
			return fmt.Errorf("row group %d has %d rows", i, g.NumRows)
		}
		rows += g.NumRows
		if len(g.Columns) != leaves {
			return fmt.Errorf("row group %d has %d columns, the schema has %d", i, len(g.Columns), leaves)
		}
		for j := range g.Columns {
			c := &g.Columns[j]
			if c.CryptoMetadata.Value != nil {
				return errors.New("columns of the file are encrypted, which cannot be read")
			}
			if c.FilePath != "" {
				return fmt.Errorf("columns of the file are in another, %q, which cannot be read", c.FilePath)
			}
			if m := c.MetaData; m.DataPageOffset < 0 || m.DictionaryPageOffset < 0 || m.NumValues < 0 {
				return fmt.Errorf("row group %d, column %d: a place or a number is negative", i, j)
			}
		}
	}
	if rows < meta.NumRows { // some writers say 0
		return fmt.Errorf("the row groups have %d rows of the %d of the file", rows, meta.NumRows)
	}
	return nil
}

// checkCodecs refuses compressions that cannot be read.
func checkCodecs(meta *format.FileMetaData, leaf *node) error {
	for _, g := range meta.RowGroups {
		switch codec := g.Columns[leaf.from].MetaData.Codec; codec {
		case format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd, format.Lz4Raw:
		default:
			return fmt.Errorf("column %s: its compression is %v, which cannot be read: write it with SNAPPY, ZSTD or GZIP", quoted(leaf.path), codec)
		}
	}
	return nil
}
