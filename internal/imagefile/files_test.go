package imagefile

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"testing"
)

// Files for tests, made by small writers.

// exifBlock returns EXIF that states an orientation.
func exifBlock(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM")
	}
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = appendEntry(order, b, 0x0110, 2, 4, 0x41414141) // a model
	b = appendEntry(order, b, tagOrientation, tiffShort, 1, uint32(orientation))
	return order.AppendUint32(b, 0)
}

func appendEntry(order binary.AppendByteOrder, b []byte, tag, kind uint16, count, value uint32) []byte {
	b = order.AppendUint16(b, tag)
	b = order.AppendUint16(b, kind)
	b = order.AppendUint32(b, count)
	if kind == tiffShort && count == 1 {
		return order.AppendUint16(order.AppendUint16(b, uint16(value)), 0)
	}
	return order.AppendUint32(b, value)
}

func chunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// withChunks returns a PNG with chunks before its pixels.
func withChunks(data []byte, chunks ...[]byte) []byte {
	at := bytes.Index(data, []byte("IDAT")) - 4
	return bytes.Join([][]byte{data[:at], bytes.Join(chunks, nil), data[at:]}, nil)
}

func segment(marker byte, data []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2))
	return append(b, data...)
}

// withSegments returns a JPEG with segments at its beginning.
func withSegments(data []byte, segments ...[]byte) []byte {
	return bytes.Join([][]byte{data[:2], bytes.Join(segments, nil), data[2:]}, nil)
}

func exifSegment(orientation uint16) []byte {
	return segment(0xe1, append([]byte("Exif\x00\x00"), exifBlock(binary.LittleEndian, orientation)...))
}

func encodePNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodeJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise returns an image of random opaque pixels, none of which is dark.
func noise(width, height int, seed uint64) *image.RGBA {
	random := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = byte(64 + random.IntN(192))
		if i%4 == 3 {
			img.Pix[i] = 0xff
		}
	}
	return img
}

// A testPage is a page of an uncompressed gray TIFF.
type testPage struct {
	width, height int
	orientation   uint16
	pix           []byte // nil for none of its own: that of the first page
	extra         [][4]uint32
}

// buildTIFF writes a TIFF with each directory behind its pixels.
func buildTIFF(order binary.AppendByteOrder, pages ...testPage) []byte {
	put := order.(binary.ByteOrder)
	b := []byte("II")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM")
	}
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 0)
	link, pixels := 4, 0
	for _, page := range pages {
		if page.pix != nil {
			pixels = len(b)
			b = append(b, page.pix...)
		}
		put.PutUint32(b[link:], uint32(len(b)))
		fields := [][4]uint32{
			{tagWidth, tiffLong, 1, uint32(page.width)},
			{tagHeight, tiffLong, 1, uint32(page.height)},
			{tagBitsPerSample, tiffShort, 1, 8},
			{tagCompression, tiffShort, 1, 1},
			{tagPhotometric, tiffShort, 1, 1},
			{tagStripOffsets, tiffLong, 1, uint32(pixels)},
			{tagOrientation, tiffShort, 1, uint32(page.orientation)},
			{tagSamplesPerPixel, tiffShort, 1, 1},
			{tagRowsPerStrip, tiffLong, 1, uint32(page.height)},
			{tagStripByteCounts, tiffLong, 1, uint32(page.width * page.height)},
		}
		fields = merge(fields, page.extra)
		b = order.AppendUint16(b, uint16(len(fields)))
		for _, f := range fields {
			b = appendEntry(order, b, uint16(f[0]), uint16(f[1]), f[2], f[3])
		}
		link = len(b)
		b = order.AppendUint32(b, 0)
	}
	return b
}

// merge returns fields with extra ones in their places.
func merge(fields, extra [][4]uint32) [][4]uint32 {
	for _, e := range extra {
		i := 0
		for i < len(fields) && fields[i][0] < e[0] {
			i++
		}
		if i < len(fields) && fields[i][0] == e[0] {
			fields[i] = e
			continue
		}
		fields = append(fields[:i:i], append([][4]uint32{e}, fields[i:]...)...)
	}
	return fields
}

// counted counts what is read.
type counted struct {
	io.ReaderAt
	reads int
	bytes int64
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	c.bytes += int64(len(p))
	return c.ReaderAt.ReadAt(p, off)
}

func inspectBytes(data []byte, f Format) (Info, *counted, error) {
	c := &counted{ReaderAt: bytes.NewReader(data)}
	info, err := Inspect(c, int64(len(data)), f)
	return info, c, err
}

// sparse is a file of zeros with data at some offsets.
type sparse map[int64][]byte

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	for at, data := range s {
		if at < off+int64(len(p)) && at+int64(len(data)) > off {
			copy(p[max(at-off, 0):], data[max(off-at, 0):])
		}
	}
	return len(p), nil
}
