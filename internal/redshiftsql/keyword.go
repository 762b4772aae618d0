package redshiftsql

import (
	"slices"
	"strings"
)

// A keywordList is a text cut into what classifies it: words in upper case, marks, and " for
// each name in quotation marks and ' for each string, whatever these hold.
type keywordList []string

// keywords cuts a text into words, without comments. It is not sure of texts that servers
// could read otherwise: what does not end, comments in comments, and dollar quoting.
func keywords(sql string) (list keywordList, sure bool) {
	sure = true
	for at := 0; at < len(sql); {
		s := sql[at:]
		var length int
		known := true
		switch c := s[0]; {
		case strings.HasPrefix(s, "--"):
			length = run(s, func(c byte) bool { return c != '\n' && c != '\r' })
		case strings.HasPrefix(s, "/*"):
			length, known = comment(s)
		case c == '"' || c == '\'':
			length, known = quotedLength(s)
			list = append(list, s[:1])
		case isWordByte(c) && !isDigit(c) && c != '$':
			length = run(s, isWordByte)
			list = append(list, upper(s[:length]))
		case isSpace(c):
			length = 1
		default:
			length, known = 1, c != '$' && c != 0
			list = append(list, s[:1])
		}
		at += length
		sure = sure && known
	}
	return list, sure
}

// comment returns the length of a comment, and whether it ends and holds none.
func comment(s string) (length int, known bool) {
	i := strings.Index(s[2:], "*/")
	if i < 0 {
		return len(s), false
	}
	return i + 4, !strings.Contains(s[2:3+i], "/*") // also in /*/
}

// quotedLength returns the length of a name or string in quotation marks, and whether it
// ends. A doubled mark does not end it, nor does one behind a backslash in a string.
func quotedLength(s string) (length int, known bool) {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] == '\'':
			i++
		case s[i] == s[0] && i+1 < len(s) && s[i+1] == s[0]:
			i++
		case s[i] == s[0]:
			return i + 1, true
		}
	}
	return len(s), false
}

// begins reports whether the list begins with some words.
func (s keywordList) begins(words ...string) bool {
	return len(s) >= len(words) && slices.Equal(s[:len(words)], words)
}

// holds reports whether some words are in the list, one after the other.
func (s keywordList) holds(words ...string) bool {
	for i := range s {
		if s[i:].begins(words...) {
			return true
		}
	}
	return false
}

// afterName returns what follows a name, which may have parts.
func (s keywordList) afterName() keywordList {
	s = s[min(1, len(s)):]
	for s.begins(".") {
		s = s[min(2, len(s)):]
	}
	return s
}

// trimmed returns the list without parentheses at its beginning, and a semicolon at its
// end.
func (s keywordList) trimmed() keywordList {
	for s.begins("(") {
		s = s[1:]
	}
	if n := len(s); n > 0 && s[n-1] == ";" {
		s = s[:n-1]
	}
	return s
}

func isWordByte(c byte) bool {
	return isUpper(c) || isLower(c) || isDigit(c) || c == '_' || c == '$' || c >= 0x80
}

func isSpace(c byte) bool { return strings.IndexByte(" \t\n\r\f\v", c) >= 0 }

// upper folds ASCII letters to upper case.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if isLower(c) {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}
