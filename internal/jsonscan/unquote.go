package jsonscan

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// unquote returns the text of a string that skipString has checked. As in
// encoding/json, a byte that is not UTF-8 and half of a surrogate pair become
// U+FFFD.
func (s *Scanner) unquote(b []byte, escaped bool) []byte {
	if !escaped && utf8.Valid(b) {
		return b
	}
	s.scratch = AppendText(s.scratch[:0], b)
	return s.scratch
}

// AppendText appends to out what stands for b, the inside of a string that is known
// to be valid JSON, with its escapes. As in encoding/json, a byte that is not UTF-8
// and half of a surrogate pair become U+FFFD.
func AppendText(out, b []byte) []byte {
	for len(b) > 0 {
		if b[0] == '\\' {
			out, b = unescape(out, b[1:])
			continue
		}
		n := bytes.IndexByte(b, '\\')
		if n < 0 {
			n = len(b)
		}
		out, b = appendValid(out, b[:n]), b[n:]
	}
	return out
}

// fold returns a key as the name of a field, in lower case. A key of plain lower
// case, which is nearly every one, is returned as it is.
func (s *Scanner) fold(key []byte, escaped bool) []byte {
	odd := escaped
	for _, c := range key {
		odd = odd || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	if odd {
		return bytes.Map(foldRune, s.unquote(key, escaped))
	}
	return key
}

// foldRune is the simple case folding of the letters that can turn out ASCII.
func foldRune(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r | 0x20
	case r == 'ſ':
		return 's'
	case r == '\u212a': // the Kelvin sign
		return 'k'
	}
	return r
}

func appendValid(out, b []byte) []byte {
	if utf8.Valid(b) {
		return append(out, b...)
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		out, b = utf8.AppendRune(out, r), b[n:]
	}
	return out
}

// unescape appends what the escape at the start of b, behind its backslash,
// stands for and returns the rest of b.
func unescape(out, b []byte) ([]byte, []byte) {
	c := b[0]
	switch c {
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r := hex4(b[1:])
		b = b[5:]
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if len(b) >= 6 && b[0] == '\\' && b[1] == 'u' {
				low = hex4(b[2:])
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				b = b[6:]
			}
		}
		return utf8.AppendRune(out, r), b
	}
	return append(out, c), b[1:]
}

func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		r = r<<4 | rune(hexDigit(c))
	}
	return r
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
