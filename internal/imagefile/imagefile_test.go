package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"strings"
	"testing"
)

func TestInspectImages(t *testing.T) {
	small := image.NewGray(image.Rect(0, 0, 30, 20))
	pngFile, jpegFile := encodePNG(t, small), encodeJPEG(t, small)
	xmp := append([]byte("http://ns.adobe.com/xap/1.0/\x00"), bytes.Repeat([]byte{' '}, 2000)...)
	profile := segment(0xe2, bytes.Repeat([]byte{7}, 65_000))
	var profiles [][]byte
	for range 10 {
		profiles = append(profiles, profile)
	}
	gray := make([]byte, 30*20)
	tests := []struct {
		name  string
		data  []byte
		f     Format
		want  Info
		reads int
	}{
		{"png", pngFile, PNG, Info{PNG, 1, 30, 20, 30, 1}, 1},
		{"png oriented", withChunks(pngFile, chunk("eXIf", exifBlock(binary.BigEndian, 6))), PNG, Info{PNG, 1, 30, 20, 30, 6}, 1},
		{"png with much before its orientation", withChunks(pngFile, chunk("iCCP", make([]byte, 300_000)), chunk("eXIf", exifBlock(binary.BigEndian, 3))),
			PNG, Info{PNG, 1, 30, 20, 30, 3}, 2},
		{"jpeg", jpegFile, JPEG, Info{JPEG, 1, 30, 20, 30, 1}, 1},
		{"jpeg oriented", withSegments(jpegFile, exifSegment(8)), JPEG, Info{JPEG, 1, 30, 20, 30, 8}, 1},
		{"jpeg with XMP before EXIF", withSegments(jpegFile, segment(0xe1, xmp), exifSegment(5)), JPEG, Info{JPEG, 1, 30, 20, 30, 5}, 1},
		{"the first EXIF counts", withSegments(jpegFile, exifSegment(5), exifSegment(6)), JPEG, Info{JPEG, 1, 30, 20, 30, 5}, 1},
		{"orientation out of range", withSegments(jpegFile, exifSegment(9)), JPEG, Info{JPEG, 1, 30, 20, 30, 1}, 1},
		{"jpeg with a large profile", withSegments(jpegFile, profiles...), JPEG, Info{JPEG, 1, 30, 20, 30, 1}, 4},
		{"jpeg with stray and fill bytes", withSegments(jpegFile, []byte("\x00\x01\xff\xff\xff\xff"), exifSegment(2)), JPEG, Info{JPEG, 1, 30, 20, 30, 2}, 1},
		{"tiff", buildTIFF(binary.LittleEndian, testPage{width: 30, height: 20, orientation: 1, pix: gray}), TIFF, Info{TIFF, 1, 30, 20, 30, 1}, 1},
		{"tiff big endian, three pages", buildTIFF(binary.BigEndian,
			testPage{width: 30, height: 20, orientation: 7, pix: gray}, testPage{width: 5, height: 400, orientation: 1}, testPage{width: 6, height: 6}),
			TIFF, Info{TIFF, 3, 30, 20, 400, 7}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, read, err := inspectBytes(test.data, test.f)
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
			if read.reads != test.reads {
				t.Errorf("%d reads of %d bytes, want %d", read.reads, read.bytes, test.reads)
			}
		})
	}
}

func TestDisplayed(t *testing.T) {
	for orientation := 1; orientation <= 8; orientation++ {
		width, height := Info{Width: 3, Height: 2, Orientation: orientation}.Displayed()
		if turned := orientation >= 5; turned != (width == 2 && height == 3) || !turned != (width == 3 && height == 2) {
			t.Errorf("orientation %d: %d x %d", orientation, width, height)
		}
	}
}

// TestInspectCutShort cuts files at every byte: a file is whole enough, or the
// error says that it ends.
func TestInspectCutShort(t *testing.T) {
	small := image.NewGray(image.Rect(0, 0, 30, 20))
	files := map[Format][]byte{
		PNG:  withChunks(encodePNG(t, small), chunk("eXIf", exifBlock(binary.BigEndian, 6))),
		JPEG: withSegments(encodeJPEG(t, small), exifSegment(8)),
		TIFF: buildTIFF(binary.LittleEndian, testPage{width: 5, height: 4, orientation: 1, pix: make([]byte, 20)}, testPage{width: 5, height: 4}),
	}
	for f, data := range files {
		t.Run(string(f), func(t *testing.T) {
			want, _, err := inspectBytes(data, f)
			if err != nil {
				t.Fatal(err)
			}
			for n := range data {
				got, _, err := inspectBytes(data[:n], f)
				malformed, isMalformed := errors.AsType[*FormatError](err)
				switch {
				case n == 0:
					if err != ErrEmpty {
						t.Errorf("0 bytes: %v", err)
					}
				case err == nil && got != want:
					t.Errorf("%d bytes: %+v", n, got)
				case err != nil && (!isMalformed || malformed.Format != f || !errors.Is(err, io.ErrUnexpectedEOF)):
					t.Errorf("%d bytes: %v", n, err)
				}
			}
		})
	}
}

