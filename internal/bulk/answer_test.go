package bulk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

// parse is ParseAnswer into a slice.
func parse(body string, a bulk.Action, n int) (items []bulk.Item, err error) {
	err = bulk.ParseAnswer([]byte(body), a, n, func(i int, it bulk.Item) {
		if i != len(items) {
			panic("items out of order")
		}
		items = append(items, it)
	})
	return items, err
}

// failedToParse is what OpenSearch says of a document that is no object, and why.
const failedToParse = `{"type":"mapper_parsing_exception","reason":"failed to parse","caused_by":{"type":"a","reason":"outer","caused_by":{"type":"b","reason":"inner"}}}`

// TestParseAnswer reads answers of OpenSearch 2.19 and 3.8, and others that are
// unlike them.
func TestParseAnswer(t *testing.T) {
	long := strings.Repeat("ä", 600)
	tests := []struct {
		name   string
		action bulk.Action
		body   string
		want   []bulk.Item
	}{
		{"a mapping failure, a new document and a conflict", bulk.Index,
			`{"took":3,"errors":true,"items":[{"index":{"_index":"a","_id":"3","status":400,"error":{"type":"mapper_parsing_exception","reason":"failed to parse field [n] of type [integer] in document with id '3'. Preview of field's value: 'abc'","caused_by":{"type":"number_format_exception","reason":"For input string: \"abc\""}}}},{"index":{"_index":"a","_id":"4","_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":1,"_primary_term":1,"status":201}},{"index":{"_index":"a","_id":"1","status":409,"error":{"type":"version_conflict_engine_exception","reason":"[1]: version conflict, document already exists (current version [1])","index":"a","shard":"0","index_uuid":"UUID"}}}]}`,
			[]bulk.Item{
				{Status: 400, Type: "mapper_parsing_exception", Reason: "failed to parse field [n] of type [integer] in document with id '3'. Preview of field's value: 'abc': For input string: \"abc\""},
				{Status: 201, Result: "created"},
				{Status: 409, Type: "version_conflict_engine_exception", Reason: "[1]: version conflict, document already exists (current version [1])"},
			}},
		{"the same by FilterPath", bulk.Index,
			`{"errors":true,"items":[{"index":{"status":400,"error":{"type":"t","reason":"r"}}},{"index":{"status":200}},{"index":{"result":"noop","status":200}},{"index":{"result":"noop","status":200}}]}`,
			[]bulk.Item{{Status: 400, Type: "t", Reason: "r"}, {Status: 200}, {Status: 200, Result: "noop"}, {Status: 200, Result: "noop"}}},
		{"fields as in the item before, but for the end", bulk.Index,
			`{"items":[{"index":{"a":1,"status":200}},{"index":{"a":11,"status":201}},{"index":{"a":11,"status":201,"result":"updated"}}]}`,
			[]bulk.Item{{Status: 200}, {Status: 201}, {Status: 201, Result: "updated"}}},
		{"more fields than are remembered", bulk.Index,
			`{"items":[{"index":{"status":200,"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"status":201}},{"index":{"status":200,"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"result":"x"}}]}`,
			[]bulk.Item{{Status: 201}, {Status: 200, Result: "x"}}},
		{"white space, and another order", bulk.Create,
			" {\n \"items\" : [ { \"create\" : { \"status\" : 201 , \"result\" : \"created\" } } ,\t{ \"create\" : { \"status\" : 201 , \"result\" : \"created\" } } ] , \"errors\" : false, \"took\": 1e3 }\n",
			[]bulk.Item{{Status: 201, Result: "created"}, {Status: 201, Result: "created"}}},
		{"no items", bulk.Create, `{"items":[]}`, nil},
		{"the innermost cause", bulk.Create, `{"items":[{"create":{"error":` + failedToParse + `,"status":400}}]}`,
			[]bulk.Item{{Status: 400, Type: "mapper_parsing_exception", Reason: "failed to parse: inner"}}},
		{"a cause that the reason tells", bulk.Create, `{"items":[{"create":{"error":{"type":"t","reason":"failed: inner","caused_by":{"reason":"inner"}},"status":400}}]}`,
			[]bulk.Item{{Status: 400, Type: "t", Reason: "failed: inner"}}},
		{"a cause without a reason", bulk.Create, `{"items":[{"create":{"error":{"type":"t","reason":null,"caused_by":{"type":"null_pointer_exception","reason":null}},"status":500}}]}`,
			[]bulk.Item{{Status: 500, Type: "t", Reason: "null_pointer_exception"}}},
		{"an error that is a string", bulk.Create, `{"items":[{"create":{"error":"UnavailableShardsException[x]","status":503}}]}`,
			[]bulk.Item{{Status: 503, Reason: "UnavailableShardsException[x]"}}},
		{"errors that are neither", bulk.Create, `{"items":[{"create":{"error":null,"status":200}},{"create":{"error": [1, 2] ,"status":500}}]}`,
			[]bulk.Item{{Status: 200}, {Status: 500, Reason: "[1, 2]"}}},
		{"escapes and bytes that are no UTF-8", bulk.Create, `{"it\u0065ms":[{"\u0063reate":{"error":{"type":"\u0074","reason":"a\"\n\ud83d\ude00 ` + "\xff" + `"},"status":400}}]}`,
			[]bulk.Item{{Status: 400, Type: "t", Reason: "a\"\n😀 \ufffd"}}},
		{"a long reason", bulk.Create, `{"items":[{"create":{"error":{"type":"t","reason":"x` + long + `"},"status":400}}]}`,
			[]bulk.Item{{Status: 400, Type: "t", Reason: "x" + long[:1020] + "…"}}},
		{"a result that is not known", bulk.Create, `{"items":[{"create":{"result":"deleted","status":200}}]}`,
			[]bulk.Item{{Status: 200, Result: "deleted"}}},
	}
	for _, test := range tests {
		got, err := parse(test.body, test.action, len(test.want))
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %+v, %v, want %+v", test.name, got, err, test.want)
		}
		checkAnswer(t, []byte(test.body), string(test.action), len(test.want))
	}
}

