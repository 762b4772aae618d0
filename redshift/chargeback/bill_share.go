package chargeback

import (
	"context"
	"maps"
	"slices"

	"github.com/awspatterns/awspatterns/internal/allocate"
)

// A sharer shares the charges of a warehouse.
type sharer struct {
	*biller
	Warehouse
	key  string
	done int // warehouses before this one

	payers []debtor // by their number in ledgers
	index  map[debtor]int

	ledgers []*activity // in order of their making
	open    []*activity // who had transactions open
	window  Interval    // that they are known for

	members  *members
	coverage *Coverage
	sizes    map[sizeReading]schemaSizes
}

// shareAll shares all charges of the warehouse.
func (s *sharer) shareAll(ctx context.Context, charges []*sharedCharge) error {
	if err := s.readActivity(ctx, charges); err != nil {
		return err
	}
	for _, c := range charges {
		if err := s.shareCharge(ctx, c); err != nil {
			return err
		}
	}
	if s.members != nil {
		s.members.notes(s.Warehouse, s.note)
	}
	if s.Idle == IdleSpread {
		spreadIdle(charges)
	}
	return nil
}

func (s *sharer) shareCharge(ctx context.Context, c *sharedCharge) error {
	_, rule := s.ruleOf(c.Kind)
	switch {
	case c.unit != "":
		c.all(c.fixed())
	case s.Unit != "" && c.sharing == byDay:
		c.all(debtor{s.Unit, "", BasisWhole})
	case s.Unit != "" || rule.ByUsage != nil:
		s.shareByActivity(c)
	case len(rule.ByStorage) > 0:
		return s.shareBySchemas(ctx, c, rule.ByStorage)
	case len(rule.Shares) > 0:
		return shareByShares(c, rule.Shares)
	default:
		c.all(debtor{"", "", BasisNone})
	}
	return nil
}

// ruleOf returns the rule of a kind, and the kind that it was found under.
func (s *sharer) ruleOf(k Kind) (Kind, Rule) {
	if r, ok := s.Rules[k]; ok {
		return k, r
	}
	return "", s.Rules[""]
}

// shareByShares shares each part by fixed shares.
func shareByShares(c *sharedCharge, shares map[string]string) error {
	units := slices.Sorted(maps.Keys(shares))
	weights := make([]int64, len(units))
	for i, unit := range units {
		var err error
		if weights[i], err = parseShare(shares[unit]); err != nil {
			return err
		}
	}
	for _, p := range c.parts {
		for i, quantity := range allocate.Split(p.quantity, weights) {
			c.add(debtor{units[i], "", BasisShares}, billDay(p.booked), quantity)
		}
	}
	return nil
}

// shareByActivity shares each part by who was active in its window. If nobody was, those
// with an open transaction pay, or it was idle. What is charged by the day, such as storage,
// is shared by who was active that day, or in the period.
func (s *sharer) shareByActivity(c *sharedCharge) {
	active := s.activity(c)
	for _, p := range c.parts {
		at := billDay(p.booked)
		shares, ok := active.Share(p.window.From, p.window.To, p.quantity)
		switch {
		case ok:
		case c.sharing == byDay:
			shares, ok = active.Share(s.options.Period.From, s.options.Period.To, p.quantity)
		case c.sharing == byQueries:
			shares, ok = s.openTransactions(c).Share(p.window.From, p.window.To, p.quantity)
		}
		for _, share := range shares {
			c.add(s.payers[share.Key], at, share.Amount)
		}
		switch {
		case ok:
		case c.sharing == byDay:
			c.add(debtor{"", "", BasisNone}, at, p.quantity)
		default:
			c.add(s.idle(), at, p.quantity)
		}
	}
}

// idle returns who pays for what nobody used. What is spread is explicit at first.
func (s *sharer) idle() debtor {
	if s.Idle == IdleOwner {
		return debtor{s.IdleUnit, OwnerIdle, BasisIdle}
	}
	return debtor{s.Unit, OwnerIdle, BasisIdle}
}

// number returns the number of a debtor in ledgers.
func (s *sharer) number(p debtor) int {
	n, ok := s.index[p]
	if !ok {
		n = len(s.payers)
		s.index[p], s.payers = n, append(s.payers, p)
	}
	return n
}

// windowOf returns the time that the activity has to be known for: the period, and the
// windows of parts that begin before it.
func (s *sharer) windowOf(charges []*sharedCharge) Interval {
	w := s.options.Period
	for _, c := range charges {
		if !s.byActivity(c) {
			continue
		}
		for _, p := range c.parts {
			if p.window.From.Before(w.From) {
				w.From = p.window.From
			}
			if p.window.To.After(w.To) {
				w.To = p.window.To
			}
		}
	}
	return w
}

// dayWindows makes the window of each part its day, for what is charged by the day.
func dayWindows(parts []part) []part {
	parts = slices.Clone(parts)
	for i, p := range parts {
		from := billDay(p.booked)
		parts[i].window = Interval{from, from.Add(wholeDay)}
	}
	return parts
}
