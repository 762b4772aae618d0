package redshift

import (
	"context"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
)

// A dataCall is an operation as an account calls it in a Region.
type dataCall struct {
	awstest.Caller
	operation string
}

// dataHandle makes h answer an operation, with everything done first that was due, and as
// often as the rate of the operation allows. It runs with d.mu held.
func dataHandle[In, Out any](c *awstest.Cloud, d *Data, operation string, h func(context.Context, *In) (*Out, error)) {
	awstest.Handle(c, func(ctx context.Context, in *In) (*Out, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.advance()
		if !d.allows(dataCall{awstest.CallerOf(ctx), operation}) {
			return nil, dataThrottled()
		}
		return h(ctx, in)
	})
}

// allows counts a call, if there were not too many in the second before it.
func (d *Data) allows(call dataCall) bool {
	rate, limited := d.Rates[call.operation]
	if !limited {
		return true
	}
	now := time.Now()
	recent := slices.DeleteFunc(d.calls[call], func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(recent) < rate {
		d.calls[call] = append(recent, now)
		return true
	}
	d.calls[call] = recent
	return false
}
