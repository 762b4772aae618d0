package bulk_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

func TestAppendItem(t *testing.T) {
	tests := []struct {
		name        string
		action      bulk.Action
		id, routing string
		source      string
		want        string
	}{
		{"create", bulk.Create, "1", "", `{"a":1}`, `{"create":{"_id":"1"}}` + "\n" + `{"a":1}` + "\n"},
		{"index with routing", bulk.Index, "1", "r", `{}`, `{"index":{"_id":"1","routing":"r"}}` + "\n{}\n"},
		{"without an id", bulk.Create, "", "", `{}`, `{"create":{}}` + "\n{}\n"},
		{"routing alone", bulk.Create, "", "r", `{}`, `{"create":{"routing":"r"}}` + "\n{}\n"},
		{"update", bulk.Update, "1", "r", `{"a":1}`,
			`{"update":{"_id":"1","routing":"r","retry_on_conflict":3}}` + "\n" + `{"doc":{"a":1},"doc_as_upsert":true}` + "\n"},
		{"an id that would write a line", bulk.Index, "1\"}}\n{\"delete\":{\"_id\":\"2\\", "\x00\x1f\x7fäöü\u2028😀", `{}`,
			`{"index":{"_id":"1\"}}\u000a{\"delete\":{\"_id\":\"2\\","routing":"\u0000\u001f` + "\x7fäöü\u2028😀" + `"}}` + "\n{}\n"},
		{"an id that is no UTF-8", bulk.Index, "a\xffb\xed\xa0\x80", "", `{}`, `{"index":{"_id":"` + "a\ufffdb\ufffd\ufffd\ufffd" + `"}}` + "\n{}\n"},
		{"a document of several lines", bulk.Index, "1", "", "{\n\t\"a\": \"\\n\",\r\n \"b\": 2\n}\n",
			`{"index":{"_id":"1"}}` + "\n" + "{ \t\"a\": \"\\n\",\r  \"b\": 2 } \n"},
	}
	for _, test := range tests {
		got := string(bulk.AppendItem([]byte("before"), test.action, test.id, test.routing, []byte(test.source)))
		if got != "before"+test.want {
			t.Errorf("%s: got\n%s", test.name, got)
		}
		checkItem(t, string(test.action), test.id, test.routing, []byte(test.source))
	}
}

func TestAppendItemAllocatesNothing(t *testing.T) {
	dst, source := make([]byte, 0, 1000), []byte("{\n}")
	for _, a := range []bulk.Action{bulk.Create, bulk.Index, bulk.Update} {
		if n := testing.AllocsPerRun(10, func() { bulk.AppendItem(dst, a, "ä\xff\"\n", "r", source) }); n != 0 {
			t.Errorf("%s: %v allocations", a, n)
		}
	}
	if string(source) != "{\n}" {
		t.Error("the document was changed")
	}
}

func TestCheckID(t *testing.T) {
	for id, want := range map[string]string{
		"x":                       "",
		strings.Repeat("x", 512):  "",
		"":                        "empty",
		strings.Repeat("x", 513):  "513 bytes",
		strings.Repeat("ä", 257):  "514 bytes",
		"a\xff":                   "not UTF-8",
		strings.Repeat("\xff", 9): "not UTF-8",
	} {
		err := bulk.CheckID(id)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.20q: got %v, want %q", id, err, want)
		}
	}
}

// FuzzAppendItem checks that an item is two lines of JSON that hold what went in,
// whatever that is.
func FuzzAppendItem(f *testing.F) {
	f.Add("create", "1", "", []byte(`{"a":[1,"\n"]}`))
	f.Add("update", "\"\\\n\x00\xff", "r", []byte("{\n}"))
	f.Fuzz(func(t *testing.T, action, id, routing string, source []byte) {
		switch bulk.Action(action) {
		case bulk.Create, bulk.Index, bulk.Update:
			checkItem(t, action, id, routing, source)
		}
	})
}

func checkItem(t *testing.T, action, id, routing string, source []byte) {
	before := bytes.Clone(source)
	got := bulk.AppendItem(nil, bulk.Action(action), id, routing, source)
	if !bytes.Equal(source, before) {
		t.Fatal("the document was changed")
	}
	lines := bytes.SplitAfter(got, []byte("\n"))
	if len(lines) != 3 || len(lines[2]) != 0 {
		t.Fatalf("not two lines: %q", got)
	}
	checkAction(t, lines[0], action, id, routing)
	end := len(got) - bulk.Tail(bulk.Action(action))
	if in := got[end-len(source) : end]; !bytes.Equal(in, bytes.ReplaceAll(source, []byte("\n"), []byte(" "))) {
		t.Errorf("%q stands where %q should", in, source)
	}
	if json.Valid(source) {
		checkSource(t, lines[1], action, source)
	}
}

func checkAction(t *testing.T, line []byte, action, id, routing string) {
	want := map[string]any{}
	if id != "" {
		want["_id"] = id
	}
	if routing != "" {
		want["routing"] = routing
	}
	if action == "update" {
		want["retry_on_conflict"] = 3
	}
	if !equalJSON(t, line, map[string]any{action: want}) {
		t.Errorf("id %q, routing %q: got %s", id, routing, line)
	}
}

func checkSource(t *testing.T, line []byte, action string, source []byte) {
	want := any(json.RawMessage(source))
	if action == "update" {
		want = map[string]any{"doc": want, "doc_as_upsert": true}
	}
	if !equalJSON(t, line, want) {
		t.Errorf("of %q became %q", source, line)
	}
}

// equalJSON compares JSON with what encoding/json makes of a value.
func equalJSON(t *testing.T, got []byte, want any) bool {
	t.Helper()
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(decoded(t, got), decoded(t, text))
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return v
}
