package rules

import (
	"slices"
	"strings"
)

// logging checks which rules that pass, and which alerts beside them, write no log.
func (l *linter) logging(rules []placed) {
	alerts, passes := map[string][]int{}, map[string]int{}
	for i, p := range rules {
		switch {
		case p.Disabled:
		case p.Action == Alert:
			key := condition(p.Rule)
			alerts[key] = append(alerts[key], i)
		case p.Action == Pass:
			if _, twice := passes[condition(p.Rule)]; !twice {
				passes[condition(p.Rule)] = i
			}
		}
	}
	for i := range rules {
		if p := &rules[i]; p.Action == Pass && !p.Disabled && !logsItself(p.Rule) {
			l.current, l.where, l.sid = p, nil, sidOf(p.Rule)
			l.pass(i, alerts[condition(p.Rule)])
		}
	}
	for key, first := range passes {
		for _, i := range alerts[key] {
			l.current, l.where, l.sid = &rules[i], nil, sidOf(rules[i].Rule)
			l.alertBeside(i, first)
		}
	}
}

// pass says that a rule logs nothing, unless an alert before it does for it. The
// alerts are in the order of the text.
func (l *linter) pass(i int, alerts []int) {
	switch {
	case l.opts.Order == StrictOrder && len(alerts) > 0 && alerts[0] < i:
	case l.opts.Order == StrictOrder:
		l.report(0, CodePassNotLogged, "a rule that passes writes no log", "put an alert with the same conditions before it, with a sid of its own")
	default:
		l.report(0, CodePassNotLogged, "a rule that passes writes no log, and in this order it acts before every alert", "use a group of strict order, and an alert with the same conditions before it")
	}
}

// alertBeside says of an alert that a rule which passes keeps it from being written.
func (l *linter) alertBeside(i, pass int) {
	switch {
	case l.opts.Order == ActionOrder:
		l.report(0, CodeAlertUnseen, "the alert is never written: a rule with the same conditions passes, which in this order acts first", "use a group of strict order")
	case pass < i:
		l.report(0, CodeAlertUnseen, "the alert is never written: a rule before it with the same conditions passes", "put it before that rule")
	}
}

// logsItself reports whether a rule has the keyword by which it logs even if it passes.
func logsItself(r Rule) bool {
	return slices.ContainsFunc(r.Options, func(o Option) bool { return o.Keyword == "alert" })
}

// condition is what a rule matches: its header, and its options but those that say how
// it is logged.
func condition(r Rule) string {
	parts := []string{r.Protocol, r.Source, r.SourcePort, string(r.Direction), r.Destination, r.DestinationPort}
	for _, o := range r.Options {
		switch o.Keyword {
		case "msg", "sid", "rev", "gid", "metadata", "reference", "classtype", "priority", "noalert", "alert", "target":
		default:
			parts = append(parts, o.String())
		}
	}
	return strings.Join(parts, " ")
}
