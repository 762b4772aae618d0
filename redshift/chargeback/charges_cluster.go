package chargeback

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Rules of prices of clusters.
const (
	// creditEach is free for each day that a cluster runs, and creditMost the most that it
	// keeps ("Concurrency Scaling pricing").
	creditDay  = int64(3600) // seconds
	creditMost = 30 * creditDay

	leastScaling = int64(60)       // seconds that are charged for each activation
	leastScan    = int64(10 << 20) // bytes that are charged for each query
	mostApart    = 26 * time.Hour  // of two looks at a cluster, for a daily harvest
	mostNodes    = 1_000_000       // of a cluster: more are a mistake
	statusPaused = "paused"        // charged for no nodes
	creating     = "creating"      // likewise
)

// cluster finds what a cluster was charged for.
func (f *finder) cluster(ctx context.Context, s site) error {
	states, err := f.states(ctx, s)
	if err != nil {
		return err
	}
	if err := f.nodes(s, states); err != nil {
		return err
	}
	if err := f.clusterStorage(ctx, s, states); err != nil {
		return err
	}
	if err := f.scaling(ctx, s, states); err != nil {
		return err
	}
	return f.spectrum(ctx, s)
}

// states are those of a cluster in and around the period, in order.
func (f *finder) states(ctx context.Context, s site) ([]ClusterState, error) {
	var all []ClusterState
	in := Interval{f.Period.From.Add(-lookBack), f.Period.To.Add(lookBack)}
	for state, err := range Read[ClusterState](ctx, f.Usage, s.key, in) {
		if err != nil {
			return nil, err
		}
		all = append(all, state)
	}
	f.lookAt(s, all)
	return all, nil
}

// lookAt names the times in which nobody looked at a cluster. A change between two looks is
// taken to have been at the later one.
func (f *finder) lookAt(s site, all []ClusterState) {
	gap := func(from, to time.Time, reason string) {
		if in := (Interval{later(from, f.Period.From), earlier(to, f.Period.To)}); in.From.Before(in.To) {
			f.gaps = append(f.gaps, Gap{s.key, States, in, reason})
		}
	}
	if len(all) == 0 {
		gap(f.Period.From, f.Period.To, "it was not harvested")
		f.provisional = append(f.provisional, fmt.Sprintf("%s: what nodes it had is not known", s.Warehouse))
		return
	}
	gap(all[0].Created, all[0].Taken, "the cluster was not looked at yet")
	for i := 1; i < len(all); i++ {
		a, b := all[i-1], all[i]
		if b.Taken.Sub(a.Taken) > mostApart {
			gap(a.Taken, b.Taken, "nobody looked at the cluster: the state before is taken")
		}
		changed := a.Status != b.Status || a.NodeType != b.NodeType || nodesOf(a) != nodesOf(b)
		if changed && b.Taken.After(f.Period.From) && a.Taken.Before(f.Period.To) {
			f.note("%s: a change of its nodes or status is counted from when it was seen", s.Warehouse)
		}
	}
	last := all[len(all)-1].Taken
	f.until[Nodes] = later(f.until[Nodes], earlier(last.Truncate(activityStep), f.Period.To)) // as they are metered
	if last.Before(f.Period.To) {
		gap(last, f.Period.To, "the cluster was not looked at any more")
		f.provisional = append(f.provisional, fmt.Sprintf("%s: its nodes are known until %s", s.Warehouse, last.Format(minuteLayout)))
	}
}

// running are the states with the times that they held, of which nodes are charged.
func running(states []ClusterState, in Interval, yield func(ClusterState, Interval)) {
	for i, s := range states {
		if s.Status == statusPaused || s.Status == creating || i+1 == len(states) {
			continue
		}
		held := Interval{later(s.Taken, in.From).Truncate(activityStep), earlier(states[i+1].Taken, in.To).Truncate(activityStep)}
		if held.From.Before(held.To) {
			yield(s, held)
		}
	}
}

// nodes meters the nodes of a cluster by the minute.
func (f *finder) nodes(s site, states []ClusterState) (err error) {
	at := map[string]int{}
	running(states, f.Period, func(state ClusterState, held Interval) {
		if state.Nodes < 0 || state.Nodes > mostNodes {
			err = fmt.Errorf("%d nodes at %s: %w", state.Nodes, state.Taken.Format(minuteLayout), errTooMuch)
			return
		}
		quantity := nodesOf(state) * int64(activityStep/time.Second) * perOne
		i, ok := at[state.NodeType]
		if !ok {
			i = len(f.clusters)
			at[state.NodeType] = i
			f.clusters = append(f.clusters, meter{warehouse: s.key, region: s.region, nodeType: state.NodeType})
		}
		if state.MultiAZ {
			f.note("%s: its nodes are in two Availability Zones, and counted in both", s.Warehouse)
		}
		for m := held.From; m.Before(held.To); m = m.Add(activityStep) {
			f.clusters[i].parts = append(f.clusters[i].parts, part{m, Interval{m, m.Add(activityStep)}, quantity})
		}
	})
	return err
}

