package rows

import (
	"fmt"
	"slices"
)

// A column is what becomes of one.
type column struct {
	name string
	key  []byte // new name, as JSON, with the colon
	drop bool
	to   *conversion
	out  *output // nil if nothing of it is captured
}

// plan looks up what becomes of columns, unless that is known.
func (s *Shape) plan(columns []string) error {
	if s.columns != nil && slices.Equal(columns, s.columns) {
		return s.misfit
	}
	s.columns, s.planned, s.misfit = slices.Clone(columns), nil, nil
	if err := s.fit(columns); err != nil {
		s.misfit = &ColumnsError{Columns: s.columns, Err: err}
		return s.misfit
	}
	for _, name := range columns {
		c := column{name: name}
		if f := s.fields[name]; f != nil {
			c = column{name: name, key: f.key, drop: f.drop, to: f.to, out: f.out}
		} else {
			c.key, _ = appendString(nil, name) // fit has looked at it
			c.key = append(c.key, ':')
		}
		s.planned = append(s.planned, c)
	}
	return nil
}

// row appends the object of a record that has columns.
func (s *Shape) row(dst []byte, r Record) ([]byte, error) {
	if err := s.plan(r.Columns); err != nil {
		return nil, err
	}
	if len(r.Values)+len(r.Text) != len(s.planned) {
		return nil, fmt.Errorf("%d values for %d columns", len(r.Values)+len(r.Text), len(s.planned))
	}
	dst = append(dst, '{')
	open := len(dst)
	for i := range s.planned {
		c := &s.planned[i]
		if c.drop && c.out == nil {
			continue
		}
		before := len(dst)
		dst = append(comma(dst, open), c.key...)
		at := len(dst)
		var err error
		if dst, err = s.cell(dst, c, r, i); err == nil && c.out != nil {
			c.out.round = s.round
			err = s.capture(c.out, dst[at:])
		}
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", c.name, err)
		}
		dst = s.keep(dst, before, at, c.drop)
	}
	return append(dst, '}'), nil
}

// cell appends value i of a record.
func (s *Shape) cell(dst []byte, c *column, r Record, i int) ([]byte, error) {
	if r.Text == nil && c.to == nil {
		return s.encoder.append(dst, r.Values[i])
	}
	v := value{}
	if r.Text == nil {
		var err error
		if v, err = s.encoder.value(r.Values[i], &s.scratch); err != nil {
			return nil, err
		}
	} else if r.Text[i] != nil {
		v = value{kind: textual, b: r.Text[i]}
	}
	if c.to == nil || v.kind == null {
		return v.append(dst)
	}
	return c.to.append(dst, v)
}
