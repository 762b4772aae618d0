package chargeback

import (
	"testing"
	"time"
)

// Nobody knows how many nodes a scaling cluster has if nobody looked at its cluster: the
// price of one node is not that of the cluster.
func TestReviewScalingOfUnknownNodesIsUnpriced(t *testing.T) {
	t.Parallel()
	w := clusterOf("a")
	o := chargedOptions(t, w)
	o.Prices.Prices = append(o.Prices.Prices, Price{Kind: ScalingTime, Amount: "1", Unit: "node-hour", Source: "fixed"})
	start := utc("2026-10-05 10:00:00")
	putRows(t, o, w, Scaling{Start: start, End: start.Add(time.Hour), Seconds: 3600, Queries: 1})
	f := mustFind(t, o)
	wantCharges(t, f.charged)
	if len(f.unpriced) != 1 || f.unpriced[0].Kind != ScalingTime || f.unpriced[0].Quantity != 3600*perOne {
		t.Errorf("unpriced: %v", f.unpriced)
	}
}
