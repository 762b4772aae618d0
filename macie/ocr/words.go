package ocr

import (
	"strings"
	"unicode/utf8"
)

// A PlacedWord is a word as text detectors return it: where it is drawn, but not
// where it is in its line.
type PlacedWord struct {
	Text    string
	Box     Box
	Polygon []Point
}

// SplitWords finds the columns of words in a line of text. Words are in the order
// in which they are in the line, usually with a blank between them.
//
// No word is returned at a place that may be another's. If words and line are the
// same text but for blanks, every word is found. Otherwise the words that the line
// has exactly once, and that are there exactly once, are found, and those between
// two of them, or an end, that are the same text as the line there. The others are
// left out: [Document.Regions] covers the whole line for a span with their
// characters.
func SplitWords(text string, words []PlacedWord) []Word {
	all := newTokens(rendered(text))
	placed := make([]extent, len(words))
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = squeezed(w.Text)
	}
	if !all.fill(texts, placed) {
		all.anchor(texts, placed)
	}
	var found []Word
	for i, w := range words {
		if placed[i] != (extent{}) {
			found = append(found, Word{Start: placed[i].start, End: placed[i].end, Box: w.Box, Polygon: w.Polygon})
		}
	}
	return found
}

// squeezed returns a text as it is rendered, without blanks.
func squeezed(text string) string {
	return strings.ReplaceAll(rendered(text), " ", "")
}

// extent is a range of columns of a line; the zero extent is none.
type extent struct{ start, end int }

// tokens are the parts of a line between blanks.
type tokens struct {
	texts   []string
	columns []int // of their first characters
}

func newTokens(text string) tokens {
	var t tokens
	column := 1
	for part := range strings.SplitSeq(text, " ") {
		if part != "" {
			t.texts = append(t.texts, part)
			t.columns = append(t.columns, column)
		}
		column += utf8.RuneCountInString(part) + 1
	}
	return t
}

func (t tokens) slice(from, to int) tokens {
	return tokens{t.texts[from:to], t.columns[from:to]}
}

// fill places the words if they and the tokens are the same text but for blanks.
func (t tokens) fill(words []string, placed []extent) bool {
	if !same(t.texts, words) {
		return false
	}
	token, at := 0, 0 // a place in the text of a token
	for i, word := range words {
		if word == "" {
			continue
		}
		if at == len(t.texts[token]) {
			token, at = token+1, 0
		}
		placed[i].start = t.column(token, at)
		for rest := len(word); ; {
			step := min(rest, len(t.texts[token])-at)
			at += step
			rest -= step
			if rest == 0 {
				break
			}
			token, at = token+1, 0
		}
		placed[i].end = t.column(token, at)
	}
	return true
}

// column of a byte of a token.
func (t tokens) column(token, at int) int {
	return t.columns[token] + utf8.RuneCountInString(t.texts[token][:at])
}

// same tells whether two lists are the same text.
func same(a, b []string) bool {
	return strings.Join(a, "") == strings.Join(b, "")
}

// anchor places the words that are unique on both sides, and fills what is between
// them. If these are not in one order, it places none: then the words are not in
// the order of the line, and it is unknown what they are in the order of.
func (t tokens) anchor(words []string, placed []extent) {
	indexes := unique(t.texts)
	once := unique(words)
	token, word := 0, 0 // after the last anchor
	for i, text := range words {
		at, ok := indexes[text]
		if !ok || at < 0 || once[text] < 0 {
			continue
		}
		if at < token {
			clear(placed)
			return
		}
		t.slice(token, at).fill(words[word:i], placed[word:i])
		placed[i] = extent{t.columns[at], t.column(at, len(text))}
		token, word = at+1, i+1
	}
	t.slice(token, len(t.texts)).fill(words[word:], placed[word:])
}

// unique returns the indexes of texts, below 0 for those that are there more than
// once.
func unique(texts []string) map[string]int {
	indexes := make(map[string]int, len(texts))
	for i, text := range texts {
		if _, ok := indexes[text]; ok {
			i = -1
		}
		indexes[text] = i
	}
	return indexes
}
