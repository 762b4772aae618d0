package redshift

import (
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// What a statement that is recorded takes. One that is no query does not run in a service
// class.
const (
	recordedElapsed   = 100 * time.Millisecond
	recordedExecution = 80 * time.Millisecond
	leastCharged      = time.Minute // "Billing for Amazon Redshift Serverless"
)

// A recording is what ran in one go.
type recording struct {
	caller
	statements  []string
	labels      []string // as they were before each
	outcomes    []Outcome
	transaction bool
}

// record adds what ran to the usage: queries, their transactions, and what they cost.
func (wh *Warehouse) record(r recording) {
	now := wh.world.now().Truncate(time.Microsecond)
	if !r.transaction {
		for i := range r.statements {
			one := recording{r.caller, r.statements[i : i+1], r.labels[i : i+1], r.outcomes[i : i+1], true}
			wh.recordTransaction(one, now)
			now = now.Add(recordedElapsed)
		}
		return
	}
	wh.recordTransaction(r, now)
}

func (wh *Warehouse) recordTransaction(r recording, start time.Time) {
	wh.usage.lastID++
	t := chargeback.Transaction{ID: wh.usage.lastID, User: r.user, Status: "committed", Start: start, End: start}
	var executed time.Duration
	for i, sql := range r.statements {
		if !r.outcomes[i].Ran {
			continue
		}
		wh.usage.lastID++
		q := chargeback.Query{
			ID: wh.usage.lastID, Transaction: t.ID, User: r.user, Label: r.labels[i], Database: r.database,
			Type: recordedType(sql), Status: "success", Start: t.End, End: t.End.Add(recordedElapsed), Elapsed: recordedElapsed,
		}
		if q.Type == "SELECT" {
			q.Execution = recordedExecution
		}
		if !wh.Serverless {
			q.ComputeType = "primary"
		}
		if r.outcomes[i].Err != nil {
			q.Status, t.Status = "failed", "rolledback"
		}
		t.End = q.End
		executed += q.Execution
		wh.usage.Queries = inserted(wh.usage.Queries, q, queryEnd)
	}
	wh.usage.Transactions = inserted(wh.usage.Transactions, t, transactionEnd)
	if wh.Serverless {
		wh.book(t, executed)
	}
}

// recordedType returns the query_type of a statement.
func recordedType(sql string) string {
	statement, err := redshiftsql.Parse(sql)
	if err != nil {
		return "OTHER"
	}
	switch statement.(type) {
	case redshiftsql.Query:
		return "SELECT"
	case redshiftsql.SetQueryGroup, redshiftsql.ShowGrants, redshiftsql.ShowSetting:
		return "UTILITY"
	}
	return "DDL"
}

// book charges a transaction in the minute in which it ends: a minute if it woke up the
// workgroup, else the seconds that are not paid for yet.
func (wh *Warehouse) book(t chargeback.Transaction, executed time.Duration) {
	var charged time.Duration
	if wh.usage.last.IsZero() || t.Start.Sub(wh.usage.last) > leastCharged {
		wh.usage.wakeups++
		charged = leastCharged
		wh.usage.paid = t.Start.Add(leastCharged)
	}
	if more := t.End.Sub(wh.usage.paid); more > 0 {
		more = (more + time.Second - 1).Truncate(time.Second)
		charged += more
		wh.usage.paid = wh.usage.paid.Add(more)
	}
	wh.usage.last = t.End
	m := wh.usage.minute(t.End.Truncate(time.Minute))
	m.Charged += int64(charged/time.Second) * int64(wh.BaseCapacity)
	m.ComputeSeconds += executed.Milliseconds() * int64(wh.BaseCapacity)
}

// minute returns the row of a minute, and makes it if there is none.
func (l *usageLog) minute(start time.Time) *chargeback.Minute {
	compare := func(m chargeback.Minute, t time.Time) int { return m.Start.Compare(t) }
	i, found := slices.BinarySearchFunc(l.Minutes, start, compare)
	if !found {
		m := chargeback.Minute{Start: start, End: start.Add(time.Minute)}
		if i > 0 {
			m.StorageMB = l.Minutes[i-1].StorageMB
		}
		l.Minutes = slices.Insert(l.Minutes, i, m)
	}
	return &l.Minutes[i]
}

// inserted returns rows with one more, behind those of its time.
func inserted[R any](rows []R, row R, at func(R) time.Time) []R {
	i, _ := slices.BinarySearchFunc(rows, at(row), func(r R, t time.Time) int {
		if at(r).After(t) {
			return 1
		}
		return -1
	})
	return slices.Insert(rows, i, row)
}
