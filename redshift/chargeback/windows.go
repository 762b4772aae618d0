package chargeback

import "time"

// lookBack is for how long before a charge activity may have been that it is for, and for
// how long a harvest keeps track of what is open.
const lookBack = 7 * wholeDay

// windows finds the times that charges are for. AWS books a charge when the transaction ends
// ("Billing for Amazon Redshift Serverless": recording usage), so it is for what ran since
// the last minute without an open transaction, and, where transactions ended in the minute
// in which it is booked, since the start of the first of them. It keeps two times for each
// minute, however many transactions there were.
type windows struct {
	from  time.Time
	open  []bool      // by minute: a transaction was
	first []time.Time // by minute: the earliest start of those that ended in it
	since []int       // by minute: the first of the minutes with open transactions up to it
}

func newWindows(in Interval) *windows {
	from := in.From.Truncate(activityStep)
	n := int(in.To.Sub(from)/activityStep) + 1
	return &windows{from: from, open: make([]bool, n), first: make([]time.Time, n)}
}

// minute is the number of a minute, which may be none of those that are kept.
func (w *windows) minute(at time.Time) int {
	return int(at.Truncate(activityStep).Sub(w.from) / activityStep)
}

// add adds a transaction that has ended.
func (w *windows) add(t Transaction) {
	end := w.minute(t.End)
	if end < 0 || end >= len(w.open) {
		return
	}
	w.addOpen(t.Start, t.End)
	if start := earlier(t.Start, t.End); w.first[end].IsZero() || start.Before(w.first[end]) {
		w.first[end] = start
	}
}

// addOpen adds a time in which a transaction was open.
func (w *windows) addOpen(from, to time.Time) {
	for i := max(w.minute(from), 0); i <= min(w.minute(to), len(w.open)-1); i++ {
		w.open[i] = true
	}
	w.since = nil
}

// of is the window of a charge that was booked in a minute.
func (w *windows) of(booked time.Time) Interval {
	booked = booked.Truncate(activityStep)
	window := Interval{booked, booked.Add(activityStep)}
	i := w.minute(booked)
	if i < 0 || i >= len(w.open) || !w.open[i] {
		return window
	}
	if w.since == nil {
		w.since = make([]int, len(w.open))
		for j := range w.since {
			w.since[j] = j
			if j > 0 && w.open[j] && w.open[j-1] {
				w.since[j] = w.since[j-1]
			}
		}
	}
	window.From = w.from.Add(time.Duration(w.since[i]) * activityStep)
	if first := w.first[i]; !first.IsZero() {
		window.From = later(window.From, first.Truncate(activityStep))
	}
	window.From = later(window.From, window.To.Add(-lookBack))
	return window
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
