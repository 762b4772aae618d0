package chargeback

import (
	"context"
	"strings"
	"testing"
	"time"
)

// A warehouse that is described twice, once without its Region or account, is charged for
// once or not at all.
func TestTheSameWarehouseIsNotChargedTwice(t *testing.T) {
	t.Parallel()
	bare, full := workgroupOf("a"), workgroupOf("b")
	bare.Warehouse.Account, bare.Warehouse.Region = "", ""
	full.Warehouse.Workgroup, full.Warehouse.Account, full.Warehouse.Region = bare.Warehouse.Workgroup, "111111111111", "us-east-1"
	o := chargedOptions(t, bare, full)
	for _, w := range []Warehouse{bare, full} {
		if err := o.Usage.Cover(context.Background(), w.Key(), func(c *Coverage) { c.Account = "111111111111" }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ComputeBill(context.Background(), o); err == nil || !strings.Contains(err.Error(), "describe it once") {
		t.Errorf("the error is %v", err)
	}
	if err := o.Usage.Cover(context.Background(), bare.Key(), func(c *Coverage) { c.Account = "222222222222" }); err != nil {
		t.Fatal(err)
	}
	if _, err := ComputeBill(context.Background(), o); err != nil {
		t.Errorf("of another account: %v", err)
	}
}

// Looking at a cluster tells nothing of what workgroups used of their reservations.
func TestClustersDoNotUseReservationsOfWorkgroups(t *testing.T) {
	t.Parallel()
	w, c := workgroupOf("a"), clusterOf("b")
	o := optionsOf(w, c)
	o.Prices = chargePrices()
	o.Prices.RPUs = []ServerlessReservation{{ID: "r", RPUs: 8, Hourly: "0.3", Interval: october, Source: "x"}}
	known := Interval{october.From, october.From.Add(time.Hour)}
	coverAll(t, o, w, known)
	coverAll(t, o, c, october)
	putRows(t, o, c, lookedDaily(2)...)
	for _, charge := range mustFind(t, o).charged {
		if charge.Kind == Reservation && charge.Quantity != 8*3600*perOne {
			t.Errorf("unused are %s RPU-seconds, of one hour that is known", textMillionths(charge.Quantity))
		}
	}
}

// A transaction that ends before it starts makes no window that does.
func TestWindowOfATransactionThatEndsBeforeItStarts(t *testing.T) {
	t.Parallel()
	w := newWindows(october)
	at := october.From.Add(time.Hour)
	w.add(Transaction{Start: at.Add(-time.Minute), End: at})
	w.add(Transaction{Start: at.Add(time.Hour), End: at})
	if got := w.of(at); !got.From.Before(got.To) {
		t.Errorf("the window is %v", got)
	}
	w = newWindows(october)
	w.addOpen(at.Add(-time.Minute), at)
	w.add(Transaction{Start: at.Add(time.Hour), End: at})
	if got := w.of(at); !got.From.Before(got.To) {
		t.Errorf("the window is %v", got)
	}
}
