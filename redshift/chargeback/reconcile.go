package chargeback

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Billed is a row of what AWS charged for Amazon Redshift on a day, such as Cost Explorer
// tells it.
type Billed struct {
	Day        time.Time `json:"day"`                   // midnight UTC
	UsageType  string    `json:"usage_type,omitempty"`  // such as EUC1-Redshift:ServerlessUsage; empty if it is not known
	RecordType string    `json:"record_type,omitempty"` // such as Usage, DiscountedUsage or Credit; empty for Usage
	Group      string    `json:"group,omitempty"`       // value of the tag; empty for what has none
	Quantity   string    `json:"quantity,omitempty"`    // decimal number of Unit; empty for none
	Unit       string    `json:"unit,omitempty"`        // such as RPU-Hr
	Cost       string    `json:"cost"`                  // decimal number
	Currency   string    `json:"currency"`
	Estimated  bool      `json:"estimated,omitempty"` // the month's bill of AWS is not closed
}

// CompareOptions say how a bill is compared with that of AWS.
type CompareOptions struct {
	// Period to compare, whole days in UTC. Defaults to that of the bill. Rows and lines
	// of other days are left out.
	Period Interval `json:"period,omitzero"`

	// TagKey is the cost allocation tag whose values are in Billed.Group. If it is empty,
	// the comparison is by kind alone. UnitOf are units by value of the tag; a value that
	// is not there is the name of a unit.
	TagKey string            `json:"tag_key,omitempty"`
	UnitOf map[string]string `json:"unit_of,omitempty"`

	// Now is when AWS was asked. Usage of the 48 hours before it is taken to be late; if
	// it is zero, that of days that AWS calls estimated.
	Now time.Time `json:"now,omitzero"`
}

// lateness is how long AWS may take to count usage: Cost Explorer refreshes its data at
// least once every 24 hours ("Analyzing your costs and usage with AWS Cost Explorer"), and
// what it is made from may take a day itself.
const lateness = 48 * time.Hour

// A Reconciliation is the difference between a bill and that of AWS.
type Reconciliation struct {
	Currency string   `json:"currency"`
	Period   Interval `json:"period"`
	TagKey   string   `json:"tag_key,omitempty"` // empty if it is by kind alone

	Ours       Amount `json:"ours"`   // the bill's, without what is beside its total
	Billed     Amount `json:"billed"` // what AWS charged
	Difference Amount `json:"difference"`

	// Findings are by unit and kind, in this order, and add up to the amounts above. What
	// belongs to no unit comes last.
	Findings []Finding `json:"findings"`

	// UsageTypes are all that AWS charged for, by name.
	UsageTypes []BilledUsage `json:"usage_types,omitempty"`

	// RoundedRows are rows of AWS with more than six decimals. Each was rounded by half a
	// millionth at most, so Billed is off by half as many millionths at most.
	RoundedRows int `json:"rounded_rows,omitempty"`

	Notes []string `json:"notes,omitempty"`
}

// A Finding is the difference of a unit and kind. Its causes add up to it exactly.
type Finding struct {
	Unit       string  `json:"unit"` // empty for what belongs to none, or if units are not told apart
	Kind       Kind    `json:"kind"`
	Ours       Amount  `json:"ours"`
	Billed     Amount  `json:"billed"`
	Difference Amount  `json:"difference"` // Billed less Ours
	Causes     []Cause `json:"causes,omitempty"`
}

// A Cause is a part of a difference. Its amount is positive where AWS charged more.
type Cause struct {
	Reason Reason `json:"reason"`
	Amount Amount `json:"amount"`
	Detail string `json:"detail"`
}

// A Reason is why AWS charged another amount.
type Reason string

