package redshiftsql

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// accepted returns the texts of every shape and of every query.
func accepted() []string {
	var list []string
	for _, s := range shapes() {
		list = append(list, s.statement.String())
	}
	for _, q := range slices.Concat(Queries(), UsageQueries()) {
		list = append(list, q.SQL)
	}
	return list
}

func TestParse(t *testing.T) {
	for _, s := range shapes() {
		got, err := Parse(s.statement.String())
		if err != nil || !reflect.DeepEqual(got, s.statement) {
			t.Errorf("%s: got %#v, %v", s.name, got, err)
		}
	}
	for _, q := range slices.Concat(Queries(), UsageQueries()) {
		got, err := Parse(q.SQL)
		if err != nil || !reflect.DeepEqual(got, q) {
			t.Errorf("%s: got %#v, %v", q.Name, got, err)
		}
	}
}

// TestParseRefuses puts each line of the bad corpus to the parser, escapes such as \n
// replaced, and compares what it says with the golden file.
func TestParseRefuses(t *testing.T) {
	corpus, err := os.ReadFile("testdata/bad.txt")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(corpus)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "# ") {
			continue
		}
		s := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\0`, "\x00", `\u00a0`, "\u00a0", `\xff`, "\xff", `\s`, " ").Replace(line)
		got, err := Parse(s)
		parse, ok := errors.AsType[*ParseError](err)
		if !ok || got != nil {
			t.Errorf("%s: got %#v, %v", line, got, err)
			continue
		}
		if parse.Offset < 0 || parse.Offset > len(s) || parse.Message == "" {
			t.Errorf("%s: error at %d of %d bytes: %q", line, parse.Offset, len(s), parse.Message)
		}
		fmt.Fprintf(&b, "%s\n\t%v\n", line, err)
	}
	golden.Equal(t, "testdata/bad.golden", b.String())
}

// TestParseNeighbours takes every accepted text apart: with any byte left out, doubled or
// replaced it is refused, or is the text of another statement.
func TestParseNeighbours(t *testing.T) {
	taken := 0
	for _, s := range accepted() {
		for i := range len(s) {
			for _, insert := range []string{"", s[i:i+1] + s[i:i+1], " ", ";", "'", `"`, `\`, "\x00", "\n", "a", "A", "0", "-", "$"} {
				changed := s[:i] + insert + s[i+1:]
				got, err := Parse(changed)
				if err == nil {
					taken++
					if got.String() != changed {
						t.Fatalf("%q is taken for %q", changed, got.String())
					}
				}
			}
			for _, cut := range []string{s[:i], s[i:]} {
				if got, err := Parse(cut); err == nil && got.String() != cut {
					t.Fatalf("%q is taken for %q", cut, got.String())
				}
			}
		}
		for _, around := range []string{s + ";", s + " ", " " + s, s + "\n", s + " --", s + "/**/", s + "; " + s, s + " " + s, s + "\x00", "\ufeff" + s, strings.ToLower(s)} {
			if got, err := Parse(around); err == nil && around != s {
				t.Errorf("%q is taken for %#v", around, got)
			}
		}
	}
	if taken == 0 {
		t.Error("no changed name is taken")
	}
}

func TestParseOffset(t *testing.T) {
	s := `GRANT INSERT, USAGE ON TABLE "a"."b"."c" TO "d"`
	_, err := Parse(s)
	if parse, ok := errors.AsType[*ParseError](err); !ok || parse.Offset != strings.Index(s, "USAGE") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkParse(b *testing.B) {
	const s = `GRANT INSERT, SELECT ON TABLE "prod"."etl"."audit" TO DATASHARE "sales_ds"`
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		if _, err := Parse(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseQuery(b *testing.B) {
	for b.Loop() {
		if _, err := Parse(QueryRoleGrants.SQL); err != nil {
			b.Fatal(err)
		}
	}
}
