package rows_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
)

func TestTypes(t *testing.T) {
	for _, test := range []struct {
		to   rows.Type
		text string
		want string // or
		err  string
	}{
		{rows.String, " x ", `" x "`, ""},

		{rows.Integer, "12", "12", ""},
		{rows.Integer, " -007 ", "-7", ""},
		{rows.Integer, "+5", "5", ""},
		{rows.Integer, "12.000", "12", ""},
		{rows.Integer, "9223372036854775807", "9223372036854775807", ""},
		{rows.Integer, "18446744073709551615", "18446744073709551615", ""},
		{rows.Integer, "18446744073709551616", "", "is not an integer of 64 bits"},
		{rows.Integer, "-9223372036854775809", "", "is not an integer of 64 bits"},
		{rows.Integer, "12.5", "", `"12.5" is not an integer`},
		{rows.Integer, "", "", `"" is not an integer`},
		{rows.Integer, ".0", "", "is not an integer"},
		{rows.Integer, "1e3", "", "is not an integer"},
		{rows.Integer, "1_000", "", "is not an integer"},
		{rows.Integer, "0x10", "", "is not an integer"},

		{rows.Number, "1.50", "1.50", ""},
		{rows.Number, "12345678901234567890.123456789e-400", "12345678901234567890.123456789e-400", ""},
		{rows.Number, " +1.5", "1.5", ""},
		{rows.Number, "-007.50", "-7.50", ""},
		{rows.Number, ".5", "0.5", ""},
		{rows.Number, "-.5E3", "-0.5E3", ""},
		{rows.Number, "5.", "5", ""},
		{rows.Number, "00", "0", ""},
		{rows.Number, "5.e+3", "5e+3", ""},
		{rows.Number, ".", "", `"." is not a number`},
		{rows.Number, "-", "", "is not a number"},
		{rows.Number, "+", "", "is not a number"},
		{rows.Number, "e5", "", "is not a number"},
		{rows.Number, ".e5", "", "is not a number"},
		{rows.Number, "", "", "is not a number"},
		{rows.Number, "NaN", "", "is not a number"},
		{rows.Number, "Inf", "", "is not a number"},
		{rows.Number, "1,5", "", "is not a number"},
		{rows.Number, "--1", "", "is not a number"},
		{rows.Number, "1 2", "", "is not a number"},

		{rows.Boolean, "TRUE", "true", ""},
		{rows.Boolean, " y ", "true", ""},
		{rows.Boolean, "1", "true", ""},
		{rows.Boolean, "No", "false", ""},
		{rows.Boolean, "f", "false", ""},
		{rows.Boolean, "", "", `"" is not true or false`},
		{rows.Boolean, "2", "", "is not true or false"},
		{rows.Boolean, "falsely", "", "is not true or false"},

		{rows.JSON, " {\"a\":\r\n1.0} ", `{"a":  1.0}`, ""},
		{rows.JSON, "null", "null", ""},
		{rows.JSON, "", "", `"": not JSON: it ends`},
		{rows.JSON, "{a:1}", "", `"{a:1}": not JSON: 'a' at byte 1`},
		{rows.JSON, "1 2", "", "where the end should stand"},
		{rows.JSON, strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), "", "nested deeper"},

		{"list:,", "a, b,", `["a"," b",""]`, ""},
		{"list:,", "", `[]`, ""},
		{"list:, ", "a, b,c", `["a","b,c"]`, ""},
		{"list:::integer", "1:2", `[1,2]`, ""},
		{"list::", "a:b", `["a","b"]`, ""},
		{"list:|:date:2006-01-02", "2024-01-01|2024-01-02", `["2024-01-01T00:00:00Z","2024-01-02T00:00:00Z"]`, ""},
		{"list:,:number", "1,x", "", `"x" is not a number`},

		{"date:2006-01-02", "2024-02-29", `"2024-02-29T00:00:00Z"`, ""},
		{"date:2006-01-02", "2023-02-29", "", `"2023-02-29" is not a date as 2006-01-02`},
		{"date:2006-01-02 15:04:05 -0700", "2024-02-29 13:00:00.123456789 +0200", `"2024-02-29T11:00:00.123456789Z"`, ""},
		{"date:2006-01-02T15:04:05Z07:00", "2024-02-29T13:00:00-05:00", `"2024-02-29T18:00:00Z"`, ""},
		{"date:unix", "1700000000", `"2023-11-14T22:13:20Z"`, ""},
		{"date:unix", "-1.5", `"1969-12-31T23:59:58.5Z"`, ""},
		{"date:unix", "-0.25", `"1969-12-31T23:59:59.75Z"`, ""},
		{"date:unix", "1.123456789999", `"1970-01-01T00:00:01.123456789Z"`, ""},
		{"date:unix_ms", "1700000000123.25", `"2023-11-14T22:13:20.12325Z"`, ""},
		{"date:unix_ms", "-1", `"1969-12-31T23:59:59.999Z"`, ""},
		{"date:unix", "1e9", "", "is not a date as unix"},
		{"date:unix", "1.-5", "", "is not a date as unix"},
		{"date:unix", "", "", "is not a date as unix"},
		{"date:unix", "99999999999999", "", "RFC 3339 has 0 to 9999"},
		{"date:unix_ms", "9223372036854775807", "", "RFC 3339 has 0 to 9999"},
		{"date:unix", "9223372036854775807", "", "RFC 3339 has 0 to 9999"},
	} {
		s := shape(t, rows.Fields{Types: map[string]rows.Type{"a": test.to}})
		quoted, err := json.Marshal(test.text)
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]rows.Record{
			"text":  {Columns: []string{"a"}, Text: [][]byte{[]byte(test.text)}},
			"value": {Columns: []string{"a"}, Values: []any{test.text}},
			"JSON":  {JSON: []byte(`{"a":` + string(quoted) + `}`)},
		} {
			got, _, err := s.JSON(nil, r)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), `field "a": `) {
					t.Errorf("%s %q, %s: got %s, %v, want %s", test.to, test.text, name, got, err, test.err)
				}
			} else if want := `{"a":` + test.want + `}`; err != nil || string(got) != want || !json.Valid(got) {
				t.Errorf("%s %q, %s: got %s, %v, want %s", test.to, test.text, name, got, err, want)
			}
		}
	}
}

// FuzzShape checks that whatever a value is, its field becomes valid JSON or an error,
// and the same from text as from JSON.
func FuzzShape(f *testing.F) {
	f.Add("integer", "12")
	f.Add("list:,:number", "1,.5")
	f.Add("date:unix", "-1.5")
	f.Add("json", `{"a":[1]}`)
	f.Fuzz(func(t *testing.T, to, text string) {
		s, err := rows.NewShape(rows.Fields{Types: map[string]rows.Type{"a": rows.Type(to)}})
		if err != nil {
			return
		}
		a, _, errA := s.JSON(nil, rows.Record{Columns: []string{"a"}, Text: [][]byte{[]byte(text)}})
		if errA == nil && !json.Valid(a) {
			t.Fatalf("%q as %q is %s", text, to, a)
		}
		quoted, err := json.Marshal(text)
		if err != nil || strings.ToValidUTF8(text, "") != text {
			return
		}
		b, _, errB := s.JSON(nil, rows.Record{JSON: []byte(`{"a":` + string(quoted) + `}`)})
		if string(a) != string(b) || (errA == nil) != (errB == nil) {
			t.Fatalf("%q as %q: %s, %v as text, %s, %v as JSON", text, to, a, errA, b, errB)
		}
	})
}
