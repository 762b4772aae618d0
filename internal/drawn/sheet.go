package drawn

import (
	"image"
	"image/color"
	"image/draw"

	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A sheet is a document that is being drawn. Places are in pixels from the left
// and the top.
type sheet struct {
	img     *image.RGBA
	clip    image.Rectangle // where shapes are drawn
	stencil *image.Alpha    // what of that they cover; nil for all
	faces   faces
	lines   []ocr.Line
}

func newSheet(width, height int, paper color.Color) *sheet {
	s := &sheet{img: image.NewRGBA(image.Rect(0, 0, width, height)), faces: newFaces()}
	s.clip = s.img.Rect
	draw.Draw(s.img, s.img.Rect, image.NewUniform(paper), image.Point{}, draw.Src)
	return s
}

func (s *sheet) document(name string) Document {
	return Document{Name: name, Image: s.img, Page: ocr.Page{Number: 1, Lines: s.lines}}
}

// rgb returns an opaque colour, as in CSS: 0x1f6feb.
func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// faint returns a colour that lets so much of what is below it through.
func faint(hex uint32, alpha uint8) color.NRGBA {
	c := rgb(hex)
	c.A = alpha
	return c
}

// fill paints what is within a path, with smooth edges.
func (s *sheet) fill(c color.Color, trace func(*path)) {
	var p path
	trace(&p)
	area := p.bounds().Intersect(s.clip)
	if area.Empty() {
		return
	}
	mask := p.mask(area)
	for i := range mask.Pix {
		if s.stencil != nil {
			x, y := area.Min.X+i%mask.Stride, area.Min.Y+i/mask.Stride
			mask.Pix[i] = uint8(uint16(mask.Pix[i]) * uint16(s.stencil.AlphaAt(x, y).A) / 255)
		}
	}
	draw.DrawMask(s.img, area, image.NewUniform(c), image.Point{}, mask, area.Min, draw.Over)
}

// within returns a sheet whose shapes stay within a path.
func (s *sheet) within(trace func(*path)) *sheet {
	var p path
	trace(&p)
	part := *s
	part.clip = p.bounds().Intersect(s.clip)
	part.stencil = p.mask(part.clip)
	return &part
}

// rect fills whole pixels.
func (s *sheet) rect(x, y, w, h float64, c color.Color) {
	area := image.Rect(int(x), int(y), int(x+w), int(y+h)).Intersect(s.clip)
	draw.Draw(s.img, area, image.NewUniform(c), image.Point{}, draw.Over)
}

// round is a rectangle with round corners.
func (s *sheet) round(x, y, w, h, radius float64, c color.Color) {
	s.fill(c, func(p *path) { p.round(x, y, w, h, radius) })
}

// ellipse has its middle at x, y.
func (s *sheet) ellipse(x, y, rx, ry float64, c color.Color) {
	s.fill(c, func(p *path) { p.ellipse(x, y, rx, ry) })
}

// rule is a straight line.
func (s *sheet) rule(x, y, toX, toY, width float64, c color.Color) {
	s.fill(c, func(p *path) { p.stroke(width, []point{{x, y}, {toX, toY}}) })
}
