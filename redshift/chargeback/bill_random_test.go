package chargeback

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// A randomWorld is random usage of random warehouses.
type randomWorld struct {
	*rand.Rand
	options BillOptions // without an archive
	found   found

	queries      map[string][]Query // by warehouse
	scans        map[string][]Scan
	sizes        map[string][]SchemaSize
	memberships  map[string][]Membership
	transactions int64
}

var (
	randomUsers = []string{"ann", "bob", "cid", "dan", ""}
	randomRoles = []string{"r1", "r2", "r3"}
	randomTaken = october.From.Add(30 * time.Hour)
)

func newRandomWorld(seed uint64) *randomWorld {
	r := &randomWorld{
		Rand: rand.New(rand.NewPCG(seed, 1)), options: optionsOf(),
		queries: map[string][]Query{}, scans: map[string][]Scan{}, sizes: map[string][]SchemaSize{}, memberships: map[string][]Membership{},
	}
	r.found.transactions = map[string][]Transaction{}
	for i := range 1 + r.IntN(3) {
		w := r.warehouse(i)
		r.options.Description.Warehouses = append(r.options.Description.Warehouses, w)
		r.usage(w.Key())
		r.charges(w)
	}
	r.found.charged = append(r.found.charged, charged{
		Charge: Charge{Kind: Other, Amount: Amount(r.Int64N(1000) - 500)}, unit: "c", parts: []part{{booked: october.From}},
	})
	return r
}

func pickOne[T any](r *randomWorld, of ...T) T { return of[r.IntN(len(of))] }

func (r *randomWorld) warehouse(i int) Warehouse {
	w := Warehouse{Warehouse: share.Warehouse{Workgroup: fmt.Sprintf("w%d", i)}}
	if r.IntN(2) == 0 {
		w.Warehouse = share.Warehouse{Cluster: fmt.Sprintf("c%d", i)}
	}
	if r.IntN(4) == 0 {
		w.Unit = "b"
	} else {
		w.Rules = map[Kind]Rule{}
		for _, kind := range []Kind{"", Storage, Compute, Spectrum} {
			if r.IntN(2) == 0 {
				w.Rules[kind] = r.rule()
			}
		}
	}
	w.By = pickOne(r, ByNothing, ByUser, ByRole, ByLabel, ByDatabase)
	if w.By == ByRole {
		w.Roles = []string{"r2", "r1"}
	}
	return w
}

func (r *randomWorld) rule() Rule {
	switch r.IntN(4) {
	case 0:
		return Rule{Shares: map[string]string{"a": "1", "b": "0.7", "c": fmt.Sprint(r.IntN(5))}}
	case 1:
		return Rule{ByStorage: map[string]string{"dev.s0": "a", "s1": "b", "s2": "c"}}
	}
	return Rule{ByUsage: &UsageRule{
		Labels: map[string]string{"nightly": "c"}, Users: map[string]string{"ann": "a", "bob": "b"},
		Roles: map[string]string{"r1": "a", "r3": "b"}, Rest: pickOne(r, "", "c"),
	}}
}

// time returns a time of a few hours around midnight: an hour is an object of the archive.
func (r *randomWorld) time() time.Time {
	return october.From.Add(22*time.Hour + time.Duration(r.Int64N(int64(5*time.Hour/time.Microsecond)))*time.Microsecond)
}

// usage makes rows of a warehouse, many of which end at one time.
func (r *randomWorld) usage(key string) {
	end := r.time()
	for id := range int64(r.IntN(60)) {
		if r.IntN(3) > 0 {
			end = r.time()
		}
		q := Query{
			ID: id, User: pickOne(r, randomUsers...), Label: pickOne(r, "", "", "nightly", HarvestLabel), Database: pickOne(r, "dev", "prod"),
			ComputeType: pickOne(r, "primary", "", "primary-scale"), CacheHit: r.IntN(9) == 0,
			End: end, Execution: time.Duration(r.Int64N(int64(pickOne(r, time.Second, time.Hour)/time.Microsecond))) * time.Microsecond,
		}
		r.queries[key] = append(r.queries[key], q)
		if r.IntN(4) == 0 {
			r.scans[key] = append(r.scans[key], Scan{Query: id + r.Int64N(2)*1000, User: q.User, End: end.Add(-time.Millisecond), Bytes: r.Int64N(1 << 40)})
		}
	}
	for i := range r.IntN(4) {
		r.sizes[key] = append(r.sizes[key], SchemaSize{Taken: randomTaken, Database: "dev", Schema: fmt.Sprintf("s%d", i), MB: r.Int64N(1 << 30)})
	}
	for _, user := range randomUsers[:4] {
		if r.IntN(2) == 0 {
			r.memberships[key] = append(r.memberships[key], Membership{Taken: randomTaken, Member: user, Role: pickOne(r, randomRoles...)})
		}
	}
	for range r.IntN(4) {
		start := r.time()
		r.transactions++
		r.found.transactions[key] = append(r.found.transactions[key], Transaction{ID: r.transactions, User: pickOne(r, randomUsers...), Start: start, End: start.Add(time.Hour)})
	}
}

