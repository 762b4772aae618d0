package awstest

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

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
