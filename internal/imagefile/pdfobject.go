package imagefile

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// Values of PDF objects are nil, bool, int64, float64, pdfName, pdfString,
// pdfRef, []any and pdfDict.
type (
	pdfName   string
	pdfString struct{} // no text of a PDF matters here
	pdfRef    struct{ num, gen int64 }
	pdfDict   map[pdfName]any
)

const maxNesting = 64

// errShort tells that the text ends before the object does.
var errShort = errors.New("object does not end")

// A lexer reads objects from a part of a PDF.
type lexer struct {
	text []byte
	pos  int
	last bool // nothing follows text
}

func (l *lexer) unexpected(want string) error {
	if l.pos >= len(l.text) {
		return errShort
	}
	return fmt.Errorf("%q where %s should be", l.text[l.pos:min(l.pos+8, len(l.text))], want)
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// skip passes over white space and comments.
func (l *lexer) skip() {
	for ; l.pos < len(l.text); l.pos++ {
		switch c := l.text[l.pos]; {
		case isSpace(c):
		case c == '%':
			end := bytes.IndexAny(l.text[l.pos:], "\r\n")
			if end < 0 {
				l.pos = len(l.text)
				return
			}
			l.pos += end
		default:
			return
		}
	}
}

// word reads a number or keyword. It is empty where there is none.
func (l *lexer) word() ([]byte, error) {
	l.skip()
	end := l.pos
	for end < len(l.text) && !isSpace(l.text[end]) && !isDelimiter(l.text[end]) {
		end++
	}
	if end == len(l.text) && !l.last {
		return nil, errShort
	}
	word := l.text[l.pos:end]
	l.pos = end
	return word, nil
}

// keyword reads the keyword want.
func (l *lexer) keyword(want string) error {
	start := l.pos
	word, err := l.word()
	if err != nil {
		return err
	}
	if string(word) != want {
		l.pos = start
		l.skip()
		return l.unexpected(want)
	}
	return nil
}

// integer reads a whole number that is not negative.
func (l *lexer) integer() (int64, error) {
	start := l.pos
	word, err := l.word()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(word), 10, 64)
	if err != nil || n < 0 {
		l.pos = start
		l.skip()
		return 0, l.unexpected("a whole number")
	}
	return n, nil
}

// value reads an object that is not a stream, nested in depth others.
func (l *lexer) value(depth int) (any, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("objects nested more than %d deep", maxNesting)
	}
	l.skip()
	rest := l.text[l.pos:]
	switch {
	case len(rest) == 0:
		return nil, errShort
	case rest[0] == '/':
		return l.name()
	case rest[0] == '(':
		return pdfString{}, l.skipString()
	case rest[0] == '[':
		return l.array(depth)
	case rest[0] == '<' && len(rest) > 1 && rest[1] == '<':
		return l.dict(depth)
	case rest[0] == '<':
		return pdfString{}, l.skipHex()
	case isDelimiter(rest[0]):
		return nil, l.unexpected("an object")
	}
	return l.plain()
}

func (l *lexer) name() (pdfName, error) {
	l.pos++
	end := l.pos
	for end < len(l.text) && !isSpace(l.text[end]) && !isDelimiter(l.text[end]) {
		end++
	}
	if end == len(l.text) && !l.last {
		return "", errShort
	}
	name := l.text[l.pos:end]
	l.pos = end
	if bytes.IndexByte(name, '#') < 0 {
		return pdfName(name), nil
	}
	var plain []byte
	for len(name) > 0 {
		if name[0] == '#' && len(name) > 2 {
			if c, err := strconv.ParseUint(string(name[1:3]), 16, 8); err == nil {
				plain, name = append(plain, byte(c)), name[3:]
				continue
			}
		}
		plain, name = append(plain, name[0]), name[1:]
	}
	return pdfName(plain), nil
}

func (l *lexer) skipString() error {
	open := 0
	for ; l.pos < len(l.text); l.pos++ {
		switch l.text[l.pos] {
		case '\\':
			l.pos++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				l.pos++
				return nil
			}
		}
	}
	return errShort
}

func (l *lexer) skipHex() error {
	end := bytes.IndexByte(l.text[l.pos:], '>')
	if end < 0 {
		return errShort
	}
	l.pos += end + 1
	return nil
}

func (l *lexer) array(depth int) ([]any, error) {
	var array []any
	for l.pos++; ; {
		l.skip()
		if l.pos < len(l.text) && l.text[l.pos] == ']' {
			l.pos++
			return array, nil
		}
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
}

func (l *lexer) dict(depth int) (pdfDict, error) {
	dict := pdfDict{}
	for l.pos += 2; ; {
		l.skip()
		if rest := l.text[l.pos:]; len(rest) > 1 && rest[0] == '>' && rest[1] == '>' {
			l.pos += 2
			return dict, nil
		}
		if l.pos+1 >= len(l.text) {
			return nil, errShort
		}
		if l.text[l.pos] != '/' {
			return nil, l.unexpected("a name")
		}
		key, err := l.name()
		if err != nil {
			return nil, err
		}
		if dict[key], err = l.value(depth + 1); err != nil {
			return nil, err
		}
	}
}

// plain reads a number, a reference, true, false or null.
func (l *lexer) plain() (any, error) {
	start := l.pos
	word, err := l.word()
	if err != nil {
		return nil, err
	}
	switch string(word) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	if n, err := strconv.ParseInt(string(word), 10, 64); err == nil {
		return l.reference(n)
	}
	if x, err := strconv.ParseFloat(string(word), 64); err == nil {
		return x, nil
	}
	l.pos = start
	return nil, l.unexpected("an object")
}

// reference reads on after the number n, which may begin a reference.
func (l *lexer) reference(n int64) (any, error) {
	after := l.pos
	gen, err := l.integer()
	if err == nil {
		err = l.keyword("R")
	}
	switch {
	case errors.Is(err, errShort) && !l.last:
		return nil, errShort
	case err != nil:
		l.pos = after
		return n, nil
	}
	return pdfRef{n, gen}, nil
}