func TestAnswersThatSayNothing(t *testing.T) {
	tests := []struct {
		body string
		want string // in the error
	}{
		{``, "stops in the middle, at byte 0"},
		{`<html>502</html>`, `found '<' at byte 0 where a { should stand`},
		{`[]`, `found '[' at byte 0`},
		{`null`, `found 'n' at byte 0`},
		{`{}`, "no items in it"},
		{`{"errors":false}`, "no items in it"},
		{`{"error":{"type":"x_exception","reason":"why"},"status":429}`, `this error: x_exception "why"`},
		{`{"items":null}`, "where a [ should stand"},
		{`{"items":{}}`, "where a [ should stand"},
		{`{"items":[]}`, "there are 0 items in it"},
		{`{"items":[{"index":{"status":201}}]}`, "there are 1 items in it"},
		{`{"items":[{"index":{"status":201}},{"index":{"status":201}},{"index":{"status":201}}]}`, "there are more items in it"},
		{`{"items":[{"index":{"status":201}},{"create":{"status":201}}]}`, `action "create", not "index"`},
		{`{"items":[{"index":{"status":201},"index":{"status":201}}]}`, "two actions"},
		{`{"items":[{}]}`, "item 0 has no status"},
		{`{"items":[{"index":{"status":201}},{"index":{}}]}`, "item 1 has no status"},
		{`{"items":[{"index":{"status":201}},{"index":null}]}`, "where a { should stand"},
		{`{"items":[{"index":{"status":"201"}}]}`, "is no status"},
		{`{"items":[{"index":{"status":2e2}}]}`, "is no status"},
		{`{"items":[{"index":{"status":99}}]}`, "is no status"},
		{`{"items":[{"index":{"status":600}}]}`, "is no status"},
		{`{"items":[{"index":{"status":null}}]}`, "is no status"},
		{`{"items":[{"index":{"result":1,"status":200}}]}`, "where a string should stand"},
		{`{"items":[{"index":{"error":{"type":[]},"status":400}}]}`, "where a string should stand"},
		{`{"items":[{"index":{"status":201}},{"index":{"status":201}}],"items":[]}`, "second time"},
		{`{"items":[{"index":{"status":201}},{"index":{"status":201}}]} {}`, "where the end should stand"},
		{`{"items":[{"index":{"x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}}]}`, "nested deeper"},
	}
	for _, test := range tests {
		if _, err := parse(test.body, bulk.Index, 2); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.100s: got %v, want %q", test.body, err, test.want)
		}
		checkAnswer(t, []byte(test.body), "index", 2)
	}
}

