package chargeback

import (
	"strings"
	"testing"
	"time"
)

const (
	salesWarehouse     = "222222222222/us-east-1/workgroup/sales"
	marketingWarehouse = "333333333333/us-east-1/workgroup/marketing"
	etlWarehouse       = "111122223333/us-east-1/cluster/etl"
)

func november(day int) time.Time { return time.Date(2026, time.November, day, 0, 0, 0, 0, time.UTC) }

// A payingAccount is who pays a part of a charge.
type payingAccount struct {
	unit, owner string
	basis       Basis
	weight      int64
}

// charged adds a charge of November, whose lines add up to it: payers pay each day by their
// weights, less on Saturdays and Sundays, and the last line bears what is lost by rounding.
func (b *Bill) charged(c Charge, payers ...payingAccount) {
	weight := func(day int, p payingAccount) int64 {
		if d := november(day).Weekday(); d == time.Saturday || d == time.Sunday {
			return p.weight
		}
		return 3*p.weight + int64(day%4)
	}
	var all int64
	for day := 1; day <= 30; day++ {
		for _, p := range payers {
			all += weight(day, p)
		}
	}
	amount, quantity := c.Amount, c.Quantity
	for day := 1; day <= 30; day++ {
		for i, p := range payers {
			w := weight(day, p)
			l := Line{
				Unit: p.unit, Day: november(day), Kind: c.Kind, Warehouse: c.Warehouse, Owner: p.owner, Basis: p.basis, Charge: len(b.Charges),
				Amount: Amount(int64(c.Amount) / all * w), Quantity: c.Quantity / all * w,
			}
			if day == 30 && i == len(payers)-1 {
				l.Amount, l.Quantity = amount, quantity
			}
			amount, quantity = amount-l.Amount, quantity-l.Quantity
			b.Lines = append(b.Lines, l)
		}
	}
	b.Charges = append(b.Charges, c)
	b.Total += c.Amount
}

// threeUnits is a bill of three units for November 2026: two with workgroups of their own,
// which share a cluster with the third.
func threeUnits() Bill {
	b := Bill{
		Currency: "USD", Period: Interval{november(1), november(1).AddDate(0, 1, 0)},
		Units: []Unit{
			{Name: "sales", CostCenter: "4711", Tags: map[string]string{"team": "sales", "env": "prod"}},
			{Name: "marketing", CostCenter: "4712", Tags: map[string]string{"team": "marketing & \"brand\""}},
			{Name: "etl"},
		},
		Provisional: []string{"1 transaction was open at the end of the period", "usage of 2026-11-30 may still arrive"},
		Notes:       []string{"clusters had no free credits for concurrency scaling at the beginning", "discount EDP 2026 of 7 percent on all prices of the price list"},
	}
	rpu := Price{Kind: Compute, Region: "us-east-1", Amount: "0.34875", Unit: "RPU-hour", Source: "price list, SKU 8Q6K5T7VZYB9QEWC of 2026-11-01, times 0.93 (EDP 2026)"}
	rms := Price{Kind: Storage, Region: "us-east-1", Amount: "0.02232", Unit: "GB-month", Source: "price list, SKU Z3XWPUQKXC6UTFNR of 2026-11-01, times 0.93 (EDP 2026)"}
	node := Price{Kind: Nodes, Region: "us-east-1", NodeType: "ra3.xlplus", Amount: "0.7012", Unit: "node-hour", Source: "reserved nodes 5b1f, 1 year"}
	const hour, rpuHours, gbMonth = 3_600_000_000, 3_600_000_000, 1024 * 720 * 1_000_000

	b.charged(Charge{salesWarehouse, Compute, 9_412 * rpuHours, rpu, 3_282_435_000},
		payingAccount{"sales", "ada", BasisQueries, 40}, payingAccount{"sales", "grace", BasisQueries, 31}, payingAccount{"sales", "(none)", BasisQueries, 4},
		payingAccount{"sales", OwnerHarvest, BasisQueries, 1}, payingAccount{"sales", OwnerIdle, BasisIdle, 6})
	b.charged(Charge{salesWarehouse, Storage, 812 * gbMonth, rms, 18_123_840}, payingAccount{"sales", "", BasisWhole, 1})
	b.charged(Charge{marketingWarehouse, Compute, 2_077 * rpuHours, rpu, 724_353_750},
		payingAccount{"marketing", "campaigns", BasisQueries, 9}, payingAccount{"marketing", "campaigns", BasisSpread, 1})
	b.charged(Charge{etlWarehouse, Nodes, 4 * 720 * hour, node, 2_019_456_000},
		payingAccount{"etl", "", BasisQueries, 22}, payingAccount{"sales", "", BasisQueries, 9}, payingAccount{"marketing", "", BasisQueries, 7}, payingAccount{"", OwnerIdle, BasisIdle, 5})
	b.charged(Charge{etlWarehouse, Storage, 18_400 * gbMonth, rms, 410_688_000},
		payingAccount{"etl", "", BasisSchemas, 11}, payingAccount{"sales", "", BasisSchemas, 3}, payingAccount{"marketing", "", BasisSchemas, 2})
	b.charged(Charge{etlWarehouse, ScalingTime, 41 * hour, Price{Kind: ScalingTime, Amount: "2.8048", Unit: "hour", Source: "fixed"}, 114_996_800},
		payingAccount{"sales", "", BasisQueries, 5}, payingAccount{"marketing", "", BasisQueries, 2})
	b.charged(Charge{etlWarehouse, Spectrum, 6_990_432_739_258, Price{Kind: Spectrum, Amount: "4.65", Unit: "TB", Source: "fixed"}, 30_999_767},
		payingAccount{"", "", BasisNone, 1})
	b.charged(Charge{"", Snapshots, 0, Price{Source: "invoice of October"}, 12_345_678}, payingAccount{"", "", BasisNone, 1})
	b.charged(Charge{"", Other, 0, Price{Source: "credit of support case 9"}, -25_000_000}, payingAccount{"etl", "", BasisNone, 1})

	b.Beside = []Line{
		{Unit: "sales", Day: november(3), Kind: Optimization, Warehouse: salesWarehouse, Charge: -1, Quantity: 3 * rpuHours, Amount: 1_046_250},
		{Unit: "sales", Day: november(9), Kind: Optimization, Warehouse: salesWarehouse, Charge: -1, Quantity: 2 * rpuHours, Amount: 697_500},
	}
	b.Unpriced = []Unpriced{{marketingWarehouse, Transfer, "", 42 << 10 * 1_000_000, "no price for transfer from us-east-1"}}
	b.Gaps = []Gap{{etlWarehouse, Queries, Interval{november(7).Add(3 * time.Hour), november(7).Add(5*time.Hour + 30*time.Minute)}, "not harvested within 7 days"}}
	b.Crossing = []Crossing{
		{etlWarehouse, 90210, "loader", november(30).Add(22 * time.Hour), time.Time{}},
		{salesWarehouse, 17, "ada", november(30).Add(23*time.Hour + 59*time.Minute), november(31).Add(4 * time.Minute)},
	}
	return b
}

