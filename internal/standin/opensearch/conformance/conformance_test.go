package conformance

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	cases, err := parse("# Title\n\n### one\nPOST /a/_bulk\n{\"index\":{}}\n{}\n--> 200 2\n{\"a\":1}\n--> 201 3\n\n### two\nGET /a {content type: text/plain}\n--> 404\n...\n\n### three\nPOST /a/_bulk {no newline}\nx\n--> 400\n")
	if err != nil || len(cases) != 3 {
		t.Fatalf("got %v, %v", cases, err)
	}
	one, two, three := cases[0], cases[1], cases[2]
	if one.name != "one" || one.method != "POST" || one.path != "/a/_bulk" || one.contentType != "application/json" || string(one.body) != "{\"index\":{}}\n{}\n" ||
		len(one.answers) != 2 || one.answers[0] != (answer{"200", "2", `{"a":1}`}) || one.answers[1] != (answer{"201", "3", ""}) {
		t.Errorf("got %+v", one)
	}
	if two.contentType != "text/plain" || two.body != nil || two.answers[0] != (answer{"404", "", "..."}) || string(three.body) != "x" {
		t.Errorf("got %+v and %+v", two, three)
	}
	for _, wrong := range []string{"### a\n", "### a\nGET /\n", "### a\nGET\n--> 200\n", "### a\nGET /\n--> 200\n\n### a\nGET /\n--> 200\n"} {
		if _, err := parse(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		want, got string
		equal     bool
	}{
		{`{"a":1,"b":[true,null]}`, `{ "b":[true,null], "a":1}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{"a":1,"b":2}`, `{"a":1}`, false},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":1}`, `{"a":1.0}`, false},
		{`{"a":null}`, `{"a":0}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`[1]`, `[1,2]`, false},
		{`{"a":"ANY"}`, `{"a":{"b":1}}`, true},
		{`{"a":"ANY"}`, `{}`, false},
		{`{"a":"index [x/UUID] is"}`, `{"a":"index [x/abcdefghijklmnopqrstuv] is"}`, true},
		{`{"a":"index [x/UUID] is"}`, `{"a":"index [x/short] is"}`, false},
		{`{"a":"AUTO"}`, `{"a":"abcdefghijklmnopqrst"}`, true},
		{`{"UUID":1}`, `{"abcdefghijklmnopqrstuv":1}`, true},
		{`{"a":"ANY!"}`, `{"a":null}`, false},
		{`text`, "text\n", true},
		{`text`, "other", false},
		{`{}`, "no JSON", false},
		{``, "", true},
		{``, "x", false},
	} {
		if err := compare(c.want, []byte(c.got)); (err == nil) != c.equal {
			t.Errorf("%s and %s: got %v", c.want, c.got, err)
		}
	}
}

func TestRunOfACase(t *testing.T) {
	answers := func(status int, body string, err error) Do {
		return func(string, string, string, []byte) (int, []byte, error) { return status, []byte(body), err }
	}
	c := request{answers: []answer{{"200", "2", "{}"}, {"404", "3", "..."}}}
	for _, r := range []struct {
		name  string
		do    Do
		major int
		wrong string
	}{
		{"right", answers(200, "{}", nil), 2, ""},
		{"right, of another version", answers(404, "whatever", nil), 3, ""},
		{"wrong status", answers(404, "{}", nil), 2, "got status 404, want 200"},
		{"wrong body", answers(200, "[]", nil), 2, "an object is wanted"},
		{"no answer", answers(0, "", errors.New("broken")), 2, "broken"},
		{"version that is not there", answers(200, "{}", nil), 4, "no answer of version 4"},
	} {
		err := c.run(r.do, r.major)
		if (err != nil) != (r.wrong != "") || err != nil && !strings.Contains(err.Error(), r.wrong) {
			t.Errorf("%s: got %v", r.name, err)
		}
	}
}

// Servers that answer nothing but 404 have nothing to clear; one that fails is an
// error.
func TestClear(t *testing.T) {
	if err := Clear(Over(http.NotFoundHandler())); err != nil {
		t.Error(err)
	}
	fails := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	if err := Clear(Over(fails)); err == nil {
		t.Error("a server that fails is taken to be empty")
	}
}
