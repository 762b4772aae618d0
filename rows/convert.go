package rows

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A conversion is a Type that was read.
type conversion struct {
	to      Type
	sep     []byte      // of a list
	element *conversion // of a list; nil leaves its elements as they are
	layout  string      // of a date
}

const (
	list Type = "list"
	date Type = "date"
)

func parseType(t Type) (*conversion, error) {
	kind, rest, _ := strings.Cut(string(t), ":")
	switch {
	case Type(kind) == list:
		return parseList(rest)
	case Type(kind) == date:
		return parseDate(rest)
	case t == String || t == Integer || t == Number || t == Boolean || t == JSON:
		return &conversion{to: t}, nil
	}
	return nil, fmt.Errorf("type %q: want string, integer, number, boolean, json, list:SEPARATOR, list:SEPARATOR:TYPE, date:LAYOUT, date:unix or date:unix_ms", t)
}

// parseList reads what is behind "list:". The separator may be a colon.
func parseList(rest string) (*conversion, error) {
	if rest == "" {
		return nil, fmt.Errorf(`type "list:": want a separator behind it, such as "list:,"`)
	}
	c := &conversion{to: list, sep: []byte(rest)}
	i := strings.IndexByte(rest[1:], ':')
	if i < 0 {
		return c, nil
	}
	c.sep = []byte(rest[:i+1])
	element, err := parseType(Type(rest[i+2:]))
	if err != nil {
		return nil, fmt.Errorf("the elements of %q: %w", "list:"+rest, err)
	}
	if element.to == list {
		return nil, fmt.Errorf("type %q: a list of lists", "list:"+rest)
	}
	c.element = element
	return c, nil
}

// parseDate reads what is behind "date:".
func parseDate(layout string) (*conversion, error) {
	c := &conversion{to: date, layout: layout}
	if layout == "unix" || layout == "unix_ms" {
		return c, nil
	}
	if strings.Contains(layout, "MST") {
		return nil, fmt.Errorf(`type "date:%s": the names of zones (MST) do not tell how far from UTC they are`, layout)
	}
	written := time.Date(2021, 11, 23, 13, 47, 58, 123456789, time.UTC).Format(layout)
	if _, err := time.Parse(layout, written); err != nil || written == layout {
		return nil, fmt.Errorf(`type "date:%s": want unix, unix_ms or a layout of Go, such as 2006-01-02`, layout)
	}
	return c, nil
}

// append appends v, which is not null, as JSON of the type.
func (c *conversion) append(dst []byte, v value) ([]byte, error) {
	switch c.to {
	case String:
		return c.string(dst, v)
	case Integer:
		return c.integer(dst, v)
	case Number:
		return c.number(dst, v)
	case Boolean:
		return c.boolean(dst, v)
	case JSON:
		return c.json(dst, v)
	case list:
		return c.list(dst, v)
	}
	return c.date(dst, v)
}

func (c *conversion) string(dst []byte, v value) ([]byte, error) {
	switch v.kind {
	case textual:
		return appendText(dst, v.b)
	case numeric, boolean:
		return append(append(append(dst, '"'), v.b...), '"'), nil
	case instant:
		return appendTime(dst, v.t)
	}
	return nil, v.not("text")
}

func (c *conversion) integer(dst []byte, v value) ([]byte, error) {
	if v.kind != textual && v.kind != numeric {
		return nil, v.not("an integer")
	}
	b := bytes.TrimSpace(v.b)
	if whole, zeros, ok := bytes.Cut(b, []byte(".")); ok && len(whole) > 0 && len(bytes.Trim(zeros, "0")) == 0 {
		b = whole
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return strconv.AppendInt(dst, n, 10), nil
	}
	if n, err := strconv.ParseUint(string(bytes.TrimPrefix(b, []byte("+"))), 10, 64); err == nil {
		return strconv.AppendUint(dst, n, 10), nil
	}
	return nil, v.not("an integer of 64 bits")
}

func (c *conversion) number(dst []byte, v value) ([]byte, error) {
	switch v.kind {
	case numeric:
		return append(dst, v.b...), nil
	case textual:
		if out, ok := appendNumber(dst, bytes.TrimSpace(v.b)); ok {
			return out, nil
		}
	}
	return nil, v.not("a number")
}

// appendNumber appends text as a JSON number: one that may also begin with +, with
// zeros or with its point, and end in its point.
func appendNumber(dst, b []byte) ([]byte, bool) {
	if isNumber(b) {
		return append(dst, b...), true
	}
	start := len(dst)
	if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
		if b[0] == '-' {
			dst = append(dst, '-')
		}
		b = b[1:]
	}
	point := digits(b, 0)
	end := point
	if point < len(b) && b[point] == '.' {
		end = digits(b, point+1)
	}
	if end == 0 || end == 1 && point == 0 {
		return dst[:start], false
	}
	whole := bytes.TrimLeft(b[:point], "0")
	if len(whole) == 0 {
		whole = []byte("0")
	}
	dst = append(dst, whole...)
	if end > point+1 {
		dst = append(dst, b[point:end]...)
	}
	dst = append(dst, b[end:]...)
	return dst, isNumber(dst[start:])
}

