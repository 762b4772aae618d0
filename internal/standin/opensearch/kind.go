package opensearch

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// A kind is how the values of a type are checked.
type kind int8

const (
	kindAny    kind = iota // nothing is checked
	kindObject             // an object, or several
	kindText
	kindLong
	kindInteger
	kindShort
	kindByte
	kindFloat
	kindBoolean
	kindDate
	kindVector
)

// kinds has the types that a field can have.
var kinds = map[string]kind{
	"object": kindObject, "nested": kindObject,
	"text": kindText, "keyword": kindText, "wildcard": kindText, "constant_keyword": kindText, "match_only_text": kindText,
	"long": kindLong, "integer": kindInteger, "short": kindShort, "byte": kindByte,
	"double": kindFloat, "float": kindFloat, "half_float": kindFloat, "scaled_float": kindFloat,
	"boolean": kindBoolean, "date": kindDate,
	"date_nanos": kindAny, "unsigned_long": kindAny, "ip": kindAny, "binary": kindAny, "geo_point": kindAny, "geo_shape": kindAny,
	"alias": kindAny, "flat_object": kindAny, "knn_vector": kindVector, "rank_feature": kindAny, "rank_features": kindAny,
	"completion": kindAny, "search_as_you_type": kindAny, "token_count": kindAny, "percolator": kindAny, "join": kindAny,
	"integer_range": kindAny, "float_range": kindAny, "long_range": kindAny, "double_range": kindAny, "date_range": kindAny,
	"ip_range": kindAny, "xy_point": kindAny, "xy_shape": kindAny, "sparse_vector": kindAny, "semantic": kindAny, "version": kindAny,
}

// accept returns why a scalar, as it stands in the document, is no value of f; nil
// if it is one. null is a value of every type.
func (f *field) accept(raw, text []byte) *apiError {
	if raw[0] == 'n' {
		return nil
	}
	switch f.kind {
	case kindLong:
		return acceptInteger(raw, text, 64)
	case kindInteger:
		return acceptInteger(raw, text, 32)
	case kindShort:
		return acceptInteger(raw, text, 16)
	case kindByte:
		return acceptInteger(raw, text, 8)
	case kindFloat:
		return acceptFloat(f.typ, raw, text)
	case kindBoolean:
		return acceptBoolean(raw, text)
	case kindDate:
		return f.acceptDate(raw, text)
	}
	return nil
}

var integers = map[int]string{64: "long", 32: "int", 16: "short", 8: "byte"}

