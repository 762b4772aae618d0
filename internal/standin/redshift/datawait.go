package redshift

import (
	"context"
	"time"

	"github.com/aws/smithy-go"
)

func dataCheckWait(seconds *int32) error {
	if seconds != nil && (*seconds < 1 || *seconds > 30) {
		return dataInvalid("WaitTimeSeconds must be 1 to 30")
	}
	return nil
}

// poll is wait for calls about a statement that is there: one at a time may wait for it.
func (d *Data) poll(ctx context.Context, seconds *int32, w *dataWaits) error {
	if err := dataCheckWait(seconds); err != nil {
		return err
	}
	if seconds != nil && !w.over() && (d.RefuseWaits || w.waiting > 0) {
		return dataTooManyWaits()
	}
	return d.wait(ctx, seconds, w)
}

// wait waits for an end, as long as the caller allows. The caller holds d.mu, which is
// free meanwhile.
func (d *Data) wait(ctx context.Context, seconds *int32, w *dataWaits) error {
	if seconds == nil || w.over() {
		return nil
	}
	timer := time.NewTimer(time.Duration(*seconds) * time.Second)
	defer timer.Stop()
	w.waiting++
	defer func() { w.waiting-- }()
	d.mu.Unlock()
	defer d.advance()
	defer d.mu.Lock()
	select {
	case <-w.ended:
	case <-timer.C:
	case <-ctx.Done():
		return &smithy.CanceledError{Err: ctx.Err()}
	}
	return nil
}

func (w *dataWaits) over() bool {
	select {
	case <-w.ended:
		return true
	default:
		return false
	}
}
