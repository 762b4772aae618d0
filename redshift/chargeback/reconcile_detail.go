package chargeback

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// How much a detail names.
const (
	mostNamed     = 5
	mostNameBytes = 80
)

// detail says in words what a cause is.
func (c *comparison) detail(key topic, t *told, reason Reason) string {
	switch reason {
	case ReasonUsage, ReasonGap, ReasonLate:
		return c.usageDetail(key, t, reason)
	case ReasonUnits:
		return unitsDetail(key.kind, t)
	case ReasonPrice:
		return priceDetail(key.kind, t)
	case ReasonReservation:
		if text := recordsText(t.records[reason]); text != "" {
			return "AWS has it as " + text
		}
		return "AWS charged nothing with a usage type of reservations"
	case ReasonUnsplit:
		return "usage or price: AWS counts in " + namesText(t.units) + ", which cannot be compared"
	case ReasonUnseen:
		if len(t.usageTypes) == 0 {
			return "the bill has it from elsewhere, AWS charged nothing"
		}
		return "no view of Redshift tells it: " + namesText(t.usageTypes)
	case ReasonRounding:
		text := fmt.Sprintf("each of %d lines and %d rows is rounded to a millionth", t.lines, t.rows)
		if records := recordsText(t.records[reason]); records != "" {
			text += "; " + records
		}
		return text
	}
	return "AWS has it as " + recordsText(t.records[reason])
}

func (c *comparison) usageDetail(key topic, t *told, reason Reason) string {
	quantity := quantityText(key.kind, t.quantities[reason])
	days := daysText(t.days[reason])
	switch {
	case quantity == "":
		return "AWS charged without a quantity: " + namesText(t.usageTypes)
	case reason == ReasonGap:
		return quantity + " on days that were not harvested whole: " + days
	case reason == ReasonLate:
		return quantity + ", and AWS may count more yet: " + days
	}
	text := quantity
	switch {
	case t.ours == 0:
		text += ", and the bill has none: " + namesText(t.usageTypes)
	case t.quantities[reason].Sign() > 0:
		text += ": other warehouses or accounts, or booked on another day"
	case t.quantities[reason].Sign() == 0:
		text += ", but elsewhere or on other days, at other prices"
	default:
		text += ": booked on another day, or in an account that was not asked for"
	}
	return text + c.besideText(key)
}

// besideText tells what the bill knows of a kind and has not charged.
func (c *comparison) besideText(key topic) (text string) {
	var beside Amount
	for _, line := range c.bill.Beside {
		if comparedKind(line.Kind) == key.kind && c.unitOf(line.Unit) == key.unit && c.covers(line.Day) {
			beside += line.Amount
		}
	}
	if beside != 0 {
		text = fmt.Sprintf("; %s is beside the total of the bill", moneyText(beside))
	}
	if slices.ContainsFunc(c.bill.Unpriced, func(u Unpriced) bool { return comparedKind(u.Kind) == key.kind }) {
		text += "; the bill has usage of the kind without a price"
	}
	return text
}

func unitsDetail(k Kind, t *told) string {
	quantity := t.quantities[ReasonUnits]
	if quantity != nil && quantity.Sign() < 0 {
		return quantityText(k, quantity) + " for this unit, and as much more for others: the bill shares what AWS has under the tag of the warehouse"
	}
	return quantityText(k, quantity) + " for this unit, and as much less for others: the bill shares what AWS has under the tag of the warehouse"
}

func priceDetail(k Kind, t *told) string {
	ours, aws := perUnit(t.oursCost, t.oursUsed), perUnit(t.awsCost, t.awsUsed)
	if ours == nil || aws == nil {
		return "AWS charged another price than the bill"
	}
	text := fmt.Sprintf("AWS charged %s for a %s, the bill %s", ratText(aws, 6), billedMeasures[k].name, ratText(ours, 6))
	if ours.Sign() <= 0 {
		return text
	}
	percent := new(big.Rat).Sub(aws, ours)
	percent.Quo(percent, ours).Mul(percent, big.NewRat(100, 1))
	word := "more"
	if percent.Sign() < 0 {
		word = "less"
	}
	return fmt.Sprintf("%s: %s percent %s", text, ratText(percent.Abs(percent), 2), word)
}

// perUnit is a price in units of the currency.
func perUnit(a Amount, used *big.Rat) *big.Rat {
	if used.Sign() <= 0 {
		return nil
	}
	price := new(big.Rat).SetFrac64(int64(a), 1_000_000)
	return price.Quo(price, used)
}

// quantityText says how much more or less AWS counts.
func quantityText(k Kind, q *big.Rat) string {
	m, ok := billedMeasures[k]
	if !ok || q == nil {
		return ""
	}
	word := "more"
	switch q.Sign() {
	case 0:
		return fmt.Sprintf("AWS counts as many %s in all", m.plural)
	case -1:
		word = "less"
	}
	size := new(big.Rat).Abs(q)
	name := m.plural
	if size.Cmp(big.NewRat(1, 1)) == 0 {
		name = m.name
	}
	number := ratText(size, 6)
	if number == "0" {
		number = "under 0.000001"
	}
	return fmt.Sprintf("AWS counts %s %s %s", number, name, word)
}

func recordsText(records map[string]Amount) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(records)) {
		all = append(all, fmt.Sprintf("%s %s", nameText(name), moneyText(records[name])))
	}
	return listText(all)
}

func namesText(names map[string]bool) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, nameText(name))
	}
	if len(all) == 0 {
		return "no usage type"
	}
	return listText(all)
}

func daysText(days map[time.Time]bool) string {
	var all []string
	for _, day := range slices.SortedFunc(maps.Keys(days), time.Time.Compare) {
		all = append(all, day.Format(time.DateOnly))
	}
	return listText(all)
}

// listText joins names, of which it shows the first.
func listText(all []string) string {
	if len(all) > mostNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:mostNamed], ", "), len(all)-mostNamed)
	}
	return strings.Join(all, ", ")
}

// nameText makes a name of AWS's, or of whoever wrote a tag, safe to look at.
func nameText(s string) string {
	if s == "" {
		return `""`
	}
	if len(s) > mostNameBytes {
		s = strings.ToValidUTF8(s[:mostNameBytes], "") + "…"
	}
	return printable.Escape(s)
}

// notes are what holds for the whole comparison.
func (c *comparison) notes() (notes []string) {
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if key := c.options.TagKey; key != "" && c.rows > 0 && c.tagged == 0 {
		note("no cost has a value of the tag %s: activate it as a cost allocation tag in the payer account, and tag workgroups, namespaces and clusters; AWS takes up to 24 hours, and tells nothing of the days before", nameText(key))
	} else if key != "" && c.untagged > 0 {
		note("%d of %d rows of AWS have no value of the tag %s", c.untagged, c.rows, nameText(key))
	}
	if n := len(c.estimatedDays); n > 0 {
		note("AWS estimates %d of the days: its bill of the month is not closed, and may change", n)
	}
	if c.rows == 0 {
		note("AWS charged nothing in the period: it may not know it yet, or another account was asked")
	}
	if c.rounded > 0 {
		note("%d rows of AWS have more than six decimals: what AWS charged is off by %s at most", c.rounded, ratText(big.NewRat(int64(c.rounded), 2_000_000), 7))
	}
	if c.outside > 0 {
		note("%d lines and rows are of other days, and left out", c.outside)
	}
	if len(c.bill.Provisional) > 0 {
		note("the bill is provisional: %s", printable.Escape(strings.Join(c.bill.Provisional, "; ")))
	}
	return notes
}
