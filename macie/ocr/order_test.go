package ocr

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestSort(t *testing.T) {
	at := func(text string, left, top, height float32) Line {
		return Line{Text: text, Box: Box{left, top, 0.1, height}}
	}
	nan := float32(math.NaN())
	tests := []struct {
		name  string
		lines []Line
		want  string
	}{
		{"none", nil, ""},
		{"top to bottom", []Line{at("b", 0, 0.2, 0.02), at("a", 0.5, 0.1, 0.02)}, "a b"},
		{"left to right", []Line{at("b", 0.5, 0.1, 0.02), at("a", 0.1, 0.1, 0.02)}, "a b"},
		{"a little skewed", []Line{at("b", 0.5, 0.1, 0.02), at("a", 0.1, 0.108, 0.02), at("c", 0.1, 0.13, 0.02)}, "a b c"},
		{"half a line apart is a line", []Line{at("b", 0.1, 0.112, 0.02), at("a", 0.5, 0.1, 0.02)}, "a b"},
		{"small text beside large", []Line{at("b", 0.5, 0.11, 0.02), at("a", 0.1, 0.1, 0.04), at("c", 0.1, 0.15, 0.02)}, "a b c"},
		{"levels do not chain", []Line{at("1", 0.9, 0.100, 0.02), at("2", 0.5, 0.109, 0.02), at("3", 0.1, 0.118, 0.02)}, "2 1 3"},
		{"equal ones keep their order", []Line{at("1", 0, 0, 0.1), at("2", 0, 0, 0.1), at("3", 0, 0, 0.1)}, "1 2 3"},
		{"not numbers", []Line{at("b", 0, 0.1, 0.02), at("a", 0, nan, nan)}, "a b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := texts(test.lines)
			sorted := Sort(test.lines)
			if got := texts(sorted); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := texts(test.lines); got != before {
				t.Errorf("the lines given are now %q", got)
			}
			if again := texts(Sort(sorted)); again != test.want {
				t.Errorf("sorted again they are %q", again)
			}
			slices.Reverse(sorted)
			if got := texts(Sort(sorted)); got != test.want && test.name != "equal ones keep their order" {
				t.Errorf("in another order they are %q", got)
			}
		})
	}
}

func texts(lines []Line) string {
	var all []string
	for _, line := range lines {
		all = append(all, line.Text)
	}
	return strings.Join(all, " ")
}
