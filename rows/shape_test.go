package rows_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/rows"
)

func shape(t testing.TB, f rows.Fields, capture ...string) *rows.Shape {
	t.Helper()
	s, err := rows.NewShape(f, capture...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNewShapeRefuses(t *testing.T) {
	type types = map[string]rows.Type
	type names = map[string]string
	for _, test := range []struct {
		fields  rows.Fields
		capture []string
		want    string
	}{
		{fields: rows.Fields{Types: types{"a": "int"}}, want: `rows: field "a": type "int": want string, integer`},
		{fields: rows.Fields{Types: types{"a": ""}}, want: `type ""`},
		{fields: rows.Fields{Types: types{"a": "string:x"}}, want: `type "string:x"`},
		{fields: rows.Fields{Types: types{"a": "list:"}}, want: "want a separator"},
		{fields: rows.Fields{Types: types{"a": "list"}}, want: "want a separator"},
		{fields: rows.Fields{Types: types{"a": "list:,:int"}}, want: `the elements of "list:,:int": type "int"`},
		{fields: rows.Fields{Types: types{"a": "list:,:list:;"}}, want: "a list of lists"},
		{fields: rows.Fields{Types: types{"a": "date:"}}, want: "want unix, unix_ms or a layout"},
		{fields: rows.Fields{Types: types{"a": "date:yyyy-MM-dd"}}, want: "want unix, unix_ms or a layout"},
		{fields: rows.Fields{Types: types{"a": "date:02 Jan 2006 MST"}}, want: "the names of zones (MST)"},
		{fields: rows.Fields{Drop: []string{"a"}, Types: types{"a": rows.JSON}}, want: `field "a" is to be dropped and typed`},
		{fields: rows.Fields{Drop: []string{"a"}, Rename: names{"a": "b"}}, want: `field "a" is to be dropped and renamed`},
		{fields: rows.Fields{Rename: names{"a": "c", "b": "c"}}, want: `fields "a" and "b" are both to be renamed to "c"`},
		{fields: rows.Fields{Rename: names{"a": "b"}, Types: types{"b": rows.JSON}}, want: "types are given by old name"},
		{fields: rows.Fields{Rename: names{"a": ""}}, want: `field ""`},
		{fields: rows.Fields{Rename: names{"": "a"}}, want: `field ""`},
		{fields: rows.Fields{Drop: []string{""}}, want: `field ""`},
		{fields: rows.Fields{Types: types{"\xff": rows.JSON}}, want: `field "\xff"`},
		{capture: []string{""}, want: `field ""`},
		{fields: rows.Fields{Rename: names{"a": "b"}}, capture: []string{"a"}, want: `field "a" is renamed to "b": name it so`},
	} {
		if _, err := rows.NewShape(test.fields, test.capture...); err == nil || !strings.HasPrefix(err.Error(), "rows: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v, %q: got %v, want %q", test.fields, test.capture, err, test.want)
		}
	}
}

type shapeTest struct {
	name     string
	fields   rows.Fields
	capture  []string
	json     string // or
	columns  []string
	values   []any
	text     []string // "NULL" is nil
	want     string
	captured []string
	err      string
}

func (test shapeTest) record() rows.Record {
	r := rows.Record{Columns: test.columns, Values: test.values}
	if test.columns == nil {
		r.JSON = []byte(test.json)
	}
	for _, v := range test.text {
		if v == "NULL" {
			r.Text = append(r.Text, nil)
		} else {
			r.Text = append(r.Text, []byte(v))
		}
	}
	return r
}

func (test shapeTest) run(t *testing.T) {
	t.Helper()
	t.Run(test.name, func(t *testing.T) {
		s := shape(t, test.fields, test.capture...)
		for range 2 { // the second finds columns planned
			got, captured, err := s.JSON([]byte("before"), test.record())
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || string(got) != "before" || captured != nil {
					t.Fatalf("got %s, %q, %v, want %q", got, captured, err, test.err)
				}
				continue
			}
			if err != nil || string(got) != "before"+test.want {
				t.Fatalf("got %s, %v, want %s", got, err, test.want)
			}
			if !json.Valid([]byte(test.want)) || !slices.Equal(captured, test.captured) {
				t.Errorf("captured %q, want %q", captured, test.captured)
			}
		}
	})
}

