package ocr

import (
	"cmp"
	"math"
	"slices"
)

// Sort returns lines in reading order, top to bottom and, on one level, left to
// right, for text detectors that return them in another. Amazon Textract's order is
// better kept: it knows columns of text.
//
// Two lines are on one level if their middles are at most half the height of the
// smaller one apart; each line of a level is compared with the topmost of it.
func Sort(lines []Line) []Line {
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b Line) int { return cmp.Compare(a.Box.middle(), b.Box.middle()) })
	for rest := sorted; len(rest) > 0; {
		n := 1
		for n < len(rest) && level(rest[0].Box, rest[n].Box) {
			n++
		}
		slices.SortStableFunc(rest[:n], func(a, b Line) int { return cmp.Compare(a.Box.Left, b.Box.Left) })
		rest = rest[n:]
	}
	return sorted
}

func (b Box) middle() float64 { return float64(b.Top) + float64(b.Height)/2 }

func level(a, b Box) bool {
	return math.Abs(a.middle()-b.middle()) <= float64(min(a.Height, b.Height))/2
}
