package chargeback

import (
	"errors"
	"fmt"
	"time"
)

// Check proves that the bill adds up: its lines are in order, each of one of its charges, of
// its units and days; the amounts and quantities of the lines of each charge add up to those
// of the charge, and the charges to the total, exactly. [ComputeBill] returns no other bill;
// one that was stored may have been changed.
func (b Bill) Check() error {
	if err := b.checkTotal(); err != nil {
		return fmt.Errorf("chargeback: bill: %w", err)
	}
	if err := b.checkLines(b.Charges, b.Lines); err != nil {
		return fmt.Errorf("chargeback: bill: lines%w", err)
	}
	if err := b.checkLines(b.BesideCharges, b.Beside); err != nil {
		return fmt.Errorf("chargeback: bill: beside%w", err)
	}
	return nil
}

func (b Bill) checkTotal() error {
	sum, ok := int64(0), true
	for i, c := range b.Charges {
		if sum, ok = addExactly(sum, int64(c.Amount)); !ok {
			return fmt.Errorf("charges[%d]: the sum is too large", i)
		}
	}
	if Amount(sum) != b.Total {
		return fmt.Errorf("the charges add up to %s, the total is %s", Amount(sum), b.Total)
	}
	return nil
}

// checkLines checks lines. Its errors begin with the index of one.
func (b Bill) checkLines(charges []Charge, lines []Line) error {
	units := map[string]bool{"": true}
	for _, u := range b.Units {
		units[u.Name] = true
	}
	left := make([]Charge, len(charges)) // what is not yet seen of them
	copy(left, charges)
	for i, l := range lines {
		if i > 0 && compareLines(lines[i-1], l) >= 0 {
			return fmt.Errorf("[%d]: it is not in order", i)
		}
		if err := b.checkLine(l, charges, units); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
		c := &left[l.Charge]
		c.Amount -= l.Amount // of one sign: they cannot wrap around unseen
		c.Quantity -= l.Quantity
		if c.Quantity < 0 || c.Amount != 0 && (c.Amount < 0) != (l.Amount < 0) && l.Amount != 0 {
			return fmt.Errorf("[%d]: with it, lines have more than charge %d, %s", i, l.Charge, charges[l.Charge].Amount)
		}
	}
	for i, c := range left {
		if c.Amount != 0 || c.Quantity != 0 {
			return fmt.Errorf(": of charge %d, %s for %s of %q, %s and a quantity of %d are on no line", i, charges[i].Amount, c.Kind, c.Warehouse, c.Amount, c.Quantity)
		}
	}
	return nil
}

func (b Bill) checkLine(l Line, charges []Charge, units map[string]bool) error {
	if l.Charge < 0 || l.Charge >= len(charges) {
		return fmt.Errorf("there is no charge %d", l.Charge)
	}
	c := charges[l.Charge]
	switch {
	case l.Kind != c.Kind || l.Warehouse != c.Warehouse:
		return fmt.Errorf("it is %s of %q, its charge %d %s of %q", l.Kind, l.Warehouse, l.Charge, c.Kind, c.Warehouse)
	case !units[l.Unit]:
		return fmt.Errorf("there is no unit %q", l.Unit)
	case !startsDay(l.Day) || l.Day.Before(b.Period.From) || !l.Day.Before(b.Period.To):
		return fmt.Errorf("%s is no day of the period", l.Day.Format(time.RFC3339))
	case l.Quantity < 0 || l.Amount != 0 && (l.Amount < 0) != (c.Amount < 0):
		return errors.New("its sign is not that of its charge")
	}
	return nil
}

// addExactly returns a sum, and whether it fits.
func addExactly(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0)
}
