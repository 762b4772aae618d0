package chargeback

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// chargePrices are those of us-east-1, as they were published.
func chargePrices() Prices {
	return Prices{Prices: []Price{
		{Kind: Compute, Amount: "0.375", Unit: "RPU-hour", Source: "fixed"},
		{Kind: Storage, Amount: "0.024", Unit: "GB-month", Source: "fixed"},
		{Kind: Transfer, Amount: "0.02", Unit: "GB", Source: "fixed"},
		{Kind: Nodes, Amount: "3.26", Unit: "node-hour", Source: "fixed"},
		{Kind: Spectrum, Amount: "5", Unit: "TB", Source: "fixed"},
	}}
}

// chargedOptions are options with prices for warehouses whose tables were all harvested.
func chargedOptions(t *testing.T, warehouses ...Warehouse) BillOptions {
	t.Helper()
	o := optionsOf(warehouses...)
	o.Prices = chargePrices()
	for _, w := range warehouses {
		coverAll(t, o, w, Interval{october.From.Add(-lookBack), october.To.Add(time.Hour)})
	}
	return o
}

// coverAll says that all of an interval was harvested, and whether transactions are open at
// its end.
func coverAll(t *testing.T, o BillOptions, w Warehouse, in Interval) {
	t.Helper()
	err := o.Usage.Cover(context.Background(), w.Key(), func(c *Coverage) {
		c.Region, c.Taken = "us-east-1", map[Table][]time.Time{Opens: {in.To}}
		for _, table := range []Table{Minutes, Queries, Transactions, Scalings, Scans} {
			*c = c.With(table, in)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func deny(t *testing.T, o BillOptions, w Warehouse, table Table) {
	t.Helper()
	err := o.Usage.Cover(context.Background(), w.Key(), func(c *Coverage) {
		delete(c.Covered, table)
		c.Denied = map[Table]string{table: "permission denied"}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// usedMinute is a row of a minute.
func usedMinute(start string, charged int64) Minute {
	return Minute{Start: utc(start), End: utc(start).Add(time.Minute), Charged: charged}
}

// lookedAt is what was seen of a cluster of ra3.4xlarge.
func lookedAt(at string, nodes int64, status string) ClusterState {
	return ClusterState{Taken: utc(at), Status: status, NodeType: "ra3.4xlarge", Nodes: nodes, Created: utc("2026-01-01 00:00:00")}
}

// lookedDaily is a cluster that was looked at each day from a week before the period until
// after it.
func lookedDaily(nodes int64) (all []ClusterState) {
	for at := october.From.Add(-lookBack); !at.After(october.To); at = at.Add(wholeDay) {
		all = append(all, lookedAt(at.Format(time.DateTime), nodes, "available"))
	}
	return all
}

// mustFind finds charges, and checks what holds of all.
func mustFind(t *testing.T, o BillOptions) found {
	t.Helper()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	f, err := charges(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range slices.Concat(f.charged, f.beside) {
		sum := int64(0)
		for i, p := range c.parts {
			if sum += p.quantity; p.quantity <= 0 && c.Amount == 0 {
				t.Errorf("%s of %q: part %d is of %d", c.Kind, c.Warehouse, i, p.quantity)
			}
			if i > 0 && p.booked.Before(c.parts[i-1].booked) {
				t.Errorf("%s of %q: part %d is before the one before", c.Kind, c.Warehouse, i)
			}
			if p.booked.Before(o.Period.From) || !p.booked.Before(o.Period.To) || !p.window.From.Before(p.window.To) {
				t.Errorf("%s of %q: part %d is booked at %s, for %v", c.Kind, c.Warehouse, i, p.booked, p.window)
			}
		}
		if sum != c.Quantity {
			t.Errorf("%s of %q: the parts have %d of %d", c.Kind, c.Warehouse, sum, c.Quantity)
		}
		if c.Price.Source == "" {
			t.Errorf("%s of %q: nobody knows where the price is from", c.Kind, c.Warehouse)
		}
	}
	return f
}

// A chargeLine is a charge, for short. The quantity is in whole units.
type chargeLine struct {
	warehouse string
	kind      Kind
	units     int64
	price     string
	amount    string
}

func wantCharges(t *testing.T, all []charged, want ...chargeLine) {
	t.Helper()
	var got []chargeLine
	for _, c := range all {
		got = append(got, chargeLine{c.Warehouse, c.Kind, c.Quantity / perOne, c.Price.Amount, c.Amount.String()})
	}
	if !slices.Equal(got, want) {
		t.Errorf("charges are\n%v, want\n%v", got, want)
	}
}

func TestChargedSecondsAreNeverMultipliedByCapacity(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	m := usedMinute("2026-10-05 10:00:00", 3600)
	m.ComputeSeconds = 7_200_000 // is what ran, not what is charged
	putRows(t, o, w, m)
	wantCharges(t, mustFind(t, o).charged, chargeLine{w.Key(), Compute, 3600, "0.375", "0.375"})
}

// A minute with the minimum of 60 seconds is taken as it is, and so is the idle one after it.
func TestMinimumChargesAreTakenAsTheyCome(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = byUsers()
	o := chargedOptions(t, w)
	putRows(t, o, w, usedMinute("2026-10-05 00:00:00", 480), usedMinute("2026-10-05 00:01:00", 480))
	putRows(t, o, w, ranQuery(1, "ann", "2026-10-05 00:01:00", time.Minute), ranQuery(2, "bob", "2026-10-05 00:00:40", 20*time.Second))
	f := mustFind(t, o)
	wantCharges(t, f.charged, chargeLine{w.Key(), Compute, 960, "0.375", "0.10"})
	wantShares(t, billOfFound(t, o, f),
		shareLine{"", OwnerIdle, BasisIdle, 480}, shareLine{"a", "", BasisQueries, 360}, shareLine{"b", "", BasisQueries, 120})
}

// A runs for two days, B for 30 seconds in the minute in which both end, and in which all of
// it is booked: A pays nearly all.
func TestLongTransactionPaysForItsTime(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = byUsers()
	o := chargedOptions(t, w)
	long, short := ranQuery(1, "ann", "2026-10-06 12:00:45", 48*time.Hour), ranQuery(2, "bob", "2026-10-06 12:00:40", 30*time.Second)
	putRows(t, o, w, usedMinute("2026-10-06 12:00:00", 1_382_400))
	putRows(t, o, w, long, short)
	putRows(t, o, w, Transaction{ID: 1, User: "ann", Start: long.Start, End: long.End}, Transaction{ID: 2, User: "bob", Start: short.Start, End: short.End})
	f := mustFind(t, o)
	wantShares(t, billOfFound(t, o, f), shareLine{"a", "", BasisQueries, 1_382_160}, shareLine{"b", "", BasisQueries, 239})
}

// Who had a transaction open pays if no query ran, however short it was.
func TestShortTransactionsPayIfNoQueryRan(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = byUsers()
	o := chargedOptions(t, w)
	putRows(t, o, w, usedMinute("2026-10-05 10:00:00", 480), usedMinute("2026-10-05 10:01:00", 480))
	var all []Transaction
	for i := range int64(4) { // 10 seconds each; the last crosses the minute
		from := utc("2026-10-05 10:00:10").Add(time.Duration(i) * 15 * time.Second)
		all = append(all, Transaction{ID: i, User: []string{"ann", "bob", "ann", "ann"}[i], Start: from, End: from.Add(10 * time.Second)})
	}
	putRows(t, o, w, all...)
	f := mustFind(t, o)
	if n := len(f.transactions[w.Key()]); n != 0 {
		t.Errorf("%d transactions are kept, of less than a minute each", n)
	}
	// Of the first minute ann had 25 of 35 seconds; the second is for both, with 30 of 40.
	wantShares(t, billOfFound(t, o, f), shareLine{"a", "", BasisTransactions, 702}, shareLine{"b", "", BasisTransactions, 257})
}

func TestOptimizationIsBesideTheTotal(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	m := usedMinute("2026-10-05 10:00:00", 3600)
	m.Extra = 960
	putRows(t, o, w, m)
	f := mustFind(t, o)
	compute, extra := chargeLine{w.Key(), Compute, 3600, "0.375", "0.375"}, chargeLine{w.Key(), Optimization, 960, "0.375", "0.10"}
	wantCharges(t, f.charged, compute)
	wantCharges(t, f.beside, extra)
	wantNote(t, f.notes, "beside the total")

	o.OptimizationInTotal = true
	f = mustFind(t, o)
	wantCharges(t, f.charged, compute, extra)
	wantCharges(t, f.beside)
	wantNote(t, f.notes, "charged twice")
}

func wantNote(t *testing.T, notes []string, part string) {
	t.Helper()
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, part) }) {
		t.Errorf("no note tells %q: %q", part, notes)
	}
}

// Storage is the average of the rows of an hour, else the last row before, also one before
// the period. October has 744 hours.
func TestStorageIsChargedByTheHour(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	stored := func(start string, mb int64) Minute {
		m := usedMinute(start, 0)
		m.StorageMB = mb
		return m
	}
	putRows(t, o, w,
		stored("2026-10-04 20:00:00", 1024),                                      // 10 hours
		stored("2026-10-05 10:00:00", 1000), stored("2026-10-05 10:30:00", 3001), // an hour of 2000.5, then 13 of 3001
		stored("2026-10-06 00:00:00", 0), // the rest
	)
	f := mustFind(t, o)
	quantity := int64(10*1024*perOne + 2000*perOne + perOne/2 + 13*3001*perOne)
	wantCharges(t, f.charged, chargeLine{w.Key(), Storage, quantity / perOne, "0.024", "0.001615"})
	if f.charged[0].Quantity != quantity {
		t.Errorf("the quantity is %d, want %d", f.charged[0].Quantity, quantity)
	}
	wantNote(t, f.notes, "storage of 46 hours")
}

// Nothing is known of storage before it was measured, and after the last harvest.
func TestStorageIsNotMadeUp(t *testing.T) {
	t.Parallel()
	late, early := workgroupOf("a"), workgroupOf("b")
	early.Workgroup = "early"
	o := optionsOf(late, early)
	o.Prices = chargePrices()
	coverAll(t, o, late, Interval{october.From, october.To})
	coverAll(t, o, early, Interval{october.From, october.From.Add(5*time.Hour + 30*time.Minute)})
	for _, w := range []Warehouse{late, early} {
		m := usedMinute("2026-10-05 02:10:00", 0)
		m.StorageMB = 1024
		putRows(t, o, w, m)
	}
	f := mustFind(t, o)
	wantCharges(t, f.charged,
		chargeLine{late.Key(), Storage, 46 * 1024, "0.024", "0.001484"}, chargeLine{early.Key(), Storage, 3 * 1024, "0.024", "0.000097"})
	unknown := Gap{early.Key(), Minutes, Interval{october.From, october.From.Add(2 * time.Hour)}, "no storage was measured yet"}
	if !slices.Contains(f.gaps, unknown) {
		t.Errorf("gaps are %v, want %v among them", f.gaps, unknown)
	}
}

// Storage of two months has two charges, since a month may have 720 hours or 744.
func TestStorageOfTwoMonths(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := optionsOf(w)
	o.Prices, o.Period = chargePrices(), Interval{utc("2026-10-31 00:00:00"), utc("2026-11-02 00:00:00")}
	coverAll(t, o, w, o.Period)
	m := Minute{Start: o.Period.From, End: o.Period.From.Add(time.Minute), StorageMB: 1 << 30}
	putRows(t, o, w, m)
	wantCharges(t, mustFind(t, o).charged,
		chargeLine{w.Key(), Storage, 24 << 30, "0.024", "811.800774"}, chargeLine{w.Key(), Storage, 24 << 30, "0.024", "838.8608"})
}

func TestTransferAcrossRegionsIsChargedByTheDay(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	var all []Minute
	for i := range 3 {
		m := usedMinute("2026-10-05 23:58:00", 0)
		m.Start, m.End = m.Start.Add(time.Duration(i)*time.Minute), m.End.Add(time.Duration(i)*time.Minute)
		m.TransferBytes = 1 << 30
		all = append(all, m)
	}
	putRows(t, o, w, all...)
	f := mustFind(t, o)
	wantCharges(t, f.charged, chargeLine{w.Key(), Transfer, 3 << 10, "0.02", "0.06"})
	if parts := f.charged[0].parts; len(parts) != 2 || parts[0].quantity != 2<<10*perOne || !parts[1].booked.Equal(utc("2026-10-06 00:00:00")) {
		t.Errorf("the parts are %v", parts)
	}
}

// What has no price is listed, with its quantity, and no amount is made up for it.
func TestUsageWithoutPriceIsUnpriced(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	o.Prices = Prices{Prices: []Price{{Kind: Compute, Region: "eu-west-1", Amount: "1", Unit: "RPU-hour", Source: "fixed"}}}
	m := usedMinute("2026-10-05 10:00:00", 480)
	m.TransferBytes = 1 << 20
	putRows(t, o, w, m)
	f := mustFind(t, o)
	wantCharges(t, f.charged)
	if len(f.unpriced) != 2 || f.unpriced[0].Kind != Transfer || f.unpriced[1].Kind != Compute || f.unpriced[1].Quantity != 480*perOne {
		t.Errorf("unpriced is %v", f.unpriced)
	}
}

// Two workgroups and 64 RPUs reserved, as in "Billing for serverless reservations": they use
// 32 and 32 RPUs in the first hour, 32 and 48 in the second, and 32 and 8 in the third.
func TestServerlessReservation(t *testing.T) {
	t.Parallel()
	one, two := workgroupOf("a"), workgroupOf("b")
	two.Workgroup = "etl"
	o := chargedOptions(t, one, two)
	three := Interval{october.From, october.From.Add(3 * time.Hour)}
	o.Prices.RPUs = []ServerlessReservation{{ID: "r", RPUs: 64, Hourly: "0.3", Interval: three, Source: "ListReservations"}}
	for hour, rpus := range []int64{32, 48, 8} {
		at := october.From.Add(time.Duration(hour)*time.Hour + 10*time.Minute)
		putRows(t, o, one, usedMinute(at.Format(time.DateTime), 32*1800), usedMinute(at.Add(40*time.Minute).Format(time.DateTime), 32*1800))
		putRows(t, o, two, usedMinute(at.Format(time.DateTime), rpus*3600))
	}
	f := mustFind(t, o)
	const hour = 3600
	// 80 RPUs of the second hour share 64: 25.6 and 38.4.
	wantCharges(t, f.charged,
		chargeLine{one.Key(), Compute, 32*hour + 25*hour + 0.6*hour + 32*hour, "0.3", "26.88"},
		chargeLine{one.Key(), Compute, 6.4 * hour, "0.375", "2.40"},
		chargeLine{two.Key(), Compute, 32*hour + 38.4*hour + 8*hour, "0.3", "23.52"},
		chargeLine{two.Key(), Compute, 9.6 * hour, "0.375", "3.60"},
		chargeLine{"", Reservation, 24 * hour, "0.3", "7.20"},
	)
	reserved := f.charged[0].Amount + f.charged[2].Amount + f.charged[4].Amount
	if want := Amount(3 * 64 * 300_000); reserved != want {
		t.Errorf("the reservation costs %s, want %s, used or not", reserved, want)
	}
	wantNote(t, f.notes, "what other workgroups")
}

// A second reservation lies on top of the first, and begins within an hour.
func TestTwoServerlessReservations(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	from := october.From
	o.Prices.RPUs = []ServerlessReservation{
		{ID: "s", RPUs: 8, Hourly: "0.285", Interval: Interval{from.Add(30 * time.Minute), from.Add(time.Hour)}, Source: "upfront"},
		{ID: "r", RPUs: 8, Hourly: "0.3", Interval: Interval{from.Add(-wholeDay), from.Add(time.Hour)}, Source: "monthly"},
	}
	putRows(t, o, w, usedMinute("2026-10-05 00:10:00", 30_000), usedMinute("2026-10-05 00:40:00", 30_000))
	wantCharges(t, mustFind(t, o).charged,
		chargeLine{w.Key(), Compute, 8 * 3600, "0.3", "2.40"}, chargeLine{w.Key(), Compute, 8 * 1800, "0.285", "1.14"},
		chargeLine{w.Key(), Compute, 60_000 - 12*3600, "0.375", "1.75"})
}

// Each discount on a price of the list is told where the price is; what the caller has fixed
// is left alone.
func TestSourceOfPriceIsOnEachCharge(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	o.Prices = Prices{
		Prices: []Price{{Kind: Transfer, Amount: "0.02", Unit: "GB", Source: "contract of 2026"}},
		List: []Price{
			{Kind: Compute, Region: "us-east-1", Amount: "0.375", Unit: "RPU-hour", Source: "AWS Price List: sku X"},
			{Kind: Transfer, Region: "us-east-1", Amount: "0.09", Unit: "GB", Source: "AWS Price List: sku Y"},
		},
		Discounts: []Discount{{Factor: "0.93", Source: "EDP 2026"}, {Kind: Compute, Factor: "0.5", Source: "PPA"}, {Kind: Nodes, Factor: "0", Source: "no"}},
	}
	m := usedMinute("2026-10-05 10:00:00", 3600)
	m.TransferBytes = 1 << 30
	putRows(t, o, w, m)
	f := mustFind(t, o)
	wantCharges(t, f.charged, chargeLine{w.Key(), Compute, 3600, "0.174375", "0.174375"}, chargeLine{w.Key(), Transfer, 1024, "0.02", "0.02"})
	if got, want := f.charged[0].Price.Source, "AWS Price List: sku X; × 0.93 (EDP 2026); × 0.5 (PPA)"; got != want {
		t.Errorf("the source is %q, want %q", got, want)
	}
	if got := f.charged[1].Price.Source; got != "contract of 2026" {
		t.Errorf("the source of what is given is %q", got)
	}
}

func TestExternalChargesAreAsTheyWereGiven(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	o.External = []External{
		{Kind: Snapshots, Warehouse: w.Key(), Day: october.From, Quantity: 5 * perOne, QuantityUnit: "GB-Mo", Amount: 120_000, Source: "Cost Explorer"},
		{Kind: Other, Unit: "b", Day: october.From, Amount: -50_000, Source: "credit"},
	}
	f := mustFind(t, o)
	wantCharges(t, f.charged, chargeLine{w.Key(), Snapshots, 5, "", "0.12"}, chargeLine{"", Other, 0, "", "-0.05"})
	if f.charged[1].unit != "b" || f.charged[0].sharing != byDay {
		t.Errorf("charges are %+v", f.charged)
	}
}

// A warehouse of which nothing was harvested is a gap, and no charge.
func TestNothingHarvested(t *testing.T) {
	t.Parallel()
	w, c := workgroupOf("a"), clusterOf("b")
	o := optionsOf(w, c)
	o.Prices = chargePrices()
	f := mustFind(t, o)
	wantCharges(t, f.charged)
	for _, g := range []Gap{{w.Key(), Minutes, october, "it was not harvested"}, {c.Key(), States, october, "it was not harvested"}} {
		if !slices.Contains(f.gaps, g) {
			t.Errorf("gaps are %v, want %v among them", f.gaps, g)
		}
	}
	wantNote(t, f.provisional, w.String()+": minutes are harvested until 2026-10-05 00:00")
	wantNote(t, f.provisional, w.String()+": whether transactions are still open is not known: harvest once more after 2026-10-07 00:00")
	wantNote(t, f.provisional, c.String()+": what nodes it had is not known")
}

func TestDeniedTablesAreGaps(t *testing.T) {
	t.Parallel()
	c := clusterOf("b")
	o := chargedOptions(t, c)
	putRows(t, o, c, lookedDaily(2)...)
	deny(t, o, c, Scans)
	f := mustFind(t, o)
	want := Gap{c.Key(), Scans, october, "it could not be read: permission denied"}
	if !slices.Contains(f.gaps, want) {
		t.Errorf("gaps are %v, want %v among them", f.gaps, want)
	}
	if len(f.provisional) > 0 {
		t.Errorf("it is provisional, though nothing more can be read: %q", f.provisional)
	}
}

// A bill is final only when it is known that no transaction of its period is open.
func TestOpenTransactionsMakeItProvisional(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	last := october.To.Add(time.Hour)
	crossed := Transaction{ID: 1, User: "ann", Start: utc("2026-10-06 23:59:00"), End: october.To}
	before := Transaction{ID: 2, User: "ann", Start: utc("2026-10-06 23:59:00"), End: october.To.Add(-time.Microsecond)}
	putRows(t, o, w, crossed, before)
	if f := mustFind(t, o); len(f.provisional) > 0 || len(f.crossing) != 1 || f.crossing[0] != (Crossing{w.Key(), 1, "ann", crossed.Start, crossed.End}) {
		t.Errorf("provisional is %q, crossing %v", f.provisional, f.crossing)
	}

	putRows(t, o, w,
		Open{Taken: last.Add(-time.Minute), Transaction: 5, User: "bob", Start: october.From}, // not open any more
		Open{Taken: last, Transaction: 7, User: "bob", Start: utc("2026-10-06 12:00:00")},
		Open{Taken: last, Transaction: 2, User: "ann", Start: before.Start}, // it has ended
		Open{Taken: last, Transaction: 8, User: "bob", Start: october.To},
	)
	f := mustFind(t, o)
	if len(f.provisional) != 1 || !strings.Contains(f.provisional[0], "transaction 7 was open") {
		t.Errorf("provisional is %q", f.provisional)
	}
	want := []Crossing{{w.Key(), 7, "bob", utc("2026-10-06 12:00:00"), time.Time{}}, {w.Key(), 1, "ann", crossed.Start, crossed.End}}
	if !slices.Equal(f.crossing, want) {
		t.Errorf("crossing are %v, want %v", f.crossing, want)
	}
}

// Where the view of transactions could not be read, they follow from queries.
func TestTransactionsFollowFromQueries(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = byUsers()
	o := chargedOptions(t, w)
	deny(t, o, w, Transactions)
	first, last := ranQuery(1, "ann", "2026-10-05 10:10:00", 10*time.Minute), ranQuery(2, "ann", "2026-10-05 11:00:30", time.Minute)
	last.Transaction = first.Transaction
	putRows(t, o, w, first, last, ranQuery(3, "bob", "2026-10-05 10:40:00", 11*time.Minute))
	putRows(t, o, w, usedMinute("2026-10-05 11:00:00", 2200))
	f := mustFind(t, o)
	if got, want := f.charged[0].parts[0].window, (Interval{utc("2026-10-05 10:00:00"), utc("2026-10-05 11:01:00")}); got != want {
		t.Errorf("the window is %v, want %v", got, want)
	}
	wantShares(t, billOfFound(t, o, f), shareLine{"a", "", BasisQueries, 1100}, shareLine{"b", "", BasisQueries, 1100})
	wantNote(t, f.notes, "from their first query to their last")
}

// A transaction that is known is not made again of its queries at the edge of what is known.
func TestTransactionsAreNotMadeTwice(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := optionsOf(w)
	o.Prices = chargePrices()
	coverAll(t, o, w, october)
	noon := utc("2026-10-05 12:00:00")
	err := o.Usage.Cover(context.Background(), w.Key(), func(c *Coverage) {
		c.Covered[Transactions] = []Interval{{noon, october.To.Add(lookBack)}}
	})
	if err != nil {
		t.Fatal(err)
	}
	known := Transaction{ID: 1, User: "ann", Start: noon.Add(-time.Hour), End: noon.Add(time.Hour)}
	query := ranQuery(9, "ann", "2026-10-05 11:30:00", time.Minute)
	query.Transaction = known.ID
	putRows(t, o, w, known)
	putRows(t, o, w, query)
	if got := mustFind(t, o).transactions[w.Key()]; !slices.Equal(got, []Transaction{known}) {
		t.Errorf("transactions are %v, want %v", got, known)
	}
}

// What cannot be counted is an error, with its place, and never a small number.
func TestTooMuchToBeCounted(t *testing.T) {
	t.Parallel()
	w, c := workgroupOf("a"), clusterOf("b")
	for name, put := range map[string]func(*testing.T, BillOptions){
		"a minute": func(t *testing.T, o BillOptions) { putRows(t, o, w, usedMinute("2026-10-05 10:00:00", 1<<60)) },
		"a sum": func(t *testing.T, o BillOptions) {
			for i := range 9 {
				putRows(t, o, w, usedMinute(october.From.Add(time.Duration(i)*time.Minute).Format(time.DateTime), 2_000_000_000_000))
			}
		},
		"transfer": func(t *testing.T, o BillOptions) {
			m := usedMinute("2026-10-05 10:00:00", 0)
			m.TransferBytes = 1<<63 - 1
			putRows(t, o, w, m)
			m.Start = m.Start.Add(time.Minute)
			putRows(t, o, w, m)
		},
		"less than nothing": func(t *testing.T, o BillOptions) { putRows(t, o, w, usedMinute("2026-10-05 10:00:00", -1)) },
		"nodes": func(t *testing.T, o BillOptions) {
			putRows(t, o, c, lookedAt("2026-10-05 00:00:00", 1<<50, "available"), lookedAt("2026-10-05 01:00:00", 1, "available"))
		},
		"scaling": func(t *testing.T, o BillOptions) {
			putRows(t, o, c, Scaling{Start: october.From, End: october.To, Seconds: 1 << 61})
		},
		"schemas": func(t *testing.T, o BillOptions) {
			putRows(t, o, c, lookedDaily(2)...)
			putRows(t, o, c, SchemaSize{Taken: october.From, Schema: "a", MB: 1 << 62}, SchemaSize{Taken: october.From, Schema: "b", MB: 1 << 62})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := chargedOptions(t, w, c)
			put(t, o)
			f, err := charges(context.Background(), o)
			if err == nil {
				t.Fatalf("there is no error, and charges are %+v", f.charged)
			}
			if !strings.Contains(err.Error(), "chargeback: ") || name != "less than nothing" && !errors.Is(err, errTooMuch) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// What is charged while a transaction is open may be for all since it began, also if it was
// not yet seen to end.
func TestOpenTransactionsAreInWindows(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := chargedOptions(t, w)
	putRows(t, o, w, usedMinute("2026-10-06 14:00:00", 480))
	putRows(t, o, w, Open{Taken: october.To.Add(time.Hour), Transaction: 7, User: "bob", Start: utc("2026-10-06 12:00:30")})
	f := mustFind(t, o)
	if got, want := f.charged[0].parts[0].window, (Interval{utc("2026-10-06 12:00:00"), utc("2026-10-06 14:01:00")}); got != want {
		t.Errorf("the window is %v, want %v", got, want)
	}
}
