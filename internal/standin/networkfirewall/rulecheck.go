package networkfirewall

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"
)

// These limits are from "AWS Network Firewall quotas" and from RulesSource in the
// API reference. The service adds the option gid to a rule, with a blank before it.
const (
	maxRuleText   = 2_000_000
	maxRule       = 8192
	gidOption     = " gid:1234567890;"
	maxReferenced = 5
	maxCountries  = 64
)

// orderOf returns the order of a group's rules.
func orderOf(r types.RuleGroup) types.RuleOrder {
	if r.StatefulRuleOptions == nil || r.StatefulRuleOptions.RuleOrder == "" {
		return types.RuleOrderDefaultActionOrder
	}
	return r.StatefulRuleOptions.RuleOrder
}

// checkRuleGroup refuses what the service does, and returns what the rules consume.
func checkRuleGroup(r types.RuleGroup, capacity int32) (consumed int32, err error) {
	source := r.RulesSource
	if source.StatelessRulesAndCustomActions != nil {
		return 0, invalid("StatelessRulesAndCustomActions is invalid, context: RulesSource.StatelessRulesAndCustomActions")
	}
	forms := 0
	for _, given := range []bool{aws.ToString(source.RulesString) != "", source.RulesSourceList != nil, len(source.StatefulRules) > 0} {
		if given {
			forms++
		}
	}
	if forms != 1 {
		return 0, invalid("RulesString, RulesSourceList, StatefulRules must set exactly one of them, context: RulesSource")
	}
	if r.ReferenceSets != nil && len(r.ReferenceSets.IPSetReferences) > maxReferenced {
		return 0, invalid("IPSetReferences limit exceeded, parameter: [%d], context: ReferenceSets", len(r.ReferenceSets.IPSetReferences))
	}
	if source.RulesSourceList != nil {
		return checkDomains(*source.RulesSourceList, capacity)
	}
	lines, err := ruleLines(*source)
	if err != nil {
		return 0, err
	}
	if err := checkRules(lines, r); err != nil {
		return 0, err
	}
	if len(lines) > int(capacity) {
		return 0, invalid("StatefulRules capacity exceeded, parameter: [%d], context: RulesSource.StatefulRules", len(lines))
	}
	return int32(len(lines)), nil
}

