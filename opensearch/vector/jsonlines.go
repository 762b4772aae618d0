package vector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// appendLine appends the numbers of a line of JSON: an array of them, or an object with
// one in a field. It takes what encoding/json takes, and NaN and Infinity as Python
// writes them, which the caller refuses with how many there are.
func appendLine(dst []float32, line []byte, field string) ([]float32, error) {
	line = skipJSONSpace(line)
	var err error
	if len(line) > 0 && line[0] == '{' {
		dst, line, err = appendMember(dst, line[1:], field)
	} else {
		dst, line, err = appendArray(dst, line)
	}
	if line = skipJSONSpace(line); err == nil && len(line) > 0 {
		err = wrongJSON(line, "the end of the line")
	}
	return dst, err
}

// appendMember appends the numbers of a member of the object whose brace is used up,
// checks the others, and returns what is behind.
func appendMember(dst []float32, b []byte, field string) ([]float32, []byte, error) {
	found := false
	rest, err := eachMember(b, func(key, value []byte) (rest []byte, err error) {
		if !isField(key, field) {
			return skipJSON(value)
		}
		if found {
			return nil, fmt.Errorf("field %q is there twice", field)
		}
		found = true
		if dst, rest, err = appendArray(dst, value); err != nil {
			return nil, fmt.Errorf("field %q: %w", field, err)
		}
		return rest, nil
	})
	if err == nil && !found {
		err = fmt.Errorf("there is no field %q", field)
	}
	return dst, rest, err
}

// eachMember calls member with the key of each member of an object, in quotes, and all
// that is from the value on; member returns what is behind the value.
func eachMember(b []byte, member func(key, value []byte) ([]byte, error)) ([]byte, error) {
	b = skipJSONSpace(b)
	if len(b) > 0 && b[0] == '}' {
		return b[1:], nil
	}
	for {
		n := jsonStringLen(b)
		if n == 0 || !json.Valid(b[:n]) {
			return nil, wrongJSON(b, "a field in quotes")
		}
		key := b[:n]
		b = skipJSONSpace(b[n:])
		if len(b) == 0 || b[0] != ':' {
			return nil, wrongJSON(b, "a colon")
		}
		var err error
		if b, err = member(key, skipJSONSpace(b[1:])); err != nil {
			return nil, err
		}
		b = skipJSONSpace(b)
		switch {
		case len(b) > 0 && b[0] == '}':
			return b[1:], nil
		case len(b) == 0 || b[0] != ',':
			return nil, wrongJSON(b, "a comma or }")
		}
		b = skipJSONSpace(b[1:])
	}
}

// vectorField returns the name of the only field of an object that holds an array of
// numbers.
func vectorField(line []byte) (string, error) {
	var names []string
	_, err := eachMember(line[1:], func(key, value []byte) ([]byte, error) {
		_, rest, err := appendArray(nil, value)
		if err != nil {
			return skipJSON(value)
		}
		var name string
		err = json.Unmarshal(key, &name)
		names = append(names, name)
		return rest, err
	})
	if err != nil {
		return "", err
	}
	return onlyField(names)
}

func onlyField(names []string) (string, error) {
	slices.Sort(names)
	switch len(names) {
	case 0:
		return "", errors.New("no field holds an array of numbers")
	case 1:
		return names[0], nil
	}
	return "", fmt.Errorf("the fields %q hold arrays of numbers: name the one with the vector as Field", names)
}

// isField tells whether a key, in quotes, is that of a field.
func isField(key []byte, field string) bool {
	inner := key[1 : len(key)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner) == field
	}
	var name string
	return json.Unmarshal(key, &name) == nil && name == field
}

// errTooLong is for arrays that are not read to their end.
var errTooLong = fmt.Errorf("more than %d dimensions: a vector has 1 to %d", MaxDimension, MaxDimension)

// appendArray appends the numbers of an array, and returns what is behind it.
func appendArray(dst []float32, b []byte) ([]float32, []byte, error) {
	if len(b) == 0 || b[0] != '[' {
		return dst, b, wrongJSON(b, "an array of numbers")
	}
	for b = b[1:]; ; b = b[1:] {
		b = skipJSONSpace(b)
		x, n := parseNumber(b)
		if n == 0 {
			return dst, b, notNumber(b)
		}
		if len(dst) == MaxDimension {
			return dst, b, errTooLong
		}
		dst = append(dst, x)
		if b = b[n:]; len(b) > 0 && b[0] == ',' {
			continue
		}
		if b = skipJSONSpace(b); len(b) == 0 || b[0] != ',' {
			break
		}
	}
	if len(b) == 0 || b[0] != ']' {
		return dst, b, wrongJSON(b, "a comma or ]")
	}
	return dst, b[1:], nil
}

