package rules_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

func TestParseGeoIP(t *testing.T) {
	for _, test := range []struct {
		value     string
		match     rules.Match
		countries string
		negated   bool
		odd       string // codes with their columns
	}{
		{"src,JP", rules.Src, "JP", false, ""},
		{" dst,JP,US ", rules.Dst, "JP US", false, ""},
		{"both,!JP,!US", rules.Both, "JP US", true, ""},
		{"any,JP", rules.Any, "JP", false, ""},
		{"US", rules.Any, "US", false, "1 geoip-no-match"},
		{"!US", rules.Any, "US", true, "1 geoip-no-match"},
		{"US,JP", rules.Any, "US JP", false, "1 geoip-no-match"},
		{"UK,FR", rules.Any, "UK FR", false, "1 geoip-no-match, 1 geoip-country"},
		{"dest,JP", rules.Any, "de JP", false, "1 geoip-match"},
		{"DEST,JP", rules.Any, "DE JP", false, "1 geoip-match"},
		{"source,JP", rules.Any, "so JP", false, "1 geoip-match"},
		{"SRC,JP", rules.Any, "SRC JP", false, "1 geoip-match"},
		{"src ,JP", rules.Any, "sr JP", false, "1 geoip-match"},
		{"dstn,JP", rules.Any, "ds JP", false, "1 geoip-match"},
		{"s,US", rules.Src, "US", false, "1 geoip-match"},
		{"ds,US", rules.Dst, "US", false, "1 geoip-match"},
		{"b,US", rules.Both, "US", false, "1 geoip-match"},
		{"a,US", rules.Any, "US", false, "1 geoip-match"},
		{",US", rules.Src, "US", false, "1 geoip-match"},
		{"!src,US", rules.Any, "src US", true, "1 geoip-match, 6 geoip-mixed-negation"},
		{"src,dst,US", rules.Src, "dst US", false, "5 geoip-match"},
		{"US,src", rules.Any, "US src", false, "1 geoip-no-match, 4 geoip-match"},
		{"src", rules.Any, "src", false, "1 geoip-empty"},
		{"src,", rules.Src, "", false, "5 geoip-empty-item, 1 geoip-never"},
		{"src,US,", rules.Src, "US ", false, "8 geoip-empty-item"},
		{"src,!,US", rules.Src, " US", true, "5 geoip-empty-item, 7 geoip-mixed-negation"},
		{"src,US,!JP", rules.Src, "US JP", true, "5 geoip-mixed-negation"},
		{"src,!US,UK,FR", rules.Src, "US UK FR", true, "9 geoip-mixed-negation, 9 geoip-country"},
		{"src,us,JP", rules.Src, "us JP", false, "5 geoip-case"},
		{"src, US,JP", rules.Src, " US JP", false, "5 geoip-blank"},
		{"src,! US", rules.Src, " US", true, "5 geoip-blank"},
		{"src,US ,JP", rules.Src, "US  JP", false, "5 geoip-blank"},
		{"src,USA,JP", rules.Src, "USA JP", false, "5 geoip-country"},
		{"src,USAX", rules.Src, "US", false, "5 geoip-country"},
		{"src,!!US", rules.Src, "!US", true, "5 geoip-country"},
		{"src,UK", rules.Src, "UK", false, "5 geoip-country, 1 geoip-never"},
		{"src|US", rules.Any, "sr", false, "1 geoip-no-match, 1 geoip-country, 1 geoip-never"},
	} {
		t.Run(test.value, func(t *testing.T) {
			got, err := rules.ParseGeoIP(test.value)
			if err != nil {
				t.Fatal(err)
			}
			if got.Match != test.match || strings.Join(got.Countries, " ") != test.countries || got.Negated != test.negated {
				t.Errorf("got %s %q %v, want %s %q %v", got.Match, got.Countries, got.Negated, test.match, test.countries, test.negated)
			}
			var odd []string
			for _, issue := range got.Odd {
				odd = append(odd, string(rune('0'+issue.Column))+" "+string(issue.Code))
				if issue.Message == "" || issue.Fix == "" || issue.Severity == "" || issue.Source == "" {
					t.Errorf("the issue lacks something: %+v", issue)
				}
			}
			if strings.Join(odd, ", ") != test.odd {
				t.Errorf("got %v, want %s", got.Odd, test.odd)
			}
		})
	}
}

func TestParseGeoIPErrors(t *testing.T) {
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat("JP,", n), ",") }
	for value, want := range map[string]string{
		"": "no value", " \t": "no value", `"src,JP"`: "quotation marks",
		"src," + many(65): "65 countries", many(65): "65 countries",
	} {
		_, err := rules.ParseGeoIP(value)
		if bad, ok := errors.AsType[*rules.ParseError](err); !ok || !strings.Contains(bad.Problem, want) {
			t.Errorf("%q: got %v, want %q", value, err, want)
		}
	}
	for _, value := range []string{"src," + many(64), many(64)} {
		if g, err := rules.ParseGeoIP(value); err != nil || len(g.Countries) != 64 || len(g.Odd) > 1 {
			t.Errorf("%.10s…: got %v, %v, want 64 countries", value, g, err)
		}
	}
}

// What Suricata 7.0.10 did with packets is what the values mean.
func TestParseGeoIPMatches(t *testing.T) {
	corpus := readRefused(t)
	tried := 0
	for _, c := range corpus.Cases {
		parsed, err := rules.Parse(c.Text)
		if err != nil {
			continue
		}
		for _, rule := range parsed.Rules() {
			for _, p := range c.Packets {
				if n := len(rule.Options); n != 3 || rule.Source != "any" || strings.HasPrefix(c.Text, " ") {
					continue // more than one geoip and a sid
				}
				tried++
				if got := corpus.matches(t, rule, p); got != p.Matches {
					t.Errorf("%s: %s to %s: got %v, want %v", rule, p.Source, p.Destination, got, p.Matches)
				}
			}
		}
	}
	if tried < 30 {
		t.Errorf("only %d packets were tried", tried)
	}
}

func (r refused) matches(t *testing.T, rule rules.Rule, p refusedPacket) bool {
	g, err := rules.ParseGeoIP(rule.Options[1].Value)
	if err != nil {
		t.Fatal(err)
	}
	end := func(address string) bool {
		country := r.country(address)
		return country != "" && slices.Contains(g.Countries, country) != g.Negated
	}
	switch source, destination := end(p.Source), end(p.Destination); g.Match {
	case rules.Src:
		return source
	case rules.Dst:
		return destination
	case rules.Both:
		return source && destination
	default:
		return source || destination
	}
}

func (r refused) country(address string) string {
	for prefix, country := range r.Countries {
		if netip.MustParsePrefix(prefix).Contains(netip.MustParseAddr(address)) {
			return country
		}
	}
	return ""
}
