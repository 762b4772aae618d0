package eventpattern

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		name, pattern, event string
		want                 bool
	}{
		{"string", `{"a":["x","y"]}`, `{"a":"y"}`, true},
		{"other string", `{"a":["x","y"]}`, `{"a":"z"}`, false},
		{"case", `{"a":["x"]}`, `{"a":"X"}`, false},
		{"field that is not there", `{"a":["x"]}`, `{"b":"x"}`, false},
		{"number", `{"a":[5]}`, `{"a":5.0}`, true},
		{"number and string", `{"a":[5]}`, `{"a":"5"}`, false},
		{"large number, same text", `{"a":[90000000000]}`, `{"a":90000000000}`, true},
		{"large number, other text", `{"a":[90000000000]}`, `{"a":9e10}`, false},
		{"true", `{"a":[true]}`, `{"a":true}`, true},
		{"false and null", `{"a":[false]}`, `{"a":null}`, false},
		{"null", `{"a":[null]}`, `{"a":null}`, true},
		{"null and absent", `{"a":[null]}`, `{}`, false},
		{"nested", `{"a":{"b":["x"]},"c":[1]}`, `{"a":{"b":"x"},"c":1,"d":2}`, true},
		{"nested, not all", `{"a":{"b":["x"]},"c":[1]}`, `{"a":{"b":"x"},"c":2}`, false},
		{"value where an object is wanted", `{"a":{"b":["x"]}}`, `{"a":"x"}`, false},
		{"object where a value is wanted", `{"a":["x"]}`, `{"a":{"x":1}}`, false},
		{"list", `{"a":["x"]}`, `{"a":["y","x"]}`, true},
		{"list in a list", `{"a":["x"]}`, `{"a":[["y"],["x"]]}`, true},
		{"empty list", `{"a":["x"]}`, `{"a":[]}`, false},
		{"same object of a list", `{"a":{"b":[1],"c":[2]}}`, `{"a":[{"b":1,"c":3},{"b":1,"c":2}]}`, true},
		{"two objects of a list", `{"a":{"b":[1],"c":[2]}}`, `{"a":[{"b":1,"c":3},{"b":3,"c":2}]}`, false},
		{"two lists", `{"a":[1],"b":[2]}`, `{"a":[0,1],"b":[2,0]}`, true},
		{"prefix", `{"a":[{"prefix":"x:"}]}`, `{"a":"x:y"}`, true},
		{"prefix of a number", `{"a":[{"prefix":"5"}]}`, `{"a":55}`, false},
		{"suffix", `{"a":[{"suffix":"!DNS"}]}`, `{"a":"x!DNS"}`, true},
		{"suffix not", `{"a":[{"suffix":"!DNS"}]}`, `{"a":"x!DNSx"}`, false},
		{"ignore case", `{"a":[{"equals-ignore-case":"aBc"}]}`, `{"a":"AbC"}`, true},
		{"wildcard", `{"a":[{"wildcard":"x*z*"}]}`, `{"a":"xyyz"}`, true},
		{"wildcard not", `{"a":[{"wildcard":"x*z"}]}`, `{"a":"xyzy"}`, false},
		{"wildcard escaped", `{"a":[{"wildcard":"\\*\\\\*"}]}`, `{"a":"*\\x"}`, true},
		{"wildcard escaped not", `{"a":[{"wildcard":"\\*"}]}`, `{"a":"x"}`, false},
		{"anything but", `{"a":[{"anything-but":"x"}]}`, `{"a":"y"}`, true},
		{"anything but it", `{"a":[{"anything-but":["x","y"]}]}`, `{"a":"y"}`, false},
		{"anything but, of two", `{"a":[{"anything-but":["x"]}]}`, `{"a":["x","y"]}`, true},
		{"anything but, absent", `{"a":[{"anything-but":["x"]}]}`, `{}`, false},
		{"anything but, number", `{"a":[{"anything-but":[5]}]}`, `{"a":5.0}`, false},
		{"anything but prefix", `{"a":[{"anything-but":{"prefix":"x"}}]}`, `{"a":"yx"}`, true},
		{"anything but prefix not", `{"a":[{"anything-but":{"prefix":"x"}}]}`, `{"a":"xy"}`, false},
		{"numeric at least", `{"a":[{"numeric":[">=",7]}]}`, `{"a":7}`, true},
		{"numeric below", `{"a":[{"numeric":["<",7]}]}`, `{"a":7}`, false},
		{"numeric range", `{"a":[{"numeric":[">",4,"<=",7]}]}`, `{"a":7.0}`, true},
		{"numeric range open", `{"a":[{"numeric":[">",4,"<=",7]}]}`, `{"a":4}`, false},
		{"numeric string", `{"a":[{"numeric":["=",7]}]}`, `{"a":"7"}`, false},
		{"exists", `{"a":[{"exists":true}]}`, `{"a":null}`, true},
		{"exists, object", `{"a":[{"exists":true}]}`, `{"a":{"b":1}}`, false},
		{"exists not", `{"a":{"b":[{"exists":false}]}}`, `{}`, true},
		{"exists not, in one of two", `{"a":{"b":[{"exists":false}]}}`, `{"a":[{"b":1},{"c":1}]}`, false},
		{"absent or a value", `{"a":[{"exists":false},"x"]}`, `{"a":"x"}`, true},
		{"or", `{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}`, `{"b":2,"c":3}`, true},
		{"or, and the rest", `{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}`, `{"b":2,"c":4}`, false},
		{"or, neither", `{"$or":[{"a":[1]},{"b":[2]}]}`, `{"a":2,"b":1}`, false},
		{"or within a list", `{"d":{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}}`, `{"d":[{"a":1,"c":4},{"b":2,"c":3}]}`, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Match([]byte(test.pattern), []byte(test.event))
			if err != nil || got != test.want {
				t.Errorf("%s and %s: %t and %v, want %t", test.pattern, test.event, got, err, test.want)
			}
		})
	}
}

