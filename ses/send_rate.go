package ses

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/awspatterns/awspatterns/internal/pace"
)

const (
	// rateHeadroom is the part of the rate that is left unused, as package pace does: what
	// leaves evenly spaced does not arrive so.
	rateHeadroom = 0.04

	// After a throttle the rate falls to rateCut of what it was, at most once in a second, and
	// never below rateFloor; it takes rateRecovery to be whole again.
	rateCut      = 0.7
	rateFloor    = 1. / 32
	rateRecovery = 30 * time.Second

	// rateSlack is how late a caller may come and keep its place: a timer that fires late
	// does not cost a part of the rate.
	rateSlack = 10 * time.Millisecond

	// rateForever is the longest wait, in seconds, and bulkLeast one bulk call in that time.
	rateForever = 1e9
	bulkLeast   = 1 / rateForever
)

// A sendRate admits mails at a rate of recipients in a second. A mail is admitted when those
// before it have had their time, however many recipients it has.
type sendRate struct {
	turn chan struct{} // full while somebody waits for the next admission

	mu    sync.Mutex
	rate  float64 // recipients in a second, without headroom
	next  time.Time
	share float64 // of rate, since the last throttle
	cut   time.Time
}

func newSendRate(perSecond float64) *sendRate {
	return &sendRate{turn: make(chan struct{}, 1), rate: perSecond, share: 1}
}

// set changes the rate for the mails that come next.
func (l *sendRate) set(perSecond float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rate = perSecond
}

// wait returns when a mail to n recipients may be sent, in the order in which callers came,
// or with the cause of ctx when that ends.
func (l *sendRate) wait(ctx context.Context, n int) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	at, err := l.slot()
	if err != nil {
		return err
	}
	if err := pace.Sleep(ctx, time.Until(at)); err != nil {
		return err // the slot is the next caller's
	}
	l.take(at, n)
	return nil
}

func (l *sendRate) slot() (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !(l.rate > 0) {
		return time.Time{}, fmt.Errorf("SES allows %v recipients in a second", l.rate)
	}
	if now := time.Now(); l.next.Before(now.Add(-rateSlack)) {
		return now, nil
	}
	return l.next, nil
}

func (l *sendRate) take(at time.Time, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rate := l.rate * (1 - rateHeadroom) * l.shareNow()
	seconds := min(float64(n)/rate, rateForever) // more than a Duration holds would be none
	l.next = at.Add(time.Duration(seconds * float64(time.Second)))
}

// shareNow returns how much of the rate is used at present.
func (l *sendRate) shareNow() float64 {
	if l.cut.IsZero() {
		return 1
	}
	back := float64(time.Since(l.cut)) / float64(rateRecovery)
	return min(1, l.share+(1-l.share)*back)
}

// throttled has SES asked to slow down.
func (l *sendRate) throttled() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.cut.IsZero() && time.Since(l.cut) < time.Second {
		return // calls that were admitted before the last cut
	}
	l.share = max(rateFloor, l.shareNow()*rateCut)
	l.cut = time.Now()
}
