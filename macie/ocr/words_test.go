package ocr

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplitWords(t *testing.T) {
	tests := []struct {
		name, text string
		words      []string
		want       string // columns of the words found, with the number of the word
	}{
		{"usual", "Card 4111 1111", []string{"Card", "4111", "1111"}, "0:1-5 1:6-10 2:11-15"},
		{"repeated", "a a a", []string{"a", "a", "a"}, "0:1-2 1:3-4 2:5-6"},
		{"more blanks", "  a   b ", []string{"a", "b"}, "0:3-4 1:7-8"},
		{"no blanks between", "日本語", []string{"日本", "語"}, "0:1-3 1:3-4"},
		{"blanks in a word", "a b c", []string{"a b", "c"}, "0:1-4 1:5-6"},
		{"split otherwise", "ab c", []string{"a", "bc"}, "0:1-2 1:2-5"},
		{"code points", "né € x", []string{"né", "€", "x"}, "0:1-3 1:4-5 2:6-7"},
		{"breaks in both", "a\nb c", []string{"a\nb", "c"}, "0:1-4 1:5-6"},
		{"empty words", "a b", []string{"", "a", " ", "b", ""}, "1:1-2 3:3-4"},
		{"nothing", "", nil, ""},
		{"no words", "a b", nil, ""},
		{"no text", "", []string{"a"}, ""},
		{"one misread", "Total 1OO EUR", []string{"Total", "100", "EUR"}, "0:1-6 2:11-14"},
		{"one missing", "a b c", []string{"a", "c"}, "0:1-2 1:5-6"},
		{"one too many", "a c", []string{"a", "b", "c"}, "0:1-2 2:3-4"},
		{"one of two missing: which?", "a a x", []string{"a", "x"}, "1:5-6"},
		{"one of two missing: the one behind", "a x a", []string{"a", "x"}, "0:1-2 1:3-4"},
		{"one of two that are not there: which?", "a x", []string{"a", "a", "x"}, "2:3-4"},
		{"the same between two that are unique", "x 1 1 y ?", []string{"x", "1", "1", "y", "!"}, "0:1-2 1:3-4 2:5-6 3:7-8"},
		{"another order", "b a ?", []string{"a", "b", "!"}, ""},
		{"part of a token", "4111-1111 x", []string{"4111", "x"}, "1:11-12"},
		{"nothing in common", "abc", []string{"def"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := showWords(SplitWords(test.text, placed(test.words))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// placed numbers the words by their boxes.
func placed(texts []string) []PlacedWord {
	var words []PlacedWord
	for i, text := range texts {
		words = append(words, PlacedWord{Text: text, Box: Box{Left: float32(i)}})
	}
	return words
}

func showWords(words []Word) string {
	var parts []string
	for _, w := range words {
		parts = append(parts, fmt.Sprintf("%v:%d-%d", w.Box.Left, w.Start, w.End))
	}
	return strings.Join(parts, " ")
}

func FuzzSplitWords(f *testing.F) {
	f.Add("Card 4111 1111", "Card|4111|1111")
	f.Add("a x a", "a|x")
	f.Add("日本語 \xff b", "日本|語 |b|b")
	f.Fuzz(func(t *testing.T, text, joined string) {
		texts := strings.Split(joined, "|")
		shown := rendered(text)
		end := 1
		for _, w := range SplitWords(text, placed(texts)) {
			if w.Start < end || w.End <= w.Start || w.End > utf8.RuneCountInString(shown)+1 {
				t.Fatalf("word at %d to %d after %d in %q", w.Start, w.End, end, shown)
			}
			if got, want := squeezed(cut(shown, w.Start, w.End)), squeezed(texts[int(w.Box.Left)]); got != want {
				t.Errorf("at %d of %q is %q, not %q", w.Start, shown, got, want)
			}
			end = w.End
		}
	})
}

// TestSplitWordsLossy leaves words out at random: a word that is found must be at
// its own place.
func TestSplitWordsLossy(t *testing.T) {
	random := newRandom(1)
	found := 0
	for range 20_000 {
		var all, kept []string
		var starts []int
		column := 1
		for range 1 + random.IntN(6) {
			word := strings.Repeat("a", 1+random.IntN(3))
			all = append(all, word)
			if random.IntN(5) > 0 {
				kept = append(kept, word)
				starts = append(starts, column)
			}
			column += len(word) + 1
		}
		for _, w := range SplitWords(strings.Join(all, " "), placed(kept)) {
			found++
			if want := starts[int(w.Box.Left)]; w.Start != want {
				t.Fatalf("%q of %q: word %v found at %d, is at %d", kept, all, w.Box.Left, w.Start, want)
			}
		}
	}
	if found < 20_000 {
		t.Errorf("only %d words were found", found)
	}
}
