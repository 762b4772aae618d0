package eventpattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A condition is an element of a list in a pattern.
type condition struct {
	absent bool           // "exists": false
	holds  func(any) bool // for a value that is there
}

func readCondition(path []string, element any) (condition, error) {
	switch v := element.(type) {
	case map[string]any:
		c, err := readOperator(path, v)
		if _, unknown := errors.AsType[*OperatorError](err); err != nil && !unknown {
			err = fmt.Errorf("%s%w", at(path), err)
		}
		return c, err
	case []any:
		return condition{}, fmt.Errorf("%sa list in a list", at(path))
	}
	return condition{holds: equals(element)}, nil
}

// equals compares as JSON does, and numbers by what they are.
func equals(wanted any) func(any) bool {
	number, isNumber := wanted.(json.Number)
	if !isNumber {
		return func(v any) bool { return v == wanted }
	}
	n, small := plainNumber(number)
	return func(v any) bool {
		other, ok := v.(json.Number)
		m, plain := plainNumber(other)
		return ok && (other == number || small && plain && m == n)
	}
}

// maxNumber is the largest that numbers are compared to ("Numeric matching" in the
// EventBridge user guide), negative ones included.
const maxNumber = 5e9

func plainNumber(n json.Number) (float64, bool) {
	f, err := n.Float64()
	return f, err == nil && f >= -maxNumber && f <= maxNumber
}

func readOperator(path []string, object map[string]any) (condition, error) {
	if len(object) != 1 {
		return condition{}, fmt.Errorf("an operator stands alone in its object, which has %d members", len(object))
	}
	name, value := only(object)
	var holds func(any) bool
	var err error
	switch name {
	case "exists":
		exists, ok := value.(bool)
		if !ok {
			return condition{}, errors.New("exists: want true or false")
		}
		return condition{absent: !exists, holds: func(any) bool { return true }}, nil
	case "numeric":
		holds, err = readNumeric(value)
	case "anything-but":
		holds, err = readAnythingBut(path, value)
	default:
		holds, err = readText(path, name, value)
	}
	return condition{holds: holds}, err
}

// only returns the one member of an object.
func only(object map[string]any) (name string, value any) {
	for name, value = range object {
		break
	}
	return name, value
}

// readText reads the operators that take one string.
func readText(path []string, name string, value any) (func(any) bool, error) {
	var match func(text, with string) bool
	switch name {
	case "prefix":
		match = strings.HasPrefix
	case "suffix":
		match = strings.HasSuffix
	case "equals-ignore-case":
		match = strings.EqualFold
	case "wildcard":
		match = matchWildcard
	default:
		return nil, &OperatorError{strings.Join(path, "."), name}
	}
	with, ok := value.(string)
	if inner, isObject := value.(map[string]any); isObject {
		for operator := range inner {
			return nil, &OperatorError{strings.Join(path, "."), name + " " + operator}
		}
	}
	if !ok {
		return nil, fmt.Errorf("%s: want a string", name)
	}
	if err := checkWildcard(with); name == "wildcard" && err != nil {
		return nil, err
	}
	return func(v any) bool {
		text, ok := v.(string)
		return ok && match(text, with)
	}, nil
}

// readAnythingBut holds for all other values, of any kind.
func readAnythingBut(path []string, value any) (func(any) bool, error) {
	if object, ok := value.(map[string]any); ok {
		return butText(path, object)
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	if len(list) == 0 {
		return nil, errors.New("anything-but: an empty list")
	}
	var not []func(any) bool
	texts := 0
	for _, v := range list {
		switch v.(type) {
		case string:
			texts++
		case json.Number:
		default:
			return nil, errors.New("anything-but: want strings or numbers")
		}
		not = append(not, equals(v))
	}
	if texts != 0 && texts != len(list) {
		return nil, errors.New("anything-but: strings and numbers in one list")
	}
	return func(v any) bool {
		return !slices.ContainsFunc(not, func(is func(any) bool) bool { return is(v) })
	}, nil
}

func butText(path []string, object map[string]any) (func(any) bool, error) {
	if len(object) != 1 {
		return nil, errors.New("anything-but: an operator stands alone in its object")
	}
	name, value := only(object)
	if _, isText := value.(string); (name != "prefix" && name != "suffix") || !isText {
		return nil, &OperatorError{strings.Join(path, "."), "anything-but " + name}
	}
	is, err := readText(path, name, value)
	return func(v any) bool { return !is(v) }, err
}

// readNumeric reads an operator and a number, or two of each for a range.
func readNumeric(value any) (func(any) bool, error) {
	list, _ := value.([]any)
	if len(list) != 2 && len(list) != 4 {
		return nil, errors.New("numeric: want an operator and a number, or two of each")
	}
	var bounds []func(float64) bool
	var ends []float64
	for i := 0; i < len(list); i += 2 {
		number, ok := list[i+1].(json.Number)
		end, plain := plainNumber(number)
		if !ok || !plain {
			return nil, fmt.Errorf("numeric: %v: want a number from -5e9 to 5e9", list[i+1])
		}
		bound := comparison(list[i], end)
		if bound == nil {
			return nil, fmt.Errorf("numeric: operator %v: want =, <, <=, > or >=", list[i])
		}
		bounds, ends = append(bounds, bound), append(ends, end)
	}
	if len(list) == 4 && (list[0] != ">" && list[0] != ">=" || list[2] != "<" && list[2] != "<=" || ends[0] >= ends[1]) {
		return nil, errors.New("numeric: want the lower end of the range, and then a higher one")
	}
	return func(v any) bool {
		number, ok := v.(json.Number)
		n, plain := plainNumber(number)
		return ok && plain && !slices.ContainsFunc(bounds, func(in func(float64) bool) bool { return !in(n) })
	}, nil
}

func comparison(operator any, end float64) func(float64) bool {
	switch operator {
	case "=":
		return func(n float64) bool { return n == end }
	case "<":
		return func(n float64) bool { return n < end }
	case "<=":
		return func(n float64) bool { return n <= end }
	case ">":
		return func(n float64) bool { return n > end }
	case ">=":
		return func(n float64) bool { return n >= end }
	}
	return nil
}

// checkWildcard refuses what EventBridge does: ** and a \ before anything but * and \.
func checkWildcard(pattern string) error {
	star := false
	for i := 0; i < len(pattern); i++ {
		switch {
		case pattern[i] == '*' && star:
			return fmt.Errorf("wildcard %q: two * in a row", pattern)
		case pattern[i] == '\\':
			i++
			if i == len(pattern) || pattern[i] != '*' && pattern[i] != '\\' {
				return fmt.Errorf(`wildcard %q: want * or \ behind \`, pattern)
			}
			star = false
			continue
		}
		star = pattern[i] == '*'
	}
	return nil
}

// matchWildcard goes back to the last star only, so that it takes no more than the
// product of both lengths.
func matchWildcard(text, pattern string) bool {
	star, from := -1, 0
	t, p := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && literal(pattern, p) == text[t]:
			p += width(pattern, p)
			t++
		case star >= 0:
			from++
			t, p = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// literal returns the byte that stands at a place of a pattern, without its \.
func literal(pattern string, p int) byte { return pattern[p+width(pattern, p)-1] }

func width(pattern string, p int) int {
	if pattern[p] == '\\' && p+1 < len(pattern) {
		return 2
	}
	return 1
}
