package ocr

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestExtend(t *testing.T) {
	d := document("ids E-123 E-4567\nGröße E-123\nE-1 ü E-22", "E-9")
	ids := Regexp(regexp.MustCompile(`E-\d+`))
	overlapping := func(string) [][2]int { return [][2]int{{4, 6}, {4, 9}, {4, 7}} }
	around := func(string) [][2]int { return [][2]int{{0, 9}} }
	twice := func(string) [][2]int { return [][2]int{{0, 9}, {2, 12}} }
	tests := []struct {
		name  string
		span  Span
		match func(string) [][2]int
		end   int
		ok    bool
	}{
		{"begins there", Span{Line: 1, Column: 5}, ids, 10, true},
		{"the second", Span{Line: 1, Column: 11}, ids, 17, true},
		{"with its end line", Span{Line: 1, Column: 5, EndLine: 1}, ids, 10, true},
		{"another page", Span{Line: 4, Column: 1}, ids, 4, true},
		{"the longest", Span{Line: 1, Column: 5}, overlapping, 10, true},
		{"around it", Span{Line: 1, Column: 5}, around, 10, true},
		{"two around it", Span{Line: 1, Column: 5}, twice, 0, false},
		{"inside of one", Span{Line: 1, Column: 7}, ids, 10, true},
		{"between two", Span{Line: 1, Column: 10}, ids, 0, false},
		{"before all", Span{Line: 1, Column: 1}, ids, 0, false},
		{"column unknown", Span{Line: 1}, ids, 0, false},
		{"two lines", Span{Line: 1, Column: 5, EndLine: 2}, ids, 0, false},
		{"behind text beyond ASCII", Span{Line: 2, Column: 7}, ids, 0, false},
		{"before text beyond ASCII", Span{Line: 3, Column: 1}, ids, 4, true},
		{"known already", Span{Line: 1, Column: 5, EndColumn: 8}, ids, 8, true},
		{"known and wrong", Span{Line: 1, Column: 5, EndColumn: 99}, ids, 99, false},
		{"no such line", Span{Line: 5, Column: 1}, ids, 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := test.span
			want.EndColumn = test.end
			got, ok := d.Extend(test.span, test.match)
			if got != want || ok != test.ok {
				t.Errorf("got %+v, %v, want %+v, %v", got, ok, want, test.ok)
			}
		})
	}
}

func TestFindAll(t *testing.T) {
	d := document("E-1 ü E-22", "", "E-3\nno\nß\xffE-4")
	got := FindAll(d, Regexp(regexp.MustCompile(`E-\d+`)))
	want := []Span{
		{Line: 1, Column: 1, EndColumn: 4},
		{Line: 1, Column: 7, EndColumn: 11},
		{Line: 2, Column: 1, EndColumn: 4},
		{Line: 4, Column: 3, EndColumn: 6},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := FindAll(d, Regexp(regexp.MustCompile(`x*`))); got != nil {
		t.Errorf("got empty matches %+v", got)
	}
}

// TestMatchersThatErr gives ranges that are none of the line.
func TestMatchersThatErr(t *testing.T) {
	d := document("aüb")
	for _, r := range [][2]int{{-1, 2}, {0, 5}, {3, 2}, {1, 1}, {2, 4}, {1, 2}, {9, 12}} {
		got := FindAll(d, func(string) [][2]int { return [][2]int{r} })
		if got != nil {
			t.Errorf("%v: got %+v", r, got)
		}
	}
	unordered := FindAll(d, func(string) [][2]int { return [][2]int{{3, 4}, {0, 3}} })
	if want := []Span{{Line: 1, Column: 3, EndColumn: 4}, {Line: 1, Column: 1, EndColumn: 3}}; !slices.Equal(unordered, want) {
		t.Errorf("got %+v", unordered)
	}
}

func FuzzFindAll(f *testing.F) {
	f.Add("E-1 ü E-22", 0, 3)
	f.Add("a\xff\n日", 1, 2)
	f.Fuzz(func(t *testing.T, text string, from, to int) {
		d := Document{Pages: []Page{{Number: 1, Lines: []Line{{Text: text}}}}}
		match := func(line string) [][2]int { return [][2]int{{from, to}, {0, len(line)}} }
		for _, s := range FindAll(d, match) {
			line := rendered(text)
			if !d.Valid(s) {
				t.Fatalf("%+v is not in %q", s, line)
			}
			if got := d.Slice(s); got != line && got != line[from:to] {
				t.Errorf("%+v is %q", s, got)
			}
			unknown := Span{Line: 1, Column: s.Column}
			if extended, ok := d.Extend(unknown, match); ok && extended.EndColumn < s.EndColumn {
				t.Errorf("%+v was extended to %+v", s, extended)
			} else if !ok && strings.IndexFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 && s.Column > 1 && extended.EndColumn != 0 {
				t.Errorf("%+v is %+v without being extended", s, extended)
			}
		}
	})
}
