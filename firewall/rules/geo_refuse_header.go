package rules

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

func (g GeoRule) refuseHeader(p *problems, opts GeoRulesOptions) {
	if g.Direction != Forward && g.Direction != Either {
		p.add("Direction", "use -> or <>", "%q is no arrow", g.Direction)
	}
	if g.Flow != FlowToServer && g.Flow != FlowAny {
		p.add("Flow", "use to_server or any", "%q is neither", g.Flow)
	}
	l := &linter{opts: opts.lint()}
	refuseField(p, "Source", g.Source, l.addresses)
	refuseField(p, "Destination", g.Destination, l.addresses)
	g.refusePort(p, "SourcePort", g.SourcePort, l)
	g.refusePort(p, "DestinationPort", g.DestinationPort, l)
}

func (g GeoRule) refusePort(p *problems, field, port string, l *linter) {
	refuseField(p, field, port, l.ports)
	if port != "any" && g.Protocol == "icmp" {
		p.add(field, "use any", "ICMP has no ports, and a rule with one matches no packet")
	}
}

func refuseField(p *problems, field, value string, check func(string) fieldIssues) {
	if strings.ContainsAny(value, blanks) {
		p.add(field, "leave them out", "blanks separate the fields of a rule, and %q has some", value)
		return
	}
	p.addIssues(field, check(value))
}

// lint is how Lint is to look at a rule, which has to do for both forms.
func (opts GeoRulesOptions) lint() LintOptions {
	return LintOptions{Order: opts.Order, Variables: opts.Variables, References: opts.References, Standard: true}
}

// addIssues takes over what Lint found, if the service would refuse it or not do it.
func (p *problems) addIssues(field string, found []Issue) {
	for _, issue := range found {
		if issue.refuses() {
			p.add(field, issue.Fix, "%s", issue.Message)
		}
	}
}

func (i Issue) refuses() bool {
	switch i.Severity {
	case RefusedByAWS, RefusedBySuricata, NeverMatches:
		return true
	}
	return i.Code == CodeProtocolUnsupported || i.Code == CodeKeywordUnsupported
}

// refuseOptions lints protocol and options in a rule that is right but for them.
func (g GeoRule) refuseOptions(p *problems, opts GeoRulesOptions) {
	if !plainWord(g.Protocol, 64) {
		p.add("Protocol", "use ip", "%q is no word", g.Protocol)
		return
	}
	for _, o := range g.Options {
		if slices.Contains([]string{"msg", "sid", "rev", "metadata", "geoip", "flow"}, o.Keyword) {
			p.add("Options", "use the field", "%s has a field of its own", o.Keyword)
			return
		}
	}
	probe := Rule{
		Action: g.Action, Protocol: g.Protocol, Direction: Forward,
		Source: "any", SourcePort: "any", Destination: "any", DestinationPort: "any",
		Options: slices.Concat(g.Options, []Option{{Keyword: "geoip", Value: "src,JP"}, {Keyword: "sid", Value: "1"}}),
	}
	if !slices.Contains([]Action{Pass, Drop, Reject, Alert}, g.Action) {
		probe.Action = Alert // said elsewhere
	}
	text, err := Parse(probe.String())
	if read := slices.Collect(onlyRules(text)); err != nil || len(read) != 1 || !reflect.DeepEqual(read[0], probe) {
		p.add("Options", `escape ", ; and \ in values with a backslash, and write keywords in lower case`, "%v are not read as they are meant to be", g.Options)
		return
	}
	for _, issue := range Lint(text, opts.lint()) {
		field := "Options"
		switch issue.Code {
		case CodeProtocol, CodeProtocolStandard, CodeProtocolUnsupported, CodeReject:
			field = "Protocol"
		case CodeExternalNet:
			continue // said elsewhere
		}
		p.addIssues(field, []Issue{issue})
	}
}

// onlyRules iterates over the rules of a text.
func onlyRules(t Text) func(func(Rule) bool) {
	return func(yield func(Rule) bool) {
		for _, r := range t.Rules() {
			if !yield(r) {
				return
			}
		}
	}
}

// refuseRendered lints what was rendered, so that nothing gets by which Lint knows to
// be refused or never to match. Most of it was found before.
func refuseRendered(r GeoRules, opts GeoRulesOptions) error {
	text, err := Parse(r.Text)
	if err != nil {
		return fmt.Errorf("what was rendered cannot be read: %w", err)
	}
	if !reflect.DeepEqual(slices.Collect(onlyRules(text)), r.Rules) {
		return errors.New("what was rendered is read as something else")
	}
	names := map[uint32]string{}
	for _, rule := range r.Sids.Rules {
		for _, part := range rule.Parts {
			names[part.Sid] = rule.Name
		}
	}
	p, as := problems{}, opts.lint()
	as.Standard = false // what is not so was found before, and the size of a text is to be checked
	for _, issue := range Lint(text, as) {
		p.rule = names[issue.Sid]
		p.addIssues("Rules", []Issue{issue})
	}
	return p.join()
}
