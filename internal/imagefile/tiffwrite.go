package imagefile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const tiffStrip = 256 << 10 // bytes of a strip before it is compressed, about

// A tiffWriter makes a TIFF of many pages (TIFF 6.0), big endian as 16-bit
// pixels are in memory, compressed with Deflate (Adobe's Technical Notes, 2002).
type tiffWriter struct {
	data []byte
	link int // where the offset of the next directory belongs
}

func newTIFFWriter() *tiffWriter {
	return &tiffWriter{data: []byte("MM\x00*\x00\x00\x00\x00"), link: 4}
}

// A tiffField is an entry of a directory.
type tiffField struct {
	tag, kind uint16
	values    []uint32
}

// add adds a page.
func (t *tiffWriter) add(c canvas) error {
	samples, photometric := 1, uint32(1) // black is 0
	if c.depth >= 4 {
		samples, photometric = 4, 2 // RGB
		if c.opaque() {
			samples = 3
		}
	}
	bits := uint32(8)
	if c.depth == 2 || c.depth == 8 {
		bits = 16
	}
	rows := max(1, tiffStrip/(c.width*samples*int(bits)/8))
	offsets, counts, err := t.strips(c, samples*int(bits)/8, rows)
	if err != nil {
		return err
	}
	fields := []tiffField{
		{tagNewSubfile, tiffLong, []uint32{2}}, // one of many pages
		{tagWidth, tiffLong, []uint32{uint32(c.width)}},
		{tagHeight, tiffLong, []uint32{uint32(c.height)}},
		{tagBitsPerSample, tiffShort, []uint32{bits, bits, bits, bits}[:samples]},
		{tagCompression, tiffShort, []uint32{8}},
		{tagPhotometric, tiffShort, []uint32{photometric}},
		{tagStripOffsets, tiffLong, offsets},
		{tagSamplesPerPixel, tiffShort, []uint32{uint32(samples)}},
		{tagRowsPerStrip, tiffLong, []uint32{uint32(rows)}},
		{tagStripByteCounts, tiffLong, counts},
		{tagXResolution, tiffRational, []uint32{72, 1}}, // which readers expect there to be
		{tagYResolution, tiffRational, []uint32{72, 1}},
		{tagPlanar, tiffShort, []uint32{1}},
		{tagResolutionUnit, tiffShort, []uint32{2}}, // inch
	}
	if samples == 4 {
		fields = append(fields, tiffField{tagExtraSamples, tiffShort, []uint32{2}}) // alpha, not premultiplied
	}
	return t.directory(fields)
}

// opaque tells whether all pixels are; c has colours.
func (c canvas) opaque() bool {
	for y := range c.height {
		row := c.pix[c.at(0, y):c.at(c.width, y)]
		for i := c.depth * 3 / 4; i < len(row); i += c.depth {
			if row[i] != 0xff || row[i+c.depth/4-1] != 0xff {
				return false
			}
		}
	}
	return true
}

// strips adds the pixels of a page, of each the first size bytes.
func (t *tiffWriter) strips(c canvas, size, rows int) (offsets, counts []uint32, err error) {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	line := make([]byte, c.width*size)
	for top := 0; top < c.height; top += rows {
		packed.Reset()
		z.Reset(&packed)
		for y := top; y < min(top+rows, c.height); y++ {
			row := c.pix[c.at(0, y):c.at(c.width, y)]
			if size != c.depth {
				row = shortened(line, row, size, c.depth)
			}
			if _, err := z.Write(row); err != nil {
				return nil, nil, err
			}
		}
		if err := z.Close(); err != nil {
			return nil, nil, err
		}
		if uint64(len(t.data)+packed.Len()) > math.MaxUint32 {
			return nil, nil, errors.New("copy has more than 4 GiB, which is more than a TIFF may have")
		}
		offsets, counts = append(offsets, uint32(len(t.data))), append(counts, uint32(packed.Len()))
		t.data = append(t.data, packed.Bytes()...)
	}
	return offsets, counts, nil
}

// shortened copies the first size of every depth bytes to line.
func shortened(line, row []byte, size, depth int) []byte {
	for at := 0; len(row) > 0; at, row = at+size, row[depth:] {
		copy(line[at:at+size], row)
	}
	return line
}

// directory adds the directory of a page, behind the values that do not fit in it.
func (t *tiffWriter) directory(fields []tiffField) error {
	entries := binary.BigEndian.AppendUint16(nil, uint16(len(fields)))
	for _, field := range fields {
		values, count := field.bytes()
		entries = binary.BigEndian.AppendUint16(entries, field.tag)
		entries = binary.BigEndian.AppendUint16(entries, field.kind)
		entries = binary.BigEndian.AppendUint32(entries, count)
		if len(values) > 4 {
			values = binary.BigEndian.AppendUint32(nil, t.append(values))
		}
		entries = append(entries, append(values, 0, 0, 0, 0)[:4]...)
	}
	at := t.append(append(entries, 0, 0, 0, 0))
	if uint64(len(t.data)) > math.MaxUint32 {
		return fmt.Errorf("copy has %d bytes, which is more than a TIFF may have", len(t.data))
	}
	binary.BigEndian.PutUint32(t.data[t.link:], at)
	t.link = len(t.data) - 4
	return nil
}

// append adds data at an even offset, as directories and values must be.
func (t *tiffWriter) append(data []byte) uint32 {
	if len(t.data)%2 != 0 {
		t.data = append(t.data, 0)
	}
	at := len(t.data)
	t.data = append(t.data, data...)
	return uint32(at)
}

// bytes returns the values of a field as they are written, and how many they are.
func (f tiffField) bytes() (data []byte, count uint32) {
	for _, v := range f.values {
		if f.kind == tiffShort {
			data = binary.BigEndian.AppendUint16(data, uint16(v))
		} else {
			data = binary.BigEndian.AppendUint32(data, v)
		}
	}
	if f.kind == tiffRational {
		return data, uint32(len(f.values) / 2)
	}
	return data, uint32(len(f.values))
}