func TestShapeJSON(t *testing.T) {
	type types = map[string]rows.Type
	type names = map[string]string
	none := rows.Fields{}
	drop := rows.Fields{Drop: []string{"a"}}
	for _, test := range []shapeTest{
		{name: "as it is", json: " {\"a\" : 1.50,\r\n \"a\":[ 1 ,2]} \n", want: `{"a" : 1.50,   "a":[ 1 ,2]}`},
		{name: "captured alone", json: "{\"a\" : 1.50,\n \"b\":[1]}", capture: []string{"a"}, want: `{"a" : 1.50,  "b":[1]}`, captured: []string{"1.50"}},
		{name: "empty", fields: drop, json: " { } ", want: `{}`},
		{name: "drop", fields: drop, json: `{"a":1,"b":{"a":1.0},"c":[ ]}`, want: `{"b":{"a":1.0},"c":[ ]}`},
		{name: "drop all", fields: drop, json: `{"a":1}`, want: `{}`},
		{name: "drop by another spelling", fields: drop, json: `{"\u0061":1,"A":2}`, want: `{"A":2}`},
		{name: "drop last", fields: drop, json: `{"b":1,"a":2}`, want: `{"b":1}`},
		{name: "rename", fields: rows.Fields{Rename: names{"a": "ä\"\n"}}, json: `{"b":1,"a":"\u0000"}`, want: `{"b":1,"ä\"\n":"\u0000"}`},
		{name: "swap", fields: rows.Fields{Rename: names{"a": "b", "b": "a"}}, json: `{"b":1,"a":2}`, want: `{"a":1,"b":2}`},
		{name: "rename onto a dropped one", fields: rows.Fields{Drop: []string{"b"}, Rename: names{"a": "b"}}, json: `{"b":1,"a":2}`, capture: []string{"b"}, want: `{"b":2}`, captured: []string{"2"}},
		{name: "rename onto one that is there", fields: rows.Fields{Rename: names{"a": "b"}}, json: `{"b":1,"a":2}`, err: `two fields have the name "b"`},
		{name: "a dropped one twice", fields: drop, json: `{"a":1,"a":2}`, want: `{}`},
		{name: "a typed one twice", fields: rows.Fields{Types: types{"a": rows.Number}}, json: `{"a":1,"\u0061":2}`, err: `two fields have the name "a"`},
		{name: "a captured one twice", json: `{"a":1,"a":1}`, capture: []string{"a"}, err: `two fields have the name "a"`},
		{name: "omit null", fields: rows.Fields{OmitNull: true, Rename: names{"a": "b"}}, json: `{"a":null,"c":null,"d":[null],"e":1}`, want: `{"d":[null],"e":1}`},
		{name: "types", fields: rows.Fields{Types: types{"a": rows.String, "b": rows.Number, "c": "list:,", "d": rows.JSON, "e": rows.Integer}},
			json: `{"a":1.50,"b":"2.50","c":"x,\"y","d":"{\"x\":\n[1]}","e":null}`, want: `{"a":"1.50","b":2.50,"c":["x","\"y"],"d":{"x": [1]},"e":null}`},
		{name: "types of lists", fields: rows.Fields{Types: types{"a": "list:,:integer", "b": "list:,", "c": "list:,:integer"}},
			json: `{"a":[ "1" , 2.0,null ],"b":[1 , "a,b"],"c":[ ]}`, want: `{"a":[1,2,null],"b":[1 , "a,b"],"c":[]}`},
		{name: "captured", fields: rows.Fields{Rename: names{"a": "id"}}, capture: []string{"r", "id", "r"}, json: `{"a":"x\u00e4\/","r":true}`, want: `{"id":"x\u00e4\/","r":true}`, captured: []string{"true", "xä/", "true"}},
		{name: "captured and typed", fields: rows.Fields{Types: types{"a": rows.Integer}}, capture: []string{"a"}, json: `{"a":"007"}`, want: `{"a":7}`, captured: []string{"7"}},
		{name: "captured and dropped", fields: drop, capture: []string{"a"}, json: `{"b":1,"a":"x","c":1}`, want: `{"b":1,"c":1}`, captured: []string{"x"}},
		{name: "captured null", fields: none, capture: []string{"a"}, json: `{"a":null}`, err: `field "a": has no value`},
		{name: "captured empty", fields: none, capture: []string{"a"}, json: `{"a":""}`, err: `field "a": has no value`},
		{name: "captured list", fields: none, capture: []string{"a"}, json: `{"a":[1]}`, err: `field "a": [1] is not a single value`},
		{name: "captured object", fields: none, capture: []string{"a"}, json: `{"a":{}}`, err: `field "a": {} is not a single value`},
		{name: "captured missing", fields: none, capture: []string{"a"}, json: `{"b":{"a":1}}`, err: `field "a" is missing`},
		{name: "not UTF-8 anywhere", fields: none, json: "{\"a\":[\"x\xff\"]}", err: `is not UTF-8`},
		{name: "captured surrogate", fields: none, capture: []string{"a"}, json: `{"a":"x\ud800"}`, err: `half of a surrogate pair`},
		{name: "captured surrogate beside U+FFFD", fields: none, capture: []string{"a"}, json: `{"a":"�\udc00"}`, err: `half of a surrogate pair`},
		{name: "captured surrogates the wrong way", fields: none, capture: []string{"a"}, json: `{"a":"\udc00\ud800"}`, err: `half of a surrogate pair`},
		{name: "captured U+FFFD", fields: none, capture: []string{"a"}, json: `{"a":"\uFFFD\ud83d\ude00\\ud800"}`, want: `{"a":"\uFFFD\ud83d\ude00\\ud800"}`, captured: []string{"\ufffd😀\\ud800"}},
		{name: "captured bytes", fields: none, capture: []string{"a"}, json: "{\"a\":\"x\xff\"}", err: `is not UTF-8`},
		{name: "list of lists stays", fields: rows.Fields{Types: types{"a": rows.String}}, json: `{"a":[1]}`, err: `field "a": [1] is not text`},
		{name: "long value", fields: rows.Fields{Types: types{"a": rows.Integer}}, json: `{"a":"` + strings.Repeat("ä", 100) + `"}`, err: strings.Repeat("ä", 30) + `"… is not an integer of 64 bits`},
		{name: "no object", json: `[]`, err: `not JSON: '[' at byte 0 where an object should stand`},
		{name: "nothing", json: ` `, err: `not JSON: it ends where an object should stand`},
		{name: "control character", json: "{\"a\":\"\t\"}", err: `'\t' at byte 6 where an escape`},
		{name: "half", fields: drop, json: `{"b":1,"a":{"x":[1,2`, err: `not JSON: it ends where a comma or ] should stand`},
		{name: "half key", fields: drop, json: `{"b`, err: `it ends where a closing quote should stand`},
		{name: "more", fields: drop, json: `{} {}`, err: `'{' at byte 3 where the end should stand`},
		{name: "comma", fields: drop, json: `{"a":1,}`, err: `'}' at byte 7 where a key in quotes should stand`},
		{name: "deep", json: `{"a":` + strings.Repeat("[", 10000), err: "nested deeper than 10000"},
	} {
		test.run(t)
	}
}