const trap = "</title></script></bdi><script>alert(1)</script><img src=http://x onerror=alert(2)>\" onmouseover=\"alert(3)\u202e\x1b[2J\n{{.}}"

// hostileName is the bill with a trap in every text.
func hostileName() Bill {
	b := threeUnits()
	for i := range b.Units {
		b.Units[i].Name = "=" + trap + b.Units[i].Name
		b.Units[i].CostCenter = "@" + trap
		b.Units[i].Tags = map[string]string{trap: trap}
	}
	for i := range b.Lines {
		l := &b.Lines[i]
		if l.Unit != "" {
			l.Unit = "=" + trap + l.Unit
		}
		l.Owner, l.Warehouse, l.Basis = "+"+trap+l.Owner, spoiled(l.Warehouse), "-"+trap+l.Basis
	}
	for i := range b.Charges {
		c := &b.Charges[i]
		c.Warehouse, c.Price.Source, c.Price.Unit = spoiled(c.Warehouse), "@"+trap, trap
	}
	b.Provisional, b.Notes = []string{trap}, []string{trap}
	b.Currency = trap
	b.Unpriced[0].Reason, b.Unpriced[0].NodeType = trap, trap
	b.Gaps[0].Reason, b.Gaps[0].Table = trap, trap
	b.Crossing[0].User = trap
	b.Beside[0].Unit = trap
	return b
}

func spoiled(key string) string {
	if key == "" {
		return ""
	}
	return key + strings.ReplaceAll(trap, "/", "|")
}

// sixtyUnits is a bill of so many units, with names that are long.
func sixtyUnits() Bill {
	b := Bill{Currency: "EUR", Period: Interval{november(1), november(1).AddDate(0, 1, 0)}}
	for i := range int64(60) {
		name := strings.Repeat("unit of the company number ", 1+int(i%3)) + string(rune('a'+i%26)) + strings.Repeat("x", int(i))
		key := "111122223333/eu-west-1/workgroup/" + strings.Repeat("w", int(i)+1)
		b.charged(Charge{key, Compute, i * 1_000_000_007, Price{Amount: "0.4", Unit: "RPU-hour", Source: "fixed"}, Amount(i*i*1_234_567 + i)},
			payingAccount{name, "user", BasisQueries, 1 + i})
	}
	return b
}

func TestFixtureAddsUp(t *testing.T) {
	for name, b := range map[string]Bill{"three": threeUnits(), "sixty": sixtyUnits(), "hostileName": hostileName()} {
		var lines Amount
		byCharge := map[int]Amount{}
		for _, l := range b.Lines {
			lines += l.Amount
			byCharge[l.Charge] += l.Amount
		}
		if lines != b.Total {
			t.Errorf("%s: lines are %d, total is %d", name, lines, b.Total)
		}
		for i, c := range b.Charges {
			if byCharge[i] != c.Amount {
				t.Errorf("%s: lines of charge %d are %d, want %d", name, i, byCharge[i], c.Amount)
			}
		}
	}
}
