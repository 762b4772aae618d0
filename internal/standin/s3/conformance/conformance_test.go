package conformance

import "testing"

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		problems, deviation, text string
		failed                    bool
	}{
		{"", "", "", false},
		{"wrong", "", "wrong", true},
		{"wrong", "ignored", "deviates: ignored\nwrong", false},
		{"", "ignored", "no longer deviates: ignored", true},
	} {
		if text, failed := verdict(c.problems, c.deviation); text != c.text || failed != c.failed {
			t.Errorf("%q, %q: got %q and %t, want %q and %t", c.problems, c.deviation, text, failed, c.text, c.failed)
		}
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, group := range cases {
		for _, c := range group {
			if seen[c.name] {
				t.Errorf("two cases %q", c.name)
			}
			seen[c.name] = true
		}
	}
}
