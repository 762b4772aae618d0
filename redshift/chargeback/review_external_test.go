package chargeback

import (
	"strings"
	"testing"
)

// reviewCharged is a bill of a charge with one line a day, all of the same.
func reviewCharged(period Interval, charges ...Charge) Bill {
	b := Bill{Currency: "USD", Period: period}
	for i, c := range charges {
		b.Charges = append(b.Charges, c)
		b.Lines = append(b.Lines, Line{Day: period.From, Kind: c.Kind, Warehouse: c.Warehouse, Charge: i, Quantity: c.Quantity, Amount: c.Amount, Basis: BasisNone})
		b.Total += c.Amount
	}
	return b
}

// TestReviewExternalQuantity bills Spectrum from Cost Explorer: a line has MB, whatever AWS
// counts in, so that outputs and the next comparison read it right.
func TestReviewExternalQuantity(t *testing.T) {
	t.Parallel()
	rows := []Billed{used(1, "USW2-DataScanned", "", "2", "Terabytes", "10")}
	b := newReconcileBill(1).Bill
	externals, err := Externals(rows, b, CompareOptions{})
	if err != nil || len(externals) != 1 {
		t.Fatal(externals, err)
	}
	f := &finder{BillOptions: BillOptions{External: externals}}
	f.externals()
	b = reviewCharged(b.Period, f.charged[0].Charge)
	_, table := csvTable(t, b.WriteCSV)
	if got := table[0]["quantity"] + " " + table[0]["quantity_unit"]; got != "2097152.000000 MB" {
		t.Errorf("2 TB are %s", got)
	}
	_, table = csvTable(t, focusOf(b))
	if got := table[0]["PricingQuantity"] + " " + table[0]["PricingUnit"]; got != "2 TB" {
		t.Errorf("2 TB are priced as %s", got)
	}
	if text := b.String(); !strings.Contains(text, " 2 TB ") {
		t.Errorf("2 TB are\n%s", text)
	}
	if r := compared(t, b, rows, CompareOptions{}); len(causesOf(r, "", Spectrum)) > 0 {
		t.Errorf("a bill with what AWS charged differs: %s", r)
	}
}

// TestReviewExternalCorrection takes what AWS corrects back, with a quantity below zero: a bill
// has the amount, and would refuse the quantity.
func TestReviewExternalCorrection(t *testing.T) {
	t.Parallel()
	b := newReconcileBill(1).Bill
	externals, err := Externals([]Billed{used(1, "USW2-Redshift:PaidSnapshots", "", "-2", "GB-Mo", "-0.05")}, b, CompareOptions{})
	if err != nil || len(externals) != 1 || externals[0].Amount != -50_000 {
		t.Fatal(externals, err)
	}
	v := &defects{units: map[string]int{}}
	if v.external("external", externals[0], b.Period, map[string]bool{"": true}); len(v.errs) > 0 {
		t.Error(v.errs)
	}
}
