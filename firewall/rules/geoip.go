package rules

import (
	"fmt"
	"strings"
)

// A GeoIP is what the value of a geoip keyword means to Suricata.
type GeoIP struct {
	Match     Match
	Countries []string // as they are compared with the database: by case, blanks included
	Negated   bool     // all of them: a country matches if it is none of these

	// Odd says where the value does not mean what it seems to, with columns in the
	// value; see [Lint].
	Odd []Issue
}

// MaxCountries is the number of countries that a geoip keyword takes.
const MaxCountries = 64

// ParseGeoIP reads the value of a geoip keyword as Suricata 7 does (detect-geoip.c, and
// tried on 7.0.10), which takes nearly everything:
//
//   - without src, dst, any or both before the first comma, it is any, and the word there
//     is a country; the beginning of one of these words is that word, nothing is src;
//   - one ! negates all countries;
//   - a blank is part of the country beside it, which then never matches;
//   - of four letters or more, the first two count.
//
// The error is a [*ParseError] without line: the value is empty, in quotation marks or
// has more than 64 countries, all of which Suricata refuses.
func ParseGeoIP(value string) (GeoIP, error) {
	value = strings.Trim(value, blanks)
	switch {
	case value == "":
		return GeoIP{}, problem(0, "geoip has no value", "name the end and the countries, as in geoip:src,JP")
	case value[0] == '"':
		return GeoIP{}, problem(0, "geoip takes no quotation marks", "leave them out")
	}
	g := GeoIP{Match: Any}
	items := strings.Split(value, ",")
	first := 0
	if match, ok := matchOf(items[0]); ok && len(items) > 1 {
		g.Match, first = match, 1
	}
	if n := len(items) - first; n > MaxCountries {
		return GeoIP{}, problem(0, fmt.Sprintf("geoip has %d countries, more than the %d that it takes", n, MaxCountries), splitFix)
	}
	for _, item := range items[first:] {
		country, negated := strings.CutPrefix(item, "!")
		g.Negated = g.Negated || negated
		g.Countries = append(g.Countries, compared(country))
	}
	g.Odd = oddGeoIP(g, items, first)
	return g, nil
}

const splitFix = "write several rules; with ! repeat the keyword in one rule, as in geoip:src,!A; geoip:src,!B"

// matchOf reads the word before the first comma: src, dst, both or any, or the
// beginning of one.
func matchOf(word string) (Match, bool) {
	for _, m := range []Match{Src, Dst, Both, Any} {
		if strings.HasPrefix(string(m), word) {
			return m, true
		}
	}
	return "", false
}

// compared is what Suricata keeps of a country.
func compared(country string) string {
	if len(country) > 3 {
		return country[:2]
	}
	return country
}
