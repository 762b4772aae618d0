package firewall

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/rules"
)

// differences returns what differs between two groups: what they declare, and their
// rules, by sid. Comments do not count.
func differences(has, want types.RuleGroup) []awspatterns.Field {
	fields := settingFields(settingsOf(has), settingsOf(want), "")
	old, unread := rulesIn(has)
	next, _ := rulesIn(want)
	if unread > 0 {
		fields = append(fields, awspatterns.Field{Name: "lines that cannot be read", Old: fmt.Sprint(unread)})
	}
	return append(fields, ruleFields(old, next)...)
}

// settingFields returns the settings that differ, in the order of their names.
func settingFields(has, want map[string]string, prefix string) []awspatterns.Field {
	all := maps.Clone(want)
	for name := range has {
		all[name] = want[name]
	}
	var fields []awspatterns.Field
	for _, name := range slices.Sorted(maps.Keys(all)) {
		old, had := has[name]
		next, has := want[name]
		if old == next && had == has {
			continue
		}
		fields = append(fields, awspatterns.Field{Name: prefix + name, Old: shownIf(had, old), New: shownIf(has, next)})
	}
	return fields
}

// shownIf returns a value for a field, where empty means none.
func shownIf(there bool, value string) string {
	if there && value == "" {
		return `""`
	}
	return value
}

// ruleFields returns the rules that are added or changed, in their order, then those
// that are removed, and whether those that stay are in another order.
func ruleFields(old, next []rules.Rule) []awspatterns.Field {
	before, after := bySid(old), bySid(next)
	var fields []awspatterns.Field
	for _, r := range next {
		if sid := sidOf(r); before[sid] != r.String() {
			fields = append(fields, awspatterns.Field{Name: "rule " + sid, Old: before[sid], New: r.String()})
		}
	}
	for _, r := range old {
		if sid := sidOf(r); after[sid] == "" {
			fields = append(fields, awspatterns.Field{Name: "rule " + sid, Old: r.String()})
		}
	}
	was, is := sequence(old, after), sequence(next, before)
	if !slices.Equal(was, is) {
		fields = append(fields, awspatterns.Field{Name: "sequence of rules", Old: strings.Join(was, ", "), New: strings.Join(is, ", ")})
	}
	return fields
}

func bySid(of []rules.Rule) map[string]string {
	texts := map[string]string{}
	for _, r := range of {
		texts[sidOf(r)] = r.String()
	}
	return texts
}

func sidOf(r rules.Rule) string {
	for _, o := range r.Options {
		if o.Keyword == "sid" {
			return o.Value
		}
	}
	return ""
}

// sequence returns the sids of rules that are also among others.
func sequence(of []rules.Rule, others map[string]string) (sids []string) {
	for _, r := range of {
		if sid := sidOf(r); others[sid] != "" {
			sids = append(sids, sid)
		}
	}
	return sids
}
