package rules

import (
	"fmt"
	"net/netip"
	"strings"
)

// Addresses are a source or destination as it was read: what matches is everything
// that is not negated, less everything that is, wherever it stands.
type Addresses struct {
	Terms []AddressTerm
}

// An AddressTerm is one of them: a variable, a range or, if it has none of the others,
// all addresses. Lists within lists are flat, but those behind a ! are a List.
type AddressTerm struct {
	Negated  bool
	Variable string        // with its sign: "$HOME_NET", "@reference"
	From, To netip.Addr    // inclusive
	List     []AddressTerm // what is in the brackets behind a !
}

// ParseAddresses reads the source or destination of a rule as Suricata 7 does: "any",
// an address, a CIDR, an IPv4 netmask or range (192.0.2.1-192.0.2.9), a variable, or a
// list of those in brackets, each with ! before it or not; and AWS's references to IP
// sets (@name). The error is a [*ParseError] without line.
func ParseAddresses(text string) (Addresses, error) {
	items, err := readList(text)
	if err != nil {
		return Addresses{}, err
	}
	terms, err := addressTerms(items)
	if err != nil {
		return Addresses{}, err
	}
	return Addresses{Terms: terms}, nil
}

func addressTerms(items []listItem) ([]AddressTerm, *ParseError) {
	var terms []AddressTerm
	for _, item := range items {
		inner, err := addressTerms(item.list)
		switch {
		case err != nil:
			return nil, err
		case item.list == nil:
			term, err := readAddress(item.text)
			if err != nil {
				return nil, shifted(err, item.at)
			}
			term.Negated = item.negated
			terms = append(terms, term)
		case item.negated:
			terms = append(terms, AddressTerm{Negated: true, List: inner})
		default:
			terms = append(terms, inner...)
		}
	}
	return terms, nil
}

// readAddress reads an item without brackets.
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
