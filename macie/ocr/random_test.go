package ocr

import (
	"math/rand/v2"
	"slices"
)

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// randomDocument has few short lines on few pages. No character but the blank is
// there twice, so that one that shows up tells where it is from. Some words are
// missing.
func randomDocument(random *rand.Rand) Document {
	next, wide := '!', []rune{0xc0, 0x4e00, 0x1f300}
	var d Document
	for number := range 1 + random.IntN(2) {
		page := Page{Number: number + 1}
		for range random.IntN(4) {
			var text []rune
			for range random.IntN(14) {
				switch n := random.IntN(40); {
				case n < 8:
					text = append(text, ' ')
				case n < 11:
					text = append(text, wide[n-8])
					wide[n-8]++
				default:
					text = append(text, next)
					next++
				}
			}
			line := drawn(string(text), 0.03*float32(len(page.Lines)+1))
			if n := len(line.Words); n > 0 && random.IntN(4) == 0 {
				line.Words = slices.Delete(line.Words, n/2, n/2+1)
			}
			page.Lines = append(page.Lines, line)
		}
		d.Pages = append(d.Pages, page)
	}
	return d
}

// randomSpan is about in the document.
func randomSpan(random *rand.Rand, d Document) Span {
	s := Span{Line: random.IntN(d.Lines() + 2), Column: random.IntN(14)}
	switch random.IntN(4) {
	case 0:
		s.EndLine = s.Line + random.IntN(3)
		s.EndColumn = random.IntN(14)
	case 1, 2:
		s.EndColumn = s.Column + random.IntN(6)
	}
	if random.IntN(30) == 0 {
		s.Column, s.EndColumn = -s.Column, -s.EndColumn
	}
	return s
}
