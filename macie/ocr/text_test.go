package ocr

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "Invoice 17", "Invoice 17"},
		{"empty", "", ""},
		{"line feed", "a\nb", "a b"},
		{"all breaks", "a\rb\vc\fd\u0085e\u2028f\u2029g", "a b c d e f g"},
		{"carriage return and line feed are two", "a\r\nb", "a  b"},
		{"controls", "\x00a\tb\x1b[0m\x7f\u009b", " a b [0m  "},
		{"invalid UTF-8, a blank a byte", "a\xffb\xc3(\xe2\x82", "a b (  "},
		{"a surrogate in UTF-8 is three bytes", "a\xed\xa0\x80b", "a   b"},
		{"the replacement character is text", "a\ufffdb", "a\ufffdb"},
		{"other languages", "Größe 10 €, \U0001F600 日本", "Größe 10 €, \U0001F600 日本"},
		{"not breaks", "\u00a0\u200b\ufeff\u202e", "\u00a0\u200b\ufeff\u202e"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Document{Pages: []Page{{Number: 1, Lines: []Line{{Text: test.text}, {Text: "next"}}}}}
			if got := d.Text(); got != test.want+"\nnext\n" {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if _, line, ok := d.Line(1); !ok || line.Text != test.want {
				t.Errorf("got line %q, %v", line.Text, ok)
			}
			if utf8.RuneCountInString(test.text) != utf8.RuneCountInString(test.want) {
				t.Error("columns do not keep")
			}
		})
	}
}

func TestTextOfPages(t *testing.T) {
	d := document("one\ntwo", "", "three")
	if got := d.Text(); got != "one\ntwo\nthree\n" {
		t.Errorf("got %q", got)
	}
	if got := (Document{}).Text(); got != "" {
		t.Errorf("got %q of an empty document", got)
	}
}

func TestLine(t *testing.T) {
	d := document("one\ntwo", "", "three", "")
	if d.Lines() != 3 {
		t.Errorf("got %d lines", d.Lines())
	}
	for n, want := range map[int]struct {
		page int
		text string
	}{1: {1, "one"}, 2: {1, "two"}, 3: {3, "three"}} {
		if page, line, ok := d.Line(n); !ok || page != want.page || line.Text != want.text {
			t.Errorf("line %d: got page %d, %q, %v", n, page, line.Text, ok)
		}
	}
	for _, n := range []int{0, -1, 4, -1 << 63, 1<<63 - 1} {
		if page, line, ok := d.Line(n); ok || page != 0 || line.Text != "" {
			t.Errorf("line %d: got page %d, %q", n, page, line.Text)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("plain")
	f.Add("a\r\n\u2028\xff\x00")
	f.Fuzz(func(t *testing.T, text string) {
		d := Document{Pages: []Page{{Number: 1, Lines: []Line{{Text: text}, {Text: text}}}}}
		got := d.Text()
		for _, broken := range []string{"\r", "\v", "\f", "\x00", "\u0085", "\u2028", "\u2029"} {
			if strings.Contains(got, broken) {
				t.Errorf("%q has %q", got, broken)
			}
		}
		if !utf8.ValidString(got) || strings.Count(got, "\n") != 2 || !strings.HasSuffix(got, "\n") {
			t.Errorf("%q is not two lines", got)
		}
		if utf8.RuneCountInString(got) != 2*utf8.RuneCountInString(text)+2 {
			t.Errorf("columns of %q do not keep: %q", text, got)
		}
		if cleaned := d.Clean(); cleaned.Text() != got || cleaned.Pages[0].Lines[0].Text+"\n"+cleaned.Pages[0].Lines[1].Text+"\n" != got {
			t.Errorf("cleaned it is %q, not %q", cleaned.Text(), got)
		}
	})
}
