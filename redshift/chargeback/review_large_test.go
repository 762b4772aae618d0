package chargeback

import (
	"slices"
	"testing"
)

// TestReviewLargeDay tells more usage from another price on a day of millions, as there are in
// currencies of small units.
func TestReviewLargeDay(t *testing.T) {
	t.Parallel()
	b := newReconcileBill(1)
	b.Currency = "INR"
	b.add(1, "", Compute, Price{Region: "us-west-2"}, 3600*50_000, 1_500_000_000_000)
	row := used(1, serverUse, "", "100000", "RPU-Hr", "3000000")
	row.Currency = "INR"
	r := compared(t, b.Bill, []Billed{row}, CompareOptions{})
	if got, want := causesOf(r, "", Compute), []string{"usage 1500000.00"}; !slices.Equal(got, want) {
		t.Errorf("causes %q, want %q", got, want)
	}
}
