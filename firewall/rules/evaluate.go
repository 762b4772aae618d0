package rules

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
)

// A Packet is what rules are evaluated for: one packet and what is known of its
// flow. What is not known makes a rule that asks for it undecided.
type Packet struct {
	Protocol         string // "tcp", "udp", "icmp"; anything else has neither ports nor an application
	Src, Dst         netip.Addr
	SrcPort, DstPort uint16

	// App is the application protocol that the firewall has recognised in the flow, as
	// rules name it: "http", "tls". Empty is not known.
	App string

	Toward Toward    // of the packet in its flow
	State  FlowState // of the flow
}

// Toward is the way of a packet in its flow.
type Toward uint8

// The ways. The client is the end that began the flow.
const (
	TowardUnknown Toward = iota
	ToServer
	ToClient
)

// FlowState is whether both ends of a flow have sent packets.
type FlowState uint8

// The states of a flow.
const (
	FlowUnknown FlowState = iota
	FlowNew
	FlowEstablished
)

// A Verdict says what the rules do with a packet.
type Verdict struct {
	// Action is that of the rule that decides: Pass, Drop or Reject. It is empty where
	// none does: the default actions of the policy are then taken, and none in
	// ActionOrder, where such a packet passes.
	Action Action

	// Rule that decides, by its place in the rules that the evaluator was made of, and
	// its sid. Rule is -1 where none does.
	Rule int
	Sid  uint32

	// Undecided is the keyword that the verdict depends on and that is not modelled, or
	// what the Packet does not tell: of the rule at UndecidedRule. The Action is then
	// what holds if that rule does not match. Empty is decided.
	Undecided     string
	UndecidedRule int
}

// EvaluatorOptions are the settings of a firewall policy that the meaning of its
// rules depends on.
type EvaluatorOptions struct {
	Order     Order     // Required.
	Variables Variables // that the headers of the rules name
}

// An Evaluator predicts what rules do with packets, with Suricata's meaning of them:
// the keywords of a rule are all to match; a geoip keyword is negated as a whole; an
// address of no known country matches none, a negated one neither. In ActionOrder,
// rules act by their action first, and by their priority keyword next. IPv6
// addresses have countries, as in AWS Network Firewall and unlike in Suricata.
//
// Of the keywords, geoip and flow are modelled, and those that only describe
// (msg, metadata, …) mean nothing here. A rule with any other keyword that could change
// the verdict makes it undecided.
//
// An Evaluator does not change and may be used by several goroutines. It looks at
// the rules that can match the two countries of a packet and at no others.
type Evaluator struct {
	rules []compiled // in the order in which they act

	column  map[string]int           // of the countries that rules name, from firstColumn
	letters [letters * letters]int32 // the same of codes of two letters, which all are in practice
	words   int                      // of 64 rules

	// For each column, the rules whose geoip keywords match an address in it as source
	// and as destination. A rule with keywords that take either end is in its
	// column of either tables, and they are or-ed.
	src, dst, eitherSrc, eitherDst [][]uint64

	protocols [protocolKinds][]uint64 // the rules that can match packets of a protocol
	deciding  [protocolKinds][]uint64 // those of them that do not only alert
}

// The first columns: an address without a country, and one in a country that no rule
// names.
const (
	unknownColumn = iota
	otherColumn
	firstColumn
)

