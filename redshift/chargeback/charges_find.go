package chargeback

import (
	"cmp"
	"context"
	"errors"
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

	// transactions are those by warehouse: if nothing ran, they are what a charge is for.
	// Those without End were not seen to end. Of those that took less than a minute, which
	// may be as many as queries, short has the time of each user in each minute.
	transactions map[string][]Transaction
	short        map[string]*shortTimes
}

// A finder finds the charges of a period.
type finder struct {
	BillOptions
	found
	workgroups []meter              // compute of workgroups, for reservations
	clusters   []meter              // nodes of clusters, by node type
	until      map[Kind]time.Time   // of Compute and Nodes: since then nothing is known
	sites      map[string]Warehouse // by key with the account and Region that were harvested
}

// A meter is what a warehouse used of something that can be reserved.
type meter struct {
	warehouse, region, nodeType string
	parts                       []part
}

// minuteLayout is how times are written in texts.
const minuteLayout = "2006-01-02 15:04"

// A site is a warehouse and what is known of it.
type site struct {
	Warehouse
	key, region string
	coverage    Coverage
}

// charges finds what was charged in the period of a bill, from harvested usage.
func charges(ctx context.Context, o BillOptions) (found, error) {
	f := &finder{BillOptions: o, until: map[Kind]time.Time{}, sites: map[string]Warehouse{}}
	f.transactions, f.short = map[string][]Transaction{}, map[string]*shortTimes{}
	for _, w := range o.Description.Warehouses {
		s := site{Warehouse: w, key: w.Key()}
		var err error
		if s.coverage, err = o.Usage.Coverage(ctx, s.key); err != nil {
			return found{}, fmt.Errorf("chargeback: %s: %w", w, err)
		}
		s.region = cmp.Or(w.Region, s.coverage.Region)
		if other, twice := f.same(s); twice {
			return found{}, fmt.Errorf("chargeback: %s and %s are the same, as they were harvested: describe it once", other, w)
		}
		if err := f.site(ctx, s); err != nil {
			return found{}, fmt.Errorf("chargeback: %s: %w", w, err)
		}
	}
	if err := f.reserve(); err != nil {
		return found{}, fmt.Errorf("chargeback: reservations: %w", err)
	}
	f.externals()
	f.order()
	slices.SortFunc(f.crossing, compareCrossings)
	slices.Sort(f.notes)
	f.notes = slices.Compact(f.notes)
	return f.found, f.check()
}

// same returns a warehouse of the description that is the same as another one, whose account
// or Region is not described.
func (f *finder) same(s site) (Warehouse, bool) {
	w := s.Warehouse
	w.Account, w.Region = cmp.Or(w.Account, s.coverage.Account), s.region
	other, twice := f.sites[w.Key()]
	f.sites[w.Key()] = s.Warehouse
	return other, twice
}

// order sorts charges by warehouse, in the order of the description with what belongs to none
// at the end, and by kind.
func (f *finder) order() {
	places := map[string]int{"": len(f.Description.Warehouses)}
	for i, w := range f.Description.Warehouses {
		places[w.Key()] = i
	}
	for _, all := range [][]charged{f.charged, f.beside} {
		slices.SortStableFunc(all, func(a, b charged) int {
			return cmp.Or(cmp.Compare(places[a.Warehouse], places[b.Warehouse]), cmp.Compare(slices.Index(allKinds, a.Kind), slices.Index(allKinds, b.Kind)))
		})
	}
}

// mostMoney is how much all charges may be: sums up to it can be rounded.
const mostMoney = 1 << 62