func TestShapeColumns(t *testing.T) {
	type types = map[string]rows.Type
	type names = map[string]string
	ab := []string{"a", "b"}
	moment := time.Date(2024, 2, 29, 13, 0, 0, 120_000_000, time.FixedZone("", 3600))
	for _, test := range []shapeTest{
		{name: "text", columns: ab, text: []string{"x\"\\\n\r\t\x01ä\u2028", ""}, want: `{"a":"x\"\\\n\r\t\u0001ä` + "\u2028" + `","b":""}`},
		{name: "null", columns: ab, text: []string{"NULL", "1"}, want: `{"a":null,"b":"1"}`},
		{name: "omit null", columns: ab, text: []string{"NULL", "1"}, fields: rows.Fields{OmitNull: true}, want: `{"b":"1"}`},
		{name: "omit all", columns: ab, text: []string{"NULL", "NULL"}, fields: rows.Fields{OmitNull: true}, want: `{}`},
		{name: "no columns", columns: []string{}, want: `{}`},
		{name: "order", columns: []string{"b", "a"}, text: []string{"1", "2"}, fields: rows.Fields{Rename: names{"a": "c"}, Types: types{"b": rows.Number}}, want: `{"b":1,"c":"2"}`},
		{name: "drop", columns: ab, text: []string{"1", "2"}, fields: rows.Fields{Drop: []string{"a", "not there"}}, want: `{"b":"2"}`},
		{name: "captured", columns: ab, text: []string{"x", "2"}, fields: rows.Fields{Drop: []string{"a"}}, capture: []string{"b", "a"}, want: `{"b":"2"}`, captured: []string{"2", "x"}},
		{name: "captured empty", columns: ab, text: []string{"", "2"}, capture: []string{"a"}, err: `field "a": has no value`},
		{name: "captured null", columns: ab, text: []string{"NULL", "2"}, fields: rows.Fields{OmitNull: true}, capture: []string{"a"}, err: `field "a": has no value`},
		{name: "JSON in text that is not UTF-8", fields: rows.Fields{Types: map[string]rows.Type{"b": rows.JSON}}, columns: ab, text: []string{"x", "[\"M\xfcller\"]"}, err: `field "b": `},
		{name: "not UTF-8", columns: ab, text: []string{"x", "M\xfcller"}, err: `field "b": "M\xfcller" is not UTF-8`},
		{name: "values", columns: []string{"n", "t", "i", "u", "f", "g", "d", "s", "b", "w"},
			values: []any{nil, true, int64(math.MinInt64), uint64(math.MaxUint64), 0.1, float32(0.1), json.Number("12345678901234567890.10"), "x\"", []byte{0, 255}, moment},
			want:   `{"n":null,"t":true,"i":-9223372036854775808,"u":18446744073709551615,"f":0.1,"g":0.1,"d":12345678901234567890.10,"s":"x\"","b":"AP8=","w":"2024-02-29T12:00:00.12Z"}`},
		{name: "nested", columns: []string{"l", "m"}, values: []any{[]any{int64(1), nil, []any{}}, map[string]any{"z": "x", "a\n": map[string]any{}, "b": 1e21}}, want: `{"l":[1,null,[]],"m":{"a\n":{},"b":1e+21,"z":"x"}}`},
		{name: "NaN", columns: ab, values: []any{int64(1), math.NaN()}, err: `field "b": NaN is not in JSON: NullNaN`},
		{name: "infinity, nested", columns: ab, values: []any{int64(1), []any{math.Inf(-1)}}, err: `field "b": -Inf is not in JSON`},
		{name: "null NaN", columns: ab, values: []any{float32(math.Inf(1)), []any{math.NaN(), 1.5}}, fields: rows.Fields{NullNaN: true}, want: `{"a":null,"b":[null,1.5]}`},
		{name: "null NaN, typed", columns: ab, values: []any{math.NaN(), math.NaN()}, fields: rows.Fields{NullNaN: true, OmitNull: true, Types: types{"a": rows.String}}, want: `{}`},
		{name: "year", columns: ab, values: []any{nil, time.Date(12024, 1, 1, 0, 0, 0, 0, time.UTC)}, err: `field "b": year 12024`},
		{name: "no number", columns: ab, values: []any{nil, json.Number("1x")}, err: `"1x" is not a number`},
		{name: "empty number", columns: ab, values: []any{nil, json.Number("")}, err: `"" is not a number`},
		{name: "other type", columns: ab, values: []any{nil, 1}, err: "Go type int, which no Table may have"},
		{name: "string that is no UTF-8", columns: ab, values: []any{nil, "\xff"}, err: `"\xff" is not UTF-8`},
		{name: "typed values", columns: []string{"i", "f", "s", "w", "l", "j", "b"},
			values: []any{int64(7), 7.0, "7", moment, []any{"1", int64(2)}, "[1]", true},
			fields: rows.Fields{Types: types{"i": rows.String, "f": rows.Integer, "s": "date:unix", "w": rows.String, "l": "list:,:number", "j": rows.JSON, "b": rows.String}},
			want:   `{"i":"7","f":7,"s":"1970-01-01T00:00:07Z","w":"2024-02-29T12:00:00.12Z","l":[1,2],"j":[1],"b":"true"}`},
		{name: "wrong number", columns: ab, text: []string{"1"}, err: "1 values for 2 columns"},
	} {
		test.run(t)
	}
}

