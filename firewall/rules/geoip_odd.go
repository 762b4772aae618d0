package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// oddGeoIP finds what in a geoip value is not as it seems. The countries are those of
// items from first on.
func oddGeoIP(g GeoIP, items []string, first int) []Issue {
	o := &oddities{}
	column := 1
	for i, item := range items {
		switch {
		case i == 0 && o.matchOn(g, item, first):
		case g.mixes(items[first:], item):
			o.add(column, CodeGeoIPMixed, fmt.Sprintf("one ! negates all countries of its keyword, %s as well", item), "write ! before each, or two rules")
			o.country(column, item, g)
		default:
			o.country(column, item, g)
		}
		column += len(item) + 1
	}
	if o.nothing(g) {
		o.add(1, CodeGeoIPNever, "no address is in what the list names, by the letters that Suricata compares", "use codes of ISO 3166-1 alpha-2 in upper case")
	}
	return o.issues
}

type oddities struct{ issues []Issue }

func (o *oddities) add(column int, code Code, message, fix string) {
	o.issues = append(o.issues, newIssue(Position{Column: column}, code, message, fix))
}

// nothing reports whether g matches no address and that has not been said.
func (o *oddities) nothing(g GeoIP) bool {
	said := slices.ContainsFunc(o.issues, func(i Issue) bool { return i.Code == CodeGeoIPEmpty })
	return !g.Negated && !said && !slices.ContainsFunc(g.Countries, ValidCountry)
}

// mixes reports whether item is the first country without ! beside others with it.
func (g GeoIP) mixes(countries []string, item string) bool {
	if !g.Negated || strings.HasPrefix(item, "!") {
		return false
	}
	for _, c := range countries {
		if !strings.HasPrefix(c, "!") {
			return c == item
		}
	}
	return false
}

// matchOn looks at the first item, and reports whether it is no country.
func (o *oddities) matchOn(g GeoIP, item string, first int) bool {
	meant, isWord := meantMatch(item)
	switch {
	case first == 1 && item == string(g.Match):
		return true
	case first == 1:
		o.add(1, CodeGeoIPMatch, fmt.Sprintf("Suricata reads %q as %s", item, g.Match), "write "+string(g.Match))
		return true
	case isWord && len(g.Countries) == 1:
		o.add(1, CodeGeoIPEmpty, fmt.Sprintf("geoip names no country: Suricata takes %q for one, which no address is in", item), "name countries behind a comma, as in geoip:src,JP")
		return true
	case isWord:
		o.add(1, CodeGeoIPMatch, fmt.Sprintf("%q is not src, dst, any or both: Suricata takes it for the country %q, and looks at both ends of the packet (any)", item, g.Countries[0]), "write "+string(meant))
		return true
	}
	o.add(1, CodeGeoIPNoMatch, "without src, dst, any or both it is any: a packet matches from and to the countries", "write any, or the end that is meant, before the countries")
	return false
}

// matchWords are what people write for an end of a packet.
var matchWords = map[string]Match{
	"src": Src, "source": Src, "from": Src, "scr": Src, "srcs": Src,
	"dst": Dst, "dest": Dst, "destination": Dst, "to": Dst, "target": Dst, "dts": Dst,
	"any": Any, "either": Any, "or": Any,
	"both": Both, "and": Both,
}

// meantMatch tells words for an end of a packet from countries. What is written in
// lower case and longer than a code counts as one, too, if it begins like one.
func meantMatch(item string) (Match, bool) {
	word := strings.Trim(item, "!"+blanks)
	if m, ok := matchWords[strings.ToLower(word)]; ok && !ValidCountry(word) {
		return m, true
	}
	if len(word) > 2 && word == strings.ToLower(word) {
		for _, m := range []Match{Src, Dst, Any, Both} {
			if word[0] == m[0] {
				return m, true
			}
		}
	}
	return "", false
}

// country looks at an item that stands for a country.
func (o *oddities) country(column int, item string, g GeoIP) {
	code := strings.TrimPrefix(item, "!")
	if ValidCountry(code) {
		return
	}
	upper := strings.ToUpper(strings.Trim(code, blanks))
	_, isWord := matchWords[strings.ToLower(code)]
	reason, fix := CountryProblem(code)
	switch {
	case code == "":
		o.add(column, CodeGeoIPEmptyItem, "an empty country"+map[bool]string{true: ", whose ! negates all others,", false: ""}[item == "!"]+" is in the list", "leave a comma out")
	case ValidCountry(upper) && upper != strings.ToUpper(code):
		o.add(column, CodeGeoIPBlank, fmt.Sprintf("Suricata looks for the country %q with its blank, in which no address is%s", code, g.consequence()), "use "+upper)
	case ValidCountry(upper):
		o.add(column, CodeGeoIPCase, fmt.Sprintf("Suricata compares by case, and no address is in %q%s; AWS takes it", code, g.consequence()), "use "+upper)
	case isWord:
		o.add(column, CodeGeoIPMatch, fmt.Sprintf("Suricata takes %q for a country here", code), "write src, dst, any or both once, before the countries")
	default:
		o.add(column, CodeGeoIPCountry, fmt.Sprintf("%s is not a country that AWS takes (\"Rule contains an incorrect country code\"): %s%s", code, reason, truncation(code)), cmp.Or(fix, "use codes of ISO 3166-1 alpha-2"))
	}
}

// consequence says what a country that nothing is in does to the rule.
func (g GeoIP) consequence() string {
	if g.Negated {
		return ", so that it is not excepted"
	}
	return ""
}

// truncation says what becomes of long words.
func truncation(code string) string {
	if kept := compared(code); ValidCountry(kept) {
		return fmt.Sprintf("; Suricata reads its first two letters, %s", kept)
	}
	return ""
}
