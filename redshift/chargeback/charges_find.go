package chargeback

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/internal/allocate"
)

// A found is all that a period was charged for.
type found struct {
	charged, beside []charged
	unpriced        []Unpriced
	gaps            []Gap
	notes           []string
	provisional     []string
	crossing        []Crossing

	// transactions are those by warehouse that took a minute or more, or are open: if
	// nothing ran, they are what a charge is for.
	transactions map[string][]Transaction
}

// A finder finds the charges of a period.
type finder struct {
	BillOptions
	found
	workgroups []meter // compute of workgroups, for reservations
	clusters   []meter // nodes of clusters, by node type
	until      time.Time
}

// A meter is what a warehouse used of something that can be reserved.
type meter struct {
	warehouse, region, nodeType string
	parts                       []part
}

// A site is a warehouse and what is known of it.
type site struct {
	Warehouse
	key, region string
	coverage    Coverage
}

// charges finds what was charged in the period of a bill, from harvested usage.
func charges(ctx context.Context, o BillOptions) (found, error) {
	f := &finder{BillOptions: o}
	f.transactions = map[string][]Transaction{}
	for _, w := range o.Description.Warehouses {
		s := site{Warehouse: w, key: w.Key()}
		var err error
		if s.coverage, err = o.Usage.Coverage(ctx, s.key); err != nil {
			return found{}, fmt.Errorf("chargeback: %s: %w", w, err)
		}
		s.region = cmp.Or(w.Region, s.coverage.Region)
		if err := f.site(ctx, s); err != nil {
			return found{}, fmt.Errorf("chargeback: %s: %w", w, err)
		}
	}
	f.reserve()
	f.externals()
	slices.SortFunc(f.crossing, compareCrossings)
	slices.Sort(f.notes)
	f.notes = slices.Compact(f.notes)
	return f.found, f.check()
}

// check refuses charges that are more than can be counted.
func (f *finder) check() error {
	for _, c := range slices.Concat(f.charged, f.beside) {
		if c.Amount > largestAmount || c.Amount < -largestAmount || c.Quantity < 0 {
			return fmt.Errorf("chargeback: %s of %q is more than can be counted", c.Kind, c.Charge.Warehouse)
		}
	}
	return nil
}

func (f *finder) site(ctx context.Context, s site) error {
	f.look(s)
	w, err := f.readTransactions(ctx, s)
	if err != nil {
		return err
	}
	if err := f.opens(ctx, s); err != nil {
		return err
	}
	if s.Workgroup != "" {
		return f.workgroup(ctx, s, w)
	}
	return f.cluster(ctx, s)
}

// tables are those that a warehouse is billed from, that of its main charge first.
func (s site) tables() []Table {
	main := []Table{Minutes}
	if s.Cluster != "" {
		main = []Table{Scalings, Scans}
	}
	if s.Unit == "" || s.By != ByNothing {
		main = append(main, Queries, Transactions)
	}
	return main
}

