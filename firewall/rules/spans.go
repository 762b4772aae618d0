package rules

import (
	"errors"
	"slices"
)

// A span is from a value to another, both included.
type span[T any] struct{ from, to T }

// spans are those that are wanted and those that are negated.
type spans[T any] struct{ wanted, negated []span[T] }

// An order is how values follow each other.
type order[T any] struct {
	compare    func(a, b T) int
	next, prev func(T) T
}

// add takes in others, turned round if they are negated.
func (s *spans[T]) add(others spans[T], negated bool) {
	if negated {
		others.wanted, others.negated = others.negated, others.wanted
	}
	s.wanted = append(s.wanted, others.wanted...)
	s.negated = append(s.negated, others.negated...)
}

// maxSpans and maxDepth bound what hostile variables can ask for.
const (
	maxSpans = 1 << 17
	maxDepth = 64 // as in Suricata, which counts lists, too
)

var errTooMany = errors.New("variables are within each other, or have too many values")

// within returns what is wanted less what is negated among the values of all, in
// order, and whether all values are negated. What is negated alone is taken from
// everything.
func (s spans[T]) within(all span[T], o order[T]) (left []span[T], allNegated bool) {
	wanted, negated := o.merge(o.inside(s.wanted, all)), o.merge(o.inside(s.negated, all))
	if len(negated) == 0 {
		return wanted, false
	}
	rest := o.complement(negated, all)
	if len(rest) == 0 {
		return nil, true
	}
	if len(wanted) == 0 {
		return rest, false
	}
	return o.intersect(wanted, rest), false
}

func (o order[T]) inside(list []span[T], all span[T]) []span[T] {
	var in []span[T]
	for _, v := range list {
		if o.compare(v.from, all.from) >= 0 && o.compare(v.to, all.to) <= 0 {
			in = append(in, v)
		}
	}
	return in
}

// merge sorts spans, and joins those that overlap or touch.
func (o order[T]) merge(list []span[T]) []span[T] {
	slices.SortFunc(list, func(a, b span[T]) int { return o.compare(a.from, b.from) })
	var merged []span[T]
	for _, v := range list {
		last := len(merged) - 1
		switch {
		case last < 0 || o.compare(v.from, merged[last].to) > 0 && o.compare(v.from, o.next(merged[last].to)) != 0:
			merged = append(merged, v)
		case o.compare(v.to, merged[last].to) > 0:
			merged[last].to = v.to
		}
	}
	return merged
}

// complement is what merged spans leave of all.
func (o order[T]) complement(merged []span[T], all span[T]) []span[T] {
	var rest []span[T]
	from := all.from
	for _, v := range merged {
		if o.compare(from, v.from) < 0 {
			rest = append(rest, span[T]{from, o.prev(v.from)})
		}
		if o.compare(v.to, all.to) == 0 {
			return rest // the next would be behind the last value there is
		}
		from = o.next(v.to)
	}
	return append(rest, span[T]{from, all.to})
}

// intersect is what two lists of merged spans have in common.
func (o order[T]) intersect(a, b []span[T]) []span[T] {
	var common []span[T]
	for len(a) > 0 && len(b) > 0 {
		from, to := a[0].from, a[0].to
		if o.compare(from, b[0].from) < 0 {
			from = b[0].from
		}
		if o.compare(b[0].to, to) < 0 {
			to = b[0].to
		}
		if o.compare(from, to) <= 0 {
			common = append(common, span[T]{from, to})
		}
		if o.compare(a[0].to, b[0].to) < 0 {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return common
}
