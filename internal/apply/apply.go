// Package apply makes the changes of a plan.
package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/awspatterns/awspatterns"
)

// Now is how an object is, compared with the plan.
type Now int

// What an object can be: the plan may be applied to the first, has been applied
// to the second, and does not fit the third.
const (
	AsFound Now = iota
	AsPlanned
	Other
)

// ErrMoved is what do returns if the service refused the change because the
// object is no longer as it was looked at.
var ErrMoved = errors.New("the object has changed meanwhile")

// A Maker knows the objects of a plan by the index of their change.
type Maker struct {
	// Prepare checks what can be checked before anything is changed. It is not
	// called for a plan that changes nothing.
	Prepare func(ctx context.Context) error

	// Look tells how the object is now.
	Look func(ctx context.Context, i int) (Now, error)

	// Do makes the change, on the condition that the object is as looked at.
	Do func(ctx context.Context, i int) error

	// Independent is whether no change builds on an earlier one: then one that fails
	// keeps none of the others.
	Independent bool

	// Progress, if set, is told of each outcome.
	Progress func(awspatterns.Outcome)
}

// maxLooks bounds how often a change is tried against another hand that keeps
// moving the object.
const maxLooks = 4

// Run makes the changes of a plan in their order, and returns an outcome for
// each, in that order. It stops at the first that fails, unless changes are
// independent; then all errors are joined. What it may not do, it
// leaves: then, if nothing failed, the error wraps awspatterns.ErrIncomplete.
// Manual changes are not part of that, since whoever applies the plan knows of
// them.
func Run(ctx context.Context, plan awspatterns.Plan, m Maker) ([]awspatterns.Outcome, error) {
	if plan.Applies() {
		if err := m.Prepare(ctx); err != nil {
			return Pending(plan), err
		}
	}
	outcomes := make([]awspatterns.Outcome, len(plan.Changes))
	var failed error
	left := 0
	for i, change := range plan.Changes {
		o := awspatterns.Outcome{Action: change.Action, Resource: change.Resource}
		switch {
		case failed != nil && (!m.Independent || ctx.Err() != nil):
			o.State, o.Reason = awspatterns.Pending, "an earlier change failed"
		case !change.Action.Applies():
			o.State, o.Reason = awspatterns.Left, change.Reason
			if change.Action != awspatterns.Manual {
				left++
			}
		case plan.Incomplete && deletes(change.Action):
			o.State, o.Reason = awspatterns.Left, "nothing is deleted while something is unknown"
			left++
		case ctx.Err() != nil:
			o.State, o.Reason, failed = awspatterns.Pending, "the context ended", context.Cause(ctx)
		default:
			if o.State, o.Err = m.make(ctx, i); o.Err != nil {
				o.Err = fmt.Errorf("%s %s: %w", change.Action, change.Resource, o.Err)
				o.Reason = o.Err.Error()
				if failed == nil {
					failed = o.Err
				} else {
					failed = errors.Join(failed, o.Err)
				}
			}
		}
		outcomes[i] = o
		if m.Progress != nil {
			m.Progress(o)
		}
	}
	if failed == nil && left > 0 {
		failed = fmt.Errorf("%d of %d changes left: %w", left, len(outcomes), awspatterns.ErrIncomplete)
	}
	return outcomes, failed
}

// Pending returns the outcomes of a plan of which nothing was begun.
func Pending(plan awspatterns.Plan) []awspatterns.Outcome {
	outcomes := make([]awspatterns.Outcome, len(plan.Changes))
	for i, c := range plan.Changes {
		outcomes[i] = awspatterns.Outcome{Action: c.Action, Resource: c.Resource, State: awspatterns.Pending, Reason: "nothing was begun"}
	}
	return outcomes
}

func deletes(a awspatterns.Action) bool {
	return a == awspatterns.Delete || a == awspatterns.Replace
}

func (m Maker) make(ctx context.Context, i int) (awspatterns.State, error) {
	var moved error // why the service refused the change
	for looks := 1; ; looks++ {
		now, err := m.Look(ctx, i)
		switch {
		case err != nil:
			return awspatterns.Failed, err
		case now == AsPlanned && looks > 1: // by this call: its answer was lost, and the client repeated it
			return awspatterns.Applied, nil
		case now == AsPlanned:
			return awspatterns.Already, nil
		case moved != nil && (now == Other || looks == maxLooks):
			return awspatterns.Failed, fmt.Errorf("%w: plan again: %w", awspatterns.ErrStale, moved)
		case now == Other:
			return awspatterns.Failed, fmt.Errorf("%w: plan again", awspatterns.ErrStale)
		}
		moved = m.Do(ctx, i)
		if moved == nil {
			return awspatterns.Applied, nil
		}
		if !errors.Is(moved, ErrMoved) {
			return awspatterns.Failed, moved
		}
	}
}
