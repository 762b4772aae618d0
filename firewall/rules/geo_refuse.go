package rules

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

const (
	maxMessage    = 256 // ours: logs are read by people
	maxReferences = 5   // of a rule group (quotas of Network Firewall)
)

// A RuleError is one thing that keeps geo rules from being rendered: the service
// would refuse it, or it would never match. [RenderGeoRules] returns all of them,
// joined.
type RuleError struct {
	Rule   string // its name, or "rule 3" if it has none; empty if it is about the group
	Field  string // of GeoRule or GeoRulesOptions
	Reason string
	Fix    string // what to write instead; empty if nobody can know
}

func (e *RuleError) Error() string {
	text := e.Field + ": " + e.Reason
	if e.Rule != "" {
		text = e.Rule + ": " + text
	}
	if e.Fix != "" {
		text += "; " + e.Fix
	}
	return text
}

// problems collects what is wrong with one rule.
type problems struct {
	rule string
	all  []error
}

func (p *problems) join() error { return errors.Join(p.all...) }

func (p *problems) add(field, fix, reason string, args ...any) {
	p.all = append(p.all, &RuleError{Rule: p.rule, Field: field, Reason: fmt.Sprintf(reason, args...), Fix: fix})
}

// refuse says what is wrong with the options: what AWS Network Firewall refuses, with
// its reason, and what it takes and would never match. The rules are complete.
func refuse(opts GeoRulesOptions) error {
	group := problems{}
	opts.refuse(&group)
	all := group.all
	if len(opts.Rules) > MaxCapacity {
		group.add("Rules", "make two groups of them", "there are %d, and a group takes %d rules", len(opts.Rules), MaxCapacity)
		return group.join()
	}
	var closed []GeoRule
	first := map[string]int{}
	for i, g := range opts.Rules {
		p := problems{rule: cmp.Or(g.Name, fmt.Sprintf("rule %d", i+1))}
		if other, twice := first[g.Name]; twice && g.Name != "" {
			p.add("Name", "choose another", "it is that of rule %d, too", other+1)
		} else {
			first[g.Name] = i
		}
		g.refuse(&p, opts)
		g.refuseUnreached(&p, closed)
		if g.closed() && opts.Order == StrictOrder {
			closed = append(closed, g)
		}
		all = append(all, p.all...)
	}
	return errors.Join(all...)
}

// refuseUnreached finds a rule before this one that leaves it nothing: in strict order,
// one that is fail-closed passes or drops all that its header has.
func (g GeoRule) refuseUnreached(p *problems, closed []GeoRule) {
	for _, c := range closed {
		if c.covers(g) {
			p.add("Rules", "put it before "+c.Name, "it never acts: %s, which is fail-closed, passes or drops all of its traffic", c.Name)
			return
		}
	}
}

// covers reports whether all packets of other's header are in the header of g.
func (g GeoRule) covers(other GeoRule) bool {
	in := func(all, some, any string) bool { return all == any || all == some }
	return in(g.Protocol, other.Protocol, "ip") &&
		in(g.Source, other.Source, "any") && in(g.SourcePort, other.SourcePort, "any") &&
		in(g.Destination, other.Destination, "any") && in(g.DestinationPort, other.DestinationPort, "any") &&
		in(string(g.Direction), string(other.Direction), string(Either)) &&
		in(string(g.Flow), string(other.Flow), string(FlowAny)) && len(g.Options) == 0
}

func (opts GeoRulesOptions) refuse(p *problems) {
	if len(opts.Rules) == 0 {
		p.add("Rules", "", "there are none")
	}
	if opts.Order != StrictOrder && opts.Order != ActionOrder {
		p.add("Order", "use STRICT_ORDER or DEFAULT_ACTION_ORDER", "%q is no order of rules", opts.Order)
	}
	if opts.Headroom < 0 {
		p.add("Headroom", "use 0 for the default", "it is negative")
	}
	if opts.Capacity < 0 || opts.Capacity > MaxCapacity {
		p.add("Capacity", "use that of the group, or 0 if there is none", "%d is not the capacity of a group (1 to %d)", opts.Capacity, MaxCapacity)
	}
	if len(opts.References) > maxReferences {
		p.add("References", "use addresses or variables for the rest", "there are %d, and a group takes %d", len(opts.References), maxReferences)
	}
	opts.Variables.refuse(p)
}

