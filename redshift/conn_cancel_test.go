package redshift_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
)

var errShutdown = errors.New("shutdown")

// TestCancel ends the context while a statement is in each of its states.
func TestCancel(t *testing.T) {
	const sql = "CALL load()"
	for _, test := range []struct {
		name    string
		pending time.Duration // SUBMITTED for so long, which cannot be cancelled
		takes   time.Duration
		after   time.Duration // the context ends
		fault   awstest.Fault
		state   redshift.State
		ran     bool // in the end
		within  time.Duration
	}{
		{"running", 0, time.Hour, time.Minute, awstest.Fault{}, redshift.StateStopped, false, 2 * time.Second},
		{"submitted", 3 * time.Second, time.Hour, time.Second, awstest.Fault{}, redshift.StateStopped, false, 4 * time.Second},
		{"submitted for long", time.Hour, time.Hour, time.Second, awstest.Fault{}, redshift.StateUnknown, true, 11 * time.Second},
		{"as it ends", 0, time.Minute, time.Minute - 50*time.Millisecond, awstest.Fault{Operation: cancelCall, Latency: 100 * time.Millisecond}, redshift.StateFinished, true, 2 * time.Second},
		{"cancel denied", 0, time.Hour, time.Minute, awstest.Fault{Operation: cancelCall, Err: awstest.Denied()}, redshift.StateUnknown, true, 11 * time.Second},
		{"cancel fails for a second", 0, time.Hour, time.Minute, awstest.Fault{Operation: cancelCall, Err: throttled(), Times: 2}, redshift.StateStopped, false, 10 * time.Second},
		{"cancel is lost", 0, time.Hour, time.Minute, awstest.Fault{Operation: cancelCall, Err: errors.New("reset"), Applied: true}, redshift.StateStopped, false, 10 * time.Second},
		{"nobody answers", 0, time.Hour, time.Minute, awstest.Fault{Operation: describeCall, Err: errors.New("reset")}, redshift.StateUnknown, false, 11 * time.Second},
		{"submission takes a second", 0, time.Hour, 500 * time.Millisecond, awstest.Fault{Operation: executeCall, Latency: time.Second}, redshift.StateStopped, false, 4 * time.Second},
		{"submission hangs", 0, time.Hour, time.Second, awstest.Fault{Operation: executeCall, Latency: time.Minute}, redshift.StateUnknown, false, 6 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				w := newDataWorld(cloud, func(string) reply { return reply{takes: test.takes} })
				w.pending = test.pending
				cloud.Inject(test.fault)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(test.after, func() { cancel(errShutdown) })
				began := time.Now()
				_, err := newConn(t, cloud).Run(ctx, redshift.Statement{SQL: sql})
				if took := time.Since(began) - test.after; took > test.within {
					t.Errorf("took %v more", took)
				}
				e, ok := errors.AsType[*redshift.InterruptedError](err)
				if !ok || e.State != test.state || !errors.Is(err, errShutdown) || e.SQL != sql || errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				if errors.Is(err, redshift.ErrCancelled) != (test.state == redshift.StateStopped) {
					t.Errorf("cancelled: %v", err)
				}
				if test.fault.Operation != executeCall && e.ID != w.runs[0].id {
					t.Errorf("got ID %q", e.ID)
				}
				time.Sleep(3 * time.Hour)
				if ran := len(w.effects()) == 1; ran != test.ran {
					t.Errorf("ran: %v", ran)
				}
				cloud.ClearFaults()
			})
		})
	}
}

// TestCancelled begins with a context that has ended: nothing is sent.
func TestCancelled(t *testing.T) {
	cloud := awstest.New(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errShutdown)
	c := newConn(t, cloud)
	if _, err := c.Run(ctx, redshift.Statement{SQL: "CALL load()"}); !errors.Is(err, errShutdown) {
		t.Errorf("got %v", err)
	}
	outcomes, err := c.RunAll(ctx, two, redshift.RunAllOptions{})
	if !errors.Is(err, errShutdown) || len(outcomes) != 2 || !errors.Is(outcomes[1].Err, errShutdown) {
		t.Errorf("got %v, %v", outcomes, err)
	}
	if cloud.Count() != 0 {
		t.Errorf("%d calls", cloud.Count())
	}
}

// TestCancelReading ends the context while the result is read.
func TestCancelReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, func(string) reply { return count(2) })
		cloud.Inject(awstest.Fault{Operation: resultCall, Latency: time.Minute})
		ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, errShutdown)
		defer cancel()
		_, err := newConn(t, cloud).Run(ctx, redshift.Statement{SQL: "SELECT 1"})
		e, ok := errors.AsType[*redshift.InterruptedError](err)
		if !ok || e.State != redshift.StateFinished || !errors.Is(err, errShutdown) || !strings.Contains(err.Error(), "had finished") {
			t.Errorf("got %v", err)
		}
		if n := calls(cloud, cancelCall); n != 0 {
			t.Errorf("cancelled what had ended")
		}
	})
}

// TestCancelBatch stops a batch that commits each statement in its middle.
func TestCancelBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, func(string) reply { return reply{takes: time.Minute} })
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		ss := append(many(40), two...)
		outcomes, err := newConn(t, cloud).RunAll(ctx, ss, redshift.RunAllOptions{Mode: redshift.AutoCommit})
		e, ok := errors.AsType[*redshift.InterruptedError](err)
		if !ok || e.Count != 40 || e.State != redshift.StateStopped || !strings.Contains(err.Error(), "batch of 40") {
			t.Errorf("got %v", err)
		}
		if !errors.Is(outcomes[0].Err, context.DeadlineExceeded) || !errors.Is(outcomes[39].Err, context.DeadlineExceeded) || !errors.Is(outcomes[40].Err, redshift.ErrNotRun) {
			t.Errorf("got %v", outcomes)
		}
	})
}
