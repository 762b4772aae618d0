package chargeback

import (
	"maps"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/internal/allocate"
)

// spreadIdle adds what was idle to those who used something of the same kind: by what they
// pay, on the same day, else in the whole period. If nobody used anything it stays as it is.
func spreadIdle(charges []*sharedCharge) {
	type group struct {
		kind   Kind
		beside bool
	}
	of := map[group]*bearers{}
	for _, c := range charges {
		g := group{c.Kind, c.beside}
		if of[g] == nil {
			of[g] = &bearers{}
		}
		of[g].add(c)
	}
	for _, c := range charges { // only after all are known
		of[group{c.Kind, c.beside}].spread(c)
	}
}

// bearers are what those who used something pay, in slots whose basis is BasisSpread.
type bearers struct {
	amounts, quantities map[slot]int64
}

func (u *bearers) add(c *sharedCharge) {
	if u.amounts == nil {
		u.amounts, u.quantities = map[slot]int64{}, map[slot]int64{}
	}
	slots := c.slots()
	for i, amount := range c.amounts(slots) {
		if to := slots[i]; to.basis != BasisIdle {
			quantity := c.quantities[to]
			to.basis = BasisSpread
			u.amounts[to] += amount
			u.quantities[to] += quantity
		}
	}
}

// spread replaces the idle slots of a charge. Where nothing costs anything, quantities take
// the place of amounts.
func (u *bearers) spread(c *sharedCharge) {
	for _, idle := range c.slots() {
		if idle.basis != BasisIdle {
			continue
		}
		for _, weights := range []map[slot]int64{onDay(u.amounts, idle.day), u.amounts, onDay(u.quantities, idle.day), u.quantities} {
			if c.spread(idle, weights) {
				break
			}
		}
	}
}

// spread moves a slot to others on its day, by weights.
func (s *sharedCharge) spread(idle slot, weights map[slot]int64) bool {
	merged := map[debtor]int64{}
	for to, weight := range weights {
		merged[to.debtor] += max(weight, 0)
	}
	payers := slices.SortedFunc(maps.Keys(merged), comparePayers)
	ordered := make([]int64, len(payers))
	for i, p := range payers {
		ordered[i] = merged[p]
	}
	quantities := allocate.Split(s.quantities[idle], ordered)
	if quantities == nil {
		return false
	}
	delete(s.quantities, idle)
	for i, quantity := range quantities {
		s.add(payers[i], idle.day, quantity)
	}
	return true
}

func onDay(slots map[slot]int64, day time.Time) map[slot]int64 {
	of := map[slot]int64{}
	for s, v := range slots {
		if s.day.Equal(day) {
			of[s] = v
		}
	}
	return of
}