// NewEvaluator prepares rules for evaluation. Disabled ones are left out. It returns
// all errors of all rules: those that Suricata would refuse, and variables that
// are not declared.
func NewEvaluator(rules []Rule, opts EvaluatorOptions) (*Evaluator, error) {
	if opts.Order != ActionOrder && opts.Order != StrictOrder {
		return nil, fmt.Errorf("rules: order %q: want %s or %s", opts.Order, ActionOrder, StrictOrder)
	}
	e := &Evaluator{}
	var errs []error
	compiler := newCompiler(opts.Variables)
	for i, rule := range rules {
		if rule.Disabled {
			continue
		}
		c, err := compiler.compile(rule)
		if err != nil {
			errs = append(errs, fmt.Errorf("rules: rule %d (%s): %w", i+1, rule.label(), err))
			continue
		}
		c.place = i
		e.rules = append(e.rules, c)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if opts.Order == ActionOrder {
		slices.SortStableFunc(e.rules, func(a, b compiled) int {
			return cmp.Or(cmp.Compare(rank(a.action), rank(b.action)), cmp.Compare(a.priority, b.priority))
		})
	}
	e.index()
	return e, nil
}

// rank is the place of an action among those of one packet in ActionOrder.
func rank(a Action) int {
	return slices.Index([]Action{Pass, Drop, Reject, Alert}, a)
}

// Evaluate returns the verdict on a packet whose countries db knows.
func (e *Evaluator) Evaluate(p Packet, db GeoDB) Verdict {
	return e.EvaluateIn(p, countryOf(db, p.Src), countryOf(db, p.Dst))
}

// countryOf returns the country of an address, or the empty string.
func countryOf(db GeoDB, addr netip.Addr) string {
	code, known := db.Country(addr)
	if !known {
		return ""
	}
	return code
}

// EvaluateIn returns the verdict on a packet whose ends are in those countries. An
// empty one is not known. It allocates nothing.
func (e *Evaluator) EvaluateIn(p Packet, src, dst string) Verdict {
	d := decision{Verdict: Verdict{Rule: -1, UndecidedRule: -1}}
	q := e.query(p, src, dst)
	rules := e.cursor(&e.deciding, &q)
	for i := rules.rule(); i >= 0; i = rules.rule() {
		if d.apply(&e.rules[i], &q) {
			break
		}
	}
	return d.Verdict
}

// A query is a packet as rules are compared with it.
type query struct {
	Packet
	kind             int
	ported           bool
	from, to         netip.Addr // never IPv4 in the form of IPv6
	src, dst         string     // countries
	srcColumn        int
	dstColumn        int
	fromSets, toSets sets
}

func (e *Evaluator) query(p Packet, src, dst string) query {
	kind := protocolOf(p.Protocol)
	return query{
		Packet: p, kind: kind, ported: withPort&(1<<kind) != 0, from: p.Src.Unmap(), to: p.Dst.Unmap(),
		src: src, dst: dst, srcColumn: e.columnOf(src), dstColumn: e.columnOf(dst),
	}
}

// A cursor walks those of some rules, in the order in which they act, that can match
// the protocol and the countries of a packet.
type cursor struct {
	protocol, src, dst, eitherSrc, eitherDst []uint64

	next int    // word to read
	word uint64 // rules of the word before that are still to come
}

func (e *Evaluator) cursor(of *[protocolKinds][]uint64, q *query) cursor {
	return cursor{
		protocol: of[q.kind], src: e.src[q.srcColumn], dst: e.dst[q.dstColumn],
		eitherSrc: e.eitherSrc[q.srcColumn], eitherDst: e.eitherDst[q.dstColumn],
	}
}

// rule returns the next rule, or -1.
func (c *cursor) rule() int {
	for c.word == 0 {
		w := c.next
		if w == len(c.protocol) {
			return -1
		}
		c.word = c.protocol[w] & c.src[w] & c.dst[w] & (c.eitherSrc[w] | c.eitherDst[w])
		c.next++
	}
	i := (c.next-1)*64 + bits.TrailingZeros64(c.word)
	c.word &= c.word - 1
	return i
}

// A decision is a verdict in the making.
type decision struct {
	Verdict
	open  Action // what the undecided rules would do
	mixed bool   // they would not all do that
}

// apply takes in a rule that does not only alert and may match, and reports whether the verdict is final.
// Undecided rules before the one that decides do not matter if they would do the same.
func (d *decision) apply(c *compiled, q *query) (final bool) {
	matches, unknown := c.match(q)
	switch {
	case !matches:
		return false
	case unknown != "":
		d.leaveOpen(c, unknown)
		return false
	}
	d.Action, d.Rule, d.Sid = c.action, c.place, c.sid
	if d.open == c.action && !d.mixed {
		d.Undecided, d.UndecidedRule = "", -1
	}
	return true
}

func (d *decision) leaveOpen(c *compiled, unknown string) {
	if d.Undecided == "" {
		d.Undecided, d.UndecidedRule, d.open = unknown, c.place, c.action
	}
	d.mixed = d.mixed || c.action != d.open
}

// A Hit is a rule that matches a packet, or may.
type Hit struct {
	Rule      int // by its place in the rules that the evaluator was made of
	Sid       uint32
	Action    Action
	Undecided string // as in Verdict
}

// Hits returns all rules that match a packet, alerts too, in the order in which they
// act, whether or not an earlier one decides.
func (e *Evaluator) Hits(p Packet, db GeoDB) []Hit {
	q := e.query(p, countryOf(db, p.Src), countryOf(db, p.Dst))
	var hits []Hit
	rules := e.cursor(&e.protocols, &q)
	for i := rules.rule(); i >= 0; i = rules.rule() {
		c := &e.rules[i]
		if matches, unknown := c.match(&q); matches {
			hits = append(hits, Hit{Rule: c.place, Sid: c.sid, Action: c.action, Undecided: unknown})
		}
	}
	return hits
}
