package redshiftsql

import (
	"strings"
	"testing"
)

func TestIdentifier(t *testing.T) {
	tests := []struct {
		name, want string // want of an error if it has no quotation mark at its beginning
	}{
		{"audit", `"audit"`},
		{"Audit", `"Audit"`},
		{"IAM:alice@example.com", `"IAM:alice@example.com"`},
		{`say "hi"`, `"say ""hi"""`},
		{`"`, `""""`},
		{`a\b'c`, `"a\b'c"`},
		{"größe 表 😀", `"größe 表 😀"`},
		{"a\u0301", "\"a\u0301\""},
		{strings.Repeat("x", 127), `"` + strings.Repeat("x", 127) + `"`},
		{strings.Repeat(`"`, 127), `"` + strings.Repeat(`""`, 127) + `"`},
		{"\ufffd", "\"\ufffd\""}, // the character itself is one like others

		{"", "the name is empty"},
		{strings.Repeat("x", 128), "the name has 128 bytes, at most 127"},
		{strings.Repeat("ü", 64), "the name has 128 bytes"},
		{" x", "begins or ends with a space"},
		{"x ", "begins or ends with a space"},
		{"a\x00b", "holds U+0000, at byte 1, which is not printable"},
		{"a\nb", "holds U+000A"},
		{"a\tb", "holds U+0009"},
		{"a\u00a0b", "holds U+00A0"},
		{"a\u202eb", "holds U+202E"},
		{"a\u200bb", "holds U+200B"},
		{"a\u2028b", "holds U+2028"},
		{"\ufeffa", "holds U+FEFF"},
		{"a\ue000", "holds U+E000"},
		{"\xff", "not UTF-8"},
		{"\xed\xa0\x80", "not UTF-8"}, // half of a surrogate pair
		{"\xc0\xa2", "not UTF-8"},     // a quotation mark, too long
	}
	for _, test := range tests {
		got, err := Identifier(test.name)
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != test.want || err != nil && (test.want[0] == '"' || !strings.Contains(got, test.want)) {
			t.Errorf("%q: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestLiteral(t *testing.T) {
	for s, want := range map[string]string{
		"":          `''`,
		"it's":      `'it''s'`,
		`a\b`:       `'a\\b'`,
		`\'; DROP`:  `'\\''; DROP'`,
		`"$$--/*\n`: `'"$$--/*\\n'`,
		"a\nb":      "'a\nb'",
	} {
		if got, err := Literal(s); got != want || err != nil {
			t.Errorf("%q: got %s, %v, want %s", s, got, err, want)
		}
	}
	for _, s := range []string{"a\x00b", "\xff"} {
		if got, err := Literal(s); err == nil || got != "" {
			t.Errorf("%q: got %s", s, got)
		}
	}
}

func TestFold(t *testing.T) {
	for name, want := range map[string]string{"ABCxyz_9": "abcxyz_9", "GRÖSSE": "grÖsse", "\u0130K\u212a": "\u0130k\u212a", "": ""} {
		if got := Fold(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestArgument(t *testing.T) {
	tests := []struct {
		argument, name string // name of the catalog; empty if refused
	}{
		{"integer", "integer"}, {"int", "integer"}, {"int8", "bigint"},
		{"varchar(20)", "character varying"}, {"character varying(65535)", "character varying"}, {"text", "character varying"},
		{"numeric", "numeric"}, {"numeric(10)", "numeric"}, {"decimal(10,2)", "numeric"}, {"decimal(10,0)", "numeric"},
		{"float", "double precision"}, {"double precision", "double precision"},
		{"timestamptz", "timestamp with time zone"}, {"timestamp", "timestamp without time zone"},
		{"varbyte(100)", "binary varying"}, {"super", "super"}, {"interval year to month", "interval year to month"},
		{"", ""}, {"INTEGER", ""}, {"integer ", ""}, {" integer", ""}, {"double  precision", ""}, {"double\nprecision", ""},
		{"integer(4)", ""}, {"numeric(10,2,3)", ""}, {"numeric(10, 2)", ""}, {"numeric()", ""}, {"numeric(,)", ""},
		{"varchar(0)", ""}, {"varchar(020)", ""}, {"varchar(+2)", ""}, {"varchar(-2)", ""}, {"varchar(999999999)", ""}, {"varchar(max)", ""},
		{"varchar(2", ""}, {"varchar 2)", ""}, {"varchar(2))", ""}, {"varchar(2)(3)", ""}, {"varchar (2)", ""},
		{"a integer", ""}, {"integer[]", ""}, {"anyelement", ""}, {`"integer"`, ""}, {"integer) TO PUBLIC", ""}, {"integer/**/", ""}, {"ınteger", ""},
	}
	for _, test := range tests {
		err := CheckArgument(test.argument)
		if (err == nil) != (test.name != "") {
			t.Errorf("%q: got %v", test.argument, err)
		}
		if got := ArgumentType(test.argument); err == nil && got != test.name {
			t.Errorf("%q: got %q, want %q", test.argument, got, test.name)
		}
	}
	for argument, want := range map[string]string{"VARCHAR (20)": "character varying", "Double  Precision": "double precision", "my_type": "my_type", "INT": "integer"} {
		if got := ArgumentType(argument); got != want {
			t.Errorf("%q: got %q, want %q", argument, got, want)
		}
	}
}
