package chargeback

import (
	"context"
	"testing"
)

// A period before the first harvest is not known, which is no error.
func TestReviewScalingHarvestedOnlyAfterThePeriod(t *testing.T) {
	t.Parallel()
	w := clusterOf("a")
	o := optionsOf(w)
	o.Prices = chargePrices()
	coverAll(t, o, w, Interval{october.To.Add(wholeDay), october.To.Add(3 * wholeDay)})
	b, err := ComputeBill(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Gaps) == 0 || len(b.Charges) != 0 {
		t.Errorf("charges %v, gaps %v", b.Charges, b.Gaps)
	}
}

// Of a period of which nothing was harvested, nobody knows what a reservation was used for.
func TestReviewReservationOfAPeriodBeforeTheFirstHarvest(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := optionsOf(w)
	o.Prices = chargePrices()
	o.Prices.RPUs = []ServerlessReservation{{ID: "r", RPUs: 8, Hourly: "0.3", Interval: Interval{october.From.Add(-lookBack), october.To.Add(lookBack)}, Source: "x"}}
	coverAll(t, o, w, Interval{october.To.Add(wholeDay), october.To.Add(3 * wholeDay)})
	wantCharges(t, mustFind(t, o).charged)
}
