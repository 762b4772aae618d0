package redshiftsql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A ParseError says where a text stops being one of a statement, and what was expected.
type ParseError struct {
	Offset  int // in bytes
	Message string
}

func (e *ParseError) Error() string { return fmt.Sprintf("SQL at byte %d: %s", e.Offset, e.Message) }

// kind is what a token is; it names it for people.
type kind string

const (
	endToken     kind = "the end of the statement"
	keywordToken kind = "a keyword in upper case"
	wordToken    kind = "a word in lower case" // of a type of an argument, or a setting
	numberToken  kind = "a number"
	nameToken    kind = "a name in double quotation marks"
	stringToken  kind = "a string in single quotation marks"
	markToken    kind = "one of . , ( )"
	badToken     kind = "what no statement has"
)

// A token is a piece of a text.
type token struct {
	kind   kind
	value  string // of a name or string without its quotation marks; what is wrong; else as written
	offset int
	spaced bool // one space is before it
}

// is reports whether the token is a punctuation mark.
func (t token) is(m string) bool { return t.kind == markToken && t.value == m }

// String returns the token as an error message shows it.
func (t token) String() string {
	switch t.kind {
	case endToken:
		return string(endToken)
	case badToken:
		return t.value
	case nameToken, stringToken:
		return fmt.Sprintf("%s, %.80q", t.kind, t.value)
	}
	return fmt.Sprintf("%.80q", t.value)
}

// scan reads the token at an offset, and returns where the next one is. Nothing but a
// single space may be before it: there are no comments, no semicolons, no parameters, no
// dollar quoting, no operators.
func scan(s string, at int) (token, int) {
	t := token{offset: at}
	if strings.HasPrefix(s[at:], " ") {
		t.spaced = true
		t.offset++
	}
	length := t.read(s[t.offset:])
	return t, t.offset + length
}

// read sets the kind and value of a token from the beginning of s and returns its length.
func (t *token) read(s string) int {
	if s == "" {
		t.kind = endToken
		if t.spaced {
			t.bad("a space at the end")
		}
		return 0
	}
	switch c := s[0]; {
	case c == '"':
		return t.quoted(s, nameToken)
	case c == '\'':
		return t.quoted(s, stringToken)
	case strings.IndexByte(".,()", c) >= 0:
		t.kind, t.value = markToken, s[:1]
	case isUpper(c):
		t.kind, t.value = keywordToken, s[:run(s, isUpper)]
	case isLower(c):
		t.kind, t.value = wordToken, s[:run(s, func(c byte) bool { return isLower(c) || isDigit(c) || c == '_' })]
	case isDigit(c):
		t.kind, t.value = numberToken, s[:run(s, isDigit)]
	case c == ' ':
		t.bad("more than one space")
	default:
		r, _ := utf8.DecodeRuneInString(s)
		t.bad(fmt.Sprintf("%q", r))
	}
	return len(t.value)
}

// quoted reads a name or string: what it begins with is doubled within it, as are
// backslashes in a string, where they would escape.
func (t *token) quoted(s string, k kind) int {
	quote := s[0]
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		c := s[i]
		double := i+1 < len(s) && s[i+1] == c
		switch {
		case c == quote && !double:
			t.kind, t.value = k, b.String()
			return i + 1
		case c == '\\' && k == stringToken && !double:
			t.offset += i
			t.bad("a single backslash")
			return 0
		case c == quote || c == '\\' && k == stringToken:
			i++
		}
		b.WriteByte(c)
	}
	t.bad(string(k) + " that does not end")
	return 0
}

// bad makes the token one that nothing expects.
func (t *token) bad(what string) { t.kind, t.value = badToken, what }

// run returns for how many bytes s is what is asked for.
func run(s string, is func(byte) bool) int {
	for i := range len(s) {
		if !is(s[i]) {
			return i
		}
	}
	return len(s)
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
