package chargeback

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// The article never charges anyone for the cluster that loads and stores the data.
func TestTheProducerHasCharges(t *testing.T) {
	t.Parallel()
	c := clusterOf("")
	c.Rules = map[Kind]Rule{"": {Shares: map[string]string{"a": "1", "b": "1"}}}
	o := chargedOptions(t, c)
	putRows(t, o, c, lookedDaily(2)...)
	putRows(t, o, c, SchemaSize{Taken: october.From, Database: "dev", Schema: "x", MB: 1 << 20}, SchemaSize{Taken: october.From, Database: "dev", Schema: "y", MB: 1 << 20})
	putRows(t, o, c, Scan{Query: 1, User: "ann", End: utc("2026-10-05 12:00:30"), Bytes: 1 << 40})
	f := mustFind(t, o)
	wantCharges(t, f.charged,
		chargeLine{c.Key(), Storage, 48 << 21, "0.024", "3.171097"},
		chargeLine{c.Key(), Nodes, 2 * 48 * 3600, "3.26", "312.96"},
		chargeLine{c.Key(), Spectrum, 1 << 20, "5", "5.00"},
	)
	wantNote(t, f.notes, "no view tells what is billed")
	if len(f.gaps) > 0 || len(f.provisional) > 0 {
		t.Errorf("gaps are %v, provisional is %q", f.gaps, f.provisional)
	}
	b := billOfFound(t, o, f)
	if units := b.ByUnit(); len(units) != 2 || units[0].Amount+units[1].Amount != b.Total || b.Total != 321_131_097 {
		t.Errorf("units pay %v of %s", units, b.Total)
	}
}

func TestNodesAreChargedWhileTheyRun(t *testing.T) {
	t.Parallel()
	c := clusterOf("b")
	const hour = 3600
	both := lookedAt("2026-10-06 00:00:00", 2, "available")
	both.MultiAZ = true
	smaller := lookedAt("2026-10-06 00:00:00", 2, "available")
	smaller.NodeType = "ra3.xlplus"
	for name, test := range map[string]struct {
		states []ClusterState
		nodes  []int64 // node-seconds by charge
		note   string
	}{
		"paused": {
			[]ClusterState{lookedAt("2026-10-04 23:00:00", 2, "available"), lookedAt("2026-10-05 12:00:00", 2, "paused"), lookedAt("2026-10-06 12:00:00", 2, "available"), lookedAt("2026-10-07 12:00:00", 2, "available")},
			[]int64{2 * (12 + 12) * hour}, "counted from when it was seen",
		},
		"resized, seen within a minute": {
			[]ClusterState{lookedAt("2026-10-04 23:00:00", 2, "available"), lookedAt("2026-10-05 12:00:40", 4, "available"), lookedAt("2026-10-06 12:00:00", 4, "available"), lookedAt("2026-10-07 12:00:00", 4, "available")},
			[]int64{2*12*hour + 4*36*hour}, "counted from when it was seen",
		},
		"in two Availability Zones": {
			[]ClusterState{lookedAt("2026-10-05 00:00:00", 2, "available"), both, lookedAt("2026-10-07 00:00:00", 2, "available")},
			[]int64{2*24*hour + 4*24*hour}, "two Availability Zones",
		},
		"another type": {
			[]ClusterState{lookedAt("2026-10-05 00:00:00", 2, "available"), smaller, lookedAt("2026-10-07 00:00:00", 2, "available")},
			[]int64{2 * 24 * hour, 2 * 24 * hour}, "counted from when it was seen",
		},
		"being created": {
			[]ClusterState{lookedAt("2026-10-05 00:00:00", 2, "creating"), lookedAt("2026-10-05 01:00:00", 2, "available"), lookedAt("2026-10-06 01:00:00", 2, "available"), lookedAt("2026-10-07 00:00:00", 2, "available")},
			[]int64{2 * 47 * hour}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := chargedOptions(t, c)
			putRows(t, o, c, test.states...)
			f := mustFind(t, o)
			var got []int64
			for _, c := range f.charged {
				if c.Kind == Nodes && c.sharing == byQueries {
					got = append(got, c.Quantity/perOne)
				}
			}
			if !slices.Equal(got, test.nodes) {
				t.Errorf("node-seconds are %v, want %v", got, test.nodes)
			}
			if test.note != "" {
				wantNote(t, f.notes, test.note)
			}
			for _, g := range f.gaps {
				if g.Table == States {
					t.Errorf("gap %v", g)
				}
			}
		})
	}
}