// nodesOf is how many nodes are charged. Those of several Availability Zones run in both, at
// the same hourly rates ("Multi-AZ deployment").
func nodesOf(s ClusterState) int64 {
	if s.MultiAZ {
		return 2 * s.Nodes
	}
	return s.Nodes
}

// clusterStorage charges for managed storage, also of a paused cluster. No view tells what is
// billed: it is the size of the tables of the databases that were measured.
func (f *finder) clusterStorage(ctx context.Context, s site, states []ClusterState) error {
	if !slices.ContainsFunc(states, func(state ClusterState) bool { return managed(state.NodeType) }) {
		return nil
	}
	l, last, err := f.sizes(ctx, s)
	if err != nil {
		return err
	}
	if s.coverage.Denied[SchemaSizes] != "" && !last.IsZero() && last.Before(f.Period.To) {
		f.gaps = append(f.gaps, Gap{s.key, SchemaSizes, Interval{later(last, f.Period.From), f.Period.To}, s.reason(SchemaSizes) + ": what was measured before is taken"})
	}
	f.note("%s: storage of a cluster is the size of the tables of the databases that were measured, since no view tells what is billed", s.Warehouse)
	until := earlier(states[len(states)-1].Taken, f.Period.To)
	drafts, err := f.stored(s, SchemaSizes, l, until, func(at time.Time) (string, bool) {
		state := stateAt(states, at)
		return state.NodeType, managed(state.NodeType) && !at.Before(state.Created.Truncate(time.Hour))
	})
	if err != nil {
		return err
	}
	for _, d := range drafts {
		if err := f.charge(d); err != nil {
			return err
		}
	}
	return nil
}

// took reports whether a table was read at a moment, as far as that is known.
func (s site) took(t Table, at time.Time) bool {
	taken := s.coverage.Taken[t]
	_, found := slices.BinarySearchFunc(taken, at, func(a, b time.Time) int {
		return a.Truncate(time.Microsecond).Compare(b)
	})
	return found || len(taken) == 0
}

// sizes reads what the schemas of a cluster took together, and when that was measured last.
// Of a harvest that was stopped there may be sizes of some databases: those do not count.
func (f *finder) sizes(ctx context.Context, s site) (l *level, last time.Time, err error) {
	l = newLevel(f.Period)
	sum := int64(0)
	flush := func() error {
		if last.IsZero() {
			return nil
		}
		return l.add(last, sum)
	}
	for size, err := range Read[SchemaSize](ctx, f.Usage, s.key, Interval{f.Period.From.Add(-lookBack), f.Period.To}) {
		if err != nil {
			return nil, last, err
		}
		if !s.took(SchemaSizes, size.Taken) {
			continue
		}
		if !size.Taken.Equal(last) {
			if err := flush(); err != nil {
				return nil, last, err
			}
			last, sum = size.Taken, 0
		}
		var ok bool
		if sum, ok = addExactly(sum, size.MB); !ok || size.MB < 0 {
			return nil, last, fmt.Errorf("%d MB of schema %s at %s: %w", size.MB, size.Schema, size.Taken.Format(minuteLayout), errTooMuch)
		}
	}
	return l, last, flush()
}

