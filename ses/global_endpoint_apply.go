package ses

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/pace"
)

// An endpointApplier applies a plan.
type endpointApplier struct {
	plan   GlobalEndpointPlan
	pair   *pair
	result *GlobalEndpointResult

	found *endpointFound // by the last look
}

const (
	endpointPoll    = time.Second // at first, and twice as long each time
	endpointMaxPoll = 8 * time.Second

	// endpointUnseen is how long an endpoint may stay unseen after it was created, and its
	// deletion after that: SES answers reads with what was a moment before.
	endpointUnseen = time.Minute
)

func (a *endpointApplier) prepare(ctx context.Context) error {
	return a.pair.check(ctx, a.plan.Plan, a.plan.Secondary)
}

func (a *endpointApplier) look(ctx context.Context, i int) (now apply.Now, err error) {
	if a.found, err = readEndpoint(ctx, a.pair.primary, a.plan.Options.Name); err != nil {
		return apply.Other, err
	}
	switch a.plan.Changes[i].Action {
	case awspatterns.Delete:
		return a.lookDeleted(), nil
	case awspatterns.Update:
		now = a.lookUpdated()
	default:
		now = a.lookCreated(a.plan.Changes[i].Action)
	}
	if now == apply.AsPlanned {
		a.result.EndpointID = a.found.id
	}
	return now, nil
}

// isOld reports whether the endpoint is the one that the plan found.
func (a *endpointApplier) isOld() bool {
	return a.plan.Found != nil && a.found.id == a.plan.Found.EndpointID
}

func (a *endpointApplier) lookDeleted() apply.Now {
	switch {
	case a.found == nil:
		return apply.AsPlanned
	case a.isOld():
		return apply.AsFound
	}
	return apply.Other
}

func (a *endpointApplier) lookUpdated() apply.Now {
	switch {
	case a.found == nil || !a.isOld() || a.found.status == sestypes.StatusDeleting:
		return apply.Other
	case a.found.status == sestypes.StatusReady && len(tagFields(a.found.tags, a.plan.Tags)) == 0:
		return apply.AsPlanned
	}
	return apply.AsFound
}

// lookCreated takes an endpoint for the new one if it is ours and has the right Regions;
// it may still fail. One that is being deleted is waited for.
func (a *endpointApplier) lookCreated(action awspatterns.Action) apply.Now {
	switch {
	case a.found == nil || a.found.status == sestypes.StatusDeleting:
		return apply.AsFound
	case a.isOld() && action == awspatterns.Replace:
		return apply.AsFound
	case a.isOld() || !a.found.ours() || a.found.secondary != a.plan.Secondary.Region:
		return apply.Other
	case a.found.status == sestypes.StatusReady:
		return apply.AsPlanned
	}
	return apply.AsFound
}

func (a *endpointApplier) do(ctx context.Context, i int) error {
	switch a.plan.Changes[i].Action {
	case awspatterns.Delete:
		return a.remove(ctx)
	case awspatterns.Update:
		return a.update(ctx)
	}
	if a.found != nil && (a.isOld() || a.found.status == sestypes.StatusDeleting) {
		if err := a.remove(ctx); err != nil {
			return err
		}
		a.found = nil
	}
	if a.found == nil {
		if err := a.create(ctx); err != nil {
			return err
		}
	}
	return a.waitReady(ctx)
}

