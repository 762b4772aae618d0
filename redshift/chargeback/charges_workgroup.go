package chargeback

import (
	"context"
	"slices"
	"time"
)

// workgroup finds what a workgroup was charged for. charged_seconds are RPU-seconds, with
// minimum charges: they are added up, and never multiplied by a capacity
// ("SYS_SERVERLESS_USAGE").
func (f *finder) workgroup(ctx context.Context, s site, w *windows) error {
	compute := meter{warehouse: s.key, region: s.region}
	var extra, transfer []part
	storage := newLevel(f.Period)
	for m, err := range Read[Minute](ctx, f.Usage, s.key, Interval{f.Period.From.Add(-lookBack), f.Period.To}) {
		if err != nil {
			return err
		}
		storage.add(m.Start, m.StorageMB)
		if m.Start.Before(f.Period.From) {
			continue
		}
		window := w.of(m.Start)
		if m.Charged > 0 {
			compute.parts = append(compute.parts, part{m.Start, window, m.Charged * perOne})
		}
		if m.Extra > 0 {
			extra = append(extra, part{m.Start, window, m.Extra * perOne})
		}
		if m.TransferBytes > 0 {
			transfer = append(transfer, part{m.Start, window, millionthsOf(m.TransferBytes, 1<<20)})
		}
	}
	f.workgroups = append(f.workgroups, compute)
	if len(extra) > 0 && !f.OptimizationInTotal {
		f.note("automatic optimization on extra compute is beside the total: AWS does not say whether charged_seconds has it already")
	}
	drafts := []draft{
		{site: s, kind: Optimization, parts: extra, beside: !f.OptimizationInTotal, at: f.Period.From},
		{site: s, kind: Transfer, parts: transfer, at: f.Period.From},
	}
	for _, d := range append(drafts, f.stored(s, "", Minutes, storage)...) {
		if err := f.charge(d); err != nil {
			return err
		}
	}
	return nil
}

// A level is something that has a height at all times and is measured now and then: by hour
// its average, or the last one before.
type level struct {
	from     time.Time
	sum, n   []int64 // by hour
	before   int64   // the last one before
	measured bool    // before is known
}

func newLevel(in Interval) *level {
	n := int(in.To.Sub(in.From) / time.Hour)
	return &level{from: in.From, sum: make([]int64, n), n: make([]int64, n)}
}

// add adds a measurement. They come in order.
func (l *level) add(at time.Time, height int64) {
	if at.Before(l.from) {
		l.before, l.measured = height, true
		return
	}
	if i := int(at.Sub(l.from) / time.Hour); i < len(l.sum) {
		l.sum[i], l.n[i] = l.sum[i]+height, l.n[i]+1
	}
}

// stored makes charges of storage, one for each month. Hours that nothing was measured in
// have what was measured last.
func (f *finder) stored(s site, nodeType string, t Table, l *level) []draft {
	var drafts []draft
	var parts []part
	filled, unknown := 0, 0
	end := int(f.until.Sub(f.Period.From) / time.Hour)
	for i := range l.sum[:min(max(end, 0), len(l.sum))] {
		at := l.from.Add(time.Duration(i) * time.Hour)
		if at.Day() == 1 && at.Hour() == 0 && len(parts) > 0 {
			drafts, parts = append(drafts, draft{site: s, kind: Storage, nodeType: nodeType, parts: parts, at: parts[0].booked}), nil
		}
		height, size := l.before, int64(1)
		switch {
		case l.n[i] > 0:
			height, size = l.sum[i], l.n[i]
			l.before, l.measured = l.sum[i]/l.n[i], true
		case l.measured:
			filled++
		default:
			unknown++
			continue
		}
		if height > 0 {
			parts = append(parts, part{at, Interval{at, at.Add(time.Hour)}, millionthsOf(height, size)})
		}
	}
	if filled > 0 && t == Minutes {
		f.note("%s: storage of %d hours in which the view has no row is that of the row before", s.Warehouse, filled)
	}
	if unknown > 0 {
		in := Interval{f.Period.From, f.Period.From.Add(time.Duration(unknown) * time.Hour)}
		gap := Gap{s.key, t, in, "no storage was measured yet"}
		if !slices.Contains(f.gaps, gap) {
			f.gaps = append(f.gaps, gap)
		}
	}
	return append(drafts, draft{site: s, kind: Storage, nodeType: nodeType, parts: parts, at: firstBooked(parts, f.Period.From)})
}

func firstBooked(parts []part, otherwise time.Time) time.Time {
	if len(parts) == 0 {
		return otherwise
	}
	return parts[0].booked
}
