package parquet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	peekSize   = 32 << 10
	maxHeader  = 16 << 20 // of a page: it may hold the least and the greatest value
	maxPage    = 1 << 30
	maxIndexed = 64 << 20 // bytes of the index of the pages
	maxEntries = 1 << 24  // of a dictionary

	plainDictionary format.Encoding = 2 // as older writers call RLE_DICTIONARY, and PLAIN in a dictionary
)

// pages reads the pages of a leaf in one row group.
type pages struct {
	leaf  *node
	file  io.ReaderAt
	size  int64
	codec format.CompressionCodec
	tools *decompressor

	r      *bufio.Reader
	offset int64 // of what r gives next

	// What is left: values, or pages if reading did not begin at the first.
	values int64
	pages  int
	sought bool

	dictionary    []any
	hasDictionary bool
	packed, plain []byte // what a page is read into, and decompressed
}

// A page has n values. levels are nil where the schema leaves no choice.
type page struct {
	n          int
	reps, defs *hybrid
	indexes    *hybrid // of the dictionary
	source     source  // otherwise
}

func newPages(leaf *node, f *File, chunk *format.ColumnChunk, tools *decompressor) *pages {
	m := &chunk.MetaData
	p := &pages{leaf: leaf, file: f.r, size: f.size, codec: m.Codec, tools: tools, values: m.NumValues}
	start := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < start {
		start = d
	}
	p.seek(start)
	return p
}

func (p *pages) seek(offset int64) {
	section := io.NewSectionReader(p.file, offset, max(0, p.size-offset))
	if p.r == nil {
		p.r = bufio.NewReaderSize(section, 2*peekSize)
	} else {
		p.r.Reset(section)
	}
	p.offset = offset
}

// next reads the next page of values. It returns io.EOF behind the last one.
func (p *pages) next() (*page, error) {
	for {
		if p.sought && p.pages == 0 || !p.sought && p.values == 0 {
			return nil, io.EOF
		}
		h, err := p.header()
		if err != nil {
			return nil, err
		}
		if err := p.body(h); err != nil {
			return nil, err
		}
		switch h.Type {
		case format.DictionaryPage:
			err = p.readDictionary(h)
		case format.DataPage, format.DataPageV2:
			return p.data(h)
		}
		if err != nil {
			return nil, err
		}
	}
}