// The reasons, in the order in which they are told.
const (
	ReasonUsage       Reason = "usage"       // AWS counts more or less: other workgroups or accounts, another day
	ReasonGap         Reason = "gap"         // AWS counts more on days that were not harvested whole
	ReasonLate        Reason = "late"        // AWS may not have counted all yet
	ReasonUnits       Reason = "units"       // AWS counts for another unit
	ReasonPrice       Reason = "price"       // AWS took another price: discounts, private rates, free usage
	ReasonReservation Reason = "reservation" // paid with a reservation, or its fee
	ReasonUnsplit     Reason = "unsplit"     // usage or price: AWS names no unit that can be compared
	ReasonUnseen      Reason = "unseen"      // no view tells it
	ReasonDiscount    Reason = "discount"    // record types, with amounts of their own
	ReasonCredit      Reason = "credit"
	ReasonRefund      Reason = "refund"
	ReasonTax         Reason = "tax"
	ReasonFee         Reason = "fee"
	ReasonOther       Reason = "other" // a record type that is not known
	ReasonRounding    Reason = "rounding"
)

var reasons = []Reason{
	ReasonUsage, ReasonGap, ReasonLate, ReasonUnits, ReasonPrice, ReasonReservation, ReasonUnsplit, ReasonUnseen,
	ReasonDiscount, ReasonCredit, ReasonRefund, ReasonTax, ReasonFee, ReasonOther, ReasonRounding,
}

// A BilledUsage is a usage type that AWS charged for.
type BilledUsage struct {
	UsageType string `json:"usage_type"` // empty for record types that were asked for without one
	Kind      Kind   `json:"kind"`
	Rows      int    `json:"rows"`
	Cost      Amount `json:"cost"`
}

// CompareBill compares a bill with what AWS charged, by kind and, with a tag, by unit.
//
// Costs are rounded to millionths once for each row, half to even; all else is exact: the
// causes of a finding add up to its difference, and the findings to the amounts of both
// bills. What is told of a cause is less certain than its amount: AWS does not name
// workgroups, so usage of two of them that differ in opposite ways looks like none. A day's
// difference is taken apart by its quantity at the bill's price, and the rest is price.
// Automatic optimization is compared as compute: AWS has no usage type for it.
//
// The error names the row or line that cannot be compared: another currency, a number that
// is none, a day with a time, sums beyond what an Amount holds.
func CompareBill(b Bill, billed []Billed, o CompareOptions) (Reconciliation, error) {
	c := newComparison(b, o)
	c.findRegions(billed)
	if err := c.addBill(); err != nil {
		return Reconciliation{}, fmt.Errorf("chargeback: compare bill: %w", err)
	}
	for i, row := range billed {
		if err := c.addBilled(row); err != nil {
			return Reconciliation{}, fmt.Errorf("chargeback: compare bill: row %d of AWS, %q on %s: %w", i, row.UsageType, row.Day.Format(time.DateOnly), err)
		}
	}
	if err := c.checkSums(); err != nil {
		return Reconciliation{}, fmt.Errorf("chargeback: compare bill: %w", err)
	}
	c.explain()
	return c.result(), nil
}

// result puts what was found in order.
func (c *comparison) result() Reconciliation {
	r := Reconciliation{
		Currency: c.bill.Currency, Period: c.period, TagKey: c.options.TagKey,
		RoundedRows: c.rounded, Findings: []Finding{}, Notes: c.notes(),
	}
	keys := slices.SortedFunc(maps.Keys(c.topics), topic.compare)
	for _, key := range keys {
		f := c.finding(key)
		r.Ours += f.Ours
		r.Billed += f.Billed
		r.Findings = append(r.Findings, f)
	}
	r.Difference = r.Billed - r.Ours
	for _, name := range slices.Sorted(maps.Keys(c.usage)) {
		r.UsageTypes = append(r.UsageTypes, *c.usage[name])
	}
	return r
}

func (c *comparison) finding(key topic) Finding {
	t := c.topics[key]
	f := Finding{Unit: key.unit, Kind: key.kind, Ours: t.ours, Billed: t.billed, Difference: t.billed - t.ours}
	for _, reason := range reasons {
		if amount := t.causes[reason]; amount != 0 {
			f.Causes = append(f.Causes, Cause{reason, amount, c.detail(key, t, reason)})
		}
	}
	return f
}

func (t topic) compare(other topic) int {
	return cmp.Or(
		cmp.Compare(emptyLast(t.unit), emptyLast(other.unit)), cmp.Compare(t.unit, other.unit),
		compareKinds(t.kind, other.kind),
	)
}

func emptyLast(s string) int {
	if s == "" {
		return 1
	}
	return 0
}
