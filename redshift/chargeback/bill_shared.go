package chargeback

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/internal/allocate"
)

// A debtor is who pays a share, and why.
type debtor struct {
	unit, owner string
	basis       Basis
}

// A slot is a line of a charge to be.
type slot struct {
	debtor
	day time.Time
}

func compareSlots(a, b slot) int {
	return cmp.Or(cmp.Compare(a.unit, b.unit), a.day.Compare(b.day), cmp.Compare(a.owner, b.owner), cmp.Compare(a.basis, b.basis))
}

// A sharedCharge is a charge and what each debtor has of its quantity.
type sharedCharge struct {
	charged
	beside     bool
	quantities map[slot]int64

	// weighed says that the charge has an amount and no quantity, as those from invoices
	// may: quantities are weights only.
	weighed bool
}

// invoiceWeight is the quantity of each part of a charge that has none.
const invoiceWeight = 1_000_000_000_000

func newSharedCharge(c charged, beside bool) (*sharedCharge, error) {
	s := &sharedCharge{charged: c, beside: beside, quantities: map[slot]int64{}}
	sum := int64(0)
	for _, p := range c.parts {
		var ok bool
		if sum, ok = addExactly(sum, p.quantity); !ok || p.quantity < 0 {
			return nil, fmt.Errorf("chargeback: the quantities of %s of %q cannot be added", c.Kind, c.Warehouse)
		}
	}
	if sum != c.Quantity || len(c.parts) == 0 && c.Amount != 0 {
		return nil, fmt.Errorf("chargeback: the %d parts of the charge for %s of %q have a quantity of %d of %d", len(c.parts), c.Kind, c.Warehouse, sum, c.Quantity)
	}
	if s.weighed = sum == 0 && c.Amount != 0; s.weighed {
		s.parts = slices.Clone(c.parts)
		for i := range s.parts {
			s.parts[i].quantity = invoiceWeight
		}
	}
	return s, nil
}

// fixed returns who pays if nothing of a warehouse decides.
func (s *sharedCharge) fixed() debtor {
	if s.unit != "" {
		return debtor{s.unit, "", BasisShares}
	}
	return debtor{"", "", BasisNone}
}

func (s *sharedCharge) add(p debtor, day time.Time, quantity int64) {
	s.quantities[slot{p, day}] += quantity
}

// all lets one pay for all parts.
func (s *sharedCharge) all(p debtor) {
	for _, part := range s.parts {
		s.add(p, billDay(part.booked), part.quantity)
	}
}

// slots returns the slots in order.
func (s *sharedCharge) slots() []slot {
	return slices.SortedFunc(maps.Keys(s.quantities), compareSlots)
}

// amounts splits the amount of the charge over slots, by their quantities.
func (s *sharedCharge) amounts(slots []slot) []int64 {
	weights := make([]int64, len(slots))
	for i, slot := range slots {
		weights[i] = s.quantities[slot]
	}
	if amounts := allocate.Split(int64(s.Amount), weights); amounts != nil {
		return amounts
	}
	return make([]int64, len(slots))
}

// billed makes charges and lines of what was shared.
func billed(shared []*sharedCharge) (charges []Charge, lines []Line) {
	charges, lines = []Charge{}, []Line{} // in JSON a list, if an empty one
	for i, s := range shared {
		charges = append(charges, s.Charge)
		slots := s.slots()
		for j, amount := range s.amounts(slots) {
			quantity := s.quantities[slots[j]]
			if s.weighed {
				quantity = 0
			}
			if quantity != 0 || amount != 0 {
				lines = append(lines, slots[j].line(i, s.Charge, quantity, Amount(amount)))
			}
		}
	}
	slices.SortFunc(lines, compareLines)
	return charges, lines
}

func (s slot) line(charge int, c Charge, quantity int64, amount Amount) Line {
	return Line{
		Unit: s.unit, Day: s.day, Kind: c.Kind, Warehouse: c.Warehouse, Owner: s.owner,
		Charge: charge, Quantity: quantity, Amount: amount, Basis: s.basis,
	}
}

// compareLines is the order of the lines of a bill.
func compareLines(a, b Line) int {
	return cmp.Or(
		cmp.Compare(a.Unit, b.Unit), a.Day.Compare(b.Day), cmp.Compare(a.Warehouse, b.Warehouse), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Charge, b.Charge), cmp.Compare(a.Basis, b.Basis),
	)
}
