package macie2

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
)

// FuzzMatches looks for texts and keywords that make matching panic, and checks
// that every place it tells is in the text.
func FuzzMatches(f *testing.F) {
	f.Add(`\d{3}`, "key", "Key 123\nİ 456", int16(50))
	f.Add(`[A-Z]+\s`, "ſſſ", "ſſſ A\nB", int16(3))
	f.Add(`.`, "\xff", "\xff\n", int16(1))
	f.Fuzz(func(t *testing.T, regex, keyword, text string, distance int16) {
		compiled, err := regexp.Compile(regex)
		if err != nil || len(text) > 1_000 {
			t.Skip()
		}
		folded := fold(text)
		if len(folded) != len(text) {
			t.Fatalf("%q became %q", text, folded)
		}
		c := criteria{regex: compiled, keywords: []string{fold(keyword)}, distance: int(distance)}
		spans := c.matches(text, folded)
		lines := strings.Split(text, "\n")
		for i, r := range rangesOf(spans, text) {
			line := lines[*r.Start-1]
			if column := int(*r.StartColumn); column < 1 || column > utf8.RuneCountInString(line)+1 || *r.End < *r.Start || int(*r.End) > len(lines) {
				t.Errorf("%q: span %v is at %d-%d:%d", text, spans[i], *r.Start, *r.End, *r.StartColumn)
			}
		}
		for _, m := range managed {
			for _, at := range m.matches(text, folded) {
				if at.start >= at.end || at.end > len(text) {
					t.Errorf("%q: %s found %v", text, m.id, at)
				}
			}
		}
	})
}

// FuzzPolicy looks for policies that make the check panic, and checks that what
// is no JSON allows nothing.
func FuzzPolicy(f *testing.F) {
	f.Add(`{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"a": true}}}]}`)
	f.Add(`{"Statement": {"Effect": "Allow"}}`)
	f.Add(`{"Statement": [{"Effect": "Deny", "NotAction": [], "Action": [1, null, {}]}]}`)
	f.Add("{\"Statement\": [{\"Principal\": \"*\", \"Action\": {\"\x85\": 1}, \"Resource\": \"*\"}]}")
	f.Fuzz(func(t *testing.T, text string) {
		if permits(text, "s3:PutObject", "arn:aws:s3:::b/k", "eu-central-1", nil) && !json.Valid([]byte(text)) {
			t.Errorf("%q allows", text)
		}
	})
}

// FuzzWildcard compares wildcard with a regular expression.
func FuzzWildcard(f *testing.F) {
	for _, pattern := range []string{"", "*", "a*b", "a**?c", "arn:aws:s3:::b/*/x", "?"} {
		f.Add(pattern, "aabbc")
		f.Add(pattern, "arn:aws:s3:::b/a/b/x")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if strings.ContainsFunc(pattern+text, func(r rune) bool { return r >= utf8.RuneSelf }) {
			t.Skip()
		}
		expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
		if got, want := wildcard(pattern, text), regexp.MustCompile("(?s)^"+expression+"$").MatchString(text); got != want {
			t.Errorf("%q, %q: got %t", pattern, text, got)
		}
	})
}

// TestRecommended checks that the recommended set and what is looked for are
// identifiers that there are.
func TestRecommended(t *testing.T) {
	for _, id := range recommended {
		if !isManaged(id) {
			t.Errorf("%s is none", id)
		}
	}
	for _, m := range managed {
		if !isManaged(m.id) {
			t.Errorf("%s is none", m.id)
		}
	}
	if len(recommended) != 35 {
		t.Errorf("got %d", len(recommended))
	}
}

// BenchmarkDetect looks for all managed identifiers in a page of text.
func BenchmarkDetect(b *testing.B) {
	text := "passport A12345678\n" + strings.Repeat("Lorem ipsum dolor sit amet, consectetur 12345678 elit\n", 50)
	j := &job{in: &macie2sdk.CreateClassificationJobInput{}}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if got := j.detect(object{body: []byte(text)}, nil); len(got) != 1 {
			b.Fatal(got)
		}
	}
}
