package rules_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

const geoRule = `drop ip any any -> any any (msg:"from JP"; geoip:src,JP; sid:1;)`

func TestParseLossless(t *testing.T) {
	for name, text := range map[string]string{
		"empty":          "",
		"newlines":       "\n\n",
		"rule":           geoRule,
		"end":            geoRule + "\n",
		"CRLF":           "# c\r\n" + geoRule + "\r\n\r\n" + geoRule + "\r\n",
		"blanks":         "\t \n" + geoRule + " \t \n  # c  \n",
		"disabled":       "#alert ip any any -> any any (sid:2;)\n",
		"errors":         "nonsense\n" + geoRule + "\ndrop ip\n",
		"not UTF-8":      "# \xff\n" + geoRule + "\n\xff\xfe",
		"continued":      "drop ip any any -> \\\nany any (sid:1;)\n" + geoRule,
		"lone return":    "a\rb\r",
		"byte order":     "\ufeff" + geoRule,
		"article":        readFile(t, "testdata/article.rules"),
		"zero":           "\x00\n" + geoRule,
		"trailing slash": geoRule + "\n\\",
	} {
		t.Run(name, func(t *testing.T) {
			parsed, _ := rules.Parse(text)
			if got := parsed.String(); got != text {
				t.Errorf("got %q, want %q", got, text)
			}
		})
	}
}

