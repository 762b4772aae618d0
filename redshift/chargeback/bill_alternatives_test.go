package chargeback

import (
	"testing"
	"time"
)

// The tests of this file hold what others publish beside what is billed here, for one minute
// with a charge of 480 in which ann ran for 60 s and bob for 20 s.

const minuteCharge = 480 // charged for the minute

func minuteOfTwo(t *testing.T, w Warehouse, queries ...Query) (BillOptions, charged) {
	t.Helper()
	o := optionsOf(w)
	putRows(t, o, w, queries...)
	return o, chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", minuteCharge))
}

func annAndBob() (ann, bob Query) {
	return ranQuery(1, "ann", "2026-10-05 00:01:00", time.Minute), ranQuery(2, "bob", "2026-10-05 00:00:40", 20*time.Second)
}

func sharedBy(by map[Kind]Rule) Warehouse {
	w := workgroupOf("")
	w.Rules = by
	return w
}

// dbt Cost Insights charges each query as if it ran alone: by how much of the billed time it
// overlaps. Its sum is more than the bill when queries overlap.
func TestOverlappingQueriesDoNotPayMoreThanTheBill(t *testing.T) {
	t.Parallel()
	ann, bob := annAndBob()
	alone := func(q Query) int64 { return minuteCharge * int64(q.Execution) / int64(time.Minute) }
	if sum := alone(ann) + alone(bob); sum != 640 {
		t.Errorf("as if alone they pay %d, want 640 of 480", sum)
	}
	o, c := minuteOfTwo(t, sharedBy(byUsers()), ann, bob)
	wantShares(t, billOf(t, o, c), shareLine{"a", "", BasisQueries, 360}, shareLine{"b", "", BasisQueries, 120})
}

// The sample of aws-samples divides the execution of queries on concurrency scaling clusters
// by that of the main cluster, too: the ratios add up to more than 1. Here such a query pays
// for the time of the scaling clusters, and for that only.
func TestBurstQueriesAreNotChargedForTheMainCluster(t *testing.T) {
	t.Parallel()
	ann, bob := annAndBob()
	ann.ComputeType, bob.ComputeType = "primary", "primary-scale"
	main := ann.Execution // of the main cluster
	if sum := minuteCharge * int64(ann.Execution+bob.Execution) / int64(main); sum != 640 {
		t.Errorf("divided by the main cluster they pay %d, want 640 of 480", sum)
	}
	w := clusterOf("")
	w.Rules = byUsers()
	o := optionsOf(w)
	second := ranQuery(3, "ann", "2026-10-05 00:00:30", time.Second)
	second.ComputeType = "secondary"
	putRows(t, o, w, ann, bob, second)
	b := billOf(t, o,
		chargeOf(w, Nodes, byQueries, minuteOf("2026-10-05 00:00:00", minuteCharge)),
		chargeOf(w, ScalingTime, byScaling, minuteOf("2026-10-05 00:00:00", 20)))
	wantShares(t, b, shareLine{"a", "", BasisQueries, minuteCharge}, shareLine{"b", "", BasisQueries, 20})
	for _, l := range b.Lines {
		if l.Unit == "b" && l.Kind != ScalingTime {
			t.Errorf("b pays for %s", l.Kind)
		}
	}
}

// The query of ZenClarity divides the charge of a minute by the number of its queries: one
// of 20 s pays as much as one of 60 s, and what a query pays that is not seen is lost.
func TestShortQueriesPayLessThanLongOnes(t *testing.T) {
	t.Parallel()
	ann, bob := annAndBob()
	if each := minuteCharge / len([]Query{ann, bob}); each != 240 {
		t.Errorf("by number each pays %d, want 240", each)
	}
	o, c := minuteOfTwo(t, sharedBy(byUsers()), ann, bob)
	wantShares(t, billOf(t, o, c), shareLine{"a", "", BasisQueries, 360}, shareLine{"b", "", BasisQueries, 120})

	// Where bob's query is not seen, half the charge would be missing. Here all of it is
	// on a line, whatever is seen.
	o, c = minuteOfTwo(t, sharedBy(byUsers()), ann)
	wantShares(t, billOf(t, o, c), shareLine{"a", "", BasisQueries, minuteCharge})
	o, c = minuteOfTwo(t, sharedBy(byUsers()))
	wantShares(t, billOf(t, o, c), shareLine{"", OwnerIdle, BasisIdle, minuteCharge})
}

// Scripts that go by elapsed time charge for waiting in the queue, too.
func TestWaitingInTheQueueIsFree(t *testing.T) {
	t.Parallel()
	ann, bob := annAndBob()
	bob.End, bob.Elapsed, bob.Queued = utc("2026-10-05 00:01:00"), time.Minute, 40*time.Second
	if bobs := minuteCharge * int64(bob.Elapsed) / int64(ann.Elapsed+bob.Elapsed); bobs != 240 {
		t.Errorf("by elapsed time bob pays %d, want 240", bobs)
	}
	o, c := minuteOfTwo(t, sharedBy(byUsers()), ann, bob)
	wantShares(t, billOf(t, o, c), shareLine{"a", "", BasisQueries, 360}, shareLine{"b", "", BasisQueries, 120})
}

// Defect 6 of the article: its SQL bills workgroups, each to its unit. The shared cluster
// that has all the data is billed to no one; here its units pay for it.
func TestTheProducerIsCharged(t *testing.T) {
	t.Parallel()
	sales, producer := workgroupOf("a"), clusterOf("")
	producer.Rules = map[Kind]Rule{"": {ByStorage: map[string]string{"sales": "a", "marketing": "b"}}}
	o := optionsOf(sales, producer)
	taken := utc("2026-10-05 02:00:00")
	putRows(t, o, producer,
		SchemaSize{Taken: taken, Database: "dev", Schema: "sales", MB: 300},
		SchemaSize{Taken: taken, Database: "dev", Schema: "marketing", MB: 100})
	takenAt(t, o, producer, SchemaSizes, taken)
	daily := minuteOf("2026-10-05 00:00:00", 1000)
	workgroups := chargeOf(sales, Compute, byQueries, minuteOf("2026-10-05 00:00:00", minuteCharge))
	b := billOf(t, o, workgroups, chargeOf(producer, Nodes, byQueries, daily), chargeOf(producer, Storage, byDay, daily))
	if missed := b.Total - workgroups.Amount; missed != 20_000_000 {
		t.Errorf("the article misses %s of %s, want 20.00", missed, b.Total)
	}
	wantShares(t, b, shareLine{"a", "", BasisSchemas, 1500}, shareLine{"a", OwnerIdle, BasisIdle, minuteCharge}, shareLine{"b", "", BasisSchemas, 500})
}
