package ocr

import (
	"cmp"
	"slices"
)

// Regions returns the places of a span, one for each of its lines, or none if the
// span is not in the document, which [Document.Valid] tells apart.
//
// A region never leaves out what the span may mean. It is that of the words that
// the span has a character of. It is that of the whole line if the span does not
// say its first column, if text beyond ASCII stands before the first column or
// before the last (it is not documented what Macie counts columns in), or if some
// of the characters belong to no word. A span whose last column is not known goes
// to the end of its line.
//
// Polygon is that of the line or the word, or the convex hull of several words, so
// that rotated text is covered without its neighbours. It is empty where the words
// or the line have none; Box covers the same in any case.
func (d Document) Regions(s Span) []Region {
	if !d.Valid(s) {
		return nil
	}
	var regions []Region
	for n, at := range d.lines(s) {
		region := Region{Page: at.page, Box: at.Box, Polygon: at.Polygon}
		text := rendered(at.Text)
		if start, end, ok := s.columns(n, text); ok {
			if words := at.wordsIn(text, start, end); len(words) > 0 {
				region.Box, region.Polygon = around(words)
			}
		}
		regions = append(regions, region)
	}
	return regions
}

// wordsIn returns the words that have characters from column start to before end,
// or none if one of these characters is neither of a word nor a blank. The words
// are in the order of their columns; if not, some may not be found.
func (l *Line) wordsIn(text string, start, end int) []Word {
	first, last := -1, 0
	column := 0
	for _, r := range text {
		column++
		if column >= end {
			break
		}
		if column < start || r == ' ' {
			continue
		}
		for last < len(l.Words) && l.Words[last].End <= column {
			last++
		}
		if last == len(l.Words) || l.Words[last].Start > column {
			return nil
		}
		if first < 0 {
			first = last
		}
	}
	if first < 0 {
		return nil
	}
	return l.Words[first : last+1]
}

// around returns a box and a polygon that all words are in.
func around(words []Word) (Box, []Point) {
	box, polygon := words[0].Box, words[0].Polygon
	if len(words) == 1 {
		return box, polygon
	}
	var points []Point
	rotated := false
	for _, w := range words {
		box = box.union(w.Box)
		if len(w.Polygon) > 0 {
			rotated = true
			points = append(points, w.Polygon...)
		} else {
			points = append(points, w.Box.corners()...)
		}
	}
	if !rotated {
		return box, nil
	}
	return box, hull(points)
}

// right and bottom are calculated in float64, which holds the sums exactly enough.
func (b Box) right() float64  { return float64(b.Left) + float64(b.Width) }
func (b Box) bottom() float64 { return float64(b.Top) + float64(b.Height) }

func (b Box) union(c Box) Box {
	left, top := min(b.Left, c.Left), min(b.Top, c.Top)
	return Box{
		Left:   left,
		Top:    top,
		Width:  float32(max(b.right(), c.right()) - float64(left)),
		Height: float32(max(b.bottom(), c.bottom()) - float64(top)),
	}
}

// corners of the box, clockwise from the left and the top.
func (b Box) corners() []Point {
	right, bottom := float32(b.right()), float32(b.bottom())
	return []Point{{b.Left, b.Top}, {right, b.Top}, {right, bottom}, {b.Left, bottom}}
}

// hull returns the corners of the convex hull of points, clockwise as they are
// displayed, or nil if they are all on one line. It is the monotone chain
// algorithm (A. M. Andrew, 1979).
func hull(points []Point) []Point {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b Point) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
	points = slices.Compact(points)
	upper := chain(points)
	slices.Reverse(points)
	lower := chain(points)
	if len(upper)+len(lower) < 5 {
		return nil
	}
	return append(upper[:len(upper)-1], lower[:len(lower)-1]...)
}

// chain returns those of the sorted points that no line between two others is
// outside of.
func chain(points []Point) []Point {
	var kept []Point
	for _, p := range points {
		for len(kept) > 1 && turn(kept[len(kept)-2], kept[len(kept)-1], p) <= 0 {
			kept = kept[:len(kept)-1]
		}
		kept = append(kept, p)
	}
	return kept
}

// turn is above 0 if the way from a over b to c turns clockwise, as it is
// displayed.
func turn(a, b, c Point) float64 {
	return (float64(b.X)-float64(a.X))*(float64(c.Y)-float64(a.Y)) -
		(float64(b.Y)-float64(a.Y))*(float64(c.X)-float64(a.X))
}