// TestAnswersAreChecked has all kinds of values, good and bad ones, in fields that
// are skipped, and compares with encoding/json.
func TestAnswersAreChecked(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, value := range []string{
		`{}`, `[]`, `null`, ` true `, `false`, `"x"`, `0`, `-0`, `-0.5e+10`, `1E-2`, `{"a":[1,2,{"b":null}],"c":"d"}`, "{\"a\" : [ ] ,\n\t\"b\":\r{ } }",
		`"\u0041\ud83d\ude00\ud83d\n\"\\\/\b\f\r\t"`, "\"\xff\xfe\"", `{"":""}`, nested(9996), nested(9997),
		``, ` `, `{`, `}`, `[1,]`, `[,1]`, `{"a":1,}`, `{,"a":1}`, `{"a"}`, `{"a":}`, `{a:1}`, `{'a':1}`, `01`, `00`, `-01`, `1.`, `.5`, `1e`, `1e+`, `-`, `+1`, `1x`,
		`tru`, `nul`, `falsey`, `"\x"`, `"\u12g4"`, `"\u12`, `"\`, "\"a\nb\"", "\"a\x00\"", "\"a\x1f\"", "\"a\x7f\"", `"abc`, `[1 2]`, `{"a" 1}`, `{"a":1 "b":2}`, `[]]`, `[}`, `{]`,
		`1,`, `1,,"y":1`, `1}`, "\x00", "\ufeff1", "\u00a01",
	} {
		for _, body := range []string{
			`{"items":[{"index":{"x":` + value + `,"status":201}}]}`,
			`{"items":[{"index":{"status":201,"error":{"type":"t","x":` + value + `}}}]}`,
			`{"x":` + value + `,"items":[{"index":{"status":201}}]}`,
			`{"items":[{"index":{` + value + `"status":201}}]}`,
			`{"items":[{"index":{"status":201}}]}` + value,
		} {
			checkAnswer(t, []byte(body), "index", 1)
		}
	}
}

// TestTruncatedAnswers cuts an answer at every byte: none of the pieces may pass for
// a whole.
func TestTruncatedAnswers(t *testing.T) {
	body := `{"took":3,"errors":true,"items":[{"index":{"_id":"\u00e4","status":400,"error":` + failedToParse + `}},{"index":{"_seq_no":-1.5e3,"x":[true,false,null],"result":"created","status":201}}]}`
	if _, err := parse(body, bulk.Index, 2); err != nil {
		t.Fatal(err)
	}
	for n := range body {
		if _, err := parse(body[:n], bulk.Index, 2); err == nil {
			t.Errorf("no error for %s", body[:n])
		}
	}
}

