package chargeback

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// The test vector of observed minutes: 480 RPU-seconds for a minute in which A ran for 60 s
// and B for 20 s, and 480 for the idle minute after it.
func TestMinuteSharedByExecution(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = byUsers()
	o := optionsOf(w)
	putRows(t, o, w, ranQuery(1, "ann", "2026-10-05 00:01:00", time.Minute), ranQuery(2, "bob", "2026-10-05 00:00:40", 20*time.Second))
	b := billOf(t, o, chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 480), minuteOf("2026-10-05 00:01:00", 480)))
	wantShares(t, b,
		shareLine{"", OwnerIdle, BasisIdle, 480},
		shareLine{"a", "", BasisQueries, 360},
		shareLine{"b", "", BasisQueries, 120})
	if b.Total != 9_600_000 {
		t.Errorf("total %s, want 9.60", b.Total)
	}
}

// charged_seconds of a transaction are booked in the minute it ends in: a query of 30
// seconds in that minute does not pay for the two days before it.
func TestLongTransaction(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = byUsers()
	o := optionsOf(w)
	end := "2026-10-06 12:00:30"
	putRows(t, o, w, ranQuery(1, "ann", end, 48*time.Hour), ranQuery(2, "bob", end, 30*time.Second))
	p := minuteOf("2026-10-06 12:00:00", 8*48*3600)
	p.window.From = utc(end).Add(-48 * time.Hour) // before the period
	b := billOf(t, o, chargeOf(w, Compute, byQueries, p))
	// 172,800 s and 30 s of 1,382,400 RPU-seconds.
	wantShares(t, b, shareLine{"a", "", BasisQueries, 1_382_160}, shareLine{"b", "", BasisQueries, 239})
}

func TestIdle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		unit string
		idle Idle
		to   string
		want []shareLine
	}{
		{"explicit", "", IdleExplicit, "", []shareLine{{"", OwnerIdle, BasisIdle, 120}, {"a", "", BasisQueries, 30}, {"b", "", BasisQueries, 10}}},
		{"explicit of a unit", "c", IdleExplicit, "", []shareLine{{"c", "", BasisWhole, 40}, {"c", OwnerIdle, BasisIdle, 120}}},
		{"owner", "", IdleOwner, "c", []shareLine{{"a", "", BasisQueries, 30}, {"b", "", BasisQueries, 10}, {"c", OwnerIdle, BasisIdle, 120}}},
		// 80 on the day on which A and B ran, 40 on another.
		{"spread", "", IdleSpread, "", []shareLine{{"a", "", BasisSpread, 90}, {"a", "", BasisQueries, 30}, {"b", "", BasisSpread, 30}, {"b", "", BasisQueries, 10}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := workgroupOf(tt.unit)
			if tt.unit == "" {
				w.Rules = byUsers()
			}
			w.Idle, w.IdleUnit = tt.idle, tt.to
			o := optionsOf(w)
			putRows(t, o, w, ranQuery(1, "ann", "2026-10-05 00:00:30", 30*time.Second), ranQuery(2, "bob", "2026-10-05 00:00:10", 10*time.Second))
			b := billOf(t, o, chargeOf(w, Compute, byQueries,
				minuteOf("2026-10-05 00:00:00", 40), minuteOf("2026-10-05 00:01:00", 80), minuteOf("2026-10-06 00:01:00", 40)))
			wantShares(t, b, tt.want...)
			if b.Total != 1_600_000 {
				t.Errorf("total %s, want 1.60", b.Total)
			}
		})
	}
}

func TestIdleIsSpreadByTheSameDayFirst(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules, w.Idle = byUsers(), IdleSpread
	o := optionsOf(w)
	putRows(t, o, w, ranQuery(1, "ann", "2026-10-05 00:00:30", 30*time.Second), ranQuery(2, "bob", "2026-10-06 00:00:10", 10*time.Second))
	b := billOf(t, o, chargeOf(w, Compute, byQueries,
		minuteOf("2026-10-05 00:00:00", 100), minuteOf("2026-10-05 00:01:00", 7), minuteOf("2026-10-06 00:00:00", 1), minuteOf("2026-10-06 00:01:00", 11)))
	wantShares(t, b,
		shareLine{"a", "", BasisSpread, 7}, shareLine{"a", "", BasisQueries, 100},
		shareLine{"b", "", BasisSpread, 11}, shareLine{"b", "", BasisQueries, 1})
}

