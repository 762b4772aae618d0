package respond

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// blockMark is the metadata by which rules for entries are known.
const blockMark = "awspatterns_block"

// A blockText is a text of rules, some of which block entries.
type blockText struct {
	lines []blockLine
	sids  map[uint32]bool
}

// A blockLine is a line with its end. Where it is a rule for an entry, it says which.
type blockLine struct {
	text, entry string
	rule        bool // it is a rule that is not commented out
	alert       bool // which only alerts
}

func readBlockText(text string) (blockText, error) {
	parsed, err := rules.Parse(text)
	if err != nil {
		return blockText{}, err
	}
	t := blockText{sids: map[uint32]bool{}}
	for line := range strings.Lines(text) {
		t.lines = append(t.lines, blockLine{text: line})
	}
	for at, rule := range parsed.Rules() {
		line := &t.lines[at.Line-1]
		line.rule, line.alert = !rule.Disabled, rule.Action == rules.Alert
		for _, o := range rule.Options {
			switch o.Keyword {
			case "sid":
				if sid, err := strconv.ParseUint(o.Value, 10, 32); err == nil {
					t.sids[uint32(sid)] = true
				}
			case "metadata":
				if entry, ok := strings.CutPrefix(o.Value, blockMark+" "); ok && line.rule {
					line.entry = entry
				}
			}
		}
	}
	return t, nil
}

func (t blockText) String() string {
	var b strings.Builder
	for _, line := range t.lines {
		b.WriteString(line.text)
	}
	return b.String()
}

func (t blockText) rules() int {
	n := 0
	for _, line := range t.lines {
		if line.rule {
			n++
		}
	}
	return n
}

// blocks reports whether all rules of an entry are there. Those that only alert count
// where no more is asked for.
func (t blockText) blocks(entry string, alert bool) bool {
	return t.count(entry, alert) >= len(blockRules(entry))
}

// count returns how many rules of an entry are there.
func (t blockText) count(entry string, alert bool) int {
	n := 0
	for _, line := range t.lines {
		if line.entry == entry && (alert || !line.alert) {
			n++
		}
	}
	return n
}

// without takes the rules of entries out.
func (t blockText) without(entries []string) blockText {
	t.lines = slices.DeleteFunc(slices.Clone(t.lines), func(l blockLine) bool {
		return l.entry != "" && slices.Contains(entries, l.entry)
	})
	return t
}

// with appends the rules of entries, under the first sids that are free.
func (t blockText) with(entries []string, opts BlockRules) (blockText, error) {
	t = t.without(entries) // what is there of them is not all
	t.lines, t.sids = slices.Clone(t.lines), maps.Clone(t.sids)
	if n := len(t.lines); n > 0 && !strings.HasSuffix(t.lines[n-1].text, "\n") {
		t.lines[n-1].text += "\n"
	}
	sid := opts.FirstSid
	for _, entry := range entries {
		for _, rule := range blockRules(entry) {
			for t.sids[sid] && sid <= opts.LastSid {
				sid++
			}
			if sid > opts.LastSid {
				return t, &formError{fmt.Sprintf("no sid is free from %d to %d", opts.FirstSid, opts.LastSid), "give Rules a wider range", false}
			}
			t.sids[sid] = true
			if opts.Alert {
				rule.Action = rules.Alert
			}
			rule.Options = append(rule.Options, rules.Option{Keyword: "sid", Value: fmt.Sprint(sid)}, rules.Option{Keyword: "rev", Value: "1"})
			t.lines = append(t.lines, blockLine{text: rule.String() + "\n", entry: entry, rule: true, alert: opts.Alert})
		}
	}
	return t, nil
}

// blockRules returns the rules that block an entry, without sids: all packets from and
// to an address; of a domain and those below it, connections of TLS and HTTP, and
// questions of DNS that pass the firewall (those to the resolver of a VPC do not). A
// name that is written with a dot at its end is not seen in HTTP and TLS.
func blockRules(entry string) []rules.Rule {
	rule := rules.Rule{
		Action: rules.Drop, Protocol: "ip", Source: "any", SourcePort: "any",
		Direction: rules.Either, Destination: "any", DestinationPort: "any",
	}
	about := []rules.Option{
		{Keyword: "msg", Value: rules.Quote("blocked for a GuardDuty finding: " + entry)},
		{Keyword: "metadata", Value: blockMark + " " + entry},
	}
	if p, err := netip.ParsePrefix(entry); err == nil {
		rule.Source, rule.Options = p.String(), about
		return []rules.Rule{rule}
	}
	rule.Direction = rules.Forward
	content := []rules.Option{
		{Keyword: "dotprefix", Bare: true}, {Keyword: "content", Value: `".` + entry + `"`},
		{Keyword: "nocase", Bare: true}, {Keyword: "endswith", Bare: true},
	}
	var all []rules.Rule
	for _, buffer := range [][2]string{{"http", "http.host"}, {"tls", "tls.sni"}, {"dns", "dns.query"}} {
		r := rule
		r.Protocol = buffer[0]
		r.Options = slices.Concat([]rules.Option{{Keyword: buffer[1], Bare: true}}, content, about)
		if buffer[0] == "http" { // which refuses nocase, and is in lower case unless a port follows the name
			r.Options = slices.DeleteFunc(r.Options, func(o rules.Option) bool { return o.Keyword == "nocase" })
			r.Options = slices.Insert(r.Options, 1, rules.Option{Keyword: "to_lowercase", Bare: true})
		}
		all = append(all, r)
	}
	return all
}