// scaling charges for concurrency scaling clusters: by the second, at the price of the nodes
// of the cluster, beyond the free credits that it has earned.
func (f *finder) scaling(ctx context.Context, s site, states []ClusterState) error {
	known := s.coverage.Covered[Scalings]
	if len(known) == 0 {
		return nil
	}
	all := Interval{known[0].From, f.Period.To}
	if !all.From.Before(all.To) {
		return nil
	}
	var history []ClusterState
	for state, err := range Read[ClusterState](ctx, f.Usage, s.key, all) {
		if err != nil {
			return err
		}
		history = append(history, state)
	}
	credits := &credits{balance: min(int64(f.ScalingCredits[s.key]/time.Second), creditMost), at: all.From, states: history}
	byPrice := map[string]*draft{}
	var order []string
	free := int64(0)
	for row, err := range Read[Scaling](ctx, f.Usage, s.key, all) {
		if err != nil {
			return err
		}
		seconds := max(row.Seconds, leastScaling)
		without := credits.use(row.Start, seconds)
		if row.Start.Before(f.Period.From) {
			continue
		}
		free += seconds - without
		if without == 0 {
			continue
		}
		state := stateAt(states, row.Start)
		key := fmt.Sprint(state.NodeType, " ", state.Nodes)
		d, ok := byPrice[key]
		if !ok {
			d = &draft{site: s, kind: ScalingTime, nodeType: state.NodeType, sharing: byScaling, at: f.Period.From, price: f.scalingPrice(s, state)}
			if state.Nodes == 0 { // the price of one node is not that of the cluster
				d.unpriced = "how many nodes the cluster had is not known"
			}
			byPrice[key], order = d, append(order, key)
		}
		if !row.End.After(row.Start) {
			row.End = row.Start.Add(activityStep)
		}
		if d.parts, err = addUnits(d.parts, row.Start, Interval{row.Start, row.End}, without); err != nil {
			return fmt.Errorf("concurrency scaling at %s: %w", row.Start.Format(minuteLayout), err)
		}
	}
	if free > 0 || len(order) > 0 {
		f.note("%s: %d seconds of concurrency scaling were free; credits are reckoned from %s on, with %s before", s.Warehouse, free, all.From.Format(time.DateOnly), f.ScalingCredits[s.key])
	}
	for _, key := range order {
		if err := f.charge(*byPrice[key]); err != nil {
			return err
		}
	}
	return nil
}

// stateAt is the state at a time, the first one if it is before all.
func stateAt(states []ClusterState, at time.Time) ClusterState {
	var last ClusterState
	for i, s := range states {
		if i == 0 || !s.Taken.After(at) {
			last = s
		}
	}
	return last
}

// scalingPrice is the price of an hour of a concurrency scaling cluster, which has as many
// nodes as the cluster: at the price of those, or of nodes on demand.
func (f *finder) scalingPrice(s site, state ClusterState) *Price {
	node, ok := f.Prices.of(ScalingTime, s.region, state.NodeType)
	if !ok {
		node, ok = f.Prices.of(Nodes, s.region, state.NodeType)
	}
	amount, err := decimal(node.Amount)
	if !ok || err != nil || state.Nodes == 0 {
		return nil
	}
	amount.Mul(amount, big.NewRat(state.Nodes, 1))
	return &Price{
		Kind: ScalingTime, Region: node.Region, NodeType: state.NodeType, Amount: decimalText(amount), Unit: "hour",
		Source: fmt.Sprintf("%d nodes, each %s", state.Nodes, node.Source),
	}
}

// credits are the free seconds of concurrency scaling that a cluster has.
type credits struct {
	balance int64
	at      time.Time // until which they were earned
	states  []ClusterState
	rest    time.Duration // run since the last whole second was earned
}

// use takes seconds from the credits, and returns those that are beyond.
func (c *credits) use(at time.Time, seconds int64) int64 {
	if at.After(c.at) {
		running(append(c.states, ClusterState{Taken: at}), Interval{c.at, at}, func(_ ClusterState, held Interval) {
			c.rest += held.To.Sub(held.From)
		})
		c.at = at.Truncate(activityStep)
	}
	const each = 24 * time.Second // of running earn a second
	c.balance = min(c.balance+int64(c.rest/each), creditMost)
	c.rest %= each
	taken := min(c.balance, seconds)
	c.balance -= taken
	return seconds - taken
}

// spectrum charges for what queries scanned in S3. A workgroup is charged for it as for any
// query.
func (f *finder) spectrum(ctx context.Context, s site) error {
	d := draft{site: s, kind: Spectrum, sharing: byScans, at: f.Period.From}
	for scan, err := range Read[Scan](ctx, f.Usage, s.key, f.Period) {
		if err != nil {
			return err
		}
		quantity, err := millionthsOf(max(scan.Bytes, leastScan), 1<<20)
		if err != nil {
			return fmt.Errorf("query %d scanned %d bytes: %w", scan.Query, scan.Bytes, err)
		}
		at := scan.End.Truncate(activityStep)
		if n := len(d.parts); n > 0 && d.parts[n-1].booked.Equal(at) {
			if d.parts[n-1].quantity, err = addParts([]part{d.parts[n-1], {quantity: quantity}}); err != nil {
				return err
			}
			continue
		}
		d.parts = append(d.parts, part{at, Interval{at, at.Add(activityStep)}, quantity})
	}
	return f.charge(d)
}
