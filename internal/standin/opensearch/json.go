package opensearch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

const maxDepth = 1000 // of Jackson, "StreamReadConstraints"

// A syntaxError says why bytes are no JSON.
type syntaxError struct {
	at   int // offset
	eof  bool
	what string
}

func (e *syntaxError) Error() string { return e.what }

// A scanner goes through JSON that is in memory, and builds nothing.
type scanner struct {
	b     []byte
	i     int
	depth int
	seen  [][]byte // keys of the objects that are open
}

// reset begins with another text, in the same memory.
func (s *scanner) reset(b []byte) { *s = scanner{b: b, seen: s.seen[:0]} }

// checkJSON checks that b is one value.
func checkJSON(b []byte) error {
	s := scanner{b: b}
	if err := s.skip(); err != nil {
		return err
	}
	if s.peek() != 0 || s.i < len(b) {
		return s.unexpected()
	}
	return nil
}

// peek returns the first byte of what comes next, or 0 at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) unexpected() error {
	if s.i >= len(s.b) {
		return &syntaxError{at: s.i, eof: true, what: "Unexpected end-of-input within/between Object entries"}
	}
	if c := s.b[s.i]; c == '"' || c == '{' || c == '[' || c == '}' || c == ']' || c == ':' || c == ',' {
		return &syntaxError{at: s.i, what: fmt.Sprintf("Unexpected character (%q (code %d))", rune(c), c)}
	}
	end := s.i
	for end < len(s.b) && (s.b[end] == '_' || s.b[end] >= '0' && s.b[end] <= '9' || s.b[end]|0x20 >= 'a' && s.b[end]|0x20 <= 'z') {
		end++
	}
	if word := string(s.b[s.i:end]); word == "NaN" || word == "Infinity" || word == "INF" {
		return &syntaxError{at: end, what: "Non-standard token '" + word + "': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"}
	}
	return &syntaxError{at: end, what: fmt.Sprintf(
		"Unrecognized token '%s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", s.b[s.i:end])}
}

// unclosed is unexpected where an object or array could end.
func (s *scanner) unclosed(what string) error {
	if s.i >= len(s.b) {
		return &syntaxError{at: s.i, eof: true, what: "Unexpected end-of-input: expected close marker for " + what + " (start marker at [Source: REDACTED])"}
	}
	return s.unexpected()
}

// skip uses up one value and checks its form.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '{':
		return s.object(func([]byte) error { return s.skip() })
	case c == '[':
		return s.array(s.skip)
	case c == '"':
		_, err := s.text()
		return err
	case c == '-' || c >= '0' && c <= '9':
		_, err := s.number()
		return err
	}
	return s.literal()
}

func (s *scanner) literal() error {
	for _, word := range [...]string{"true", "false", "null"} {
		if len(s.b)-s.i >= len(word) && string(s.b[s.i:s.i+len(word)]) == word {
			s.i += len(word)
			return nil
		}
	}
	return s.unexpected()
}

// object calls member with each key of an object, whose brace comes next. member
// uses up the value. A key that comes twice is an error, as it is for OpenSearch.
func (s *scanner) object(member func(key []byte) error) error {
	if err := s.open(); err != nil {
		return err
	}
	first := len(s.seen)
	var many map[string]bool
	defer func() { s.depth, s.seen = s.depth-1, s.seen[:first] }()
	if s.peek() == '}' {
		s.i++
		return nil
	}
	for {
		if s.peek() != '"' {
			return s.unexpected()
		}
		key, err := s.text()
		if err != nil {
			return err
		}
		if !s.isNew(key, first, &many) {
			return &syntaxError{at: s.i, what: fmt.Sprintf("Duplicate field '%s'", key)}
		}
		if s.peek() != ':' {
			return s.unexpected()
		}
		s.i++
		if err := member(key); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.i++
		case '}':
			s.i++
			return nil
		default:
			return s.unclosed("Object")
		}
	}
}

// fewKeys is how many are compared one by one, which is faster than a set.
const fewKeys = 16

