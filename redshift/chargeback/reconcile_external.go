package chargeback

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Externals returns what AWS charged for and no view tells, for BillOptions.External:
// snapshots and their copies, usage types that are not known, and Spectrum if the bill has
// none. It is by day, unit and usage type, and of usage alone: without credits,
// refunds, taxes, fees, and what costs nothing. Rows of other days than the
// period's are left out. Spectrum is in MB, as a bill counts it, without a quantity if AWS
// counts in a unit that is not known.
//
// The error is that of CompareBill for rows that cannot be read.
func Externals(billed []Billed, b Bill, o CompareOptions) ([]External, error) {
	c := newComparison(b, o)
	sums := map[externalKey]*externalSum{}
	for i, row := range billed {
		if err := c.addBilled(row); err != nil {
			return nil, fmt.Errorf("chargeback: externals: row %d of AWS, %q: %w", i, row.UsageType, err)
		}
		if class, _ := classOf(row.RecordType); class == recordUsage && c.covers(row.Day) && c.isExternal(usageTypeOf(row.UsageType).kind) {
			addExternal(sums, row, c.unitOf(groupUnit(row.Group, o.UnitOf)))
		}
	}
	if err := c.checkSums(); err != nil {
		return nil, fmt.Errorf("chargeback: externals: %w", err)
	}
	all := []External{}
	for key, sum := range sums {
		if sum.amount != 0 {
			all = append(all, key.external(sum))
		}
	}
	slices.SortFunc(all, func(a, b External) int {
		return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source, b.Source), cmp.Compare(a.QuantityUnit, b.QuantityUnit))
	})
	return all, nil
}

// isExternal reports whether no view tells a kind, or none told it for the bill: what is
// charged without a price was an External itself.
func (c *comparison) isExternal(k Kind) bool {
	if k == Spectrum {
		return !slices.ContainsFunc(c.bill.Charges, func(charge Charge) bool { return charge.Kind == Spectrum && charge.Price.Amount != "" })
	}
	return k == Snapshots || k == Other
}

type externalKey struct {
	day, unit, usageType, quantityUnit string
}

type externalSum struct {
	row      Billed
	amount   Amount
	quantity big.Rat
}

func addExternal(sums map[externalKey]*externalSum, row Billed, unit string) {
	key := externalKey{row.Day.UTC().Format(time.DateOnly), unit, row.UsageType, row.Unit}
	if sums[key] == nil {
		sums[key] = &externalSum{row: row}
	}
	amount, _, _ := billedAmount(row.Cost)                 // was read before
	quantity, _ := billedNumber(cmp.Or(row.Quantity, "0")) // too
	sums[key].amount += amount                             // within checkSums
	sums[key].quantity.Add(&sums[key].quantity, quantity)
}

func (key externalKey) external(sum *externalSum) External {
	e := External{
		Kind: usageTypeOf(key.usageType).kind, Unit: key.unit, Day: sum.row.Day.UTC(), Amount: sum.amount,
		Source: strings.TrimSpace("Cost Explorer " + key.usageType),
	}
	size, unit := int64(1), key.quantityUnit
	if counted := measureOf(e.Kind, e.Day).counted; counted != "" {
		m := billedMeasures[e.Kind]
		if !slices.Contains(m.aliases, letters(unit)) {
			return e
		}
		size, unit = m.sizeOn(e.Day), counted
	}
	sum.quantity.Mul(&sum.quantity, new(big.Rat).SetInt64(size))
	if quantity, ok := roundRat(sum.quantity.Mul(&sum.quantity, millionths)); ok && quantity > 0 {
		e.Quantity, e.QuantityUnit = int64(quantity), unit
	}
	return e
}
