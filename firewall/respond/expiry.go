package respond

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/state"
)

// ExpiryOptions say which blocks are lifted.
type ExpiryOptions struct {
	// Store that the blocks are recorded in. Required.
	Store state.Store

	// Now is the time up to which blocks have expired. Required: a plan says the same
	// whenever it is made.
	Now time.Time

	// Entries, if set, are lifted whether or not they have expired: networks, addresses
	// and domains that were blocked by mistake.
	Entries []string
}

// An ExpiryPlan says which entries are taken out of which targets.
type ExpiryPlan struct {
	awspatterns.Plan

	// Now is that of the options.
	Now time.Time `json:"now"`

	// Lifts belong to the changes with the same index.
	Lifts []PlannedLift `json:"lifts"`

	// Elsewhere are blocks that have expired in targets of other accounts and Regions: plan
	// with clients of these.
	Elsewhere []Block `json:"elsewhere,omitempty"`

	// Missing are blocks that have not expired and are not in their targets: somebody
	// else took them out, or one call was killed while it lifted them and another extended
	// them. They are not put back; the next update of their finding does.
	Missing []Block `json:"missing,omitempty"`

	// Store as in ExpiryOptions. Whoever applies a plan that was kept as JSON sets it again.
	Store state.Store `json:"-"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// A PlannedLift is what a change is about.
type PlannedLift struct {
	Target Target      `json:"target"`
	Lifts  []EntryLift `json:"lifts,omitempty"`
}

// An EntryLift is an entry that is taken out of a target.
type EntryLift struct {
	Entry string    `json:"entry"`
	Until time.Time `json:"until"` // of the block; one that lasts longer by then stays
}

// ExpiryResult is what applying a plan did.
type ExpiryResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan
}

const expiryPattern = "respond.Expiry"

// PlanExpiry says which blocks have expired and are lifted: those that [ApplyBlock]
// recorded in the Store, and no others. It only reads.
//
// A target that cannot be read is an unknown change; what has expired in the others is
// lifted. A target that does not exist any more holds nothing: its blocks are closed.
//
// IAM actions: those of [BlockPermissions] for the targets.
func PlanExpiry(ctx context.Context, c Clients, opts ExpiryOptions) (ExpiryPlan, error) {
	plan, err := planExpiry(ctx, c, opts)
	if err != nil {
		return ExpiryPlan{}, fmt.Errorf("respond: plan expiry: %w", reason.Cause(ctx, err))
	}
	return plan, nil
}

// ApplyExpiry lifts the blocks of a plan. A block that was made to last longer since the
// plan was made stays, also if that happens while it is being lifted. A target that
// fails keeps none of the others; the error has all.
//
// A plan without changes calls nothing. The result is valid even if there is an error.
//
// IAM actions: those of [BlockPermissions] for the targets.
func ApplyExpiry(ctx context.Context, c Clients, plan ExpiryPlan) (ExpiryResult, error) {
	result := ExpiryResult{Outcomes: apply.Pending(plan.Plan)}
	err := applyExpiry(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("respond: apply expiry: %w", reason.Cause(ctx, err))
	}
	return result, err
}

func applyExpiry(ctx context.Context, c Clients, plan ExpiryPlan, result *ExpiryResult) error {
	if err := apply.Verify(&plan.Plan, &plan, expiryPattern); err != nil {
		return err
	}
	if err := plan.check(); err != nil {
		return err
	}
	l := lifter{clients: c, plan: plan}
	var err error
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{
		Prepare: func(ctx context.Context) error { return checkTarget(ctx, c, plan.Plan) },
		Look:    l.look, Do: l.do, Progress: plan.Progress, Independent: true,
	})
	return err
}

func planExpiry(ctx context.Context, c Clients, opts ExpiryOptions) (ExpiryPlan, error) {
	if opts.Store == nil {
		return ExpiryPlan{}, errors.New("no Store: nothing else knows what has expired")
	}
	if opts.Now.IsZero() {
		return ExpiryPlan{}, errors.New("no Now: give time.Now()")
	}
	asked := map[string]bool{}
	for i, e := range opts.Entries {
		entry := canonical(e)
		if entry == "" {
			entry = normalDomain(e)
			if err := checkDomain(entry); err != nil {
				return ExpiryPlan{}, fmt.Errorf("option Entries[%d]: %q is no address, network or domain: give it as a plan names it", i, e)
			}
		}
		asked[entry] = true
	}
	if err := checkClients(c, nil, false); err != nil {
		return ExpiryPlan{}, err
	}
	at, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return ExpiryPlan{}, err
	}
	plan := ExpiryPlan{
		Plan: awspatterns.Plan{Pattern: expiryPattern, Target: at}, Now: opts.Now.UTC(),
		Lifts: []PlannedLift{}, Store: opts.Store,
	}
	targets, err := plan.collect(ctx, asked)
	if err != nil {
		return ExpiryPlan{}, err
	}
	for _, blocks := range targets {
		if err := plan.addTarget(ctx, c, asked, blocks); err != nil {
			return ExpiryPlan{}, err
		}
	}
	return plan, apply.Seal(&plan.Plan, &plan)
}

// collect returns the blocks that are not lifted, by target, in the order of the targets.
func (p *ExpiryPlan) collect(ctx context.Context, asked map[string]bool) ([][]Block, error) {
	byTarget := map[string][]Block{}
	var names []string
	for b, err := range Blocks(ctx, p.Store) {
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		if b.State == Lifted {
			continue
		}
		if checkPlaces([]Target{b.Target}, p.Target) != nil {
			if p.expired(b, asked) {
				p.Elsewhere = append(p.Elsewhere, b)
			}
			continue
		}
		name := b.Target.String()
		if byTarget[name] == nil {
			names = append(names, name)
		}
		byTarget[name] = append(byTarget[name], b)
	}
	slices.Sort(names)
	var all [][]Block
	for _, name := range names {
		all = append(all, byTarget[name])
	}
	return all, nil
}

// expired reports whether a block is to be lifted. One that was being lifted when that
// was stopped is.
func (p *ExpiryPlan) expired(b Block, asked map[string]bool) bool {
	return b.State == Lifting || asked[b.Entry] || !b.Until.After(p.Now)
}

// addTarget adds the change of a target, if something in it has expired.
func (p *ExpiryPlan) addTarget(ctx context.Context, c Clients, asked map[string]bool, blocks []Block) error {
	t := blocks[0].Target
	if err := checkClients(c, []Target{t}, false); err != nil {
		return err
	}
	change := awspatterns.Change{Action: awspatterns.Update, Resource: awspatterns.Resource{Type: t.kind(), ID: t.String()}}
	lift := PlannedLift{Target: t}
	held, err := c.read(ctx, t.tolerant())
	gone := holdsNothing(err)
	if err != nil && ctx.Err() != nil {
		return err
	}
	for _, b := range blocks {
		if p.expired(b, asked) {
			lift.Lifts = append(lift.Lifts, EntryLift{b.Entry, b.Until})
			change.Fields = append(change.Fields, awspatterns.Field{Name: b.Entry, Old: "blocked until " + shown(b.Until), New: "lifted"})
		} else if err == nil && !held.has(b.Entry) {
			p.Missing = append(p.Missing, b)
		}
	}
	if len(lift.Lifts) == 0 {
		return nil
	}
	if err != nil && !gone {
		change, lift.Lifts = unreadable(change, err), nil
		p.Incomplete = true
	} else if gone {
		change.Reason = err.Error() + "; the records of its blocks are closed"
	}
	p.Changes, p.Lifts = append(p.Changes, change), append(p.Lifts, lift)
	return nil
}

// tolerant is the target with rules that alert taken for rules: blocks of one target may
// have been made with either.
func (t Target) tolerant() Target {
	if t.Rules != nil {
		t.Rules = &BlockRules{FirstSid: t.Rules.FirstSid, LastSid: t.Rules.LastSid, Alert: true}
	}
	return t
}

// check checks that changes and lifts, which both are in the plan, are about the same.
func (p *ExpiryPlan) check() error {
	if len(p.Lifts) != len(p.Changes) {
		return fmt.Errorf("%d changes and %d lifts: %w", len(p.Changes), len(p.Lifts), awspatterns.ErrAltered)
	}
	for i, c := range p.Changes {
		if t := p.Lifts[i].Target; c.Action.Applies() && (t.validate() != nil || t.String() != c.Resource.ID) {
			return fmt.Errorf("the change %s %s is not about its lifts: %w", c.Action, c.Resource, awspatterns.ErrAltered)
		}
	}
	if p.Applies() && p.Store == nil {
		return errors.New("the plan has no Store: set the one that it was planned with")
	}
	return nil
}

// A lifter makes the changes of an ExpiryPlan.
type lifter struct {
	clients Clients
	plan    ExpiryPlan
}

// look compares with the records, which are written last.
func (l lifter) look(ctx context.Context, i int) (apply.Now, error) {
	p := l.plan.Lifts[i]
	for _, e := range p.Lifts {
		known, _, err := findBlock(ctx, l.plan.Store, p.Target, e.Entry)
		if err != nil {
			return apply.Other, fmt.Errorf("store: %w", err)
		}
		if lifts(known, e) {
			return apply.AsFound, nil
		}
	}
	return apply.AsPlanned, nil
}

// lifts reports whether a block is still the one that the plan lifts.
func lifts(known Block, e EntryLift) bool {
	return known.State == Lifting || known.State == Blocked && !known.Until.After(e.Until)
}

// do says in the Store what it lifts, takes it out, and says that it did. Whoever blocks
// an entry meanwhile writes its record, too, which is found at the end: then the entry
// is put back.
func (l lifter) do(ctx context.Context, i int) error {
	p := l.plan.Lifts[i]
	var remove []string
	for _, e := range p.Lifts {
		known, err := putBlock(ctx, l.plan.Store, p.Target, e.Entry, func(b Block) (Block, bool) {
			write := lifts(b, e) && b.State == Blocked
			if write {
				b.State = Lifting
			}
			return b, write
		})
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
		if known.State == Lifting {
			remove = append(remove, e.Entry)
		}
	}
	for len(remove) > 0 {
		again, err := l.lift(ctx, p.Target, remove)
		if err != nil {
			return err
		}
		if remove, err = l.putBack(ctx, p.Target, again); err != nil {
			return err
		}
	}
	return nil
}

// lift takes entries out and says so. It returns those that were blocked meanwhile.
func (l lifter) lift(ctx context.Context, t Target, remove []string) (again []string, err error) {
	if err := l.merge(ctx, t, nil, remove); err != nil {
		return nil, err
	}
	for _, e := range remove {
		known, err := putBlock(ctx, l.plan.Store, t, e, changed(Lifting, Lifted))
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		if known.State == Blocked {
			again = append(again, e)
		}
	}
	return again, nil
}

// putBack puts entries back. It returns those that somebody else has lifted before they
// were there again, and found nothing to take out.
func (l lifter) putBack(ctx context.Context, t Target, again []string) (remove []string, err error) {
	if err := l.merge(ctx, t, again, nil); err != nil {
		return nil, err
	}
	for _, e := range again {
		known, err := putBlock(ctx, l.plan.Store, t, e, changed(Lifted, Lifting))
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		if known.State == Lifting {
			remove = append(remove, e)
		}
	}
	return remove, nil
}

// changed changes a block of one state to another.
func changed(from, to BlockState) func(Block) (Block, bool) {
	return func(b Block) (Block, bool) {
		write := b.State == from
		if write {
			b.State = to
		}
		return b, write
	}
}

// merge takes a target that is not there any more for one that holds nothing.
func (l lifter) merge(ctx context.Context, t Target, add, remove []string) error {
	if len(add)+len(remove) == 0 {
		return nil
	}
	err := merge(ctx, l.clients, t, add, remove)
	if len(add) == 0 && holdsNothing(err) {
		return nil
	}
	return err
}

// holdsNothing reports whether err says for certain that a target is not there.
func holdsNothing(err error) bool {
	form, ok := errors.AsType[*formError](err)
	return ok && form.nothing
}
