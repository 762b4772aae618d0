package ocr

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// drawn returns a line whose characters are 0.01 wide each and whose words are
// divided by blanks.
func drawn(text string, top float32) Line {
	line := Line{Text: text, Box: Box{0.1, top, 0.01 * float32(max(1, utf8.RuneCountInString(text))), 0.02}}
	column := 1
	for word := range strings.SplitSeq(text, " ") {
		n := utf8.RuneCountInString(word)
		if n > 0 {
			line.Words = append(line.Words, Word{Start: column, End: column + n, Box: Box{0.1 + 0.01*float32(column-1), top, 0.01 * float32(n), 0.02}})
		}
		column += n + 1
	}
	return line
}

// document has the lines of one page each as a string, divided by line feeds.
func document(pages ...string) Document {
	var d Document
	for i, text := range pages {
		page := Page{Number: i + 1}
		if text != "" {
			for j, line := range strings.Split(text, "\n") {
				page.Lines = append(page.Lines, drawn(line, 0.03*float32(j+1)))
			}
		}
		d.Pages = append(d.Pages, page)
	}
	return d
}

// rotate turns all geometry of a line around a point, as a skewed scan does: the
// boxes are then around the polygons.
func (l Line) rotate(degrees float64) Line {
	turn := func(b Box) (Box, []Point) {
		sin, cos := math.Sincos(degrees * math.Pi / 180)
		points := b.corners()
		around := Box{}
		for i, p := range points {
			x, y := float64(p.X)-0.3, float64(p.Y)-0.5
			points[i] = Point{float32(0.3 + x*cos - y*sin), float32(0.5 + x*sin + y*cos)}
			if around == (Box{}) {
				around = Box{Left: points[i].X, Top: points[i].Y}
			}
			around = around.union(Box{Left: points[i].X, Top: points[i].Y})
		}
		return around, points
	}
	l.Box, l.Polygon = turn(l.Box)
	words := l.Words
	l.Words = nil
	for _, w := range words {
		w.Box, w.Polygon = turn(w.Box)
		l.Words = append(l.Words, w)
	}
	return l
}

// covers tells whether a convex polygon has a point in it, or within a millionth.
func covers(polygon []Point, p Point) bool {
	for i := range polygon {
		if turn(polygon[i], polygon[(i+1)%len(polygon)], p) < -1e-6 {
			return false
		}
	}
	return len(polygon) > 2
}

// in tells whether a box is in another, or within a millionth.
func (b Box) in(c Box) bool {
	const e = 1e-6
	return float64(b.Left) >= float64(c.Left)-e && float64(b.Top) >= float64(c.Top)-e && b.right() <= c.right()+e && b.bottom() <= c.bottom()+e
}

func show(regions []Region) string {
	var b strings.Builder
	for _, r := range regions {
		fmt.Fprintf(&b, "p%d %.2f-%.2f y%.2f\n", r.Page, r.Box.Left, r.Box.right(), r.Box.Top)
	}
	return b.String()
}