// refuse checks the variables that a group declares.
func (v Variables) refuse(p *problems) {
	for _, name := range sortedKeys(v.IPSets) {
		refuseVariable(p, name, v.IPSets[name], isAddress)
		if _, both := v.PortSets[name]; both {
			p.add("Variables", "rename one", "%s is an IP set and a port set", name)
		}
	}
	for _, name := range sortedKeys(v.PortSets) {
		refuseVariable(p, name, v.PortSets[name], isPort)
	}
	_, home := v.IPSets["HOME_NET"]
	if _, external := v.IPSets["EXTERNAL_NET"]; home && !external {
		p.add("Variables", "declare EXTERNAL_NET, too, or leave HOME_NET to the policy",
			"HOME_NET is declared and EXTERNAL_NET is not: that stays the complement of the policy's HOME_NET, so that the two overlap or leave a gap")
	}
}

// refuseVariable checks a name (RuleVariableName of the API: 1 to 32 letters, digits
// and "_", a letter first) and what it stands for.
func refuseVariable(p *problems, name string, set []string, valid func(string) bool) {
	letter := func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }
	other := func(r rune) bool { return !letter(r) && !(r >= '0' && r <= '9') && r != '_' }
	if name == "" || len(name) > 32 || !letter(rune(name[0])) || strings.ContainsFunc(name, other) {
		p.add("Variables", "", "%q is no name of a variable (up to 32 letters, digits and \"_\", a letter first)", name)
	}
	if len(set) == 0 {
		p.add("Variables", "give it a value or leave it out", "%s is empty; AWS: %q", name, name+" cannot be null or empty")
	}
	for _, value := range set {
		if !valid(value) {
			p.add("Variables", "write each as 192.0.2.0/24 or 8000:8080", "%s: %q is no address, CIDR, port or range of ports", name, value)
		}
	}
}

func isAddress(s string) bool {
	a, err := ParseAddresses(s)
	return err == nil && len(a.Terms) == 1 && a.Terms[0].From.IsValid()
}

func isPort(s string) bool {
	p, err := ParsePorts(s)
	return err == nil && len(p.Terms) == 1 && p.Terms[0].Variable == ""
}

// refuse checks one rule. Its order is that of the fields.
func (g GeoRule) refuse(p *problems, opts GeoRulesOptions) {
	if !plainWord(g.Name, 64) {
		p.add("Name", "", "%q is not 1 to 64 letters, digits, \".\", \"_\" and \"-\"", g.Name)
	}
	if !slices.Contains([]Action{Pass, Drop, Reject, Alert}, g.Action) {
		p.add("Action", "use pass, drop, reject or alert", "%q is no action that AWS takes", g.Action)
	}
	if !slices.Contains([]Match{Src, Dst, Any, Both}, g.Match) {
		p.add("Match", "use src, dst, any or both", "%q is none: Suricata would take it for a country, and match any", g.Match)
	}
	g.refuseCountries(p)
	g.refuseUnknown(p)
	g.refuseHeader(p, opts)
	g.refuseNowhere(p, opts.Variables)
	g.refuseTexts(p)
	g.refuseOptions(p, opts)
}

func (g GeoRule) refuseCountries(p *problems) {
	valid := 0
	for _, code := range g.Countries {
		reason, fix := CountryProblem(code)
		switch upper := strings.ToUpper(code); {
		case reason == "":
			valid++
		case ValidCountry(upper):
			p.add("Countries", fix, "%q: %s", code, reason)
		default:
			p.add("Countries", fix, "%q: %s; AWS: %q", code, reason, "Rule contains an incorrect country code")
		}
	}
	switch {
	case len(g.Countries) == 0:
		p.add("Countries", "name one", "there are none: a geoip without countries never matches")
	case g.AllBut && !g.closed() && valid == len(countryNames):
		p.add("Countries", "leave one out", "all but all countries are none, so that it never matches")
	}
}

