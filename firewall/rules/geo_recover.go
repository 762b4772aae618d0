package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// RecoverSids finds out from the rules of a group which sids they have, for the case
// that [Sids] were not kept. It knows rules that were rendered by their metadata
// (geo_rule); all other sids are Others. What a list of rules does not tell is which
// sids were retired; a text does ([RecoverSidsText]).
func RecoverSids(rules []Rule) Sids {
	r := recovery{taken: map[uint32]bool{}, at: map[string]int{}}
	for _, rule := range rules {
		r.rule(rule)
	}
	return r.sids
}

// RecoverSidsText recovers sids from a text that [RenderGeoRules] made, or that others
// added rules to: the retired ones, too, which stand there in comments. What cannot be
// read is an error, since whose sid stands there is not known; the sids of all else are
// returned beside it.
func RecoverSidsText(text string) (Sids, error) {
	read, err := Parse(text)
	r := recovery{taken: map[uint32]bool{}, at: map[string]int{}}
	for rule := range onlyRules(read) {
		r.rule(rule)
	}
	r.retired(text)
	if err != nil {
		return r.sids, fmt.Errorf("rules: recover sids: %w", err)
	}
	return r.sids, nil
}

// A recovery collects sids.
type recovery struct {
	sids  Sids
	taken map[uint32]bool
	at    map[string]int // where a rule stands in sids
}

func (r *recovery) rule(rule Rule) {
	sid := sidOf(rule)
	if sid == 0 {
		return // the service refuses it, so that nobody can have it
	}
	rev, _ := ruleNumber(option(rule, "rev"))
	name, part, _ := strings.Cut(mark(rule), "/")
	if !plainWord(name, 64) || part != "" && !plainWord(part, 64) {
		r.other(sid)
		return
	}
	r.part(name, PartSid{Part: part, Sid: sid, Rev: rev, Digest: digestOf(rule), Retired: rule.Disabled})
	if at, known := r.at[name]; known && !rule.Disabled {
		r.sids.Rules[at].learnChunks(part, rule)
	}
}

func (r *recovery) other(sid uint32) {
	if !r.taken[sid] {
		r.taken[sid] = true
		r.sids.Others = append(r.sids.Others, sid)
	}
}

// part remembers a part. A sid or a part that is there twice was copied by hand.
func (r *recovery) part(name string, part PartSid) {
	if r.taken[part.Sid] {
		return
	}
	at, known := r.at[name]
	if !known {
		at = len(r.sids.Rules)
		r.at[name] = at
		r.sids.Rules = append(r.sids.Rules, RuleSids{Name: name})
	}
	parts := &r.sids.Rules[at].Parts
	if slices.ContainsFunc(*parts, func(p PartSid) bool { return p.Part == part.Part }) {
		r.other(part.Sid)
		return
	}
	r.taken[part.Sid] = true
	*parts = append(*parts, part)
}

// option returns the value of the first option of a keyword.
func option(r Rule, keyword string) string {
	for _, o := range r.Options {
		if o.Keyword == keyword {
			return o.Value
		}
	}
	return ""
}

// mark returns the name that a rendered rule carries in its metadata.
func mark(r Rule) string {
	for pair := range strings.SplitSeq(option(r, "metadata"), ",") {
		if key, value, _ := strings.Cut(strings.TrimSpace(pair), " "); key == markKey {
			return value
		}
	}
	return ""
}

// learnChunks reads from the geoip keywords of a part which countries are in which
// chunk. The name of the part tells which chunk it is; a negated rule has them all.
func (r *RuleSids) learnChunks(part string, rule Rule) {
	first, second := chunkNumbers(part)
	n := 0
	for _, o := range rule.Options {
		if o.Keyword != "geoip" {
			continue
		}
		_, list, _ := strings.Cut(o.Value, ",")
		at := first
		if strings.HasPrefix(list, "!") {
			at = n
		} else if n > 0 {
			at = second
		}
		r.learn(at, strings.Split(strings.ReplaceAll(list, "!", ""), ","))
		n++
	}
}

func (r *RuleSids) learn(at int, countries []string) {
	for len(r.Chunks) <= at {
		r.Chunks = append(r.Chunks, []string{})
	}
	if len(r.Chunks[at]) == 0 {
		r.Chunks[at] = countries
	}
}

// chunkNumbers are those of "2", "pass.1x2" and the like, from 0.
func chunkNumbers(part string) (first, second int) {
	_, suffix, ok := strings.Cut(part, ".")
	if !ok {
		suffix = part
	}
	a, b, pair := strings.Cut(suffix, "x")
	if !pair {
		b = a
	}
	return chunkNumber(a), chunkNumber(b)
}

func chunkNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > len(countryNames) {
		return 0
	}
	return n - 1
}

const retiredLine = "# retired sid "

// retiredLines are comments by which a text remembers the sids of rules that are gone.
func retiredLines(s Sids) string {
	var b strings.Builder
	for _, rule := range s.Rules {
		for _, part := range rule.Parts {
			if part.Retired {
				fmt.Fprintf(&b, "%s%d rev %d %s\n", retiredLine, part.Sid, part.Rev, partKey(rule.Name, part.Part))
			}
		}
	}
	return b.String()
}

// retired reads those comments.
func (r *recovery) retired(text string) {
	for line := range strings.Lines(text) {
		words := strings.Fields(strings.TrimPrefix(line, retiredLine))
		if !strings.HasPrefix(line, retiredLine) || len(words) != 4 {
			continue
		}
		sid, ok := ruleNumber(words[0])
		rev, _ := ruleNumber(words[2])
		if !ok {
			continue
		}
		name, part, _ := strings.Cut(words[3], "/")
		r.part(name, PartSid{Part: part, Sid: sid, Rev: rev, Retired: true})
	}
}
