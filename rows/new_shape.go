package rows

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// NewShape returns what f says, for records of which the values of some fields are
// wanted beside the object, by their new names: those that ids of documents are made
// of. A field that is captured may be dropped.
func NewShape(f Fields, capture ...string) (*Shape, error) {
	s := &Shape{
		encoder:  encoder{nullNaN: f.NullNaN},
		fields:   map[string]*field{},
		omitNull: f.OmitNull,
		rewrite:  f.OmitNull || len(f.Drop)+len(f.Rename)+len(f.Types) > 0,
		captured: make([]string, len(capture)),
	}
	if err := checkFields(f, capture); err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	for _, name := range f.Drop {
		s.at(name).drop = true
	}
	for name, t := range f.Types {
		to, err := parseType(t)
		if err != nil {
			return nil, fmt.Errorf("rows: field %q: %w", name, err)
		}
		s.at(name).to, s.at(name).must = to, true
	}
	s.link(f.Rename, capture)
	return s, nil
}

// checkFields refuses names that contradict each other.
func checkFields(f Fields, capture []string) error {
	names := slices.Concat(f.Drop, capture, slices.Collect(maps.Keys(f.Rename)), slices.Collect(maps.Values(f.Rename)), slices.Collect(maps.Keys(f.Types)))
	for _, name := range names {
		if name == "" || !utf8.ValidString(name) {
			return fmt.Errorf("field %q: a name must be there, in UTF-8", name)
		}
	}
	for _, name := range f.Drop {
		if _, ok := f.Types[name]; ok {
			return fmt.Errorf("field %q is to be dropped and typed", name)
		}
		if _, ok := f.Rename[name]; ok {
			return fmt.Errorf("field %q is to be dropped and renamed", name)
		}
	}
	olds := map[string]string{} // by new name
	for _, old := range slices.Sorted(maps.Keys(f.Rename)) {
		name := f.Rename[old]
		if other, ok := olds[name]; ok {
			return fmt.Errorf("fields %q and %q are both to be renamed to %q", other, old, name)
		}
		olds[name] = old
		if _, moves := f.Rename[name]; f.Types[name] != "" && !moves {
			return fmt.Errorf("field %q is to be renamed to %q, which is to be typed as if it were there: types are given by old name", old, name)
		}
	}
	for _, name := range capture {
		if now, ok := f.Rename[name]; ok && olds[name] == "" {
			return fmt.Errorf("field %q is renamed to %q: name it so", name, now)
		}
	}
	return nil
}

// at returns the field with an old name.
func (s *Shape) at(name string) *field {
	f := s.fields[name]
	if f == nil {
		f = &field{}
		s.fields[name] = f
	}
	return f
}

// link gives every field its new name.
func (s *Shape) link(rename map[string]string, capture []string) {
	outputs := map[string]*output{}
	for old, name := range rename {
		s.at(old).must = true
		s.at(old).out = &output{name: name}
		s.at(name) // whatever has that name already is a contradiction
		outputs[name] = s.at(old).out
	}
	for i, name := range capture {
		if outputs[name] == nil {
			outputs[name] = &output{name: name}
			s.at(name).out = outputs[name]
		}
		out := outputs[name]
		if out.captures = append(out.captures, i); len(out.captures) == 1 {
			s.wanted = append(s.wanted, out)
		}
	}
	for name, f := range s.fields {
		if f.out == nil && !f.drop {
			if outputs[name] == nil {
				outputs[name] = &output{name: name}
			}
			f.out = outputs[name]
		}
		if f.out != nil {
			f.key, _ = appendString(nil, f.out.name) // checkFields has looked at it
			f.key = append(f.key, ':')
		}
	}
}

// A ColumnsError says why no record with these columns can get the shape.
type ColumnsError struct {
	Columns []string
	Err     error
}

func (e *ColumnsError) Error() string {
	return fmt.Sprintf("columns %q: %v", e.Columns, e.Err)
}

// Unwrap returns e.Err.
func (e *ColumnsError) Unwrap() error { return e.Err }

// fit checks that columns go with the fields.
func (s *Shape) fit(columns []string) error {
	if err := checkColumns(columns); err != nil {
		return err
	}
	outputs := map[*output]bool{}
	for _, name := range columns {
		f := s.fields[name]
		if f == nil || f.out == nil {
			continue
		}
		if outputs[f.out] {
			return fmt.Errorf("two would have the name %q", f.out.name)
		}
		outputs[f.out] = true
	}
	for _, name := range slices.Sorted(maps.Keys(s.fields)) {
		if s.fields[name].must && !slices.Contains(columns, name) {
			return fmt.Errorf("none is %q, which is to be renamed or typed", name)
		}
	}
	for _, out := range s.wanted {
		if !outputs[out] {
			return fmt.Errorf("none is or becomes %q", out.name)
		}
	}
	return nil
}
