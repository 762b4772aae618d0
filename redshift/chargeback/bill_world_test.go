package chargeback

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// october is the period of most tests: two days.
var october = Interval{utc("2026-10-05 00:00:00"), utc("2026-10-07 00:00:00")}

func utc(s string) time.Time {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		panic(err)
	}
	return t
}

// workgroupOf returns a workgroup called analytics, which is shared if unit is empty.
func workgroupOf(unit string) Warehouse {
	return Warehouse{Warehouse: share.Warehouse{Workgroup: "analytics"}, Unit: unit}
}

func clusterOf(unit string) Warehouse {
	return Warehouse{Warehouse: share.Warehouse{Cluster: "producer"}, Unit: unit}
}

// byUsers is a rule by users, with units "a" and "b" of users "ann" and "bob".
func byUsers() map[Kind]Rule {
	return map[Kind]Rule{"": {ByUsage: &UsageRule{Users: map[string]string{"ann": "a", "bob": "b"}}}}
}

// optionsOf returns options for units a, b and c with warehouses, and an empty archive.
func optionsOf(warehouses ...Warehouse) BillOptions {
	return BillOptions{
		Description: Description{Units: []Unit{{Name: "a"}, {Name: "b"}, {Name: "c"}}, Warehouses: warehouses},
		Period:      october,
		Usage:       Archive{Store: NewMemory()},
	}
}

// putRows adds rows to the archive of options, and says when they were taken.
func putRows[T Row](t *testing.T, o BillOptions, w Warehouse, rows ...T) {
	t.Helper()
	all := iter.Seq2[T, error](func(yield func(T, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	})
	if _, err := Merge(context.Background(), o.Usage, w.Key(), all); err != nil {
		t.Fatal(err)
	}
}

// takenAt says when a table was read.
func takenAt(t *testing.T, o BillOptions, w Warehouse, of Table, taken ...time.Time) {
	t.Helper()
	err := o.Usage.Cover(context.Background(), w.Key(), func(c *Coverage) {
		if c.Taken == nil {
			c.Taken = map[Table][]time.Time{}
		}
		c.Taken[of] = append(c.Taken[of], taken...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ranQuery returns a query that ended at a time after it ran for a time.
func ranQuery(id int64, user, end string, ran time.Duration) Query {
	return Query{ID: id, Transaction: id, User: user, Database: "dev", Type: "SELECT", Status: "success",
		Start: utc(end).Add(-ran), End: utc(end), Elapsed: ran, Execution: ran}
}

// minuteOf returns a part for a minute, of so many whole units.
func minuteOf(start string, units int64) part {
	from := utc(start)
	return part{booked: from, window: Interval{from, from.Add(time.Minute)}, quantity: units * perOne}
}

// chargeOf returns a charge of which each whole unit costs a hundredth.
func chargeOf(w Warehouse, k Kind, by sharing, parts ...part) charged {
	c := charged{Charge: Charge{Warehouse: w.Key(), Kind: k, Price: Price{Kind: k, Amount: "0.01", Source: "fixed"}}, sharing: by, parts: parts}
	for _, p := range parts {
		c.Quantity += p.quantity
	}
	c.Amount = Amount(c.Quantity / 100)
	return c
}

// billOf bills charges.
func billOf(t *testing.T, o BillOptions, charges ...charged) Bill {
	t.Helper()
	return billOfFound(t, o, found{charged: charges})
}

func billOfFound(t *testing.T, o BillOptions, f found) Bill {
	t.Helper()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	b, err := computeBill(context.Background(), o, f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A shareLine is a line, for short: who has how many whole units.
type shareLine struct {
	unit, owner string
	basis       Basis
	units       int64
}

// sharesOf returns lines, added up over days, warehouses and kinds.
func sharesOf(lines []Line) []shareLine {
	var all []shareLine
	for _, l := range lines {
		i := slices.IndexFunc(all, func(s shareLine) bool { return s.unit == l.Unit && s.owner == l.Owner && s.basis == l.Basis })
		if i < 0 {
			i, all = len(all), append(all, shareLine{l.Unit, l.Owner, l.Basis, 0})
		}
		all[i].units += l.Quantity
	}
	for i := range all {
		all[i].units /= perOne
	}
	slices.SortFunc(all, func(a, b shareLine) int {
		return comparePayers(debtor{a.unit, a.owner, a.basis}, debtor{b.unit, b.owner, b.basis})
	})
	return all
}

func wantShares(t *testing.T, b Bill, want ...shareLine) {
	t.Helper()
	if got := sharesOf(b.Lines); !slices.Equal(got, want) {
		t.Errorf("shares\n%v\nwant\n%v", got, want)
	}
}
