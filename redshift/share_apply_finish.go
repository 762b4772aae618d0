package redshift

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// finish looks whether what was made is there, and forgets what is gone.
func (a *applier) finish(ctx context.Context) error {
	if a.view == nil {
		return a.forgetOnly(ctx)
	}
	if err := a.view.records.forget(ctx, a.plan.Options, a.gone); err != nil {
		return err
	}
	if len(a.ran) == 0 || ctx.Err() != nil {
		return nil
	}
	v, err := viewShare(ctx, a.connect, a.plan.Options)
	if err != nil {
		return fmt.Errorf("look at what was made: %w", err)
	}
	have := map[string]bool{}
	for _, i := range v.items() {
		have[i.Key()] = true
	}
	errs := []error{a.unseen(v)}
	for i, s := range a.plan.Steps {
		if err, ran := a.ran[i]; ran && err == nil && !v.unknown(s.Warehouse) {
			err := a.confirm(i, s, have)
			if err == nil {
				err = a.taken(ctx, i)
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// unseen returns an error if something cannot be looked at that could be before.
func (a *applier) unseen(v *view) error {
	for _, r := range v.readers {
		if before := a.reader(r.warehouse); before != nil && len(r.found.Unknown) > len(before.found.Unknown) {
			u := r.found.Unknown[len(r.found.Unknown)-1]
			return fmt.Errorf("look at what was made: %s: %s: %s", r.warehouse, u.What, u.Reason)
		}
	}
	return nil
}

// unknown reports whether a part of a warehouse could not be read.
func (v *view) unknown(w share.Warehouse) bool {
	return slices.ContainsFunc(v.readers, func(r *reader) bool { return r.warehouse.Key() == w.Key() && len(r.found.Unknown) > 0 })
}

// confirm checks that a step has the effect that it was to have.
func (a *applier) confirm(i int, s share.Step, have map[string]bool) error {
	for _, item := range s.Items {
		if have[item.Key()] == s.Revokes {
			o := &a.result.Outcomes[i]
			o.State, o.Err = awspatterns.Failed, fmt.Errorf("%s %s: %w", o.Action, o.Resource, ErrUndone)
			o.Reason = o.Err.Error()
			return o.Err
		}
	}
	return nil
}

// forgetOnly forgets what is gone, of a plan that changes nothing else.
func (a *applier) forgetOnly(ctx context.Context) error {
	if len(a.plan.Forget) == 0 || a.plan.Applies() {
		return nil
	}
	if err := a.prepare(ctx); err != nil {
		return err
	}
	return a.view.records.forget(ctx, a.plan.Options, a.gone)
}
