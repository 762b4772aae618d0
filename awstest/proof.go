package awstest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

	// Plan plans only. Required for PlanReads and DeniedReads; if set, Converges
	// also checks that planning after Run plans nothing.
	Plan func(context.Context, *Cloud, W) (awspatterns.Plan, error)

	// Reads are operations that only read although their names do not begin with
	// Get, List, Describe, Head or the like.
	Reads []string

	// Deletes are operations that delete although their names do not begin with
	// Delete, Remove or the like.
	Deletes []string
}

// Converges checks that Run, killed before or after any of its calls and run
// again, ends in the state of an undisturbed run, and that a run more changes
// nothing.
func (p Proof[W]) Converges(t *testing.T) {
	t.Helper()
	report(t, p.converges(t))
}

// ConvergesTwice is like Converges, but the second run is killed too. Of more
// than 500 pairs of crashes (100 with -short) it tries that many, by chance
// but always the same.
func (p Proof[W]) ConvergesTwice(t *testing.T) {
	t.Helper()
	report(t, p.convergesTwice(t))
}

// AnyOrder checks a pattern that makes calls at the same time: they arrive in
// orders that n seeds decide, and with each the run is killed at some call and
// run again.
func (p Proof[W]) AnyOrder(n int) func(t *testing.T) {
	return func(t *testing.T) {
		t.Helper()
		report(t, p.anyOrder(t, n))
	}
}

// Retries checks that Run ends in the same state if the first two attempts of
// every call are throttled, and if every call takes effect and the answer to its
// first attempt is lost, so that the SDK makes it again.
func (p Proof[W]) Retries(t *testing.T) {
	t.Helper()
	report(t, p.retries(t))
}

// PlanReads checks that planning only reads.
func (p Proof[W]) PlanReads(t *testing.T) {
	t.Helper()
	report(t, p.planReads(t))
}

// DeniedReads denies each call of planning in turn, each operation as a whole
// and each request alone. Planning must then fail, or give a plan that is
// incomplete and plans nothing that it would not have planned otherwise; and
// Run must delete nothing.
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

func (p Proof[W]) converges(t *testing.T) (findings []error) {
	want, calls, err := p.undisturbed(t)
	if err != nil {
		return []error{err}
	}
	findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
		if err := p.Run(ctx, c, w); err != nil {
			return fmt.Errorf("undisturbed run: %w", err)
		}
		return errors.Join(p.settled(ctx, c, w), p.again(ctx, c, w, want, "a second run"))
	}))
	for _, at := range crashes(len(calls)) {
		findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
			if err := p.crash(ctx, c, w, at); err != nil {
				return err
			}
			return p.again(ctx, c, w, want, fmt.Sprintf("a run after the %s %s", at, calls[at.call-1]))
		}))
	}
	return compact(findings)
}

// settled checks that there is nothing left to plan.
func (p Proof[W]) settled(ctx context.Context, c *Cloud, w W) error {
	if p.Plan == nil {
		return nil
	}
	plan, err := p.Plan(ctx, c, w)
	if err != nil {
		return fmt.Errorf("planning after a run: %w", err)
	}
	if !plan.Empty() {
		return fmt.Errorf("planning after a run is not empty:\n%s", plan)
	}
	return nil
}

// again runs once more and compares the state.
func (p Proof[W]) again(ctx context.Context, c *Cloud, w W, want, name string) error {
	c.Recover()
	if err := p.Run(ctx, c, w); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if got := p.State(w); got != want {
		return fmt.Errorf("%s leaves\n%s\nwant\n%s", name, got, want)
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

func crashes(calls int) []crash {
	var all []crash
	for k := range calls {
		all = append(all, crash{k + 1, false}, crash{k + 1, true})
	}
	return all
}

// crash runs into a crash, which the run must report.
func (p Proof[W]) crash(ctx context.Context, c *Cloud, w W, at crash) error {
	c.crashAt(at.call, at.after)
	err := p.Run(ctx, c, w)
	switch {
	case !c.Crashed():
		return fmt.Errorf("the %s did not come: the calls differ from run to run; the run returned %v", at, err)
	case err == nil:
		return fmt.Errorf("the run hides the %s and returns no error", at)
	}
	return nil
}

func (p Proof[W]) convergesTwice(t *testing.T) (findings []error) {
	want, calls, err := p.undisturbed(t)
	if err != nil {
		return []error{err}
	}
	type pair struct{ first, second crash }
	var pairs []pair
	for _, first := range crashes(len(calls)) {
		for _, second := range crashes(2 * len(calls)) {
			pairs = append(pairs, pair{first, second})
		}
	}
	limit := 500
	if testing.Short() {
		limit = 100
	}
	if len(pairs) > limit {
		r := rand.New(rand.NewPCG(1, 2))
		r.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
		pairs = pairs[:limit]
	}
	for _, at := range pairs {
		findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
			if err := p.crash(ctx, c, w, at.first); err != nil {
				return err
			}
			c.Recover()
			c.crashAt(at.second.call, at.second.after)
			if err := p.Run(ctx, c, w); err == nil && c.Crashed() {
				return fmt.Errorf("the run after the %s hides the second %s and returns no error", at.first, at.second)
			}
			return p.again(ctx, c, w, want, fmt.Sprintf("a run after the %s and the second %s", at.first, at.second))
		}))
	}
	return compact(findings)
}

