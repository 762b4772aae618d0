package awstest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
)

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

// planned plans in a fresh world, and returns what was asked: the operations, and each
// request.
func (p Proof[W]) planned(t *testing.T) (plan awspatterns.Plan, asked []string, err error) {
	if p.Plan == nil {
		return plan, nil, errors.New("the proof has no Plan")
	}
	err = p.trial(t, func(ctx context.Context, c *Cloud, w W) (err error) {
		if plan, err = p.Plan(ctx, c, w); err != nil {
			return fmt.Errorf("undisturbed planning: %w", err)
		}
		for _, call := range c.Calls() {
			asked = append(asked, call.Name(), p.request(w, call))
		}
		return nil
	})
	return plan, asked, err
}

// request tells a request from others.
func (p Proof[W]) request(w W, call Call) string {
	if p.Same != nil {
		if same := p.Same(w, call); same != "" {
			return call.Name() + " " + same
		}
	}
	return call.Request()
}

func (p Proof[W]) planReads(t *testing.T) []error {
	_, _, err := p.planned(t)
	return compact([]error{err, p.trial(t, p.plansOnly)})
}

func (p Proof[W]) deniedReads(t *testing.T) (findings []error) {
	usual, asked, err := p.planned(t)
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
	for _, denied := range asked {
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
					return call.Name() == denied || p.request(w, call) == denied
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
