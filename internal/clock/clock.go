// Package clock tells the time, which a demonstration may set.
package clock

import (
	"context"
	"time"
)

type key struct{}

// With returns a context whose time is what now returns.
func With(ctx context.Context, now func() time.Time) context.Context {
	return context.WithValue(ctx, key{}, now)
}

// Now returns the time of a context: the real one, other than in demonstrations.
func Now(ctx context.Context) time.Time {
	if now, ok := ctx.Value(key{}).(func() time.Time); ok {
		return now()
	}
	return time.Now()
}