func (p Proof[W]) anyOrder(t *testing.T, seeds int) (findings []error) {
	want, calls, err := p.undisturbed(t)
	if err != nil {
		return []error{err}
	}
	for seed := range seeds {
		findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
			c.Seed = uint64(seed) + 1
			r := rand.New(rand.NewPCG(c.Seed, 3))
			at := crash{1 + r.IntN(len(calls)), r.IntN(2) == 0}
			if err := p.crash(ctx, c, w, at); err != nil {
				return fmt.Errorf("seed %d: %w", seed, err)
			}
			return p.again(ctx, c, w, want, fmt.Sprintf("seed %d: a run after the %s", seed, at))
		}))
	}
	return compact(findings)
}

func (p Proof[W]) retries(t *testing.T) (findings []error) {
	want, _, err := p.undisturbed(t)
	if err != nil {
		return []error{err}
	}
	for _, f := range []struct {
		name string
		Fault
	}{
		{"throttled twice", Fault{Attempts: 2, Err: Throttled()}},
		{"answers lost once", Fault{Attempts: 1, Applied: true, Err: Error(500, "InternalError", "We encountered an internal error. Please try again.")}},
	} {
		findings = append(findings, p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
			f.Match = func(call Call) bool { return call.Service != "local" } // nobody retries those
			hits := c.Inject(f.Fault)
			err := p.again(ctx, c, w, want, "a run with every call "+f.name)
			if hits() == 0 {
				err = errors.Join(err, errors.New("no call could be disturbed"))
			}
			return err
		}))
	}
	return compact(findings)
}

// planned plans in a fresh world, and returns the calls.
func (p Proof[W]) planned(t *testing.T) (plan awspatterns.Plan, calls []Call, err error) {
	if p.Plan == nil {
		return plan, nil, errors.New("the proof has no Plan")
	}
	err = p.trial(t, func(ctx context.Context, c *Cloud, w W) (err error) {
		before := p.State(w)
		if plan, err = p.Plan(ctx, c, w); err != nil {
			return fmt.Errorf("undisturbed planning: %w", err)
		}
		calls = c.Calls()
		if after := p.State(w); after != before {
			return fmt.Errorf("planning changes the state from\n%s\nto\n%s", before, after)
		}
		return nil
	})
	return plan, calls, err
}

func (p Proof[W]) planReads(t *testing.T) (findings []error) {
	_, calls, err := p.planned(t)
	findings = append(findings, err)
	for _, call := range calls {
		if !isReading(call.Operation) && !slices.Contains(p.Reads, call.Name()) {
			findings = append(findings, fmt.Errorf("planning calls %s, which may write", call))
		}
	}
	return compact(findings)
}

func (p Proof[W]) deniedReads(t *testing.T) (findings []error) {
	usual, calls, err := p.planned(t)
	if err != nil {
		return []error{err}
	}
	if usual.Count(awspatterns.Delete)+usual.Count(awspatterns.Replace) == 0 {
		findings = append(findings, errors.New("the world has nothing that the plan deletes, so that denied reads prove little"))
	}
	tried := map[string]bool{}
	for _, call := range calls {
		for _, denied := range []string{call.Name(), call.String()} {
			if tried[denied] {
				continue
			}
			tried[denied] = true
			err := p.trial(t, func(ctx context.Context, c *Cloud, w W) error {
				c.Inject(Fault{Err: Denied(), Match: func(call Call) bool {
					return call.Name() == denied || call.String() == denied
				}})
				return p.withDenied(ctx, c, w, usual)
			})
			if err != nil {
				findings = append(findings, fmt.Errorf("with %s denied, %w", denied, err))
			}
		}
	}
	return compact(findings)
}

// withDenied plans and runs while something cannot be read.
func (p Proof[W]) withDenied(ctx context.Context, c *Cloud, w W, usual awspatterns.Plan) error {
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
		if call.Err == nil && (isDeleting(call.Operation) || slices.Contains(p.Deletes, call.Name())) {
			return fmt.Errorf("the run deletes: %s", call)
		}
	}
	return nil
}

func hasChange(plan awspatterns.Plan, c awspatterns.Change) bool {
	return slices.ContainsFunc(plan.Changes, func(other awspatterns.Change) bool {
		return other.Action == c.Action && other.Resource == c.Resource
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
