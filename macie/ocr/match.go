package ocr

import (
	"regexp"
	"unicode/utf8"
)

// Regexp returns a function for [Document.Extend] and [FindAll] that finds the
// matches of a regular expression in a line, as ranges of bytes.
func Regexp(re *regexp.Regexp) func(line string) [][2]int {
	return func(line string) [][2]int {
		var ranges [][2]int
		for _, at := range re.FindAllStringIndex(line, -1) {
			ranges = append(ranges, [2]int{at[0], at[1]})
		}
		return ranges
	}
}

// FindAll returns all matches in the lines of a document, with their first and last
// columns. The function match is called with each line and returns the ranges of
// bytes that match. Ranges without a character, or that are not of whole characters
// of the line, are left out. What crosses the end of a line is not found.
func FindAll(d Document, match func(line string) [][2]int) []Span {
	var spans []Span
	n := 0
	for _, page := range d.Pages {
		for i := range page.Lines {
			n++
			text := rendered(page.Lines[i].Text)
			for _, columns := range matches(text, match) {
				spans = append(spans, Span{Line: n, Column: columns.start, EndColumn: columns.end})
			}
		}
	}
	return spans
}

// Extend finds the last column of a span that has none, as Macie reports
// occurrences, by matching its line again: the function match returns the ranges of
// bytes that match. The last column is that of the match that begins at the span's
// column, of the longest if there are several, or otherwise of the only match that
// has that column.
//
// It returns the span as it is and false if there is no such match, if the span has
// more than one line, or if it cannot be told which character its column means:
// it is unknown, not in the document, or behind text beyond ASCII. A span with a
// last column is returned as it is, with whether it is in the document.
func (d Document) Extend(s Span, match func(line string) [][2]int) (Span, bool) {
	if !d.Valid(s) {
		return s, false
	}
	if s.EndColumn != 0 {
		return s, true
	}
	_, line, _ := d.Line(s.Line)
	if s.Column == 0 || s.last() != s.Line || !ascii(line.Text, s.Column-1) {
		return s, false
	}
	begins, covers, count := 0, 0, 0
	for _, columns := range matches(line.Text, match) {
		if columns.start == s.Column {
			begins = max(begins, columns.end)
		}
		if columns.start <= s.Column && s.Column < columns.end {
			covers = columns.end
			count++
		}
	}
	switch {
	case begins > 0:
		s.EndColumn = begins
	case count == 1:
		s.EndColumn = covers
	default:
		return s, false
	}
	return s, true
}

// matches returns the matches in a line as columns.
func matches(text string, match func(line string) [][2]int) []extent {
	var found []extent
	at := counter{text: text}
	for _, r := range match(text) {
		if r[0] < 0 || r[1] > len(text) || r[0] >= r[1] || !utf8.RuneStart(text[r[0]]) || r[1] < len(text) && !utf8.RuneStart(text[r[1]]) {
			continue
		}
		start := at.column(r[0])
		found = append(found, extent{start, start + utf8.RuneCountInString(text[r[0]:r[1]])})
	}
	return found
}

// A counter finds columns of bytes, and goes on from the last one if it can.
type counter struct {
	text   string
	offset int
	before int // characters before offset
}

func (c *counter) column(offset int) int {
	if offset < c.offset {
		c.offset, c.before = 0, 0
	}
	c.before += utf8.RuneCountInString(c.text[c.offset:offset])
	c.offset = offset
	return c.before + 1
}
