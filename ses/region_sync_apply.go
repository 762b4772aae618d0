package ses

import (
	"context"
	"errors"
	"fmt"
	"sync"

	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/ses/region"
)

// ApplyRegionSync makes the changes of a plan, one after the other, and stops at the first
// that fails. Each object is read again before it is changed: one that is neither as the plan
// found it nor as it leaves it ends in [awspatterns.ErrStale]. Lists are compared again, so
// that addresses which were suppressed since the plan was made are carried over, too. A run
// that was killed is repeated with the same plan or a new one.
//
// A replica is created, and not waited for, except by what needs a verified identity;
// [CheckReadiness] tells when all of them sign.
//
// IAM actions: RegionSyncPermissions.
func ApplyRegionSync(ctx context.Context, primary, secondary Clients, plan RegionSyncPlan) (RegionSyncResult, error) {
	a, err := newRegionSyncApplier(primary, secondary, plan)
	if err != nil {
		return RegionSyncResult{Outcomes: apply.Pending(plan.Plan)}, fmt.Errorf("ses: apply region sync: %w", err)
	}
	outcomes, err := apply.Run(ctx, plan.Plan, apply.Maker{
		Prepare: a.prepare, Look: a.look, Do: a.do,
		Progress: func(o awspatterns.Outcome) { a.tell(RegionSyncProgress{Region: o.Resource.Region, Outcome: &o}) },
	})
	if err != nil {
		err = fmt.Errorf("ses: apply region sync: %w", err)
	}
	return RegionSyncResult{Outcomes: outcomes}, err
}

// A regionSyncApplier applies a plan.
type regionSyncApplier struct {
	*pair
	plan RegionSyncPlan
	tell func(RegionSyncProgress)
	now  *region.Value // what the last look found, nil if nothing
}

func newRegionSyncApplier(primary, secondary Clients, plan RegionSyncPlan) (*regionSyncApplier, error) {
	if err := apply.Verify(&plan.Plan, &plan, regionSyncPattern); err != nil {
		return nil, err
	}
	if len(plan.Steps) != len(plan.Changes) {
		return nil, fmt.Errorf("%d steps for %d changes: %w", len(plan.Steps), len(plan.Changes), awspatterns.ErrAltered)
	}
	if err := checkSyncClients(primary, secondary, plan.StagingBucket, plan.PrimaryStagingBucket); err != nil {
		return nil, err
	}
	p, err := newPair(primary, secondary, plan.Rates)
	if err != nil {
		return nil, err
	}
	tell := oneAtATime(plan.Progress)
	if tell == nil {
		tell = func(RegionSyncProgress) {}
	}
	return &regionSyncApplier{pair: p, plan: plan, tell: tell}, nil
}

// oneAtATime returns f, called by one goroutine at a time.
func oneAtATime(f func(RegionSyncProgress)) func(RegionSyncProgress) {
	if f == nil {
		return nil
	}
	var mu sync.Mutex
	return func(p RegionSyncProgress) {
		mu.Lock()
		defer mu.Unlock()
		f(p)
	}
}

// prepare checks that the clients are for what the plan was made for.
func (a *regionSyncApplier) prepare(ctx context.Context) error {
	return a.check(ctx, a.plan.Plan, a.plan.Secondary)
}

// look tells how the object of a step is now.
func (a *regionSyncApplier) look(ctx context.Context, i int) (now apply.Now, err error) {
	step := a.plan.Steps[i]
	switch step.Kind {
	case region.SuppressionList:
		return a.suppressionLook(ctx, step)
	case region.Contacts:
		return a.contactLook(ctx, step)
	}
	if a.now, err = a.at(step.Primary).readValue(ctx, step); err != nil {
		return apply.Other, err
	}
	switch step.Look(a.now) {
	case region.AsFound:
		return apply.AsFound, nil
	case region.AsPlanned:
		return apply.AsPlanned, nil
	}
	return apply.Other, nil
}

// readValue reads the object of a step. It is nil if it is not there.
func (s *site) readValue(ctx context.Context, step region.Step) (*region.Value, error) {
	switch step.Kind {
	case region.Account:
		settings, err := s.readSettings(ctx)
		return valueOf(settings, err, func(v *region.Value) { v.Settings = settings })
	case region.Pools:
		pool, err := s.readPool(ctx, step.Name)
		return valueOf(pool, err, func(v *region.Value) { v.Pool = pool })
	case region.Sets:
		set, err := s.readSet(ctx, step.Name)
		return valueOf(set, err, func(v *region.Value) { v.Set = set })
	case region.Destinations:
		return s.readDestinationValue(ctx, step)
	case region.Identities:
		return s.readIdentityValue(ctx, step)
	case region.Templates:
		t, _, err := s.readTemplate(ctx, step.Name)
		return valueOf(t, err, func(v *region.Value) { v.Template = t })
	case region.Verification:
		t, _, err := s.readVerificationTemplate(ctx, step.Name)
		return valueOf(t, err, func(v *region.Value) { v.Verification = t })
	case region.Lists:
		l, err := s.readContactList(ctx, step.Name)
		return valueOf(l, err, func(v *region.Value) { v.ContactList = l })
	case region.Tenants:
		t, err := s.readTenant(ctx, step.Name)
		return valueOf(t, err, func(v *region.Value) { v.Tenant = t })
	case region.Associations:
		return s.readAssociationValue(ctx, step)
	}
	return nil, fmt.Errorf("a step of kind %q: %w", step.Kind, awspatterns.ErrAltered)
}

