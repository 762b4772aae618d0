package imagefile

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

const maxLabel = 40 // characters

// outline draws a line around an area, and its label.
func (c canvas) outline(a Area, col color.NRGBA) {
	thick := max(2, min(c.width, c.height)/400)
	corners := a.Polygon
	if len(corners) == 0 {
		right, bottom := a.Left+a.Width, a.Top+a.Height
		corners = []Point{{a.Left, a.Top}, {right, a.Top}, {right, bottom}, {a.Left, bottom}}
	}
	corners = c.outward(corners, thick/2+2)
	for i, p := range corners {
		c.line(p, corners[(i+1)%len(corners)], thick, col)
	}
	if a.Label != "" {
		c.label(a, thick, col)
	}
}

// outward moves corners away from their middle, since the boxes of text lie on the
// edges of its letters, which are to stay legible.
func (c canvas) outward(corners []Point, pixels int) []Point {
	var middle Point
	for _, p := range corners {
		middle.X += p.X / float64(len(corners))
		middle.Y += p.Y / float64(len(corners))
	}
	moved := make([]Point, len(corners))
	for i, p := range corners {
		moved[i] = Point{
			X: p.X + math.Copysign(float64(pixels)/float64(c.width), p.X-middle.X),
			Y: p.Y + math.Copysign(float64(pixels)/float64(c.height), p.Y-middle.Y),
		}
	}
	return moved
}

// line draws a line of thick pixels. Its steps are half as long as it is thick,
// and those far outside the page are not drawn.
func (c canvas) line(from, to Point, thick int, col color.NRGBA) {
	w, h := float64(c.width), float64(c.height)
	from, to, ok := clip(from, to)
	if !ok {
		return
	}
	dx, dy := (to.X-from.X)*w, (to.Y-from.Y)*h
	steps := ceil(max(dx, -dx, dy, -dy) * 2 / float64(thick))
	for i := range steps + 1 {
		t := float64(i) / float64(max(steps, 1))
		x, y := floor(from.X*w+dx*t)-thick/2, floor(from.Y*h+dy*t)-thick/2
		c.fill(image.Rect(x, y, x+thick, y+thick), col)
	}
}

// clip returns the part of a line that is on the page or not far from it.
func clip(p, q Point) (Point, Point, bool) {
	const low, high = -0.1, 1.1
	from, to := 0.0, 1.0
	for _, side := range [][2]float64{
		{p.X - q.X, p.X - low}, {q.X - p.X, high - p.X},
		{p.Y - q.Y, p.Y - low}, {q.Y - p.Y, high - p.Y},
	} {
		switch step, room := side[0], side[1]; {
		case step == 0 && room < 0:
			return p, q, false
		case step < 0:
			from = max(from, room/step)
		case step > 0:
			to = min(to, room/step)
		}
	}
	at := func(t float64) Point { return Point{p.X + (q.X-p.X)*t, p.Y + (q.Y-p.Y)*t} }
	return at(from), at(to), from <= to
}

// label writes the label of an area above it, below it if there is no room above.
// Letters are 13 pixels high, and more on large pages.
func (c canvas) label(a Area, thick int, col color.NRGBA) {
	face := basicfont.Face7x13
	text := printable(a.Label)
	size := image.Pt(len(text)*face.Advance, face.Height)
	scale := max(1, min(c.width, c.height)/700)
	pad := scale * 2

	left, top, _, bottom := a.extent()
	x := floor(left*float64(c.width)) - thick/2
	y := floor(top*float64(c.height)) - thick/2 - size.Y*scale - 2*pad
	if y < 0 {
		y = ceil(bottom*float64(c.height)) + thick/2
	}
	x = max(0, min(x, c.width-size.X*scale-2*pad))
	y = max(0, min(y, c.height-size.Y*scale-2*pad))
	c.fill(image.Rect(x, y, x+size.X*scale+2*pad, y+size.Y*scale+2*pad), col)
	c.letters(letters(text, size), image.Pt(x+pad, y+pad), scale)
}

// letters draws text on an image of its own.
func letters(text string, size image.Point) *image.Alpha {
	mask := image.NewAlpha(image.Rectangle{Max: size})
	drawer := font.Drawer{
		Dst:  mask,
		Src:  image.Opaque,
		Face: basicfont.Face7x13,
		Dot:  fixed.P(0, basicfont.Face7x13.Ascent),
	}
	drawer.DrawString(text)
	return mask
}

// letters paints the mask of a text in white, each of its pixels as a square.
func (c canvas) letters(mask *image.Alpha, at image.Point, scale int) {
	for y := range mask.Rect.Dy() {
		for x := range mask.Rect.Dx() {
			if mask.AlphaAt(x, y).A >= 0x80 {
				corner := at.Add(image.Pt(x, y).Mul(scale))
				c.fill(image.Rectangle{corner, corner.Add(image.Pt(scale, scale))}, white)
			}
		}
	}
}

// printable returns what the font has letters for, and question marks for what
// it has not.
func printable(label string) string {
	var text []byte
	for _, r := range label {
		if len(text) == maxLabel {
			break
		}
		if r < ' ' || r > '~' {
			r = '?'
		}
		text = append(text, byte(r))
	}
	return string(text)
}
