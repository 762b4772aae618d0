package ocr

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// Valid tells whether the span is in the document: its lines are there, its columns
// are in their lines, and it has at least one character or is of whole lines.
//
// Where a line has text beyond ASCII, columns up to its number of bytes are valid:
// it is not documented what Macie counts columns in, and a column that may be meant
// in bytes or in UTF-16 must not be taken for a wrong one.
func (d Document) Valid(s Span) bool {
	_, first, ok := d.Line(s.Line)
	if !ok || s.Column < 0 || s.Column > len(first.Text) {
		return false
	}
	if s.EndLine != 0 && s.EndLine < s.Line || s.EndColumn < 0 {
		return false
	}
	last := first
	if s.last() != s.Line {
		_, last, ok = d.Line(s.last())
	}
	if !ok || s.EndColumn > len(last.Text)+1 {
		return false
	}
	return s.EndColumn == 0 || s.EndColumn > s.startIn(s.last())
}

// Slice returns the text of a span, with a line feed between lines, or nothing if
// the span is not in the document.
func (d Document) Slice(s Span) string {
	if !d.Valid(s) {
		return ""
	}
	var b strings.Builder
	for n, at := range d.lines(s) {
		if n > s.Line {
			b.WriteByte('\n')
		}
		text := rendered(at.Text)
		end := len(text) + 1
		if n == s.last() && s.EndColumn != 0 {
			end = s.EndColumn
		}
		b.WriteString(cut(text, s.startIn(n), end))
	}
	return b.String()
}

// last is the last line of the span.
func (s Span) last() int { return max(s.Line, s.EndLine) }

// startIn is the column that the span begins at in line n.
func (s Span) startIn(n int) int {
	if n == s.Line {
		return max(1, s.Column)
	}
	return 1
}

// columns returns from which column to before which the span is in line n, whose
// rendered text is given. It returns false if that is the whole line: because the
// span says so, because it says nothing of columns, or because it cannot be told
// which characters are meant. That is so behind text beyond ASCII, since it is not
// documented what Macie counts columns in.
func (s Span) columns(n int, text string) (start, end int, ok bool) {
	start, end = s.startIn(n), utf8.RuneCountInString(text)+1
	switch {
	case n == s.last() && s.EndColumn != 0:
		end = s.EndColumn
		ok = (n != s.Line || s.Column > 0) && ascii(text, end-1)
	case n == s.Line:
		ok = s.Column > 0 && ascii(text, start-1)
	}
	return start, end, ok && start < end
}

// place is where a line is.
type place struct {
	*Line
	page int
}

// lines yields the lines of a span that is in the document, with their numbers.
func (d Document) lines(s Span) iter.Seq2[int, place] {
	return func(yield func(int, place) bool) {
		first := 1 // line of the page
		for i := range d.Pages {
			p := &d.Pages[i]
			for n := max(first, s.Line); n <= s.last() && n < first+len(p.Lines); n++ {
				if !yield(n, place{&p.Lines[n-first], p.Number}) {
					return
				}
			}
			first += len(p.Lines)
			if first > s.last() {
				return
			}
		}
	}
}
