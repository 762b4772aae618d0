package ocr

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSnippet(t *testing.T) {
	d := document("Card 4111 1111 of Jo, 555 1234\nGröße 4111\nlast line")
	card := Span{Line: 1, Column: 6, EndColumn: 15}
	phone := Span{Line: 1, Column: 23}
	tests := []struct {
		name    string
		span    Span
		all     []Span
		context int
		want    string
	}{
		{"alone", card, nil, 0, "…█████████…"},
		{"context", card, nil, 3, "…rd █████████ of…"},
		{"to the beginning", card, nil, 5, "Card █████████ of J…"},
		{"to both ends", card, nil, 100, "Card █████████ of Jo, 555 1234"},
		{"the largest context", card, nil, 1<<63 - 1, "Card █████████ of Jo, 555 1234"},
		{"negative context", card, nil, -5, "…█████████…"},
		{"another in the context", card, []Span{card, phone}, 100, "Card █████████ of Jo, ████████"},
		{"another half in the context", card, []Span{phone}, 9, "Card █████████ of Jo, █…"},
		{"another that is not valid", card, []Span{{Line: 1, Column: 40}}, 3, "…███████████████…"},
		{"another without characters", card, []Span{{Line: 1, Column: 20, EndColumn: 20}}, 3, "…███████████████…"},
		{"another over lines", card, []Span{{Line: 1, Column: 19, EndLine: 2}}, 100, "Card █████████ of ████████████"},
		{"another elsewhere", card, []Span{{Line: 2}, {Line: -3, EndLine: 0}}, 2, "…d █████████ o…"},
		{"end unknown", phone, nil, 4, "…Jo, ████████"},
		{"column unknown", Span{Line: 3}, nil, 10, "█████████"},
		{"behind text beyond ASCII", Span{Line: 2, Column: 7, EndColumn: 11}, nil, 10, "██████████"},
		{"lines", Span{Line: 1, Column: 23, EndLine: 3, EndColumn: 5}, nil, 5, "… Jo, ████████ ██████████ ████ line"},
		{"not in the document", Span{Line: 9}, nil, 5, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := d.Snippet(test.span, test.all, test.context); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestSnippetLeaksNothing reads snippets of random spans: no character of any span,
// counted in code points, in UTF-16 or in bytes, is in them.
func TestSnippetLeaksNothing(t *testing.T) {
	for seed := range uint64(10_000) {
		checkSnippets(t, seed, 1+int(seed%40))
	}
}

func FuzzSnippet(f *testing.F) {
	f.Add(uint64(1), 5)
	f.Add(uint64(2), 1<<60)
	f.Add(uint64(3), -1)
	f.Fuzz(checkSnippets)
}

func checkSnippets(t *testing.T, seed uint64, context int) {
	random := newRandom(seed)
	d := randomDocument(random)
	var all []Span
	for range random.IntN(4) {
		all = append(all, randomSpan(random, d))
	}
	s := randomSpan(random, d)
	got := d.Snippet(s, all, context)
	if d.Valid(s) != (got != "") && d.Slice(s) != "" {
		t.Fatalf("%+v is valid: %v, its snippet is %q", s, d.Valid(s), got)
	}
	for _, hidden := range append(all, s) {
		if !d.Valid(hidden) {
			continue
		}
		for n := hidden.Line; n <= hidden.last(); n++ {
			_, line, _ := d.Line(n)
			for _, count := range []func(rune) int{one, utf16Length, utf8.RuneLen} {
				column := 1
				for _, r := range line.Text {
					if hidden.has(n, column, column+count(r)) && r != ' ' && strings.ContainsRune(got, r) {
						t.Fatalf("%+v, with %+v in it, of %q shows %q: %q", s, hidden, line.Text, r, got)
					}
					column += count(r)
				}
			}
		}
	}
	if masks := strings.Count(got, string(Mask)); masks < utf8.RuneCountInString(strings.ReplaceAll(d.Slice(s), "\n", "")) {
		t.Fatalf("%+v: %d masks in %q for %q", s, masks, got, d.Slice(s))
	}
}