// isNew tells whether an object has no such key yet, and remembers it. The keys of
// the object are s.seen[first:] as long as they are few, and then in set.
func (s *scanner) isNew(key []byte, first int, set *map[string]bool) bool {
	if *set != nil {
		before := len(*set)
		(*set)[string(key)] = true
		return len(*set) > before
	}
	for _, other := range s.seen[first:] {
		if bytes.Equal(other, key) {
			return false
		}
	}
	s.seen = append(s.seen, key)
	if len(s.seen)-first > fewKeys {
		*set = make(map[string]bool, 4*fewKeys)
		for _, other := range s.seen[first:] {
			(*set)[string(other)] = true
		}
	}
	return true
}

// array calls element for each element of an array, whose bracket comes next.
func (s *scanner) array(element func() error) error {
	if err := s.open(); err != nil {
		return err
	}
	defer func() { s.depth-- }()
	if s.peek() == ']' {
		s.i++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.i++
		case ']':
			s.i++
			return nil
		default:
			return s.unclosed("Array")
		}
	}
}

func (s *scanner) open() error {
	s.i++
	if s.depth++; s.depth > maxDepth {
		return &syntaxError{at: s.i, what: fmt.Sprintf("Document nesting depth (%d) exceeds the maximum allowed (%d)", s.depth, maxDepth)}
	}
	return nil
}

// text returns the string whose quote comes next. It is a part of the input if
// nothing in it is escaped.
func (s *scanner) text() ([]byte, error) {
	start, plain := s.i+1, true
	for i := start; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			s.i = i + 1
			return s.unquote(start, i, plain)
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return nil, &syntaxError{at: i, what: fmt.Sprintf("Illegal unquoted character ((CTRL-CHAR, code %d)): has to be escaped using backslash to be included in string value", c)}
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	s.i = len(s.b)
	return nil, &syntaxError{at: s.i, eof: true, what: "Unexpected end-of-input in VALUE_STRING"}
}

func (s *scanner) unquote(start, end int, plain bool) ([]byte, error) {
	raw := s.b[start:end]
	if plain {
		return raw, nil
	}
	if !utf8.Valid(raw) {
		return nil, &syntaxError{at: start, what: fmt.Sprintf("Invalid UTF-8 start byte 0x%x", raw[firstInvalid(raw)])}
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw, nil
	}
	var text string
	if err := json.Unmarshal(s.b[start-1:end+1], &text); err != nil {
		return nil, &syntaxError{at: start, what: "Unrecognized character escape"}
	}
	return []byte(text), nil
}

// firstInvalid is where text stops being UTF-8.
func firstInvalid(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return 0
}

// number uses up a number.
func (s *scanner) number() ([]byte, error) {
	start := s.i
	if s.b[s.i] == '-' {
		s.i++
	}
	whole := s.digits()
	ok := whole > 0 && (whole == 1 || s.b[s.i-whole] != '0')
	if ok && s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		ok = s.digits() > 0
	}
	if ok && s.i < len(s.b) && s.b[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		ok = s.digits() > 0
	}
	if !ok {
		return nil, &syntaxError{at: s.i, eof: s.i >= len(s.b), what: "Unexpected character in a number: " + strconv.Quote(string(s.b[start:s.i]))}
	}
	return s.b[start:s.i], nil
}

func (s *scanner) digits() (n int) {
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
		n++
	}
	return n
}

// value uses up a value and returns its bytes.
func (s *scanner) value() ([]byte, error) {
	s.peek()
	start := s.i
	err := s.skip()
	return s.b[start:s.i], err
}

// scalar uses up a value that is no object or array. text is what is in the quotes
// of a string, and else the same as raw.
func (s *scanner) scalar() (raw, text []byte, err error) {
	c := s.peek()
	start := s.i
	if c == '"' {
		text, err = s.text()
		return s.b[start:s.i], text, err
	}
	err = s.skip()
	return s.b[start:s.i], s.b[start:s.i], err
}