func TestInspectMalformed(t *testing.T) {
	page := testPage{width: 5, height: 4, orientation: 1, pix: make([]byte, 20)}
	tiffFile := buildTIFF(binary.LittleEndian, page, page)
	loop := bytes.Clone(tiffFile)
	copy(loop[len(loop)-4:], loop[4:8])
	beyond := bytes.Clone(tiffFile)
	copy(beyond[len(beyond)-4:], "\xff\xff\xff\x7f")
	noPages := bytes.Clone(tiffFile)
	copy(noPages[4:], "\x00\x00\x00\x00")
	tests := []struct {
		name, data string
		f          Format
		want       string
	}{
		{"text as png", "hello, this is a text of some length", PNG, "no PNG header"},
		{"text as jpeg", "hello", JPEG, "no JPEG header"},
		{"text as tiff", "hello, world", TIFF, "no TIFF header"},
		{"text as pdf", "hello, world", PDF, "no PDF header"},
		{"png without pixels", "\x89PNG\r\n\x1a\n" + string(chunk("IHDR", []byte("\x00\x00\x00\x05\x00\x00\x00\x05\x08\x00\x00\x00\x00"))) + string(chunk("IEND", nil)), PNG, "no pixels"},
		{"png of no width", "\x89PNG\r\n\x1a\n" + string(chunk("IHDR", []byte("\x00\x00\x00\x00\x00\x00\x00\x05\x08\x00\x00\x00\x00"))), PNG, "size of 0 x 5"},
		{"png of endless chunks", "\x89PNG\r\n\x1a\n" + string(chunk("IHDR", []byte("\x00\x00\x00\x05\x00\x00\x00\x05\x08\x00\x00\x00\x00"))) + strings.Repeat(string(chunk("tEXt", nil)), 5000), PNG, "more than 4096 chunks"},
		{"jpeg without a frame", "\xff\xd8\xff\xd9", JPEG, "no frame header"},
		{"jpeg with a short segment", "\xff\xd8\xff\xe0\x00\x01\x00", JPEG, "segment of 1 bytes"},
		{"jpeg of no height", "\xff\xd8" + string(segment(0xc0, []byte("\x08\x00\x00\x00\x05\x01\x01\x11\x00"))), JPEG, "size of 5 x 0"},
		{"jpeg of endless segments", "\xff\xd8" + strings.Repeat("\xff\xfe\x00\x02", 5000), JPEG, "more than 4096 segments"},
		{"jpeg of stray bytes", "\xff\xd8" + strings.Repeat("\x00", 90_000), JPEG, "no segment"},
		{"tiff in a loop", string(loop), TIFF, "the pages are a loop"},
		{"tiff with a page beyond the end", string(beyond), TIFF, "page 3: offset 2147483647"},
		{"tiff without pages", string(noPages), TIFF, "no pages"},
		{"tiff page of no size", string(buildTIFF(binary.BigEndian, testPage{height: 4})), TIFF, "size of 0 x 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, _, err := inspectBytes([]byte(test.data), test.f)
			if _, malformed := errors.AsType[*FormatError](err); !malformed || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if got != (Info{}) {
				t.Errorf("got %+v beside an error", got)
			}
		})
	}
	for _, f := range []Format{GIF, Unknown, ""} {
		if _, _, err := inspectBytes([]byte("GIF89a"), f); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%q: %v", f, err)
		}
	}
}

type denied struct{ after int }

var errDenied = errors.New("access denied")

func (d *denied) ReadAt(p []byte, off int64) (int, error) {
	if d.after--; d.after < 0 {
		return 0, errDenied
	}
	return len(p), nil
}

// TestInspectReadError makes sure that what cannot be read is not taken for a
// fault of the file.
func TestInspectReadError(t *testing.T) {
	for _, f := range []Format{PNG, JPEG, TIFF, PDF} {
		_, err := Inspect(&denied{}, 1<<20, f)
		_, malformed := errors.AsType[*FormatError](err)
		_, unknown := errors.AsType[*UnknownPagesError](err)
		if !errors.Is(err, errDenied) || malformed || unknown {
			t.Errorf("%s: %v", f, err)
		}
	}
	// A file that is shorter than its size.
	data := encodePNG(t, image.NewGray(image.Rect(0, 0, 3, 3)))
	_, err := Inspect(bytes.NewReader(data), int64(len(data))+1, PNG)
	if _, malformed := errors.AsType[*FormatError](err); malformed || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("shorter than its size: %v", err)
	}
}