func isNumber(b []byte) bool {
	s := scan{b: b}
	return len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9') && s.number(0) == len(b)
}

var booleans = map[string]string{
	"true": "true", "t": "true", "yes": "true", "y": "true", "1": "true",
	"false": "false", "f": "false", "no": "false", "n": "false", "0": "false",
}

func (c *conversion) boolean(dst []byte, v value) ([]byte, error) {
	if v.kind == textual || v.kind == numeric || v.kind == boolean {
		if b := bytes.TrimSpace(v.b); len(b) <= len("false") {
			var lower [5]byte
			for i, c := range b {
				if lower[i] = c; c >= 'A' && c <= 'Z' {
					lower[i] |= 0x20
				}
			}
			if word, ok := booleans[string(lower[:len(b)])]; ok {
				return append(dst, word...), nil
			}
		}
	}
	return nil, v.not("true or false")
}

func (c *conversion) json(dst []byte, v value) ([]byte, error) {
	if v.kind != textual {
		return v.append(dst)
	}
	s := scan{b: v.b}
	if err := s.whole(1); err != nil {
		return nil, fmt.Errorf("%s: %w", v.shown(), err)
	}
	if !utf8.Valid(v.b) {
		return nil, fmt.Errorf("%s %w", v.shown(), errUTF8)
	}
	start := len(dst)
	dst = append(dst, trimSpace(v.b)...)
	oneLine(dst[start:])
	return dst, nil
}

// list appends text that is divided. What is a list already stays one.
func (c *conversion) list(dst []byte, v value) ([]byte, error) {
	if v.kind == array {
		return c.array(dst, v)
	}
	if v.kind != textual {
		return nil, v.not("text to be divided")
	}
	dst = append(dst, '[')
	rest, more := v.b, len(v.b) > 0
	for more {
		var element []byte
		var err error
		element, rest, more = bytes.Cut(rest, c.sep)
		if dst, err = c.appendElement(dst, value{kind: textual, b: element}); err != nil {
			return nil, err
		}
		if more {
			dst = append(dst, ',')
		}
	}
	return append(dst, ']'), nil
}

func (c *conversion) appendElement(dst []byte, v value) ([]byte, error) {
	if c.element == nil || v.kind == null {
		return v.append(dst)
	}
	return c.element.append(dst, v)
}

// array converts the elements of a JSON array that is known to be valid.
func (c *conversion) array(dst []byte, v value) ([]byte, error) {
	if c.element == nil {
		return v.append(dst)
	}
	s := scan{b: v.b}
	dst = append(dst, '[')
	var scratch []byte
	for i := s.space(1); s.b[i] != ']'; i = s.space(i) {
		if s.b[i] == ',' {
			dst = append(dst, ',')
			i = s.space(i + 1)
		}
		end := s.value(i, 0)
		element, err := valueOf(s.b[i:end], &scratch)
		if err != nil {
			return nil, err
		}
		if dst, err = c.appendElement(dst, element); err != nil {
			return nil, err
		}
		i = end
	}
	return append(dst, ']'), nil
}

func (c *conversion) date(dst []byte, v value) ([]byte, error) {
	switch {
	case v.kind == instant:
		return appendTime(dst, v.t)
	case v.kind != textual && (v.kind != numeric || !strings.HasPrefix(c.layout, "unix")):
		return nil, v.not("a date")
	}
	var t time.Time
	var err error
	b := bytes.TrimSpace(v.b)
	switch c.layout {
	case "unix":
		t, err = unix(b, time.Second)
	case "unix_ms":
		t, err = unix(b, time.Millisecond)
	default:
		t, err = time.Parse(c.layout, string(b))
	}
	if err != nil {
		return nil, v.not("a date as " + c.layout)
	}
	return appendTime(dst, t)
}

// unix reads a count of units since 1970, which may have a fraction.
func unix(b []byte, unit time.Duration) (time.Time, error) {
	whole, fraction, _ := bytes.Cut(b, []byte("."))
	n, err := strconv.ParseInt(string(whole), 10, 64)
	if err != nil || len(fraction) > 0 && digits(fraction, 0) != len(fraction) {
		return time.Time{}, strconv.ErrSyntax
	}
	rest := time.Duration(0)
	scale := unit
	for _, c := range fraction {
		scale /= 10
		rest += time.Duration(c-'0') * scale
	}
	if b[0] == '-' {
		rest = -rest
	}
	if unit == time.Millisecond {
		return time.UnixMilli(n).Add(rest), nil
	}
	return time.Unix(n, int64(rest)), nil
}