// check refuses charges whose sum is more than can be counted.
func (f *finder) check() error {
	sums := [2]int64{}
	for _, c := range slices.Concat(f.charged, f.beside) {
		a, sign := int64(c.Amount), 0
		if a < 0 {
			sign = 1 // by themselves: their order is no matter then
		}
		var ok bool
		if sums[sign], ok = addExactly(sums[sign], a); !ok || max(sums[sign], -sums[sign]) > mostMoney || c.Quantity < 0 {
			return fmt.Errorf("chargeback: %s of %q: %w", c.Kind, c.Warehouse, errTooMuch)
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
	if s.Workgroup != "" {
		return f.workgroup(ctx, s, w)
	}
	return f.cluster(ctx, s)
}

// tables are those that a warehouse is billed from, that of its main charge first.
func (s site) tables() []Table {
	if s.Cluster != "" {
		return []Table{Scalings, Scans, Queries, Transactions}
	}
	return []Table{Minutes, Queries, Transactions}
}

// look names what is not known of the period, and whether more is to come.
func (f *finder) look(s site) {
	for _, t := range s.tables() {
		reason := s.reason(t)
		missing := s.coverage.Missing(t, f.Period)
		for _, in := range missing {
			f.gaps = append(f.gaps, Gap{s.key, t, in, reason})
		}
		if n := len(missing); n > 0 && missing[n-1].To.Equal(f.Period.To) && s.coverage.Denied[t] == "" {
			f.provisional = append(f.provisional, fmt.Sprintf("%s: %s are harvested until %s", s.Warehouse, t, missing[n-1].From.Format(minuteLayout)))
		}
	}
}

// reason says why rows of a table are missing.
func (s site) reason(t Table) string {
	if denied := s.coverage.Denied[t]; denied != "" {
		return "it could not be read: " + denied
	}
	return "it was not harvested"
}

// known is until when the period is known from a table, the zero time if it is not.
func (f *finder) known(s site, t Table) time.Time {
	var until time.Time
	for _, in := range s.coverage.Covered[t] {
		if in.overlaps(f.Period) {
			until = earlier(in.To, f.Period.To)
		}
	}
	f.until[Compute] = later(f.until[Compute], until)
	return until
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
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
	unpriced string // why it cannot have a price, if it is known
}

// charge prices a draft, or lists it as unpriced.
func (f *finder) charge(d draft) error {
	quantity, err := addParts(d.parts)
	if err != nil {
		return fmt.Errorf("%s: %w", d.kind, err)
	}
	if quantity == 0 {
		return nil
	}
	price, ok := f.Prices.of(d.priceKind(), d.region, d.nodeType)
	if d.price != nil {
		price, ok = *d.price, true
	}
	if !ok || d.unpriced != "" {
		reason := cmp.Or(d.unpriced, fmt.Sprintf("no price per %s is known in Region %q", priceUnits[d.kind].unit, d.region))
		f.unpriced = append(f.unpriced, Unpriced{d.key, d.kind, d.nodeType, quantity, reason})
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
func (f *finder) reserve() error {
	var pools []reserved
	for _, r := range f.Prices.RPUs {
		pools = append(pools, reserved{r.ID, r.RPUs, Price{Kind: Compute, Region: r.Region, Amount: r.Hourly, Unit: "RPU-hour", Source: "reservation " + r.ID + ", " + r.Source}, r.Interval})
	}
	if len(pools) > 0 {
		f.note("serverless reservations are those of the payer: what other workgroups than the described ones used of them is not known")
	}
	if err := f.use(pools, f.workgroups, Compute, Reservation); err != nil {
		return err
	}
	types := map[[2]string]bool{}
	for _, m := range f.clusters {
		types[[2]string{m.region, m.nodeType}] = true
	}
	if len(f.Prices.Nodes) > 0 {
		f.note("reserved nodes are those of the account: what other clusters than the described ones used of them is not known")
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
		if err := f.use(pools, meters, Nodes, UnusedNodes); err != nil {
			return err
		}
	}
	return nil
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
func (f *finder) use(pools []reserved, meters []meter, kind, unused Kind) error {
	slices.SortStableFunc(pools, func(a, b reserved) int { return cmp.Compare(a.id, b.id) })
	var drafts []draft
	of := func(m meter, parts []part, price *Price) {
		drafts = append(drafts, draft{site: site{key: m.warehouse, region: m.region}, kind: kind, nodeType: m.nodeType, sharing: byQueries, parts: parts, price: price})
	}
	for _, m := range meters {
		if _, err := addParts(m.parts); err != nil { // so that no sum of some of them is too much
			return fmt.Errorf("%s of %q: %w", kind, m.warehouse, err)
		}
	}
	for _, p := range pools {
		taken, left, err := f.take(p, meters, kind)
		if err != nil {
			return fmt.Errorf("%s: %w", p.id, err)
		}
		for i, m := range meters {
			of(m, taken[i], &p.price)
		}
		drafts = append(drafts, draft{kind: unused, nodeType: p.price.NodeType, parts: left, price: &p.price})
	}
	for _, m := range meters {
		of(m, slices.DeleteFunc(m.parts, func(p part) bool { return p.quantity == 0 }), nil)
	}
	for _, d := range drafts {
		d.at = f.Period.From
		if err := f.charge(d); err != nil {
			return err
		}
	}
	return nil
}

// take takes from the parts of meters what a reservation has in each hour, in proportion, and
// returns what was taken, by meter, and what was not used.
func (f *finder) take(p reserved, meters []meter, kind Kind) (taken [][]part, unused []part, err error) {
	taken = make([][]part, len(meters))
	next := make([]int, len(meters)) // first part of the hour
	in := Interval{later(p.interval.From, f.Period.From), earlier(p.interval.To, earlier(f.until[kind], f.Period.To))}
	for hour := in.From.Truncate(time.Hour); hour.Before(in.To); hour = hour.Add(time.Hour) {
		from, to := later(hour, in.From), earlier(hour.Add(time.Hour), in.To)
		capacity := p.n * int64(to.Sub(from)/time.Second) * perOne
		type place struct{ meter, part int }
		var places []place
		var used []int64
		sum := int64(0)
		for i, m := range meters {
			if p.price.Region != "" && p.price.Region != m.region {
				continue
			}
			for ; next[i] < len(m.parts) && m.parts[next[i]].booked.Before(to); next[i]++ {
				if at := m.parts[next[i]]; !at.booked.Before(from) && at.quantity > 0 {
					var ok bool
					if sum, ok = addExactly(sum, at.quantity); !ok {
						return nil, nil, errTooMuch
					}
					places, used = append(places, place{i, next[i]}), append(used, at.quantity)
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
	return taken, unused, nil
}

// errTooMuch is of harvested usage that cannot be right.
var errTooMuch = errors.New("more than can be counted")

// addParts returns the quantity of parts.
func addParts(parts []part) (sum int64, err error) {
	for _, p := range parts {
		var ok bool
		if sum, ok = addExactly(sum, p.quantity); !ok || p.quantity < 0 {
			return 0, errTooMuch
		}
	}
	return sum, nil
}

// millionthsOf is n units in millionths, of a unit of size parts each.
func millionthsOf(n, size int64) (int64, error) {
	a, ok := roundRat(new(big.Rat).Mul(big.NewRat(n, size), millionths))
	if !ok {
		return 0, errTooMuch
	}
	return int64(a), nil
}

// managed reports whether nodes of a type have managed storage ("Amazon Redshift
// provisioned clusters": RA3 and RG).
func managed(nodeType string) bool {
	return strings.HasPrefix(nodeType, "ra3.") || strings.HasPrefix(nodeType, "rg.")
}