func TestIdleThatNobodyCanBearStays(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules, w.Idle = byUsers(), IdleSpread
	b := billOf(t, optionsOf(w), chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 480)))
	wantShares(t, b, shareLine{"", OwnerIdle, BasisIdle, 480})
}

func TestOpenTransactionsPayWhereNoQueryRan(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules, w.By = byUsers(), ByUser
	o := optionsOf(w)
	b := billOfFound(t, o, found{
		charged: []charged{chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:05:00", 480), minuteOf("2026-10-05 00:06:00", 60))},
		transactions: map[string][]Transaction{w.Key(): {
			{ID: 2, User: "bob", Start: utc("2026-10-05 00:05:40"), End: utc("2026-10-05 00:06:00")},
			{ID: 1, User: "ann", Start: utc("2026-10-05 00:05:00"), End: utc("2026-10-05 00:06:00")},
			{ID: 3, User: "eve", Start: utc("2026-10-04 23:00:00"), End: utc("2026-10-05 00:05:00")},
		}},
	})
	wantShares(t, b,
		shareLine{"", OwnerIdle, BasisIdle, 60},
		shareLine{"a", "ann", BasisTransactions, 360}, shareLine{"b", "bob", BasisTransactions, 120})
}

func TestWhoPaysForAQuery(t *testing.T) {
	t.Parallel()
	rule := UsageRule{
		Labels: map[string]string{"nightly": "a"}, Users: map[string]string{"bob": "b"},
		Roles: map[string]string{"readers": "c"}, Databases: map[string]string{"sales": "a"},
	}
	rest := rule
	rest.Rest = "c"
	for _, tt := range []struct {
		name string
		q    Query
		rule UsageRule
		by   By
		want debtor
	}{
		{"label first", Query{Label: "nightly", User: "bob", Database: "sales"}, rule, ByUser, debtor{"a", "bob", BasisQueries}},
		{"user before role", Query{User: "bob", Database: "sales"}, rule, ByLabel, debtor{"b", OwnerNone, BasisQueries}},
		{"role before database", Query{User: "rita", Database: "sales"}, rule, ByRole, debtor{"c", "readers", BasisQueries}},
		{"role of a role", Query{User: "rolf"}, rule, ByRole, debtor{"c", "analysts", BasisQueries}},
		{"database", Query{User: "eve", Database: "sales"}, rule, ByDatabase, debtor{"a", "sales", BasisQueries}},
		{"none", Query{User: "eve", Database: "dev"}, rule, ByRole, debtor{"", OwnerNone, BasisQueries}},
		{"rest", Query{User: "eve", Database: "dev"}, rest, ByNothing, debtor{"c", "", BasisQueries}},
		{"harvest", Query{Label: HarvestLabel, User: "bob"}, rule, ByUser, debtor{"", OwnerHarvest, BasisQueries}},
		{"harvest with a rest", Query{Label: HarvestLabel, User: "bob"}, rest, ByNothing, debtor{"c", OwnerHarvest, BasisQueries}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := workgroupOf("")
			w.Rules, w.By = map[Kind]Rule{Compute: {ByUsage: &tt.rule}}, tt.by
			if tt.by == ByRole {
				w.Roles = []string{"analysts", "readers"}
			}
			o := optionsOf(w)
			tt.q.ID, tt.q.End, tt.q.Execution = 1, utc("2026-10-05 00:00:30"), time.Second
			putRows(t, o, w, tt.q)
			taken := utc("2026-10-06 23:00:00")
			putRows(t, o, w,
				Membership{Taken: taken, Member: "rita", Role: "readers"},
				Membership{Taken: taken, Member: "rolf", Role: "analysts"},
				Membership{Taken: taken, Member: "analysts", IsRole: true, Role: "readers"},
				Membership{Taken: taken, Member: "readers", IsRole: true, Role: "analysts2"},
				Membership{Taken: taken, Member: "analysts2", IsRole: true, Role: "readers"},  // a cycle
				Membership{Taken: utc("2026-10-05 00:00:00"), Member: "eve", Role: "readers"}, // no more
				Membership{Taken: utc("2026-10-08 00:00:00"), Member: "eve", Role: "readers"}, // not yet
			)
			takenAt(t, o, w, Memberships, utc("2026-10-05 00:00:00"), taken, utc("2026-10-08 00:00:00"))
			b := billOf(t, o, chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 8)))
			wantShares(t, b, shareLine{tt.want.unit, tt.want.owner, tt.want.basis, 8})
		})
	}
}

