package chargeback

import (
	"strings"
	"testing"
)

// TestReviewEvenQuantities has as much more in one Region as less in another, where prices
// differ: AWS does not count "under 0.000001" more then.
func TestReviewEvenQuantities(t *testing.T) {
	t.Parallel()
	b := newReconcileBill(1)
	b.add(1, "", Compute, Price{Region: "us-west-2"}, 36_000, 3_600_000)
	b.add(1, "", Compute, Price{Region: "eu-central-1"}, 72_000, 9_020_000)
	r := compared(t, b.Bill, []Billed{used(1, serverUse, "", "20", "RPU-Hr", "7.2"), used(1, "EUC1-Redshift:ServerlessUsage", "", "10", "RPU-Hr", "4.51")}, CompareOptions{})
	got := detailOf(r, "", Compute, ReasonUsage)
	if strings.Contains(got, "under") || !strings.Contains(got, "as many RPU-hours in all") {
		t.Errorf("10 RPU-hours more and 10 less are told as %q", got)
	}
}
