package bulk

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/jsonscan"
)

// maxDepth is that of encoding/json.
const maxDepth = 10_000

// A scanner reads JSON that is at hand as a whole, and accepts what encoding/json
// accepts; package jsonscan does the same for streams, and pays for it. After an
// error nothing is left to read, so that err needs to be looked at only in the end.
type scanner struct {
	b     []byte
	i     int // b[:i] is read
	depth int
	err   error
}

// fail keeps the first error, that at the byte at hand there is something else than
// what is wanted.
func (s *scanner) fail(want string) {
	switch {
	case s.err != nil:
	case s.i >= len(s.b):
		s.err = fmt.Errorf("it stops in the middle, at byte %d", len(s.b))
	default:
		s.err = fmt.Errorf("found %q at byte %d where %s should stand", s.b[s.i], s.i, want)
	}
	s.b, s.i = nil, 0
}

// failf keeps an error about what was read last.
func (s *scanner) failf(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("before byte %d: "+format, append([]any{s.i}, args...)...)
	}
	s.b, s.i = nil, 0
}

// peek passes white space and returns the byte behind it, 0 at the end.
func (s *scanner) peek() byte {
	if s.i < len(s.b) && s.b[s.i] > ' ' {
		return s.b[s.i]
	}
	return s.peekBehindSpace()
}

func (s *scanner) peekBehindSpace() byte {
	for ; s.i < len(s.b); s.i++ {
		if c := s.b[s.i]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
	}
	return 0
}

// end checks that nothing but white space is left, and returns the first error.
func (s *scanner) end() error {
	if s.peek(); s.i < len(s.b) {
		s.fail("the end")
	}
	return s.err
}

// open passes the { or [ that must follow, and returns whether there is anything in
// the container.
//
//	for more := s.open('{'); more; more = s.more('}') {
//		key := s.key()
//		// the value must be read or skipped here
//	}
func (s *scanner) open(c byte) bool {
	if s.peek() != c {
		s.fail("a " + string(c))
		return false
	}
	if s.depth++; s.depth > maxDepth {
		s.failf("nested deeper than %d", maxDepth)
		return false
	}
	s.i++
	if s.peek() == c+2 { // ] and } stand two behind [ and {
		s.i++
		s.depth--
		return false
	}
	return true
}

// more passes a comma or the end of a container, and returns whether it was a comma.
func (s *scanner) more(closing byte) bool {
	switch s.peek() {
	case ',':
		s.i++
		return true
	case closing:
		s.i++
		s.depth--
		return false
	}
	s.fail("a comma or " + string(closing))
	return false
}

// key reads a key and its colon. It may be used until the next call.
func (s *scanner) key() []byte {
	if s.peek() != '"' {
		s.fail("a key in quotes")
		return nil
	}
	key := s.quoted()
	if s.peek() != ':' {
		s.fail("a colon")
		return nil
	}
	s.i++
	return key
}

// text reads a string, as UTF-8; null is an empty one.
func (s *scanner) text() []byte {
	switch s.peek() {
	case '"':
		b := s.quoted()
		if !utf8.Valid(b) { // then it held no escapes, and holds none
			b = jsonscan.AppendText(nil, b)
		}
		return b
	case 'n':
		s.literal("null")
	default:
		s.fail("a string")
	}
	return nil
}

// quoted reads the string whose quote is at hand.
func (s *scanner) quoted() []byte {
	start := s.i + 1
	if s.skipString() {
		return jsonscan.AppendText(nil, s.b[start:s.i-1])
	}
	if s.err != nil {
		return nil
	}
	return s.b[start : s.i-1]
}

// raw reads a value as it stands, without the space around it.
func (s *scanner) raw() []byte {
	s.peek()
	b, start := s.b, s.i
	if s.skip(); s.err != nil {
		return nil
	}
	return b[start:s.i]
}

// skip passes a value and checks it.
func (s *scanner) skip() {
	switch s.peek() {
	case '"':
		s.skipString()
	case '{':
		for more := s.open('{'); more; more = s.more('}') {
			s.key()
			s.skip()
		}
	case '[':
		for more := s.open('['); more; more = s.more(']') {
			s.skip()
		}
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.number()
	}
}

// skipString passes a string, whose quote is at hand, and tells whether it is well
// and holds escapes.
func (s *scanner) skipString() (escaped bool) {
	s.i++
	for {
		s.i += plain(s.b[s.i:])
		if s.i == len(s.b) {
			break
		}
		switch s.b[s.i] {
		case '"':
			s.i++
			return escaped
		case '\\':
			escaped = true
			s.skipEscape()
		default:
			s.fail("no control character")
		}
	}
	s.fail("")
	return false
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
func (s *scanner) skipEscape() {
	s.i++
	switch s.at() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i++
	case 'u':
		s.i++
		for range 4 {
			c := s.at()
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				s.fail("a hexadecimal digit")
				return
			}
			s.i++
		}
	default:
		s.fail("the letter of an escape")
	}
}

// literal passes a word.
func (s *scanner) literal(word string) {
	for i := range len(word) {
		if s.at() != word[i] {
			s.fail(word)
			return
		}
		s.i++
	}
}

// number passes a number.
func (s *scanner) number() {
	if s.at() == '-' {
		s.i++
	}
	if s.at() == '0' {
		s.i++
	} else {
		s.digits("a value")
	}
	if s.at() == '.' {
		s.i++
		s.digits("a digit")
	}
	if c := s.at(); c == 'e' || c == 'E' {
		s.i++
		if c := s.at(); c == '+' || c == '-' {
			s.i++
		}
		s.digits("a digit")
	}
}

// at returns the byte at hand, 0 at the end.
func (s *scanner) at() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// digits passes digits, one at least.
func (s *scanner) digits(want string) {
	i := s.i
	for i < len(s.b) && s.b[i]-'0' <= 9 {
		i++
	}
	if i == s.i {
		s.fail(want)
		return
	}
	s.i = i
}
