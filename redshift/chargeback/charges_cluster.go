package chargeback

import (
	"context"
	"fmt"
	"math/big"
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
	statusPaused = "paused"        // charged for no nodes
	creating     = "creating"      // likewise
)

// cluster finds what a cluster was charged for.
func (f *finder) cluster(ctx context.Context, s site) error {
	states, err := f.states(ctx, s)
	if err != nil {
		return err
	}
	f.nodes(s, states)
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
	in := Interval{f.Period.From.Add(-lookBack), f.Period.To.Add(mostApart)}
	for state, err := range Read[ClusterState](ctx, f.Usage, s.key, in) {
		if err != nil {
			return nil, err
		}
		all = append(all, state)
	}
	if len(all) == 0 {
		f.gaps = append(f.gaps, Gap{s.key, States, f.Period, "it was not harvested"})
		f.provisional = append(f.provisional, fmt.Sprintf("%s: what nodes it had is not known", s.Warehouse))
		return nil, nil
	}
	if first := all[0].Taken; first.After(f.Period.From) && (all[0].Created.IsZero() || all[0].Created.Before(first)) {
		from := later(f.Period.From, all[0].Created)
		if from.Before(first) {
			f.gaps = append(f.gaps, Gap{s.key, States, Interval{from, earlier(first, f.Period.To)}, "the cluster was not looked at yet"})
		}
	}
	for i := 1; i < len(all); i++ {
		if a, b := all[i-1].Taken, all[i].Taken; b.Sub(a) > mostApart && b.After(f.Period.From) {
			f.gaps = append(f.gaps, Gap{s.key, States, Interval{later(a, f.Period.From), earlier(b, f.Period.To)}, "nobody looked at the cluster: the state before is taken"})
		}
		if all[i-1].NodeType != all[i].NodeType || all[i-1].Nodes != all[i].Nodes || all[i-1].Status != all[i].Status {
			f.note("%s: a change of its nodes or status is counted from when it was seen", s.Warehouse)
		}
	}
	if last := all[len(all)-1].Taken; last.Before(f.Period.To) {
		f.provisional = append(f.provisional, fmt.Sprintf("%s: its nodes are known until %s", s.Warehouse, last.Format("2006-01-02 15:04")))
	}
	return all, nil
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

// nodes meters the nodes of a cluster by the minute. Those of several Availability Zones are
// charged in both ("Multi-AZ deployment").
func (f *finder) nodes(s site, states []ClusterState) {
	at := map[string]int{}
	running(states, f.Period, func(state ClusterState, held Interval) {
		i, ok := at[state.NodeType]
		if !ok {
			i = len(f.clusters)
			at[state.NodeType] = i
			f.clusters = append(f.clusters, meter{warehouse: s.key, region: s.region, nodeType: state.NodeType})
		}
		for m := held.From; m.Before(held.To); m = m.Add(activityStep) {
			f.clusters[i].parts = append(f.clusters[i].parts, part{m, Interval{m, m.Add(activityStep)}, nodesOf(state) * int64(activityStep/time.Second) * perOne})
		}
		f.until = later(f.until, held.To)
	})
}

func nodesOf(s ClusterState) int64 {
	if s.MultiAZ {
		return 2 * s.Nodes
	}
	return s.Nodes
}

// clusterStorage charges for managed storage. No view tells what is billed: it is the size of
// the tables of the databases that were measured.
func (f *finder) clusterStorage(ctx context.Context, s site, states []ClusterState) error {
	if len(states) == 0 || !managed(states[len(states)-1].NodeType) {
		return nil
	}
	l := newLevel(f.Period)
	var at time.Time
	var sum int64
	flush := func() {
		if !at.IsZero() {
			l.add(at, sum)
		}
		sum = 0
	}
	for size, err := range Read[SchemaSize](ctx, f.Usage, s.key, Interval{f.Period.From.Add(-lookBack), f.Period.To}) {
		if err != nil {
			return err
		}
		if !size.Taken.Equal(at) {
			flush()
			at = size.Taken
		}
		sum += size.MB
	}
	flush()
	f.note("%s: storage of a cluster is the size of the tables of the databases that were measured, since no view tells what is billed", s.Warehouse)
	for _, d := range f.stored(s, states[len(states)-1].NodeType, SchemaSizes, l) {
		if err := f.charge(d); err != nil {
			return err
		}
	}
	return nil
}

// scaling charges for concurrency scaling clusters: by the second, at the price of the nodes
// of the cluster, beyond the free credits that it has earned.
func (f *finder) scaling(ctx context.Context, s site, states []ClusterState) error {
	known := s.coverage.Covered[Scalings]
	if len(known) == 0 {
		return nil
	}
	all := Interval{known[0].From, f.Period.To}
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
		d, ok := byPrice[state.NodeType+fmt.Sprint(state.Nodes)]
		if !ok {
			d = &draft{site: s, kind: ScalingTime, nodeType: state.NodeType, sharing: byScaling, at: f.Period.From, price: f.scalingPrice(s, state)}
			byPrice[state.NodeType+fmt.Sprint(state.Nodes)], order = d, append(order, state.NodeType+fmt.Sprint(state.Nodes))
		}
		d.parts = append(d.parts, part{row.Start, Interval{row.Start, row.End}, without * perOne})
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

// scalingPrice is the price of an hour of a concurrency scaling cluster: that which is given,
// or that of the nodes of the cluster on demand.
func (f *finder) scalingPrice(s site, state ClusterState) *Price {
	if price, ok := f.Prices.of(ScalingTime, s.region, state.NodeType); ok {
		return &price
	}
	node, ok := f.Prices.of(Nodes, s.region, state.NodeType)
	amount, err := decimal(node.Amount)
	if !ok || err != nil || state.Nodes == 0 {
		return nil
	}
	amount.Mul(amount, big.NewRat(state.Nodes, 1))
	return &Price{
		Kind: ScalingTime, Region: node.Region, NodeType: state.NodeType, Amount: decimalText(amount), Unit: priceUnits[ScalingTime].unit,
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
		quantity := millionthsOf(max(scan.Bytes, leastScan), 1<<20)
		at := scan.End.Truncate(activityStep)
		if n := len(d.parts); n > 0 && d.parts[n-1].booked.Equal(at) {
			d.parts[n-1].quantity += quantity
			continue
		}
		d.parts = append(d.parts, part{at, Interval{at, at.Add(activityStep)}, quantity})
	}
	return f.charge(d)
}
