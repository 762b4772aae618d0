package chargeback

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	wholeDay    = 24 * time.Hour
	longestBill = 400 * wholeDay // of the days of a bill: more is a mistake
)

// Validate refuses options that nothing can be billed by, whatever was harvested.
func (o BillOptions) Validate() error {
	if err := o.Description.Validate(); err != nil {
		return err
	}
	if err := o.Prices.validate(); err != nil {
		return err
	}
	v := &defects{units: map[string]int{}}
	for i, u := range o.Description.Units {
		v.units[u.Name] = i
	}
	v.period(o.Period)
	keys := map[string]bool{"": true}
	for _, w := range o.Description.Warehouses {
		keys[w.Key()] = true
	}
	for _, key := range slices.Sorted(maps.Keys(o.ScalingCredits)) {
		at := fmt.Sprintf("scaling_credits[%q]", key)
		if key == "" || !keys[key] {
			v.bad(at, "there is no such warehouse in the description")
		}
		if o.ScalingCredits[key] < 0 {
			v.bad(at, "%v: less than 0", o.ScalingCredits[key])
		}
	}
	for i, e := range o.External {
		v.external(fmt.Sprintf("external[%d]", i), e, o.Period, keys)
	}
	if len(v.errs) == 0 {
		return nil
	}
	return fmt.Errorf("chargeback: options: %w", errors.Join(v.errs...))
}

func (v *defects) period(p Interval) {
	switch length := p.To.Sub(p.From); {
	case !startsDay(p.From) || !startsDay(p.To):
		v.bad("period", "%s to %s: not whole days in UTC", p.From.Format(time.RFC3339), p.To.Format(time.RFC3339))
	case length <= 0:
		v.bad("period", "%s to %s: it is empty", p.From.Format(time.DateOnly), p.To.Format(time.DateOnly))
	case length > longestBill:
		v.bad("period", "%s to %s: more than %d days", p.From.Format(time.DateOnly), p.To.Format(time.DateOnly), longestBill/wholeDay)
	}
}

func (v *defects) external(at string, e External, period Interval, warehouses map[string]bool) {
	if !slices.Contains(allKinds, e.Kind) {
		v.bad(at+".kind", "%q: no such kind; there are %q", e.Kind, allKinds)
	}
	if !warehouses[e.Warehouse] {
		v.bad(at+".warehouse", "there is no warehouse %q in the description: give its key, or leave it out", e.Warehouse)
	}
	if e.Unit != "" {
		v.known(at+".unit", e.Unit)
	}
	if !startsDay(e.Day) || e.Day.Before(period.From) || !e.Day.Before(period.To) {
		v.bad(at+".day", "%s: not midnight UTC of a day of the period", e.Day.Format(time.RFC3339))
	}
	if e.Quantity < 0 {
		v.bad(at+".quantity", "%d: less than 0", e.Quantity)
	}
	if counted := measureOf(e.Kind, e.Day).counted; counted != "" && e.Quantity > 0 && e.QuantityUnit != counted {
		v.bad(at+".quantity_unit", "%q: quantities of %s are in %s", e.QuantityUnit, e.Kind, counted)
	}
	v.text(at+".source", e.Source)
}

func startsDay(t time.Time) bool { return billDay(t).Equal(t) }

// billDay returns the day of a time, in UTC.
func billDay(t time.Time) time.Time { return t.UTC().Truncate(wholeDay) }
