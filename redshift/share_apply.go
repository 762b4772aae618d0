package redshift

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// ShareResult is what applying a plan did.
type ShareResult struct {
	Outcomes []awspatterns.Outcome `json:"outcomes"` // of each change, in the order of the plan

	// Statements is how many were run, by this call or by an earlier one whose token the
	// Data API still knew.
	Statements int `json:"statements"`
}

// ErrUndone is wrapped by the error of a change that was made and is not there: it was
// undone meanwhile, or it has been made by an earlier application of the same plan and was
// undone since. The Data API runs no statement again whose token it remembers: plan again.
var ErrUndone = errors.New("it was made and is not there: it was undone since; plan again")

// ApplyShare makes the changes of a plan. It looks at everything first, as PlanShare does,
// and at the end once more: what was made is there. Grants are sent in batches of up to 40
// statements; those of the producer in a transaction, all or nothing.
//
// Applied again, the plan changes nothing. After a kill at any moment, the same plan or a
// new one leads to the same end. To apply a plan that was kept as JSON, set Options.Store
// again.
//
// IAM actions and database privileges: SharePermissions.
func ApplyShare(ctx context.Context, clients ClientsFunc, plan SharePlan) (ShareResult, error) {
	result, err := applyShare(ctx, clients, plan)
	if err != nil {
		return result, fmt.Errorf("redshift: apply share: %w", err)
	}
	return result, nil
}

func applyShare(ctx context.Context, clients ClientsFunc, plan SharePlan) (ShareResult, error) {
	result := ShareResult{Outcomes: apply.Pending(plan.Plan)}
	if err := apply.Verify(&plan.Plan, &plan, sharePattern); err != nil {
		return result, err
	}
	if err := plan.check(clients); err != nil {
		return result, err
	}
	a := &applier{plan: plan, connect: newConnector(clients), result: &result, ran: map[int]error{}}
	var err error
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{
		Prepare: a.prepare, Look: a.look, Do: a.do, Progress: plan.Options.Progress,
	})
	return result, errors.Join(err, a.finish(ctx))
}

// check refuses a plan that could not be applied.
func (p SharePlan) check(clients ClientsFunc) error {
	if err := p.Options.check(clients); err != nil {
		return err
	}
	if len(p.Steps) != len(p.Changes) || p.Applies() && p.ID == "" {
		return awspatterns.ErrAltered
	}
	for i, s := range p.Steps {
		if s.SQL == "" {
			continue
		}
		if _, err := redshiftsql.Parse(s.SQL); err != nil {
			return fmt.Errorf("step %d: %w: %w", i, awspatterns.ErrAltered, err)
		}
	}
	return nil
}

// An applier applies a plan.
type applier struct {
	plan    SharePlan
	connect *connector
	result  *ShareResult

	view *view
	left map[string]bool // what there is to do, as decided anew: by the text of the step
	have map[string]bool // items that are there
	gone []share.Item    // what the plan forgets and is still gone, and not made again since
	ran  map[int]error   // steps that were run, and what became of them
}

// prepare looks at everything, decides anew, and remembers what is going to be made.
func (a *applier) prepare(ctx context.Context) error {
	v, err := viewShare(ctx, a.connect, a.plan.Options)
	if err != nil {
		return err
	}
	if err := a.checkWarehouses(v); err != nil {
		return err
	}
	decision, err := v.decide()
	if err != nil {
		return err
	}
	a.view, a.left, a.have = v, map[string]bool{}, map[string]bool{}
	for _, s := range decision.Steps {
		if s.Change.Action.Applies() {
			a.left[textOf(s)] = true
		}
	}
	for _, i := range v.items() {
		a.have[i.Key()] = true
	}
	planned := map[string]bool{}
	for _, i := range a.plan.Forget {
		planned[i.Key()] = true
	}
	a.gone = slices.DeleteFunc(decision.Forget, func(i share.Item) bool { return !planned[i.Key()] })
	var made []share.Item
	for i, s := range a.plan.Steps {
		if a.plan.Changes[i].Action.Applies() && !s.Revokes && a.left[textOf(s)] {
			made = append(made, s.Items...)
		}
	}
	return v.records.remember(ctx, a.plan.Options, made)
}

// items are those that are there.
func (v *view) items() []share.Item {
	return share.Have(v.opts.Description, v.state, v.owned)
}

// checkWarehouses compares the warehouses with those that the plan was made for.
func (a *applier) checkWarehouses(v *view) error {
	for i, p := range a.plan.Warehouses {
		if i >= len(v.readers) || v.readers[i].warehouse.Key() != p.Key() {
			return fmt.Errorf("%s: %w: plan again", p.Warehouse, awspatterns.ErrStale)
		}
		f := v.readers[i].found
		switch {
		case p.FoundAccount != "" && f.Account != "" && (p.FoundAccount != f.Account || p.FoundRegion != f.Region):
			return fmt.Errorf("%s: the clients are those of %s in %s, the plan is for %s in %s: %w",
				p.Warehouse, f.Account, f.Region, p.FoundAccount, p.FoundRegion, awspatterns.ErrWrongAccount)
		case p.Namespace != "" && f.Namespace != "" && p.Namespace != f.Namespace:
			return fmt.Errorf("%s: its namespace is %s and was %s: %w: plan again", p.Warehouse, f.Namespace, p.Namespace, awspatterns.ErrStale)
		}
	}
	return nil
}

// textOf is what a step does.
func textOf(s share.Step) string {
	if s.Call != nil {
		return fmt.Sprintf("%s\n%+v", s.Warehouse.Key(), *s.Call)
	}
	if s.SQL == "" { // it takes over what is there of a datashare
		return s.Warehouse.Key() + "\n\n" + s.Items[0].Datashare
	}
	return s.Warehouse.Key() + "\n" + s.SQL
}

func (a *applier) look(_ context.Context, i int) (apply.Now, error) {
	s := a.plan.Steps[i]
	if a.left[textOf(s)] {
		return apply.AsFound, nil
	}
	for _, item := range s.Items {
		if a.have[item.Key()] == s.Revokes {
			return apply.Other, a.known(s.Warehouse)
		}
	}
	return apply.AsPlanned, a.known(s.Warehouse)
}

// known returns an error if what a warehouse or the producer has is not known: then nothing
// is known to be gone.
func (a *applier) known(w share.Warehouse) error {
	for _, r := range []*reader{a.view.readers[0], a.reader(w)} {
		if r != nil && len(r.found.Unknown) > 0 {
			u := r.found.Unknown[0]
			return fmt.Errorf("whether it is so cannot be told: %s: %s: %s", r.warehouse, u.What, u.Reason)
		}
	}
	return nil
}
