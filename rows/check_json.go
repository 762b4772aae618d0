package rows

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

const maxDepth = 10_000 // as encoding/json

// A scan goes over JSON that is in memory, and accepts exactly what encoding/json
// does. Its methods take the place to begin at and return the one behind what they
// read, or -1 after an error.
type scan struct {
	b    []byte
	at   int    // of the error
	want string // what should stand there

	keyEnd int // of the last key
}

func (s *scan) fail(at int, want string) int {
	s.at, s.want = at, want
	return -1
}

// A syntaxError says what is not JSON.
type syntaxError struct {
	text string
	cut  bool // there is too little
}

func (e *syntaxError) Error() string { return "not JSON: " + e.text }

// err returns the error.
func (s *scan) err() error {
	switch {
	case s.want == "":
		return &syntaxError{text: fmt.Sprintf("nested deeper than %d", maxDepth)}
	case s.at >= len(s.b):
		return &syntaxError{fmt.Sprintf("it ends where %s should stand", s.want), true}
	}
	return &syntaxError{text: fmt.Sprintf("%q at byte %d where %s should stand", rune(s.b[s.at]), s.at, s.want)}
}

// space returns the place of the next byte that is not white space.
func (s *scan) space(i int) int {
	for i < len(s.b) && s.b[i] <= ' ' && isSpace(s.b[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// value reads any value, with the first byte at i, in depth containers.
func (s *scan) value(i, depth int) int {
	if i >= len(s.b) {
		return s.fail(i, "a value")
	}
	switch s.b[i] {
	case '"':
		return s.text(i + 1)
	case '{':
		return s.object(i+1, depth+1)
	case '[':
		return s.array(i+1, depth+1)
	case 't':
		return s.word(i, "true")
	case 'f':
		return s.word(i, "false")
	case 'n':
		return s.word(i, "null")
	}
	return s.number(i)
}

func (s *scan) word(i int, word string) int {
	if n := i + len(word); n <= len(s.b) && string(s.b[i:n]) == word {
		return n
	}
	return s.fail(i, word)
}

// object reads an object behind its brace.
func (s *scan) object(i, depth int) int {
	if depth > maxDepth {
		return s.fail(i, "")
	}
	if i = s.space(i); i < len(s.b) && s.b[i] == '}' {
		return i + 1
	}
	for {
		if i = s.key(i); i < 0 {
			return i
		}
		if i = s.value(i, depth); i < 0 {
			return i
		}
		if i = s.space(i); i >= len(s.b) {
			return s.fail(i, "a comma or }")
		}
		switch s.b[i] {
		case ',':
			i = s.space(i + 1)
		case '}':
			return i + 1
		default:
			return s.fail(i, "a comma or }")
		}
	}
}

// members checks an object and calls member with the keys, in their quotes, and the
// values of its members. An error of member ends it.
func (s *scan) members(member func(key, value []byte) error) error {
	i := s.space(0)
	if i == len(s.b) || s.b[i] != '{' {
		s.fail(i, "an object")
		return s.err()
	}
	i = s.space(i + 1)
	for more := i == len(s.b) || s.b[i] != '}'; more; {
		start := i
		if i = s.key(i); i < 0 {
			return s.err()
		}
		key, value := s.b[start:s.keyEnd], i
		if i = s.value(i, 1); i < 0 {
			return s.err()
		}
		if err := member(key, s.b[value:i]); err != nil {
			return err
		}
		if i = s.space(i); i == len(s.b) || s.b[i] != ',' && s.b[i] != '}' {
			s.fail(i, "a comma or }")
			return s.err()
		}
		if more = s.b[i] == ','; more {
			i = s.space(i + 1)
		}
	}
	if i = s.space(i + 1); i != len(s.b) {
		s.fail(i, "the end")
		return s.err()
	}
	return nil
}

// key reads a key, its colon and the white space behind.
func (s *scan) key(i int) int {
	if i >= len(s.b) || s.b[i] != '"' {
		return s.fail(i, "a key in quotes")
	}
	if i = s.text(i + 1); i < 0 {
		return i
	}
	s.keyEnd = i
	if i = s.space(i); i >= len(s.b) || s.b[i] != ':' {
		return s.fail(i, "a colon")
	}
	return s.space(i + 1)
}

// array reads an array behind its bracket.
func (s *scan) array(i, depth int) int {
	if depth > maxDepth {
		return s.fail(i, "")
	}
	if i = s.space(i); i < len(s.b) && s.b[i] == ']' {
		return i + 1
	}
	for {
		if i = s.value(i, depth); i < 0 {
			return i
		}
		if i = s.space(i); i >= len(s.b) {
			return s.fail(i, "a comma or ]")
		}
		switch s.b[i] {
		case ',':
			i = s.space(i + 1)
		case ']':
			return i + 1
		default:
			return s.fail(i, "a comma or ]")
		}
	}
}

// text reads a string behind its quote.
func (s *scan) text(i int) int {
	for {
		i = plain(s.b, i)
		if i >= len(s.b) {
			return s.fail(i, "a closing quote")
		}
		switch s.b[i] {
		case '"':
			return i + 1
		case '\\':
			if i = s.escape(i + 1); i < 0 {
				return i
			}
		default:
			return s.fail(i, "an escape, since it is a control character in a string,")
		}
	}
}

// plain returns the place of the first byte from i on that needs attention in a
// string: a quote, a backslash, a control character. It looks at eight bytes at a
// time; in each of the three tests the lowest marked byte is exact, since a borrow
// only runs upwards.
func plain(b []byte, i int) int {
	const low, high = 0x0101010101010101, 0x8080808080808080
	for ; len(b)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, backslash := x^(low*'"'), x^(low*'\\')
		marked := ((x-low*0x20)&^x | (quote-low)&^quote | (backslash-low)&^backslash) & high
		if marked != 0 {
			return i + bits.TrailingZeros64(marked)>>3
		}
	}
	for i < len(b) && b[i] >= 0x20 && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// escape reads an escape behind its backslash.
func (s *scan) escape(i int) int {
	if i >= len(s.b) {
		return s.fail(i, "an escape")
	}
	switch s.b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for range 4 {
			if i++; i >= len(s.b) || !isHex(s.b[i]) {
				return s.fail(i, "a hexadecimal digit")
			}
		}
		return i + 1
	}
	return s.fail(i, "an escape")
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// number reads a number.
func (s *scan) number(i int) int {
	b := s.b
	start := i
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	case i < len(b) && b[i] >= '1' && b[i] <= '9':
		i = digits(b, i)
	case i == start:
		return s.fail(i, "a value")
	default:
		return s.fail(i, "a digit")
	}
	if i < len(b) && b[i] == '.' {
		if i = digits(b, i+1); b[i-1] == '.' {
			return s.fail(i, "a digit")
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		exponent := i
		if i = digits(b, i); i == exponent {
			return s.fail(i, "a digit")
		}
	}
	return i
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// whole reads one value, in depth containers, and the white space around it.
func (s *scan) whole(depth int) error {
	i := s.value(s.space(0), depth)
	if i >= 0 {
		if i = s.space(i); i == len(s.b) {
			return nil
		}
		s.fail(i, "the end")
	}
	return s.err()
}

// checkObject checks that b is one JSON object.
func checkObject(b []byte) error {
	s := scan{b: b}
	if i := s.space(0); i == len(b) || b[i] != '{' {
		s.fail(i, "an object")
		return s.err()
	}
	return s.whole(0)
}
