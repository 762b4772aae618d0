package chargeback

import (
	"testing"
)

// TestReviewFOCUSExponent has a price that was given with an exponent, as a decimal number.
func TestReviewFOCUSExponent(t *testing.T) {
	t.Parallel()
	price := Price{Kind: Transfer, Amount: "2e-2", Unit: "GB", Source: "fixed"}
	if err := price.check(); err != nil {
		t.Skip(err)
	}
	b := reviewCharged(Interval{november(1), november(2)}, Charge{salesWarehouse, Transfer, 1 << 10 * 1_000_000, price, 20_000})
	_, rows := csvTable(t, focusOf(b))
	if got := rows[0]["ContractedUnitPrice"]; got != "0.02" {
		t.Errorf("ContractedUnitPrice is %q", got)
	}
}