func (r *randomWorld) charges(w Warehouse) {
	for _, of := range []struct {
		kind Kind
		by   sharing
	}{{Compute, byQueries}, {Compute, byQueries}, {Nodes, byQueries}, {ScalingTime, byScaling}, {Spectrum, byScans}, {Storage, byDay}, {Snapshots, byDay}} {
		c := charged{Charge: Charge{Warehouse: w.Key(), Kind: of.kind}, sharing: of.by}
		for booked := r.time().Truncate(time.Minute); booked.Before(october.To); booked = booked.Add(time.Duration(1+r.IntN(150)) * time.Minute) {
			from := booked.Add(-time.Duration(r.IntN(3)*r.IntN(60)) * time.Minute)
			p := part{booked: booked, window: Interval{from, booked.Add(time.Minute)}, quantity: r.Int64N(1 << 40)}
			c.parts, c.Quantity = append(c.parts, p), c.Quantity+p.quantity
		}
		c.Amount = Amount(r.Int64N(pickOne[int64](r, 10, 1<<40)))
		r.found.charged = append(r.found.charged, c)
	}
	extra := chargeOf(w, Optimization, byDay, part{booked: october.From, quantity: r.Int64N(1 << 30)})
	r.found.beside = append(r.found.beside, extra)
}

// archive returns the rows of the world, put in an order of its own.
func (r *randomWorld) archive(t *testing.T) Archive {
	t.Helper()
	o := r.options
	o.Usage = Archive{Store: NewMemory()}
	for _, w := range o.Description.Warehouses {
		key := w.Key()
		putRows(t, o, w, shuffledRows(r, r.queries[key])...)
		putRows(t, o, w, shuffledRows(r, r.scans[key])...)
		putRows(t, o, w, shuffledRows(r, r.sizes[key])...)
		putRows(t, o, w, shuffledRows(r, r.memberships[key])...)
		takenAt(t, o, w, SchemaSizes, randomTaken)
		takenAt(t, o, w, Memberships, randomTaken)
		r.found.transactions[key] = shuffledRows(r, r.found.transactions[key])
	}
	return o.Usage
}

func (r *randomWorld) bill(t *testing.T, usage Archive, idle Idle) Bill {
	t.Helper()
	o := r.options
	o.Usage = usage
	o.Description.Warehouses = slices.Clone(o.Description.Warehouses)
	for i := range o.Description.Warehouses {
		w := &o.Description.Warehouses[i]
		if w.Idle = idle; idle == IdleOwner {
			w.IdleUnit = "c"
		}
	}
	return billOfFound(t, o, r.found)
}

func shuffledRows[T any](r *randomWorld, of []T) []T {
	of = slices.Clone(of)
	r.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
	return of
}

func TestRandomUsageIsBilledExactly(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := newRandomWorld(seed)
		usage := r.archive(t)
		bill := r.bill(t, usage, IdleExplicit)
		var total Amount
		for _, c := range r.found.charged {
			total += c.Amount
		}
		if bill.Total != total || sumOfLines(bill.Lines) != total {
			t.Errorf("seed %d: total %s, lines %s, want %s", seed, bill.Total, sumOfLines(bill.Lines), total)
		}
		if err := bill.Check(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if again := r.bill(t, r.archive(t), IdleExplicit); jsonOf(t, again) != jsonOf(t, bill) {
			t.Errorf("seed %d: another order of rows gives another bill", seed)
		}
		for _, idle := range []Idle{IdleSpread, IdleOwner} {
			if other := r.bill(t, usage, idle); other.Total != total || sumOfLines(other.Lines) != total {
				t.Errorf("seed %d: with idle %s the total is %s, want %s", seed, idle, other.Total, total)
			}
		}
		r.checkActive(t, seed, bill)
	}
}

func sumOfLines(lines []Line) (sum Amount) {
	for _, l := range lines {
		sum += l.Amount
	}
	return sum
}

func jsonOf(t *testing.T, b Bill) string {
	t.Helper()
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// checkActive checks that who pays for what queries used ran one in a window of the charge
// that was booked that day, on the clusters that were charged for.
func (r *randomWorld) checkActive(t *testing.T, seed uint64, b Bill) {
	t.Helper()
	for _, w := range r.options.Description.Warehouses {
		for _, l := range b.Lines {
			if l.Warehouse != w.Key() || l.Basis != BasisQueries || w.By != ByUser || l.Owner == "" {
				continue
			}
			c := r.found.charged[l.Charge]
			if !slices.ContainsFunc(r.queries[l.Warehouse], func(q Query) bool { return ownerOfRandom(q) == l.Owner && ranFor(q, c, l.Day) }) {
				t.Errorf("seed %d: %s pays for %s of %s on %s and ran nothing", seed, l.Owner, l.Kind, l.Warehouse, l.Day)
			}
		}
	}
}

func ownerOfRandom(q Query) string {
	switch {
	case q.Label == HarvestLabel:
		return OwnerHarvest
	case q.User == "":
		return OwnerNone
	}
	return q.User
}

func ranFor(q Query, c charged, on time.Time) bool {
	if q.CacheHit || (q.ComputeType == "primary-scale") != (c.Kind == ScalingTime) {
		return false
	}
	return slices.ContainsFunc(c.parts, func(p part) bool {
		return billDay(p.booked).Equal(on) && q.End.After(p.window.From) && q.End.Add(-q.Execution).Before(p.window.To)
	})
}
