package redshift

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// Usage is what the views about usage show of a warehouse. Rows may be of the future: what
// has not ended by the clock of the [World] is shown as running or open, or not at all, and
// so is what has no end. What ended more than 7 days ago is not shown.
type Usage struct {
	Minutes      []chargeback.Minute
	Queries      []chargeback.Query
	Transactions []chargeback.Transaction
	SchemaSizes  []chargeback.SchemaSize // from Taken on, until there is a later one
	Scalings     []chargeback.Scaling
	Scans        []chargeback.Scan // several of a query add up; without the query they are not shown
}

// kept is how long the views show what is over ("SYS_SERVERLESS_USAGE").
const kept = 7 * 24 * time.Hour

// A usageLog is usage in order of time, and what is needed to add to it.
type usageLog struct {
	Usage
	lastID  int64     // of queries and transactions
	last    time.Time // when the last statement ended
	paid    time.Time // until when a workgroup is charged for
	wakeups int
}

// SetUsage replaces what the views about usage show.
func (wh *Warehouse) SetUsage(u Usage) {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	l := usageLog{Usage: u.clone(), last: wh.usage.last, paid: wh.usage.paid, wakeups: wh.usage.wakeups, lastID: wh.usage.lastID}
	for _, q := range l.Queries {
		l.lastID = max(l.lastID, q.ID, q.Transaction)
	}
	for _, t := range l.Transactions {
		l.lastID = max(l.lastID, t.ID)
	}
	slices.SortStableFunc(l.Minutes, func(a, b chargeback.Minute) int { return a.Start.Compare(b.Start) })
	slices.SortStableFunc(l.Queries, func(a, b chargeback.Query) int { return endOf(a.End).Compare(endOf(b.End)) })
	slices.SortStableFunc(l.Transactions, func(a, b chargeback.Transaction) int { return endOf(a.End).Compare(endOf(b.End)) })
	wh.usage = l
}

// Usage returns what was set and recorded, in order of time: that of its end or, of
// minutes, their start.
func (wh *Warehouse) Usage() Usage {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	return wh.usage.clone()
}

// Wakeups returns how often a workgroup was woken up by statements that were recorded.
func (wh *Warehouse) Wakeups() int {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	return wh.usage.wakeups
}

func (u Usage) clone() Usage {
	return Usage{
		slices.Clone(u.Minutes), slices.Clone(u.Queries), slices.Clone(u.Transactions),
		slices.Clone(u.SchemaSizes), slices.Clone(u.Scalings), slices.Clone(u.Scans),
	}
}

// endOf returns when something ends; what has no end does after all else.
func endOf(end time.Time) time.Time {
	if end.IsZero() {
		return time.Unix(math.MaxInt32*100, 0)
	}
	return end
}

// between returns the rows of a time; rows are in the order of theirs.
func between[R any](rows []R, at func(R) time.Time, from, to time.Time) []R {
	find := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(rows, t, func(r R, t time.Time) int {
			return cmp.Or(at(r).Compare(t), 1) // the first that is not before t
		})
		return i
	}
	first, last := find(from), find(to)
	return rows[first:max(first, last)]
}

func minuteStart(m chargeback.Minute) time.Time { return m.Start }
func queryEnd(q chargeback.Query) time.Time     { return endOf(q.End) }
func transactionEnd(t chargeback.Transaction) time.Time {
	return endOf(t.End)
}

// now is the time by the clock of the world.
func (w *World) now() time.Time {
	if w.Now != nil {
		return w.Now().UTC()
	}
	return time.Now().UTC()
}
