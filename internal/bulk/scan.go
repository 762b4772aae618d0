package bulk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/awspatterns/awspatterns/internal/jsonscan"
)

// maxDepth is that of encoding/json.
const maxDepth = 10_000

var (
	errEnd  = errors.New("it stops in the middle")
	errDeep = fmt.Errorf("nested deeper than %d", maxDepth)
)

// A scanner reads JSON that is at hand as a whole. It accepts what encoding/json
// accepts. Package jsonscan does the same for streams, for which it pays.
type scanner struct {
	b     []byte
	i     int // b[:i] is read
	depth int
}

// peek passes white space and returns the byte behind it, 0 at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		c := s.b[s.i]
		if c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
		s.i++
	}
	return 0
}

// unexpected is the error for the byte at hand.
func (s *scanner) unexpected(want string) error {
	if s.i >= len(s.b) {
		return errEnd
	}
	return fmt.Errorf("found %q where %s should stand", s.b[s.i], want)
}

// end checks that nothing but white space is left.
func (s *scanner) end() error {
	if s.peek(); s.i < len(s.b) {
		return s.unexpected("the end")
	}
	return nil
}

// object calls member with each key of the object that must follow. member reads or
// skips the value. The key may be used until then.
func (s *scanner) object(member func(key []byte) error) error {
	return s.container('{', '}', "an object", func() error {
		key, err := s.key()
		if err != nil {
			return err
		}
		return member(key)
	})
}

// array calls element for each element of the array that must follow. element reads
// or skips it.
func (s *scanner) array(element func() error) error {
	return s.container('[', ']', "an array", element)
}

func (s *scanner) container(opening, closing byte, want string, element func() error) error {
	if s.peek() != opening {
		return s.unexpected(want)
	}
	if s.depth++; s.depth > maxDepth {
		return errDeep
	}
	s.i++
	if s.peek() == closing {
		s.i++
		s.depth--
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.i++
		case closing:
			s.i++
			s.depth--
			return nil
		default:
			return s.unexpected("a comma or the end of " + want)
		}
	}
}

// key reads a key and its colon.
func (s *scanner) key() ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.unexpected("a key in quotes")
	}
	key, err := s.text()
	if err != nil {
		return nil, err
	}
	if s.peek() != ':' {
		return nil, s.unexpected("a colon")
	}
	s.i++
	return key, nil
}

// text reads a string, or null as none.
func (s *scanner) text() ([]byte, error) {
	switch s.peek() {
	case 'n':
		return nil, s.literal("null")
	case '"':
	default:
		return nil, s.unexpected("a string")
	}
	start := s.i + 1
	escaped, err := s.skipString()
	if err != nil {
		return nil, err
	}
	b := s.b[start : s.i-1]
	if escaped {
		b = jsonscan.AppendText(nil, b)
	}
	return b, nil
}

// skip passes a value and checks it.
func (s *scanner) skip() error {
	switch c := s.peek(); c {
	case '"':
		_, err := s.skipString()
		return err
	case '{':
		return s.container('{', '}', "an object", s.skipMember)
	case '[':
		return s.container('[', ']', "an array", s.skip)
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.number()
}

func (s *scanner) skipMember() error {
	if s.peek() != '"' {
		return s.unexpected("a key in quotes")
	}
	if _, err := s.skipString(); err != nil {
		return err
	}
	if s.peek() != ':' {
		return s.unexpected("a colon")
	}
	s.i++
	return s.skip()
}

// skipString passes a string and tells whether it holds escapes.
func (s *scanner) skipString() (escaped bool, err error) {
	s.i++
	for {
		s.i += plain(s.b[s.i:])
		if s.i == len(s.b) {
			return escaped, errEnd
		}
		switch c := s.b[s.i]; c {
		case '"':
			s.i++
			return escaped, nil
		case '\\':
			escaped = true
			if err := s.skipEscape(); err != nil {
				return escaped, err
			}
		default:
			return escaped, fmt.Errorf("control character %q in a string", c)
		}
	}
}

// plain returns the number of bytes at the start of b that need no attention in a
// string: no quote, no backslash, no control character. It looks at eight bytes at a
// time; in each of the three tests the lowest marked byte is exact, since a borrow
// only runs upwards.
func plain(b []byte) int {
	const low, high = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; len(b)-n >= 8; n += 8 {
		x := binary.LittleEndian.Uint64(b[n:])
		quote, backslash := x^(low*'"'), x^(low*'\\')
		marked := ((x-low*0x20)&^x | (quote-low)&^quote | (backslash-low)&^backslash) & high
		if marked != 0 {
			return n + bits.TrailingZeros64(marked)>>3
		}
	}
	for n < len(b) && b[n] >= 0x20 && b[n] != '"' && b[n] != '\\' {
		n++
	}
	return n
}

// skipEscape passes an escape, whose backslash is at hand.
func (s *scanner) skipEscape() error {
	s.i++
	if s.i == len(s.b) {
		return errEnd
	}
	switch c := s.b[s.i]; c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i++
		return nil
	case 'u':
		s.i++
		for range 4 {
			if s.i == len(s.b) {
				return errEnd
			}
			if c := s.b[s.i] | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') || s.b[s.i] < '0' {
				return s.unexpected("a hexadecimal digit")
			}
			s.i++
		}
		return nil
	}
	return s.unexpected("the letter of an escape")
}

// literal passes a word.
func (s *scanner) literal(word string) error {
	if len(s.b)-s.i >= len(word) && string(s.b[s.i:s.i+len(word)]) == word {
		s.i += len(word)
		return nil
	}
	if len(s.b)-s.i < len(word) {
		s.i = len(s.b)
	}
	return s.unexpected(word)
}

// number passes a number.
func (s *scanner) number() error {
	if s.at() == '-' {
		s.i++
	}
	if s.at() == '0' {
		s.i++
	} else if s.digits() == 0 {
		return s.unexpected("a value")
	}
	if s.at() == '.' {
		s.i++
		if s.digits() == 0 {
			return s.unexpected("a digit")
		}
	}
	if c := s.at(); c == 'e' || c == 'E' {
		s.i++
		if c := s.at(); c == '+' || c == '-' {
			s.i++
		}
		if s.digits() == 0 {
			return s.unexpected("a digit")
		}
	}
	return nil
}

// at returns the byte at hand, 0 at the end.
func (s *scanner) at() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// digits passes digits and returns how many.
func (s *scanner) digits() int {
	start := s.i
	for c := s.at(); c >= '0' && c <= '9'; c = s.at() {
		s.i++
	}
	return s.i - start
}
