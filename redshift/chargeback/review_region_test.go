package chargeback

import (
	"slices"
	"testing"
)

// TestReviewUnknownRegion compares usage of a Region whose code is not in the table, such as
// one that is new, with that of the bill: what differs is the price.
func TestReviewUnknownRegion(t *testing.T) {
	t.Parallel()
	for _, usageType := range []string{"CNN1-Redshift:ServerlessUsage", "APS9-Redshift:ServerlessUsage", "ZZZ9-Redshift:ServerlessUsage"} {
		region := map[string]string{"CNN1": "cn-north-1", "APS9": "ap-southeast-7", "ZZZ9": "zz-new-9"}[usageType[:4]]
		b := newReconcileBill(1)
		b.add(1, "", Compute, Price{Region: region}, 36_000, 3_600_000)
		r := compared(t, b.Bill, []Billed{used(1, usageType, "", "10", "RPU-Hr", "3.24")}, CompareOptions{})
		if got, want := causesOf(r, "", Compute), []string{"price -0.36"}; !slices.Equal(got, want) {
			t.Errorf("%s: causes %q, want %q: %s", usageType, got, want, r)
		}
	}
}
