package imagefile

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
)

const (
	// maxFile is the largest file that is drawn on, in bytes: that of Amazon
	// Textract for TIFF. Source: limits-document.html, as for [MaxSide].
	maxFile = 500 << 20

	jpegQuality = 92
	redactEdge  = 3 // pixels around what is covered
	jpegEdge    = 8 // the same in a JPEG, where a mark shows in all of its block of 8 x 8
)

// An Area is a place on a page: a box, a polygon or both. Lengths are ratios of
// the width and height of the page as it is displayed, from its upper left
// corner; what lies outside the page is left out.
type Area struct {
	Page    int // from 1; 0 is 1
	Left    float64
	Top     float64
	Width   float64
	Height  float64
	Polygon []Point
	Label   string // is drawn beside an outline; ASCII, up to 40 characters of it
}

// A Point is a place on a page, in the ratios of an [Area].
type Point struct{ X, Y float64 }

// A Mark is what is drawn for an area.
type Mark int

const (
	// Redact fills the box and the polygon with black, and a few pixels around
	// them. Of a polygon that is hollowed on its left or right the hollow is
	// filled too. Labels are not drawn.
	Redact Mark = iota

	// Outline draws a line around the polygon, around the box if there is no
	// polygon, and the label beside it.
	Outline
)

// A Style says how areas are drawn.
type Style struct {
	Mark Mark

	// Edge is how many pixels around an area [Redact] covers too, so that nothing
	// of the edges of letters remains. Defaults to 3, and to 8 in a JPEG, where
	// traces of a mark are in all of its block of 8 x 8 pixels. Faint colours of it can
	// be in 16 x 16, where the JPEG has fewer of them than pixels: 16 takes these, and
	// more of the words beside.
	Edge int

	// Color is that of outlines, and is opaque. The zero value is red.
	Color color.NRGBA

	// IgnoreOrientation says that areas are places on the page as it is stored,
	// before it is turned as EXIF or TIFF say. BothOrientations draws each area
	// in both places, for redactions that must hold either way. They make no
	// difference to images that are stored as they are displayed, which are the
	// most, and none to how the copy is turned.
	//
	// Amazon Textract's documentation does not say on which its geometry stands.
	// That it is the page as displayed is an assumption; Amazon Rekognition's does
	// say so: https://docs.aws.amazon.com/rekognition/latest/dg/images-orientation.html
	IgnoreOrientation bool
	BothOrientations  bool

	// Check, if set, is called before each page. An error ends Cover with it; so
	// a context can end the work on a file of many pages.
	Check func() error
}

// Cover copies the image that r reads to w, in its format and with all its pages,
// and draws areas on the copy. The copy is turned as it is displayed, and has the
// pixels and nothing else of the original: no metadata, colour profile,
// resolution or thumbnail. A PNG or TIFF keeps every pixel that is not drawn on;
// a JPEG is compressed anew. A PNG or TIFF with a palette gets full colours, and
// pages of a TIFF are compressed without loss (Deflate), so files may grow.
//
// Nothing is written before all of the image is decoded and drawn on. Memory is
// the file and up to twice the largest page, of 4 bytes a pixel, 8 if it has 16
// bits a colour; for TIFF the copy, too. A hostile TIFF can take 8 bytes a pixel
// more, which for a page of [MaxSide] squared is 800 MB.
//
// Errors are [ErrUnsupported] for PDF and other formats, animated PNG, TIFF in
// which a page is a smaller copy of another one (it would show what is covered
// there), and PNG with an orientation behind the pixels; [*SizeError] for a page
// of more than [MaxSide] pixels; and [*FormatError] for a file that cannot be
// decoded. An area that is on no page, or without extent, is an error: it could not
// be covered.
func Cover(w io.Writer, r io.Reader, f Format, areas []Area, style Style) error {
	if f != PNG && f != JPEG && f != TIFF {
		return fmt.Errorf("%w: drawing on %s", ErrUnsupported, f)
	}
	for i, area := range areas {
		if err := area.check(); err != nil {
			return fmt.Errorf("area %d: %w", i, err)
		}
	}
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return fmt.Errorf("read %s: %w", f, err)
	case len(data) > maxFile:
		return fmt.Errorf("%w: drawing on a file of more than %d MiB", ErrUnsupported, maxFile>>20)
	}
	if f == TIFF {
		return coverTIFF(w, data, areas, style)
	}
	return coverImage(w, data, f, areas, style)
}

