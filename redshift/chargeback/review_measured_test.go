package chargeback

import "testing"

// A harvest that was stopped between two databases leaves sizes of the first: they are no
// measurement of the cluster, whose storage stays what was measured before.
func TestReviewSizesOfAStoppedHarvest(t *testing.T) {
	t.Parallel()
	c := clusterOf("b")
	o := chargedOptions(t, c)
	putRows(t, o, c, lookedDaily(2)...)
	size := func(taken, database string) SchemaSize {
		return SchemaSize{Taken: utc(taken), Database: database, Schema: "x", MB: 1 << 20}
	}
	putRows(t, o, c, size("2026-10-05 00:00:00", "dev"), size("2026-10-05 00:00:00", "prod"), size("2026-10-05 06:00:00", "dev"))
	takenAt(t, o, c, SchemaSizes, utc("2026-10-05 00:00:00"))
	for _, charge := range mustFind(t, o).charged {
		if charge.Kind == Storage && charge.Quantity != 48<<21*perOne {
			t.Errorf("stored are %s MB-hours, want %d", textMillionths(charge.Quantity), 48<<21)
		}
	}
}
