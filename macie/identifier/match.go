package identifier

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Match returns where the identifier matches a text: the offsets, in bytes, of the
// first character of each match and of what follows its last. A match counts if a
// keyword comes before it, ending no more than MaximumMatchDistance characters before
// the end of the match, and if it contains no ignore word. An identifier that
// [Custom.Validate] refuses may match nothing.
//
// It is an approximation of Macie. Macie does not tell which of several matches
// that overlap it counts; here it is the one that begins first, and then the one
// that Perl would choose. Whether a keyword must be a word by itself is not told
// either; here it may be a part of one.
func (c Custom) Match(text string) [][2]int {
	pattern, err := regexp.Compile(c.Regex)
	if err != nil {
		return nil
	}
	matches := pattern.FindAllStringIndex(text, -1)
	if len(matches) == 0 {
		return nil
	}
	keywords := keywordEnds(text, c.Keywords)
	var found [][2]int
	for _, m := range matches {
		match := text[m[0]:m[1]]
		ignored := slices.ContainsFunc(c.IgnoreWords, func(word string) bool { return strings.Contains(match, word) })
		if match != "" && !ignored && (len(c.Keywords) == 0 || c.near(text, keywords, m[0], m[1])) {
			found = append(found, [2]int{m[0], m[1]})
		}
	}
	return found
}

// near reports whether the last keyword that ends before start is near enough to
// end.
func (c Custom) near(text string, keywords []int, start, end int) bool {
	i, _ := slices.BinarySearch(keywords, start+1)
	if i == 0 {
		return false
	}
	distance := cmp.Or(c.MaximumMatchDistance, DefaultDistance)
	between := text[keywords[i-1]:end]
	return len(between) <= distance*utf8.UTFMax && utf8.RuneCountInString(between) <= distance
}

// keywordEnds returns the offsets behind all occurrences of keywords, ascending.
func keywordEnds(text string, keywords []string) []int {
	if len(keywords) == 0 {
		return nil
	}
	folded, offsets := fold(text)
	var ends []int
	for _, keyword := range keywords {
		word, _ := fold(keyword)
		for from := 0; word != ""; {
			at := strings.Index(folded[from:], word)
			if at < 0 {
				break
			}
			ends = append(ends, offsets[from+at+len(word)])
			from += at + 1 // occurrences may overlap
		}
	}
	slices.Sort(ends)
	return ends
}

// fold makes texts equal that differ in case alone. It returns for each byte of the
// folded text, and for its end, where it was in text.
func fold(text string) (folded string, offsets []int) {
	b := make([]byte, 0, len(text))
	offsets = make([]int, 0, len(text)+1)
	for at, r := range text {
		before := len(b)
		if r == utf8.RuneError {
			_, size := utf8.DecodeRuneInString(text[at:])
			b = append(b, text[at:at+size]...)
		} else {
			b = utf8.AppendRune(b, smallest(r))
		}
		for range len(b) - before {
			offsets = append(offsets, at)
		}
	}
	return string(b), append(offsets, len(text))
}

// smallest returns the character of the lowest code point that differs from r in
// case alone.
func smallest(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	case r < utf8.RuneSelf:
		return r
	}
	low := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		low = min(low, next)
	}
	return low
}

// Try matches the samples, and reports all that have not the matches they should
// have. The error does not show their text.
func (c Custom) Try() error {
	var errs []error
	for i, s := range c.Samples {
		if n := len(c.Match(s.Text)); n != s.Matches {
			errs = append(errs, fmt.Errorf("custom identifier %q: Samples[%d] has %d matches; want %d", c.Name, i, n, s.Matches))
		}
	}
	return errors.Join(errs...)
}
