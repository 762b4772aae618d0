package rules

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"
)

// What the service takes.
const (
	MaxTextSize = 2_000_000 // characters of RulesString
	MaxRuleSize = 8175      // characters of a rule; the service adds 16 for its gid, and refuses 8,192
	MaxCapacity = 30_000    // rules of a stateful group
)

// text checks the text as a whole.
func (l *linter) text(t Text) {
	for _, err := range t.errors {
		l.issues = append(l.issues, newIssue(err.Position, cmp.Or(err.code, CodeParse), err.Problem, err.Fix))
	}
	whole := func(code Code, message, fix string) {
		l.issues = append(l.issues, newIssue(Position{1, 1}, code, message, fix))
	}
	if size := utf8.RuneCountInString(t.text); size > MaxTextSize && !l.opts.Standard {
		whole(CodeTextSize, fmt.Sprintf("the text has %d characters, more than the %d of a RulesString", size, MaxTextSize), "make two rule groups of it")
	}
	active := len(t.errors)
	for _, p := range t.rules {
		if !p.Disabled {
			active++
		}
	}
	if active > MaxCapacity {
		whole(CodeMaxCapacity, fmt.Sprintf("the text has %d rules, more than the capacity of %d that a group can have", active, MaxCapacity), "make two rule groups of it")
	}
	if l.opts.Capacity > 0 && active > l.opts.Capacity {
		whole(CodeCapacity, fmt.Sprintf("the text has %d rules, one unit of capacity each, and the group has %d (\"StatefulRules capacity exceeded, parameter: [%d]\")", active, l.opts.Capacity, active), "make a new group with more capacity, which cannot be changed")
	}
	l.externalNet(whole)
}

// externalNet checks what the group declares.
func (l *linter) externalNet(report func(Code, string, string)) {
	_, home := l.opts.Variables.IPSets["HOME_NET"]
	_, external := l.opts.Variables.IPSets["EXTERNAL_NET"]
	if home && !external {
		report(CodeExternalNet, "the group sets HOME_NET and not EXTERNAL_NET, which is then that of the policy: the negation of the policy's HOME_NET, not of the group's", "set EXTERNAL_NET in the group, too")
	}
}

// form checks how the rule is written.
func (l *linter) form() {
	p := l.current
	if len(p.raw) > MaxRuleSize {
		l.report(0, CodeRuleSize, fmt.Sprintf("the rule has %d characters, more than %d (\"Rule exceeds max length (8192)\": the service adds 16 of its own)", len(p.raw), MaxRuleSize), "split it, or shorten msg, metadata or lists")
	}
	if !lowerCase(p) {
		l.report(0, CodeUpperCase, "Suricata takes action and protocol in any case; whether AWS does is not known", "write "+string(p.Action)+" "+p.Protocol)
	}
	if p.at.Column > 1 {
		l.report(0, CodeIndented, "Suricata skips lines that begin with a blank, this rule with them", "begin the line with the rule")
	}
	if !p.parentheses {
		l.reportField(fieldDestinationPort, CodeParentheses, "the options are not in one pair of parentheses; Suricata takes it", "put ( before and ) behind them")
	}
}

// lowerCase reports whether action and protocol are written in lower case.
func lowerCase(p *placed) bool {
	rest, ok := strings.CutPrefix(p.raw, string(p.Action))
	return ok && strings.HasPrefix(strings.TrimLeft(rest, blanks), p.Protocol)
}
