package chargeback

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// fixedPrices are prices of everything, as round numbers.
func fixedPrices() Prices {
	var p Prices
	for k, unit := range priceUnits {
		if k != Optimization && k != Reservation && k != UnusedNodes {
			p.Prices = append(p.Prices, Price{Kind: k, Amount: "0.36", Unit: unit.unit, Source: "fixed"})
		}
	}
	return p
}

// covered says that all tables of a warehouse are there for the period and around it, and
// that nothing was open after it.
func covered(t *testing.T, o BillOptions, w Warehouse) {
	t.Helper()
	around := Interval{o.Period.From.AddDate(0, 0, -7), o.Period.To.AddDate(0, 0, 1)}
	err := o.Usage.Cover(context.Background(), w.Key(), func(c *Coverage) {
		for _, table := range []Table{Minutes, Queries, Transactions, Scalings, Scans} {
			*c = c.With(table, around)
		}
		c.Region = "us-east-1"
		if c.Taken == nil {
			c.Taken = map[Table][]time.Time{}
		}
		c.Taken[Opens] = append(c.Taken[Opens], around.To)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// minuteAtHour is a minute with a charge, of a workgroup with 1 GB.
func minuteAtHour(at string, charged int64) Minute {
	return Minute{Start: utc(at), End: utc(at).Add(time.Minute), Charged: charged, StorageMB: 1024}
}

func chargesOf(t *testing.T, o BillOptions) found {
	t.Helper()
	f, err := charges(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range slices.Concat(f.charged, f.beside) {
		var sum int64
		for _, p := range c.parts {
			sum += p.quantity
		}
		if sum != c.Quantity {
			t.Errorf("%s: parts of %d, and a quantity of %d", c.Kind, sum, c.Quantity)
		}
		if c.Price.Source == "" {
			t.Errorf("%s: its price has no source", c.Kind)
		}
	}
	return f
}

// amountsOf are what was charged, by kind.
func amountsOf(all []charged) map[Kind]Amount {
	sums := map[Kind]Amount{}
	for _, c := range all {
		sums[c.Kind] += c.Amount
	}
	return sums
}

// TestComputeIsNotMultiplied has charged_seconds taken for RPU-seconds, which they are
// already, whatever the capacity was and was consumed.
func TestComputeIsNotMultiplied(t *testing.T) {
	w := workgroupOf("a")
	o := optionsOf(w)
	o.Prices = fixedPrices()
	m := minuteAtHour("2026-10-05 10:00:00", 36_000)
	m.ComputeSeconds = 9_999_999
	putRows(t, o, w, m)
	covered(t, o, w)
	if got := amountsOf(chargesOf(t, o).charged)[Compute]; got != 3_600_000 { // 10 RPU-hours at 0.36
		t.Errorf("got %s", got)
	}
}

// TestArticleForgets has what the article's SQL forgets: storage, transfer between Regions,
// and automatic optimization, which is beside the total.
func TestArticleForgets(t *testing.T) {
	w := workgroupOf("a")
	o := optionsOf(w)
	o.Prices = fixedPrices()
	m := minuteAtHour("2026-10-05 00:00:00", 3600)
	m.Extra, m.TransferBytes, m.StorageMB = 7200, 10<<30, 744*1024
	putRows(t, o, w, m)
	covered(t, o, w)
	f := chargesOf(t, o)
	want := map[Kind]Amount{
		Compute:  360_000,
		Transfer: 3_600_000,
		Storage:  48 * 360_000, // 744 GB for 48 of the 744 hours of October
	}
	if got := amountsOf(f.charged); !maps.Equal(got, want) {
		t.Errorf("charged %v, want %v", got, want)
	}
	if got := amountsOf(f.beside); got[Optimization] != 720_000 || len(got) != 1 {
		t.Errorf("beside %v", got)
	}
	o.OptimizationInTotal = true
	if got := amountsOf(chargesOf(t, o).charged)[Optimization]; got != 720_000 {
		t.Errorf("in the total: %s", got)
	}
}

// TestUnpriced has no amount made up for what has no price.
func TestUnpriced(t *testing.T) {
	w := workgroupOf("a")
	o := optionsOf(w)
	putRows(t, o, w, minuteAtHour("2026-10-05 00:00:00", 480))
	covered(t, o, w)
	f := chargesOf(t, o)
	if len(f.charged) != 0 || len(f.unpriced) != 2 || f.unpriced[0].Kind != Storage || f.unpriced[1].Quantity != 480*perOne {
		t.Errorf("charged %v, unpriced %v", f.charged, f.unpriced)
	}
}

// TestWindows has the windows of charges that are booked at the ends of transactions.
func TestWindows(t *testing.T) {
	day := Interval{utc("2026-10-05 00:00:00"), utc("2026-10-06 00:00:00")}
	for _, test := range []struct {
		name         string
		transactions []string // from and to
		booked       string
		from         string
	}{
		{"nothing open", nil, "10:00", "10:00"},
		{"one that began and ended in the minute", []string{"10:00:05 10:00:50"}, "10:00", "10:00"},
		{"one of three hours", []string{"07:00:10 10:00:05"}, "10:00", "07:00"},
		{"one before, with an idle minute between", []string{"07:00:10 09:58:59", "10:00:00 10:00:30"}, "10:00", "10:00"},
		{"a short one that ended while a long one was open", []string{"07:00:00 12:00:00", "09:59:30 10:00:30"}, "10:00", "09:59"},
		{"the long one, when it ends", []string{"07:00:00 12:00:00", "09:59:30 10:00:30"}, "12:00", "07:00"},
		{"none ended in it: since the last minute without one", []string{"07:00:00 12:00:00"}, "10:00", "07:00"},
		{"never idle, but of short ones", []string{"09:58:00 09:59:10", "09:59:05 10:00:10", "10:00:05 10:01:20"}, "10:01", "10:00"},
		{"idle right after", []string{"09:00:00 09:59:59"}, "10:00", "10:00"},
	} {
		w := newWindows(day)
		for i, text := range test.transactions {
			from, to, _ := strings.Cut(text, " ")
			w.add(Transaction{ID: int64(i), Start: utc("2026-10-05 " + from), End: utc("2026-10-05 " + to)})
		}
		booked := utc("2026-10-05 " + test.booked + ":00")
		want := Interval{utc("2026-10-05 " + test.from + ":00"), booked.Add(time.Minute)}
		if got := w.of(booked); got != want {
			t.Errorf("%s: got %s to %s, want %s", test.name, got.From.Format(time.TimeOnly), got.To.Format(time.TimeOnly), want.From.Format(time.TimeOnly))
		}
	}
}

// TestLongTransactionBilled is that of A, who ran 48 hours, and B, for 30 seconds in the last
// minute, in which all is charged: A pays nearly all of it.
func TestLongTransactionBilled(t *testing.T) {
	w := workgroupOf("")
	w.Rules = byUsers()
	o := optionsOf(w)
	o.Period = Interval{utc("2026-10-05 00:00:00"), utc("2026-10-08 00:00:00")}
	o.Prices = fixedPrices()
	a := ranQuery(1, "ann", "2026-10-07 12:00:50", 48*time.Hour)
	b := ranQuery(2, "bob", "2026-10-07 12:00:40", 30*time.Second)
	for _, q := range []Query{a, b} {
		putRows(t, o, w, q)
		putRows(t, o, w, Transaction{ID: q.Transaction, User: q.User, Status: "committed", Start: q.Start, End: q.End})
	}
	m := minuteAtHour("2026-10-07 12:00:00", 48*3600*8)
	m.StorageMB = 0
	putRows(t, o, w, m)
	covered(t, o, w)
	bill, err := ComputeBill(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	units := map[string]Amount{}
	for _, l := range bill.Lines {
		units[l.Unit] += l.Amount
	}
	if total := bill.Total; total != 138_240_000 || units["a"]+units["b"] != total || units["b"] <= 0 || units["b"] > total/5000 {
		t.Errorf("of %s, a pays %s and b %s", total, units["a"], units["b"])
	}
}

// TestReservationExample is the one of AWS ("Billing for serverless reservations"): 64 RPUs
// are reserved, and two workgroups use 32 and 32, 32 and 48, 32 and 8.
func TestReservationExample(t *testing.T) {
	one, two := workgroupOf("a"), workgroupOf("b")
	two.Workgroup = "second"
	o := optionsOf(one, two)
	o.Prices = fixedPrices()
	o.Prices.RPUs = []ServerlessReservation{{
		ID: "r", RPUs: 64, Hourly: "0.30", Source: "test",
		Interval: Interval{utc("2026-10-05 00:00:00"), utc("2026-10-05 03:00:00")},
	}}
	for hour, rpus := range [][2]int64{{32, 32}, {32, 48}, {32, 8}} {
		for i, w := range []Warehouse{one, two} {
			for minute := range 60 {
				m := minuteAtHour(fmt.Sprintf("2026-10-05 %02d:%02d:00", hour, minute), rpus[i]*60)
				m.StorageMB = 0
				putRows(t, o, w, m)
			}
		}
	}
	covered(t, o, one)
	covered(t, o, two)
	hours := map[string]int64{}
	for _, c := range chargesOf(t, o).charged {
		hours[c.Warehouse+" "+string(c.Kind)+" "+c.Price.Amount] += c.Quantity / perOne / 3600
	}
	want := map[string]int64{
		one.Key() + " compute 0.30": 89, // 32, 25.6 of 32, and 32
		one.Key() + " compute 0.36": 6,  // 6.4
		two.Key() + " compute 0.30": 78, // 32, 38.4 of 48, and 8
		two.Key() + " compute 0.36": 9,  // 9.6
		" reservation 0.30":         24,
	}
	if !maps.Equal(hours, want) {
		t.Errorf("got %v, want %v", hours, want)
	}
	var amounts Amount
	for _, c := range chargesOf(t, o).charged {
		amounts += c.Amount
	}
	if amounts != 3*64*300_000+16*360_000 { // three hours of 64 reserved RPUs, and 16 on demand
		t.Errorf("charged %s", amounts)
	}
}

// stateOf is a cluster of two nodes.
func stateOf(at, status string) ClusterState {
	return ClusterState{Taken: utc(at), Status: status, NodeType: "ra3.4xlarge", Nodes: 2, Created: utc("2026-01-01 00:00:00")}
}

// TestNodes charges the nodes of a cluster but while it is paused, reserved ones first.
func TestNodes(t *testing.T) {
	w := clusterOf("a")
	o := optionsOf(w)
	o.Prices = fixedPrices()
	putRows(t, o, w, stateOf("2026-10-05 00:00:00", "available"), stateOf("2026-10-05 20:00:00", "paused"), stateOf("2026-10-06 10:00:00", "available"), stateOf("2026-10-07 00:00:00", "available"))
	covered(t, o, w)
	if got := amountsOf(chargesOf(t, o).charged)[Nodes]; got != 2*34*360_000 {
		t.Errorf("on demand: %s", got)
	}
	o.Prices.Nodes = []NodeReservation{{ID: "r", Region: "us-east-1", NodeType: "ra3.4xlarge", Nodes: 1, Hourly: "0.20", Interval: Interval{utc("2026-01-01 00:00:00"), utc("2027-01-01 00:00:00")}, Source: "test"}}
	got := amountsOf(chargesOf(t, o).charged)
	if got[Nodes] != 34*360_000+34*200_000 || got[UnusedNodes] != 14*200_000 {
		t.Errorf("one of two reserved: %v", got)
	}
}

// TestScalingCredits deducts an hour for each day that the cluster ran, and charges a minute
// at least.
func TestScalingCredits(t *testing.T) {
	w := clusterOf("a")
	o := optionsOf(w)
	o.Prices = Prices{Prices: []Price{{Kind: Nodes, Amount: "3.60", Unit: "node-hour", Source: "fixed"}}}
	putRows(t, o, w, stateOf("2026-09-28 00:00:00", "available"), stateOf("2026-10-05 00:00:00", "available"), stateOf("2026-10-07 00:00:00", "available"))
	scaling := func(at string, seconds int64) Scaling {
		return Scaling{Start: utc(at), End: utc(at).Add(time.Duration(seconds) * time.Second), Seconds: seconds, Queries: 1}
	}
	putRows(t, o, w, scaling("2026-10-04 12:00:00", 6*3600), scaling("2026-10-05 12:00:00", 2*3600), scaling("2026-10-05 15:00:00", 10))
	covered(t, o, w)
	// 6.5 hours were earned by noon of the 4th, and 6 of them used; 1.5 by noon of the 5th,
	// and at three o'clock another 450 seconds.
	f := chargesOf(t, o)
	var seconds int64
	for _, c := range f.charged {
		if c.Kind == ScalingTime {
			seconds += c.Quantity
			if c.Price.Amount != "7.2" && c.Price.Amount != "7.20" || !strings.Contains(c.Price.Source, "2 nodes") {
				t.Errorf("at %s per hour, %s", c.Price.Amount, c.Price.Source)
			}
		}
	}
	if seconds != 1800*perOne {
		t.Errorf("%d seconds are charged", seconds/perOne)
	}
	o.ScalingCredits = map[string]time.Duration{w.Key(): 10 * time.Hour}
	if got := amountsOf(chargesOf(t, o).charged)[ScalingTime]; got != 0 {
		t.Errorf("with credits before: %s", got)
	}
}

// TestSpectrum charges at least 10 MB for each query, and a workgroup nothing.
func TestSpectrum(t *testing.T) {
	w := clusterOf("a")
	o := optionsOf(w)
	o.Prices = fixedPrices()
	putRows(t, o, w, stateOf("2026-10-05 00:00:00", "available"))
	putRows(t, o, w, Scan{Query: 1, User: "ann", End: utc("2026-10-05 10:00:00"), Bytes: 1}, Scan{Query: 2, User: "bob", End: utc("2026-10-05 10:00:30"), Bytes: 1 << 30})
	covered(t, o, w)
	f := chargesOf(t, o)
	i := slices.IndexFunc(f.charged, func(c charged) bool { return c.Kind == Spectrum })
	if i < 0 || f.charged[i].Quantity != (10+1024)*perOne || len(f.charged[i].parts) != 1 {
		t.Errorf("charged %v", f.charged)
	}
}

// TestGaps names what was not harvested, and says that more is to come.
func TestGaps(t *testing.T) {
	w := workgroupOf("a")
	o := optionsOf(w)
	f := chargesOf(t, o)
	if len(f.gaps) == 0 || f.gaps[0].Table != Minutes || f.gaps[0].Interval != o.Period || len(f.provisional) == 0 {
		t.Errorf("of nothing: %v, %q", f.gaps, f.provisional)
	}
	covered(t, o, w)
	putRows(t, o, w, minuteAtHour("2026-10-04 23:00:00", 0))
	if f := chargesOf(t, o); len(f.gaps) > 0 || len(f.provisional) > 0 {
		t.Errorf("of all: %v, %q", f.gaps, f.provisional)
	}
	err := o.Usage.Cover(context.Background(), w.Key(), func(c *Coverage) {
		c.Covered, c.Denied = map[Table][]Interval{}, map[Table]string{Minutes: "permission denied"}
	})
	if err != nil {
		t.Fatal(err)
	}
	if f := chargesOf(t, o); len(f.gaps) == 0 || !strings.Contains(f.gaps[0].Reason, "permission denied") {
		t.Errorf("of what was denied: %v", f.gaps)
	}
}

// TestProvisional has a bill change as long as a transaction from within the period is open.
func TestProvisional(t *testing.T) {
	w := workgroupOf("a")
	o := optionsOf(w)
	covered(t, o, w)
	putRows(t, o, w, minuteAtHour("2026-10-04 23:00:00", 0))
	last := o.Period.To.AddDate(0, 0, 1)
	putRows(t, o, w, Open{Taken: last, Transaction: 7, User: "ann", Start: utc("2026-10-06 23:59:00")}, Open{Taken: last, Transaction: 8, User: "bob", Start: utc("2026-10-07 10:00:00")})
	f := chargesOf(t, o)
	if len(f.provisional) != 1 || !strings.Contains(f.provisional[0], "transaction 7") || len(f.crossing) != 1 {
		t.Errorf("%q, %v", f.provisional, f.crossing)
	}
}

// TestPartsAddUp has the parts of charges add up to their quantities for random usage with
// reservations of all sizes.
func TestPartsAddUp(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	for range 20 {
		w := workgroupOf("a")
		o := optionsOf(w)
		o.Prices = fixedPrices()
		var sum int64
		for range 30 {
			charged := random.Int64N(5000)
			m := minuteAtHour(o.Period.From.Add(time.Duration(random.IntN(48*60))*time.Minute).Format(time.DateTime), charged)
			m.StorageMB, m.TransferBytes, m.Extra = random.Int64N(1<<30), random.Int64N(1<<40), random.Int64N(100)
			putRows(t, o, w, m)
		}
		covered(t, o, w)
		for m, err := range Read[Minute](t.Context(), o.Usage, w.Key(), o.Period) {
			if err != nil {
				t.Fatal(err)
			}
			sum += m.Charged
		}
		for i := range random.IntN(3) {
			o.Prices.RPUs = append(o.Prices.RPUs, ServerlessReservation{ID: fmt.Sprint(i), RPUs: 1 + random.Int64N(3), Hourly: "0.1", Interval: o.Period, Source: "test"})
		}
		var got int64
		for _, c := range chargesOf(t, o).charged {
			if c.Kind == Compute {
				got += c.Quantity
			}
		}
		if got != sum*perOne {
			t.Fatalf("%d RPU-seconds are charged of %d", got/perOne, sum)
		}
	}
}

func TestPricesRefused(t *testing.T) {
	for _, test := range []struct {
		prices Prices
		want   string
	}{
		{Prices{Prices: []Price{{Kind: "gold", Amount: "1", Unit: "g", Source: "fixed"}}}, `no prices of kind "gold"`},
		{Prices{Prices: []Price{{Kind: Compute, Amount: "-1", Unit: "RPU-hour", Source: "fixed"}}}, "not negative"},
		{Prices{Prices: []Price{{Kind: Compute, Amount: "1/3", Unit: "RPU-hour", Source: "fixed"}}}, "decimal number"},
		{Prices{Prices: []Price{{Kind: Compute, Amount: "1", Unit: "hour", Source: "fixed"}}}, "want it per RPU-hour"},
		{Prices{Prices: []Price{{Kind: Compute, Amount: "1", Unit: "RPU-hour"}}}, "no Source"},
		{Prices{Discounts: []Discount{{Factor: "7%"}}}, "discounts[0]"},
		{Prices{Discounts: []Discount{{Kind: Snapshots, Factor: "0.9"}}}, "no prices of kind"},
		{Prices{RPUs: []ServerlessReservation{{RPUs: 0, Hourly: "1"}}}, "0 reserved"},
		{Prices{RPUs: []ServerlessReservation{{RPUs: 8, Hourly: "1"}}}, "interval is empty"},
		{Prices{Nodes: []NodeReservation{{Nodes: 1, Hourly: "1", Interval: october}}}, "which Region"},
	} {
		if err := test.prices.validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

// TestPriceOf takes what the caller has fixed first, then what is nearest, and applies
// discounts to the price list alone, which its source tells.
func TestPriceOf(t *testing.T) {
	p := Prices{
		Prices: []Price{
			{Kind: Nodes, Amount: "1", Unit: "node-hour", Source: "list"},
			{Kind: Nodes, Region: "us-east-1", Amount: "2", Unit: "node-hour", Source: "list"},
			{Kind: Nodes, Region: "us-east-1", NodeType: "ra3.large", Amount: "3", Unit: "node-hour", Source: "list"},
			{Kind: Compute, Amount: "0.375", Unit: "RPU-hour", Source: "list"},
			{Kind: Compute, Amount: "0.3", Unit: "RPU-hour", Source: "fixed"},
		},
		Discounts: []Discount{{Kind: Nodes, Factor: "0.93", Source: "EDP"}, {Factor: "0.5", Source: "half"}},
	}
	for _, test := range []struct {
		kind             Kind
		region, nodeType string
		amount, source   string
	}{
		{Nodes, "eu-west-1", "ra3.large", "0.465", "list; × 0.93 (EDP); × 0.5 (half)"},
		{Nodes, "us-east-1", "dc2.large", "0.93", "list; × 0.93 (EDP); × 0.5 (half)"},
		{Nodes, "us-east-1", "ra3.large", "1.395", "list; × 0.93 (EDP); × 0.5 (half)"},
		{Compute, "us-east-1", "", "0.3", "fixed"},
	} {
		got, ok := p.of(test.kind, test.region, test.nodeType)
		if !ok || got.Amount != test.amount || got.Source != test.source {
			t.Errorf("%s %s %s: got %+v, %v", test.kind, test.region, test.nodeType, got, ok)
		}
	}
	if _, ok := p.of(Spectrum, "us-east-1", ""); ok {
		t.Error("a price of Spectrum")
	}
}
