package redshift

import (
	"slices"
	"time"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

// advance does what is due, in the order in which it is. The caller holds d.mu.
func (d *Data) advance() {
	now := time.Now()
	for {
		r, due := d.first()
		if r == nil || due.After(now) {
			break
		}
		if due.Equal(d.limit(r)) {
			d.abort(r, due)
			continue
		}
		d.step(r, due)
	}
	d.schedule()
}

// schedule has the clock call advance when something is due next.
func (d *Data) schedule() {
	if d.timer != nil {
		d.timer.Stop()
	}
	if r, due := d.first(); r != nil {
		d.timer = time.AfterFunc(time.Until(due), func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.advance()
		})
	}
}

// first returns the run that something happens to first, and when.
func (d *Data) first() (first *dataRun, at time.Time) {
	for _, r := range d.active {
		if due := d.due(r); first == nil || due.Before(at) {
			first, at = r, due
		}
	}
	return first, at
}

// due returns when a run goes on, or is ended by force.
func (d *Data) due(r *dataRun) time.Time {
	limit, stay := d.limit(r), d.stay(r)
	if r.polled < stay.Polls || d.blocks(r) {
		return limit
	}
	due := r.since.Add(stay.For)
	if stay.Polls > 0 && due.Before(r.freed) {
		due = r.freed
	}
	if due.After(limit) {
		return limit
	}
	return due
}

// limit returns when a run is ended by force: after 24 hours, its own or its session's.
func (d *Data) limit(r *dataRun) time.Time {
	if r.session != nil {
		return r.session.created.Add(dataDay)
	}
	return r.created.Add(dataDay)
}

// stay is how long a run stays in its state. Every statement of a batch that commits each
// takes its own time; the others wait for it.
func (d *Data) stay(r *dataRun) (s DataStay) {
	switch {
	case r.status == datatypes.StatusStringSubmitted:
		return d.Pace.Submitted
	case r.status == datatypes.StatusStringPicked:
		return d.Pace.Picked
	case r.next == 0:
		s = d.Pace.Started
	}
	for _, p := range r.group() {
		if d.Slow != nil {
			s.For += d.Slow(p.sql)
		}
	}
	return s
}

// blocks reports whether a run has come to a statement that does not end.
func (d *Data) blocks(r *dataRun) bool {
	return r.status == datatypes.StatusStringStarted && d.Block != nil &&
		slices.ContainsFunc(r.group(), func(p *dataPart) bool { return d.Block(p.sql) })
}