// acceptInteger checks a number, or a string that is one: by default OpenSearch
// coerces, so a fraction is cut off and an empty string is no value.
func acceptInteger(raw, text []byte, bits int) *apiError {
	if raw[0] == '"' && len(text) == 0 {
		return nil
	}
	if len(text) < 3 && isDigits(text) { // most of them
		return nil
	}
	if _, err := strconv.ParseInt(string(text), 10, bits); err == nil {
		return nil
	}
	if raw[0] == 't' || raw[0] == 'f' {
		return newError(400, "input_coercion_exception", "Current token (VALUE_%s) not numeric, can not use numeric value accessors", strings.ToUpper(string(raw)))
	}
	number, _, err := big.ParseFloat(string(text), 10, 128, big.ToZero)
	if err != nil {
		typ := "number_format_exception"
		if bits == 64 {
			typ = "illegal_argument_exception"
		}
		return newError(400, typ, "For input string: %q", text)
	}
	limit := math.Ldexp(1, bits-1)
	if value, _ := number.Float64(); value < limit && value >= -limit {
		return nil
	}
	if raw[0] == '"' || bits < 32 {
		return illegalArgument("Value [%s] is out of range for %s", text, map[int]string{64: "a long", 32: "an integer", 16: "a short", 8: "a byte"}[bits])
	}
	return newError(400, "input_coercion_exception", "Numeric value (%s) out of range of %s (%d - %d)",
		text, integers[bits], int64(-1)<<(bits-1), int64(uint64(1)<<(bits-1)-1))
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

func acceptFloat(typ string, raw, text []byte) *apiError {
	short := raw[0] != '"' && raw[0] != 't' && raw[0] != 'f' && len(text) < 16 && !bytes.ContainsAny(text, "eE")
	if raw[0] == '"' && len(text) == 0 || short && typ != "half_float" { // most of them
		return nil
	}
	bits := 64
	if typ == "float" || typ == "half_float" {
		bits = 32
	}
	value, err := strconv.ParseFloat(string(text), bits)
	switch {
	case raw[0] == 't' || raw[0] == 'f':
		return newError(400, "input_coercion_exception", "Current token (VALUE_%s) not numeric, can not use numeric value accessors", strings.ToUpper(string(raw)))
	case math.IsInf(value, 0) || math.IsNaN(value) || typ == "half_float" && math.Abs(value) > 65504:
		return illegalArgument("[%s] supports only finite values, but got [%s]", typ, text)
	case err != nil:
		return newError(400, "number_format_exception", "For input string: %q", text)
	}
	return nil
}

func acceptBoolean(raw, text []byte) *apiError {
	switch string(text) {
	case "true", "false":
		return nil
	case "":
		if raw[0] == '"' {
			return nil
		}
	}
	return illegalArgument("Failed to parse value [%s] as only [true] or [false] are allowed.", text)
}

// acceptDate checks dates in the default format. Others are taken as they are.
func (f *field) acceptDate(raw, text []byte) *apiError {
	if f.params["format"] != nil || raw[0] != '"' || isDate(text) || isDigits(bytes.TrimPrefix(text, []byte("-"))) {
		return nil
	}
	e := illegalArgument("failed to parse date field [%s] with format [strict_date_optional_time||epoch_millis]", text)
	e.CausedBy = newError(400, "date_time_parse_exception", "Failed to parse with all enclosed parsers")
	return e
}

// dates are the layouts of strict_date_optional_time, as far as Go can say them.
var dates = []string{
	"2006", "2006-01", "2006-01-02", "2006-01-02T15", "2006-01-02T15Z07:00", "2006-01-02T15:04", "2006-01-02T15:04Z07:00",
	"2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700",
}

func isDate(text []byte) bool {
	if len(text) < 4 || !isDigits(text[:4]) {
		return false
	}
	_, ok := parseDate(string(text))
	return ok
}

func parseDate(text string) (time.Time, bool) {
	text = strings.Replace(text, ",", ".", 1)
	for _, layout := range dates {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// slashDates are what dynamic mapping takes for a date beside the default, where the
// time may be left out.
var slashDates = []string{"2006/01/02", "2006/01/02 15:04:05"}

// dateField is the field of a string that dynamic mapping takes for a date; nil if it
// is none. A number alone is none.
func dateField(text []byte) *field {
	if isDigits(text) {
		return nil
	}
	if isDate(text) {
		return newField("date")
	}
	for _, layout := range slashDates {
		if _, err := time.Parse(layout, string(text)); err == nil {
			f := newField("date")
			f.param("format", []byte(`"yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis"`))
			f.param("print_format", []byte(`"yyyy/MM/dd HH:mm:ss"`))
			return f
		}
	}
	return nil
}

// dynamicField is the field that a value makes that has none.
func dynamicField(raw, text []byte, noDates bool) *field {
	switch c := raw[0]; {
	case c == 't' || c == 'f':
		return newField("boolean")
	case c != '"' && bytes.ContainsAny(raw, ".eE"):
		return newField("float")
	case c != '"':
		return newField("long")
	case !noDates:
		if f := dateField(text); f != nil {
			return f
		}
	}
	f := newField("text")
	f.param("fields", []byte(`{"keyword":{"type":"keyword","ignore_above":256}}`))
	return f
}

// preview is how an error shows a value.
func preview(text []byte) string { return fmt.Sprintf("Preview of field's value: '%s'", text) }
