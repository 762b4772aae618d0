// Package jsonscan reads JSON from a stream, hands out the parts that are asked
// for and skips the rest without building it.
//
// It accepts exactly the documents that encoding/json accepts: skipped parts are
// checked as strictly as the others. A null stands for a value that is missing,
// as it does for encoding/json: an object or array that is null has no members,
// a string that is null is empty.
package jsonscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	bufferSize = 128 << 10
	maxDepth   = 10_000 // as encoding/json
)

// An Error says at which byte of the stream, counted from 0, reading stopped.
// Err is what the reader returned, io.ErrUnexpectedEOF, or what is wrong with
// the document.
type Error struct {
	Offset int64
	Err    error
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d: %v", e.Offset, e.Err) }

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// A Scanner reads one document. After an error it must not be used any more.
type Scanner struct {
	r       io.Reader
	readErr error // from r, once it has returned one
	ended   bool  // all that r gave is used up

	// The part of the stream at hand is buf, buf[:pos] of it is used up. base is
	// the offset of buf[0]. A token that is to be kept while more is read
	// starts at mark; -1 means none.
	buf       []byte
	pos, mark int
	base      int64

	depth   int
	arrays  [maxDepth/64 + 1]uint64 // bit d is set if the d-th container open in Skip is an array
	scratch []byte
}

// New returns a Scanner that reads from r.
func New(r io.Reader) *Scanner {
	return &Scanner{r: r, buf: make([]byte, 0, bufferSize), mark: -1}
}

// Offset returns the number of bytes used so far.
func (s *Scanner) Offset() int64 { return s.base + int64(s.pos) }

// Object calls member with each key of the next value, which must be an object.
// member must read or skip the value that follows. The key may be used until it
// does so.
func (s *Scanner) Object(member func(key []byte) error) error {
	return s.object(member, s.unquote)
}

// Fields is Object for keys that are names of fields, in lower case. As for
// encoding/json a key is that of a field if it is equal but for case; it is
// handed out in lower case.
func (s *Scanner) Fields(field func(name []byte) error) error {
	return s.object(field, s.fold)
}

func (s *Scanner) object(member func(key []byte) error, text func(key []byte, escaped bool) []byte) error {
	if null, err := s.open('{', "an object"); null || err != nil {
		return err
	}
	if s.peek() == '}' {
		s.pos++
		s.depth--
		return nil
	}
	for {
		if err := s.quote(); err != nil {
			return err
		}
		key, escaped, err := s.key()
		if err != nil {
			return err
		}
		if err := member(text(key, escaped)); err != nil {
			return err
		}
		if s.comma() {
			continue
		}
		c := s.next()
		if c != '}' {
			return s.unexpected(c, "a comma or }")
		}
		s.depth--
		return nil
	}
}

// Array calls element once for each element of the next value, which must be an
// array. element must read or skip it.
func (s *Scanner) Array(element func() error) error {
	if null, err := s.open('[', "an array"); null || err != nil {
		return err
	}
	if s.peek() == ']' {
		s.pos++
		s.depth--
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if s.comma() {
			continue
		}
		c := s.next()
		if c != ']' {
			return s.unexpected(c, "a comma or ]")
		}
		s.depth--
		return nil
	}
}

// String returns the next value, which must be a string. The bytes may be used
// until the next call.
func (s *Scanner) String() ([]byte, error) {
	switch c := s.next(); c {
	case '"':
		return s.text()
	case 'n':
		return nil, s.literal("null")
	default:
		return nil, s.unexpected(c, "a string")
	}
}

// Scalar returns the next value as it stands in the document, if it is a number
// or a truth value, and as String does, if it is a string. Anything else is
// skipped. The bytes may be used until the next call.
func (s *Scanner) Scalar() ([]byte, error) {
	switch s.peek() {
	case '"':
		return s.String()
	case '{', '[', 'n':
		return nil, s.Skip()
	}
	s.mark = s.pos
	err := s.Skip()
	b := s.buf[s.mark:s.pos]
	s.mark = -1
	return b, err
}

// Kind returns the first byte of the next value without using it up, or 0 if
// there is none.
func (s *Scanner) Kind() byte { return s.peek() }

// End checks that nothing but white space is left.
func (s *Scanner) End() error {
	if c := s.next(); !s.ended || s.readErr != io.EOF {
		return s.unexpected(c, "the end of the file")
	}
	return nil
}

// open uses up the start of an object or array, or null.
func (s *Scanner) open(start byte, want string) (null bool, err error) {
	switch c := s.next(); c {
	case start:
		if s.depth++; s.depth > maxDepth {
			return false, s.errorf("nested deeper than %d", maxDepth)
		}
		return false, nil
	case 'n':
		return true, s.literal("null")
	default:
		return false, s.unexpected(c, want)
	}
}

// key returns the key, as it is written, whose opening quote is used up, and
// uses up the colon.
func (s *Scanner) key() (key []byte, escaped bool, err error) {
	s.mark = s.pos
	escaped, err = s.skipString()
	if err != nil {
		return nil, false, err
	}
	n := s.pos - 1 - s.mark
	if err := s.colon(); err != nil {
		return nil, false, err
	}
	key = s.buf[s.mark : s.mark+n]
	s.mark = -1
	return key, escaped, nil
}

// text returns the string whose opening quote is used up.
func (s *Scanner) text() ([]byte, error) {
	s.mark = s.pos
	escaped, err := s.skipString()
	if err != nil {
		return nil, err
	}
	b := s.buf[s.mark : s.pos-1]
	s.mark = -1
	return s.unquote(b, escaped), nil
}

// eat uses up the next byte if it is c. It looks no further than what is at hand
// and is there for speed: what stands where it usually does needs no more.
func (s *Scanner) eat(c byte) bool {
	if i := s.pos; uint(i) < uint(len(s.buf)) && s.buf[i] == c {
		s.pos = i + 1
		return true
	}
	return false
}

// comma uses up a comma, if one follows, and the space that Python writes behind.
func (s *Scanner) comma() bool {
	if !s.eat(',') {
		if s.peek() != ',' {
			return false
		}
		s.pos++
	}
	s.eat(' ')
	return true
}

// colon uses up a colon and the space that Python writes behind.
func (s *Scanner) colon() error {
	if !s.eat(':') {
		if c := s.next(); c != ':' {
			return s.unexpected(c, "a colon")
		}
	}
	s.eat(' ')
	return nil
}

// quote uses up the quote that begins a key.
func (s *Scanner) quote() error {
	if !s.eat('"') {
		if c := s.next(); c != '"' {
			return s.unexpected(c, "a key in quotes")
		}
	}
	return nil
}

// next uses up white space and the byte behind it, and returns that. It returns
// 0 at the end of the stream.
func (s *Scanner) next() byte {
	if i := s.pos; uint(i) < uint(len(s.buf)) && s.buf[i] > ' ' {
		s.pos = i + 1
		return s.buf[i]
	}
	return s.nextAfterSpace()
}

func (s *Scanner) nextAfterSpace() byte {
	for {
		for s.pos < len(s.buf) {
			c := s.buf[s.pos]
			s.pos++
			if !isSpace(c) {
				return c
			}
		}
		if !s.fill() {
			return 0
		}
	}
}

// peek uses up white space and returns the byte behind it, or 0 at the end.
func (s *Scanner) peek() byte {
	if s.next() == 0 && s.ended {
		return 0
	}
	s.pos--
	return s.buf[s.pos]
}

func isSpace(c byte) bool { return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t') }

// at returns the byte at pos, or 0 at the end.
func (s *Scanner) at() byte {
	if s.pos == len(s.buf) && !s.fill() {
		return 0
	}
	return s.buf[s.pos]
}

// fill reads more, once all that is at hand is used up, and keeps what mark
// says. It returns false when there is no more.
func (s *Scanner) fill() bool {
	if s.readErr != nil {
		s.ended = true
		return false
	}
	keep := s.pos
	if s.mark >= 0 {
		keep = s.mark
		s.mark = 0
	}
	switch {
	case keep > 0:
		s.buf = s.buf[:copy(s.buf, s.buf[keep:])]
		s.pos, s.base = s.pos-keep, s.base+int64(keep)
	case len(s.buf) == cap(s.buf):
		s.buf = slices.Grow(s.buf, cap(s.buf))
	}
	for range 100 {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf, s.readErr = s.buf[:len(s.buf)+n], err
		if n > 0 || err != nil {
			s.ended = n == 0
			return n > 0
		}
	}
	s.readErr, s.ended = io.ErrNoProgress, true
	return false
}

var conflictMarker = []byte("<<<<<<<")

// unexpected returns the error for c, just used up (unless the stream has ended),
// where want should stand.
func (s *Scanner) unexpected(c byte, want string) error {
	if s.ended {
		return s.atEnd()
	}
	s.pos--
	s.mark = s.pos
	for len(s.buf)-s.mark < len(conflictMarker) {
		s.pos = len(s.buf)
		if !s.fill() {
			break
		}
	}
	at := &Error{Offset: s.base + int64(s.mark)}
	if rest := s.buf[s.mark:]; at.Offset == 0 && bytes.HasPrefix(rest, []byte("\ufeff")) {
		at.Err = errors.New("a byte order mark, which JSON must not begin with: save the file as UTF-8 without it")
	} else if bytes.HasPrefix(rest, conflictMarker) {
		at.Err = errors.New("a git conflict marker (<<<<<<<): resolve the merge and let dbt write the file again")
	} else {
		at.Err = fmt.Errorf("found %q where %s should stand", c, want)
	}
	return at
}

// atEnd returns the error for a document that stops too early.
func (s *Scanner) atEnd() error {
	err := s.readErr
	if err == io.EOF {
		err = fmt.Errorf("the file stops in the middle: %w", io.ErrUnexpectedEOF)
	}
	return &Error{s.Offset(), err}
}

func (s *Scanner) errorf(format string, args ...any) error {
	return &Error{s.Offset(), fmt.Errorf(format, args...)}
}
