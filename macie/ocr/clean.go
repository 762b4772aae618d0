package ocr

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// Clean returns the document with everything repaired that a text detector, or an
// image made to deceive one, can have wrong within a page:
//
//   - Line.Text is as in [Document.Text].
//   - Boxes are cut to their page. A line whose box is unusable (not numbers,
//     without area, outside the page) gets that of the whole page: to cover too much
//     is the safe side.
//   - Words whose columns are not in the line, or not after those of the word before,
//     or whose box is unusable, are left out. Their part of the line is then covered
//     by the box of the line.
//   - Polygons that are not about as large as their box are left out; those that
//     are not convex are replaced by their convex hull.
//
// The text does not change, nor does what a [Span] means. Detectors call it once,
// and all methods of Document expect its result: on anything else they do not
// panic, but a region is no better than the geometry it is made of.
func (d Document) Clean() Document {
	pages := make([]Page, len(d.Pages))
	for i, page := range d.Pages {
		pages[i] = page.clean()
	}
	return Document{Pages: pages}
}

func (p Page) clean() Page {
	lines := make([]Line, len(p.Lines))
	for i, line := range p.Lines {
		lines[i] = line.clean()
	}
	return Page{Number: p.Number, Lines: lines}
}

func (l Line) clean() Line {
	box, ok := l.Box.onPage()
	if !ok {
		box = Box{Width: 1, Height: 1}
	}
	text := rendered(l.Text)
	clean := Line{Text: text, Box: box, Polygon: cleanPolygon(box, l.Polygon)}
	end, columns := 1, utf8.RuneCountInString(text)
	for _, w := range l.Words {
		box, ok := w.Box.onPage()
		if ok && end <= w.Start && w.Start < w.End && w.End <= columns+1 {
			clean.Words = append(clean.Words, Word{Start: w.Start, End: w.End, Box: box, Polygon: cleanPolygon(box, w.Polygon)})
			end = w.End
		}
	}
	return clean
}

// onPage returns the part of the box that is on the page, if there is one.
func (b Box) onPage() (Box, bool) {
	left, top := max(0, b.Left), max(0, b.Top)
	right, bottom := min(1, b.right()), min(1, b.bottom())
	part := Box{left, top, float32(right - float64(left)), float32(bottom - float64(top))}
	if left == b.Left && right == b.right() {
		part.Width = b.Width // without rounding
	}
	if top == b.Top && bottom == b.bottom() {
		part.Height = b.Height
	}
	return part, part.check() == nil // not so if one was NaN
}

// slack is how far a polygon may be from its box, in ratios of the page, to be
// believed: detectors calculate the two apart.
const slack = 0.002

// reach is how far outside the page, in ratios of it, the corner of a polygon may
// be: the line can be cut off by the edge of the image.
const reach = 1

// cleanPolygon returns a convex polygon around the points, or nil if the box is not
// the box around them. The box is cut to the page, the polygon is not.
func cleanPolygon(box Box, points []Point) []Point {
	if checkPolygon(points) != nil || len(points) == 0 {
		return nil
	}
	around := Box{Left: points[0].X, Top: points[0].Y}
	for _, p := range points {
		around = around.union(Box{Left: p.X, Top: p.Y})
	}
	around, ok := around.onPage()
	if !ok || !near(box.Left, around.Left) || !near(box.Top, around.Top) ||
		!near(float32(box.right()), float32(around.right())) || !near(float32(box.bottom()), float32(around.bottom())) {
		return nil
	}
	if len(points) == 4 && convex(points) {
		return slices.Clone(points)
	}
	return hull(points)
}

func near(a, b float32) bool { return math.Abs(float64(a)-float64(b)) <= slack }

// convex tells whether four points, in their order, are the corners of a convex
// quadrangle.
func convex(p []Point) bool {
	turns := 0
	for i := range p {
		t := turn(p[i], p[(i+1)%4], p[(i+2)%4])
		switch {
		case t > 0:
			turns++
		case t < 0:
			turns--
		}
	}
	return turns == 4 || turns == -4
}

// Check tells what is wrong with the document, naming page, line and word: pages
// that are not in the order of their numbers, geometry that is not on the page,
// columns that are not in the text. What [Document.Clean] returns has nothing
// wrong but the order of pages.
func (d Document) Check() error {
	before := 0
	for _, page := range d.Pages {
		if err := page.check(before); err != nil {
			return fmt.Errorf("ocr: %w", err)
		}
		before = page.Number
	}
	return nil
}

func (p Page) check(before int) error {
	if p.Number <= before {
		return fmt.Errorf("page %d follows page %d", p.Number, before)
	}
	for i := range p.Lines {
		if err := p.Lines[i].check(); err != nil {
			return fmt.Errorf("page %d, line %d: %w", p.Number, i+1, err)
		}
	}
	return nil
}

func (l *Line) check() error {
	if err := cmp.Or(l.Box.check(), checkPolygon(l.Polygon)); err != nil {
		return err
	}
	end, columns := 1, utf8.RuneCountInString(l.Text)
	for i, w := range l.Words {
		if w.Start < end || w.End <= w.Start || w.End > columns+1 {
			return fmt.Errorf("word %d: columns %d to before %d, in a line with columns %d to before %d left", i+1, w.Start, w.End, end, columns+1)
		}
		if err := cmp.Or(w.Box.check(), checkPolygon(w.Polygon)); err != nil {
			return fmt.Errorf("word %d: %w", i+1, err)
		}
		end = w.End
	}
	return nil
}

// edge is how far a sum of two numbers may be beyond 1 by rounding.
const edge = 1e-6

func (b Box) check() error {
	inside := b.Left >= 0 && b.Top >= 0 && b.Width > 0 && b.Height > 0 && b.right() <= 1+edge && b.bottom() <= 1+edge
	if !inside { // so it is if one of them is NaN
		return fmt.Errorf("box (left %v, top %v, width %v, height %v) is no area of the page", b.Left, b.Top, b.Width, b.Height)
	}
	return nil
}

func checkPolygon(points []Point) error {
	if n := len(points); n == 1 || n == 2 {
		return fmt.Errorf("polygon of %d points", n)
	}
	for i, p := range points {
		if !(p.X >= -reach && p.X <= 1+reach && p.Y >= -reach && p.Y <= 1+reach) {
			return fmt.Errorf("point %d of the polygon (%v, %v) is far off the page", i+1, p.X, p.Y)
		}
	}
	return nil
}
