package redshiftsql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxArguments is the most that a function may have ("CREATE FUNCTION").
const maxArguments = 32

// typeNames are the data types of Redshift and their aliases, each with the name that the
// catalog has for it ("Data types", Database Developer Guide).
var typeNames = map[string]string{
	"smallint": "smallint", "int2": "smallint",
	"integer": "integer", "int": "integer", "int4": "integer",
	"bigint": "bigint", "int8": "bigint",
	"numeric": "numeric", "decimal": "numeric",
	"real": "real", "float4": "real",
	"double precision": "double precision", "float8": "double precision", "float": "double precision",
	"boolean": "boolean", "bool": "boolean",
	"character": "character", "char": "character", "nchar": "character", "bpchar": "character",
	"character varying": "character varying", "varchar": "character varying", "nvarchar": "character varying", "text": "character varying",
	"date":                   "date",
	"time without time zone": "time without time zone", "time": "time without time zone",
	"time with time zone": "time with time zone", "timetz": "time with time zone",
	"timestamp without time zone": "timestamp without time zone", "timestamp": "timestamp without time zone",
	"timestamp with time zone": "timestamp with time zone", "timestamptz": "timestamp with time zone",
	"interval year to month": "interval year to month", "interval day to second": "interval day to second",
	"super": "super", "hllsketch": "hllsketch", "geometry": "geometry", "geography": "geography",
	"binary varying": "binary varying", "varbyte": "binary varying", "varbinary": "binary varying",
}

// modifiers is how many numbers may follow a type in parentheses, by the catalog's name.
var modifiers = map[string]int{
	"numeric": 2, "character": 1, "character varying": 1, "binary varying": 1,
}

// CheckArgument returns an error if s is not the type of an argument of a function: a
// data type of Redshift or an alias of one, in lower case and with single spaces, and for
// those that have a length, or a precision and scale, these behind it:
// "character varying(20)", "numeric(10,2)".
func CheckArgument(s string) error {
	name, numbers, found := cutModifier(s)
	catalog, ok := typeNames[name]
	switch {
	case !ok:
		return fmt.Errorf("argument type %.80q: not one of Redshift's types, in lower case", s)
	case found && (len(numbers) > modifiers[catalog] || numbers[0] == "0" || slices.ContainsFunc(numbers, notNumber)):
		return fmt.Errorf("argument type %.80q: not what may follow %s in parentheses", s, name)
	}
	return nil
}

// ArgumentType returns the name that the catalog has for the type of an argument, by which
// functions are told apart: "INT" is "integer", and "varchar(20)" is "character varying".
// What it does not know it returns in lower case.
func ArgumentType(s string) string {
	s = strings.Join(strings.Fields(Fold(s)), " ")
	name, _, _ := cutModifier(s)
	if catalog, ok := typeNames[strings.TrimSpace(name)]; ok {
		return catalog
	}
	return s
}

// cutModifier cuts what is in parentheses off the end of a type.
func cutModifier(s string) (name string, numbers []string, found bool) {
	name, rest, found := strings.Cut(s, "(")
	list, ended := strings.CutSuffix(rest, ")")
	if !found || !ended {
		return s, nil, false
	}
	return name, strings.Split(list, ","), true
}

// notNumber reports whether s is no number as numbers are written, of at most eight digits:
// no type is longer.
func notNumber(s string) bool {
	n, err := strconv.Atoi(s)
	return err != nil || n < 0 || len(s) > 8 || strconv.Itoa(n) != s
}