func TestParseRules(t *testing.T) {
	text := "# head\n\n" + geoRule + "\r\n  # # pass  tcp [10.0.0.0/8, !10.1.0.0/16] 1:80 <> $EXTERNAL_NET any ( nocase ; Content:! \"a\\;b\\\"\" ;SID : 7;)\n# alert on everything\nALERT\tHTTP any any ->\tany any (flowbits:noalert;sid:8;)"
	parsed, err := rules.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	type placed struct {
		rules.Position
		rules.Rule
	}
	var got []placed
	for at, rule := range parsed.Rules() {
		got = append(got, placed{at, rule})
	}
	want := []placed{
		{rules.Position{Line: 3, Column: 1}, rules.Rule{
			Action: rules.Drop, Protocol: "ip", Source: "any", SourcePort: "any", Direction: rules.Forward, Destination: "any", DestinationPort: "any",
			Options: []rules.Option{{Keyword: "msg", Value: `"from JP"`}, {Keyword: "geoip", Value: "src,JP"}, {Keyword: "sid", Value: "1"}},
		}},
		{rules.Position{Line: 4, Column: 3}, rules.Rule{
			Disabled: true, Action: rules.Pass, Protocol: "tcp", Source: "[10.0.0.0/8, !10.1.0.0/16]", SourcePort: "1:80", Direction: rules.Either,
			Destination: "$EXTERNAL_NET", DestinationPort: "any",
			Options: []rules.Option{{Keyword: "nocase", Bare: true}, {Keyword: "content", Value: `! "a\;b\""`}, {Keyword: "sid", Value: "7"}},
		}},
		{rules.Position{Line: 6, Column: 1}, rules.Rule{
			Action: rules.Alert, Protocol: "http", Source: "any", SourcePort: "any", Direction: rules.Forward, Destination: "any", DestinationPort: "any",
			Options: []rules.Option{{Keyword: "flowbits", Value: "noalert"}, {Keyword: "sid", Value: "8"}},
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	for range parsed.Rules() {
		break // must not panic
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct {
		name, line string
		column     int
		want       string // in the problem or the fix
	}{
		{"no options", "drop ip any any -> any any", 27, "no options"},
		{"header too short", "drop any any -> any any (sid:1;)", 25, "destination port is missing"},
		{"header much too short", "drop ip (sid:1;)", 9, "source is missing"},
		{"one word", "nonsense", 9, "protocol is missing"},
		{"arrow", "drop ip any any => any any (sid:1;)", 17, "write -> or <>"},
		{"no blank before parenthesis", "drop ip any any -> any any(sid:1;)", 27, "blank before the parenthesis"},
		{"tab", "drop ip any\tany -> any any (sid:1;)", 12, "tab"},
		{"open bracket", "drop ip [any any -> any any (sid:1;)", 9, "not closed"},
		{"closing bracket", "drop ip any] any -> any any (sid:1;)", 12, "closes none"},
		{"no last semicolon", "drop ip any any -> any any (sid:1)", 34, "no semicolon ends"},
		{"escaped semicolon", `drop ip any any -> any any (content:"a\;)`, 41, "no semicolon ends"},
		{"semicolon in text", `drop ip any any -> any any (msg:"a;b"; sid:1;)`, 33, `write \; for a semicolon`},
		{"two semicolons", "drop ip any any -> any any (sid:1;;)", 35, "no keyword"},
		{"colon alone", "drop ip any any -> any any (:1;)", 29, "no keyword"},
		{"no keyword", "drop ip any any -> any any (si d:1;)", 31, "is no keyword"},
		{"text behind", "drop ip any any -> any any (sid:1;) # JP", 35, "behind the closing parenthesis"},
		{"option behind", "drop ip any any -> any any (sid:1;) rev:1;)", 35, "behind the closing parenthesis"},
		{"continued", `drop ip any any -> any any (sid:1; \`, 36, `Illegal option syntax: \`},
		{"not UTF-8", "drop ip any any -> any any (msg:\"\xff\"; sid:1;)", 34, "UTF-8"},
		{"zero byte", "drop ip any any -> any any (msg:\"a\x00\"; sid:1;)", 35, "zero byte"},
	} {
		t.Run(test.name, func(t *testing.T) {
			parsed, err := rules.Parse("# c\n  " + test.line)
			bad, ok := errors.AsType[*rules.ParseError](err)
			if !ok {
				t.Fatalf("got %v, want a ParseError", err)
			}
			if want := (rules.Position{Line: 2, Column: test.column + 2}); bad.Position != want {
				t.Errorf("got position %v, want %v", bad.Position, want)
			}
			if !strings.Contains(bad.Problem+bad.Fix, test.want) || bad.Fix == "" {
				t.Errorf("got %q, want %q", bad, test.want)
			}
			if len(parsed.Errors()) != 1 {
				t.Errorf("got errors %v, want one", parsed.Errors())
			}
		})
	}
}

// A text with errors gives all of them, and its good rules.
func TestParseAllErrors(t *testing.T) {
	text := strings.Repeat("bad\n"+geoRule+"\n", 12) + "drop ip any any -> any any (sid:1; \\\n bad \\\n bad;)\n" + geoRule
	parsed, err := rules.Parse(text)
	all, ok := errors.AsType[rules.ParseErrors](err)
	if !ok || len(all) != 13 {
		t.Fatalf("got %d errors, want 13: %v", len(all), err)
	}
	if last := all[12]; last.Line != 25 {
		t.Errorf("got line %d, want 25", last.Line)
	}
	if n := count(parsed); n != 13 {
		t.Errorf("got %d rules, want 13", n)
	}
	message := err.Error()
	if !strings.HasPrefix(message, "rules: parse: line 1, column 4: ") || !strings.HasSuffix(message, "; and 3 more") || strings.Contains(message, "\n") {
		t.Errorf("got %q", message)
	}
	if _, ok := errors.AsType[*rules.ParseError](err); !ok {
		t.Error("the error does not unwrap to a ParseError")
	}
}

// Comments are never errors.
func TestParseComments(t *testing.T) {
	parsed, err := rules.Parse("# drop ip any any\n#drop\n# alert ip any any -> any any (sid:1\n#\n## config x\n# goes on \\\n" + geoRule)
	if err != nil || count(parsed) != 1 {
		t.Errorf("got %d rules and %v, want one", count(parsed), err)
	}
}

// All rules of the article are read, and written as they were.
func TestParseArticle(t *testing.T) {
	text := readFile(t, "testdata/article.rules")
	parsed, err := rules.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var written strings.Builder
	for _, rule := range parsed.Rules() {
		written.WriteString(rule.String() + "\n")
	}
	// The last one has a blank behind a colon.
	if want := strings.Replace(text, "sid: 202409306", "sid:202409306", 1); written.String() != want || count(parsed) != 7 {
		t.Errorf("got\n%s\nwant\n%s", written.String(), want)
	}
}

func count(t rules.Text) (n int) {
	for range t.Rules() {
		n++
	}
	return n
}
