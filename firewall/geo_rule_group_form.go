package firewall

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// render renders the rules for a group that has that capacity, or for a new one if it
// is 0.
func (o GeoRuleGroupOptions) render(sids rules.Sids, capacity int) (rules.GeoRules, error) {
	rendered, err := rules.RenderGeoRules(rules.GeoRulesOptions{
		Rules: o.Rules, Order: o.Order, Variables: o.Variables, References: slices.Sorted(maps.Keys(o.References)),
		Sids: sids, Headroom: o.Headroom, Capacity: capacity,
	})
	return rendered, cmp.Or(errors.Unwrap(err), err) // without the prefix of that package
}

// recoverSids finds the sids of a group. The error tells what cannot be read.
func recoverSids(g types.RuleGroup) (rules.Sids, error) {
	if g.RulesSource != nil && aws.ToString(g.RulesSource.RulesString) != "" {
		sids, err := rules.RecoverSidsText(*g.RulesSource.RulesString)
		if lines, ok := errors.AsType[rules.ParseErrors](err); ok {
			err = lines // without the prefixes of that package
		}
		return sids, err
	}
	of, _ := rulesIn(g)
	return rules.RecoverSids(of), nil
}

// rulesIn returns the rules of a group in either form, and how many lines cannot be
// read. Comments and disabled rules are not among them.
func rulesIn(g types.RuleGroup) (in []rules.Rule, unread int) {
	if g.RulesSource == nil {
		return nil, 0
	}
	for _, r := range g.RulesSource.StatefulRules {
		in = append(in, standardRule(r).Rule())
	}
	text, _ := rules.Parse(aws.ToString(g.RulesSource.RulesString))
	for _, r := range text.Rules() {
		if !r.Disabled {
			in = append(in, r)
		}
	}
	return in, len(text.Errors())
}

// standardRule returns a rule of the API as one of package rules.
func standardRule(r types.StatefulRule) rules.StandardRule {
	s := rules.StandardRule{Action: string(r.Action)}
	if h := r.Header; h != nil {
		s.Protocol, s.Direction = string(h.Protocol), string(h.Direction)
		s.Source, s.SourcePort = aws.ToString(h.Source), aws.ToString(h.SourcePort)
		s.Destination, s.DestinationPort = aws.ToString(h.Destination), aws.ToString(h.DestinationPort)
	}
	for _, o := range r.RuleOptions {
		s.Options = append(s.Options, rules.StandardOption{Keyword: aws.ToString(o.Keyword), Settings: o.Settings})
	}
	return s
}

// statefulRule is the reverse of standardRule.
func statefulRule(s rules.StandardRule) types.StatefulRule {
	r := types.StatefulRule{Action: types.StatefulAction(s.Action), RuleOptions: []types.RuleOption{}, Header: &types.Header{
		Protocol: types.StatefulRuleProtocol(s.Protocol), Direction: types.StatefulRuleDirection(s.Direction),
		Source: &s.Source, SourcePort: &s.SourcePort, Destination: &s.Destination, DestinationPort: &s.DestinationPort,
	}}
	for _, o := range s.Options {
		r.RuleOptions = append(r.RuleOptions, types.RuleOption{Keyword: &o.Keyword, Settings: o.Settings})
	}
	return r
}

// content is the group as CreateRuleGroup and UpdateRuleGroup take it. It always has
// its order: without, an update is refused for a group of STRICT_ORDER.
func (p PlannedRuleGroup) content() types.RuleGroup {
	g := types.RuleGroup{
		RulesSource:         &types.RulesSource{},
		StatefulRuleOptions: &types.StatefulRuleOptions{RuleOrder: types.RuleOrder(p.Order)},
	}
	if p.Text != "" {
		g.RulesSource.RulesString = &p.Text
	}
	for _, s := range p.Standard {
		g.RulesSource.StatefulRules = append(g.RulesSource.StatefulRules, statefulRule(s))
	}
	if len(p.Variables.IPSets)+len(p.Variables.PortSets) > 0 {
		g.RuleVariables = &types.RuleVariables{IPSets: map[string]types.IPSet{}, PortSets: map[string]types.PortSet{}}
		for name, set := range p.Variables.IPSets {
			g.RuleVariables.IPSets[name] = types.IPSet{Definition: set}
		}
		for name, set := range p.Variables.PortSets {
			g.RuleVariables.PortSets[name] = types.PortSet{Definition: set}
		}
	}
	if len(p.References) > 0 {
		g.ReferenceSets = &types.ReferenceSets{IPSetReferences: map[string]types.IPSetReference{}}
		for name, arn := range p.References {
			g.ReferenceSets.IPSetReferences[name] = types.IPSetReference{ReferenceArn: aws.String(arn)}
		}
	}
	return g
}

// formOf tells in which form a group keeps its rules.
func formOf(g types.RuleGroup) string {
	switch s := g.RulesSource; {
	case s.RulesSourceList != nil:
		return "domains"
	case len(s.StatefulRules) > 0:
		return string(StandardRules)
	case aws.ToString(s.RulesString) != "":
		return string(SuricataText)
	}
	return ""
}

// orderOf returns the order of a group, which is that of actions unless it says
// another.
func orderOf(g types.RuleGroup) rules.Order {
	if g.StatefulRuleOptions == nil {
		return rules.ActionOrder
	}
	return cmp.Or(rules.Order(g.StatefulRuleOptions.RuleOrder), rules.ActionOrder)
}

// settingsOf tells what a group declares beside its rules, as text by name.
func settingsOf(g types.RuleGroup) map[string]string {
	if g.RulesSource == nil {
		return map[string]string{}
	}
	settings := map[string]string{"form": formOf(g), "order": string(orderOf(g))}
	if v := g.RuleVariables; v != nil {
		for name, set := range v.IPSets {
			settings["IP set "+name] = strings.Join(slices.Sorted(slices.Values(set.Definition)), ", ")
		}
		for name, set := range v.PortSets {
			settings["port set "+name] = strings.Join(slices.Sorted(slices.Values(set.Definition)), ", ")
		}
	}
	if g.ReferenceSets != nil {
		for name, ref := range g.ReferenceSets.IPSetReferences {
			settings["reference "+name] = aws.ToString(ref.ReferenceArn)
		}
	}
	if l := g.RulesSource.RulesSourceList; l != nil {
		settings["domains"] = fmt.Sprintf("%d, %s", len(l.Targets), l.GeneratedRulesType)
	}
	return settings
}
