package awstest

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// retriedAtOnce is how many calls Retries disturbs in one run. A client of the SDK
// has 500 tokens and spends 5 on a retry.
const retriedAtOnce = 40

func (p Proof[W]) retries(t *testing.T) (findings []error) {
	want, calls, err := p.undisturbed(t)
	if err != nil {
		return []error{err}
	}
	for _, f := range []struct {
		name string
		Fault
	}{
		{"throttled twice", Fault{Attempts: 2, Err: Throttled()}},
		{"whose answer was lost once", Fault{Attempts: 1, Applied: true, Err: outage()}},
	} {
		for from := 0; from < len(calls); from += retriedAtOnce {
			findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
				disturbed := between(from, from+retriedAtOnce)
				f.Match = func(call Call) bool { return disturbed(call) && call.Service != "local" } // nobody retries those
				c.Inject(f.Fault)
				return p.again(ctx, c, w, want, fmt.Sprintf("a run with calls %d to %d %s", from+1, from+retriedAtOnce, f.name))
			}))
		}
	}
	return compact(findings)
}

func outage() error {
	return Error(500, "InternalError", "We encountered an internal error. Please try again.")
}

// between returns a function that tells of the calls from the from-th to before
// the to-th, counted from 0, with all their attempts.
func between(from, to int) func(Call) bool {
	n := 0
	chosen := map[string]bool{}
	return func(call Call) bool {
		if call.Attempt == 1 {
			chosen[call.Request()] = from <= n && n < to
			n++
		}
		return chosen[call.Request()]
	}
}

func (p Proof[W]) failures(t *testing.T) (findings []error) {
	want, calls, err := p.undisturbed(t)
	if err != nil {
		return []error{err}
	}
	for i, call := range calls {
		for _, f := range []struct {
			name string
			Fault
		}{
			{"denied", Fault{Err: Denied()}},
			{"failing", Fault{Err: outage()}},
			{"whose answer is lost for good", Fault{Err: outage(), Applied: true}},
		} {
			name := fmt.Sprintf("a run with call %d (%s) %s", i+1, call, f.name)
			findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
				f.Match = between(i, i+1)
				hits := c.Inject(f.Fault)
				if err := p.Run(ctx, c, w); err == nil && hits() > 0 && p.State(w) != want {
					return fmt.Errorf("%s returns no error, and leaves\n%s\nwant\n%s", name, p.State(w), want)
				}
				c.ClearFaults()
				return errors.Join(p.plansOnly(ctx, c, w), p.again(ctx, c, w, want, "a run after "+name))
			}))
		}
	}
	return compact(findings)
}