// header reads the header of a page.
func (p *pages) header() (*format.PageHeader, error) {
	b, err := p.r.Peek(peekSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	n := thriftSize(b)
	if n == 0 && len(b) == peekSize {
		b = make([]byte, min(maxHeader, p.size-p.offset))
		if _, err := p.file.ReadAt(b, p.offset); err != nil && err != io.EOF {
			return nil, err
		}
		n = thriftSize(b)
	}
	if n == 0 {
		return nil, errors.New("the header of a page is damaged, or the file is not whole")
	}
	h := new(format.PageHeader)
	var protocol thrift.CompactProtocol
	if err := thrift.NewDecoder(protocol.NewReaderFromBytes(b[:n])).Decode(h); err != nil {
		return nil, fmt.Errorf("the header of a page: %w", err)
	}
	if n <= p.r.Buffered() {
		_, err = p.r.Discard(n)
		p.offset += int64(n)
		return h, err
	}
	p.seek(p.offset + int64(n))
	return h, nil
}

// body reads what is behind the header, as it is in the file.
func (p *pages) body(h *format.PageHeader) error {
	n := int64(h.CompressedPageSize)
	if n < 0 || n > p.size-p.offset || h.UncompressedPageSize < 0 || h.UncompressedPageSize > maxPage {
		return fmt.Errorf("a page of %d bytes, %d in the file, which has %d left", h.UncompressedPageSize, n, p.size-p.offset)
	}
	p.packed = grown(p.packed, int(n))
	if _, err := io.ReadFull(p.r, p.packed); err != nil {
		return err
	}
	p.offset += n
	if h.CRC != 0 && uint32(h.CRC) != crc32.ChecksumIEEE(p.packed) {
		return errors.New("the checksum of a page is wrong: the file is damaged")
	}
	return nil
}

func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// unpack decompresses b to n bytes.
func (p *pages) unpack(b []byte, n int) ([]byte, error) {
	if p.codec == format.Uncompressed {
		return b, nil
	}
	b, err := p.tools.decompress(p.codec, p.plain, b, n)
	if err != nil {
		return nil, fmt.Errorf("decompressing a page: %w", err)
	}
	p.plain = b
	return b, nil
}

// readDictionary makes the values of the dictionary.
func (p *pages) readDictionary(h *format.PageHeader) error {
	head := h.DictionaryPageHeader.V
	if !h.DictionaryPageHeader.Valid || head.NumValues < 0 || head.Encoding != format.Plain && head.Encoding != plainDictionary {
		return errors.New("the header of a dictionary is damaged")
	}
	if head.NumValues > maxEntries {
		return fmt.Errorf("a dictionary of %d values", head.NumValues)
	}
	b, err := p.unpack(p.packed, int(h.UncompressedPageSize))
	if err != nil {
		return err
	}
	values, err := sourceOf(p.leaf, format.Plain, b)
	if err != nil {
		return err
	}
	p.dictionary, p.hasDictionary = p.dictionary[:0], true
	for range head.NumValues {
		b, err := values.next()
		if err != nil {
			return err
		}
		v, err := p.leaf.value(b)
		if err != nil {
			return err
		}
		p.dictionary = append(p.dictionary, v)
	}
	return nil
}

func (p *pages) data(h *format.PageHeader) (*page, error) {
	read := p.dataV1
	if h.Type == format.DataPageV2 {
		read = p.dataV2
	}
	out, encoding, b, err := read(h)
	if err != nil {
		return nil, err
	}
	if p.values -= int64(out.n); out.n < 0 || p.values < 0 && !p.sought {
		return nil, errors.New("has more values than the footer says")
	}
	p.pages--
	if encoding != plainDictionary && encoding != format.RLEDictionary {
		out.source, err = sourceOf(p.leaf, encoding, b)
		return out, err
	}
	if !p.hasDictionary {
		return nil, errors.New("its dictionary is missing")
	}
	out.indexes = &hybrid{}
	if len(b) > 0 { // it is empty if all values are null
		out.indexes = &hybrid{src: b[1:], width: uint(b[0])}
	}
	if out.indexes.width > 32 {
		return nil, errors.New("its dictionary has indexes of more than 32 bits")
	}
	return out, nil
}

func (p *pages) dataV1(h *format.PageHeader) (*page, format.Encoding, []byte, error) {
	if !h.DataPageHeader.Valid {
		return nil, 0, nil, errors.New("the header of a page is damaged")
	}
	head := &h.DataPageHeader.V
	out := &page{n: int(head.NumValues)}
	b, err := p.unpack(p.packed, int(h.UncompressedPageSize))
	if err == nil && p.leaf.rep > 0 {
		out.reps, b, err = levelsV1(b, p.leaf.rep, head.RepetitionLevelEncoding)
	}
	if err == nil && p.leaf.def > 0 {
		out.defs, b, err = levelsV1(b, p.leaf.def, head.DefinitionLevelEncoding)
	}
	return out, head.Encoding, b, err
}

func levelsV1(b []byte, limit int, encoding format.Encoding) (*hybrid, []byte, error) {
	if encoding != format.RLE {
		return nil, nil, fmt.Errorf("levels in the encoding %v, which cannot be read", encoding)
	}
	if len(b) < 4 {
		return nil, nil, errShort
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	if b = b[4:]; n > uint64(len(b)) {
		return nil, nil, errShort
	}
	return levels(b[:n], limit), b[n:], nil
}

func (p *pages) dataV2(h *format.PageHeader) (*page, format.Encoding, []byte, error) {
	head := &h.DataPageHeaderV2.V
	reps, defs := int(head.RepetitionLevelsByteLength), int(head.DefinitionLevelsByteLength)
	if !h.DataPageHeaderV2.Valid || reps < 0 || defs < 0 || reps+defs > min(len(p.packed), int(h.UncompressedPageSize)) {
		return nil, 0, nil, errors.New("the header of a page is damaged")
	}
	out := &page{n: int(head.NumValues)}
	if p.leaf.rep > 0 {
		out.reps = levels(p.packed[:reps], p.leaf.rep)
	}
	if p.leaf.def > 0 {
		out.defs = levels(p.packed[reps:reps+defs], p.leaf.def)
	}
	b := p.packed[reps+defs:]
	var err error
	if !head.IsCompressed.Valid || head.IsCompressed.V {
		b, err = p.unpack(b, int(h.UncompressedPageSize)-reps-defs)
	}
	return out, head.Encoding, b, err
}

func levels(b []byte, limit int) *hybrid {
	return &hybrid{src: b, width: uint(bits.Len(uint(limit)))}
}

// skipTo goes to the page that row n of the row group is in, if the file has an
// index of the pages, and returns the number of its first row; 0 if it stays where it
// is.
func (p *pages) skipTo(n int64, chunk *format.ColumnChunk) (first int64, err error) {
	index := p.index(chunk)
	at := -1
	for i, l := range index {
		if l.FirstRowIndex > n || l.Offset < 0 || i == 0 && l.FirstRowIndex != 0 {
			break
		}
		at = i
	}
	if at < 1 {
		return 0, nil
	}
	h, err := p.header()
	if err == nil && h.Type == format.DictionaryPage {
		if err = p.body(h); err == nil {
			err = p.readDictionary(h)
		}
	}
	p.seek(index[at].Offset)
	p.sought, p.pages = true, len(index)-at
	return index[at].FirstRowIndex, err
}

// index returns the places of the pages, if the file has them and they are sound.
func (p *pages) index(chunk *format.ColumnChunk) []format.PageLocation {
	n := int64(chunk.OffsetIndexLength)
	if chunk.OffsetIndexOffset <= 0 || n <= 0 || n > min(maxIndexed, p.size) {
		return nil
	}
	b := make([]byte, n)
	if _, err := p.file.ReadAt(b, chunk.OffsetIndexOffset); err != nil || thriftSize(b) == 0 {
		return nil
	}
	var protocol thrift.CompactProtocol
	var index format.OffsetIndex
	if err := thrift.NewDecoder(protocol.NewReaderFromBytes(b)).Decode(&index); err != nil {
		return nil
	}
	return index.PageLocations
}