// create creates the endpoint. That there is one already means that another hand made it,
// or this call if its answer was lost and the SDK repeated it: then it is looked at, once it
// is seen.
func (a *endpointApplier) create(ctx context.Context) error {
	_, err := a.pair.primary.SES.CreateMultiRegionEndpoint(ctx, &sesv2.CreateMultiRegionEndpointInput{
		EndpointName: &a.plan.Options.Name, Tags: asTags(a.plan.Tags),
		Details: &sestypes.Details{RoutesDetails: []sestypes.RouteDetails{{Region: &a.plan.Secondary.Region}}},
	}, a.pair.primary.turn("CreateMultiRegionEndpoint"))
	if _, exists := errors.AsType[*sestypes.AlreadyExistsException](err); exists {
		seen := func(e *endpointFound) (bool, error) { return e != nil, nil }
		if unseen := a.await(ctx, endpointUnseen, seen); unseen != nil {
			return fmt.Errorf("%w: %w", unseen, err)
		}
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	if _, limit := errors.AsType[*sestypes.LimitExceededException](err); limit {
		return fmt.Errorf("%w; delete endpoints that are no longer used", err)
	}
	return err
}

// update waits until the endpoint is ready, and tags it.
func (a *endpointApplier) update(ctx context.Context) error {
	if err := a.waitReady(ctx); err != nil || len(a.plan.Tags) == 0 {
		return err
	}
	s := a.pair.primary
	_, err := s.SES.TagResource(ctx, &sesv2.TagResourceInput{
		ResourceArn: aws.String(s.endpointARN(a.plan.Options.Name)), Tags: asTags(a.plan.Tags),
	}, s.turn("TagResource"))
	return err
}

// remove deletes the endpoint that was found, unless it is being deleted, and waits until it
// is gone. SES does not say whether one can be deleted while it is created: that is waited for.
func (a *endpointApplier) remove(ctx context.Context) error {
	id := a.found.id
	settled := func(e *endpointFound) (bool, error) { return e == nil || e.status != sestypes.StatusCreating, nil }
	if err := a.await(ctx, a.plan.Options.patience(), settled); err != nil {
		return err
	}
	if a.found != nil && a.found.id == id && a.found.status != sestypes.StatusDeleting {
		if err := a.delete(ctx, id); err != nil {
			return err
		}
	}
	gone := func(e *endpointFound) (bool, error) { return e == nil || e.id != id, nil }
	return a.await(ctx, a.plan.Options.patience(), gone)
}

// delete has an endpoint deleted. That something else is done to it may mean that it is being
// deleted, which is not seen yet.
func (a *endpointApplier) delete(ctx context.Context, id string) error {
	_, err := a.pair.primary.SES.DeleteMultiRegionEndpoint(ctx, &sesv2.DeleteMultiRegionEndpointInput{EndpointName: &a.plan.Options.Name},
		a.pair.primary.turn("DeleteMultiRegionEndpoint"))
	if endpointMissing(err) {
		return nil
	}
	if _, busy := errors.AsType[*sestypes.ConcurrentModificationException](err); busy {
		deleting := func(e *endpointFound) (bool, error) {
			return e == nil || e.id != id || e.status == sestypes.StatusDeleting, nil
		}
		if a.await(ctx, endpointUnseen, deleting) == nil {
			return nil
		}
	}
	return err
}

// waitReady waits until the endpoint is ready. For a moment after its creation it may not be
// seen.
func (a *endpointApplier) waitReady(ctx context.Context) error {
	seen := time.Now()
	ready := func(e *endpointFound) (bool, error) {
		switch {
		case e == nil && time.Since(seen) < endpointUnseen:
			return false, nil
		case e == nil:
			return false, fmt.Errorf("it is not there %v after it was: plan again", endpointUnseen)
		case e.status == sestypes.StatusFailed:
			return false, &EndpointFailedError{Name: a.plan.Options.Name, EndpointID: e.id}
		case e.status == sestypes.StatusDeleting:
			return false, fmt.Errorf("%w: somebody deletes %s: plan again", awspatterns.ErrStale, e.id)
		}
		seen = time.Now()
		return e.status == sestypes.StatusReady, nil
	}
	if err := a.await(ctx, a.plan.Options.patience(), ready); err != nil {
		return err
	}
	a.result.EndpointID = a.found.id
	return nil
}

// await reads the endpoint until it is as wanted, first as it was read last.
func (a *endpointApplier) await(ctx context.Context, patience time.Duration, done func(*endpointFound) (bool, error)) error {
	wait := endpointPoll
	for until := time.Now().Add(patience); ; wait = min(2*wait, endpointMaxPoll) {
		ok, err := done(a.found)
		if ok || err != nil {
			return err
		}
		if !time.Now().Before(until) {
			return fmt.Errorf("%s after %v: apply the plan again later", a.shown(), patience)
		}
		if err := pace.Sleep(ctx, wait); err != nil {
			return err
		}
		if a.found, err = getEndpoint(ctx, a.pair.primary, a.plan.Options.Name); err != nil {
			return err
		}
	}
}

// shown tells how the endpoint was when it was read last.
func (a *endpointApplier) shown() string {
	if a.found == nil {
		return "it is not there"
	}
	return fmt.Sprintf("%s is %s", a.found.id, a.found.status)
}