var domainForm = regexp.MustCompile(`^\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

func checkDomains(list types.RulesSourceList, capacity int32) (int32, error) {
	if len(list.Targets) == 0 || len(list.TargetTypes) == 0 || list.GeneratedRulesType == "" {
		return 0, invalid("Targets, TargetTypes and GeneratedRulesType cannot be null or empty, context: RulesSource.RulesSourceList")
	}
	seen := map[string]bool{}
	for i, target := range list.Targets {
		if !domainForm.MatchString(target) {
			return 0, invalid("Targets has invalid format, parameter: [%s], context: RulesSource.RulesSourceList.Targets[%d]", target, i)
		}
		if seen[target] {
			return 0, invalid("Targets has duplicate values, parameter: [%s], context: RulesSource.RulesSourceList.Targets[%d]", target, i)
		}
		seen[target] = true
	}
	consumed := int32(len(list.Targets)*len(list.TargetTypes) + len(list.TargetTypes) + 1)
	if consumed > capacity {
		return 0, invalid("RulesSourceList capacity exceeded, parameter: [%d], context: RulesSource.RulesSourceList", consumed)
	}
	return consumed, nil
}

// ruleLines returns the rules as text, one a line.
func ruleLines(source types.RulesSource) (lines []string, err error) {
	text := aws.ToString(source.RulesString)
	if len(text) > maxRuleText {
		return nil, invalid("RulesString limit exceeded, parameter: [%d], context: RulesSource.RulesString", len(text))
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasSuffix(line, `\`):
			return nil, invalidRule(line, "line continuation is not supported")
		case line != "" && line[0] != '#':
			lines = append(lines, line)
		}
	}
	for _, r := range source.StatefulRules {
		lines = append(lines, standardRule(r))
	}
	return lines, nil
}

// standardRule returns the text of a rule that is given in parts.
func standardRule(r types.StatefulRule) string {
	h := r.Header
	arrow := "->"
	if h.Direction == types.StatefulRuleDirectionAny {
		arrow = "<>"
	}
	words := []string{string(r.Action), string(h.Protocol), *h.Source, *h.SourcePort, arrow, *h.Destination, *h.DestinationPort}
	for i, word := range words {
		if i < 2 || word == "ANY" {
			words[i] = strings.ToLower(word)
		}
	}
	var options []string
	for _, o := range r.RuleOptions {
		option := *o.Keyword
		if len(o.Settings) > 0 {
			option += ":" + strings.Join(o.Settings, ",")
		}
		options = append(options, option+";")
	}
	return strings.Join(words, " ") + " (" + strings.Join(options, " ") + ")"
}

func invalidRule(rule, why string) error {
	shown := rule
	if text, ok := strings.CutSuffix(rule, ")"); ok && !strings.Contains(why, "gid") {
		shown = text + gidOption + ")"
	}
	return invalid("stateful rule is invalid, rule: %s, reason: %s", shown, why)
}

// A rule is the text of a rule in parts.
type rule struct {
	text    string
	words   []string // before the parentheses
	options []option
}

type option struct{ keyword, value string }

func checkRules(lines []string, group types.RuleGroup) error {
	seen := map[string]bool{}
	for _, line := range lines {
		r, ok := parseRule(line)
		if !ok {
			return invalidRule(line, "Illegal rule syntax")
		}
		if err := r.check(group); err != nil {
			return err
		}
		sid, _ := r.option("sid")
		if seen[sid] {
			return invalid("stateful rule is invalid, reason: Duplicate signature %q", strings.TrimSuffix(line, ")")+gidOption+")")
		}
		seen[sid] = true
	}
	return nil
}

func parseRule(line string) (r rule, ok bool) {
	head, rest, ok := strings.Cut(line, "(")
	body, closed := strings.CutSuffix(rest, ")")
	if !ok || !closed {
		return rule{}, false
	}
	r = rule{text: line, words: headerWords(head)}
	for _, text := range optionTexts(body) {
		keyword, value, _ := strings.Cut(text, ":")
		o := option{strings.TrimSpace(keyword), strings.TrimSpace(value)}
		if strings.ContainsAny(o.keyword, ` "`) {
			return rule{}, false
		}
		r.options = append(r.options, o)
	}
	return r, len(r.words) == 7 && len(r.options) > 0 && (r.words[4] == "->" || r.words[4] == "<>")
}

// headerWords splits the header at blanks that are not within brackets.
func headerWords(head string) (words []string) {
	depth, open := 0, false
	for _, c := range head {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case (c == ' ' || c == '\t') && depth == 0:
			open = false
			continue
		}
		if !open {
			words, open = append(words, ""), true
		}
		words[len(words)-1] += string(c)
	}
	return words
}

// optionTexts splits options at semicolons that are not escaped: quotation marks do not
// protect them, nor do they in Suricata. None is returned if the last one is not
// closed.
func optionTexts(body string) (texts []string) {
	escaped, from := false, 0
	for i, c := range []byte(body) {
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == ';':
			texts, from = append(texts, strings.TrimSpace(body[from:i])), i+1
		}
	}
	if strings.TrimSpace(body[from:]) != "" {
		return nil
	}
	return texts
}

// option returns the value of the first option with a keyword.
func (r rule) option(keyword string) (value string, ok bool) {
	i := slices.IndexFunc(r.options, func(o option) bool { return o.keyword == keyword })
	if i < 0 {
		return "", false
	}
	return r.options[i].value, true
}

func (r rule) has(keywords ...string) bool {
	return slices.ContainsFunc(r.options, func(o option) bool { return slices.Contains(keywords, o.keyword) })
}
