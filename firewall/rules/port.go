package rules

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Ports are a source or destination port as it was read; see [Addresses] for lists.
type Ports struct {
	// Any is set if the text is the word any and no more: only then does the rule look
	// at packets that have no port, such as ICMP's.
	Any   bool
	Terms []PortTerm
}

// A PortTerm is one of them.
type PortTerm struct {
	Negated  bool
	Variable string // with its sign: "$WEB_PORTS"
	From, To uint16 // inclusive
}

const maxPort = 65535

// ParsePorts reads the ports of a rule as Suricata 7 does: "any", a port, a range
// (1024:2048, 1024:, :1024), a variable, or a list of those in brackets, each with !
// before it or not. The error is a [*ParseError] without line.
func ParsePorts(text string) (Ports, error) {
	ports := Ports{Any: strings.EqualFold(text, "any")}
	err := eachElement(text, func(element string, negated bool) *ParseError {
		term, err := readPort(element)
		term.Negated = negated
		ports.Terms = append(ports.Terms, term)
		return err
	})
	if err != nil {
		return Ports{}, err
	}
	return ports, nil
}

func readPort(s string) (PortTerm, *ParseError) {
	if strings.EqualFold(s, "any") {
		return PortTerm{To: maxPort}, nil
	}
	if s[0] == '$' {
		return PortTerm{Variable: s}, variableProblem(s)
	}
	low, high, ranged := strings.Cut(s, ":")
	from, okFrom := number(low)
	to, okTo := from, okFrom
	if ranged {
		to, okTo = number(strings.TrimLeft(high, blanks))
		if low == "" {
			from, okFrom = 0, true
		}
		if high == "" {
			to, okTo = maxPort, true
		}
	}
	if !okFrom || !okTo || from > to || to > maxPort {
		return PortTerm{}, problem(0, fmt.Sprintf("%q is no port, range, variable or any", s), "write one, such as 443 or 1024:65535")
	}
	return PortTerm{From: uint16(from), To: uint16(to)}, nil
}

// A PortSet is what is left of ports when variables are put in and negated ones are
// taken away.
type PortSet struct {
	Any    bool        // packets without a port match, too
	Ranges []PortRange // ascending, neither overlapping nor adjacent
}

// A PortRange is from a port to another, both included.
type PortRange struct {
	From, To uint16
}

// Contains reports whether a port is in the set. It does not allocate.
func (s PortSet) Contains(port uint16) bool {
	i, found := slices.BinarySearchFunc(s.Ranges, port, func(r PortRange, port uint16) int { return cmp.Compare(r.From, port) })
	return found || i > 0 && s.Ranges[i-1].To >= port
}

// Resolve puts the values of variables in. An [*UnknownVariableError] names what v does
// not have; what leaves no port is an error, too, as in Suricata.
func (p Ports) Resolve(v Variables) (PortSet, error) {
	var sum spans[int]
	if err := p.collect(&sum, v, false, 0); err != nil {
		return PortSet{}, err
	}
	ranges, err := sum.within(span[int]{0, maxPort}, portOrder)
	if err != nil {
		return PortSet{}, errors.New("all ports are negated")
	}
	set := PortSet{Any: p.Any}
	for _, r := range ranges {
		set.Ranges = append(set.Ranges, PortRange{uint16(r.from), uint16(r.to)})
	}
	if len(set.Ranges) == 0 {
		return set, errors.New("no port is left of what is not negated")
	}
	return set, nil
}

var portOrder = order[int]{cmp.Compare[int], func(p int) int { return p + 1 }, func(p int) int { return p - 1 }}

// collect adds the terms to sum. Under a negated variable everything turns.
func (p Ports) collect(sum *spans[int], v Variables, turned bool, depth int) error {
	if err := sum.room(depth); err != nil {
		return err
	}
	for _, term := range p.Terms {
		negated := term.Negated != turned
		if term.Variable == "" {
			sum.add(span[int]{int(term.From), int(term.To)}, negated)
			continue
		}
		definition, ok := definitionOf(term.Variable, v.PortSets)
		if !ok {
			return &UnknownVariableError{term.Variable}
		}
		inner, err := ParsePorts(definition)
		if err != nil {
			return fmt.Errorf("the value of %s: %w", term.Variable, err)
		}
		if err := inner.collect(sum, v, negated, depth+1); err != nil {
			return err
		}
	}
	return nil
}
