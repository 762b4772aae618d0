// Package pace admits calls to a service that allows so many of them in a second.
//
// A [Limiter] spaces calls evenly, begins slowly, and slows down when the service
// throttles all the same: its quota may be shared with other programs, or be less
// than was said. It imports no AWS SDK; package sdkpace puts it into SDK clients.
package pace

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

const (
	// headroom is the part of the quota that is left unused. Calls that leave evenly
	// spaced do not arrive so: delays on the way that differ by 4 % of a second still
	// put no more calls into a second than the quota.
	headroom = 0.04

	// rampStart is the part of the rate to begin with, if that is more than a call in
	// a second, and rampTime how long it takes from there to the whole. AWS throttles
	// a "sudden increase in rate of requests" also below the quota:
	// https://github.com/aws/aws-sdk-js-v3/issues/2815.
	rampStart = 0.1
	rampTime  = 8 * time.Second

	// tolerated is the share of calls that may be throttled without a slowdown, and
	// inRow how many of them in a row: by chance, so many are of evenly spaced calls.
	tolerated = 0.015
	inRow     = 3

	// A slowdown is to the share of calls that were let through, within these.
	leastCut, mostCut = 0.95, 0.5

	// cutInterval is the least time between two slowdowns: for a moment after one,
	// calls are throttled that had been admitted before.
	cutInterval = time.Second

	// recovery is how long it takes from a slowdown back to the rate before it. From
	// there the rate goes on to grow, twice as fast in each such time.
	recovery = 30 * time.Second

	// floor is the least part of the rate that is still tried.
	floor = 1. / 32

	// slack is how late a caller may come and keep its place in the row: a timer that
	// fires late does not cost a part of the quota.
	slack = 10 * time.Millisecond
)

// A Limiter admits calls at the rate of a quota. Its methods may be called from
// several goroutines; it has none of its own.
type Limiter struct {
	max  float64       // calls per second
	turn chan struct{} // full while somebody waits for the next admission

	mu      sync.Mutex
	next    time.Time // of the next admission
	rate    float64   // calls per second, at the time of grown
	grown   time.Time // zero before the first call
	cut     time.Time // of the last slowdown, or the first call
	slope   float64   // calls per second that rate gains in a second after cut
	ok, no  float64   // calls that were let through and throttled since cut
	credits float64   // throttled calls that are tolerated now
}

// New returns a Limiter for a quota of so many calls in a second. If that is not a
// positive number, it admits none.
func New(perSecond float64) *Limiter {
	top := perSecond * (1 - headroom)
	rate := min(top, max(1, rampStart*top))
	return &Limiter{
		max:     top,
		turn:    make(chan struct{}, 1),
		rate:    rate,
		slope:   (top - rate) / rampTime.Seconds(),
		credits: 1,
	}
}

// NewAtOnce is like New, for a quota of so few calls that nobody takes them for a sudden
// increase: it begins with the whole rate.
func NewAtOnce(perSecond float64) *Limiter {
	l := New(perSecond)
	l.rate, l.slope = l.max, 0
	return l
}

// Wait returns when a call may be made, in the order in which callers came, or with
// the cause of ctx when that ends. Every call, also a retry, needs a Wait of its own.
func (l *Limiter) Wait(ctx context.Context) error {
	if !(l.max > 0) || math.IsInf(l.max, 1) {
		return fmt.Errorf("no calls: the quota is %v in a second", l.max/(1-headroom))
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	at := l.slot()
	if err := Sleep(ctx, time.Until(at)); err != nil {
		return err // the slot is the next caller's
	}
	l.take(at)
	return nil
}

// slot returns when the next call may be made.
func (l *Limiter) slot() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if late := time.Now().Add(-slack); l.next.Before(late) {
		return time.Now()
	}
	return l.next
}

// take sets the slot after the one at at.
func (l *Limiter) take(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.grow()
	l.next = at.Add(time.Duration(float64(time.Second) / l.rate))
}

// grow brings the rate up to now.
func (l *Limiter) grow() {
	now := time.Now()
	if l.grown.IsZero() {
		l.grown, l.cut = now, now
	}
	faster := math.Exp2(math.Floor(float64(now.Sub(l.cut)) / float64(recovery)))
	l.rate = min(l.max, l.rate+l.slope*faster*now.Sub(l.grown).Seconds())
	l.grown = now
}

// OK reports that a call was let through.
func (l *Limiter) OK() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ok++
	l.credits = min(l.credits+tolerated, inRow)
}

// Throttled reports that a call was throttled.
func (l *Limiter) Throttled() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.grow()
	l.no++
	switch {
	case l.credits >= 1:
		l.credits--
	case time.Since(l.cut) >= cutInterval:
		l.slowDown()
	}
}

func (l *Limiter) slowDown() {
	share := min(max(l.ok/(l.ok+l.no), mostCut), leastCut)
	l.slope = l.rate * (1 - share) / recovery.Seconds()
	l.rate = max(l.rate*share, l.max*floor)
	l.cut, l.ok, l.no = l.grown, 0, 0
}

// Sleep waits for d. If ctx has ended, or ends meanwhile, it returns the cause.
func Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil || d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
