package ses

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzMaskAddress shows no more of a local part than its first character.
func FuzzMaskAddress(f *testing.F) {
	for _, a := range []string{"anna@example.com", `"a@b"@x.org`, "@", "", "ä@x", "a@b@c"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, address string) {
		masked, domain := maskAddress(address), ""
		if at := strings.LastIndexByte(address, '@'); at >= 0 {
			domain = address[at:]
		}
		shown, ok := strings.CutSuffix(masked, "***"+domain)
		if !ok || utf8.RuneCountInString(shown) > 1 || domain == "" && shown != "" {
			t.Errorf("%q: %q", address, masked)
		}
	})
}

// FuzzSameAttributes compares two texts either way, and one with itself.
func FuzzSameAttributes(f *testing.F) {
	f.Add(`{"a":1}`, `{ "a": 1 }`)
	f.Add(`{"a":1}`, `{"a":1} {}`)
	f.Add(`{"a":1,"a":2}`, `{"a":2}`)
	f.Add("", "null")
	f.Fuzz(func(t *testing.T, a, b string) {
		if sameAttributes(&a, &b) != sameAttributes(&b, &a) || !sameAttributes(&a, &a) {
			t.Errorf("%q and %q", a, b)
		}
		if sameAttributes(&a, &b) && a != b && !(json.Valid([]byte(a)) && json.Valid([]byte(b))) {
			t.Errorf("%q is %q", a, b)
		}
	})
}
