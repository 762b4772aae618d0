package chargeback

import (
	"context"
	"time"
)

// lockPause is how long a lock that another has is waited for before it is tried again: a
// write takes milliseconds.
const lockPause = 5 * time.Millisecond

// pause waits a little, or until ctx ends.
func pause(ctx context.Context) error {
	timer := time.NewTimer(lockPause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