func TestRolesOfSeveralUnitsAreNoted(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = map[Kind]Rule{"": {ByUsage: &UsageRule{Roles: map[string]string{"x": "b", "y": "a"}}}}
	o := optionsOf(w)
	taken := utc("2026-10-09 00:00:00")
	putRows(t, o, w, Membership{Taken: taken, Member: "ann", Role: "y"}, Membership{Taken: taken, Member: "ann", Role: "x"})
	takenAt(t, o, w, Memberships, taken)
	putRows(t, o, w, ranQuery(1, "ann", "2026-10-05 00:00:30", time.Second))
	b := billOf(t, o, chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 8)))
	wantShares(t, b, shareLine{"b", "", BasisQueries, 8})
	want := []string{
		`workgroup analytics: 1 users have roles of several units, such as "ann": the first role by name counts, "x"`,
		"workgroup analytics: roles of users are those of 2026-10-09T00:00:00Z, after the period",
	}
	if !slices.Equal(b.Notes, want) {
		t.Errorf("notes %q, want %q", b.Notes, want)
	}
}

func TestWhatIsNoActivity(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = byUsers()
	o := optionsOf(w)
	hit, queued, failed := ranQuery(1, "ann", "2026-10-05 00:00:59", 59*time.Second), ranQuery(2, "ann", "2026-10-05 00:00:59", 0), ranQuery(3, "bob", "2026-10-05 00:00:59", time.Second)
	hit.CacheHit, queued.Elapsed, queued.Queued, failed.Status = true, time.Minute, time.Minute, "failed"
	putRows(t, o, w, hit, queued, failed)
	wantShares(t, billOf(t, o, chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 480))), shareLine{"b", "", BasisQueries, 480})
}

func TestBySchemas(t *testing.T) {
	t.Parallel()
	w := clusterOf("")
	w.Rules = map[Kind]Rule{"": {ByStorage: map[string]string{"dev.sales": "a", "sales": "b", "mart": "c"}}}
	o := optionsOf(w)
	first, second := utc("2026-10-04 02:00:00"), utc("2026-10-06 02:00:00")
	putRows(t, o, w,
		SchemaSize{Taken: first, Database: "dev", Schema: "sales", MB: 50},
		SchemaSize{Taken: first, Database: "prod", Schema: "sales", MB: 30},
		SchemaSize{Taken: first, Database: "dev", Schema: "scratch", MB: 20},
		SchemaSize{Taken: second, Database: "dev", Schema: "mart", MB: 1})
	takenAt(t, o, w, SchemaSizes, second, first)
	daily := []part{{booked: utc("2026-10-05 00:00:00"), quantity: 100 * perOne}, {booked: utc("2026-10-06 00:00:00"), quantity: 100 * perOne}}
	b := billOf(t, o, chargeOf(w, Nodes, byQueries, daily...), chargeOf(w, Storage, byDay, daily...))
	wantShares(t, b,
		shareLine{"", "dev.scratch", BasisSchemas, 40}, shareLine{"a", "", BasisSchemas, 100}, shareLine{"b", "", BasisSchemas, 60},
		shareLine{"c", "", BasisSchemas, 200})
}

