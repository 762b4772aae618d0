package awstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns"
)

// A Proof tries a pattern in a world that is made anew for every trial. W is what
// a test keeps of a world, such as its stand-ins. Every trial has a synctest
// bubble of its own.
//
//	proof := awstest.Proof[*world]{Start: …, Run: …, State: …}
//	t.Run("converges", proof.Converges)
//
// A proof sees calls, and what the test wraps in [Cloud.Local]. What a process
// keeps elsewhere must be part of W, as it outlives a crash only there.
type Proof[W any] struct {
	// Start makes a world: handlers, and what is in the account before. Calls that
	// it makes do not count. Required.
	Start func(*Cloud) W

	// Run is the pattern as a program runs it, again after a crash; for one that
	// changes an account, planning and applying. Required.
	Run func(context.Context, *Cloud, W) error

	// State describes what the pattern is for, and what it is billed for, without
	// anything that differs from run to run, such as times. Required.
	State func(W) string

	// Plan plans only. It is required for PlanReads and DeniedReads. If it is set,
	// the other proofs also check that planning after Run plans nothing, and
	// Converges and Failures that planning only reads, whatever a crash or a
	// failure left.
	Plan func(context.Context, *Cloud, W) (awspatterns.Plan, error)

	// Reads tells of a call that it only reads although its name does not begin
	// with Get, List, Describe, Head or the like.
	Reads func(Call) bool

	// Deletes tells of a call that it deletes although its name does not begin
	// with Delete, Remove or the like: one that overwrites with nothing, say.
	Deletes func(Call) bool

	// Same tells what a request is for, if it names something that the service made up,
	// such as the id of a statement, and so differs each time; it must not call the Cloud.
	// Empty for a call whose Request tells that. Only DeniedReads asks.
	Same func(W, Call) string

	// NoDeletes says that the pattern never deletes. Otherwise DeniedReads wants
	// a world in which it does.
	NoDeletes bool
}

// Converges checks that Run, killed before or after any of its calls and run
// again, ends in the state of an undisturbed run, that it does not return nil
// when it was killed (also not if only its last call, which it may take for
// unimportant, was lost), and that a run more changes nothing.
func (p Proof[W]) Converges(t *testing.T) {
	t.Helper()
	report(t, p.converges(t))
}

// ConvergesTwice is like Converges, but the run after the crash is killed too, at
// each of its calls. Of more than 300 pairs (100 with -short) it tries that many,
// spread over all.
func (p Proof[W]) ConvergesTwice(t *testing.T) {
	t.Helper()
	report(t, p.convergesTwice(t))
}

// AnyOrder checks a pattern that makes calls at the same time: they arrive in
// orders that n seeds decide. With each, Run must end in the same state, also
// when it is killed at some call and run again.
func (p Proof[W]) AnyOrder(n int) func(t *testing.T) {
	return func(t *testing.T) {
		t.Helper()
		report(t, p.anyOrder(t, n))
	}
}

// Retries checks that Run ends in the same state if the first two attempts of
// calls are throttled, and if calls take effect and the answer to their first
// attempt is lost, so that the client makes them again: all calls, but no more
// than 40 in one run, since the SDK has a quota of retries.
func (p Proof[W]) Retries(t *testing.T) {
	t.Helper()
	report(t, p.retries(t))
}

// Failures makes each call of Run fail in turn, with all its attempts, while the
// process lives on and may try to undo or to go on: by a denial, by an outage, and
// by an outage that loses the answer to a call which took effect. Run must return
// an error, unless it ends in the state of an undisturbed run all the same, and a
// run after that must end in that state.
func (p Proof[W]) Failures(t *testing.T) {
	t.Helper()
	report(t, p.failures(t))
}

// PlanReads checks that planning only reads.
func (p Proof[W]) PlanReads(t *testing.T) {
	t.Helper()
	report(t, p.planReads(t))
}

// DeniedReads makes each read of planning fail in turn, each operation as a whole
// and each request alone, by a denial and by an outage. Planning must then fail,
// or give a plan that is incomplete and plans nothing that it would not have
// planned otherwise; and Run must return an error and delete nothing.
func (p Proof[W]) DeniedReads(t *testing.T) {
	t.Helper()
	report(t, p.deniedReads(t))
}

func report(t *testing.T, findings []error) {
	t.Helper()
	for _, err := range findings {
		t.Error(err)
	}
}

// trial runs f in a world of its own and returns what it finds, with what the
// Cloud has to complain about.
func (p Proof[W]) trial(t *testing.T, f func(ctx context.Context, c *Cloud, w W) error) (err error) {
	synctest.Test(t, func(t *testing.T) {
		c := New(nil)
		w := p.Start(c)
		c.forget()
		err = errors.Join(f(t.Context(), c, w), c.Err())
	})
	return err
}

// undisturbed runs once, and returns the state and the calls.
func (p Proof[W]) undisturbed(t *testing.T) (state string, calls []Call, err error) {
	err = p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
		if err := p.Run(ctx, c, w); err != nil {
			return fmt.Errorf("undisturbed run: %w", err)
		}
		state, calls = p.State(w), c.Calls()
		return nil
	})
	if err == nil && len(calls) == 0 {
		err = errors.New("the undisturbed run makes no call, so it proves nothing")
	}
	return state, calls, err
}

// again runs once more and compares the state. Then there is nothing left to plan.
func (p Proof[W]) again(ctx context.Context, c *Cloud, w W, want, name string) error {
	if err := p.Run(ctx, c, w); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if got := p.State(w); got != want {
		return fmt.Errorf("%s leaves\n%s\nwant\n%s", name, got, want)
	}
	if p.Plan == nil {
		return nil
	}
	plan, err := p.Plan(ctx, c, w)
	if err != nil {
		return fmt.Errorf("planning after %s: %w", name, err)
	}
	if !plan.Empty() {
		return fmt.Errorf("planning after %s is not empty:\n%s", name, plan)
	}
	return nil
}

func compact(findings []error) []error {
	return slices.DeleteFunc(findings, func(err error) bool { return err == nil })
}