// A tiffOfGaps is a TIFF of pages whose directories are gap bytes apart, with
// zeros between them.
type tiffOfGaps struct {
	pages     int
	gap       int64
	directory []byte
}

func newTIFFOfGaps(pages int, gap int64) tiffOfGaps {
	one := buildTIFF(binary.LittleEndian, testPage{width: 2480, height: 3508, orientation: 1})
	return tiffOfGaps{pages, gap, one[8:]}
}

func (f tiffOfGaps) size() int64 { return int64(f.pages+1) * f.gap }

func (f tiffOfGaps) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	file := sparse{0: binary.LittleEndian.AppendUint32([]byte("II*\x00"), uint32(f.gap))}
	first, last := max(1, int(off/f.gap)), min(f.pages, int((off+int64(len(p)))/f.gap))
	for page := first; page <= last; page++ {
		directory := bytes.Clone(f.directory)
		if page < f.pages {
			binary.LittleEndian.PutUint32(directory[len(directory)-4:], uint32(int64(page+1)*f.gap))
		}
		file[int64(page)*f.gap] = directory
	}
	return file.ReadAt(p, off)
}

func TestInspectTIFFReads(t *testing.T) {
	tests := []struct {
		pages    int
		gap      int64
		maxReads int
		maxBytes int64
	}{
		{1, 8 << 20, 2, 8 << 10},         // a photograph
		{3000, 200, 8, 700_000},          // pages that are all but empty
		{3000, 8 << 10, 60, 40 << 20},    // sketches: as good as the whole file
		{3000, 30 << 10, 3001, 13 << 20}, // fax pages: their directories only
	}
	for _, test := range tests {
		file := newTIFFOfGaps(test.pages, test.gap)
		c := &counted{ReaderAt: file}
		info, err := Inspect(c, file.size(), TIFF)
		if err != nil || info.Pages != test.pages {
			t.Errorf("%d pages of %d bytes: %+v, %v", test.pages, test.gap, info, err)
		}
		if c.reads > test.maxReads || c.bytes > test.maxBytes {
			t.Errorf("%d pages of %d bytes: %d reads of %d bytes, want %d of %d", test.pages, test.gap, c.reads, c.bytes, test.maxReads, test.maxBytes)
		}
	}
}

func TestInspectTIFFTooManyReads(t *testing.T) {
	file := newTIFFOfGaps(5000, 150<<10)
	c := &counted{ReaderAt: file}
	info, err := Inspect(c, file.size(), TIFF)
	unknown, ok := errors.AsType[*UnknownPagesError](err)
	if !ok || unknown.AtLeast < 4000 || info.Width != 2480 {
		t.Errorf("got %+v, %v", info, err)
	}
	if c.reads > tiffReads || c.bytes > maxBytes {
		t.Errorf("%d reads of %d bytes", c.reads, c.bytes)
	}
}

func TestInspectTIFFTooManyPages(t *testing.T) {
	page := buildTIFF(binary.LittleEndian, testPage{width: 1, height: 1})[8:]
	pages := bytes.Repeat(page, maxTIFFPages+1)
	for i := 1; i <= maxTIFFPages; i++ {
		binary.LittleEndian.PutUint32(pages[i*len(page)-4:], uint32(8+i*len(page)))
	}
	data := append([]byte("II*\x00\x08\x00\x00\x00"), pages...)
	_, _, err := inspectBytes(data, TIFF)
	if unknown, ok := errors.AsType[*UnknownPagesError](err); !ok || unknown.AtLeast != maxTIFFPages {
		t.Errorf("got %v", err)
	}
}

func BenchmarkInspectTIFF10000Pages(b *testing.B) {
	page := testPage{width: 2480, height: 3508, orientation: 1, pix: make([]byte, 1000)}
	pages := make([]testPage, 10_000)
	for i := range pages {
		pages[i] = page
	}
	data := buildTIFF(binary.LittleEndian, pages...)
	b.ReportAllocs()
	for b.Loop() {
		info, err := Inspect(bytes.NewReader(data), int64(len(data)), TIFF)
		if err != nil || info.Pages != len(pages) {
			b.Fatal(info, err)
		}
	}
}
