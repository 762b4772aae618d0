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
func (p SharePlan) Script() string { return share.Script(p.Steps) }

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

// A view is all that a decision is made from.
type view struct {
	opts    ShareOptions
	owned   []share.Item
	records records
	readers []*reader // the producer first
	state   share.State
}

// viewShare reads everything.
func viewShare(ctx context.Context, k *connector, opts ShareOptions) (*view, error) {
	v := &view{opts: opts}
	var err error
	if v.records, err = readRecords(ctx, opts); err != nil {
		return nil, err
	}
	v.owned = v.records.items()
	producer, err := read(ctx, k, v.readProducer())
	if err != nil {
		return nil, err
	}
	if producer.cut != nil { // and nothing can be said
		return nil, fmt.Errorf("%s: %w", producer.warehouse, producer.cut)
	}
	v.state.Producer = producer.found
	consumers, err := readAll(ctx, k, v.readConsumers(producer))
	if err != nil {
		return nil, err
	}
	for _, r := range consumers {
		v.state.Consumers = append(v.state.Consumers, r.found)
	}
	v.readers = append([]*reader{producer}, consumers...)
	return v, nil
}

func (v *view) decide() (share.Decision, error) {
	return share.Decide(v.opts.Description, v.state, share.DecideOptions{
		Owned: v.owned, Remembers: v.opts.Store != nil, Adopt: v.opts.Adopt, PricePerRPUHour: v.opts.PricePerRPUHour,
	})
}

// readProducer is what to read of the producer.
func (v *view) readProducer() reading {
	r := reading{warehouse: v.opts.Producer, producer: true, leftOut: v.leftOut()}
	if v.crossesAccounts() {
		r.datashares = v.datashares()
	}
	return r
}

// leftOut are the grants that are described or were made and that views may leave out.
func (v *view) leftOut() []share.Grant {
	anywhere := share.State{Producer: share.Found{Namespace: "any"}}
	var all []share.Grant
	for _, i := range slices.Concat(share.Wanted(v.opts.Description, anywhere), v.owned) {
		if i.Grant != nil && mayBeLeftOut(*i.Grant) {
			all = append(all, *i.Grant)
		}
	}
	return all
}

// datashares are the names of the datashares that are described or were made.
func (v *view) datashares() []string {
	var names []string
	for _, d := range v.opts.Datashares {
		names = append(names, d.Name)
	}
	for _, i := range v.owned {
		names = append(names, i.Datashare)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// crossesAccounts reports whether another account has to do with it. Only then the control
// plane is asked about associations.
func (v *view) crossesAccounts() bool {
	for _, d := range v.opts.Datashares {
		for _, c := range d.Consumers {
			if c.Account != "" || c.Warehouse != nil && c.Warehouse.Account != v.opts.Producer.Account {
				return true
			}
		}
	}
	return slices.ContainsFunc(v.owned, func(i share.Item) bool {
		return i.Kind == share.KindAuthorization || i.Kind == share.KindAssociation
	})
}

// readConsumers is what to read of each consumer that is described or was given something.
func (v *view) readConsumers(producer *reader) []reading {
	var all []reading
	index := map[string]int{v.opts.Producer.Key(): -1}
	of := func(w share.Warehouse) *reading {
		i, ok := index[w.Key()]
		if !ok {
			i = len(all)
			index[w.Key()] = i
			all = append(all, reading{warehouse: w, grantees: map[string][]share.Grantee{}})
		}
		if i < 0 {
			return nil
		}
		return &all[i]
	}
	for _, d := range v.opts.Datashares {
		for _, c := range d.Consumers {
			if c.Warehouse == nil {
				continue
			}
			r := of(*c.Warehouse)
			for _, g := range c.Grants {
				r.add(c.Database, granteeOf(g))
			}
		}
	}
	for _, i := range v.owned {
		r := of(i.Warehouse)
		switch {
		case r == nil:
		case i.Grant != nil:
			r.add(i.Grant.Database, i.Grant.Grantee)
		case i.Kind == share.KindDatabase && !v.describes(i):
			r.dropped = append(r.dropped, i.Database)
		}
	}
	if producer.found.Namespace != "" && v.crossesAccounts() {
		for i := range all {
			v.addARNs(&all[i], producer)
		}
	}
	return all
}

// describes reports whether a database is described, with the account of its warehouse or
// without.
func (v *view) describes(database share.Item) bool {
	w := database.Warehouse
	for _, d := range v.opts.Datashares {
		for _, c := range d.Consumers {
			if c.Warehouse != nil && c.Warehouse.Cluster == w.Cluster && c.Warehouse.Workgroup == w.Workgroup && c.Database == database.Database {
				return true
			}
		}
	}
	return false
}

// addARNs has a consumer in another account look at the datashares of the producer.
func (v *view) addARNs(r *reading, producer *reader) {
	if r.warehouse.Account == v.opts.Producer.Account {
		return
	}
	t := producer.target
	for _, name := range v.datashares() {
		r.datashares = append(r.datashares, datashareARN(t.Partition, t.Region, t.Account, producer.found.Namespace, name))
	}
}

func (r *reading) add(database string, g share.Grantee) {
	if database != "" && !slices.Contains(r.grantees[database], g) {
		r.grantees[database] = append(r.grantees[database], g)
	}
}

func granteeOf(g share.ConsumerGrant) share.Grantee {
	if g.Role != "" {
		return share.Grantee{Type: share.ToRole, Name: g.Role}
	}
	return share.Grantee{Type: share.ToUser, Name: g.User}
}