// TestColumnsError checks what no record of a file can become.
func TestColumnsError(t *testing.T) {
	type types = map[string]rows.Type
	for _, test := range []struct {
		fields  rows.Fields
		capture []string
		columns []string
		want    string
	}{
		{rows.Fields{Types: types{"c": rows.JSON}}, nil, []string{"a", "b"}, `columns ["a" "b"]: none is "c", which is to be renamed or typed`},
		{rows.Fields{Rename: map[string]string{"c": "d"}}, nil, []string{"a"}, `none is "c", which is to be renamed or typed`},
		{rows.Fields{Rename: map[string]string{"a": "b"}}, nil, []string{"a", "b"}, `two would have the name "b"`},
		{rows.Fields{}, []string{"id"}, []string{"a"}, `none is or becomes "id"`},
		{rows.Fields{}, nil, []string{"a", "a"}, `two columns have the name "a"`},
	} {
		s := shape(t, test.fields, test.capture...)
		r := rows.Record{Number: 3, Line: 4, Columns: test.columns, Text: make([][]byte, len(test.columns))}
		_, _, err := s.JSON(nil, r)
		if misfit, ok := errors.AsType[*rows.ColumnsError](err); !ok || !strings.Contains(misfit.Error(), test.want) || !strings.HasPrefix(err.Error(), "line 4: ") {
			t.Errorf("got %v, want %s", err, test.want)
		}
		// Columns that fit, such as those of the next file, are no error.
		r.Columns = []string{"c", "id", "a"}
		r.Text = [][]byte{[]byte("{}"), []byte("x"), nil}
		if _, _, err := s.JSON(nil, r); err != nil {
			t.Errorf("got %v of columns that fit", err)
		}
	}
}

