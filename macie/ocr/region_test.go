package ocr

import (
	"slices"
	"testing"
	"unicode/utf8"
)

func TestValid(t *testing.T) {
	d := document("Card 4111\n", "Größe 7")
	tests := []struct {
		name string
		span Span
		want bool
	}{
		{"a line", Span{Line: 1}, true},
		{"an empty line", Span{Line: 2}, true},
		{"to the end", Span{Line: 1, Column: 6}, true},
		{"last character", Span{Line: 1, Column: 9, EndColumn: 10}, true},
		{"up to a column", Span{Line: 1, EndColumn: 5}, true},
		{"lines", Span{Line: 1, Column: 6, EndLine: 3, EndColumn: 2}, true},
		{"other pages", Span{Line: 1, EndLine: 3}, true},
		{"no line", Span{}, false},
		{"line 0", Span{Column: 1}, false},
		{"a line too far", Span{Line: 4}, false},
		{"an end too far", Span{Line: 1, EndLine: 4}, false},
		{"end before beginning", Span{Line: 2, EndLine: 1}, false},
		{"negative", Span{Line: -1}, false},
		{"negative column", Span{Line: 1, Column: -1}, false},
		{"negative end", Span{Line: 1, Column: 1, EndColumn: -1}, false},
		{"negative end line", Span{Line: 1, EndLine: -1}, false},
		{"column behind the line", Span{Line: 1, Column: 10}, false},
		{"column in an empty line", Span{Line: 2, Column: 1}, false},
		{"end behind the line", Span{Line: 1, Column: 1, EndColumn: 11}, false},
		{"nothing", Span{Line: 1, Column: 3, EndColumn: 3}, false},
		{"nothing of the last line", Span{Line: 1, Column: 3, EndLine: 3, EndColumn: 1}, false},
		{"in bytes, perhaps", Span{Line: 3, Column: 9, EndColumn: 10}, true},
		{"not even in bytes", Span{Line: 3, Column: 10}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := d.Valid(test.span); got != test.want {
				t.Errorf("got %v", got)
			}
			if regions := d.Regions(test.span); (len(regions) > 0) != test.want {
				t.Errorf("got regions %v", regions)
			}
		})
	}
}

