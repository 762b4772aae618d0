package rules_test

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// Any text comes back byte for byte, and a rule that is written and read again is the
// same rule.
func FuzzParse(f *testing.F) {
	f.Add(readFile(f, "testdata/article.rules"))
	for _, c := range readRefused(f).Cases {
		f.Add(c.Text)
	}
	for _, c := range lintCases {
		if len(c.bad) < 10_000 {
			f.Add(c.bad)
			f.Add(c.good + "\r\n# " + c.good)
		}
	}
	f.Add("drop ip any any -> any any (pcre:/x\\ ; noalert:; a::b; c:\\;;)\n#\n\\\n\v\f")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := rules.Parse(text)
		if parsed.String() != text {
			t.Fatalf("got %q, want %q", parsed.String(), text)
		}
		if (err == nil) != (len(parsed.Errors()) == 0) {
			t.Fatalf("got %v and %v", err, parsed.Errors())
		}
		for at, rule := range parsed.Rules() {
			written := rule.String()
			again, err := rules.Parse(written)
			if err != nil {
				t.Fatalf("%v: %q is written as %q, which is not read: %v", at, text, written, err)
			}
			for _, read := range again.Rules() {
				if !reflect.DeepEqual(read, rule) {
					t.Fatalf("got %+v, want %+v", read, rule)
				}
			}
			if count(again) != 1 {
				t.Fatalf("%q: got %d rules", written, count(again))
			}
		}
		issues := rules.Lint(parsed, rules.LintOptions{Variables: variables})
		if !slices.IsSortedFunc(issues, func(a, b rules.Issue) int {
			return (a.Line-b.Line)*1_000_000 + a.Column - b.Column
		}) {
			t.Fatalf("%q: the issues are not in order: %v", text, issues)
		}
		for _, issue := range issues {
			if issue.Line < 1 || issue.Column < 1 || issue.Severity == "" || issue.Message == "" || issue.Fix == "" {
				t.Fatalf("%q: the issue lacks something: %+v", text, issue)
			}
		}
	})
}

// A geoip value has 1 to 64 countries, and what is odd about it lies within it.
func FuzzGeoIP(f *testing.F) {
	for _, value := range []string{"src,JP", "!US", "both,!JP,us", " dest , JP", "src,!,", "US,JP,USAX,\xff", ",,,", `"`} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		g, err := rules.ParseGeoIP(value)
		if err != nil {
			return
		}
		if n := len(g.Countries); n == 0 || n > rules.MaxCountries {
			t.Fatalf("%q: got %d countries", value, n)
		}
		if !slices.Contains([]rules.Match{rules.Src, rules.Dst, rules.Any, rules.Both}, g.Match) {
			t.Fatalf("%q: got %q", value, g.Match)
		}
		for _, issue := range g.Odd {
			if issue.Column < 1 || issue.Column > len(value)+1 || issue.Severity == "" || issue.Fix == "" {
				t.Fatalf("%q: got %+v", value, issue)
			}
		}
		if len(g.Odd) == 0 && slices.ContainsFunc(g.Countries, func(c string) bool { return !rules.ValidCountry(c) }) {
			t.Fatalf("%q: a country of %q is wrong, and nothing is odd", value, g.Countries)
		}
	})
}

// The ranges of a set are in order and apart, and Contains knows their ends.
func FuzzAddresses(f *testing.F) {
	for _, text := range []string{"any", "[10.0.0.0/8,!10.1.0.0/16]", "![$HOME_NET,$WEB]", "::1", "10.0.0.1-10.0.0.9", "!255.255.255.255", "[!::/0,any]", "$LOOP", "10.0.0.0/255.0.0.0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := rules.ParseAddresses(text)
		if err != nil {
			return
		}
		set, err := a.Resolve(variables)
		if err != nil {
			return
		}
		for i, r := range set.Ranges {
			if r.To.Less(r.From) || i > 0 && !set.Ranges[i-1].To.Next().Less(r.From) && r.From.Is4() == set.Ranges[i-1].To.Is4() {
				t.Fatalf("%q: got %v", text, set.Ranges)
			}
			for address, want := range map[netip.Addr]bool{r.From: true, r.To: true, r.From.Prev(): false, r.To.Next(): false} {
				if address.IsValid() && set.Contains(address) != want {
					t.Fatalf("%q: %s is %v in %v", text, address, !want, set.Ranges)
				}
			}
		}
		if len(set.Ranges) == 0 {
			t.Fatalf("%q: nothing is left, and no error", text)
		}
	})
}

// A port is in a set as the terms have it.
func FuzzPorts(f *testing.F) {
	for _, text := range []string{"any", "[80,443]", "![1:100]", ":1024", "[1:100,!50]", "!$WEB", "1024:"} {
		f.Add(text, uint16(80))
	}
	f.Fuzz(func(t *testing.T, text string, port uint16) {
		p, err := rules.ParsePorts(text)
		if err != nil {
			return
		}
		set, err := p.Resolve(variables)
		if err != nil || slices.ContainsFunc(p.Terms, func(t rules.PortTerm) bool { return t.Variable != "" }) {
			return
		}
		wanted, onlyNegated := false, true
		for _, term := range p.Terms {
			in := term.From <= port && port <= term.To
			onlyNegated = onlyNegated && term.Negated
			wanted = wanted || !term.Negated && in
		}
		wanted = wanted || onlyNegated
		for _, term := range p.Terms {
			if term.Negated && term.From <= port && port <= term.To {
				wanted = false
			}
		}
		if set.Contains(port) != wanted {
			t.Fatalf("%q: %d is %v in %v", text, port, !wanted, set)
		}
	})
}