// coverImage draws on a PNG or JPEG.
func coverImage(w io.Writer, data []byte, f Format, areas []Area, style Style) error {
	for i, area := range areas {
		if area.page() != 1 {
			return fmt.Errorf("area %d: page %d of 1", i, area.Page)
		}
	}
	info, err := Inspect(bytes.NewReader(data), int64(len(data)), f)
	if err == nil && f == PNG {
		err = refusePNG(data)
	}
	if err == nil && style.Check != nil {
		err = style.Check()
	}
	if err != nil {
		return err
	}
	page, err := decodeImage(data, f)
	if err != nil {
		return err
	}
	page = page.draw(areas, info.Orientation, style.in(f))
	if f == JPEG {
		return jpeg.Encode(w, page.image(), &jpeg.Options{Quality: jpegQuality})
	}
	return png.Encode(w, page.image())
}

// decodeImage decodes a PNG or JPEG, if it is not too large by what the decoder
// itself reads of it.
func decodeImage(data []byte, f Format) (canvas, error) {
	config, decode := png.DecodeConfig, png.Decode
	if f == JPEG {
		config, decode = jpeg.DecodeConfig, jpeg.Decode
	}
	size, err := config(bytes.NewReader(data))
	if err != nil {
		return canvas{}, decodeError(f, err)
	}
	if size.Width > MaxSide || size.Height > MaxSide {
		return canvas{}, &SizeError{1, size.Width, size.Height}
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return canvas{}, decodeError(f, err)
	}
	return newCanvas(img), nil
}

// decodeError tells what the decoder does not know from what is wrong.
func decodeError(f Format, err error) error {
	_, noJPEG := errors.AsType[jpeg.UnsupportedError](err)
	_, noPNG := errors.AsType[png.UnsupportedError](err)
	if noJPEG || noPNG {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return &FormatError{f, err}
}

// in returns the style for files of a format.
func (s Style) in(f Format) Style {
	if s.Edge <= 0 {
		s.Edge = redactEdge
		if f == JPEG {
			s.Edge = jpegEdge
		}
	}
	if s.Color == (color.NRGBA{}) {
		s.Color = color.NRGBA{R: 0xd0, A: 0xff}
	}
	s.Color.A = 0xff
	return s
}

// draw turns the page as it is displayed and draws areas on it.
func (c canvas) draw(areas []Area, orientation int, style Style) canvas {
	c = c.turned(orientation)
	if style.Mark == Outline && len(areas) > 0 {
		c = c.colored()
	}
	for _, area := range areas {
		if !style.IgnoreOrientation || style.BothOrientations {
			c.mark(area, style)
		}
		if style.IgnoreOrientation || style.BothOrientations {
			c.mark(area.turned(orientation), style)
		}
	}
	return c
}

func (c canvas) mark(area Area, style Style) {
	if style.Mark == Outline {
		c.outline(area, style.Color)
		return
	}
	c.redact(area, style.Edge)
}

func (a Area) page() int { return max(a.Page, 1) }

func (a Area) hasBox() bool { return a.Width > 0 || a.Height > 0 }

// check tells whether the area is a place that can be drawn on.
func (a Area) check() error {
	for _, v := range a.numbers() {
		if math.IsNaN(v) || math.Abs(v) > 1e3 {
			return fmt.Errorf("%v is no place on a page", v)
		}
	}
	switch {
	case a.Page < 0:
		return fmt.Errorf("page %d", a.Page)
	case a.Width < 0 || a.Height < 0:
		return fmt.Errorf("box of %v x %v", a.Width, a.Height)
	case !a.hasBox() && len(a.Polygon) == 0:
		return errors.New("neither a box nor a polygon")
	}
	left, top, right, bottom := a.extent()
	if left > 1 || top > 1 || right < 0 || bottom < 0 {
		return fmt.Errorf("outside the page: %v to %v across, %v to %v down", left, right, top, bottom)
	}
	return nil
}

func (a Area) numbers() []float64 {
	all := []float64{a.Left, a.Top, a.Width, a.Height}
	for _, p := range a.Polygon {
		all = append(all, p.X, p.Y)
	}
	return all
}

// extent returns the sides of the rectangle around the area.
func (a Area) extent() (left, top, right, bottom float64) {
	left, top, right, bottom = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range a.corners() {
		left, right = min(left, p.X), max(right, p.X)
		top, bottom = min(top, p.Y), max(bottom, p.Y)
	}
	return left, top, right, bottom
}

func (a Area) corners() []Point {
	corners := append([]Point(nil), a.Polygon...)
	if a.hasBox() {
		corners = append(corners, Point{a.Left, a.Top}, Point{a.Left + a.Width, a.Top + a.Height})
	}
	return corners
}
