package chargeback

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// workgroup finds what a workgroup was charged for. charged_seconds are RPU-seconds, with
// minimum charges: they are added up, and never multiplied by a capacity
// ("SYS_SERVERLESS_USAGE").
func (f *finder) workgroup(ctx context.Context, s site, w *windows) error {
	compute := meter{warehouse: s.key, region: s.region}
	var extra []part
	storage, moved := newLevel(f.Period), map[time.Time]int64{} // by day
	for m, err := range Read[Minute](ctx, f.Usage, s.key, Interval{f.Period.From.Add(-lookBack), f.Period.To}) {
		if err != nil {
			return err
		}
		if err := storage.add(m.Start, m.StorageMB); err != nil {
			return err
		}
		if m.Start.Before(f.Period.From) {
			continue
		}
		if m.Charged < 0 || m.Extra < 0 || m.TransferBytes < 0 {
			return fmt.Errorf("the minute of %s has less than nothing: %+v", m.Start.Format(minuteLayout), m)
		}
		if compute.parts, err = addUnits(compute.parts, m.Start, w.of(m.Start), m.Charged); err == nil {
			extra, err = addUnits(extra, m.Start, w.of(m.Start), m.Extra)
		}
		sum, ok := addExactly(moved[billDay(m.Start)], m.TransferBytes)
		if moved[billDay(m.Start)] = sum; err != nil || !ok {
			return fmt.Errorf("the minute of %s: %w", m.Start.Format(minuteLayout), errTooMuch)
		}
	}
	transfer, err := transferred(moved)
	if err != nil {
		return err
	}
	f.workgroups = append(f.workgroups, compute)
	if len(extra) > 0 && !f.OptimizationInTotal {
		f.note("automatic optimization on extra compute is beside the total: AWS does not say whether charged_seconds has it already")
	}
	if len(extra) > 0 && f.OptimizationInTotal {
		f.note("automatic optimization on extra compute is in the total: if charged_seconds has it already, which AWS does not say, it is charged twice")
	}
	drafts := []draft{
		{site: s, kind: Optimization, parts: extra, beside: !f.OptimizationInTotal, at: f.Period.From},
		{site: s, kind: Transfer, parts: transfer, at: f.Period.From},
	}
	stored, err := f.stored(s, Minutes, storage, f.known(s, Minutes), func(time.Time) (string, bool) { return "", true })
	if err != nil {
		return err
	}
	for _, d := range append(drafts, stored...) {
		if err := f.charge(d); err != nil {
			return err
		}
	}
	return nil
}

// addUnits adds a part of whole units, if it has any.
func addUnits(to []part, booked time.Time, window Interval, units int64) ([]part, error) {
	quantity, err := millionthsOf(units, 1)
	if err != nil || quantity == 0 {
		return to, err
	}
	return append(to, part{booked, window, quantity}), nil
}

// transferred are the parts of bytes by day. They are not of those who read the data: the view
// does not tell.
func transferred(byDay map[time.Time]int64) (parts []part, err error) {
	for _, day := range slices.SortedFunc(maps.Keys(byDay), time.Time.Compare) {
		quantity, err := millionthsOf(byDay[day], 1<<20)
		if err != nil {
			return nil, err
		}
		if quantity > 0 {
			parts = append(parts, part{day, Interval{day, day.Add(wholeDay)}, quantity})
		}
	}
	return parts, nil
}

// A level is something that has a height at all times and is measured now and then: by hour
// its average, or the last one before.
type level struct {
	from         time.Time
	sum, n, last []int64 // by hour
	before       int64   // the last one before
	measured     bool    // before is known
}

func newLevel(in Interval) *level {
	n := int(in.To.Sub(in.From) / time.Hour)
	return &level{from: in.From, sum: make([]int64, n), n: make([]int64, n), last: make([]int64, n)}
}

// add adds a measurement. They come in order.
func (l *level) add(at time.Time, height int64) error {
	if height < 0 {
		return fmt.Errorf("at %s %d MB are stored", at.Format(minuteLayout), height)
	}
	if at.Before(l.from) {
		l.before, l.measured = height, true
		return nil
	}
	i := int(at.Sub(l.from) / time.Hour)
	if i >= len(l.sum) {
		return nil
	}
	sum, ok := addExactly(l.sum[i], height)
	if !ok {
		return errTooMuch
	}
	l.sum[i], l.n[i], l.last[i] = sum, l.n[i]+1, height
	return nil
}

// stored makes charges of storage until a time, one for each month and node type; of tells
// that of an hour, and whether its storage is charged. Hours that nothing was measured in have
// what was measured last.
func (f *finder) stored(s site, t Table, l *level, until time.Time, of func(time.Time) (string, bool)) ([]draft, error) {
	var drafts []draft
	filled, unknown := 0, Interval{}
	for i := range l.sum {
		at := l.from.Add(time.Duration(i) * time.Hour)
		if at.Add(time.Hour).After(until) {
			break
		}
		height, size := l.before, int64(1)
		if l.n[i] > 0 {
			height, size = l.sum[i], l.n[i]
			l.before, l.measured = l.last[i], true
		}
		nodeType, charged := of(at)
		switch {
		case !charged:
			continue
		case !l.measured:
			unknown = Interval{cmp.Or(unknown.From, at), at.Add(time.Hour)}
			continue
		case l.n[i] == 0:
			filled++
		}
		quantity, err := millionthsOf(height, size)
		if err != nil {
			return nil, err
		}
		month := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
		j := slices.IndexFunc(drafts, func(d draft) bool { return d.nodeType == nodeType && d.at.Equal(month) })
		if j < 0 {
			j, drafts = len(drafts), append(drafts, draft{site: s, kind: Storage, nodeType: nodeType, at: month})
		}
		if quantity > 0 {
			drafts[j].parts = append(drafts[j].parts, part{at, Interval{at, at.Add(time.Hour)}, quantity})
		}
	}
	if filled > 0 && t == Minutes {
		f.note("%s: storage of %d hours in which the view has no row is that of the row before", s.Warehouse, filled)
	}
	if !unknown.To.IsZero() {
		f.gaps = append(f.gaps, Gap{s.key, t, unknown, s.unmeasured(t)})
	}
	return drafts, nil
}

// unmeasured says why storage is not known.
func (s site) unmeasured(t Table) string {
	if s.coverage.Denied[t] != "" {
		return s.reason(t)
	}
	return "no storage was measured yet"
}