// Times in which nobody looked at a cluster for more than 26 hours are named, and so is what
// is before the first look and after the last one.
func TestClustersThatNobodyLookedAt(t *testing.T) {
	t.Parallel()
	c := clusterOf("b")
	for name, test := range map[string]struct {
		states      []ClusterState
		gaps        []Interval
		provisional bool
	}{
		"for two days": {
			[]ClusterState{lookedAt("2026-10-04 20:00:00", 2, "available"), lookedAt("2026-10-07 01:00:00", 2, "available")},
			[]Interval{october}, false,
		},
		"for a day and two hours": {
			[]ClusterState{lookedAt("2026-10-05 00:00:00", 2, "available"), lookedAt("2026-10-06 02:00:00", 2, "available"), lookedAt("2026-10-07 04:00:00", 2, "available")},
			nil, false,
		},
		"before and after": {
			[]ClusterState{lookedAt("2026-10-05 10:00:00", 2, "available"), lookedAt("2026-10-06 10:00:00", 2, "available")},
			[]Interval{{october.From, utc("2026-10-05 10:00:00")}, {utc("2026-10-06 10:00:00"), october.To}}, true,
		},
		"until long after": {
			[]ClusterState{lookedAt("2026-10-05 00:00:00", 2, "available"), lookedAt("2026-10-06 00:00:00", 2, "available"), lookedAt("2026-10-10 00:00:00", 2, "available")},
			[]Interval{{utc("2026-10-06 00:00:00"), october.To}}, false,
		},
		"before it was there": {
			[]ClusterState{{Taken: utc("2026-10-06 00:00:00"), Status: "available", NodeType: "dc2.large", Nodes: 1, Created: utc("2026-10-05 23:00:00")}, lookedAt("2026-10-07 00:00:00", 2, "available")},
			[]Interval{{utc("2026-10-05 23:00:00"), utc("2026-10-06 00:00:00")}}, false,
		},
		"but after the period": {
			[]ClusterState{lookedAt("2026-10-07 10:00:00", 2, "available"), lookedAt("2026-10-09 10:00:00", 2, "available")},
			[]Interval{october}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := chargedOptions(t, c)
			putRows(t, o, c, test.states...)
			f := mustFind(t, o)
			var got []Interval
			for _, g := range f.gaps {
				if g.Table == States {
					got = append(got, g.Interval)
				}
			}
			if !slices.Equal(got, test.gaps) {
				t.Errorf("gaps are %v, want %v", got, test.gaps)
			}
			if (len(f.provisional) > 0) != test.provisional {
				t.Errorf("provisional is %q", f.provisional)
			}
		})
	}
}

// Reserved nodes are used first, by all clusters of the Region and type in proportion.
func TestReservedNodes(t *testing.T) {
	t.Parallel()
	one, two := clusterOf("a"), clusterOf("b")
	two.Warehouse = share.Warehouse{Cluster: "second"}
	o := chargedOptions(t, one, two)
	putRows(t, o, one, lookedDaily(3)...)
	putRows(t, o, two, lookedAt("2026-10-04 23:00:00", 1, "available"), lookedAt("2026-10-06 00:00:00", 1, "paused"), lookedAt("2026-10-07 00:00:00", 1, "paused"))
	always := Interval{utc("2026-01-01 00:00:00"), utc("2027-01-01 00:00:00")}
	o.Prices.Nodes = []NodeReservation{
		{ID: "x", Region: "us-east-1", NodeType: "ra3.4xlarge", Nodes: 2, Hourly: "2", Interval: always, Source: "DescribeReservedNodes"},
		{ID: "y", Region: "us-east-1", NodeType: "dc2.large", Nodes: 1, Hourly: "0.1", Interval: always, Source: "DescribeReservedNodes"},
		{ID: "z", Region: "eu-west-1", NodeType: "ra3.4xlarge", Nodes: 1, Hourly: "3", Interval: Interval{always.From, october.From.Add(time.Hour)}, Source: "DescribeReservedNodes"},
	}
	f := mustFind(t, o)
	const hour = 3600
	// On the first day 3 and 1 nodes share 2; on the second the first one has them alone.
	wantCharges(t, f.charged,
		chargeLine{one.Key(), Nodes, 1.5*24*hour + 2*24*hour, "2", "168.00"},
		chargeLine{one.Key(), Nodes, 1.5*24*hour + 1*24*hour, "3.26", "195.60"},
		chargeLine{two.Key(), Nodes, 0.5 * 24 * hour, "2", "24.00"},
		chargeLine{two.Key(), Nodes, 0.5 * 24 * hour, "3.26", "39.12"},
		chargeLine{"", UnusedNodes, hour, "3", "3.00"},
		chargeLine{"", UnusedNodes, 48 * hour, "0.1", "4.80"},
	)
	wantNote(t, f.notes, "what other clusters")
}