// valueOf returns a Value with an object that was read, nil if there is none.
func valueOf[T any](object *T, err error, set func(*region.Value)) (*region.Value, error) {
	if err != nil || object == nil {
		return nil, err
	}
	var v region.Value
	set(&v)
	return &v, nil
}

func (s *site) readDestinationValue(ctx context.Context, step region.Step) (*region.Value, error) {
	all, err := s.readDestinations(ctx, step.Name)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Name == step.Part {
			return &region.Value{Destination: &d}, nil
		}
	}
	return nil, nil
}

func (s *site) readAssociationValue(ctx context.Context, step region.Step) (*region.Value, error) {
	all, err := s.readAssociations(ctx, step.Name)
	if _, absent := errors.AsType[*sestypes.NotFoundException](err); absent {
		return nil, nil // the tenant is not there either
	}
	if err != nil {
		return nil, err
	}
	for _, arn := range all {
		if arn == step.Part {
			return &region.Value{Association: arn}, nil
		}
	}
	return nil, nil
}

// readIdentityValue reads an identity, and its notifications if the step is about them.
func (s *site) readIdentityValue(ctx context.Context, step region.Step) (*region.Value, error) {
	i, err := s.readIdentity(ctx, step.Name)
	if i == nil {
		return nil, err
	}
	if aboutNotifications(step.Aspect) {
		all, err := s.readNotifications(ctx, []string{step.Name})
		if err != nil {
			return nil, err
		}
		n := all[step.Name]
		i.Notifications = &n
	}
	return &region.Value{Identity: i}, nil
}

// aboutNotifications reports whether an aspect is one that only the first version of the API
// knows.
func aboutNotifications(a region.Aspect) bool {
	switch a {
	case region.BounceTopic, region.ComplaintTopic, region.DeliveryTopic,
		region.BounceHeaders, region.ComplaintHeaders, region.DeliveryHeaders:
		return true
	}
	return false
}

// do makes the change of a step.
func (a *regionSyncApplier) do(ctx context.Context, i int) error {
	step, change := a.plan.Steps[i], a.plan.Changes[i]
	err := a.make(ctx, step, change.Action)
	if _, there := errors.AsType[*sestypes.AlreadyExistsException](err); there && change.Action == awspatterns.Create {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	if _, gone := errors.AsType[*sestypes.NotFoundException](err); gone && change.Action == awspatterns.Delete {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

// make makes the change of a step. What a step is about is known by its kind, what of it
// by its aspect.
func (a *regionSyncApplier) make(ctx context.Context, step region.Step, action awspatterns.Action) error {
	s := a.at(step.Primary)
	switch step.Kind {
	case region.SuppressionList:
		return a.suppressionApply(ctx, step, a.staging(step), a.listProgress(s, step.Kind))
	case region.Contacts:
		return a.contactApply(ctx, step, a.staging(step), a.listProgress(s, step.Kind))
	}
	if action == awspatterns.Delete {
		return s.remove(ctx, step)
	}
	if step.Value == nil {
		return fmt.Errorf("a step without a value: %w", awspatterns.ErrAltered)
	}
	if step.Aspect == region.Tags {
		return s.retag(ctx, step, a.now)
	}
	v := *step.Value
	switch {
	case step.Kind == region.Account && v.Settings != nil:
		return s.putSettings(ctx, step.Aspect, *v.Settings)
	case step.Kind == region.Pools && v.Pool != nil:
		return s.createPool(ctx, *v.Pool)
	case step.Kind == region.Sets && v.Set != nil && action == awspatterns.Create:
		return s.createSet(ctx, *v.Set)
	case step.Kind == region.Sets && v.Set != nil:
		return s.putSet(ctx, step.Aspect, *v.Set)
	case step.Kind == region.Destinations && v.Destination != nil:
		return s.putDestination(ctx, step.Name, *v.Destination, action)
	case step.Kind == region.Identities && v.Identity != nil && action == awspatterns.Create && step.Aspect == region.Object:
		return s.createIdentity(ctx, *v.Identity)
	case step.Kind == region.Identities && v.Identity != nil:
		return s.putIdentity(ctx, step, *v.Identity, a.now)
	case step.Kind == region.Templates && v.Template != nil:
		return a.copyTemplate(ctx, *v.Template, action)
	case step.Kind == region.Verification && v.Verification != nil:
		return a.copyVerificationTemplate(ctx, *v.Verification, action)
	case step.Kind == region.Lists && v.ContactList != nil:
		return s.putContactList(ctx, *v.ContactList, action)
	case step.Kind == region.Tenants && v.Tenant != nil:
		return s.putTenant(ctx, *v.Tenant, action)
	case step.Kind == region.Associations:
		return s.associate(ctx, step)
	}
	return fmt.Errorf("a step of kind %q without its value: %w", step.Kind, awspatterns.ErrAltered)
}

// staging returns where a step's import jobs read from: a bucket in the Region they run in.
func (a *regionSyncApplier) staging(step region.Step) staging {
	if step.Primary {
		return staging{bucket: a.plan.PrimaryStagingBucket, prefix: a.plan.StagingPrefix}
	}
	return staging{bucket: a.plan.StagingBucket, prefix: a.plan.StagingPrefix}
}

// listProgress tells of entries that are written.
func (a *regionSyncApplier) listProgress(s *site, kind region.Kind) func(int) {
	return func(done int) { a.tell(RegionSyncProgress{Region: s.Region, Kind: kind, Done: done}) }
}
