package networkfirewall

import (
	"strings"
	"testing"
)

// Whatever the text, it is taken or refused, and what is taken consumes a unit a rule.
func FuzzCheckRuleGroup(f *testing.F) {
	for _, seed := range []string{
		`drop ip any any -> any any (geoip:src,!US,!GB; sid:1;)`, `(`, `()`, `)(`, `a b c d -> e f ()`, `[ ] [ -> ]`,
		`pass tcp [10.0.0.0/8, 10.1.0.0/16] any <> $X 443 (msg:"a\; b"; sid:2;)`, "#\n\n\\\n", `drop ip any any -> any any (sid:1;;)`, `drop ip any any -> any any (\`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rules string) {
		consumed, err := checkRuleGroup(text(rules), maxCapacity)
		if err == nil && int(consumed) > strings.Count(rules, "\n")+1 {
			t.Errorf("%d rules in %q", consumed, rules)
		}
	})
}