func TestMatchRefuses(t *testing.T) {
	for pattern, want := range map[string]string{
		``:                                    "EOF",
		`[]`:                                  "want a JSON object",
		`{}`:                                  "empty objects",
		`{"a":{}}`:                            "a: empty objects",
		`{"a":"x"}`:                           "a: want a list",
		`{"a":[]}`:                            "empty list",
		`{"a":[["x"]]}`:                       "a list in a list",
		`{"a":[{"exists":1}]}`:                "true or false",
		`{"a":[{}]}`:                          "0 members",
		`{"a":[{"prefix":"x","suffix":"y"}]}`: "2 members",
		`{"a":[{"prefix":5}]}`:                "want a string",
		`{"a":[{"wildcard":"a**b"}]}`:         "two *",
		`{"a":[{"wildcard":"a\\b"}]}`:         "behind",
		`{"a":[{"numeric":[">"]}]}`:           "operator and a number",
		`{"a":[{"numeric":["!",5]}]}`:         "want =",
		`{"a":[{"numeric":["<",5,">",3]}]}`:   "lower end",
		`{"a":[{"numeric":[">",5,"<",5]}]}`:   "lower end",
		`{"a":[{"numeric":[">",6e9]}]}`:       "5e9",
		`{"a":[{"anything-but":["x",1]}]}`:    "strings and numbers",
		`{"a":[{"anything-but":[]}]}`:         "empty list",
		`{"$or":[{"a":[1]}]}`:                 "at least two",
		`{"$or":{"a":[1]}}`:                   "at least two",
		`{"a":[1]} x`:                         "behind the JSON",
	} {
		if _, err := Match([]byte(pattern), []byte(`{}`)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", pattern, err, want)
		}
	}
	if _, err := Match([]byte(`{"a":[1]}`), []byte(`[1]`)); err == nil {
		t.Error("a list is taken for an event")
	}
}

func TestMatchNamesOperators(t *testing.T) {
	for pattern, want := range map[string]OperatorError{
		`{"a":{"b":[{"cidr":"10.0.0.0/24"}]}}`:                       {"a.b", "cidr"},
		`{"a":[{"prefix":{"equals-ignore-case":"x"}}]}`:              {"a", "prefix equals-ignore-case"},
		`{"a":[{"anything-but":{"wildcard":"x*"}}]}`:                 {"a", "anything-but wildcard"},
		`{"$or":[{"a":[1]},{"a":[{"anything-but":{"prefix":[]}}]}]}`: {"a", "anything-but prefix"},
	} {
		_, err := Match([]byte(pattern), []byte(`{}`))
		if got, ok := errors.AsType[*OperatorError](err); !ok || *got != want {
			t.Errorf("%s: error %v, want %+v", pattern, err, want)
		}
	}
}

// FuzzMatch compares wildcards with regular expressions, and looks for panics.
func FuzzMatch(f *testing.F) {
	f.Add(`{"a":[{"prefix":"x"}]}`, `{"a":["x"]}`, `a*\*b`, "aa*b")
	f.Add(`{"$or":[{"a":[1]},{"b":{"c":[{"exists":false}]}}]}`, `{"b":[[{"c":1}]]}`, "**", "")
	f.Add(`{"a":[{"numeric":[">",1,"<",3]},{"anything-but":[1]}]}`, `{"a":2}`, `\`, "x")
	f.Fuzz(func(t *testing.T, pattern, event, wild, text string) {
		matched, err := Match([]byte(pattern), []byte(event))
		if matched && err != nil {
			t.Error("matched, and an error:", err)
		}
		if matched { // with a field that nobody asked for, too
			var object map[string]json.RawMessage
			if json.Unmarshal([]byte(event), &object) == nil && !strings.Contains(pattern, "more-of-it") {
				object["more-of-it"] = []byte("1")
				more, _ := json.Marshal(object)
				if again, err := Match([]byte(pattern), more); !again || err != nil {
					t.Errorf("%s matched %s, and not %s: %v", pattern, event, more, err)
				}
			}
		}
		if checkWildcard(wild) == nil {
			if got, want := matchWildcard(text, wild), wildRegexp(wild).MatchString(text); got != want && utf8.ValidString(text) && utf8.ValidString(wild) {
				t.Errorf("%q and %q: %t, want %t", wild, text, got, want)
			}
		}
	})
}

func wildRegexp(pattern string) *regexp.Regexp {
	var out strings.Builder
	out.WriteString(`(?s)\A`)
	escaped := false
	for _, r := range pattern {
		switch {
		case !escaped && r == '\\':
			escaped = true
			continue
		case !escaped && r == '*':
			out.WriteString(".*")
		default:
			out.WriteString(regexp.QuoteMeta(string(r)))
		}
		escaped = false
	}
	return regexp.MustCompile(out.String() + `\z`)
}
