package chargeback

import (
	"maps"
	"slices"
	"time"
)

// With returns the coverage with one more interval of a table covered: intervals that
// overlap or touch become one. The coverage itself stays as it is. An empty interval covers
// nothing.
func (c Coverage) With(t Table, in Interval) Coverage {
	c.Covered = maps.Clone(c.Covered)
	if c.Covered == nil {
		c.Covered = map[Table][]Interval{}
	}
	if in = in.normal(); in.From.Before(in.To) {
		c.Covered[t] = union(append(slices.Clone(c.Covered[t]), in))
	}
	return c
}

// Missing returns what of an interval is not covered, in order and apart.
func (c Coverage) Missing(t Table, in Interval) []Interval {
	in = in.normal()
	var missing []Interval
	for _, covered := range union(slices.Clone(c.Covered[t])) {
		if !covered.overlaps(in) {
			continue
		}
		if in.From.Before(covered.From) {
			missing = append(missing, Interval{in.From, covered.From})
		}
		in.From = covered.To
	}
	if in.From.Before(in.To) {
		missing = append(missing, in)
	}
	return missing
}

// normal returns the interval in UTC. Whoever compares intervals need not know of zones.
func (in Interval) normal() Interval { return Interval{in.From.UTC(), in.To.UTC()} }

// union returns intervals in order and apart, without empty ones. It changes the slice.
func union(all []Interval) []Interval {
	slices.SortFunc(all, func(a, b Interval) int { return a.From.Compare(b.From) })
	apart := all[:0]
	for _, in := range all {
		in = in.normal()
		last := len(apart) - 1
		switch {
		case !in.From.Before(in.To):
		case last < 0 || apart[last].To.Before(in.From):
			apart = append(apart, in)
		case apart[last].To.Before(in.To):
			apart[last].To = in.To
		}
	}
	return apart
}

// normal returns the coverage as it is written: intervals in order and apart, moments in
// order and once, all in UTC.
func (c Coverage) normal() Coverage {
	covered := map[Table][]Interval{}
	for t, all := range c.Covered {
		covered[t] = union(slices.Clone(all))
	}
	c.Covered = covered
	if c.Taken != nil {
		c.Taken = maps.Clone(c.Taken)
	}
	for t, all := range c.Taken {
		moments := make([]time.Time, len(all))
		for i, at := range all {
			moments[i] = at.UTC()
		}
		slices.SortFunc(moments, time.Time.Compare)
		c.Taken[t] = slices.CompactFunc(moments, time.Time.Equal)
	}
	return c
}

// overlaps reports whether two intervals have a time in common.
func (in Interval) overlaps(other Interval) bool {
	return in.From.Before(other.To) && other.From.Before(in.To)
}

// contains reports whether a time is in the interval.
func (in Interval) contains(at time.Time) bool { return !at.Before(in.From) && at.Before(in.To) }
