package ocr

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// decimals that coordinates are written with, as a factor: a tenth of a pixel of an
// image with 10,000.
const decimals = 1e5

// Write writes the document as JSON, page by page, for [Read]. What is written is
// the document as [Document.Clean] returns it, with coordinates of five decimals:
// boxes do not become smaller by it. Polygons that are no more than the corners of
// their box are left out. One document gives the same bytes each time.
//
// An error is returned before anything is written if pages are not in the order of
// their numbers.
func (d Document) Write(w io.Writer) error {
	if err := d.checkOrder(); err != nil {
		return fmt.Errorf("ocr: write document: %w", err)
	}
	b := []byte(`{"pages":[`)
	for i := range d.Pages {
		if i > 0 {
			b = append(b, ',')
		}
		b = d.Pages[i].clean().append(b)
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("ocr: write document: %w", err)
		}
		b = b[:0]
	}
	if _, err := w.Write(append(b, "]}\n"...)); err != nil {
		return fmt.Errorf("ocr: write document: %w", err)
	}
	return nil
}

// MarshalJSON returns what [Document.Write] writes.
func (d Document) MarshalJSON() ([]byte, error) {
	if err := d.checkOrder(); err != nil {
		return nil, fmt.Errorf("ocr: marshal document: %w", err)
	}
	b := []byte(`{"pages":[`)
	for i := range d.Pages {
		if i > 0 {
			b = append(b, ',')
		}
		b = d.Pages[i].clean().append(b)
	}
	return append(b, "]}"...), nil
}

func (d Document) checkOrder() error {
	before := 0
	for _, page := range d.Pages {
		if err := (Page{Number: page.Number}).check(before); err != nil {
			return err
		}
		before = page.Number
	}
	return nil
}

// append appends the page, which is clean.
func (p Page) append(b []byte) []byte {
	b = append(b, `{"number":`...)
	b = strconv.AppendInt(b, int64(p.Number), 10)
	b = append(b, `,"lines":[`...)
	for i := range p.Lines {
		if i > 0 {
			b = append(b, ',')
		}
		b = p.Lines[i].append(b)
	}
	return append(b, "]}"...)
}

func (l *Line) append(b []byte) []byte {
	b = append(b, `{"text":`...)
	b = appendString(b, l.Text)
	b = appendPlace(b, l.Box, l.Polygon)
	for i, w := range l.Words {
		if i == 0 {
			b = append(b, `,"words":[`...)
		} else {
			b = append(b, ',')
		}
		b = append(b, `{"start":`...)
		b = strconv.AppendInt(b, int64(w.Start), 10)
		b = append(b, `,"end":`...)
		b = strconv.AppendInt(b, int64(w.End), 10)
		b = appendPlace(b, w.Box, w.Polygon)
		b = append(b, '}')
	}
	if len(l.Words) > 0 {
		b = append(b, ']')
	}
	return append(b, '}')
}

func appendPlace(b []byte, box Box, polygon []Point) []byte {
	b = append(b, `,"box":`...)
	b = box.append(b)
	if len(polygon) > 0 && !box.is(polygon) {
		b = append(b, `,"polygon":[`...)
		for i, p := range polygon {
			if i > 0 {
				b = append(b, ',')
			}
			b = p.append(b)
		}
		b = append(b, ']')
	}
	return b
}

// is tells whether the polygon is the box, to the decimals that are written.
func (b Box) is(polygon []Point) bool {
	corners := b.corners()
	for i, p := range polygon {
		if len(polygon) != 4 || math.Abs(float64(p.X-corners[i].X))*decimals > 1 || math.Abs(float64(p.Y-corners[i].Y))*decimals > 1 {
			return false
		}
	}
	return true
}

// MarshalJSON returns the box with coordinates of five decimals, not smaller than
// it is.
func (b Box) MarshalJSON() ([]byte, error) {
	if !finite(b.Left, b.Top, b.Width, b.Height) {
		return nil, errors.New("ocr: marshal box: its coordinates are not numbers")
	}
	return b.append(nil), nil
}

// MarshalJSON returns the point with coordinates of five decimals.
func (p Point) MarshalJSON() ([]byte, error) {
	if !finite(p.X, p.Y) {
		return nil, errors.New("ocr: marshal point: its coordinates are not numbers")
	}
	return p.append(nil), nil
}

func finite(numbers ...float32) bool {
	for _, n := range numbers {
		if n != n || math.IsInf(float64(n), 0) {
			return false
		}
	}
	return true
}

func (b Box) append(to []byte) []byte {
	left, width := outward(float64(b.Left), b.right())
	top, height := outward(float64(b.Top), b.bottom())
	to = append(to, `{"left":`...)
	to = appendUnits(to, left)
	to = append(to, `,"top":`...)
	to = appendUnits(to, top)
	to = append(to, `,"width":`...)
	to = appendUnits(to, width)
	to = append(to, `,"height":`...)
	to = appendUnits(to, height)
	return append(to, '}')
}

// outward returns the beginning and the length, in units of the last decimal, of
// the smallest range that two numbers are in. It has a length, and begins on the
// page. What was rounded once is not rounded further: float32 is exact to a
// hundredth of such a unit.
func outward(from, to float64) (start, length float64) {
	const exact = 0.02
	start = min(math.Floor(from*decimals+exact), decimals-1)
	return start, max(1, math.Ceil(to*decimals-exact)-start)
}

func (p Point) append(to []byte) []byte {
	to = append(to, `{"x":`...)
	to = appendUnits(to, math.Round(float64(p.X)*decimals))
	to = append(to, `,"y":`...)
	to = appendUnits(to, math.Round(float64(p.Y)*decimals))
	return append(to, '}')
}

func appendUnits(to []byte, units float64) []byte {
	return strconv.AppendFloat(to, units/decimals+0, 'f', -1, 64)
}

// appendString appends a rendered text as encoding/json does, which escapes what is
// markup in HTML, too. It has no control characters and is valid UTF-8.
func appendString(b []byte, text string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(text) {
		switch c := text[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '<', '>', '&':
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
