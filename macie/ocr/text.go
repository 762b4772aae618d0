package ocr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns the text of the document: the lines of all pages in order, each
// ended by a line feed, with nothing between pages. It is what is scanned, so what
// a scan says of line and column is a place in it.
//
// A line of the document is one line of the text, whatever was read from the image:
// control characters, the separators U+2028 and U+2029 and the bytes that are no
// UTF-8 are one space each, so that columns keep. All methods of Document see lines
// so; [Document.Clean] makes it true of Line.Text.
func (d Document) Text() string {
	size := 0
	for _, page := range d.Pages {
		for i := range page.Lines {
			size += len(page.Lines[i].Text) + 1
		}
	}
	var b strings.Builder
	b.Grow(size)
	for _, page := range d.Pages {
		for i := range page.Lines {
			b.WriteString(rendered(page.Lines[i].Text))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// Lines counts the lines of all pages.
func (d Document) Lines() int {
	n := 0
	for i := range d.Pages {
		n += len(d.Pages[i].Lines)
	}
	return n
}

// Line returns line n, counted from 1 through all pages, with its text as it is in
// [Document.Text], and the number of its page. It steps over pages, not lines: past
// the 3,000 pages that Amazon Textract takes at most that is a few microseconds.
func (d Document) Line(n int) (page int, line Line, ok bool) {
	if n < 1 {
		return 0, Line{}, false
	}
	n--
	for i := range d.Pages {
		p := &d.Pages[i]
		if n < len(p.Lines) {
			line = p.Lines[n]
			line.Text = rendered(line.Text)
			return p.Number, line, true
		}
		n -= len(p.Lines)
	}
	return 0, Line{}, false
}

// rendered returns a line's text as it is in the text of the document.
func rendered(text string) string {
	if printable(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || breaks(r) {
			b.WriteByte(' ')
		} else {
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// printable tells of most lines that there is nothing to replace.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// breaks tells whether some reader of text could end a line or the text at r. All
// characters that Unicode Standard Annex #14 breaks lines at for certain are
// control characters (Cc) or one of the two separators.
func breaks(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}

// ascii tells whether the first n bytes of text are there and all ASCII, that is
// whether its first n characters are what anybody counts as n.
func ascii(text string, n int) bool {
	if n > len(text) {
		return false
	}
	for i := range n {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cut returns the characters of text from column start to before column end.
// Columns beyond the text are taken for its end.
func cut(text string, start, end int) string {
	from := offset(text, start)
	return text[from : from+offset(text[from:], end-start+1)]
}

// offset returns where in text the character at a column begins.
func offset(text string, column int) int {
	if column <= 1 {
		return 0
	}
	if ascii(text, column-1) {
		return column - 1
	}
	n := 1
	for i := range text {
		if n == column {
			return i
		}
		n++
	}
	return len(text)
}
