package chargeback

import "testing"

// A cluster that was looked at last within a minute has used its reservation until the start
// of that minute, and what it used after that is not known: none of it is unused.
func TestReviewReservedNodesOfAnUnfinishedPeriod(t *testing.T) {
	t.Parallel()
	c := clusterOf("b")
	o := chargedOptions(t, c)
	o.Prices.Nodes = []NodeReservation{{ID: "r", NodeType: "ra3.4xlarge", Nodes: 2, Hourly: "3", Interval: october, Region: "us-east-1", Source: "x"}}
	putRows(t, o, c, lookedAt("2026-10-04 23:00:00", 2, "available"), lookedAt("2026-10-05 12:00:40", 2, "available"))
	f := mustFind(t, o)
	for _, charge := range f.charged {
		if charge.Kind == UnusedNodes {
			t.Errorf("unused are %s node-seconds", textMillionths(charge.Quantity))
		}
	}
	if len(f.charged) == 0 {
		t.Error("nothing is charged")
	}
}
