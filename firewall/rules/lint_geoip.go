package rules

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// geoip checks the geoip keywords of the current rule.
func (l *linter) geoip() {
	var all []GeoIP
	first := -1
	for i, o := range l.current.Options {
		if o.Keyword != "geoip" {
			continue
		}
		if first < 0 {
			first = i
		}
		g, err := ParseGeoIP(o.Value)
		if bad, ok := errors.AsType[*ParseError](err); ok {
			l.report(l.layout().values[i], CodeGeoIPValue, bad.Problem, bad.Fix)
			continue
		}
		for _, odd := range g.Odd {
			l.report(l.layout().values[i]+odd.Column-1, odd.Code, odd.Message, odd.Fix)
		}
		l.ends(i, g)
		all = append(all, g)
	}
	if first < 0 {
		return
	}
	l.application()
	l.together(first, all)
	l.inLogs(first)
	if !l.geoNoted {
		l.geoNoted = true
		l.reportOption(first, CodeGeoIPUnknown, "an address in no country, such as a private one or one that the database does not know, matches no geoip, one with ! neither", "decide what becomes of it, by a rule that follows or the default action")
	}
}

// application finds options that Suricata refuses beside geoip.
func (l *linter) application() {
	for i, o := range l.current.Options {
		if looksIntoApplication(o) {
			l.reportOption(i, CodeGeoIPApplication, fmt.Sprintf("%s cannot stand beside geoip (\"Signature combines packet specific matches (like dsize, flags, ttl) with stream / state matching\")", o.Keyword), "make two rules, and order them; a protocol in the header, such as tls, can stand beside geoip")
		}
	}
}

// together checks what the keywords mean as a whole: all have to match.
func (l *linter) together(first int, all []GeoIP) {
	for _, end := range []Match{Src, Dst} {
		if len(all) > 1 && impossible(all, end) {
			l.reportOption(first, CodeGeoIPContradiction, fmt.Sprintf("no country can match all geoip keywords of the rule as its %s", end), "put the countries in one keyword, or in several rules")
			break
		}
	}
	negated := slices.ContainsFunc(all, func(g GeoIP) bool { return g.Negated })
	if r := l.current; negated && (r.Action == Drop || r.Action == Reject) {
		l.reportOption(first, CodeGeoIPFailOpen, fmt.Sprintf("the rule is fail-open: it does not %s what comes from an address in no country", r.Action), "to be fail-closed, pass the countries and drop the rest")
	}
}

// impossible reports whether no country satisfies all keywords that look at an end.
func impossible(all []GeoIP, end Match) bool {
	var allowed []string
	limited := false
	for _, g := range all {
		if g.Negated || g.Match != end && g.Match != Both {
			continue
		}
		if !limited {
			allowed, limited = slices.Clone(g.Countries), true
			continue
		}
		allowed = slices.DeleteFunc(allowed, func(c string) bool { return !slices.Contains(g.Countries, c) })
	}
	for _, g := range all {
		if g.Negated && (g.Match == end || g.Match == Both) {
			allowed = slices.DeleteFunc(allowed, func(c string) bool { return slices.Contains(g.Countries, c) })
		}
	}
	return limited && len(allowed) == 0
}

// ends checks the ends that a keyword looks at against the header.
func (l *linter) ends(i int, g GeoIP) {
	r := l.current
	source, destination := l.homeOnce(r.Source), l.homeOnce(r.Destination)
	if r.Direction == Either { // the rule holds both ways
		source, destination = min(source, destination), min(source, destination)
	}
	switch g.Match {
	case Src:
		l.end(i, r.Source, source, "source")
	case Dst:
		l.end(i, r.Destination, destination, "destination")
	case Both:
		if source == 0 && destination == 0 {
			l.reportOption(i, CodeGeoIPBoth, "both matches only if both ends are in a country, and private addresses are in none", "use src or dst for the end that is not in the VPC")
		}
		l.end(i, r.Source, source, "source")
		l.end(i, r.Destination, destination, "destination")
	case Any:
		l.any(i, source, destination)
	}
}

// How far an address of the header is at home.
const (
	homeUnknown = iota
	homeLikely  // it is $HOME_NET, whose value is not known
	homePrivate // all its addresses are private
)

// end reports an end that geoip looks at and that is in no country.
func (l *linter) end(i int, field string, home int, name string) {
	switch home {
	case homePrivate:
		l.reportOption(i, CodeGeoIPPrivate, fmt.Sprintf("geoip looks at the %s, %s, whose addresses are private and so in no country", name, field), "look at the other end")
	case homeLikely:
		l.reportOption(i, CodeGeoIPHome, fmt.Sprintf("geoip looks at the %s, %s, which matches nothing if its addresses are private", name, field), "look at the other end, unless it has public addresses")
	}
}

// any reports a direction in the header that any does not keep to.
func (l *linter) any(i, source, destination int) {
	switch {
	case source > 0 && destination > 0:
		l.end(i, l.current.Source+" and "+l.current.Destination, min(source, destination), "ends")
	case destination > 0:
		l.reportOption(i, CodeGeoIPAny, "any looks at the destination, too, which is the home network: what is meant is where traffic comes from", "write src")
	case source > 0:
		l.reportOption(i, CodeGeoIPAny, "any looks at the source, too, which is the home network: what is meant is where traffic goes to", "write dst")
	}
}

// homeOnce looks at an address once: rules repeat them.
func (l *linter) homeOnce(field string) int {
	home, ok := l.homes[field]
	if !ok {
		home = l.home(field)
		l.homes[field] = home
	}
	return home
}

func (l *linter) home(field string) int {
	a, err := ParseAddresses(field)
	if err != nil {
		return homeUnknown
	}
	if set, err := a.Resolve(l.opts.Variables); err == nil {
		if slices.ContainsFunc(set.Ranges, func(r AddressRange) bool { return !private(r) }) {
			return homeUnknown
		}
		return homePrivate
	}
	if len(a.Terms) == 1 && a.Terms[0].Variable == "$HOME_NET" && !a.Terms[0].Negated {
		return homeLikely
	}
	return homeUnknown
}

var privatePrefixes = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

func private(r AddressRange) bool {
	return slices.ContainsFunc(privatePrefixes, func(p netip.Prefix) bool { return p.Contains(r.From) && p.Contains(r.To) })
}

// inLogs says that logs will not show a country.
func (l *linter) inLogs(first int) {
	r := &l.current.Rule
	if r.Action == Pass && !logsItself(*r) {
		return
	}
	for _, o := range r.Options {
		if o.Keyword == "msg" || o.Keyword == "metadata" {
			return
		}
	}
	l.reportOption(first, CodeNoGeoInLog, "without msg and metadata the log does not tell the country", "add both, as in msg:\"From JP\"; metadata:geo JP;")
}
