package redshift

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/share"
)

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
