package awstest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
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
		c.LogLimit = 0 // a proof needs the whole log
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

// A crash says before or after which call the process dies.
type crash struct {
	call  int // from 1
	after bool
}

func (at crash) String() string {
	if at.after {
		return fmt.Sprintf("crash after call %d,", at.call)
	}
	return fmt.Sprintf("crash before call %d,", at.call)
}

func (p Proof[W]) converges(t *testing.T) (findings []error) {
	want, calls, err := p.undisturbed(t)
	if err != nil {
		return []error{err}
	}
	findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
		return errors.Join(p.again(ctx, c, w, want, "a run"), p.again(ctx, c, w, want, "a second run"))
	}))
	for i := range 2 * len(calls) {
		at := crash{i/2 + 1, i%2 == 1}
		findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
			if err := p.crash(ctx, c, w, at); err != nil {
				return err
			}
			if !c.Crashed() {
				return fmt.Errorf("the %s did not come: the calls differ from run to run", at)
			}
			c.Recover()
			return errors.Join(p.plansOnly(ctx, c, w), p.again(ctx, c, w, want, fmt.Sprintf("a run after the %s %s", at, calls[at.call-1])))
		}))
	}
	return compact(findings)
}

// plansOnly checks that planning only reads in the world as it is, and leaves it
// so. What it plans does not matter here.
func (p Proof[W]) plansOnly(ctx context.Context, c *Cloud, w W) error {
	if p.Plan == nil {
		return nil
	}
	before, planned := p.State(w), c.Count()
	p.Plan(ctx, c, w)
	if after := p.State(w); after != before {
		return fmt.Errorf("planning changes the state from\n%s\nto\n%s", before, after)
	}
	for _, call := range c.Calls()[planned:] {
		if !p.reads(call) {
			return fmt.Errorf("planning calls %s, which may write", call)
		}
	}
	return nil
}

func (p Proof[W]) reads(call Call) bool {
	return isReading(call.Operation) || p.Reads != nil && p.Reads(call) ||
		call.Service == "local" && beginsWith(call.Operation, "Read", "Open", "Load", "Stat")
}

func (p Proof[W]) deletes(call Call) bool {
	return (isDeleting(call.Operation) || p.Deletes != nil && p.Deletes(call)) && (p.Reads == nil || !p.Reads(call))
}

// crash runs into a crash, if it comes, which the run must report.
func (p Proof[W]) crash(ctx context.Context, c *Cloud, w W, at crash) error {
	c.crashAt(at.call, at.after)
	if err := p.Run(ctx, c, w); err == nil && c.Crashed() {
		return fmt.Errorf("the run hides the %s and returns no error", at)
	}
	return nil
}

// deaths returns where a process can die that makes n calls: before each, and
// after the last. To die after a call and before the next is the same unless the
// process does something in between, which Converges tries.
func deaths(n int) []crash {
	var all []crash
	for k := range n {
		all = append(all, crash{k + 1, false})
	}
	return append(all, crash{n, true})
}

func (p Proof[W]) convergesTwice(t *testing.T) (findings []error) {
	want, calls, err := p.undisturbed(t)
	if err != nil {
		return []error{err}
	}
	type pair struct{ first, second crash }
	var pairs []pair
	for _, first := range deaths(len(calls)) {
		var n int // calls of the recovery
		err := p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
			c.Seed = 1 // so that concurrent calls arrive in the same order when it is repeated
			if err := p.crash(ctx, c, w, first); err != nil {
				return err
			}
			c.Recover()
			before := c.Count()
			err := p.Run(ctx, c, w)
			n = c.Count() - before
			return err
		})
		if err != nil {
			return append(findings, fmt.Errorf("a run after the %s: %w", first, err))
		}
		if n > 0 {
			for _, second := range deaths(n) {
				pairs = append(pairs, pair{first, second})
			}
		}
	}
	limit := 300
	if testing.Short() {
		limit = 100
	}
	for i := range min(len(pairs), limit) {
		at := pairs[i*len(pairs)/min(len(pairs), limit)]
		findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
			c.Seed = 1
			if err := p.crash(ctx, c, w, at.first); err != nil {
				return err
			}
			c.Recover()
			if err := p.crash(ctx, c, w, at.second); err != nil {
				return fmt.Errorf("after the %s %w", at.first, err)
			}
			if !c.Crashed() {
				return fmt.Errorf("after the %s the second %s did not come: the calls differ from run to run", at.first, at.second)
			}
			c.Recover()
			return p.again(ctx, c, w, want, fmt.Sprintf("a run after the %s and the second %s", at.first, at.second))
		}))
	}
	return compact(findings)
}

