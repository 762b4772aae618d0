package printable_test

import (
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/printable"
)

func TestTexts(t *testing.T) {
	tests := []struct{ text, escaped, replaced string }{
		{"", "", ""},
		{"plain, Größe, 日本", "plain, Größe, 日本", "plain, Größe, 日本"},
		{"a\nb", `a\u000ab`, "a\ufffdb"},
		{"\x1b[31m", `\u001b[31m`, "\ufffd[31m"},
		{"a\u202eb", `a\u202eb`, "a\ufffdb"},
		{"\u2800\ufe0f\u3164", `\u2800\ufe0f\u3164`, "\ufffd\ufffd\ufffd"},
		{"\xff", `\xff`, "\ufffd"},
		{"\U000e0001", `\U000e0001`, "\ufffd"},
	}
	for _, test := range tests {
		if got := printable.Escape(test.text); got != test.escaped {
			t.Errorf("%q: escaped %q, want %q", test.text, got, test.escaped)
		}
		if got := printable.Replace(test.text); got != test.replaced {
			t.Errorf("%q: replaced %q, want %q", test.text, got, test.replaced)
		}
	}
	if s := strings.Repeat("a", 1000); printable.Escape(s) != s {
		t.Error("a text without anything to escape is changed")
	}
}
