package rules_test

import (
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// allCountries are the valid codes among all pairs of letters.
func allCountries() []string {
	var codes []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if code := string([]rune{a, b}); rules.ValidCountry(code) {
				codes = append(codes, code)
			}
		}
	}
	return codes
}

func TestCountries(t *testing.T) {
	codes := allCountries()
	if len(codes) != 250 {
		t.Errorf("got %d codes, want 249 of ISO 3166-1 and XK", len(codes))
	}
	names := map[string]string{}
	for _, code := range codes {
		name := rules.CountryName(code)
		if strings.ContainsAny(name, `";\`) || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s: name %q cannot stand in a msg", code, name)
		}
		if other, taken := names[name]; taken {
			t.Errorf("%s and %s are both %s", code, other, name)
		}
		names[name] = code
		if reason, fix := rules.CountryProblem(code); reason != "" || fix != "" {
			t.Errorf("%s: got problem %q, %q", code, reason, fix)
		}
	}
}

func TestCountryProblem(t *testing.T) {
	tests := []struct{ code, reason, fix string }{
		{"UK", "AWS refuses", "use GB"},
		{"uk", "AWS refuses", "use GB"},
		{"EL", "Greece", "use GR"},
		{"TP", "East Timor", "use TL"},
		{"YU", "Yugoslavia", "use RS and ME"},
		{"AN", "Antilles", "use BQ, CW and SX"},
		{"AC", "Ascension", "use SH"},
		{"TA", "Tristan", "use SH"},
		{"EA", "Ceuta", "use ES"},
		{"IC", "Canary", "use ES"},
		{"SU", "Soviet", "use RU"},
		{"CS", "Czechoslovakia", "use RS and ME"},
		{"AP", "region", "name the countries"},
		{"EU", "no country", "name the countries"},
		{"jp", "lower case never matches", "use JP"},
		{"Jp", "lower case never matches", "use JP"},
		{" JP", "blank is part of the code", "use JP"},
		{"JP\t", "blank is part of the code", "use JP"},
		{"!JP", "negates all countries", ""},
		{"", "empty", ""},
		{"ZZ", "no ISO 3166-1", ""},
		{"USA", "no ISO 3166-1", "two letters"},
		{"japan", "no ISO 3166-1", "use JP"},
		{"J\x00", "no ISO 3166-1", ""},
	}
	for _, test := range tests {
		if rules.ValidCountry(test.code) || rules.CountryName(test.code) != "" {
			t.Errorf("%q is valid", test.code)
		}
		reason, fix := rules.CountryProblem(test.code)
		if !strings.Contains(reason, test.reason) || !strings.Contains(fix, test.fix) || test.fix == "" && fix != "" {
			t.Errorf("%q: got %q, %q", test.code, reason, fix)
		}
	}
	for code := range strings.FieldsSeq("AC AN AP CS EA EU IC SU TA TP UK YU") {
		if rules.ValidCountry(code) {
			t.Errorf("%s is valid, and the API refused it", code)
		}
		if _, fix := rules.CountryProblem(code); fix == "" {
			t.Errorf("%s has no fix", code)
		}
	}
}