func TestShapeGivesErrorOfRecord(t *testing.T) {
	errLine := errors.New("line 3: longer")
	if _, _, err := shape(t, rows.Fields{}).JSON(nil, rows.Record{Line: 3, Err: errLine}); err != errLine {
		t.Errorf("got %v", err)
	}
	if _, _, err := shape(t, rows.Fields{}).JSON(nil, rows.Record{}); err == nil {
		t.Error("an empty record became an object")
	}
}

// TestShapeOfFiles checks that what is no JSON lines is told so.
func TestShapeOfFiles(t *testing.T) {
	for text, want := range map[string]string{
		"{\n  \"a\": 1\n}\n": "line 1: not JSON: it ends where a key in quotes should stand: each line must be an object of its own",
		"[{\"a\": 1}]\n":     "line 1: not JSON: '[' at byte 0 where an object should stand: each line must be an object of its own",
		"{} {}\n":            "line 1: not JSON: '{' at byte 3 where the end should stand",
	} {
		for r, err := range rows.JSONLines(rows.JSONLinesOptions{}).Records(t.Context(), input(text), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := shape(t, rows.Fields{}).JSON(nil, r); err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			break
		}
	}
}

// FuzzShapeMembers compares dropping, renaming and capturing with what a map does.
func FuzzShapeMembers(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":[null,{"a":"\\u0041"}],"d":"x","e":null}`))
	f.Add([]byte("{\"\\u0061\":1 ,\n\"d\" : 1.50}"))
	f.Add([]byte(`{"d":"\ud800","c":1}`))
	s := shape(f, rows.Fields{Drop: []string{"a"}, Rename: map[string]string{"b": "c"}, OmitNull: true}, "d")
	f.Fuzz(func(t *testing.T, text []byte) {
		var want map[string]json.RawMessage
		if json.Unmarshal(text, &want) != nil || want == nil || !utf8.Valid(text) || bytes.Contains(text, []byte(`\u`)) || count(t, text) != len(want) {
			return
		}
		got, captured, err := s.JSON(nil, rows.Record{JSON: text})
		var d any
		decoder := json.NewDecoder(bytes.NewReader(want["d"]))
		decoder.UseNumber()
		_ = decoder.Decode(&d) // of nothing it is nil
		_, isList := d.([]any)
		_, isObject := d.(map[string]any)
		_, both := want["c"]
		if both = both && want["b"] != nil; both || d == nil || d == "" || isList || isObject {
			if err == nil {
				t.Fatalf("%s became %s, %q", text, got, captured)
			}
			return
		}
		if err != nil || captured[0] != fmt.Sprint(d) {
			t.Fatalf("%s: captured %q, %v", text, captured, err)
		}
		compare(t, got, want)
	})
}

