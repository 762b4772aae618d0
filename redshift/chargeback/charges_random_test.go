package chargeback

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// Whatever was used: charges have all of it, once, and reservations all that was reserved.
func TestChargesHaveAllThatWasUsed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 3))
		o, used := randomCharges(t, r)
		f := mustFind(t, o)
		if again := mustFind(t, o); !reflect.DeepEqual(f, again) {
			t.Fatalf("seed %d: charges are not the same again", seed)
		}
		got := map[string]int64{}
		reserved := map[Kind]int64{}
		for _, c := range f.charged {
			got[c.Warehouse+" "+string(c.Kind)] += c.Quantity
			if c.Price.Source != "fixed" || c.Warehouse == "" {
				reserved[c.Kind] += c.Quantity
			}
			if err := notRoundedOnce(c, o.Period.From); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		for key, quantity := range used {
			if got[key] != quantity {
				t.Fatalf("seed %d: %s is charged for %d of %d", seed, key, got[key], quantity)
			}
		}
		for _, of := range []struct {
			used, unused Kind
			want         int64
		}{{Compute, Reservation, reservedSeconds(o.Prices.RPUs)}, {Nodes, UnusedNodes, 48 * 3600}} {
			if sum := reserved[of.used] + reserved[of.unused]; sum != of.want*perOne {
				t.Fatalf("seed %d: of %s %d is reserved, want %d", seed, of.used, sum, of.want*perOne)
			}
		}
	}
}

func notRoundedOnce(c charged, at time.Time) error {
	want, err := amountOf(c.Quantity, c.Price, at)
	if err == nil && want != c.Amount {
		err = fmt.Errorf("%s of %q costs %s, want %s", c.Kind, c.Warehouse, c.Amount, want)
	}
	return err
}

// reservedSeconds is what is reserved in the period: intervals of tests are within it.
func reservedSeconds(all []ServerlessReservation) (sum int64) {
	for _, r := range all {
		sum += r.RPUs * int64(r.Interval.To.Sub(r.Interval.From)/time.Second)
	}
	return sum
}

// randomCharges is random usage, and what was used by warehouse and kind.
func randomCharges(t *testing.T, r *rand.Rand) (BillOptions, map[string]int64) {
	t.Helper()
	one, two, c := workgroupOf("a"), workgroupOf("b"), clusterOf("c")
	two.Warehouse = share.Warehouse{Workgroup: "etl"}
	o, used := chargedOptions(t, one, two, c), map[string]int64{}
	for i := range r.IntN(3) {
		from := october.From.Add(time.Duration(r.IntN(2000)) * time.Minute)
		o.Prices.RPUs = append(o.Prices.RPUs, ServerlessReservation{
			ID: fmt.Sprint(i), RPUs: 1 + r.Int64N(100), Hourly: "0.3", Interval: Interval{from, from.Add(time.Duration(1+r.IntN(800)) * time.Minute)}, Source: "random"})
	}
	o.Prices.Nodes = []NodeReservation{{ID: "n", Region: "us-east-1", NodeType: "ra3.4xlarge", Nodes: 1, Hourly: "2", Interval: october, Source: "random"}}
	for _, w := range []Warehouse{one, two} {
		var minutes []Minute
		for i := range 2880 {
			if r.IntN(50) > 0 {
				continue
			}
			m := usedMinute(october.From.Add(time.Duration(i)*time.Minute).Format(time.DateTime), r.Int64N(100_000))
			minutes = append(minutes, m)
			used[w.Key()+" compute"] += m.Charged * perOne
		}
		putRows(t, o, w, minutes...)
		putRows(t, o, w, randomTransactions(r)...)
	}
	nodes := r.Int64N(4)
	states := lookedDaily(nodes)
	putRows(t, o, c, states...)
	used[c.Key()+" nodes"] = nodes * 48 * 3600 * perOne
	for id := range r.Int64N(40) {
		bytes := r.Int64N(1 << 36)
		putRows(t, o, c, Scan{Query: id, End: october.From.Add(time.Duration(r.IntN(2880*60)) * time.Second), Bytes: bytes &^ (1<<20 - 1)})
		used[c.Key()+" spectrum"] += max(10, bytes>>20) * perOne
	}
	return o, used
}

func randomTransactions(r *rand.Rand) (all []Transaction) {
	for id := range r.Int64N(200) {
		from := october.From.Add(time.Duration(r.IntN(2880*60)-3600) * time.Second)
		length := time.Duration(r.IntN(90)) * time.Second
		if r.IntN(20) == 0 {
			length *= 500
		}
		all = append(all, Transaction{ID: id, User: randomUsers[r.IntN(len(randomUsers))], Start: from, End: from.Add(length)})
	}
	return all
}

// However many short transactions are made one, they are together as long as they were, and
// none is in a minute in which it was not.
func TestShortTransactionsKeepTheirTime(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	type at struct {
		user   string
		minute time.Time
	}
	minutesOf := func(all []Transaction) map[at]time.Duration {
		sums := map[at]time.Duration{}
		for _, t := range all {
			for from := t.Start; from.Before(t.End); {
				minute := from.Truncate(time.Minute)
				next := earlier(minute.Add(time.Minute), t.End)
				key := at{t.User, minute}
				sums[key] = min(sums[key]+next.Sub(from), time.Minute) // together no more than the minute
				from = next
			}
		}
		return sums
	}
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 4))
		o := chargedOptions(t, w)
		all := slices.DeleteFunc(randomTransactions(r), func(t Transaction) bool { return t.End.Sub(t.Start) >= time.Minute })
		putRows(t, o, w, all...)
		f := mustFind(t, o)
		var kept []Transaction
		for at := october.From.Add(-lookBack); at.Before(october.To.Add(lookBack)); at = at.Add(time.Minute) {
			f.short[w.Key()].in(at, func(t Transaction) { kept = append(kept, t) })
		}
		if got, want := minutesOf(kept), minutesOf(all); len(f.transactions[w.Key()]) > 0 || !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: users have %v, want %v", seed, got, want)
		}
	}
}
