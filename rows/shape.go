package rows

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/jsonscan"
)

// A Shape makes JSON objects of records. It must not be used by several goroutines
// at the same time.
type Shape struct {
	encoder
	fields   map[string]*field // those that something becomes of, by old name
	wanted   []*output         // those that are captured
	omitNull bool
	rewrite  bool // objects do not stay as they are

	columns []string // that planned and misfit are for
	planned []column
	misfit  error

	round    uint64 // counts records
	captured []string
	scratch  []byte
}

// A field is what becomes of one.
type field struct {
	key  []byte // new name, as JSON, with the colon
	drop bool
	must bool        // if there are columns, one is this
	to   *conversion // nil leaves it as it is
	out  *output     // nil if it is dropped and not captured
}

// An output is a field by its new name.
type output struct {
	name     string
	captures []int  // places in captured
	round    uint64 // of the last record that had it
}

// JSON appends the JSON object of a record to dst, without line ends, and returns
// the values of the captured fields: text as it is, numbers as they are written, true or
// false. They may be used until the next call. An error is that of one record: r.Err,
// or that r is no object or not UTF-8, that a value cannot be what it should, or that a captured
// field is missing, empty, null, a list or an object; if it is a [ColumnsError], it
// will be that of all records with these columns.
//
// Members of JSON that are not to be typed stay as they were written. If an object has
// two members that would have one name, and that is one that Fields or captured
// fields name, that is an error; others are not compared.
func (s *Shape) JSON(dst []byte, r Record) (object []byte, captured []string, err error) {
	s.round++
	out, err := s.append(dst, r)
	if err == nil {
		err = s.complete()
	}
	if err != nil {
		return dst, nil, atLine(r, err)
	}
	return out, s.captured, nil
}

// atLine adds to an error the line, and what may be the reason if that is no object.
func atLine(r Record, err error) error {
	if r.Line == 0 || r.Err != nil {
		return err
	}
	if e, ok := err.(*syntaxError); ok && (e.cut || r.JSON[0] == '[') {
		err = fmt.Errorf("%w: each line must be an object of its own", err)
	}
	return fmt.Errorf("line %d: %w", r.Line, err)
}

func (s *Shape) append(dst []byte, r Record) ([]byte, error) {
	switch {
	case r.Err != nil:
		return nil, r.Err
	case r.Columns != nil:
		return s.row(dst, r)
	case !utf8.Valid(r.JSON):
		return nil, fmt.Errorf("not JSON: it %w", errUTF8)
	case s.rewrite || len(s.wanted) > 0:
		return s.object(dst, r.JSON)
	}
	if err := checkObject(r.JSON); err != nil {
		return nil, err
	}
	return s.whole(dst, r.JSON), nil
}

// whole appends an object as it is.
func (s *Shape) whole(dst, object []byte) []byte {
	start := len(dst)
	dst = append(dst, trimSpace(object)...)
	oneLine(dst[start:])
	return dst
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// oneLine replaces line ends by spaces. In JSON they stand between tokens only.
func oneLine(b []byte) {
	for _, end := range []byte("\n\r") {
		for rest := b; ; {
			i := bytes.IndexByte(rest, end)
			if i < 0 {
				break
			}
			rest[i] = ' '
			rest = rest[i+1:]
		}
	}
}

// object appends what becomes of the members of an object, which it checks.
func (s *Shape) object(dst, object []byte) ([]byte, error) {
	start := len(dst)
	dst = append(dst, '{')
	j := scan{b: object}
	err := j.members(func(key, value []byte) (err error) {
		dst, err = s.member(dst, start+1, key, value)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !s.rewrite {
		return s.whole(dst[:start], object), nil
	}
	dst = append(dst, '}')
	oneLine(dst[start:])
	return dst, nil
}

// member appends what becomes of a member of the object whose members begin at open.
func (s *Shape) member(dst []byte, open int, key, raw []byte) ([]byte, error) {
	f := s.field(key)
	if f == nil {
		if !s.rewrite || s.omitNull && raw[0] == 'n' {
			return dst, nil
		}
		dst = append(comma(dst, open), key...)
		return append(append(dst, ':'), raw...), nil
	}
	if f.out == nil {
		return dst, nil
	}
	if f.out.round == s.round {
		return nil, fmt.Errorf("two fields have the name %q", f.out.name)
	}
	f.out.round = s.round
	before := len(dst)
	dst = append(comma(dst, open), f.key...)
	at := len(dst)
	dst, err := s.converted(dst, f.to, raw)
	if err == nil {
		err = s.capture(f.out, dst[at:])
	}
	if err != nil {
		return nil, fmt.Errorf("field %q: %w", f.out.name, err)
	}
	return s.keep(dst, before, at, f.drop), nil
}

func comma(dst []byte, open int) []byte {
	if len(dst) > open {
		dst = append(dst, ',')
	}
	return dst
}

// keep cuts dst back to before, if the value at at is not wanted.
func (s *Shape) keep(dst []byte, before, at int, drop bool) []byte {
	if drop || s.omitNull && dst[at] == 'n' {
		return dst[:before]
	}
	return dst
}

// field returns what becomes of the member with a key, given in quotes; nil if
// nothing does.
func (s *Shape) field(key []byte) *field {
	name := key[1 : len(key)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		s.scratch = jsonscan.AppendText(s.scratch[:0], name)
		name = s.scratch
	}
	return s.fields[string(name)]
}

// converted appends a JSON value that is known to be valid, as c makes it.
func (s *Shape) converted(dst []byte, c *conversion, raw []byte) ([]byte, error) {
	if c == nil || raw[0] == 'n' {
		return append(dst, raw...), nil
	}
	v, err := valueOf(raw, &s.scratch)
	if err != nil {
		return nil, err
	}
	return c.append(dst, v)
}

// capture keeps the text of a JSON value, if that is wanted.
func (s *Shape) capture(out *output, raw []byte) error {
	if len(out.captures) == 0 {
		return nil
	}
	v, err := valueOf(raw, &s.scratch)
	switch {
	case err != nil:
		return err
	case v.kind == null, len(v.b) == 0:
		return errors.New("has no value")
	case v.kind == array, v.kind == object:
		return v.not("a single value")
	}
	text := string(v.b)
	for _, i := range out.captures {
		s.captured[i] = text
	}
	return nil
}

// complete checks that all captured fields were there.
func (s *Shape) complete() error {
	for _, out := range s.wanted {
		if out.round != s.round {
			return fmt.Errorf("field %q is missing", out.name)
		}
	}
	return nil
}
