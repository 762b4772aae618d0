package logs

import (
	"bytes"
	"fmt"
	"math"
)

// finish makes of the fields what is not simply read. It returns false for a line
// that is JSON and cannot be right.
func (d *decoder) finish() bool {
	e := &d.event
	switch {
	case string(e.text[eventType]) == "netflow":
		e.log = Flow
		return d.counts()
	case string(e.text[eventType]) == "alert":
		e.log = Alert
		e.text[outcome] = outcomeOf(e.text[verdict], e.text[action])
	case e.text[tlsError] != nil || e.text[revocationStatus] != nil || e.text[revocationAction] != nil:
		e.log = TLS // the only one that has no event_type
	}
	d.date()
	return true
}

// counts reads the counts of a flow, and its time.
func (d *decoder) counts() bool {
	e := &d.event
	d.date()
	return d.count(&e.packets, packets, "netflow.pkts") && d.count(&e.bytes, octets, "netflow.bytes")
}

func (d *decoder) count(n *uint64, f field, name string) bool {
	text := d.text[f]
	if text == nil {
		return true
	}
	var ok bool
	if *n, ok = whole(text); !ok {
		d.at, d.reason = 0, fmt.Sprintf("event.%s is %q, want a whole number", name, cell(string(text)))
	}
	return ok
}

// whole returns a whole number that is written in digits alone.
func whole(text []byte) (n uint64, ok bool) {
	for _, c := range text {
		digit := uint64(c - '0')
		if digit > 9 || n > (math.MaxUint64-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, len(text) > 0
}

var (
	wasBlocked = []byte("blocked")
	wasPassed  = []byte("passed")
)

func outcomeOf(verdict, action []byte) []byte {
	switch {
	case string(verdict) == "drop" || string(verdict) == "reject":
		return wasBlocked
	case len(verdict) > 0:
		return wasPassed
	case bytes.Equal(action, wasBlocked):
		return wasBlocked
	case len(action) > 0:
		return wasPassed
	}
	return nil
}

// date sets the time: that of the event or, where it has none, that of the line. What is
// before 1970 or after 9999 is none: a report as JSON could not hold it, nor a bucket that
// begins before it.
func (d *decoder) date() {
	e := &d.event
	if e.time, e.dated = d.clock.parse(e.text[timestamp]); !e.dated || e.time < 0 || e.time/1e6 > lastSecond {
		e.time, e.dated = parseEpoch(e.text[eventTimestamp])
	}
}
