package ocr

import "strings"

// Mask is what [Document.Snippet] shows for a character of a value.
const Mask = '█'

// cutOff shows that a snippet is not the beginning or the end of its line.
const cutOff = "…"

// Snippet returns a span with up to context characters of its first line before it
// and of its last line behind it, for reports. Every character of the span and of
// all the spans in all is a [Mask]; lines are divided by one blank. It returns
// nothing if the span is not in the document.
//
// It masks rather too much than too little: a span whose last column is not known
// masks the rest of its line, and one that [Document.Regions] covers a whole line
// for, the whole line, and so does a span in all that is not valid.
func (d Document) Snippet(s Span, all []Span, context int) string {
	if !d.Valid(s) {
		return ""
	}
	context = max(0, context)
	var b strings.Builder
	for n, at := range d.lines(s) {
		text := rendered(at.Text)
		masked := []rune(text)
		start, end := s.hide(n, text, masked)
		for _, other := range all {
			if other.Line <= n && n <= other.last() {
				other.hide(n, text, masked)
			}
		}
		from, to := start-1, end-1
		if n == s.Line {
			from = max(0, from-context)
			if from > 0 {
				b.WriteString(cutOff)
			}
		} else {
			b.WriteByte(' ')
		}
		if n == s.last() {
			to = min(len(masked), to+min(context, len(masked)))
		}
		b.WriteString(string(masked[from:to]))
		if n == s.last() && to < len(masked) {
			b.WriteString(cutOff)
		}
	}
	return b.String()
}

// hide masks the characters of line n that the span may have, and returns their
// columns.
func (s Span) hide(n int, text string, masked []rune) (start, end int) {
	start, end, ok := s.columns(n, text)
	if !ok {
		start, end = 1, len(masked)+1
	}
	for i := start - 1; i < end-1; i++ {
		masked[i] = Mask
	}
	return start, end
}
