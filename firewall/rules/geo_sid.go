package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
)

// The range that sids are taken from unless Sids says another. It is large, since
// they are drawn by hash: among 1,000 rules two of one sid are found in 1 of 2,000
// groups. It fits 31 bits, and is away from the ranges of published rules.
const (
	FirstSid = 1_000_000_000
	LastSid  = 1_999_999_999

	maxSid = 1<<32 - 2 // Suricata refuses more
)

// Sids remembers which rule has which sid. It is plain data: keep what [RenderGeoRules]
// returns and hand it in the next time, or recover it from the rules that are there
// ([RecoverSids]). The zero value is that of a new group.
//
// A sid is a hash of the rule's name (and of which part of it, if it becomes several
// rules), taken into the range. So it depends on no other rule and on no order: adding
// or removing a rule or a country changes no other sid, even if nothing is remembered,
// and two branches that each add a rule agree. Numbers in sequence would need the
// memory for that. What only the memory holds is
//
//   - the sids of rules that are gone, which are never given to another: a log
//     that is kept for years names the rule that wrote it;
//   - the rev, which rises when what the rule says changes;
//   - the chunks of more than 64 countries.
//
// Two names with one hash are refused and not moved apart, since then sids would
// depend on which was first.
type Sids struct {
	First, Last uint32 // the range; default to FirstSid and LastSid

	Rules []RuleSids // by name

	// Others are the sids that must not be given, such as those of other rules of the
	// group.
	Others []uint32 `json:",omitempty"`
}

// RuleSids are the sids of the rules that one GeoRule becomes.
type RuleSids struct {
	Name   string
	Chunks [][]string `json:",omitempty"` // its countries, in the chunks they stay in
	Parts  []PartSid  // by part
}

// PartSid is the sid of one rule.
type PartSid struct {
	Part    string `json:",omitempty"` // which of them; empty for the first, "sid-7" for its former sid
	Sid     uint32
	Rev     uint32
	Digest  string `json:",omitempty"` // of the rule without sid and rev
	Retired bool   `json:",omitempty"` // the rule is gone, and its sid is nobody's
}

// sidBook gives sids while rules are rendered.
type sidBook struct {
	first, last uint32
	owner       map[uint32]string             // whose a sid is or was
	old         map[string]map[string]PartSid // by rule and part
	chunks      map[string][][]string
	next        Sids
}

// open checks what is remembered.
func (s Sids) open() (*sidBook, error) {
	b := &sidBook{
		first: cmp.Or(s.First, FirstSid), last: cmp.Or(s.Last, LastSid),
		owner: map[uint32]string{}, old: map[string]map[string]PartSid{}, chunks: map[string][][]string{},
		next: Sids{First: s.First, Last: s.Last, Others: slices.Compact(slices.Sorted(slices.Values(s.Others)))},
	}
	p := problems{}
	if b.first > b.last || b.last > maxSid {
		p.add("Sids", "leave First and Last empty", "the range %d to %d is empty or ends above %d", b.first, b.last, uint32(maxSid))
	}
	for _, sid := range b.next.Others {
		b.owner[sid] = "another rule"
	}
	for _, rule := range s.Rules {
		p.rule = rule.Name
		if b.old[rule.Name] != nil || !plainWord(rule.Name, 64) {
			p.add("Sids", rememberFix, "the rule %q is there twice, or its name is none", rule.Name)
		}
		b.old[rule.Name] = map[string]PartSid{}
		b.chunks[rule.Name] = rule.Chunks
		for _, part := range rule.Parts {
			b.remember(&p, part)
		}
	}
	return b, p.join()
}

const rememberFix = "hand in what RenderGeoRules returned"

func (b *sidBook) remember(p *problems, part PartSid) {
	key := partKey(p.rule, part.Part)
	owner, taken := b.owner[part.Sid]
	switch _, twice := b.old[p.rule][part.Part]; {
	case twice:
		p.add("Sids", rememberFix, "%s is there twice", key)
	case taken:
		p.add("Sids", rememberFix, "sid %d of %s is that of %s", part.Sid, key, owner)
	case part.Sid == 0 || part.Sid > maxSid:
		p.add("Sids", rememberFix, "%s has the sid %d", key, part.Sid)
	case part.Part != "" && !plainWord(part.Part, 64):
		p.add("Sids", rememberFix, "%q is no part of a rule", part.Part)
	}
	b.owner[part.Sid] = key
	b.old[p.rule][part.Part] = part
}