func TestParseAnswerAllocatesNothing(t *testing.T) {
	body := []byte(answers()["whole"])
	allocs := testing.AllocsPerRun(5, func() {
		if err := bulk.ParseAnswer(body, bulk.Index, 5000, func(int, bulk.Item) {}); err != nil {
			t.Error(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// FuzzParseAnswer compares ParseAnswer with a reading by encoding/json.
func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte(`{"took":3,"items":[{"index":{"_id":"1","error":`+failedToParse+`,"status":400}},{"index":{"result":"updated","status":200}}]}`), "index", 2)
	f.Add([]byte(`{"items":[{"create":{"a":{"b":[0,-1.5e+3,true,false,null,"\u00e4"]},"result":"created","status":201}},{"create":{"result":"created","status":201}}]}`), "create", 2)
	f.Add([]byte(`{"items":[{"update":{"status":404,"error":"x"}}],"error":null} `), "update", 1)
	f.Fuzz(checkAnswer)
}

func checkAnswer(t *testing.T, body []byte, action string, n int) {
	got, err := parse(string(body), bulk.Action(action), n)
	want, wantErr := reference(body, action)
	if wantErr == nil && len(want) != n {
		wantErr = fmt.Errorf("%d items", len(want))
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%.300q with %d of %s: got %v, by encoding/json %v", body, n, action, err, wantErr)
	}
	if err != nil {
		return
	}
	for i, it := range got {
		if it != want[i] {
			t.Errorf("%.300q: item %d is %+v, by encoding/json %+v", body, i, it, want[i])
		}
		if !utf8.ValidString(it.Reason) || len(it.Reason) > 1024 {
			t.Errorf("%.300q: reason %q", body, it.Reason)
		}
	}
}

// reference reads an answer by encoding/json.
func reference(body []byte, action string) (items []bulk.Item, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	if !json.Valid(body) {
		return nil, errors.New("not valid")
	}
	lists := 0
	for _, m := range members(body) {
		switch m.key {
		case "items":
			lists++
			for _, element := range elements(m.value) {
				items = append(items, referenceItem(element, action))
			}
		case "error":
			referenceError(m.value)
		}
	}
	if lists != 1 {
		return nil, fmt.Errorf("%d lists of items", lists)
	}
	return items, nil
}

func referenceItem(b []byte, action string) (it bulk.Item) {
	actions := members(b)
	if len(actions) != 1 || actions[0].key != action {
		panic(errors.New("not the action"))
	}
	for _, m := range members(actions[0].value) {
		switch m.key {
		case "status":
			n, err := strconv.Atoi(string(m.value))
			if err != nil || n < 100 || n > 599 || len(m.value) != 3 {
				panic(fmt.Errorf("status %s", m.value))
			}
			it.Status = n
		case "result":
			it.Result = referenceText(m.value)
		case "error":
			var root string
			it.Type, it.Reason, root = referenceError(m.value)
			if it.Reason == "" {
				it.Reason = root
			} else if !strings.Contains(it.Reason, root) {
				it.Reason = cut(it.Reason + ": " + root)
			}
		}
	}
	if it.Status == 0 {
		panic(errors.New("no status"))
	}
	return it
}

func referenceError(b []byte) (kind, reason, root string) {
	switch b[0] {
	case 'n':
		return "", "", ""
	case '"':
		return "", referenceText(b), ""
	case '{':
	default:
		return "", cut(strings.ToValidUTF8(string(b), "\ufffd")), ""
	}
	for _, m := range members(b) {
		switch m.key {
		case "type":
			kind = referenceText(m.value)
		case "reason":
			reason = referenceText(m.value)
		case "caused_by":
			k, r, inner := referenceError(m.value)
			root = inner
			if root == "" {
				root = r
			}
			if root == "" {
				root = k
			}
		}
	}
	return kind, reason, root
}

func referenceText(b []byte) (s string) {
	if b[0] != '"' && b[0] != 'n' {
		panic(errors.New("no string"))
	}
	if err := json.Unmarshal(b, &s); err != nil {
		panic(err)
	}
	return cut(s)
}

func cut(s string) string {
	if len(s) <= 1024 {
		return s
	}
	s = s[:1021]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

type member struct {
	key   string
	value json.RawMessage
}

// members returns the members of an object in their order, also those that are there
// twice.
func members(b []byte) (all []member) {
	inside(b, '{', func(d *json.Decoder) {
		key, err := d.Token()
		if err != nil {
			panic(err)
		}
		m := member{key: key.(string)}
		if err := d.Decode(&m.value); err != nil {
			panic(err)
		}
		all = append(all, m)
	})
	return all
}

func elements(b []byte) (all []json.RawMessage) {
	inside(b, '[', func(d *json.Decoder) {
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			panic(err)
		}
		all = append(all, v)
	})
	return all
}

func inside(b []byte, opening rune, element func(*json.Decoder)) {
	d := json.NewDecoder(bytes.NewReader(b))
	start, err := d.Token()
	if err != nil && err != io.EOF {
		panic(err)
	}
	if start != json.Delim(opening) {
		panic(fmt.Errorf("found %v", start))
	}
	for d.More() {
		element(d)
	}
}