func TestSchemasThatAreNotKnown(t *testing.T) {
	t.Parallel()
	w := clusterOf("")
	w.Rules = map[Kind]Rule{Storage: {ByStorage: map[string]string{"sales": "a"}}}
	b := billOf(t, optionsOf(w), chargeOf(w, Storage, byDay, minuteOf("2026-10-05 00:00:00", 5)), chargeOf(w, Nodes, byQueries, minuteOf("2026-10-05 00:00:00", 6)))
	wantShares(t, b, shareLine{"", "", BasisNone, 11})
	if len(b.Notes) != 1 {
		t.Errorf("notes %q, want one", b.Notes)
	}
}

func TestByDay(t *testing.T) {
	t.Parallel()
	o := optionsOf()
	shares, usage, whole, none := clusterOf(""), workgroupOf(""), workgroupOf("b"), clusterOf("")
	shares.Rules = map[Kind]Rule{"": {Shares: map[string]string{"a": "0.5", "b": "1.5", "c": "0"}}}
	usage.Rules, usage.By = byUsers(), ByUser
	whole.Workgroup, none.Cluster = "whole", "none"
	o.Description.Warehouses = []Warehouse{shares, usage, whole, none}
	harvest := ranQuery(3, "bob", "2026-10-05 03:00:00", time.Hour)
	harvest.Label = HarvestLabel
	putRows(t, o, usage, ranQuery(1, "ann", "2026-10-05 01:00:00", time.Second), harvest)
	daily := []part{{booked: utc("2026-10-05 00:00:00"), quantity: 40 * perOne}, {booked: utc("2026-10-06 00:00:00"), quantity: 40 * perOne}}
	b := billOf(t, o,
		chargeOf(shares, Storage, byDay, daily...), chargeOf(usage, Storage, byDay, daily...),
		chargeOf(whole, Storage, byDay, daily...), chargeOf(none, Storage, byDay, daily...))
	wantShares(t, b,
		shareLine{"", "", BasisNone, 80},
		shareLine{"a", "", BasisShares, 20}, shareLine{"a", "", BasisQueries, 80},
		shareLine{"b", "", BasisShares, 60}, shareLine{"b", "", BasisWhole, 80})
	days := b.ByDay()
	if len(days) != 2 || days[0].Amount != 1_600_000 || days[0].Amount != days[1].Amount {
		t.Errorf("days %v, want two of 1.60", days)
	}
}

