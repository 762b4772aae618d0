package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"testing"
)

// seeds are files of all formats.
func seeds(t testing.TB) map[Format][][]byte {
	small := noise(12, 9, 1)
	all := oriented(t, small, 6)
	page := testPage{width: 6, height: 4, orientation: 1, pix: make([]byte, 24)}
	files := map[Format][][]byte{
		PNG:  {all[PNG], encodePNG(t, kinds(9, 9)["palette"]), encodePNG(t, kinds(9, 9)["alpha 16"])},
		JPEG: {all[JPEG], encodeJPEG(t, image.NewGray(image.Rect(0, 0, 9, 9))), cmykJPEG([][4]uint8{{1, 2, 3, 4}, {200, 0, 0, 9}})},
		TIFF: {all[TIFF], buildTIFF(binary.BigEndian, page, page)},
	}
	w := newTIFFWriter()
	for _, name := range []string{"gray 16", "alpha", "opaque 16"} {
		w.add(newCanvas(kinds(9, 9)[name]))
	}
	files[TIFF] = append(files[TIFF], w.data)
	for _, data := range goodPDFs() {
		files[PDF] = append(files[PDF], data)
	}
	return files
}

var formats = []Format{PNG, JPEG, TIFF, PDF}

func FuzzInspect(f *testing.F) {
	for i, format := range formats {
		for _, data := range seeds(f)[format] {
			f.Add(data, byte(i), false)
			f.Add(data, byte(i), true)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, format byte, spread bool) {
		c := &counted{ReaderAt: bytes.NewReader(data)}
		size := int64(len(data))
		if spread { // followed by much, so that it is not read at once
			c.ReaderAt = sparse{0: data}
			size += 1 << 20
		}
		info, err := Inspect(c, size, formats[int(format)%len(formats)])
		if c.reads > tiffReads || c.bytes > maxBytes {
			t.Errorf("%d reads of %d bytes", c.reads, c.bytes)
		}
		_, unknown := errors.AsType[*UnknownPagesError](err)
		_, malformed := errors.AsType[*FormatError](err)
		switch {
		case err != nil && !unknown && !malformed && !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrEncrypted):
			t.Errorf("%v is of no kind", err)
		case err == nil && (info.Pages < 1 || info.Orientation < 1 || info.Orientation > 8 || info.Width < 0 || info.MaxSide < info.Height):
			t.Errorf("%+v", info)
		}
	})
}

func FuzzCover(f *testing.F) {
	for i, format := range formats[:3] {
		for _, data := range seeds(f)[format] {
			f.Add(data, byte(i), 0.1, 0.2, 0.5, 0.3, false)
			f.Add(data, byte(i), -0.1, 0.9, 0.5, 0.3, true)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, format byte, left, top, width, height float64, outline bool) {
		kind := formats[int(format)%3]
		if info, _, _ := inspectBytes(data, kind); info.MaxSide > 500 || info.Pages > 20 {
			return // slow, not wrong
		}
		area := Area{Left: left, Top: top, Width: width, Height: height, Label: "label",
			Polygon: []Point{{left, top}, {top, left}, {width, height}}}
		style := Style{BothOrientations: true}
		if outline {
			style.Mark = Outline
		}
		var b bytes.Buffer
		if err := Cover(&b, bytes.NewReader(data), kind, []Area{area}, style); err != nil {
			if b.Len() > 0 {
				t.Errorf("%v, but %d bytes are written", err, b.Len())
			}
			return
		}
		// A copy is a good image, which can be covered again.
		if err := Cover(io.Discard, bytes.NewReader(b.Bytes()), kind, nil, Style{}); err != nil {
			t.Errorf("copy: %v", err)
		}
		before, _, _ := inspectBytes(data, kind)
		after, _, err := inspectBytes(b.Bytes(), kind)
		if w, h := before.Displayed(); err != nil || after.Pages != before.Pages || after.Width != w || after.Height != h {
			t.Errorf("%+v became %+v, %v", before, after, err)
		}
	})
}