// compare checks an object against the members that it was made of.
func compare(t *testing.T, got []byte, want map[string]json.RawMessage) {
	t.Helper()
	delete(want, "a")
	if b, ok := want["b"]; ok {
		delete(want, "b")
		want["c"] = b
	}
	for name, v := range want {
		if string(v) == "null" {
			delete(want, name)
		}
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(got, &members); err != nil || len(members) != len(want) {
		t.Fatalf("got %s, %v, want %q", got, err, want)
	}
	for name, v := range want {
		if !sameJSON(t, members[name], v) {
			t.Fatalf("got %s of %q", got, want)
		}
	}
}

// count returns how many members an object has.
func count(t *testing.T, object []byte) int {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; d.More(); n++ {
		var v json.RawMessage
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// TestShapeAllocates checks that records need no memory each.
func TestShapeAllocates(t *testing.T) {
	line := rows.Record{JSON: []byte(`{"a":"x","b":[1,2,{"c":null}],"c":"7"}`)}
	text := rows.Record{Columns: []string{"a", "b", "c"}, Text: [][]byte{[]byte("x"), nil, []byte("7")}}
	typed := rows.Fields{Rename: map[string]string{"a": "id"}, Types: map[string]rows.Type{"c": rows.Integer}, Drop: []string{"b"}}
	for name, test := range map[string]struct {
		fields rows.Fields
		r      rows.Record
	}{"JSON": {rows.Fields{}, line}, "JSON, shaped": {typed, line}, "text": {rows.Fields{}, text}, "text, shaped": {typed, text}} {
		s := shape(t, test.fields)
		var out []byte
		if n := testing.AllocsPerRun(100, func() {
			var err error
			if out, _, err = s.JSON(out[:0], test.r); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: got %v allocations", name, n)
		}
	}
}
