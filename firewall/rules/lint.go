package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// LintOptions say what the rules are meant for. The zero value is a rule string of a
// group of default order, of unknown capacity and without variables of its own.
type LintOptions struct {
	Order      Order     // of the group; defaults to ActionOrder, as in the service
	Variables  Variables // that the group declares
	References []string  // names of the IP set references that the group declares, without @
	Capacity   int       // of the group, in rules; 0 if unknown

	// Standard says that the rules are to be standard stateful rules, which know fewer
	// protocols than rule strings.
	Standard bool
}

// An Issue is something that Lint found.
type Issue struct {
	Position          // in the text; in the value of the keyword, if ParseGeoIP found it
	Sid      uint32   `json:",omitempty"` // of the rule; 0 if it has none or the issue is of the whole text
	Code     Code     // what is wrong
	Severity Severity // how bad it is
	Message  string   // what is wrong here, with AWS's own words where it refuses
	Fix      string   // what to do
	Source   string   // where the knowledge comes from
}

func (i Issue) String() string {
	return fmt.Sprintf("%d:%d: %s [%s]: %s; %s", i.Line, i.Column, i.Severity, i.Code, i.Message, i.Fix)
}

// Lint reads rules as the service and Suricata do, and returns what they refuse, what
// never matches, what means something else than it seems to, and advice, in the order
// of places. What could not be parsed is in it, too. Disabled rules are not looked at.
//
// No issue is no promise: the service has rules that nobody wrote down. Only its DryRun
// knows.
func Lint(t Text, opts LintOptions) []Issue {
	opts.Order = cmp.Or(opts.Order, ActionOrder)
	l := &linter{opts: opts, sids: map[uint32]Position{}, fields: map[string]fieldIssues{}, homes: map[string]int{}}
	l.text(t)
	for i := range t.rules {
		if !t.rules[i].Disabled {
			l.rule(&t.rules[i])
		}
	}
	l.logging(t.rules)
	slices.SortStableFunc(l.issues, func(a, b Issue) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return l.issues
}

// A linter goes over the rules of a text.
type linter struct {
	opts   LintOptions
	issues []Issue

	sids     map[uint32]Position // of rules seen
	fields   map[string]fieldIssues
	homes    map[string]int
	geoNoted bool // what is said of unknown addresses once

	current *placed
	sid     uint32
	where   *layout // of the current rule, when somebody asked
}

func (l *linter) rule(p *placed) {
	l.current, l.where, l.sid = p, nil, sidOf(p.Rule)
	l.form()
	l.header()
	l.numbers()
	l.keywords()
	l.service()
	l.geoip()
}

// layout finds the parts of the current rule in its line.
func (l *linter) layout() *layout {
	if l.where == nil {
		_, where, _ := readRule(l.current.raw)
		l.where = &where
	}
	return l.where
}

// report says something of the byte at of the current rule's line.
func (l *linter) report(at int, code Code, message, fix string) {
	place := Position{l.current.at.Line, l.current.column + at}
	issue := newIssue(place, code, message, fix)
	issue.Sid = l.sid
	l.issues = append(l.issues, issue)
}

func (l *linter) reportField(field int, code Code, message, fix string) {
	l.report(l.layout().fields[field], code, message, fix)
}

func (l *linter) reportOption(i int, code Code, message, fix string) {
	l.report(l.layout().options[i], code, message, fix)
}

func newIssue(at Position, code Code, message, fix string) Issue {
	return Issue{Position: at, Code: code, Severity: code.Severity(), Message: message, Fix: fix, Source: code.Source()}
}
