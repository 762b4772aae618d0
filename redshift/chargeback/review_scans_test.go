package chargeback

import (
	"context"
	"testing"
	"time"
)

// Each query pays for at least 10 MB: the shares are those of what was charged.
func TestReviewScansAreSharedByWhatIsChargedForThem(t *testing.T) {
	t.Parallel()
	w := clusterOf("")
	w.Rules = byUsers()
	o := chargedOptions(t, w)
	putRows(t, o, w, lookedDaily(2)...)
	putRows(t, o, w,
		ranQuery(1, "ann", "2026-10-05 10:00:20", time.Second),
		ranQuery(2, "bob", "2026-10-05 10:00:30", time.Second),
		ranQuery(3, "ann", "2026-10-05 11:00:30", time.Second))
	putRows(t, o, w,
		Scan{Query: 1, User: "ann", End: utc("2026-10-05 10:00:20"), Bytes: 1},
		Scan{Query: 2, User: "bob", End: utc("2026-10-05 10:00:30"), Bytes: leastScan},
		Scan{Query: 3, User: "ann", End: utc("2026-10-05 11:00:30"), Bytes: 0})
	b, err := ComputeBill(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, l := range b.Lines {
		if l.Kind == Spectrum {
			got[l.Unit] += l.Quantity / perOne
		}
	}
	if got["a"] != 20 || got["b"] != 10 || len(got) != 2 {
		t.Errorf("MB by unit: %v, want 20 of a and 10 of b", got)
	}
}
