package retrofit_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	. "github.com/awspatterns/awspatterns/firewall/retrofit"
)

func TestStateJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 4))
	s := blurred(r, randomState(r))
	s.Format = StateFormat
	s.Accounts = append(s.Accounts, Account{ID: "2", OrgUnits: []string{}}, Account{ID: "3"}) // below the root; unknown
	var b bytes.Buffer
	if err := s.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	again, err := ReadJSON(&b)
	if err != nil || !reflect.DeepEqual(again, s) {
		t.Errorf("got %+v, %v\nwant %+v", again, err, s)
	}
}

func TestReadJSONRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", ``, "unexpected end"},
		{"no format", `{}`, "format 0 is not 1"},
		{"later format", `{"format":2,"resources":{}}`, "format 2 is not 1"},
		{"unknown member", `{"format":1,"new":1}`, `unknown field "new"`},
		{"type", `{"format":1,"resources":[{"arn":1}]}`, "number"},
		{"trailing data", `{"format":1} {}`, "invalid character"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadJSON(strings.NewReader(test.text))
			if err == nil || !strings.HasPrefix(err.Error(), "retrofit: read state: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := ReadJSON(iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

// FuzzEvaluate reads states and evaluates them. Whatever they hold, the text of it
// has only printable characters.
func FuzzEvaluate(f *testing.F) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 6))
		var b bytes.Buffer
		if err := blurred(r, randomState(r)).WriteJSON(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), "Org")
	}
	f.Fuzz(func(t *testing.T, text []byte, policy string) {
		s, err := ReadJSON(bytes.NewReader(text))
		if err != nil {
			return
		}
		e, err := Evaluate(s, orgPolicy(withLogging, func(p *Policy) { p.Name = policy }))
		if err != nil {
			return
		}
		for _, r := range e.String() {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%q is in the table", r)
			}
		}
		if d := Diff(e, e); !d.Empty() {
			t.Fatalf("got %+v", d)
		}
		if _, err := Evaluate(Merge(s, s), orgPolicy(withLogging, func(p *Policy) { p.Name = policy })); err != nil {
			t.Fatal(err)
		}
	})
}
