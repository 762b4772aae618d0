package rows

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// An encoder makes JSON of the values of a Table.
type encoder struct {
	nullNaN bool
}

// append appends a value as JSON.
func (e encoder) append(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case uint64:
		return strconv.AppendUint(dst, v, 10), nil
	case float32:
		return e.float(dst, float64(v), 32)
	case float64:
		return e.float(dst, v, 64)
	case json.Number:
		return appendDecimal(dst, v)
	case string:
		return appendString(dst, v)
	case []byte:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v)
		return append(dst, '"'), nil
	case time.Time:
		return appendTime(dst, v)
	case []any:
		return e.array(dst, v)
	case map[string]any:
		return e.object(dst, v)
	}
	return nil, fmt.Errorf("a value of the Go type %T, which no Table may have", v)
}

// float appends a number as encoding/json does, but always as one that is no integer:
// who guesses types from values, as OpenSearch does, must not see whole numbers in a
// column of others.
func (e encoder) float(dst []byte, f float64, bits int) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		if e.nullNaN {
			return append(dst, "null"...), nil
		}
		return nil, fmt.Errorf("%v is not in JSON: NullNaN makes null of it", f)
	}
	format, a := byte('f'), math.Abs(f)
	if a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, format, -1, bits)
	if !bytes.ContainsAny(dst[start:], ".e") {
		dst = append(dst, ".0"...)
	}
	return dst, nil
}

func appendDecimal(dst []byte, n json.Number) ([]byte, error) {
	start := len(dst)
	if dst = append(dst, n...); !isNumber(dst[start:]) {
		return nil, fmt.Errorf("%q is not a number", string(n))
	}
	return dst, nil
}

func (e encoder) array(dst []byte, elements []any) ([]byte, error) {
	dst = append(dst, '[')
	for i, v := range elements {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = e.append(dst, v); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

// object appends the members in the order of their names, so that equal values have
// equal JSON.
func (e encoder) object(dst []byte, members map[string]any) ([]byte, error) {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendString(dst, name); err != nil {
			return nil, err
		}
		if dst, err = e.append(append(dst, ':'), members[name]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// value returns what a value is; what it is made of may be in scratch.
func (e encoder) value(v any, scratch *[]byte) (value, error) {
	switch v := v.(type) {
	case string:
		*scratch = append((*scratch)[:0], v...)
		return value{kind: textual, b: *scratch}, nil
	case time.Time:
		return value{kind: instant, t: v}, nil
	}
	b, err := e.append((*scratch)[:0], v)
	if err != nil {
		return value{}, err
	}
	*scratch = b
	return valueOf(b, nil) // text has no escapes here
}

// appendString is appendText for a string, which mostly needs no escapes.
func appendString(dst []byte, s string) ([]byte, error) {
	start := len(dst)
	dst = append(append(dst, '"'), s...)
	if plain(dst, start+1) == len(dst) && utf8.ValidString(s) {
		return append(dst, '"'), nil
	}
	return appendText(dst[:start], []byte(s))
}
