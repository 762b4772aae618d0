package rows_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/rows"
)

func TestJSONLines(t *testing.T) {
	lines := rows.JSONLines(rows.JSONLinesOptions{})
	short := rows.JSONLines(rows.JSONLinesOptions{MaxLine: 10})
	long := `{"a":"` + strings.Repeat("x", 10_000) + `"}`
	for _, test := range []readTest{
		{name: "none", format: lines},
		{name: "one", format: lines, text: "{\"a\":1}\n", want: "0@1 {\"a\":1}\n"},
		{name: "no end of line", format: lines, text: "{}\n{\"a\":1}", want: "0@1 {}\n1@2 {\"a\":1}\n"},
		{name: "CRLF and mark", format: lines, text: "\ufeff{\"a\":1}\r\n{}\r\n", want: "0@1 {\"a\":1}\n1@2 {}\n"},
		{name: "empty lines", format: lines, text: "\n\r\n{}\n \t\n\n{\"a\":1}\n\n", want: "0@3 {}\n1@6 {\"a\":1}\n"},
		{name: "from", format: lines, text: "\n{}\n\nx\n{\"a\":1}\n{\"b\":1}", from: 2, want: "2@5 {\"a\":1}\n3@6 {\"b\":1}\n"},
		{name: "from behind the end", format: lines, text: "{}\n", from: 7},
		{name: "no object", format: lines, text: "{\n[1]\n", want: "0@1 {\n1@2 [1]\n"},
		{name: "UTF-16", format: lines, text: "\xff\xfe{\x00}\x00\n\x00", err: "rows: in: record 0, behind byte"},
		{name: "as long as may be", format: short, text: "{\"a\":1234}\r\n{}", want: "0@1 {\"a\":1234}\n1@2 {}\n"},
		{name: "too long", format: short, text: "{\"a\":1}\n{\"a\":1234567}\r\n{\"a\":2}\n",
			want: "0@1 {\"a\":1}\n1@2 line 2: longer than 10 bytes: \"{\\\"a\\\":1234567}\"\n2@3 {\"a\":2}\n"},
		{name: "last too long", format: short, text: "{\"a\":1}\n" + strings.Repeat("x", 1000),
			want: "0@1 {\"a\":1}\n1@2 line 2: longer than 10 bytes: \"" + strings.Repeat("x", 1000) + "\"\n"},
		{name: "longer than the buffer", format: lines, text: strings.Repeat(" ", 1<<20) + long + "\n{}\n", want: "0@1 " + long + "\n1@2 {}\n"},
	} {
		test.run(t)
	}
}

// TestLongLine checks that a line of any length needs no more memory than allowed.
func TestLongLine(t *testing.T) {
	f := rows.JSONLines(rows.JSONLinesOptions{MaxLine: 1 << 20})
	text := strings.Repeat("x", 64<<20) + "\n{}\n"
	mem := testing.AllocsPerRun(1, func() {
		got, err := read(t, f, input(text), 1)
		if err != nil || got != "1@2 {}\n" {
			t.Errorf("got %q, %v", got, err)
		}
	})
	if mem > 100 {
		t.Errorf("got %v allocations", mem)
	}
}

func FuzzJSONLines(f *testing.F) {
	f.Add([]byte("{}\n{\"a\":1}\r\n\n"), 3)
	f.Add([]byte("\ufeff{}"), 100)
	f.Add([]byte("12345678901\n{}"), 10)
	f.Fuzz(func(t *testing.T, content []byte, limit int) {
		if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
			t.Skip()
		}
		limit = max(1, limit%1000)
		var want []string
		var long []bool
		for _, line := range strings.Split(strings.TrimPrefix(string(content), "\ufeff"), "\n") {
			line = strings.TrimSuffix(line, "\r")
			if text := strings.Trim(line, " \t\r"); text != "" || len(line) > limit {
				want, long = append(want, text), append(long, len(line) > limit)
			}
		}
		n := 0
		for r, err := range rows.JSONLines(rows.JSONLinesOptions{MaxLine: limit}).Records(t.Context(), input(string(content)), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if n == len(want) || r.Number != int64(n) || (r.Err != nil) != long[n] || r.Err == nil && string(r.JSON) != want[n] {
				t.Fatalf("got %d, %q, %v, want %q", r.Number, r.JSON, r.Err, want)
			}
			n++
		}
		if n != len(want) {
			t.Fatalf("got %d records, want %q", n, want)
		}
	})
}

func FuzzShapeValid(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":[1,-0.5e+7,"\u00e4\n"],"b":{"c":null}}`, `[1]`, `{"a":01}`, "{\"a\":\n1}", `{"a":"` + "\x01" + `"}`, `{"a" : tru}`, "{\"a\":\"\xff\"}", "{\"\xc0\x80\":\"\xed\xa0\x80\"}"} {
		f.Add([]byte(s))
	}
	plain, err := rows.NewShape(rows.Fields{})
	if err != nil {
		f.Fatal(err)
	}
	shaped, err := rows.NewShape(rows.Fields{Drop: []string{"never there"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want := json.Valid(text) && utf8.Valid(text) && bytes.TrimLeft(text, " \t\r\n")[0] == '{'
		for _, s := range []*rows.Shape{plain, shaped} {
			got, _, err := s.JSON(nil, rows.Record{JSON: text})
			if (err == nil) != want {
				t.Fatalf("got %v, but encoding/json says %v of %q", err, want, text)
			}
			if err == nil && (bytes.ContainsAny(got, "\r\n") || !sameJSON(t, got, text)) {
				t.Fatalf("got %q of %q", got, text)
			}
		}
	})
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y bytes.Buffer
	if json.Compact(&x, a) != nil || json.Compact(&y, b) != nil {
		return false
	}
	return bytes.Equal(x.Bytes(), y.Bytes())
}