func (p Proof[W]) anyOrder(t *testing.T, seeds int) (findings []error) {
	want, _, err := p.undisturbed(t)
	if err != nil {
		return []error{err}
	}
	for seed := range uint64(seeds) {
		calls := 0
		findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
			c.Seed = seed + 1
			err := p.again(ctx, c, w, want, fmt.Sprintf("seed %d: a run", seed))
			calls = c.Count()
			return err
		}))
		findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
			c.Seed = seed + 1
			at := crash{1 + int(seed*7919)%max(calls, 1), seed%2 == 0} // a prime: all calls get their turn
			if err := p.crash(ctx, c, w, at); err != nil {
				return fmt.Errorf("seed %d: %w", seed, err)
			}
			c.Recover()
			return p.again(ctx, c, w, want, fmt.Sprintf("seed %d: a run after the %s", seed, at))
		}))
	}
	return compact(findings)
}

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

// planned plans in a fresh world, and returns the calls.
func (p Proof[W]) planned(t *testing.T) (plan awspatterns.Plan, calls []Call, err error) {
	if p.Plan == nil {
		return plan, nil, errors.New("the proof has no Plan")
	}
	err = p.trial(t, func(ctx context.Context, c *Cloud, w W) (err error) {
		if plan, err = p.Plan(ctx, c, w); err != nil {
			return fmt.Errorf("undisturbed planning: %w", err)
		}
		calls = c.Calls()
		return nil
	})
	return plan, calls, err
}

func (p Proof[W]) planReads(t *testing.T) []error {
	_, _, err := p.planned(t)
	return compact([]error{err, p.trial(t, p.plansOnly)})
}

func (p Proof[W]) deniedReads(t *testing.T) (findings []error) {
	usual, calls, err := p.planned(t)
	if err != nil {
		return []error{err}
	}
	want, _, err := p.undisturbed(t)
	if err != nil {
		return []error{err}
	}
	if !p.NoDeletes && usual.Count(awspatterns.Delete)+usual.Count(awspatterns.Replace) == 0 {
		findings = append(findings, errors.New("the world has nothing that the plan deletes, so that denied reads prove little"))
	}
	tried := map[string]bool{}
	for _, call := range calls {
		for _, denied := range []string{call.Name(), call.Request()} {
			for how, why := range map[string]error{
				"denied": Denied(), "failing": outage(), "refused with status 400": Error(400, "ExpiredToken", "The provided token has expired."),
			} {
				trial := fmt.Sprintf("with %s %s,", denied, how)
				if tried[trial] {
					continue
				}
				tried[trial] = true
				err := p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
					c.Inject(Fault{Err: why, Match: func(call Call) bool {
						return call.Name() == denied || call.Request() == denied
					}})
					err := p.withDenied(ctx, c, w, usual)
					c.ClearFaults()
					return errors.Join(err, p.again(ctx, c, w, want, "a run after that"))
				})
				if err != nil {
					findings = append(findings, fmt.Errorf("%s %w", trial, err))
				}
			}
		}
	}
	return compact(findings)
}

// withDenied plans and runs while something cannot be read.
func (p Proof[W]) withDenied(ctx context.Context, c *Cloud, w W, usual awspatterns.Plan) error {
	if err := p.plansOnly(ctx, c, w); err != nil {
		return err
	}
	plan, err := p.Plan(ctx, c, w)
	if err == nil {
		if !plan.Incomplete {
			return errors.New("the plan is not incomplete")
		}
		for _, change := range plan.Changes {
			if change.Action.Applies() && !hasChange(usual, change) {
				return fmt.Errorf("the plan has a change that it would not have otherwise: unknown was taken for absent:\n%s", change)
			}
		}
	}
	planned := c.Count()
	if err := p.Run(ctx, c, w); err == nil {
		return errors.New("the run returns no error")
	}
	for _, call := range c.Calls()[planned:] {
		if call.Err == nil && p.deletes(call) {
			return fmt.Errorf("the run deletes: %s", call)
		}
	}
	return nil
}

func hasChange(plan awspatterns.Plan, c awspatterns.Change) bool {
	return slices.ContainsFunc(plan.Changes, func(other awspatterns.Change) bool {
		other.Reason = c.Reason // it may tell what else is not known
		return reflect.DeepEqual(other, c)
	})
}

// isReading reports whether the name of an operation, or an HTTP method, is one
// of reading.
func isReading(operation string) bool {
	return beginsWith(operation, "Get", "List", "Describe", "Head", "BatchGet", "Search", "Lookup", "Scan", "Query", "Filter", "GET", "HEAD")
}

func isDeleting(operation string) bool {
	return beginsWith(operation, "Delete", "BatchDelete", "Remove", "Detach", "Disassociate", "Revoke", "Deregister", "Terminate", "Purge", "DELETE")
}

// beginsWith reports whether an operation's name begins with one of the verbs, as
// a whole word.
func beginsWith(operation string, verbs ...string) bool {
	return slices.ContainsFunc(verbs, func(verb string) bool {
		rest, ok := strings.CutPrefix(operation, verb)
		return ok && (rest == "" || rest[0] < 'a' || rest[0] > 'z')
	})
}

func compact(findings []error) []error {
	return slices.DeleteFunc(findings, func(err error) bool { return err == nil })
}
