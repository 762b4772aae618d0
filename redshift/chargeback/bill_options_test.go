package chargeback

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestOptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*BillOptions)
		want   string
	}{
		{"no archive", func(o *BillOptions) { o.Usage.Store = nil }, "there is no store"},
		{"description", func(o *BillOptions) { o.Description.Warehouses = nil }, "chargeback: description: warehouses"},
		{"part of a day", func(o *BillOptions) { o.Period.To = o.Period.To.Add(time.Second) }, "period: 2026-10-05T00:00:00Z to 2026-10-07T00:00:01Z: not whole days"},
		{"days of another zone", func(o *BillOptions) {
			o.Period.From = time.Date(2026, 10, 5, 0, 0, 0, 0, time.FixedZone("", 7200))
		}, "not whole days in UTC"},
		{"empty", func(o *BillOptions) { o.Period.To = o.Period.From }, "it is empty"},
		{"backwards", func(o *BillOptions) { o.Period.To = o.Period.From.AddDate(0, 0, -1) }, "it is empty"},
		{"years", func(o *BillOptions) { o.Period.To = o.Period.From.AddDate(0, 0, 401) }, "more than 400 days"},
		{"credits of another", func(o *BillOptions) { o.ScalingCredits = map[string]time.Duration{"x": 1} }, `scaling_credits["x"]: there is no such warehouse`},
		{"negative credits", func(o *BillOptions) {
			o.ScalingCredits = map[string]time.Duration{o.Description.Warehouses[0].Key(): -1}
		}, "less than 0"},
		{"kind", func(o *BillOptions) { o.External[0].Kind = "gold" }, `external[0].kind: "gold"`},
		{"unit", func(o *BillOptions) { o.External[0].Unit = "z" }, `external[0].unit: there is no unit "z"`},
		{"warehouse", func(o *BillOptions) { o.External[0].Warehouse = "z" }, `external[0].warehouse: there is no warehouse "z"`},
		{"day after the period", func(o *BillOptions) { o.External[0].Day = o.Period.To }, "external[0].day"},
		{"quantity", func(o *BillOptions) { o.External[0].Quantity = -1 }, "external[0].quantity: -1: less than 0"},
		{"quantity unit", func(o *BillOptions) {
			o.External[0].Kind, o.External[0].Quantity, o.External[0].QuantityUnit = Storage, 1, "GB-Mo"
		}, `external[0].quantity_unit: "GB-Mo": quantities of storage are in MB-Hours`},
		{"source", func(o *BillOptions) { o.External[0].Source = "" }, "external[0].source: empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := optionsOf(workgroupOf("a"))
			o.External = []External{{Kind: Snapshots, Unit: "a", Day: o.Period.From, Amount: 5, Source: "invoice"}}
			if err := o.Validate(); err != nil {
				t.Fatal(err)
			}
			tt.change(&o)
			if _, err := ComputeBill(context.Background(), o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %s", err, tt.want)
			}
		})
	}
}