// An amount without a quantity, as on an invoice, is shared like any other.
func TestAmountWithoutQuantity(t *testing.T) {
	t.Parallel()
	w := clusterOf("")
	w.Rules = map[Kind]Rule{"": {Shares: map[string]string{"a": "1", "b": "2"}}}
	parts := []part{{booked: utc("2026-10-05 00:00:00")}}
	invoice := charged{Charge: Charge{Warehouse: w.Key(), Kind: Snapshots, Amount: -1_000_000}, parts: parts}
	credit := charged{Charge: Charge{Kind: Other, Amount: -5}, parts: parts, unit: "c"}
	nobody := charged{Charge: Charge{Kind: Other, Amount: 7}, parts: parts}
	b := billOf(t, optionsOf(w), invoice, credit, nobody)
	got := []string{}
	for _, l := range b.Lines {
		got = append(got, fmt.Sprintf("%s %d %d %s", l.Unit, l.Quantity, l.Amount, l.Basis))
	}
	want := []string{" 0 7 not attributed", "a 0 -333333 fixed shares", "b 0 -666667 fixed shares", "c 0 -5 fixed shares"}
	if !slices.Equal(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
}

func TestScans(t *testing.T) {
	t.Parallel()
	w := clusterOf("")
	w.Rules = map[Kind]Rule{"": {ByUsage: &UsageRule{Labels: map[string]string{"nightly": "a"}, Users: map[string]string{"bob": "b", "cid": "c"}}}}
	o := optionsOf(w)
	q := ranQuery(1, "bob", "2026-10-05 10:30:00", 20*time.Minute)
	q.Label = "nightly"
	putRows(t, o, w, q, ranQuery(2, "bob", "2026-10-05 10:05:00", time.Second))
	putRows(t, o, w,
		Scan{Query: 1, User: "bob", End: utc("2026-10-05 10:11:00"), Bytes: 600 << 20}, // long before its query
		Scan{Query: 2, User: "bob", End: utc("2026-10-05 10:04:59"), Bytes: 300 << 20},
		Scan{Query: 3, User: "cid", End: utc("2026-10-05 10:04:59"), Bytes: 100 << 20}, // whose query is not known
		Scan{Query: 4, User: "cid", End: utc("2026-10-06 10:04:59"), Bytes: 1 << 40})
	p := part{booked: utc("2026-10-05 00:00:00"), window: Interval{utc("2026-10-05 00:00:00"), utc("2026-10-06 00:00:00")}, quantity: 1000 * perOne}
	wantShares(t, billOf(t, o, chargeOf(w, Spectrum, byScans, p)),
		shareLine{"a", "", BasisScans, 600}, shareLine{"b", "", BasisScans, 300}, shareLine{"c", "", BasisScans, 100})
}

func TestBesideIsNotInTheTotal(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := optionsOf(w)
	extra := chargeOf(w, Optimization, byDay, minuteOf("2026-10-05 00:00:00", 60))
	b := billOfFound(t, o, found{charged: []charged{chargeOf(w, Storage, byDay, minuteOf("2026-10-05 00:00:00", 5))}, beside: []charged{extra}})
	if b.Total != 50_000 || len(b.Lines) != 1 {
		t.Errorf("total %s in %d lines, want 0.05 in one", b.Total, len(b.Lines))
	}
	if len(b.Beside) != 1 || b.Beside[0].Unit != "a" || b.Beside[0].Amount != 600_000 || b.BesideCharges[0].Amount != 600_000 {
		t.Errorf("beside %v of %v, want 0.60 of a", b.Beside, b.BesideCharges)
	}
}

// What Harvest runs is a line of its own, in a warehouse of one unit, too.
func TestHarvestIsALineOfItsOwn(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	o := optionsOf(w)
	harvest := ranQuery(1, "IAMR:harvest", "2026-10-05 00:00:10", 10*time.Second)
	harvest.Label = HarvestLabel
	putRows(t, o, w, harvest, ranQuery(2, "ann", "2026-10-05 00:00:40", 30*time.Second))
	wantShares(t, billOf(t, o, chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 480))),
		shareLine{"a", "", BasisWhole, 360}, shareLine{"a", OwnerHarvest, BasisQueries, 120})
}

func TestQueryThatEndsAfterThePeriod(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = byUsers()
	o := optionsOf(w)
	putRows(t, o, w, ranQuery(1, "ann", "2026-10-07 01:00:00", 2*time.Hour), ranQuery(2, "bob", "2026-10-06 23:30:30", 30*time.Second))
	wantShares(t, billOf(t, o, chargeOf(w, Nodes, byQueries, minuteOf("2026-10-06 23:30:00", 90))),
		shareLine{"a", "", BasisQueries, 60}, shareLine{"b", "", BasisQueries, 30})
}

func TestRolesThatAreNotKnown(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	w.By, w.Roles = ByRole, []string{"readers"}
	o := optionsOf(w)
	putRows(t, o, w, ranQuery(1, "ann", "2026-10-05 00:00:10", 10*time.Second))
	b := billOf(t, o, chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 480)))
	wantShares(t, b, shareLine{"a", OwnerNone, BasisQueries, 480})
	if want := []string{"workgroup analytics: roles of users were never harvested: no user has one"}; !slices.Equal(b.Notes, want) {
		t.Errorf("notes %q, want %q", b.Notes, want)
	}
}

