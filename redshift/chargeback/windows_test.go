package chargeback

import (
	"math/rand/v2"
	"testing"
	"time"
)

// transactionOf is one of the day of the test, by times such as "10:00:00".
func transactionOf(id int64, from, to string) Transaction {
	return Transaction{ID: id, Start: utc("2026-10-05 " + from), End: utc("2026-10-05 " + to)}
}

func TestWindows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		transactions []Transaction
		open         string // since when one is that was not seen to end
		booked       string
		from         string // of the window; its end is that of the minute
	}{
		"nothing was open":                 {nil, "", "10:00:00", "10:00:00"},
		"one within the minute":            {[]Transaction{transactionOf(1, "10:00:10", "10:00:20")}, "", "10:00:00", "10:00:00"},
		"one of three minutes":             {[]Transaction{transactionOf(1, "10:00:10", "10:02:20")}, "", "10:02:00", "10:00:00"},
		"after the last one ended":         {[]Transaction{transactionOf(1, "10:00:10", "10:02:20")}, "", "10:03:00", "10:03:00"},
		"while one is open and none ended": {[]Transaction{transactionOf(1, "10:00:10", "10:20:00")}, "", "10:10:00", "10:00:00"},
		"never idle: from the start of what ended": {
			[]Transaction{transactionOf(1, "08:00:00", "09:00:30"), transactionOf(2, "09:00:00", "10:00:30"), transactionOf(3, "09:59:00", "10:00:10")}, "", "10:00:00", "09:00:00"},
		"never idle, and none ended": {
			[]Transaction{transactionOf(1, "08:00:00", "09:00:30"), transactionOf(2, "09:00:59", "10:00:30")}, "", "09:30:00", "08:00:00"},
		"a minute without is between":              {[]Transaction{transactionOf(1, "08:00:00", "08:58:59"), transactionOf(2, "09:00:00", "10:00:30")}, "", "10:00:00", "09:00:00"},
		"one that still is":                        {nil, "09:00:30", "10:00:00", "09:00:00"},
		"one that still is, and one that ended":    {[]Transaction{transactionOf(1, "09:50:00", "10:00:30")}, "09:00:30", "10:00:00", "09:50:00"},
		"booked within a minute":                   {[]Transaction{transactionOf(1, "09:50:00", "10:00:30")}, "", "10:00:42", "09:50:00"},
		"outside of what is known":                 {[]Transaction{transactionOf(1, "09:50:00", "10:00:30")}, "", "23:59:00", "23:59:00"},
		"one that ends after what is known is not": {[]Transaction{transactionOf(1, "09:50:00", "23:30:00")}, "", "10:00:00", "10:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWindows(Interval{utc("2026-10-05 00:00:00"), utc("2026-10-05 20:00:00")})
			for _, transaction := range test.transactions {
				w.add(transaction)
			}
			if test.open != "" {
				w.addOpen(utc("2026-10-05 "+test.open), utc("2026-10-06 10:00:00"))
			}
			booked := utc("2026-10-05 " + test.booked)
			want := Interval{utc("2026-10-05 " + test.from), booked.Truncate(time.Minute).Add(time.Minute)}
			if got := w.of(booked); got != want {
				t.Errorf("the window is %v, want %v", got, want)
			}
		})
	}
}

// A window begins a week before its end at most: that is as long as activity is known.
func TestWindowsAreAWeekAtMost(t *testing.T) {
	t.Parallel()
	from, booked := utc("2026-10-01 00:00:00"), utc("2026-10-12 12:00:00")
	w := newWindows(Interval{from, utc("2026-10-20 00:00:00")})
	w.add(Transaction{ID: 1, Start: from.Add(-wholeDay), End: booked.Add(30 * time.Second)})
	end := booked.Add(time.Minute)
	if got, want := w.of(booked), (Interval{end.Add(-7 * wholeDay), end}); got != want {
		t.Errorf("the window is %v, want %v", got, want)
	}
}

// The windows of random transactions are those that follow from the rule, looked up minute by
// minute.
func TestWindowsFollowFromTheRule(t *testing.T) {
	t.Parallel()
	const minutes = 120
	from := utc("2026-10-05 00:00:00")
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		w := newWindows(Interval{from, from.Add(minutes * time.Minute)})
		var all []Transaction
		for range r.IntN(12) {
			start := from.Add(time.Duration(r.IntN(minutes*60)) * time.Second)
			end := min(start.Sub(from)+time.Duration(r.IntN(1800))*time.Second, minutes*time.Minute-1)
			all = append(all, Transaction{Start: start, End: from.Add(end)})
			w.add(all[len(all)-1])
		}
		for m := range minutes {
			booked := from.Add(time.Duration(m) * time.Minute)
			if got, want := w.of(booked), windowByRule(all, from, booked); got != want {
				t.Fatalf("seed %d: the window of %s is %v, want %v", seed, booked, got, want)
			}
		}
	}
}

// windowByRule goes back minute by minute while a transaction is open, and not before the
// first start of those that ended in the minute of the booking.
func windowByRule(all []Transaction, first, booked time.Time) Interval {
	openIn := func(m time.Time) bool {
		for _, t := range all {
			if !t.Start.Truncate(time.Minute).After(m) && !t.End.Before(m) {
				return true
			}
		}
		return false
	}
	in := Interval{booked, booked.Add(time.Minute)}
	if !openIn(booked) {
		return in
	}
	for in.From.After(first) && openIn(in.From.Add(-time.Minute)) {
		in.From = in.From.Add(-time.Minute)
	}
	var earliest time.Time
	for _, t := range all {
		if t.End.Truncate(time.Minute).Equal(booked) && (earliest.IsZero() || t.Start.Before(earliest)) {
			earliest = t.Start
		}
	}
	if start := earliest.Truncate(time.Minute); !earliest.IsZero() && start.After(in.From) {
		in.From = start
	}
	return in
}
