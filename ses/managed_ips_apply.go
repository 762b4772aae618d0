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
	"github.com/awspatterns/awspatterns/ses/region"
)

// A managedApplier applies a plan.
type managedApplier struct {
	*site
	plan ManagedIPsPlan

	// What the last look found; nil for nothing.
	pool *region.Pool
	set  *region.ConfigurationSet
}

// prepare checks what can be checked before anything is changed.
func (a *managedApplier) prepare(ctx context.Context) error {
	if err := a.identify(ctx); err != nil {
		return err
	}
	return apply.CheckTarget(a.plan.Plan, a.target)
}

func (a *managedApplier) look(ctx context.Context, i int) (apply.Now, error) {
	step, c := a.plan.Steps[i], a.plan.Changes[i]
	switch {
	case step.Kind == region.Pools && c.Action == awspatterns.Delete:
		return a.lookRemoved(ctx, step, c)
	case step.Kind == region.Pools:
		return a.lookPool(ctx, step, c)
	case step.Kind == region.Sets:
		return a.lookSet(ctx, step, c)
	}
	return a.lookIdentity(ctx, step)
}

func (a *managedApplier) lookPool(ctx context.Context, step ManagedIPsStep, c awspatterns.Change) (now apply.Now, err error) {
	if a.pool, err = a.readPool(ctx, step.Name); err != nil {
		return apply.Other, err
	}
	create := c.Action == awspatterns.Create
	switch {
	case a.pool == nil && create:
		return apply.AsFound, nil
	case a.pool == nil:
		return apply.Other, nil
	case a.pool.Mode == step.Want && len(tagFields(a.pool.Tags, step.Tags)) == 0:
		return apply.AsPlanned, nil
	case !create && (a.pool.Mode == step.Want || a.pool.Mode == step.Found):
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

// lookRemoved also looks whether configuration sets send through the pool.
func (a *managedApplier) lookRemoved(ctx context.Context, step ManagedIPsStep, c awspatterns.Change) (now apply.Now, err error) {
	a.pool, err = a.readPool(ctx, step.Name)
	switch {
	case err != nil:
		return apply.Other, err
	case a.pool == nil:
		return apply.AsPlanned, nil
	case a.pool.Mode != step.Found, !isManagedOurs(a.pool.Tags) && !c.Adopts:
		return apply.Other, nil
	}
	users := ""
	unused := func() (_ bool, err error) {
		users, err = a.usersOf(ctx, step.Name)
		return users == "", err
	}
	if err := awaitManaged(ctx, unused); err != nil {
		return apply.Other, err
	}
	if users != "" {
		return apply.Other, fmt.Errorf("%w: configuration sets send through it: %s: plan again", awspatterns.ErrStale, users)
	}
	return apply.AsFound, nil
}

func (a *managedApplier) lookSet(ctx context.Context, step ManagedIPsStep, c awspatterns.Change) (now apply.Now, err error) {
	if a.set, err = a.readSet(ctx, step.Name); err != nil {
		return apply.Other, err
	}
	create := c.Action == awspatterns.Create
	if a.set == nil {
		if create {
			return apply.AsFound, nil
		}
		return apply.Other, nil
	}
	pool := deref(a.set.Delivery).Pool
	switch {
	case pool == step.Want && len(tagFields(a.set.Tags, step.Tags)) == 0:
		return apply.AsPlanned, nil
	case !create && (pool == step.Want || pool == step.Found):
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

func (a *managedApplier) lookIdentity(ctx context.Context, step ManagedIPsStep) (apply.Now, error) {
	found, err := a.readIdentity(ctx, step.Name)
	switch {
	case err != nil:
		return apply.Other, err
	case found != nil && found.ConfigurationSet == step.Want:
		return apply.AsPlanned, nil
	case found != nil && found.ConfigurationSet == step.Found:
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

func (a *managedApplier) do(ctx context.Context, i int) error {
	step, action := a.plan.Steps[i], a.plan.Changes[i].Action
	var err error
	switch {
	case action == awspatterns.Create:
		err = a.create(ctx, step)
	case action == awspatterns.Delete:
		_, err = a.SES.DeleteDedicatedIpPool(ctx, &sesv2.DeleteDedicatedIpPoolInput{PoolName: &step.Name}, a.turn("DeleteDedicatedIpPool"))
		if endpointMissing(err) {
			return nil
		}
	case step.Kind == region.Pools:
		err = a.updatePool(ctx, step)
	case step.Kind == region.Sets:
		err = a.updateSet(ctx, step)
	default:
		_, err = a.SES.PutEmailIdentityConfigurationSetAttributes(ctx, &sesv2.PutEmailIdentityConfigurationSetAttributesInput{
			EmailIdentity: &step.Name, ConfigurationSetName: &step.Want,
		}, a.turn("PutEmailIdentityConfigurationSetAttributes"))
	}
	return err
}

// create creates a pool or a set, and waits until it is seen: what comes next builds on it.
func (a *managedApplier) create(ctx context.Context, step ManagedIPsStep) error {
	var err error
	if step.Kind == region.Pools {
		err = a.createPool(ctx, region.Pool{Name: step.Name, Mode: step.Want, Tags: step.Tags})
	} else {
		err = a.createSet(ctx, region.ConfigurationSet{Name: step.Name, Delivery: &region.Delivery{Pool: step.Want}, Tags: step.Tags})
	}
	_, exists := errors.AsType[*sestypes.AlreadyExistsException](err)
	if _, limit := errors.AsType[*sestypes.LimitExceededException](err); limit {
		return fmt.Errorf("%w; delete what nobody uses, or have the quota raised", err)
	}
	if err != nil && !exists {
		return err
	}
	if late := awaitManaged(ctx, func() (bool, error) { return a.isThere(ctx, step) }); late != nil {
		return late
	}
	if exists { // by another hand, or by this call if its answer was lost and the SDK repeated it
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return nil
}

// isThere reports whether a pool or a set is seen, with all that belongs to it.
func (a *managedApplier) isThere(ctx context.Context, step ManagedIPsStep) (there bool, err error) {
	if step.Kind == region.Pools {
		a.pool, err = a.readPool(ctx, step.Name)
		if endpointMissing(err) { // its tags are not seen yet
			return false, nil
		}
		return a.pool != nil, err
	}
	a.set, err = a.readSet(ctx, step.Name)
	return a.set != nil, err
}

// updatePool makes a standard pool a managed one, and tags it.
func (a *managedApplier) updatePool(ctx context.Context, step ManagedIPsStep) error {
	if a.pool.Mode != step.Want {
		_, err := a.SES.PutDedicatedIpPoolScalingAttributes(ctx, &sesv2.PutDedicatedIpPoolScalingAttributesInput{
			PoolName: &step.Name, ScalingMode: sestypes.ScalingMode(step.Want),
		}, a.turn("PutDedicatedIpPoolScalingAttributes"))
		if err != nil {
			return err
		}
	}
	return a.tag(ctx, step, a.pool.Tags)
}

// updateSet changes the pool of a set, and tags it. Its other delivery options are put along,
// which are lost otherwise.
func (a *managedApplier) updateSet(ctx context.Context, step ManagedIPsStep) error {
	delivery := deref(a.set.Delivery)
	if delivery.Pool != step.Want {
		delivery.Pool = step.Want
		if err := a.putSet(ctx, region.DeliveryAspect, region.ConfigurationSet{Name: step.Name, Delivery: &delivery}); err != nil {
			return err
		}
	}
	return a.tag(ctx, step, a.set.Tags)
}

func (a *managedApplier) tag(ctx context.Context, step ManagedIPsStep, found map[string]string) error {
	if len(tagFields(found, step.Tags)) == 0 {
		return nil
	}
	_, err := a.SES.TagResource(ctx, &sesv2.TagResourceInput{
		ResourceArn: aws.String(a.managedARN(step.Kind, step.Name)), Tags: asTags(step.Tags),
	}, a.turn("TagResource"))
	return err
}

const (
	managedPoll = 5 * time.Second

	// managedUnseen is how long reads may show what was before a change.
	managedUnseen = time.Minute
)

// awaitManaged polls until done, for a minute at most: then what is wrong is for the caller
// to tell, if it is.
func awaitManaged(ctx context.Context, done func() (bool, error)) error {
	for until := time.Now().Add(managedUnseen); ; {
		ok, err := done()
		if ok || err != nil || !time.Now().Before(until) {
			return err
		}
		if err := pace.Sleep(ctx, managedPoll); err != nil {
			return err
		}
	}
}
