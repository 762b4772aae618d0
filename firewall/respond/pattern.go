package respond

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

// An OperatorError is the error for a pattern with an operator that [MatchPattern] does
// not know. [TestPattern] asks EventBridge.
type OperatorError struct {
	Path     string // of the field, such as detail.service.action
	Operator string // such as cidr
}

func (e *OperatorError) Error() string {
	return fmt.Sprintf("%s: the operator %q is not known here: have EventBridge judge the pattern", e.Path, e.Operator)
}

// MatchPattern reports whether an event pattern of EventBridge matches an event, with
// no call. It knows this subset of patterns, and refuses the rest with an
// [*OperatorError]:
//
//   - exact values: strings, numbers, true, false and null
//   - prefix, suffix, equals-ignore-case and wildcard, each with one string
//   - anything-but with a value, a list of strings or of numbers, or one prefix or suffix
//   - numeric with =, <, <=, > and >=, or a range of two, the lower end first
//   - exists
//   - $or, with at least two objects
//
// A field of an event that is a list matches if one of its values does. Fields of
// objects in a list match together, in the same object. exists looks at values: an object or an
// empty list has none. Numbers are compared as numbers: 5 matches 5.0, which is how
// EventBridge's open-source rule engine works; its user guide says that such a match goes by
// the text, so use numeric where it matters. A number beyond 5e9 either way is compared by
// its text.
//
// The rules are those of "Comparison operators for use in event patterns" in the
// EventBridge user guide. A pattern that EventBridge would refuse (no object, an empty
// list, two operators in one object) is an error.
func MatchPattern(pattern, event []byte) (bool, error) {
	p, err := parsePattern(pattern)
	if err != nil {
		return false, fmt.Errorf("respond: pattern: %w", err)
	}
	e, err := decodeObject(event)
	if err != nil {
		return false, fmt.Errorf("respond: event: %w", err)
	}
	return p.matches(e), nil
}

// decodeObject reads one JSON object, with numbers as they are written.
func decodeObject(text []byte) (map[string]any, error) {
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

// An eventPattern is an object of a pattern: all of it has to match.
type eventPattern struct {
	fields map[string]patternField
	or     []eventPattern // one of them, if there are any
}

// A patternField is what a pattern says of a field: conditions for its values, or a
// pattern for the object that it is.
type patternField struct {
	path   []string
	any    []condition
	object *eventPattern
}

func parsePattern(text []byte) (*eventPattern, error) {
	object, err := decodeObject(text)
	if err != nil {
		return nil, err
	}
	return readPattern(nil, object)
}

func readPattern(path []string, object map[string]any) (*eventPattern, error) {
	if len(object) == 0 {
		return nil, fmt.Errorf("%sempty objects match nothing", at(path))
	}
	p := &eventPattern{fields: map[string]patternField{}}
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

func readOr(path []string, value any) ([]eventPattern, error) {
	list, _ := value.([]any)
	if len(list) < 2 {
		return nil, fmt.Errorf("%s$or: want a list of at least two objects", at(path))
	}
	var or []eventPattern
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

func readField(path []string, value any) (f patternField, err error) {
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

// matches judges a whole event.
func (p *eventPattern) matches(event map[string]any) bool {
	return p.object(event, func(path []string) bool { return hasValue(event, path) })
}

// object judges an object, which is nil where an event has none. has reports whether
// there is a value at a path anywhere in the event: only then does "exists": false fail.
func (p *eventPattern) object(object map[string]any, has func([]string) bool) bool {
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
	return len(p.or) == 0 || slices.ContainsFunc(p.or, func(q eventPattern) bool { return q.object(object, has) })
}

// below judges what stands where the pattern has an object: one of the objects there.
func (f patternField) below(value any, has func([]string) bool) bool {
	objects := objectsOf(value)
	if len(objects) == 0 {
		return f.object.object(nil, has)
	}
	return slices.ContainsFunc(objects, func(o map[string]any) bool { return f.object.object(o, has) })
}

// value judges the values of a field.
func (f patternField) value(value any, there bool, has func([]string) bool) bool {
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