// A rule of a kind goes before that of all kinds.
func TestRulesByKind(t *testing.T) {
	t.Parallel()
	w := clusterOf("")
	w.Rules = byUsers()
	w.Rules[Storage] = Rule{Shares: map[string]string{"c": "1"}}
	w.Rules[Nodes] = Rule{ByUsage: &UsageRule{Databases: map[string]string{"dev": "b"}}}
	o := optionsOf(w)
	putRows(t, o, w, ranQuery(1, "ann", "2026-10-05 00:00:10", 10*time.Second))
	daily := minuteOf("2026-10-05 00:00:00", 10)
	wantShares(t, billOf(t, o, chargeOf(w, Transfer, byDay, daily), chargeOf(w, Storage, byDay, daily), chargeOf(w, Nodes, byQueries, daily)),
		shareLine{"a", "", BasisQueries, 10}, shareLine{"b", "", BasisQueries, 10}, shareLine{"c", "", BasisShares, 10})
}

func TestProgress(t *testing.T) {
	t.Parallel()
	w, other := workgroupOf(""), clusterOf("a")
	w.Rules = byUsers()
	o := optionsOf(w, other)
	putRows(t, o, w, ranQuery(1, "ann", "2026-10-05 00:00:10", 10*time.Second))
	var got []Progress
	o.Progress = func(p Progress) { got = append(got, p) }
	billOf(t, o, chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 480)))
	if want := []Progress{{w.Key(), 1, 2, 1}, {other.Key(), 2, 2, 1}}; !slices.Equal(got, want) {
		t.Errorf("progress %v, want %v", got, want)
	}
}

// A bill is not made of part of the usage.
func TestUsageThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"/queries/", "/scans/", "/members/", "/schemas/", "coverage.json"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			w := clusterOf("")
			w.Rules = byUsers()
			w.Rules[Compute] = Rule{ByUsage: &UsageRule{Roles: map[string]string{"r": "a"}}}
			w.Rules[Storage] = Rule{ByStorage: map[string]string{"s": "a"}}
			o := optionsOf(w)
			putRows(t, o, w, ranQuery(1, "ann", "2026-10-05 00:00:10", 10*time.Second))
			putRows(t, o, w, Scan{Query: 1, End: utc("2026-10-05 00:00:10"), Bytes: 1})
			putRows(t, o, w, Membership{Taken: october.From, Member: "ann", Role: "r"})
			putRows(t, o, w, SchemaSize{Taken: october.From, Database: "dev", Schema: "s", MB: 1})
			takenAt(t, o, w, Memberships, october.From)
			takenAt(t, o, w, SchemaSizes, october.From)
			o.Usage.Store = unreadableStore{o.Usage.Store, table}
			daily := minuteOf("2026-10-05 00:00:00", 10)
			f := found{charged: []charged{chargeOf(w, Compute, byQueries, daily), chargeOf(w, Spectrum, byScans, daily), chargeOf(w, Storage, byDay, daily)}}
			if _, err := computeBill(t.Context(), o, f); !errors.Is(err, errUnreadable) {
				t.Errorf("error %v, want that of the store", err)
			}
		})
	}
}

var errUnreadable = errors.New("the disk is broken")

// A unreadableStore cannot read objects with a text in their name.
type unreadableStore struct {
	Store
	part string
}

func (b unreadableStore) Get(ctx context.Context, name string) ([]byte, string, error) {
	if strings.Contains(name, b.part) {
		return nil, "", errUnreadable
	}
	return b.Store.Get(ctx, name)
}

// A transaction that was not seen to end is open until the end of the period.
func TestTransactionWithoutAnEnd(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = byUsers()
	b := billOfFound(t, optionsOf(w), found{
		charged:      []charged{chargeOf(w, Compute, byQueries, minuteOf("2026-10-06 23:59:00", 480))},
		transactions: map[string][]Transaction{w.Key(): {{ID: 1, User: "ann", Start: utc("2026-10-01 00:00:00")}}},
	})
	wantShares(t, b, shareLine{"a", "", BasisTransactions, 480})
}

func TestBillOfNothing(t *testing.T) {
	t.Parallel()
	b := billOf(t, optionsOf(workgroupOf("a")))
	if b.Currency != "USD" || b.Charges == nil || b.Lines == nil || len(b.Units) != 3 || b.Total != 0 || len(b.ByUnit()) != 0 || len(b.ByDay()) != 2 {
		t.Errorf("%+v", b)
	}
}
