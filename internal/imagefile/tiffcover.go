package imagefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/image/tiff"
)

// maxCovered is how many pages of a TIFF are drawn on: as many as Amazon Textract
// reads. Source: limits-document.html, as for [MaxSide].
const maxCovered = 3000

func coverTIFF(w io.Writer, data []byte, areas []Area, style Style) error {
	pages, err := coverablePages(data)
	if err != nil {
		return err
	}
	for i, area := range areas {
		if area.page() > len(pages) {
			return fmt.Errorf("area %d: page %d of %d", i, area.Page, len(pages))
		}
	}
	out := newTIFFWriter()
	for i, page := range pages {
		if style.Check != nil {
			if err := style.Check(); err != nil {
				return err
			}
		}
		c, err := decodePage(data, page, i+1)
		if err != nil {
			return err
		}
		var here []Area
		for _, area := range areas {
			if area.page() == i+1 {
				here = append(here, area)
			}
		}
		if err := out.add(c.draw(here, page.orientation, style.in(TIFF))); err != nil {
			return err
		}
	}
	_, err = w.Write(out.data)
	return err
}

// coverablePages returns the pages, if the decoder can be trusted with all of
// them: it passes over some of what directories say.
func coverablePages(data []byte) ([]tiffPage, error) {
	if len(data) == 0 {
		return nil, ErrEmpty
	}
	in := &ranges{size: int64(len(data)), kept: []window{{0, data}}} // nothing to read
	var pages []tiffPage
	err := tiffPages(in, func(page tiffPage) error {
		switch {
		case len(pages) == maxCovered:
			return fmt.Errorf("%w: more than %d pages", ErrUnsupported, maxCovered)
		case page.reduced:
			return fmt.Errorf("%w: a smaller copy of another page, or a mask", ErrUnsupported)
		case page.odd != "":
			return fmt.Errorf("%w: %s", ErrUnsupported, page.odd)
		case page.width > MaxSide || page.height > MaxSide:
			return &SizeError{len(pages) + 1, int(page.width), int(page.height)}
		}
		pages = append(pages, page)
		return nil
	})
	if err == nil {
		return pages, nil
	}
	if _, large := errors.AsType[*SizeError](err); large || errors.Is(err, ErrUnsupported) {
		return nil, fmt.Errorf("TIFF: %w", err)
	}
	return nil, &FormatError{TIFF, err}
}

// decodePage decodes a page. The decoder knows only the first, so it is shown the
// file with a header that leads to this one.
func decodePage(data []byte, page tiffPage, number int) (canvas, error) {
	header := [8]byte(data)
	if header[0] == 'I' {
		binary.LittleEndian.PutUint32(header[4:], page.offset)
	} else {
		binary.BigEndian.PutUint32(header[4:], page.offset)
	}
	size, err := tiff.DecodeConfig(newHeadedFile(header, data))
	if err == nil && (size.Width > MaxSide || size.Height > MaxSide) {
		return canvas{}, &SizeError{number, size.Width, size.Height}
	}
	if err != nil {
		return canvas{}, pageError(number, err)
	}
	img, err := tiff.Decode(newHeadedFile(header, data))
	if err != nil {
		return canvas{}, pageError(number, err)
	}
	return newCanvas(img), nil
}

func pageError(number int, err error) error {
	if reason, ok := errors.AsType[tiff.UnsupportedError](err); ok {
		return fmt.Errorf("%w: TIFF page %d: %s", ErrUnsupported, number, string(reason))
	}
	return &FormatError{TIFF, fmt.Errorf("page %d: %w", number, err)}
}

// A headedFile reads data with another header.
type headedFile struct {
	header [8]byte
	data   []byte
}

// newHeadedFile returns a reader that also has ReadAt, which the decoder uses.
func newHeadedFile(header [8]byte, data []byte) io.Reader {
	return io.NewSectionReader(headedFile{header, data}, 0, int64(len(data)))
}

func (f headedFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(f.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.data[off:])
	if off < int64(len(f.header)) {
		copy(p[:n], f.header[off:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