// look names what is not known of the period, and whether more is to come.
func (f *finder) look(s site) {
	for _, t := range s.tables() {
		reason := "it was not harvested"
		if denied := s.coverage.Denied[t]; denied != "" {
			reason = "it could not be read: " + denied
		}
		missing := s.coverage.Missing(t, f.Period)
		for _, in := range missing {
			f.gaps = append(f.gaps, Gap{s.key, t, in, reason})
		}
		if n := len(missing); n > 0 && missing[n-1].To.Equal(f.Period.To) && s.coverage.Denied[t] == "" {
			f.provisional = append(f.provisional, fmt.Sprintf("%s: %s are harvested until %s", s.Warehouse, t, missing[n-1].From.Format("2006-01-02 15:04")))
		}
		if spans := s.coverage.Covered[t]; len(spans) > 0 {
			f.until = later(f.until, earlier(spans[len(spans)-1].To, f.Period.To))
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// readTransactions reads when transactions were open. If the view of them could not be
// read, they follow from queries.
func (f *finder) readTransactions(ctx context.Context, s site) (*windows, error) {
	look := Interval{f.Period.From.Add(-lookBack), f.Period.To.Add(lookBack)}
	w := newWindows(look)
	add := func(t Transaction) {
		w.add(t)
		if t.End.Sub(t.Start) >= activityStep {
			f.transactions[s.key] = append(f.transactions[s.key], t)
		}
		if t.Start.Before(f.Period.To) && !t.End.Before(f.Period.To) {
			f.crossing = append(f.crossing, Crossing{s.key, t.ID, t.User, t.Start, t.End})
		}
	}
	for t, err := range Read[Transaction](ctx, f.Usage, s.key, look) {
		if err != nil {
			return nil, err
		}
		add(t)
	}
	if len(s.coverage.Covered[Transactions]) > 0 {
		return w, nil
	}
	byID := map[int64]Transaction{}
	for q, err := range Read[Query](ctx, f.Usage, s.key, look) {
		if err != nil {
			return nil, err
		}
		t, ok := byID[q.Transaction]
		if !ok {
			t = Transaction{ID: q.Transaction, User: q.User, Start: q.Start, End: q.End}
		}
		t.Start, t.End = earlier(t.Start, q.Start), later(t.End, q.End)
		byID[q.Transaction] = t
	}
	for _, t := range byID {
		add(t)
	}
	return w, nil
}

func compareCrossings(a, b Crossing) int {
	return cmp.Or(cmp.Compare(a.Warehouse, b.Warehouse), a.Start.Compare(b.Start), cmp.Compare(a.Transaction, b.Transaction))
}

// opens tells of transactions that had not ended when that was last looked at.
func (f *finder) opens(ctx context.Context, s site) error {
	taken := s.coverage.Taken[Opens]
	if len(taken) == 0 || taken[len(taken)-1].Before(f.Period.To) {
		f.provisional = append(f.provisional, fmt.Sprintf("%s: whether transactions are still open is not known: harvest once more after the end of the period", s.Warehouse))
	}
	if len(taken) == 0 {
		return nil
	}
	last := taken[len(taken)-1]
	for o, err := range Read[Open](ctx, f.Usage, s.key, Interval{last, last.Add(time.Microsecond)}) {
		if err != nil {
			return err
		}
		if !o.Start.Before(f.Period.To) {
			continue
		}
		f.transactions[s.key] = append(f.transactions[s.key], Transaction{ID: o.Transaction, User: o.User, Start: o.Start})
		f.crossing = append(f.crossing, Crossing{Warehouse: s.key, Transaction: o.Transaction, User: o.User, Start: o.Start})
		f.provisional = append(f.provisional, fmt.Sprintf("%s: transaction %d was open at %s: what it uses is charged when it ends", s.Warehouse, o.Transaction, last.Format("2006-01-02 15:04")))
	}
	return nil
}

// A draft is a charge without its price.
type draft struct {
	site
	kind     Kind
	nodeType string
	sharing  sharing
	parts    []part
	at       time.Time // decides on the month of storage
	beside   bool
	price    *Price // if it is known
}

// charge prices a draft, or lists it as unpriced.
func (f *finder) charge(d draft) error {
	quantity := int64(0)
	for _, p := range d.parts {
		quantity += p.quantity
	}
	if quantity == 0 {
		return nil
	}
	price, ok := f.Prices.of(d.priceKind(), d.region, d.nodeType)
	if d.price != nil {
		price, ok = *d.price, true
	}
	if !ok {
		f.unpriced = append(f.unpriced, Unpriced{d.key, d.kind, d.nodeType, quantity, fmt.Sprintf("no price per %s is known in Region %q", priceUnits[d.kind].unit, d.region)})
		return nil
	}
	price.Kind = d.kind
	amount, err := amountOf(quantity, price, d.at)
	if err != nil {
		return fmt.Errorf("%s: %w", d.kind, err)
	}
	c := charged{Charge: Charge{d.key, d.kind, quantity, price, amount}, sharing: d.sharing, parts: d.parts}
	if d.beside {
		f.beside = append(f.beside, c)
	} else {
		f.charged = append(f.charged, c)
	}
	return nil
}

// priceKind is the kind whose price a kind has.
func (d draft) priceKind() Kind {
	if d.kind == Optimization {
		return Compute
	}
	return d.kind
}

// externals adds what is taken from a bill.
func (f *finder) externals() {
	for _, e := range f.External {
		f.charged = append(f.charged, charged{
			Charge: Charge{e.Warehouse, e.Kind, e.Quantity, Price{Kind: e.Kind, Unit: e.QuantityUnit, Source: e.Source}, e.Amount},
			unit:   e.Unit,
			parts:  []part{{booked: e.Day, window: Interval{e.Day, e.Day.Add(wholeDay)}, quantity: e.Quantity}},
		})
	}
}

// A reserved is a reservation that several use.
type reserved struct {
	id       string
	n        int64 // RPUs or nodes
	price    Price
	interval Interval
}

// reserve takes what was used from reservations, hour by hour and in the order of their ids,
// as AWS does before it charges on demand ("Billing for serverless reservations"), and
// charges what is left on demand, and what was reserved and not used to nobody.
func (f *finder) reserve() {
	var pools []reserved
	for _, r := range f.Prices.RPUs {
		pools = append(pools, reserved{r.ID, r.RPUs, Price{Kind: Compute, Amount: r.Hourly, Unit: "RPU-hour", Source: "reservation " + r.ID + ", " + r.Source}, r.Interval})
	}
	if len(pools) > 0 {
		f.note("serverless reservations are those of the payer: what other workgroups than the described ones used of them is not known")
	}
	f.use(pools, f.workgroups, Compute, Reservation)
	types := map[[2]string]bool{}
	for _, m := range f.clusters {
		types[[2]string{m.region, m.nodeType}] = true
	}
	for _, r := range f.Prices.Nodes {
		types[[2]string{r.Region, r.NodeType}] = true
	}
	for _, t := range sortedPairs(types) {
		var pools []reserved
		for _, r := range f.Prices.Nodes {
			if r.Region == t[0] && r.NodeType == t[1] {
				pools = append(pools, reserved{r.ID, r.Nodes, Price{Kind: Nodes, Region: r.Region, NodeType: r.NodeType, Amount: r.Hourly, Unit: "node-hour", Source: "reserved nodes " + r.ID + ", " + r.Source}, r.Interval})
			}
		}
		var meters []meter
		for _, m := range f.clusters {
			if m.region == t[0] && m.nodeType == t[1] {
				meters = append(meters, m)
			}
		}
		f.use(pools, meters, Nodes, UnusedNodes)
	}
}

func sortedPairs(pairs map[[2]string]bool) (all [][2]string) {
	for p := range pairs {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return all
}

func (f *finder) note(format string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
}

// use charges meters for what they took from reservations and beyond.
func (f *finder) use(pools []reserved, meters []meter, kind, unused Kind) {
	slices.SortFunc(pools, func(a, b reserved) int { return cmp.Compare(a.id, b.id) })
	for _, p := range pools {
		taken, left := f.take(p, meters)
		for i, m := range meters {
			f.chargeKnown(draft{site: site{key: m.warehouse, region: m.region}, kind: kind, nodeType: m.nodeType, sharing: byQueries, parts: taken[i], price: &p.price})
		}
		f.chargeKnown(draft{kind: unused, nodeType: p.price.NodeType, parts: left, price: &p.price})
	}
	for _, m := range meters {
		rest := slices.DeleteFunc(m.parts, func(p part) bool { return p.quantity == 0 })
		f.chargeKnown(draft{site: site{key: m.warehouse, region: m.region}, kind: kind, nodeType: m.nodeType, sharing: byQueries, parts: rest})
	}
}

// chargeKnown charges what cannot be too much to be counted by itself; check sees to it.
func (f *finder) chargeKnown(d draft) {
	d.at = f.Period.From
	if err := f.charge(d); err != nil {
		f.charged = append(f.charged, charged{Charge: Charge{Warehouse: d.key, Kind: d.kind, Amount: largestAmount + 1}})
	}
}

// take takes from the parts of meters what a reservation has in each hour, in proportion, and
// returns what was taken, by meter, and what was not used.
func (f *finder) take(p reserved, meters []meter) (taken [][]part, unused []part) {
	taken = make([][]part, len(meters))
	next := make([]int, len(meters)) // first part of the hour
	in := Interval{later(p.interval.From, f.Period.From), earlier(p.interval.To, earlier(f.until, f.Period.To))}
	for hour := in.From.Truncate(time.Hour); hour.Before(in.To); hour = hour.Add(time.Hour) {
		from, to := later(hour, in.From), earlier(hour.Add(time.Hour), in.To)
		capacity := p.n * int64(to.Sub(from)/time.Second) * perOne
		type place struct{ meter, part int }
		var places []place
		var used []int64
		sum := int64(0)
		for i, m := range meters {
			for ; next[i] < len(m.parts) && m.parts[next[i]].booked.Before(to); next[i]++ {
				if at := m.parts[next[i]]; !at.booked.Before(from) && at.quantity > 0 {
					places, used, sum = append(places, place{i, next[i]}), append(used, at.quantity), sum+at.quantity
				}
			}
		}
		take := min(capacity, sum)
		for j, share := range allocate.Split(take, used) {
			whole := &meters[places[j].meter].parts[places[j].part]
			part := *whole
			part.quantity, whole.quantity = share, whole.quantity-share
			taken[places[j].meter] = append(taken[places[j].meter], part)
		}
		if capacity > take {
			unused = append(unused, part{booked: hour, window: Interval{from, to}, quantity: capacity - take})
		}
	}
	return taken, unused
}

// millionthsOf is n units in millionths, of a unit of size parts each.
func millionthsOf(n, size int64) int64 {
	a, ok := roundRat(new(big.Rat).Mul(big.NewRat(n, size), millionths))
	if !ok {
		return largestAmount + 1
	}
	return int64(a)
}

// managed reports whether nodes of a type have managed storage ("Amazon Redshift
// provisioned clusters": RA3 and RG).
func managed(nodeType string) bool {
	return strings.HasPrefix(nodeType, "ra3.") || strings.HasPrefix(nodeType, "rg.")
}
