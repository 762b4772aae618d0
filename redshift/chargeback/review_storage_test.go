package chargeback

import (
	"context"
	"errors"
	"testing"
)

// Storage that cannot be right is an error, as that of a cluster is.
func TestReviewNegativeStorageOfAWorkgroupIsAnError(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	m := usedMinute("2026-10-05 10:00:00", 60)
	m.StorageMB = -5
	putRows(t, o, w, m)
	if _, err := ComputeBill(context.Background(), o); err == nil {
		t.Error("-5 MB are billed")
	}
}

// Storage whose sum cannot be counted is an error, and not the sum of what could.
func TestReviewStorageOfAWorkgroupThatCannotBeAdded(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	m, n := usedMinute("2026-10-05 10:00:00", 60), usedMinute("2026-10-05 10:01:00", 60)
	m.StorageMB, n.StorageMB = 1, 1<<63-1
	putRows(t, o, w, m, n)
	if _, err := ComputeBill(context.Background(), o); !errors.Is(err, errTooMuch) {
		t.Errorf("err = %v", err)
	}
}
