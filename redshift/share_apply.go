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

// do makes a step. Statements are sent together with those that follow.
func (a *applier) do(ctx context.Context, i int) error {
	if err, done := a.ran[i]; done {
		return err
	}
	switch s := a.plan.Steps[i]; {
	case s.Call != nil:
		return a.call(ctx, i)
	case s.SQL == "": // prepare has remembered what is taken over
		return nil
	}
	a.run(ctx, a.batch(i))
	return a.ran[i]
}

// batch returns the steps that are sent together with step i: it, and those after it that
// are grants on the same warehouse.
func (a *applier) batch(i int) []int {
	batch := []int{i}
	for j := i + 1; j < len(a.plan.Steps) && len(batch) < maxBatch && a.together(j-1, j); j++ {
		if a.left[textOf(a.plan.Steps[j])] {
			batch = append(batch, j)
		}
	}
	return batch
}

// together reports whether two steps, one after the other, may be sent together.
func (a *applier) together(i, j int) bool {
	p, q := a.plan.Steps[i], a.plan.Steps[j]
	return a.grants(i) && a.grants(j) && p.Warehouse.Key() == q.Warehouse.Key() && p.Revokes == q.Revokes
}

// grants reports whether a step is a GRANT or REVOKE.
func (a *applier) grants(i int) bool {
	if !a.plan.Changes[i].Action.Applies() || a.plan.Steps[i].SQL == "" {
		return false
	}
	s, err := redshiftsql.Parse(a.plan.Steps[i].SQL)
	_, ok := s.(redshiftsql.Grant)
	return err == nil && ok
}

// run sends statements and keeps what became of each.
func (a *applier) run(ctx context.Context, batch []int) {
	r := a.reader(a.plan.Steps[batch[0]].Warehouse)
	if r == nil || r.conn == nil {
		for _, i := range batch {
			a.ran[i] = fmt.Errorf("%s cannot be reached", a.plan.Steps[i].Warehouse)
		}
		return
	}
	statements := make([]Statement, len(batch))
	for j, i := range batch {
		statements[j] = Statement{SQL: a.plan.Steps[i].SQL, Token: Token(a.plan.ID, i)}
	}
	opts := RunAllOptions{Mode: AutoCommit} // those on what others share are on an external resource
	if r.producer {
		opts.Mode = Auto
	}
	outcomes, err := r.conn.RunAll(ctx, statements, opts)
	for j, i := range batch {
		switch {
		case j < len(outcomes) && outcomes[j].Err != nil:
			a.ran[i] = outcomes[j].Err
		case j < len(outcomes) && outcomes[j].Result != nil:
			a.result.Statements++
			a.ran[i] = a.taken(ctx, i)
		case err != nil:
			a.ran[i] = err
		default:
			a.ran[i] = errors.New("it was not run")
		}
	}
}

// taken forgets what a step has taken away.
func (a *applier) taken(ctx context.Context, i int) error {
	if s := a.plan.Steps[i]; s.Revokes {
		return a.view.records.forget(ctx, a.plan.Options, s.Items)
	}
	return nil
}

func (a *applier) reader(w share.Warehouse) *reader {
	i := slices.IndexFunc(a.view.readers, func(r *reader) bool { return r.warehouse.Key() == w.Key() })
	if i < 0 {
		return nil
	}
	return a.view.readers[i]
}

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