func notNumber(b []byte) error {
	switch {
	case len(b) > 0 && b[0] == ']':
		return errors.New("is an empty array, or ends in a comma")
	case len(b) > 0 && b[0] == '[':
		return errors.New("is an array of arrays: write one vector to a line, as jq -c '.[]' does")
	}
	return wrongJSON(b, "a number")
}

// parseNumber returns the number at the start of b, and how many bytes it has; 0 is no
// number of JSON.
//
// Source: RFC 8259, section 6.
func parseNumber(b []byte) (float32, int) {
	start := 0
	if len(b) > 0 && b[0] == '-' {
		start = 1
	}
	mantissa, i := addDigits(0, b, start)
	digits, exponent := i-start, 0
	if digits == 0 || digits > 1 && b[start] == '0' {
		return notFiniteWord(b)
	}
	if i < len(b) && b[i] == '.' {
		point := i
		mantissa, i = addDigits(mantissa, b, point+1)
		exponent = point + 1 - i
		if exponent == 0 {
			return 0, 0
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		n := exponentLen(b[i:])
		if n == 0 {
			return 0, 0
		}
		return parseSlowly(b[:i+n])
	}
	x, sure := scaled(mantissa, exponent)
	if !sure || digits-exponent > 19 {
		return parseSlowly(b[:i])
	}
	if start == 1 {
		x = -x
	}
	return x, i
}

// parseSlowly parses what is known to be a number.
func parseSlowly(b []byte) (float32, int) {
	x, _ := strconv.ParseFloat(string(b), 32) // its error is that it is too great, and x is infinite then
	return float32(x), len(b)
}

// addDigits appends the digits that are at i to a number, and returns what is behind
// them. It overflows with more than 19.
func addDigits(number uint64, b []byte, i int) (uint64, int) {
	for i < len(b) && b[i]-'0' <= 9 {
		number = 10*number + uint64(b[i]-'0')
		i++
	}
	return number, i
}

// exponentLen returns how many bytes at the start of b, which is an e, are an exponent.
func exponentLen(b []byte) int {
	i := 1
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		i++
	}
	_, end := addDigits(0, b, i)
	if end == i {
		return 0
	}
	return end
}

var powersOf10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// scaled returns mantissa·10^exponent for exponents to 0, correctly rounded. It
// calculates with float64, whose powers of 10 are exact to 22, so that two roundings
// are wrong by less than 2 of the last place. Where it is as near as 4 to the middle of
// two float32, or float32 has fewer bits, it is not sure.
func scaled(mantissa uint64, exponent int) (float32, bool) {
	if -exponent >= len(powersOf10) {
		return 0, false
	}
	x := float64(mantissa) / powersOf10[-exponent]
	const half = 1 << 28 // of the 29 bits that float64 has more
	beyond := int64(math.Float64bits(x) & (2*half - 1))
	if beyond >= half-4 && beyond <= half+4 || x < 0x1p-126 && mantissa != 0 {
		return 0, false
	}
	return float32(x), true
}

func notFiniteWord(b []byte) (float32, int) {
	for word, x := range map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)} {
		if bytes.HasPrefix(b, []byte(word)) {
			return float32(x), len(word)
		}
	}
	return 0, 0
}

// skipJSON returns what is behind the value that b begins with, which is checked.
func skipJSON(b []byte) ([]byte, error) {
	n := jsonLen(b)
	if n == 0 || !json.Valid(b[:n]) {
		return nil, wrongJSON(b, "a value")
	}
	return b[n:], nil
}

// jsonLen returns how many bytes at the start of b are a value, if it is one: its end is
// looked for, and nothing is checked.
func jsonLen(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			n := jsonStringLen(b[i:])
			if n == 0 {
				return 0
			}
			i += n - 1
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(b)
}

// jsonStringLen returns how many bytes at the start of b are text in quotes.
func jsonStringLen(b []byte) int {
	if len(b) == 0 || b[0] != '"' {
		return 0
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

func skipJSONSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

func wrongJSON(b []byte, want string) error {
	if len(b) == 0 {
		return fmt.Errorf("ends where %s should be", want)
	}
	return fmt.Errorf("%q where %s should be", b[:min(len(b), 40)], want)
}
