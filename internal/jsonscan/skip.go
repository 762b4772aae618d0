package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// Skip uses up the next value, whatever it is, and checks it.
func (s *Scanner) Skip() error {
	bottom := s.depth
	c := s.next()
	for {
		opened, err := s.skipStart(c)
		if err != nil {
			return err
		}
		if opened {
			if c, err = s.first(); err != nil {
				return err
			}
			if c != 0 {
				continue
			}
		}
		// A value has ended; so may the containers around it.
		for {
			if s.depth == bottom {
				return nil
			}
			more, err := s.after()
			if err != nil {
				return err
			}
			if more {
				break
			}
		}
		if c, err = s.following(); err != nil {
			return err
		}
	}
}

// skipStart uses up the value that starts with c, or, if that opens an object
// or array, only the start of it.
func (s *Scanner) skipStart(c byte) (opened bool, err error) {
	switch c {
	case '"':
		_, err = s.skipString()
		return false, err
	case '{', '[':
		if s.depth++; s.depth > maxDepth {
			return false, s.errorf("nested deeper than %d", maxDepth)
		}
		bit := uint64(1) << (s.depth & 63)
		s.arrays[s.depth>>6] &^= bit
		if c == '[' {
			s.arrays[s.depth>>6] |= bit
		}
		return true, nil
	case 't':
		return false, s.literal("true")
	case 'f':
		return false, s.literal("false")
	case 'n':
		return false, s.literal("null")
	}
	return false, s.number(c)
}

func (s *Scanner) inArray() bool { return s.arrays[s.depth>>6]>>(s.depth&63)&1 != 0 }

// first returns the first byte of the first value in the container just opened,
// or 0 if the container is empty; then it is closed again.
func (s *Scanner) first() (byte, error) {
	closing := byte('}')
	if s.inArray() {
		closing = ']'
	}
	if s.peek() == closing {
		s.pos++
		s.depth--
		return 0, nil
	}
	return s.following()
}

// after uses up a comma behind a value (more is true) or the end of the
// container, which is closed.
func (s *Scanner) after() (more bool, err error) {
	if s.comma() {
		return true, nil
	}
	c := s.next()
	if s.inArray() {
		if c != ']' {
			return false, s.unexpected(c, "a comma or ]")
		}
	} else if c != '}' {
		return false, s.unexpected(c, "a comma or }")
	}
	s.depth--
	return false, nil
}

// following returns the first byte of the next value in a container, behind its
// key if that is an object.
func (s *Scanner) following() (byte, error) {
	if !s.inArray() {
		if err := s.skipKey(); err != nil {
			return 0, err
		}
	}
	c := s.next()
	if c == 0 {
		return 0, s.unexpected(c, "a value")
	}
	return c, nil
}

// skipKey uses up a key and its colon.
func (s *Scanner) skipKey() error {
	if err := s.quote(); err != nil {
		return err
	}
	if _, err := s.skipString(); err != nil {
		return err
	}
	return s.colon()
}

// skipString uses up the rest of a string whose opening quote is used up, and
// tells whether it holds escapes.
func (s *Scanner) skipString() (escaped bool, err error) {
	for {
		s.pos += plain(s.buf[s.pos:])
		if s.pos == len(s.buf) {
			if !s.fill() {
				return escaped, s.atEnd()
			}
			continue
		}
		switch c := s.buf[s.pos]; c {
		case '"':
			s.pos++
			return escaped, nil
		case '\\':
			escaped = true
			s.pos++
			if s.pos < len(s.buf) && short[s.buf[s.pos]] {
				s.pos++
				continue
			}
			if err := s.skipEscape(); err != nil {
				return escaped, err
			}
		default:
			return escaped, s.errorf("control character %q in a string", c)
		}
	}
}

// plain returns the number of bytes at the start of b that need no attention in
// a string: no quote, no backslash, no control character. It looks at eight
// bytes at a time; in each of the three tests the lowest marked byte is exact,
// since a borrow only runs upwards.
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

// short are the bytes that make an escape with the backslash before them alone.
var short = [256]bool{'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true}

// skipEscape uses up an escape whose backslash is used up.
func (s *Scanner) skipEscape() error {
	c := s.at()
	if s.ended {
		return s.atEnd()
	}
	s.pos++
	switch {
	case short[c]:
		return nil
	case c == 'u':
		for range 4 {
			c := s.at()
			if s.ended {
				return s.atEnd()
			}
			if hexDigit(c) < 0 {
				return s.errorf("%q in a \\u escape", c)
			}
			s.pos++
		}
		return nil
	}
	s.pos--
	return s.errorf("unknown escape \\%c", c)
}

// literal uses up the rest of a word whose first byte is used up.
func (s *Scanner) literal(word string) error {
	for i := 1; i < len(word); i++ {
		c := s.at()
		if c != word[i] {
			s.pos = min(s.pos+1, len(s.buf))
			return s.unexpected(c, word)
		}
		s.pos++
	}
	return nil
}

// number uses up a number whose first byte c is used up.
func (s *Scanner) number(c byte) error {
	if c == '-' {
		if c = s.at(); s.pos < len(s.buf) {
			s.pos++
		}
	}
	switch {
	case c == '0':
	case c >= '1' && c <= '9':
		s.digits()
	default:
		return s.unexpected(c, "a value")
	}
	if s.at() == '.' {
		s.pos++
		if s.digits() == 0 {
			return s.needDigit()
		}
	}
	if c := s.at(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.at(); c == '+' || c == '-' {
			s.pos++
		}
		if s.digits() == 0 {
			return s.needDigit()
		}
	}
	return nil
}

// digits uses up digits and returns how many.
func (s *Scanner) digits() int {
	n := 0
	for c := s.at(); c >= '0' && c <= '9'; c = s.at() {
		s.pos++
		n++
	}
	return n
}

func (s *Scanner) needDigit() error {
	c := s.at()
	s.pos = min(s.pos+1, len(s.buf))
	return s.unexpected(c, "a digit")
}