// reserve takes a sid that a caller chose, before others are drawn.
func (b *sidBook) reserve(rule string, sid uint32) error {
	if sid == 0 {
		return nil
	}
	if sid > maxSid {
		return &RuleError{Rule: rule, Field: "Sid", Reason: fmt.Sprintf("%d is above %d, the largest that Suricata takes", sid, uint32(maxSid)), Fix: "choose another or none"}
	}
	former := fmt.Sprintf("sid-%d", sid)
	if back, ok := b.old[rule][former]; ok {
		delete(b.old[rule], former)
		b.giveUp(rule)
		back.Part = ""
		b.owner[sid], b.old[rule][""] = rule, back
		return nil
	}
	if owner, taken := b.owner[sid]; taken && owner != rule {
		return &RuleError{Rule: rule, Field: "Sid", Reason: fmt.Sprintf("%d is or was the sid of %s", sid, owner), Fix: "choose another or none"}
	}
	b.owner[sid] = rule
	if b.old[rule][""].Sid != sid {
		b.giveUp(rule)
	}
	return nil
}

// giveUp retires the sid of a rule that is to have another. The rule alone can have it
// back.
func (b *sidBook) giveUp(rule string) {
	if old, ok := b.old[rule][""]; ok {
		delete(b.old[rule], "")
		old.Part = fmt.Sprintf("sid-%d", old.Sid)
		b.old[rule][old.Part] = old
		b.owner[old.Sid] = partKey(rule, old.Part)
	}
}

// give returns the sid and the rev of a rule.
func (b *sidBook) give(rule, part string, chosen uint32, content Rule) (PartSid, error) {
	digest := digestOf(content)
	if old, ok := b.old[rule][part]; ok {
		delete(b.old[rule], part)
		if old.Digest != digest {
			old.Rev++
		}
		old.Digest, old.Retired = digest, false
		return old, nil
	}
	key := partKey(rule, part)
	sid := b.draw(key)
	if part == "" && chosen != 0 {
		sid = chosen
	}
	if owner, taken := b.owner[sid]; taken && owner != key {
		return PartSid{}, &RuleError{Rule: rule, Field: "Name", Reason: fmt.Sprintf("the sid %d that %s is to have is or was that of %s", sid, key, owner), Fix: "choose another name, or a Sid, or a larger range"}
	}
	b.owner[sid] = key
	return PartSid{Part: part, Sid: sid, Rev: 1, Digest: digest}, nil
}

// draw takes the hash of a name into the range.
func (b *sidBook) draw(key string) uint32 {
	sum := sha256.Sum256([]byte(key))
	size := uint64(b.last-b.first) + 1
	return b.first + uint32(binary.BigEndian.Uint64(sum[:])%size)
}

// close returns what is to be remembered: the rules that were given sids, and of all
// others that they are retired.
func (b *sidBook) close(given []RuleSids) Sids {
	byName := map[string]RuleSids{}
	for _, rule := range given {
		byName[rule.Name] = rule
	}
	for name, parts := range b.old {
		rule := byName[name]
		rule.Name = name
		for _, part := range parts {
			part.Retired = true
			rule.Parts = append(rule.Parts, part)
		}
		byName[name] = rule
	}
	for _, rule := range byName {
		slices.SortFunc(rule.Parts, func(x, y PartSid) int { return cmp.Compare(x.Part, y.Part) })
		if len(rule.Parts) > 0 {
			b.next.Rules = append(b.next.Rules, rule)
		}
	}
	slices.SortFunc(b.next.Rules, func(x, y RuleSids) int { return cmp.Compare(x.Name, y.Name) })
	return b.next
}

// digestOf hashes what a rule says, which is all but its sid and rev.
func digestOf(r Rule) string {
	r.Options = slices.DeleteFunc(slices.Clone(r.Options), func(o Option) bool {
		return o.Keyword == "sid" || o.Keyword == "rev"
	})
	sum := sha256.Sum256([]byte(r.String()))
	return hex.EncodeToString(sum[:8])
}

// number returns the rule with its sid and rev.
func (p PartSid) number(r Rule) Rule {
	r.Options = append(slices.Clip(r.Options),
		Option{Keyword: "sid", Value: strconv.FormatUint(uint64(p.Sid), 10)},
		Option{Keyword: "rev", Value: strconv.FormatUint(uint64(p.Rev), 10)})
	return r
}
