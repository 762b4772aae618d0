package rows

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/jsonscan"
)

// A value is one of any format, on its way into JSON.
type value struct {
	kind kind
	b    []byte // the text itself, otherwise JSON
	t    time.Time
}

type kind int

const (
	null kind = iota
	textual
	numeric
	boolean
	array
	object
	instant
)

var errUTF8 = errors.New("is not UTF-8")

// append appends v as JSON.
func (v value) append(dst []byte) ([]byte, error) {
	switch v.kind {
	case null:
		return append(dst, "null"...), nil
	case textual:
		return appendText(dst, v.b)
	case instant:
		return appendTime(dst, v.t)
	}
	return append(dst, v.b...), nil
}

// not returns the error of a value that is not what it should be.
func (v value) not(what string) error { return fmt.Errorf("%s is not %s", v.shown(), what) }

// shown returns the start of the value, for errors.
func (v value) shown() string {
	b, more := v.b, ""
	if v.kind == instant {
		b = v.t.AppendFormat(nil, time.RFC3339Nano)
	}
	if len(b) > 60 {
		b, more = b[:60], "…"
	}
	if v.kind == textual {
		return fmt.Sprintf("%q%s", b, more)
	}
	return string(bytes.ToValidUTF8(b, []byte("\ufffd"))) + more
}

// valueOf returns what a JSON value is that is known to be valid. Text that has
// escapes is written to scratch.
func valueOf(raw []byte, scratch *[]byte) (value, error) {
	switch raw[0] {
	case 'n':
		return value{}, nil
	case 't', 'f':
		return value{kind: boolean, b: raw}, nil
	case '[':
		return value{kind: array, b: raw}, nil
	case '{':
		return value{kind: object, b: raw}, nil
	case '"':
		text, err := unquote(raw, scratch)
		return value{kind: textual, b: text}, err
	}
	return value{kind: numeric, b: raw}, nil
}

// unquote returns the text of a JSON string that is known to be valid. It refuses what
// has no text, since two such strings would become one.
func unquote(raw []byte, scratch *[]byte) ([]byte, error) {
	b := raw[1 : len(raw)-1]
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("%q %w", cut(b), errUTF8)
	}
	if bytes.IndexByte(b, '\\') < 0 {
		return b, nil
	}
	*scratch = jsonscan.AppendText((*scratch)[:0], b)
	if bytes.Contains(*scratch, []byte("\ufffd")) && halfPair(b) {
		return nil, fmt.Errorf("%s has half of a surrogate pair", cut(raw))
	}
	return *scratch, nil
}

// halfPair reports whether text with its escapes, which are known to be valid, has a
// surrogate without the other.
func halfPair(b []byte) bool {
	unit := func(i int) rune {
		if i+6 > len(b) || b[i] != '\\' || b[i+1] != 'u' {
			return -1
		}
		n, _ := strconv.ParseUint(string(b[i+2:i+6]), 16, 16) // four digits
		return rune(n)
	}
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		if r := unit(i); !utf16.IsSurrogate(r) {
			i++
		} else if utf16.DecodeRune(r, unit(i+6)) == utf8.RuneError {
			return true
		} else {
			i += 11
		}
	}
	return false
}

func cut(b []byte) []byte { return b[:min(len(b), 60)] }

// appendText appends text as a JSON string.
func appendText(dst, b []byte) ([]byte, error) {
	if unescaped(b) {
		return append(append(append(dst, '"'), b...), '"'), nil
	}
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("%q %w", cut(b), errUTF8)
	}
	dst = append(dst, '"')
	for {
		i := plain(b, 0)
		dst = append(dst, b[:i]...)
		if i == len(b) {
			return append(dst, '"'), nil
		}
		dst = appendEscape(dst, b[i])
		b = b[i+1:]
	}
}

// unescaped tells whether b is ASCII that is in a string as it is, as nearly all is.
func unescaped(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf || c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func appendEscape(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

func appendTime(dst []byte, t time.Time) ([]byte, error) {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("year %d: RFC 3339 has 0 to 9999", y)
	}
	dst = append(dst, '"')
	dst = t.AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"'), nil
}
