package chargeback

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/internal/allocate"
)

// An activity is who was active when, as one rule and one sharing see it.
type activity struct {
	*allocate.Ledger
	kind    Kind // that the rule is of
	rule    *UsageRule
	sharing sharing
}

// activityStep is how finely activity is known: charges are booked by the minute.
const activityStep = time.Minute

// queriesAfter is for how long after a window queries are read: activity counts when queries end.
const queriesAfter = wholeDay

// activity returns the activity that a charge is shared by.
func (s *sharer) activity(c *sharedCharge) *activity { return s.ledger(&s.ledgers, c) }

// openTransactions returns who had transactions open, for a charge.
func (s *sharer) openTransactions(c *sharedCharge) *activity { return s.ledger(&s.open, c) }

func (s *sharer) ledger(of *[]*activity, c *sharedCharge) *activity {
	kind, rule := s.ruleOf(c.Kind)
	for _, a := range *of {
		if a.kind == kind && a.sharing == c.sharing {
			return a
		}
	}
	a := &activity{Ledger: allocate.NewLedger(activityStep), kind: kind, rule: rule.ByUsage, sharing: c.sharing}
	*of = append(*of, a)
	return a
}

// byActivity reports whether a charge is shared by what ran.
func (s *sharer) byActivity(c *sharedCharge) bool {
	_, rule := s.ruleOf(c.Kind)
	return c.unit == "" && (rule.ByUsage != nil || s.Unit != "" && c.sharing != byDay)
}

// readActivity reads who was active, for the charges that are shared by it.
func (s *sharer) readActivity(ctx context.Context, charges []*sharedCharge) error {
	for _, c := range charges {
		if !s.byActivity(c) {
			continue
		}
		if c.sharing == byDay {
			c.parts = dayWindows(c.parts)
		}
		s.activity(c)
		if c.sharing == byQueries {
			s.openTransactions(c)
		}
	}
	if len(s.ledgers) == 0 {
		return nil
	}
	if err := s.readMembers(ctx); err != nil {
		return err
	}
	s.window = s.windowOf(charges)
	s.addTransactions()
	return s.readQueries(ctx)
}

// addTransactions adds the open transactions. Their weight is for how long they were open.
func (s *sharer) addTransactions() {
	for _, t := range inOrder(s.transactions[s.key]) {
		if t.End.IsZero() {
			t.End = s.options.Period.To
		}
		s.addTransaction(t)
	}
	short := s.short[s.key]
	if short == nil || len(s.open) == 0 {
		return
	}
	for minute := s.window.From.Truncate(activityStep); minute.Before(s.window.To); minute = minute.Add(activityStep) {
		short.in(minute, s.addTransaction)
	}
}

func (s *sharer) addTransaction(t Transaction) {
	for _, a := range s.open {
		s.addTime(a, s.payerOfTransaction(t, a.rule), t.Start, t.End)
	}
}

// inOrder returns transactions in an order that follows from what they are.
func inOrder(transactions []Transaction) []Transaction {
	return slices.SortedStableFunc(slices.Values(transactions), func(a, b Transaction) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID), cmp.Compare(a.User, b.User))
	})
}

func (s *sharer) readQueries(ctx context.Context) error {
	window := Interval{s.window.From, s.window.To.Add(queriesAfter)}
	scans := s.newScans(ctx, window)
	defer scans.stop()
	for q, err := range Read[Query](ctx, s.options.Usage, s.key, window) {
		if err != nil {
			return err
		}
		if s.queries++; s.queries%(1<<16) == 0 {
			s.progress(Progress{Warehouse: s.key, Done: s.done})
		}
		for _, a := range s.ledgers {
			s.addQuery(a, q)
		}
		if err := scans.add(q); err != nil {
			return err
		}
	}
	return scans.rest()
}

// addQuery adds what a query did to an activity: its execution, without the time in the
// queue. What was answered from the result cache used nothing.
func (s *sharer) addQuery(a *activity, q Query) {
	if q.CacheHit || q.Execution < time.Microsecond || !a.counts(q) {
		return
	}
	s.addTime(a, s.payerOf(q, a), q.End.Add(-q.Execution), q.End)
}

// addTime adds what somebody did, by how long it took. Of what is outside of all windows
// nothing is kept.
func (s *sharer) addTime(a *activity, p debtor, from, to time.Time) {
	if from.Before(s.window.From) {
		from = s.window.From
	}
	if to.After(s.window.To) {
		to = s.window.To
	}
	if weight := to.Sub(from).Microseconds(); weight > 0 {
		a.Add(s.number(p), from, to, weight)
	}
}

// counts reports whether a query is of the activity. Those on concurrency scaling clusters
// are not of the cluster's own nodes, and the other way round (compute_type of
// SYS_QUERY_HISTORY). What Harvest runs is no use of what is stored.
func (a *activity) counts(q Query) bool {
	switch a.sharing {
	case byQueries:
		return q.ComputeType != scalingClusters
	case byScaling:
		return q.ComputeType == scalingClusters
	case byDay:
		return q.Label != HarvestLabel
	}
	return false
}

// scalingClusters is the compute type of concurrency scaling clusters.
const scalingClusters = "primary-scale"

// scans adds bytes scanned, as many as are charged for, to the activities by scans. Rows of scans and queries come in
// order of their end; a scan waits for its query, which has label and database.
type scans struct {
	*sharer
	to      []*activity
	next    func() (Scan, error, bool)
	stop    func()
	head    *Scan // read and not yet waiting
	waiting map[int64]Scan
}

// scansLead is by how much scans are read ahead of queries: a scan ends before its query does,
// but for clocks.
const scansLead = time.Hour

func (s *sharer) newScans(ctx context.Context, window Interval) *scans {
	c := &scans{sharer: s, waiting: map[int64]Scan{}, stop: func() {}}
	for _, a := range s.ledgers {
		if a.sharing == byScans {
			c.to = append(c.to, a)
		}
	}
	if len(c.to) > 0 {
		c.next, c.stop = iter.Pull2(Read[Scan](ctx, s.options.Usage, s.key, window))
	}
	return c
}

// add adds the scan of a query, if it has one.
func (c *scans) add(q Query) error {
	if len(c.to) == 0 {
		return nil
	}
	if err := c.readUntil(q.End.Add(scansLead)); err != nil {
		return err
	}
	if scan, ok := c.waiting[q.ID]; ok {
		delete(c.waiting, q.ID)
		c.give(scan, q)
	}
	return nil
}

// readUntil lets scans wait that ended until then.
func (c *scans) readUntil(until time.Time) error {
	for {
		if c.head == nil {
			scan, err, ok := c.next()
			if err != nil || !ok {
				return err
			}
			c.head = &scan
		}
		if c.head.End.After(until) {
			return nil
		}
		c.waiting[c.head.Query], c.head = *c.head, nil
	}
}

// rest adds the scans whose queries are not known: they have a user only.
func (c *scans) rest() error {
	if len(c.to) == 0 {
		return nil
	}
	if err := c.readUntil(time.Unix(1<<40, 0)); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(c.waiting)) {
		scan := c.waiting[id]
		c.give(scan, Query{User: scan.User})
	}
	return nil
}

func (c *scans) give(scan Scan, q Query) {
	for _, a := range c.to {
		a.Add(c.number(c.payerOf(q, a)), scan.End, scan.End.Add(time.Microsecond), max(scan.Bytes, leastScan))
	}
}
