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
	items, err := readList(text)
	if err != nil {
		return Ports{}, err
	}
	if at := negatedInRange(text); at >= 0 {
		return Ports{}, problem(at, `Suricata takes no ! behind a range in lists within lists ("Can't have a negated value in a range")`, "write one list")
	}
	ports := Ports{Any: strings.EqualFold(text, "any")}
	if err := ports.read(items, false); err != nil {
		return Ports{}, err
	}
	return ports, nil
}

func (p *Ports) read(items []listItem, negated bool) *ParseError {
	for _, item := range items {
		if negated && item.negated {
			return doublyNegated(item.at)
		}
		if item.list != nil {
			if err := p.read(item.list, negated || item.negated); err != nil {
				return err
			}
			continue
		}
		term, err := readPort(item.text)
		if err != nil {
			return shifted(err, item.at)
		}
		term.Negated = negated || item.negated
		p.Terms = append(p.Terms, term)
	}
	return nil
}

// doublyNegated is the error of a ! within a negated list, which Suricata applies to
// the last item and forgets for the others.
func doublyNegated(at int) *ParseError {
	err := problem(at, "a ! is within a negated list, which Suricata counts for the last item alone", "write the ports that are meant")
	err.code = CodePortNegation
	return err
}

// negatedInRange finds what Suricata takes for a negated end of a range: a ! behind a
// colon with neither a bracket that closes nor a comma of the outer list between.
func negatedInRange(text string) int {
	depth, inRange := 0, false
	for i, c := range []byte(text) {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
			inRange = false
		case c == ',' && depth < 2:
			inRange = false
		case c == ':':
			inRange = true
		case c == '!' && inRange:
			return i
		}
	}
	return -1
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

var portOrder = order[int]{cmp.Compare[int], func(p int) int { return p + 1 }, func(p int) int { return p - 1 }}

// Resolve puts the values of variables in. An [*UnknownVariableError] names what v does
// not have; what leaves no port is an error, too, as in Suricata.
func (p Ports) Resolve(v Variables) (PortSet, error) {
	room := maxSpans
	sum, err := p.sum(v, &room, 0)
	if err != nil {
		return PortSet{}, err
	}
	left, allNegated := sum.within(span[int]{0, maxPort}, portOrder)
	switch {
	case allNegated:
		return PortSet{}, errors.New("all ports are negated")
	case len(left) == 0:
		return PortSet{}, errors.New("no port is left of what is not negated")
	}
	set := PortSet{Any: p.Any}
	for _, s := range left {
		set.Ranges = append(set.Ranges, PortRange{uint16(s.from), uint16(s.to)})
	}
	return set, nil
}

// sum collects what the terms want and negate.
func (p Ports) sum(v Variables, room *int, depth int) (spans[int], error) {
	var sum spans[int]
	for _, term := range p.Terms {
		inner := spans[int]{wanted: []span[int]{{int(term.From), int(term.To)}}}
		var err error
		if term.Variable != "" {
			inner, err = variablePorts(term, v, room, depth+1)
		}
		if err != nil {
			return sum, err
		}
		*room -= len(inner.wanted) + len(inner.negated)
		sum.add(inner, term.Negated)
	}
	return sum, nil
}

func variablePorts(term PortTerm, v Variables, room *int, depth int) (spans[int], error) {
	if depth > maxDepth || *room < 0 {
		return spans[int]{}, errTooMany
	}
	definition, ok := definitionOf(term.Variable, v.PortSets)
	if !ok {
		return spans[int]{}, &UnknownVariableError{term.Variable}
	}
	ports, err := ParsePorts(definition)
	if err != nil {
		return spans[int]{}, fmt.Errorf("the value of %s: %w", term.Variable, err)
	}
	sum, err := ports.sum(v, room, depth)
	if err == nil && term.Negated && len(sum.negated) > 0 {
		err = fmt.Errorf("the value of %s: %w", term.Variable, doublyNegated(0))
	}
	return sum, err
}
