package awstest

import (
	"context"
	"errors"
)

// ErrCrash is what every call returns from a crash point on. The SDK does not
// retry it.
var ErrCrash = errors.New("awstest: the process crashed")

// crashPoint says at which call the process dies.
type crashPoint struct {
	at       int  // counted from the first call of the Cloud; 0 is never
	applied  bool // that call still takes effect
	happened bool
	deaths   int // of the process so far
}

// stops reports whether a crash keeps the n-th call from its effect.
func (c *crashPoint) stops(n int) bool {
	switch {
	case c.happened:
		return true
	case c.at == 0 || n < c.at:
		return false
	}
	c.happened = true
	c.deaths++
	return !c.applied
}

// deaths returns how often the process has died so far. A call belongs to the
// process that made it.
func (c *Cloud) deaths() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.crash.deaths
}

// CrashBefore makes the process die, as it were, just before the k-th call from
// now: that one and all after it return [ErrCrash] and have no effect, and
// answers on their way are lost. [Cloud.Recover] ends it.
func (c *Cloud) CrashBefore(k int) { c.crashAt(k, false) }

// CrashAfter is like CrashBefore, but the k-th call has its effect, and only its
// answer is lost.
func (c *Cloud) CrashAfter(k int) { c.crashAt(k, true) }

func (c *Cloud) crashAt(k int, applied bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.crash = crashPoint{at: c.calls + k, applied: applied, deaths: c.crash.deaths}
}

// Recover lets calls through again, as for a new process. What the calls before
// did, stays.
func (c *Cloud) Recover() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.crash = crashPoint{deaths: c.crash.deaths}
	clear(c.failed)
}

// Crashed reports whether the crash point was reached.
func (c *Cloud) Crashed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.crash.happened
}

// Local does something that happens outside AWS, such as writing a file or
// putting a record into a store of the caller's. It is logged as a call of the
// service "local", and faults and crash points meet it like any other: after a
// crash, step does not run.
func (c *Cloud) Local(ctx context.Context, operation, target string, step func() error) error {
	call := Call{Service: "local", Operation: operation, Attempt: 1, Target: target}
	return c.do(ctx, call, func(context.Context) error { return step() })
}
