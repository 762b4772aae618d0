package ocr

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var (
	nan  = float32(math.NaN())
	inf  = float32(math.Inf(1))
	page = Box{Width: 1, Height: 1}
)

func TestCleanBoxes(t *testing.T) {
	tests := []struct {
		name      string
		box, want Box
	}{
		{"as it is", Box{0.1, 0.2, 0.3, 0.4}, Box{0.1, 0.2, 0.3, 0.4}},
		{"the page", page, page},
		{"over the left and the top", Box{-0.25, -0.5, 0.5, 0.75}, Box{0, 0, 0.25, 0.25}},
		{"over the right and the bottom", Box{0.75, 0.5, 0.5, 0.75}, Box{0.75, 0.5, 0.25, 0.5}},
		{"around the page", Box{-5, -5, 10, 10}, page},
		{"not given", Box{}, page},
		{"no area", Box{0.1, 0.1, 0.5, 0}, page},
		{"negative", Box{0.5, 0.5, -0.1, 0.1}, page},
		{"outside", Box{1.5, 0.5, 0.1, 0.1}, page},
		{"in pixels", Box{120, 80, 30, 10}, page},
		{"not a number", Box{0.1, 0.1, nan, 0.1}, page},
		{"not numbers", Box{nan, nan, nan, nan}, page},
		{"left not a number", Box{nan, 0.1, 0.1, 0.1}, page},
		{"infinite", Box{0.5, 0.5, inf, inf}, Box{0.5, 0.5, 0.5, 0.5}},
		{"infinite both ways", Box{-inf, 0.5, inf, 0.1}, page},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Document{Pages: []Page{{Number: 1, Lines: []Line{{
				Text: "a b", Box: test.box, Polygon: []Point{{5, 5}, {6, 6}, {7, 5}},
				Words: []Word{{Start: 1, End: 2, Box: test.box}, {Start: 3, End: 4, Box: page}},
			}}}}}
			line := d.Clean().Pages[0].Lines[0]
			if line.Box != test.want || line.Polygon != nil {
				t.Errorf("got %v, %v", line.Box, line.Polygon)
			}
			if usable := test.want != page || test.box == page || test.box.Left == -5; usable != (len(line.Words) == 2) {
				t.Errorf("got words %v", line.Words)
			}
			if err := d.Clean().Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCleanWords(t *testing.T) {
	d := document("one two six")
	words := d.Pages[0].Lines[0].Words
	one, two, six := words[0], words[1], words[2]
	at := func(start, end int) Word { return Word{Start: start, End: end, Box: page} }
	tests := []struct {
		name        string
		words, want []Word
	}{
		{"all", words, words},
		{"out of order", []Word{one, six, two}, []Word{one, six}},
		{"overlapping", []Word{one, at(3, 6), two}, []Word{one, two}},
		{"twice", []Word{one, one, two}, []Word{one, two}},
		{"before the line", []Word{at(0, 2), at(-5, -2), two}, []Word{two}},
		{"behind the line", []Word{one, at(9, 13), at(20, 30)}, []Word{one}},
		{"reversed", []Word{at(3, 3), at(4, 2), two}, []Word{two}},
		{"none", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d.Pages[0].Lines[0].Words = test.words
			if got := d.Clean().Pages[0].Lines[0].Words; !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestCleanPolygons(t *testing.T) {
	box := Box{0.25, 0.25, 0.5, 0.5}
	rotated := []Point{{0.5, 0.25}, {0.75, 0.5}, {0.5, 0.75}, {0.25, 0.5}}
	tests := []struct {
		name          string
		points, wants []Point
	}{
		{"rotated", rotated, rotated},
		{"level", box.corners(), box.corners()},
		{"the other way round", []Point{rotated[3], rotated[2], rotated[1], rotated[0]}, []Point{rotated[3], rotated[2], rotated[1], rotated[0]}},
		{"crossed", []Point{{0.25, 0.25}, {0.75, 0.25}, {0.25, 0.75}, {0.75, 0.75}}, box.corners()},
		{"five corners", append([]Point{{0.5, 0.5}}, box.corners()...), box.corners()},
		{"smaller than its box", []Point{{0.3, 0.25}, {0.75, 0.25}, {0.75, 0.75}, {0.3, 0.75}}, nil},
		{"larger than its box", page.corners(), nil},
		{"elsewhere", []Point{{0, 0}, {0.1, 0}, {0.1, 0.1}}, nil},
		{"a line", []Point{{0.25, 0.25}, {0.5, 0.5}, {0.75, 0.75}}, nil},
		{"two points", []Point{{0.25, 0.25}, {0.75, 0.75}}, nil},
		{"not numbers", []Point{{nan, 0.25}, {0.75, 0.25}, {0.75, 0.75}, {0.25, 0.75}}, nil},
		{"far away", []Point{{inf, 0.25}, {0.75, 0.25}, {0.75, 0.75}, {0.25, 0.75}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Document{Pages: []Page{{Number: 1, Lines: []Line{{Text: "a", Box: box, Polygon: test.points}}}}}
			got := d.Clean().Pages[0].Lines[0]
			if !slices.Equal(got.Polygon, test.wants) || got.Box != box {
				t.Errorf("got %v, %v", got.Box, got.Polygon)
			}
		})
	}
	over := []Point{{-0.25, 0.5}, {0.25, 0.25}, {0.5, 0.5}, {0, 0.75}} // cut off by the left edge
	d := Document{Pages: []Page{{Number: 1, Lines: []Line{{Text: "a", Box: Box{-0.25, 0.25, 0.75, 0.5}, Polygon: over}}}}}
	if got := d.Clean().Pages[0].Lines[0]; !slices.Equal(got.Polygon, over) || got.Box != (Box{0, 0.25, 0.5, 0.5}) {
		t.Errorf("got %v, %v", got.Box, got.Polygon)
	}
}

func TestCleanKeepsWhatIsGiven(t *testing.T) {
	d := document("one\ttwo")
	d.Pages[0].Lines[0].Box = Box{}
	d.Clean()
	if line := d.Pages[0].Lines[0]; line.Text != "one\ttwo" || line.Box != (Box{}) {
		t.Errorf("it is now %v", line)
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Document)
		want   string // in the error, empty for none
	}{
		{"nothing", func(*Document) {}, ""},
		{"missing pages", func(d *Document) { d.Pages[1].Number = 7 }, ""},
		{"page 0", func(d *Document) { d.Pages[0].Number = 0 }, "page 0 follows page 0"},
		{"pages unordered", func(d *Document) { d.Pages[1].Number = 1 }, "page 1 follows page 1"},
		{"negative width", func(d *Document) { d.Pages[1].Lines[0].Box.Width = -0.1 }, "page 2, line 1: box (left 0.1, top 0.03, width -0.1"},
		{"not a number", func(d *Document) { d.Pages[0].Lines[1].Box.Top = nan }, "page 1, line 2: box (left 0.1, top NaN"},
		{"beyond the page", func(d *Document) { d.Pages[0].Lines[1].Box.Left = 0.99 }, "page 1, line 2: box"},
		{"polygon of two points", func(d *Document) { d.Pages[0].Lines[1].Polygon = make([]Point, 2) }, "page 1, line 2: polygon of 2 points"},
		{"point not a number", func(d *Document) { d.Pages[0].Lines[1].Polygon = []Point{{}, {}, {nan, 0}} }, "page 1, line 2: point 3 of the polygon"},
		{"word not on the page", func(d *Document) { d.Pages[0].Lines[1].Words[1].Box.Top = -0.1 }, "page 1, line 2: word 2: box"},
		{"word without area", func(d *Document) { d.Pages[0].Lines[1].Words[1].Box.Width = 0 }, "page 1, line 2: word 2: box"},
		{"word's polygon", func(d *Document) { d.Pages[0].Lines[1].Words[1].Polygon = []Point{{}, {}, {0, 9}} }, "page 1, line 2: word 2: point 3"},
		{"column 0", func(d *Document) { d.Pages[0].Lines[1].Words[0].Start = 0 }, "page 1, line 2: word 1: columns 0 to before 4"},
		{"column behind the text", func(d *Document) { d.Pages[0].Lines[1].Words[1].End = 9 }, "page 1, line 2: word 2: columns 5 to before 9, in a line with columns 4 to before 8 left"},
		{"words out of order", func(d *Document) { d.Pages[0].Lines[1].Words[1].Start = 3 }, "page 1, line 2: word 2: columns 3"},
		{"word without columns", func(d *Document) { d.Pages[0].Lines[1].Words[1].End = 5 }, "page 1, line 2: word 2: columns 5 to before 5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := document("zero\none two", "three")
			test.change(&d)
			err := d.Check()
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "ocr: "+test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err := d.Clean().Check(); err != nil && !strings.Contains(test.name, "page 0") && test.name != "pages unordered" {
				t.Errorf("cleaned: %v", err)
			}
		})
	}
}
