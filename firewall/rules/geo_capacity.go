package rules

import "fmt"

// minSpare is what the default leaves room for, in units.
const minSpare = 10

// A GeoCapacity is what the rules take of their group, and what it should reserve, in
// units of capacity. A stateful rule takes one (measured: a text of 250 rules consumes
// 250). The capacity of a group cannot be changed; it costs nothing, but a group takes
// at most [MaxCapacity], and a policy 30,000 rules and 20 stateful groups (quotas of
// Network Firewall; the number of rules can be raised).
type GeoCapacity struct {
	Used     int // rules that are rendered
	Headroom int // for rules to come
	Reserve  int // the capacity the group has, or has to be created with

	// NeedsReplace tells that the group there is too small, so that another one with
	// the capacity Reserve has to take its place.
	NeedsReplace bool
}

func (c GeoCapacity) String() string {
	text := fmt.Sprintf("%d of %d units of capacity used", c.Used, c.Reserve)
	if c.NeedsReplace {
		text += "; the group there has less and has to be replaced"
	}
	return text
}

// capacity reserves room. A group that is large enough stays as it is.
func (opts GeoRulesOptions) capacity(used int) GeoCapacity {
	c := GeoCapacity{Used: used, Reserve: opts.Capacity}
	if used > opts.Capacity {
		headroom := opts.Headroom
		if headroom == 0 {
			headroom = max(used, minSpare)
		}
		c.Reserve = min(used+min(headroom, MaxCapacity), MaxCapacity)
		c.NeedsReplace = opts.Capacity > 0
	}
	c.Headroom = c.Reserve - used
	return c
}