func TestRegions(t *testing.T) {
	d := document("Card 4111 1111 ok\nGröße 4111 1111\nplain 4111 ü 1111", "next 4111")
	bare := document("Card 4111 1111")
	bare.Pages[0].Lines[0].Words = nil
	gap := document("Card 4111 1111")
	gap.Pages[0].Lines[0].Words = slices.Delete(gap.Pages[0].Lines[0].Words, 1, 2)
	tests := []struct {
		name string
		d    Document
		span Span
		want string // pages, left to right in columns of 0.01 after 0.1, top
	}{
		{"a word", d, Span{Line: 1, Column: 6, EndColumn: 10}, "p1 0.15-0.19 y0.03\n"},
		{"words", d, Span{Line: 1, Column: 6, EndColumn: 15}, "p1 0.15-0.24 y0.03\n"},
		{"parts of words are the words", d, Span{Line: 1, Column: 8, EndColumn: 13}, "p1 0.15-0.24 y0.03\n"},
		{"to the end", d, Span{Line: 1, Column: 11}, "p1 0.20-0.27 y0.03\n"},
		{"from a blank", d, Span{Line: 1, Column: 5, EndColumn: 7}, "p1 0.15-0.19 y0.03\n"},
		{"to a blank", d, Span{Line: 1, Column: 6, EndColumn: 11}, "p1 0.15-0.19 y0.03\n"},
		{"only a blank", d, Span{Line: 1, Column: 5, EndColumn: 6}, "p1 0.10-0.27 y0.03\n"},
		{"column unknown", d, Span{Line: 1}, "p1 0.10-0.27 y0.03\n"},
		{"only the end known", d, Span{Line: 1, EndColumn: 5}, "p1 0.10-0.27 y0.03\n"},
		{"beyond ASCII before", d, Span{Line: 2, Column: 7, EndColumn: 11}, "p1 0.10-0.25 y0.06\n"},
		{"beyond ASCII at the beginning of it", d, Span{Line: 2, Column: 3}, "p1 0.10-0.25 y0.06\n"},
		{"beyond ASCII behind", d, Span{Line: 3, Column: 7, EndColumn: 11}, "p1 0.16-0.20 y0.09\n"},
		{"beyond ASCII in it, end known", d, Span{Line: 3, Column: 7, EndColumn: 13}, "p1 0.10-0.27 y0.09\n"},
		{"beyond ASCII in it, to the end", d, Span{Line: 3, Column: 7}, "p1 0.16-0.27 y0.09\n"},
		{"column counted otherwise", d, Span{Line: 3, Column: 18}, "p1 0.10-0.27 y0.09\n"},
		{"over lines and pages", d, Span{Line: 1, Column: 16, EndLine: 4, EndColumn: 5},
			"p1 0.25-0.27 y0.03\np1 0.10-0.25 y0.06\np1 0.10-0.27 y0.09\np2 0.10-0.14 y0.03\n"},
		{"over lines to the end", d, Span{Line: 3, Column: 7, EndLine: 4}, "p1 0.16-0.27 y0.09\np2 0.10-0.19 y0.03\n"},
		{"over lines, end behind what is not ASCII", d, Span{Line: 1, Column: 16, EndLine: 2, EndColumn: 8}, "p1 0.25-0.27 y0.03\np1 0.10-0.25 y0.06\n"},
		{"no words", bare, Span{Line: 1, Column: 6, EndColumn: 10}, "p1 0.10-0.24 y0.03\n"},
		{"a word missing", gap, Span{Line: 1, Column: 6, EndColumn: 15}, "p1 0.10-0.24 y0.03\n"},
		{"a word missing at the end", gap, Span{Line: 1, Column: 1, EndColumn: 7}, "p1 0.10-0.24 y0.03\n"},
		{"a word missing elsewhere", gap, Span{Line: 1, Column: 11}, "p1 0.20-0.24 y0.03\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := show(test.d.Regions(test.span)); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestRegionPolygons(t *testing.T) {
	line := drawn("Card 4111 1111 ok", 0.4).rotate(30)
	d := Document{Pages: []Page{{Number: 1, Lines: []Line{line}}}}
	polygon := func(s Span) []Point { return d.Regions(s)[0].Polygon }

	if got := polygon(Span{Line: 1}); !slices.Equal(got, line.Polygon) {
		t.Errorf("whole line: got %v", got)
	}
	if got := polygon(Span{Line: 1, Column: 7, EndColumn: 8}); !slices.Equal(got, line.Words[1].Polygon) {
		t.Errorf("one word: got %v", got)
	}
	two := d.Regions(Span{Line: 1, Column: 6, EndColumn: 15})[0]
	for _, w := range line.Words[1:3] {
		for _, p := range w.Polygon {
			if !covers(two.Polygon, p) {
				t.Errorf("%v is not in %v", p, two.Polygon)
			}
		}
		if !w.Box.in(two.Box) {
			t.Errorf("%v is not in %v", w.Box, two.Box)
		}
	}
	for _, w := range []Word{line.Words[0], line.Words[3]} {
		for _, p := range w.Polygon {
			if covers(two.Polygon, p) {
				t.Errorf("%v of a neighbour is in %v", p, two.Polygon)
			}
		}
	}
	if len(two.Polygon) < 4 || !corners(two.Box, two.Polygon) {
		t.Errorf("the hull %v is not as large as its box %v", two.Polygon, two.Box)
	}

	level := document("a b")
	if got := level.Regions(Span{Line: 1, Column: 1, EndColumn: 4})[0].Polygon; got != nil {
		t.Errorf("got a polygon %v for level words", got)
	}
	line.Words[2].Polygon = nil // its box counts
	mixed := d.Regions(Span{Line: 1, Column: 6, EndColumn: 15})[0]
	for _, p := range line.Words[2].Box.corners() {
		if !covers(mixed.Polygon, p) {
			t.Errorf("%v is not in %v", p, mixed.Polygon)
		}
	}
}

// corners tells whether the polygon touches all sides of the box.
func corners(b Box, polygon []Point) bool {
	around := Box{Left: polygon[0].X, Top: polygon[0].Y}
	for _, p := range polygon {
		around = around.union(Box{Left: p.X, Top: p.Y})
	}
	return around.in(b) && b.in(around)
}

func TestHull(t *testing.T) {
	square := []Point{{0, 0}, {1, 0}, {1, 1}, {0, 1}}
	tests := []struct {
		name   string
		points []Point
		want   []Point
	}{
		{"a square", square, square},
		{"crossed", []Point{{0, 0}, {1, 1}, {1, 0}, {0, 1}}, square},
		{"inner points and doubles", append([]Point{{0.5, 0.5}, {0.2, 0.9}, {0.5, 0}, {1, 1}}, square...), square},
		{"a triangle", []Point{{0, 1}, {1, 1}, {0, 0}}, []Point{{0, 0}, {1, 1}, {0, 1}}},
		{"one line", []Point{{0, 0}, {0.5, 0.5}, {1, 1}}, nil},
		{"one point", []Point{{1, 1}, {1, 1}, {1, 1}}, nil},
		{"none", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := hull(test.points); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestHullCovers(t *testing.T) {
	random := newRandom(2)
	for range 2_000 {
		points := []Point{{0, 0.5}, {1, 0.5}, {0.5, 0}} // not all on one line
		for range random.IntN(30) {
			points = append(points, Point{float32(random.IntN(20)) / 20, random.Float32()})
		}
		polygon := hull(points)
		for _, p := range points {
			if !covers(polygon, p) {
				t.Fatalf("%v is not in %v", p, polygon)
			}
		}
		for i := range polygon {
			if turn(polygon[i], polygon[(i+1)%len(polygon)], polygon[(i+2)%len(polygon)]) <= 0 {
				t.Fatalf("%v is not convex", polygon)
			}
			if !slices.Contains(points, polygon[i]) {
				t.Fatalf("%v is none of the points", polygon[i])
			}
		}
	}
}

func TestSlice(t *testing.T) {
	d := document("Card 4111 1111\nGröße 7", "last")
	tests := []struct {
		name string
		span Span
		want string
	}{
		{"columns", Span{Line: 1, Column: 6, EndColumn: 10}, "4111"},
		{"to the end", Span{Line: 1, Column: 6}, "4111 1111"},
		{"a line", Span{Line: 2}, "Größe 7"},
		{"from the beginning", Span{Line: 2, EndColumn: 5}, "Größ"},
		{"code points", Span{Line: 2, Column: 3, EndColumn: 5}, "öß"},
		{"lines", Span{Line: 1, Column: 11, EndLine: 3, EndColumn: 3}, "1111\nGröße 7\nla"},
		{"a column in bytes", Span{Line: 2, Column: 9}, ""},
		{"not in the document", Span{Line: 4}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := d.Slice(test.span); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestRegionsCover looks at every character of random spans, counted in code
// points, in UTF-16 and in bytes: its word must be in the regions.
func TestRegionsCover(t *testing.T) {
	random := newRandom(3)
	for range 20_000 {
		d := randomDocument(random)
		s := randomSpan(random, d)
		regions := d.Regions(s)
		if d.Valid(s) != (len(regions) > 0) {
			t.Fatalf("%+v valid: %v, regions: %v", s, d.Valid(s), regions)
		}
		if len(regions) == 0 {
			continue
		}
		for n := s.Line; n <= s.last(); n++ {
			page, line, _ := d.Line(n)
			region := regions[n-s.Line]
			if region.Page != page {
				t.Fatalf("%+v line %d: got page %d", s, n, region.Page)
			}
			for _, count := range []func(rune) int{one, utf16Length, utf8.RuneLen} {
				column, at := 1, 1 // as counted, and in code points
				for _, r := range line.Text {
					next := column + count(r)
					if r != ' ' && s.has(n, column, next) && !line.covered(at, region) {
						t.Fatalf("%+v of %q: character %d is not in %v", s, line.Text, at, region)
					}
					column, at = next, at+1
				}
			}
		}
	}
}

func one(rune) int { return 1 }

func utf16Length(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// has tells whether the span has one of some columns of line n, written apart from
// the code that is tested.
func (s Span) has(n, from, to int) bool {
	behind := n > s.Line || to > s.Column
	if n == s.last() && s.EndColumn != 0 {
		return behind && from < s.EndColumn
	}
	return behind
}

// covered tells whether the word of a character is in the region, or, if it is of
// no word, the line.
func (l Line) covered(column int, region Region) bool {
	for _, w := range l.Words {
		if w.Start <= column && column < w.End {
			return w.Box.in(region.Box)
		}
	}
	return l.Box.in(region.Box)
}
