package rules

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// match reports whether a rule that the tables have for a packet matches it. Where that depends on what is not
// modelled, or on what the packet does not tell, it says on what.
func (c *compiled) match(q *query) (matches bool, unknown string) {
	if !c.headerMatches(q) || c.geoOpen && !c.geoMatches(q.src, q.dst) {
		return false, ""
	}
	return c.restMatches(&q.Packet)
}

// restMatches compares all but the header and the countries.
func (c *compiled) restMatches(p *Packet) (matches bool, unknown string) {
	switch c.flow.match(p) {
	case no:
		return false, ""
	case maybe:
		unknown = "flow"
	}
	switch {
	case c.app == "" || p.App == c.app:
	case p.App != "":
		return false, ""
	case unknown == "":
		unknown = c.app
	}
	if unknown == "" {
		unknown = c.unknown
	}
	return true, unknown
}

func (c *compiled) headerMatches(q *query) bool {
	if c.from.matchesPort(q.ported, q.SrcPort) && c.to.matchesPort(q.ported, q.DstPort) &&
		q.fromSets.contain(c.from.addresses, q.from) && q.toSets.contain(c.to.addresses, q.to) {
		return true
	}
	return c.either && c.from.matchesPort(q.ported, q.DstPort) && c.to.matchesPort(q.ported, q.SrcPort) &&
		q.toSets.contain(c.from.addresses, q.to) && q.fromSets.contain(c.to.addresses, q.from)
}

// matchesPort compares the port of one end. Packets without ports match only rules
// that ask for none.
func (h *header) matchesPort(ported bool, port uint16) bool {
	return h.ports.Any || ported && h.ports.Contains(port)
}

// sets remembers which of the first 64 sets of addresses contain an address: rules
// have few different ones.
type sets struct{ asked, contains uint64 }

func (s *sets) contain(set *addressSet, addr netip.Addr) bool {
	if set.all {
		return true
	}
	bit := uint64(1) << set.number // none, from 64 on
	if s.asked&bit == 0 {
		s.asked |= bit
		if !set.Contains(addr) {
			return false
		}
		s.contains |= bit
		return true
	}
	return s.contains&bit != 0
}

func (c *compiled) geoMatches(src, dst string) bool {
	for i := range c.geo {
		if !c.geo[i].Matches(src, dst) {
			return false
		}
	}
	return true
}

// Matches reports whether the keyword matches a packet whose ends are in those
// countries. An empty one is not known, and matches nothing.
func (g *GeoIP) Matches(src, dst string) bool {
	switch g.Match {
	case Src:
		return g.holds(src)
	case Dst:
		return g.holds(dst)
	case Both:
		return g.holds(src) && g.holds(dst)
	}
	return g.holds(src) || g.holds(dst)
}

func (g *GeoIP) holds(country string) bool {
	return country != "" && slices.Contains(g.Countries, country) != g.Negated
}

// An answer is yes, no, or not known.
type answer uint8

const (
	yes answer = iota
	no
	maybe
)

// A flowTest is what the flow keywords of a rule ask for. Zero asks for nothing.
type flowTest struct {
	toward Toward
	state  FlowState
}

// flowWords are the words of the keyword ("flow" in Suricata's documentation).
var flowWords = map[string]flowTest{
	"to_server": {toward: ToServer}, "from_client": {toward: ToServer},
	"to_client": {toward: ToClient}, "from_server": {toward: ToClient},
	"established": {state: FlowEstablished}, "not_established": {state: FlowNew},
	"stateless": {},
}

func (f *flowTest) parse(value string) error {
	for word := range strings.SplitSeq(value, ",") {
		want, known := flowWords[strings.TrimSpace(word)]
		if !known {
			return fmt.Errorf("%q is not modelled", word)
		}
		if contradicts(f.toward, want.toward) || contradicts(f.state, want.state) {
			return errors.New("it contradicts itself: " + value)
		}
		f.toward, f.state = max(f.toward, want.toward), max(f.state, want.state)
	}
	return nil
}

func contradicts[T Toward | FlowState](a, b T) bool { return a != 0 && b != 0 && a != b }

func (f flowTest) match(p *Packet) answer {
	if contradicts(f.toward, p.Toward) || contradicts(f.state, p.State) {
		return no
	}
	if f.toward != 0 && p.Toward == 0 || f.state != 0 && p.State == 0 {
		return maybe
	}
	return yes
}
