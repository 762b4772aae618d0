package imagefile

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// A canvas is the pixels of a page, of depth bytes each: 1 is that of image.Gray,
// 2 of image.Gray16, 4 of image.NRGBA, 8 of image.NRGBA64.
type canvas struct {
	pix                          []byte
	stride, width, height, depth int
}

func blankCanvas(width, height, depth int) canvas {
	return canvas{make([]byte, width*height*depth), width * depth, width, height, depth}
}

// newCanvas takes over the pixels of img, exactly as they are, but for two that
// only a TIFF has: translucent ones that are stored premultiplied may change by
// rounding, and a palette is cut to 8 bits a colour.
func newCanvas(img image.Image) canvas {
	size := img.Bounds().Size()
	c := canvas{width: size.X, height: size.Y}
	switch m := img.(type) {
	case *image.Gray:
		c.pix, c.stride, c.depth = m.Pix, m.Stride, 1
	case *image.Gray16:
		c.pix, c.stride, c.depth = m.Pix, m.Stride, 2
	case *image.NRGBA:
		c.pix, c.stride, c.depth = m.Pix, m.Stride, 4
	case *image.NRGBA64:
		c.pix, c.stride, c.depth = m.Pix, m.Stride, 8
	case *image.Paletted:
		return unpaletted(m)
	case *image.RGBA:
		if !m.Opaque() {
			return converted(m, image.NewNRGBA(m.Rect))
		}
		c.pix, c.stride, c.depth = m.Pix, m.Stride, 4
	case *image.RGBA64:
		if !m.Opaque() {
			return converted(m, image.NewNRGBA64(m.Rect))
		}
		c.pix, c.stride, c.depth = m.Pix, m.Stride, 8
	default: // JPEG: opaque, 8 bits a colour
		rgba := image.NewRGBA(image.Rectangle{Max: size})
		draw.Draw(rgba, rgba.Rect, img, img.Bounds().Min, draw.Src)
		c.pix, c.stride, c.depth = rgba.Pix, rgba.Stride, 4
	}
	return c
}

// converted draws img on an image of a type that a canvas takes.
func converted(img image.Image, on draw.Image) canvas {
	draw.Draw(on, on.Bounds(), img, img.Bounds().Min, draw.Src)
	return newCanvas(on)
}

func unpaletted(m *image.Paletted) canvas {
	var colors [256]color.NRGBA
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		colors[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
	}
	c := blankCanvas(m.Rect.Dx(), m.Rect.Dy(), 4)
	for y := range c.height {
		row := c.pix[y*c.stride:]
		for x, index := range m.Pix[y*m.Stride:][:c.width] {
			n := colors[index]
			copy(row[4*x:], []byte{n.R, n.G, n.B, n.A})
		}
	}
	return c
}

// image returns the page as an image, one that the encoder of JPEG is fast with
// if it is opaque.
func (c canvas) image() image.Image {
	rect := image.Rect(0, 0, c.width, c.height)
	switch c.depth {
	case 1:
		return &image.Gray{Pix: c.pix, Stride: c.stride, Rect: rect}
	case 2:
		return &image.Gray16{Pix: c.pix, Stride: c.stride, Rect: rect}
	case 8:
		return &image.NRGBA64{Pix: c.pix, Stride: c.stride, Rect: rect}
	}
	if rgba := (&image.RGBA{Pix: c.pix, Stride: c.stride, Rect: rect}); rgba.Opaque() {
		return rgba
	}
	return &image.NRGBA{Pix: c.pix, Stride: c.stride, Rect: rect}
}

// colored returns the page as one that colours can be drawn on.
func (c canvas) colored() canvas {
	rect := image.Rect(0, 0, c.width, c.height)
	switch c.depth {
	case 1:
		return converted(c.image(), image.NewRGBA(rect))
	case 2:
		return converted(c.image(), image.NewRGBA64(rect))
	}
	return c
}

// at returns where in c.pix a pixel is.
func (c canvas) at(x, y int) int { return y*c.stride + x*c.depth }

// black and white are colours that all canvases have.
var (
	black = color.NRGBA{A: 0xff}
	white = color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}
)

// pixel returns the bytes of a pixel of an opaque colour. Gray has its red.
func (c canvas) pixel(col color.NRGBA) []byte {
	switch c.depth {
	case 1:
		return []byte{col.R}
	case 2:
		return []byte{col.R, col.R}
	case 8:
		return []byte{col.R, col.R, col.G, col.G, col.B, col.B, 0xff, 0xff}
	}
	return []byte{col.R, col.G, col.B, 0xff}
}

// fill paints a rectangle, as far as it is on the page.
func (c canvas) fill(rect image.Rectangle, col color.NRGBA) {
	rect = rect.Intersect(image.Rect(0, 0, c.width, c.height))
	if rect.Empty() {
		return
	}
	pixel := c.pixel(col)
	var first []byte
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		row := c.pix[c.at(rect.Min.X, y):c.at(rect.Max.X, y)]
		if first != nil {
			copy(row, first)
			continue
		}
		copy(row, pixel)
		for n := len(pixel); n < len(row); n *= 2 {
			copy(row[n:], row[:n])
		}
		first = row
	}
}

// redact blackens an area and edge pixels around it.
func (c canvas) redact(a Area, edge int) {
	if a.hasBox() {
		c.fill(c.rect(a).Inset(-edge), black)
	}
	if len(a.Polygon) == 0 {
		return
	}
	_, top, _, bottom := Area{Polygon: a.Polygon}.extent()
	from, to := c.row(top)-edge, c.row(bottom)+edge
	for y := max(from, 0); y <= min(to, c.height-1); y++ {
		left, right, ok := c.span(a.Polygon, float64(y-edge), float64(y+1+edge))
		if ok {
			c.fill(image.Rect(floor(left)-edge, y, ceil(right)+edge, y+1), black)
		}
	}
}

// rect returns the pixels that the box of an area touches by more than rounding.
func (c canvas) rect(a Area) image.Rectangle {
	const rounding = 0.001 // pixels
	w, h := float64(c.width), float64(c.height)
	return image.Rect(floor(a.Left*w+rounding), floor(a.Top*h+rounding),
		ceil((a.Left+a.Width)*w-rounding), ceil((a.Top+a.Height)*h-rounding))
}

func (c canvas) row(y float64) int { return floor(y * float64(c.height)) }

// span returns how far a polygon reaches to the left and to the right between two
// heights, all in pixels; ok is false if it does not come between them.
func (c canvas) span(polygon []Point, top, bottom float64) (left, right float64, ok bool) {
	left, right = math.Inf(1), math.Inf(-1)
	for i, p := range polygon {
		q := polygon[(i+1)%len(polygon)]
		x0, y0 := p.X*float64(c.width), p.Y*float64(c.height)
		x1, y1 := q.X*float64(c.width), q.Y*float64(c.height)
		if y0 > y1 {
			x0, y0, x1, y1 = x1, y1, x0, y0
		}
		if y1 < top || y0 > bottom {
			continue
		}
		if y0 < top {
			x0 += (x1 - x0) * (top - y0) / (y1 - y0)
			y0 = top
		}
		if y1 > bottom && y1 > y0 {
			x1 = x0 + (x1-x0)*(bottom-y0)/(y1-y0)
		}
		left, right = min(left, x0, x1), max(right, x0, x1)
	}
	return left, right, left <= right
}

func floor(v float64) int { return int(math.Floor(v)) }
func ceil(v float64) int  { return int(math.Ceil(v)) }
