package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Addresses are a source or destination as it was read. Lists within lists are flat,
// as Suricata has them: what matches is everything that is not negated, less
// everything that is, wherever it stands.
type Addresses struct {
	Terms []AddressTerm
}

// An AddressTerm is one of them. It is all addresses if it is neither a variable nor
// has a range.
type AddressTerm struct {
	Negated  bool
	Variable string     // with its sign: "$HOME_NET", "@reference"
	From, To netip.Addr // inclusive
}

// ParseAddresses reads the source or destination of a rule as Suricata 7 does: "any",
// an address, a CIDR, an IPv4 netmask or range (192.0.2.1-192.0.2.9), a variable, or a
// list of those in brackets, each with ! before it or not; and AWS's references to IP
// sets (@name). The error is a [*ParseError] without line.
func ParseAddresses(text string) (Addresses, error) {
	var a Addresses
	err := eachElement(text, func(element string, negated bool) *ParseError {
		term, err := readAddress(element)
		term.Negated = negated
		a.Terms = append(a.Terms, term)
		return err
	})
	if err != nil {
		return Addresses{}, err
	}
	return a, nil
}

// readAddress reads what stands between commas, without its !.
func readAddress(s string) (AddressTerm, *ParseError) {
	switch {
	case strings.EqualFold(s, "any"):
		return AddressTerm{}, nil
	case s[0] == '$' || s[0] == '@':
		return AddressTerm{Variable: s}, variableProblem(s)
	}
	from, to, ok := addressRange(s)
	if !ok {
		return AddressTerm{}, problem(0, fmt.Sprintf("%q is no address, CIDR, IPv4 range, variable or any", s), "write one, such as 192.0.2.0/24 or $HOME_NET")
	}
	return AddressTerm{From: from, To: to}, nil
}

func addressRange(s string) (from, to netip.Addr, ok bool) {
	if low, high, found := strings.Cut(s, "-"); found {
		from, errLow := netip.ParseAddr(low)
		to, errHigh := netip.ParseAddr(high)
		return from, to, errLow == nil && errHigh == nil && from.Is4() && to.Is4() && !to.Less(from)
	}
	if address, mask, found := strings.Cut(s, "/"); found {
		return cidrRange(address, mask)
	}
	from, err := netip.ParseAddr(s)
	return from, from, err == nil && from.Zone() == ""
}

func cidrRange(address, mask string) (from, to netip.Addr, ok bool) {
	from, err := netip.ParseAddr(address)
	if err != nil || from.Zone() != "" {
		return from, to, false
	}
	bits, ok := maskBits(mask, from)
	if !ok {
		return from, to, false
	}
	prefix, err := from.Prefix(bits)
	if err != nil {
		return from, to, false
	}
	return prefix.Addr(), lastOf(prefix), true
}

// maskBits reads what stands behind the slash: a number or an IPv4 netmask.
func maskBits(mask string, of netip.Addr) (int, bool) {
	if netmask, err := netip.ParseAddr(mask); err == nil && netmask.Is4() && of.Is4() {
		bits := 0
		for bits < 32 && netmask.AsSlice()[bits/8]&(0x80>>(bits%8)) != 0 {
			bits++
		}
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), bits).Masked()
		return bits, prefix.Addr() == netmask
	}
	bits, ok := number(mask)
	return bits, ok && bits <= of.BitLen()
}

// lastOf is the highest address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(b)
	return last
}

// An AddressSet is what is left of addresses when variables are put in and negated
// ones are taken away.
type AddressSet struct {
	Ranges []AddressRange // ascending, IPv4 first, neither overlapping nor adjacent
}

// An AddressRange is from an address to another, both included.
type AddressRange struct {
	From, To netip.Addr
}

// Contains reports whether an address is in the set. It does not allocate.
func (s AddressSet) Contains(a netip.Addr) bool {
	i, found := slices.BinarySearchFunc(s.Ranges, a, func(r AddressRange, a netip.Addr) int { return r.From.Compare(a) })
	return found || i > 0 && !s.Ranges[i-1].To.Less(a)
}

// An UnknownVariableError says that a header has a variable of unknown value.
type UnknownVariableError struct {
	Variable string // with its sign
}

func (e *UnknownVariableError) Error() string {
	return "the value of " + e.Variable + " is not known"
}

// Resolve puts the values of variables in. An IPv4 address that is negated alone leaves
// all others of IPv4 and none of IPv6, as in Suricata: !10.0.0.0/8 matches no IPv6.
//
// An [*UnknownVariableError] names what v does not have, HOME_NET and EXTERNAL_NET
// included, and every @reference. Sets that Suricata refuses are errors, too: nothing
// is left, or all addresses of IPv4 or of IPv6 are negated.
func (a Addresses) Resolve(v Variables) (AddressSet, error) {
	var sum spans[netip.Addr]
	if err := a.collect(&sum, v, false, 0); err != nil {
		return AddressSet{}, err
	}
	var set AddressSet
	for _, family := range []span[netip.Addr]{allIPv4, allIPv6} {
		ranges, err := sum.within(family, addressOrder)
		if err != nil {
			return AddressSet{}, fmt.Errorf("all addresses of %s are negated", familyName(family.from))
		}
		for _, r := range ranges {
			set.Ranges = append(set.Ranges, AddressRange{r.from, r.to})
		}
	}
	if len(set.Ranges) == 0 {
		return set, fmt.Errorf("no address is left of what is not negated")
	}
	return set, nil
}

var addressOrder = order[netip.Addr]{netip.Addr.Compare, netip.Addr.Next, netip.Addr.Prev}

var (
	allIPv4 = span[netip.Addr]{netip.IPv4Unspecified(), lastOf(netip.PrefixFrom(netip.IPv4Unspecified(), 0))}
	allIPv6 = span[netip.Addr]{netip.IPv6Unspecified(), lastOf(netip.PrefixFrom(netip.IPv6Unspecified(), 0))}
)

func familyName(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// collect adds the terms to sum. Under a negated variable everything turns.
func (a Addresses) collect(sum *spans[netip.Addr], v Variables, turned bool, depth int) error {
	if err := sum.room(depth); err != nil {
		return err
	}
	for _, term := range a.Terms {
		negated := term.Negated != turned
		switch {
		case term.Variable != "":
			definition, ok := definitionOf(term.Variable, v.IPSets)
			if !ok {
				return &UnknownVariableError{term.Variable}
			}
			inner, err := ParseAddresses(definition)
			if err != nil {
				return fmt.Errorf("the value of %s: %w", term.Variable, err)
			}
			if err := inner.collect(sum, v, negated, depth+1); err != nil {
				return err
			}
		case term.From.IsValid():
			sum.add(span[netip.Addr]{term.From, term.To}, negated)
		default:
			sum.add(allIPv4, negated)
			sum.add(allIPv6, negated)
		}
	}
	return nil
}
