package opensearch

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRejectionJSON(t *testing.T) {
	const head = `{"position":{"input":1,"record":7},"input":"s3://b/k","id":"tt1","status":400,"type":"mapper_parsing_exception","reason":"no <number>"`
	tests := map[string]struct {
		source, want string
	}{
		"object":        {`{"a":"<b>&\u2028","n":1.0}`, head + `,"source":{"a":"<b>&\u2028","n":1.0}}`},
		"spaced object": {`{"a": 1}`, head + `,"text":"{\"a\": 1}"}`},
		"half":          {`{"a":`, head + `,"text":"{\"a\":"}`},
		"number":        {`5`, head + `,"text":"5"}`},
		"null":          {`null`, head + `,"text":"null"}`},
		"bytes":         {"a\xff", head + `,"raw":"Yf8="}`},
		"bad string":    {"{\"a\":\"\xff\"}", head + `,"raw":"eyJhIjoi/yJ9"}`},
		"nothing":       {"", head + `}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := Rejection{Position: Position{1, 7}, Input: "s3://b/k", ID: "tt1", Status: 400, Type: "mapper_parsing_exception", Reason: "no <number>"}
			if test.source != "" {
				r.Source = []byte(test.source)
			}
			text, err := r.MarshalJSON()
			if err != nil || string(text) != test.want {
				t.Errorf("got %s, %v\nwant %s", text, err, test.want)
			}
			var got Rejection
			if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, r) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestRejectionDocument(t *testing.T) {
	r := Rejection{ID: "1", Routing: "r", Source: []byte(`{}`), Reason: "no"}
	if got, want := r.Document(), (Document{ID: "1", Routing: "r", Source: []byte(`{}`)}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestReadRejections(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
		err  string
	}{
		"nothing":       {text: " \n\n"},
		"lines":         {text: "{\"source\":{\"a\":1}}\n{\"text\":\"b\"}\n", want: []string{`{"a":1}`, "b"}},
		"without end":   {text: `{"source":{"a":1}}`, want: []string{`{"a":1}`}},
		"after jq":      {text: "{\n  \"source\": {\n    \"a\": 1\n  }\n}\n", want: []string{"{\n    \"a\": 1\n  }"}},
		"no document":   {text: `{"type":"x"}`, want: []string{""}},
		"null":          {text: `{"source":null}`, want: []string{""}},
		"half":          {text: "{\"source\":{\"a\":1}}\n{\"source\":{", want: []string{`{"a":1}`}, err: "number 1, behind byte"},
		"no object":     {text: `[]`, err: "number 0"},
		"two documents": {text: `{"source":{"a":1},"text":"{}"}`, err: `more than one of "source", "text" and "raw"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			var failed error
			for r, err := range ReadRejections(strings.NewReader(test.text)) {
				if failed = err; err == nil {
					got = append(got, string(r.Source))
				}
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %q", got)
			}
			if (failed != nil) != (test.err != "") || failed != nil && !strings.Contains(failed.Error(), test.err) {
				t.Errorf("got error %v", failed)
			}
		})
	}
}

func TestReadRejectionsStops(t *testing.T) {
	n := 0
	for range ReadRejections(strings.NewReader("{}{}{}")) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("read %d", n)
	}
}

// FuzzRejection checks that what was refused is read as it was written, whatever it
// is.
func FuzzRejection(f *testing.F) {
	f.Add([]byte(`{"a":1}`), "id", "reason", 400)
	f.Add([]byte("{\"a\":\"\u2028<\"}"), "ä", "\x00", 0)
	f.Add([]byte("\xff{"), "", "", -1)
	f.Add([]byte("a,b\r\nc"), "i", "r", 1)
	f.Fuzz(func(t *testing.T, source []byte, id, reason string, status int) {
		if !utf8.ValidString(id) || !utf8.ValidString(reason) {
			return
		}
		if len(source) == 0 {
			source = nil
		}
		r := Rejection{Position: Position{status, 3}, ID: id, Reason: reason, Status: status, Source: source}
		lines, err := appendRejections(nil, []Rejection{r, r})
		if err != nil || bytes.Count(lines, []byte("\n")) != 2 {
			t.Fatalf("%q, %v", lines, err)
		}
		n := 0
		for got, err := range ReadRejections(bytes.NewReader(lines)) {
			if err != nil || !reflect.DeepEqual(got, r) {
				t.Fatalf("%+v became %+v: %v", r, got, err)
			}
			n++
		}
		if n != 2 {
			t.Errorf("read %d of 2", n)
		}
	})
}

// FuzzReadRejections checks that whatever is read can be written and read again.
func FuzzReadRejections(f *testing.F) {
	f.Add([]byte(`{"position":{"input":0,"record":1},"type":"a","reason":"b","source":{"a":[1, 2]}}`))
	f.Add([]byte(`{"text":"a","id":"\ud800"}{"raw":"AA=="}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for r, err := range ReadRejections(bytes.NewReader(text)) {
			if err != nil {
				return
			}
			lines, err := appendRejections(nil, []Rejection{r})
			if err != nil {
				t.Fatal(err)
			}
			for got, err := range ReadRejections(bytes.NewReader(lines)) {
				if err != nil || !reflect.DeepEqual(got, r) {
					t.Fatalf("%+v became %+v: %v", r, got, err)
				}
			}
		}
	})
}
