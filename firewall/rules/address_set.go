package rules

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

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
// is left, or all addresses of IPv4 are negated.
func (a Addresses) Resolve(v Variables) (AddressSet, error) {
	r := resolver{variables: v, room: maxSpans}
	left, err := r.left(a.Terms, 0)
	if err != nil {
		return AddressSet{}, err
	}
	set := AddressSet{Ranges: make([]AddressRange, len(left))}
	for i, s := range left {
		set.Ranges[i] = AddressRange{s.from, s.to}
	}
	return set, nil
}

var addressOrder = order[netip.Addr]{netip.Addr.Compare, netip.Addr.Next, netip.Addr.Prev}

var (
	allIPv4 = span[netip.Addr]{netip.IPv4Unspecified(), lastOf(netip.PrefixFrom(netip.IPv4Unspecified(), 0))}
	allIPv6 = span[netip.Addr]{netip.IPv6Unspecified(), lastOf(netip.PrefixFrom(netip.IPv6Unspecified(), 0))}
)

var (
	errIPv4Negated = errors.New("all addresses of IPv4 are negated")
	errNoAddress   = errors.New("no address is left of what is not negated")
)

// A resolver puts values in.
type resolver struct {
	variables Variables
	room      int // for spans
}

// left is what terms leave.
func (r *resolver) left(terms []AddressTerm, depth int) ([]span[netip.Addr], error) {
	sum, err := r.sum(terms, depth)
	if err != nil {
		return nil, err
	}
	v4, allNegated := sum.within(allIPv4, addressOrder)
	v6, _ := sum.within(allIPv6, addressOrder) // Suricata does not mind
	switch {
	case allNegated:
		return nil, errIPv4Negated
	case len(v4)+len(v6) == 0:
		return nil, errNoAddress
	}
	return append(v4, v6...), nil
}

// sum collects what terms want and negate.
func (r *resolver) sum(terms []AddressTerm, depth int) (spans[netip.Addr], error) {
	var sum spans[netip.Addr]
	for _, term := range terms {
		inner := spans[netip.Addr]{wanted: []span[netip.Addr]{{term.From, term.To}}}
		var err error
		switch {
		case term.Variable != "" || term.List != nil:
			inner, err = r.inner(term, depth+1)
		case !term.From.IsValid():
			inner.wanted = []span[netip.Addr]{allIPv4, allIPv6}
		}
		if err != nil {
			return sum, err
		}
		r.room -= len(inner.wanted) + len(inner.negated)
		sum.add(inner, term.Negated)
	}
	return sum, nil
}

// inner is what a list behind a ! leaves, and what is in a variable: as it is, or what
// that leaves if a ! is before it.
func (r *resolver) inner(term AddressTerm, depth int) (spans[netip.Addr], error) {
	if depth > maxDepth || r.room < 0 {
		return spans[netip.Addr]{}, errTooMany
	}
	terms := term.List
	if term.Variable != "" {
		definition, ok := definitionOf(term.Variable, r.variables.IPSets)
		if !ok {
			return spans[netip.Addr]{}, &UnknownVariableError{term.Variable}
		}
		a, err := ParseAddresses(definition)
		if err != nil {
			return spans[netip.Addr]{}, fmt.Errorf("the value of %s: %w", term.Variable, err)
		}
		terms = a.Terms
	}
	if !term.Negated {
		return r.sum(terms, depth)
	}
	left, err := r.left(terms, depth)
	return spans[netip.Addr]{wanted: left}, err
}
