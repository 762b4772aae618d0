package chargeback

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/internal/allocate"
)

// openings are the transactions of a warehouse near the period, and when one was open.
type openings struct {
	*finder
	site
	look    Interval
	windows *windows
	missing []Interval     // times whose transactions are not known, and follow from queries
	ended   map[int64]bool // that were open in one of those
	open    map[int64]Open // that were not seen to end
}

// shortTimes is for how long users had transactions open, by minute.
type shortTimes struct {
	*allocate.Ledger
	names   []string
	numbers map[string]int
}

func (s *shortTimes) add(t Transaction) {
	n, ok := s.numbers[t.User]
	if !ok {
		n = len(s.names)
		s.names, s.numbers[t.User] = append(s.names, t.User), n
	}
	s.Add(n, t.Start, t.End, t.End.Sub(t.Start).Microseconds())
}

// in hands over the times of a minute, as transactions. Several of a user at once are one,
// within the minute.
func (s *shortTimes) in(minute time.Time, hand func(Transaction)) {
	for _, at := range s.Active(minute, minute.Add(activityStep)) {
		took := min(time.Duration(at.Amount)*time.Microsecond, activityStep)
		hand(Transaction{User: s.names[at.Key], Start: minute, End: minute.Add(took)})
	}
}

// readTransactions reads when transactions were open, also before the period and after it.
func (f *finder) readTransactions(ctx context.Context, s site) (*windows, error) {
	o := &openings{
		finder: f, site: s, look: Interval{f.Period.From.Add(-lookBack), f.Period.To.Add(lookBack)},
		ended: map[int64]bool{}, open: map[int64]Open{},
	}
	o.short[s.key] = &shortTimes{Ledger: allocate.NewLedger(activityStep), numbers: map[string]int{}}
	o.windows, o.missing = newWindows(o.look), s.coverage.Missing(Transactions, o.look)
	for _, read := range []func(context.Context) error{o.readOpen, o.readEnded, o.readQueries} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	o.addOpen()
	return o.windows, nil
}

// readOpen reads which transactions had not ended when that was last looked at.
func (o *openings) readOpen(ctx context.Context) error {
	taken := o.coverage.Taken[Opens]
	if len(taken) == 0 || taken[len(taken)-1].Before(o.Period.To) {
		o.provisional = append(o.provisional, fmt.Sprintf("%s: whether transactions are still open is not known: harvest once more after %s", o.Warehouse, o.Period.To.Format(minuteLayout)))
	}
	if len(taken) == 0 {
		return nil
	}
	last := taken[len(taken)-1]
	for row, err := range Read[Open](ctx, o.Usage, o.key, Interval{last, last.Add(time.Microsecond)}) {
		if err != nil {
			return err
		}
		o.open[row.Transaction] = row
	}
	return nil
}

// readEnded reads the transactions that have ended.
func (o *openings) readEnded(ctx context.Context) error {
	for t, err := range Read[Transaction](ctx, o.Usage, o.key, o.look) {
		if err != nil {
			return err
		}
		delete(o.open, t.ID) // it ended after it was looked at
		for _, in := range o.missing {
			if t.Start.Before(in.To) && t.End.After(in.From) {
				o.ended[t.ID] = true
			}
		}
		o.add(t)
	}
	return nil
}

// readQueries makes transactions of queries, where the view of transactions is not known: from
// the start of the first to the end of the last.
func (o *openings) readQueries(ctx context.Context) error {
	byID := map[int64]Transaction{}
	for _, in := range o.missing {
		for q, err := range Read[Query](ctx, o.Usage, o.key, in) {
			if err != nil {
				return err
			}
			if _, open := o.open[q.Transaction]; open || o.ended[q.Transaction] {
				continue
			}
			t, ok := byID[q.Transaction]
			if !ok {
				t = Transaction{ID: q.Transaction, User: q.User, Start: q.Start, End: q.End}
			}
			t.Start, t.End = earlier(t.Start, q.Start), later(t.End, q.End)
			byID[q.Transaction] = t
		}
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		o.add(byID[id])
	}
	if len(byID) > 0 {
		o.note("%s: where transactions could not be read, they are taken to last from their first query to their last", o.Warehouse)
	}
	return nil
}

// add adds a transaction that has ended.
func (o *openings) add(t Transaction) {
	o.windows.add(t)
	if t.Start.Before(o.Period.To) && !t.End.Before(o.Period.To) {
		o.crossing = append(o.crossing, Crossing{o.key, t.ID, t.User, t.Start, t.End})
	}
	if t.End.Sub(t.Start) >= activityStep {
		o.transactions[o.key] = append(o.transactions[o.key], t)
		return
	}
	o.short[o.key].add(t)
}

// addOpen adds the transactions that were not seen to end. A bill is provisional if one
// began in its period.
func (o *openings) addOpen() {
	for _, id := range slices.Sorted(maps.Keys(o.open)) {
		row := o.open[id]
		o.windows.addOpen(row.Start, row.Taken)
		if !row.Start.Before(o.Period.To) {
			continue
		}
		o.transactions[o.key] = append(o.transactions[o.key], Transaction{ID: id, User: row.User, Start: row.Start})
		o.crossing = append(o.crossing, Crossing{Warehouse: o.key, Transaction: id, User: row.User, Start: row.Start})
		o.provisional = append(o.provisional, fmt.Sprintf("%s: transaction %d was open at %s: what it uses is charged when it ends", o.Warehouse, id, row.Taken.Format(minuteLayout)))
	}
}

func compareCrossings(a, b Crossing) int {
	return cmp.Or(cmp.Compare(a.Warehouse, b.Warehouse), a.Start.Compare(b.Start), cmp.Compare(a.Transaction, b.Transaction))
}
