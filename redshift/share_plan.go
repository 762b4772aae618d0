package redshift

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/redshift/share"
	"github.com/awspatterns/awspatterns/state"
)

// ShareOptions say what is to be shared with whom.
type ShareOptions struct {
	share.Description

	// Name of the description, under which Store remembers what was made from it. Two
	// descriptions have two names, also of one producer: what one does not name any more
	// is taken away, and what the other made must not be among it. A datashare belongs to
	// one of them: whichever made it drops it. Required with Store.
	Name string `json:"name,omitempty"`

	// Store remembers what was made, since a grant bears no mark of who made it. Without
	// it all that is not described is foreign, and left alone unless Adopt is set.
	Store state.Store `json:"-"`

	// Adopt says that the described datashares, and the described users and roles in the
	// databases made of them, are to have what is described and nothing else: what
	// others granted is taken over where it is described, and revoked where it is not.
	Adopt bool `json:"adopt,omitempty"`

	// PricePerRPUHour is the price of serverless compute, for Costs; 0 if not known.
	PricePerRPUHour float64 `json:"price_per_rpu_hour,omitempty"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// A SharePlan says what becomes of datashares, of the databases made of them, and of what
// users and roles may do there.
type SharePlan struct {
	awspatterns.Plan

	Options ShareOptions `json:"options"`

	// ID is random. The Data API remembers the tokens of statements for 8 hours and does
	// not run a statement again whose token it knows. Tokens are made of ID, so that
	// applying this plan again repeats nothing, while another plan may grant again what
	// was revoked in between. Empty if there is nothing to apply.
	ID string `json:"id,omitempty"`

	// Warehouses as they were found.
	Warehouses []PlannedWarehouse `json:"warehouses"`

	// Steps are how the changes are made: one for each, in the same order.
	Steps []share.Step `json:"steps"`

	// Drift is what differs from the description, whether a change mends it or not.
	Drift []share.Drift `json:"drift,omitempty"`

	// Notes are what one should know that is no change.
	Notes []string `json:"notes,omitempty"`

	// Forget are things that were made, are not wanted, and are gone.
	Forget []share.Item `json:"forget,omitempty"`
}

// A PlannedWarehouse is one that a plan is for.
type PlannedWarehouse struct {
	share.Warehouse
	FoundAccount string `json:"found_account,omitempty"`
	FoundRegion  string `json:"found_region,omitempty"`
	Namespace    string `json:"namespace,omitempty"` // GUID
}

// Script returns the statements of the plan as a script, for a person to read or to run:
// the same text that ApplyShare sends, with comments that say where.
func (p SharePlan) Script() string {
	steps := slices.Clone(p.Steps)
	for i := range min(len(steps), len(p.Changes)) {
		steps[i].Change = p.Changes[i] // which is not kept twice in JSON
	}
	return share.Script(steps)
}

// sharePattern is the name of the pattern in its plans.
const sharePattern = "redshift.Share"

// PlanShare reads the producer and its consumers, and plans what makes them as described.
//
// It runs SELECT and SHOW statements on each warehouse. On a serverless workgroup they are
// charged like any other, for at least 60 seconds if the workgroup was idle, and a paused
// cluster answers none: what it holds is unknown then. The database user must be a
// superuser, since others are shown a part of the grants; for one who is not, the plan is
// incomplete. A warehouse that cannot be read makes the plan incomplete, too: what is known
// is planned, and nothing is taken away.
//
// IAM actions and database privileges: SharePermissions.
func PlanShare(ctx context.Context, clients ClientsFunc, opts ShareOptions) (SharePlan, error) {
	plan, err := planShare(ctx, clients, opts)
	if err != nil {
		return SharePlan{}, fmt.Errorf("redshift: plan share: %w", err)
	}
	return plan, nil
}

func planShare(ctx context.Context, clients ClientsFunc, opts ShareOptions) (SharePlan, error) {
	if err := opts.check(clients); err != nil {
		return SharePlan{}, err
	}
	v, err := viewShare(ctx, newConnector(clients), opts)
	if err != nil {
		return SharePlan{}, err
	}
	decision, err := v.decide()
	if err != nil {
		return SharePlan{}, err
	}
	plan := SharePlan{
		Plan:    awspatterns.Plan{Pattern: sharePattern, Target: v.readers[0].target, Costs: decision.Costs},
		Options: opts, Steps: decision.Steps, Drift: decision.Drift, Notes: decision.Notes, Forget: decision.Forget,
	}
	for _, s := range decision.Steps {
		plan.Changes = append(plan.Changes, s.Change)
	}
	for _, r := range v.readers {
		plan.Warehouses = append(plan.Warehouses, PlannedWarehouse{
			Warehouse: r.warehouse, FoundAccount: r.found.Account, FoundRegion: r.found.Region, Namespace: r.found.Namespace,
		})
	}
	if plan.Applies() {
		plan.ID = rand.Text()
	}
	return plan, apply.Seal(&plan.Plan, &plan)
}

// check refuses options before anything is read.
func (o ShareOptions) check(clients ClientsFunc) error {
	var errs []error
	if clients == nil {
		errs = append(errs, errors.New("the clients are nil: pass Clients.Only(), or a function that returns those of an account and Region"))
	}
	if o.Store != nil && (o.Name == "" || len(storeSet(o.Name)) > state.MaxSet) {
		errs = append(errs, fmt.Errorf("the Name %q: with a Store, the description needs a name of up to %d bytes", o.Name, state.MaxSet-len(storeSet(""))))
	}
	if o.Store == nil && o.Name != "" {
		errs = append(errs, fmt.Errorf("the Name %q: there is no Store that what was made could be remembered in under this name: set Store (after reading a plan from JSON, too), or leave Name out", o.Name))
	}
	if !(o.PricePerRPUHour >= 0) || o.PricePerRPUHour > 1e6 {
		errs = append(errs, fmt.Errorf("the PricePerRPUHour %v: it must be a price, or 0 if it is not known", o.PricePerRPUHour))
	}
	return errors.Join(append(errs, o.Description.Validate())...)
}