// A cluster earns an hour of free credits for each 24 hours that it runs, which go before
// what is charged, at the price of its nodes. Nothing is charged for less than a minute.
func TestFreeCreditsOfConcurrencyScaling(t *testing.T) {
	t.Parallel()
	c := clusterOf("b")
	const hour = 3600
	scaled := func(start string, seconds int64) Scaling {
		return Scaling{Start: utc(start), End: utc(start).Add(time.Duration(seconds) * time.Second), Seconds: seconds, Queries: 1}
	}
	for name, test := range map[string]struct {
		rows    []Scaling
		states  []ClusterState
		credits time.Duration
		prices  []Price
		want    []chargeLine
	}{
		"all are free": {rows: []Scaling{scaled("2026-10-05 00:00:00", 7*hour)}, states: lookedDaily(2)},
		"7 days were earned": {
			rows: []Scaling{scaled("2026-10-05 00:00:00", 8*hour)}, states: lookedDaily(2),
			want: []chargeLine{{c.Key(), ScalingTime, hour, "6.52", "6.52"}},
		},
		"with those of before": {
			rows: []Scaling{scaled("2026-10-05 00:00:00", 8*hour)}, states: lookedDaily(2), credits: 30 * time.Minute,
			want: []chargeLine{{c.Key(), ScalingTime, hour / 2, "6.52", "3.26"}},
		},
		"at most 30 hours": {
			rows: []Scaling{scaled("2026-10-05 00:00:00", 31*hour)}, states: lookedDaily(2), credits: 100 * time.Hour,
			want: []chargeLine{{c.Key(), ScalingTime, hour, "6.52", "6.52"}},
		},
		"used before the period": {
			rows: []Scaling{scaled("2026-10-04 00:00:00", 7*hour), scaled("2026-10-05 00:00:00", 2*hour)}, states: lookedDaily(2),
			want: []chargeLine{{c.Key(), ScalingTime, hour, "6.52", "6.52"}},
		},
		"each a minute at least": {
			rows: []Scaling{scaled("2026-10-05 00:00:00", 7*hour), scaled("2026-10-05 00:00:10", 5), scaled("2026-10-05 00:00:20", 61)}, states: lookedDaily(2),
			want: []chargeLine{{c.Key(), ScalingTime, 60 + 61, "6.52", "0.219144"}},
		},
		"none are earned while it is paused": {
			rows: []Scaling{scaled("2026-10-06 00:00:00", hour)},
			states: []ClusterState{lookedAt("2026-09-28 00:00:00", 2, "paused"), lookedAt("2026-10-05 12:00:00", 2, "available"),
				lookedAt("2026-10-06 00:00:00", 2, "available"), lookedAt("2026-10-07 00:00:00", 2, "available")},
			want: []chargeLine{{c.Key(), ScalingTime, hour / 2, "6.52", "3.26"}},
		},
		"a price of its own": {
			rows: []Scaling{scaled("2026-10-05 00:00:00", 8*hour)}, states: lookedDaily(2), prices: []Price{{Kind: ScalingTime, Amount: "1", Unit: "node-hour", Source: "fixed"}},
			want: []chargeLine{{c.Key(), ScalingTime, hour, "2", "2.00"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := chargedOptions(t, c)
			o.Prices.Prices = append(o.Prices.Prices, test.prices...)
			o.ScalingCredits = map[string]time.Duration{c.Key(): test.credits}
			putRows(t, o, c, test.states...)
			putRows(t, o, c, test.rows...)
			f := mustFind(t, o)
			all := slices.DeleteFunc(f.charged, func(c charged) bool { return c.Kind == Nodes })
			wantCharges(t, all, test.want...)
			wantNote(t, f.notes, "of concurrency scaling were free")
			for _, c := range all {
				if c.sharing != byScaling || len(test.prices) == 0 && !strings.HasPrefix(c.Price.Source, "2 nodes, each ") {
					t.Errorf("the charge is %+v", c.Charge)
				}
			}
		})
	}
}

// A query is charged for 10 MB at least. A workgroup is not charged for scans at all.
func TestSpectrumIsChargedByTheScan(t *testing.T) {
	t.Parallel()
	c, w := clusterOf("b"), workgroupOf("a")
	o := chargedOptions(t, c, w)
	putRows(t, o, c, lookedDaily(1)...)
	scan := func(id int64, at string, bytes int64) Scan {
		return Scan{Query: id, User: "ann", End: utc(at), Bytes: bytes}
	}
	putRows(t, o, c, scan(1, "2026-10-05 10:00:10", 1), scan(2, "2026-10-05 10:00:20", 10<<20), scan(3, "2026-10-05 10:01:00", 11<<20), scan(4, "2026-10-04 23:59:59", 1<<40))
	putRows(t, o, w, scan(1, "2026-10-05 10:00:10", 1<<40))
	f := mustFind(t, o)
	all := slices.DeleteFunc(f.charged, func(c charged) bool { return c.Kind == Nodes })
	wantCharges(t, all, chargeLine{c.Key(), Spectrum, 31, "5", "0.000148"})
	if len(all) == 1 && (all[0].sharing != byScans || len(all[0].parts) != 2 || all[0].parts[0].quantity != 20*perOne) {
		t.Errorf("the parts are %v", all[0].parts)
	}
}

// Storage of a cluster is charged while its nodes have managed storage, also while it is
// paused, from when it was measured.
func TestManagedStorageOfClusters(t *testing.T) {
	t.Parallel()
	c := clusterOf("b")
	o := chargedOptions(t, c)
	deny(t, o, c, SchemaSizes)
	old := lookedAt("2026-10-04 12:00:00", 2, "available")
	old.NodeType = "dc2.large"
	putRows(t, o, c, old, lookedAt("2026-10-05 06:00:00", 2, "available"), lookedAt("2026-10-06 06:00:00", 2, "paused"), lookedAt("2026-10-07 00:00:00", 2, "paused"))
	putRows(t, o, c, SchemaSize{Taken: utc("2026-10-05 08:00:00"), Schema: "x", MB: 2048})
	f := mustFind(t, o)
	all := slices.DeleteFunc(f.charged, func(c charged) bool { return c.Kind == Nodes })
	wantCharges(t, all, chargeLine{c.Key(), Storage, 40 * 2048, "0.024", "0.002581"})
	for _, want := range []Gap{
		{c.Key(), SchemaSizes, Interval{utc("2026-10-05 06:00:00"), utc("2026-10-05 08:00:00")}, "it could not be read: permission denied"},
		{c.Key(), SchemaSizes, Interval{utc("2026-10-05 08:00:00"), october.To}, "it could not be read: permission denied: what was measured before is taken"},
	} {
		if !slices.Contains(f.gaps, want) {
			t.Errorf("gaps are %v, want %v among them", f.gaps, want)
		}
	}
	for _, nodeType := range []string{"dc2.large", "ds2.xlarge", ""} {
		if managed(nodeType) {
			t.Errorf("%q has managed storage", nodeType)
		}
	}
	if !managed("rg.xlarge") {
		t.Error("rg.xlarge has no managed storage")
	}
}
