// Package eventpattern judges event patterns of EventBridge, as far as
// respond.MatchPattern says.
package eventpattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// An OperatorError is the error for a pattern with an operator that is not known here.
type OperatorError struct {
	Path     string // of the field, such as detail.service.action
	Operator string // such as cidr
}

func (e *OperatorError) Error() string {
	return fmt.Sprintf("%s: the operator %q is not known here: have EventBridge judge the pattern", e.Path, e.Operator)
}

// Match reports whether a pattern matches an event. Errors say which of both is wrong.
func Match(pattern, event []byte) (bool, error) {
	p, err := Parse(pattern)
	if err != nil {
		return false, fmt.Errorf("pattern: %w", err)
	}
	e, err := Object(event)
	if err != nil {
		return false, fmt.Errorf("event: %w", err)
	}
	return p.Matches(e), nil
}

// Object reads one JSON object, with numbers as they are written.
func Object(text []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is something behind the JSON value")
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("want a JSON object")
	}
	return object, nil
}

// A Pattern is an object of a pattern: all of it has to match.
type Pattern struct {
	fields map[string]field
	or     []Pattern // one of them, if there are any
}

// A field is what a pattern says of a field: conditions for its values, or a
// pattern for the object that it is.
type field struct {
	path   []string
	any    []condition
	object *Pattern
}

// Parse reads a pattern.
func Parse(text []byte) (*Pattern, error) {
	object, err := Object(text)
	if err != nil {
		return nil, err
	}
	return Read(object)
}

// Read is Parse for a pattern that Object has read.
func Read(object map[string]any) (*Pattern, error) { return readPattern(nil, object) }

func readPattern(path []string, object map[string]any) (*Pattern, error) {
	if len(object) == 0 {
		return nil, fmt.Errorf("%sempty objects match nothing", at(path))
	}
	p := &Pattern{fields: map[string]field{}}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		var err error
		if name == "$or" {
			p.or, err = readOr(path, object[name])
		} else {
			p.fields[name], err = readField(append(slices.Clone(path), name), object[name])
		}
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

func readOr(path []string, value any) ([]Pattern, error) {
	list, _ := value.([]any)
	if len(list) < 2 {
		return nil, fmt.Errorf("%s$or: want a list of at least two objects", at(path))
	}
	var or []Pattern
	for _, element := range list {
		object, ok := element.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s$or: want objects", at(path))
		}
		p, err := readPattern(path, object)
		if err != nil {
			return nil, err
		}
		or = append(or, *p)
	}
	return or, nil
}

func readField(path []string, value any) (f field, err error) {
	f.path = path
	switch v := value.(type) {
	case map[string]any:
		f.object, err = readPattern(path, v)
		return f, err
	case []any:
		if len(v) == 0 {
			return f, fmt.Errorf("%san empty list matches nothing", at(path))
		}
		for _, element := range v {
			c, err := readCondition(path, element)
			if err != nil {
				return f, err
			}
			f.any = append(f.any, c)
		}
		return f, nil
	}
	return f, fmt.Errorf("%swant a list of values or an object", at(path))
}

func at(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return strings.Join(path, ".") + ": "
}

// Matches judges a whole event.
func (p *Pattern) Matches(event map[string]any) bool {
	return p.object(event, func(path []string) bool { return hasValue(event, path) })
}

// object judges an object, which is nil where an event has none. has reports whether
// there is a value at a path anywhere in the event: only then does "exists": false fail.
func (p *Pattern) object(object map[string]any, has func([]string) bool) bool {
	for name, f := range p.fields {
		value, there := object[name]
		if f.object == nil {
			if !f.value(value, there, has) {
				return false
			}
		} else if !f.below(value, has) {
			return false
		}
	}
	return len(p.or) == 0 || slices.ContainsFunc(p.or, func(q Pattern) bool { return q.object(object, has) })
}

// below judges what stands where the pattern has an object: one of the objects there.
func (f field) below(value any, has func([]string) bool) bool {
	objects := objectsOf(value)
	if len(objects) == 0 {
		return f.object.object(nil, has)
	}
	return slices.ContainsFunc(objects, func(o map[string]any) bool { return f.object.object(o, has) })
}

// value judges the values of a field.
func (f field) value(value any, there bool, has func([]string) bool) bool {
	var values []any
	if there {
		values = valuesOf(value)
	}
	return slices.ContainsFunc(f.any, func(c condition) bool {
		if c.absent {
			return !has(f.path)
		}
		return slices.ContainsFunc(values, c.holds)
	})
}

// valuesOf returns the values in lists, and in lists within, but no objects.
func valuesOf(v any) (values []any) {
	switch v := v.(type) {
	case map[string]any:
		return nil
	case []any:
		for _, element := range v {
			values = append(values, valuesOf(element)...)
		}
		return values
	}
	return []any{v}
}

func objectsOf(v any) (objects []map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		return []map[string]any{v}
	case []any:
		for _, element := range v {
			objects = append(objects, objectsOf(element)...)
		}
	}
	return objects
}

func hasValue(v any, path []string) bool {
	if len(path) == 0 {
		return len(valuesOf(v)) > 0
	}
	return slices.ContainsFunc(objectsOf(v), func(o map[string]any) bool {
		below, there := o[path[0]]
		return there && hasValue(below, path[1:])
	})
}
