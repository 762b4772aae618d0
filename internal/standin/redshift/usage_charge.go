package redshift

import (
	"cmp"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// A busySpan is a time in which a query ran, and when its transaction ended; whole seconds.
type busySpan struct{ from, to, booked int64 }

// minutes adds a row for each minute from From until the last transaction has ended.
func (g *generator) minutes() {
	spans := g.busy()
	first := g.From.Truncate(time.Minute).Unix()
	last := g.To.Unix() - 1
	for _, s := range spans {
		last = max(last, s.booked)
	}
	g.Minutes = make([]chargeback.Minute, (last-first)/60+1)
	for i := range g.Minutes {
		start := time.Unix(first+60*int64(i), 0).UTC()
		day := int(start.Sub(g.From) / (24 * time.Hour))
		g.Minutes[i] = chargeback.Minute{Start: start, End: start.Add(time.Minute), StorageMB: g.storageAt(day)}
		if g.r.IntN(500) == 0 {
			g.Minutes[i].TransferBytes = g.r.Int64N(1 << 30)
		}
		if start.Hour() == 3 && g.r.IntN(10) == 0 {
			g.Minutes[i].Extra = 60 * 8
		}
	}
	g.charge(spans, first)
}

// busy returns the times in which queries ran, by when they began.
func (g *generator) busy() []busySpan {
	ends := make(map[int64]int64, len(g.Transactions))
	for _, t := range g.Transactions {
		ends[t.ID] = t.End.Unix()
	}
	var spans []busySpan
	for _, q := range g.Queries {
		if q.Execution > 0 {
			spans = append(spans, busySpan{q.End.Add(-q.Execution).Unix(), q.End.Add(time.Second - 1).Unix(), ends[q.Transaction]})
		}
	}
	slices.SortFunc(spans, func(a, b busySpan) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.booked, b.booked))
	})
	return spans
}

// charge books every second in which something ran, and what is missing to 60 of a time
// that began when nothing was paid for.
func (g *generator) charge(spans []busySpan, first int64) {
	var running []busySpan
	var woken, until, booked int64 // when it last woke up, until when something ran, the last booking of that
	book := func(at, seconds int64) { g.Minutes[(at-first)/60].Charged += seconds * g.Capacity }
	for at, next := int64(0), 0; next < len(spans) || len(running) > 0; {
		if len(running) == 0 {
			at = max(at, spans[next].from)
		}
		for ; next < len(spans) && spans[next].from <= at; next++ {
			running = append(running, spans[next])
		}
		if at > until && at >= woken+60 {
			if woken > 0 {
				book(booked, max(0, woken+60-until))
			}
			woken, until, booked = at, at, 0
		}
		if gap := at - until; gap > 0 { // within the first minute, and paid for
			book(booked, gap)
		}
		end, earliest := running[0].to, running[0].booked
		for _, s := range running {
			end, earliest = min(end, s.to), min(earliest, s.booked)
		}
		if next < len(spans) {
			end = min(end, spans[next].from)
		}
		book(earliest, end-at)
		g.compute(at, end, first)
		at, until, booked = end, end, max(booked, earliest)
		running = slices.DeleteFunc(running, func(s busySpan) bool { return s.to <= at })
	}
	if woken > 0 {
		book(booked, max(0, woken+60-until))
	}
}

// compute adds what ran from one second to another to the minutes in which it did.
func (g *generator) compute(from, to, first int64) {
	for from < to {
		i := (from - first) / 60
		end := min(to, first+60*(i+1))
		g.Minutes[i].ComputeSeconds += (end - from) * g.Capacity * 1000
		from = end
	}
}