// refuseUnknown holds the caller to a choice where there is one, and to none where
// there is not.
func (g GeoRule) refuseUnknown(p *problems) {
	decides := g.Action == Drop || g.Action == Reject
	switch {
	case g.OnUnknown != "" && g.OnUnknown != FailOpen && g.OnUnknown != FailClosed:
		p.add("OnUnknown", "use fail-open or fail-closed", "%q is neither", g.OnUnknown)
	case g.AllBut && decides && g.OnUnknown == "":
		p.add("OnUnknown", "choose FailOpen (unknown addresses are let by) or FailClosed (they are dropped, too; all else passes)",
			"a rule for all but some countries can let an address by whose country is unknown, or drop it: it is not said which")
	case g.AllBut && decides || g.OnUnknown == "":
	case !g.AllBut:
		p.add("OnUnknown", "leave it empty; to drop unknown addresses, drop all but the countries to be let in, FailClosed",
			"an unknown address is in none of the countries, so that there is no choice")
	case g.Action == Alert:
		p.add("OnUnknown", "leave it empty", "an alert neither drops nor passes, and no geoip matches an unknown address")
	case g.OnUnknown == FailOpen:
		p.add("OnUnknown", "drop the countries instead, and pass the rest after it",
			"no geoip matches an unknown address, so that none can pass it")
	}
}

// refuseNowhere finds rules whose countries are looked for at private addresses only.
func (g GeoRule) refuseNowhere(p *problems, vars Variables) {
	src, dst := nowhere(g.Source, vars), nowhere(g.Destination, vars)
	if g.Direction == Either && (g.Match == Src || g.Match == Dst) {
		src, dst = src && dst, src && dst
	}
	match, effect := g.Match, "geoip never matches there"
	if g.closed() {
		match, effect = dual[g.Match], "everything would be dropped"
	}
	never := map[Match]bool{Src: src, Dst: dst, Any: src && dst, Both: src || dst}
	if !never[match] {
		return
	}
	field := "Source"
	if match == Dst || !src {
		field = "Destination"
	}
	p.add(field, "match the other end", "its addresses are private and in no country, so that %s", effect)
}

// nowhere reports whether all addresses of a header's field are in no country. What
// it cannot tell, it takes to be in one.
func nowhere(field string, vars Variables) bool {
	l := linter{opts: LintOptions{Variables: vars}}
	return l.home(field) == homePrivate
}

// refuseTexts checks what is to be logged.
func (g GeoRule) refuseTexts(p *problems) {
	if r := badInText(g.Message, `";\`); r != "" {
		p.add("Message", "write it without", "%s cannot stand in it", r)
	}
	if len(g.Message) > maxMessage {
		p.add("Message", "shorten it", "it has %d bytes, and %d is the most", len(g.Message), maxMessage)
	}
	for _, pair := range g.Metadata {
		key, value, _ := strings.Cut(pair, " ")
		r := badInText(value, `",;\`)
		switch {
		case key == markKey:
			p.add("Metadata", "use another key", "%s is how rules are known again", markKey)
		case !plainWord(key, 64) || strings.TrimSpace(value) != value || value == "" || r != "":
			p.add("Metadata", `write it as "ticket SEC-12"`, "%q is not a key and a value with a blank between them, without \", comma, ; and \\", pair)
		}
	}
}

// badInText names the first character that cannot stand in a text.
func badInText(text, bad string) string {
	i := strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsPrint(r) || r == unicode.ReplacementChar || strings.ContainsRune(bad, r)
	})
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("%q", []rune(text[i:])[0])
}

// plainWord reports whether s is made of letters, digits and ".", "_", "-".
func plainWord(s string, longest int) bool {
	odd := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r))
	}
	return s != "" && len(s) <= longest && !strings.ContainsFunc(s, odd)
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
