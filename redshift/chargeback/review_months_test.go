package chargeback

import (
	"strings"
	"testing"
	"time"
)

// TestReviewStorageOfMonths has storage of a bill of two months in GB-months of each: times
// the price they are the amount.
func TestReviewStorageOfMonths(t *testing.T) {
	t.Parallel()
	january, february := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	price := Price{Kind: Storage, Amount: "0.024", Unit: "GB-month", Source: "fixed"}
	b := reviewCharged(Interval{january, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)},
		Charge{salesWarehouse, Storage, 100 * 1024 * 744 * 1_000_000, price, 2_400_000},
		Charge{salesWarehouse, Storage, 100 * 1024 * 672 * 1_000_000, price, 2_400_000})
	b.Lines[1].Day = february
	if text := b.String(); strings.Count(text, " 100 GB-months ") != 2 {
		t.Errorf("two months of 100 GB are\n%s", text)
	}
	var page strings.Builder
	if err := b.WriteHTML(&page); err != nil || strings.Count(page.String(), ">100 GB-months<") != 2 {
		t.Errorf("two months of 100 GB, in the page: %d, %v", strings.Count(page.String(), ">100 GB-months<"), err)
	}
}
