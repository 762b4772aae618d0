package macie

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// A setupApplier applies a plan.
type setupApplier struct {
	plan    ScanSetupPlan
	clients Clients
	at      []setupPlace // of each change
}

// A setupPlace is a thing with the group that it is in.
type setupPlace struct {
	group setupGroup
	thing setupThing
}

// newSetupApplier finds the thing that each change is about: the changes are what
// was approved, so they must be about what the options say.
func newSetupApplier(c Clients, plan ScanSetupPlan) (*setupApplier, error) {
	s := &setupApplier{plan: plan, clients: c, at: make([]setupPlace, len(plan.Changes))}
	places := map[awspatterns.Resource]setupPlace{}
	for _, g := range setupGroups(c, plan.Options, plan.Target) {
		if g.object != nil {
			places[g.object.resource()] = setupPlace{g, *g.object}
		}
		for _, t := range g.settings {
			places[t.resource()] = setupPlace{g, t}
		}
	}
	for i, change := range plan.Changes {
		place, ok := places[change.Resource]
		v := plan.Values[i]
		if !ok || change.Action.Applies() && (v.Wanted == "" || change.Action != awspatterns.Create && change.Action != awspatterns.Update) {
			return nil, fmt.Errorf("the change %s %s is not one of this setup: %w", change.Action, change.Resource, awspatterns.ErrAltered)
		}
		s.at[i] = place
	}
	return s, nil
}

// prepare checks what can be checked before anything is changed.
func (s *setupApplier) prepare(ctx context.Context) error {
	if err := s.clients.checkSetup(s.plan.Options); err != nil {
		return err
	}
	target, err := identity.Target(ctx, s.clients.STS, s.clients.Region)
	if err != nil {
		return err
	}
	return apply.CheckTarget(s.plan.Plan, target)
}

// look compares a thing with the plan. A setting of an object that is no longer
// ours, and was not to be adopted, is another one's.
func (s *setupApplier) look(ctx context.Context, i int) (apply.Now, error) {
	place, value := s.at[i], s.plan.Values[i]
	if place.group.object != nil {
		whose, err := place.group.object.read(ctx)
		switch {
		case err != nil:
			return apply.Other, err
		case place.thing.resource() == place.group.object.resource():
			return s.lookAtObject(ctx, place.group, whose, value)
		case whose == absent, whose == foreign && !s.plan.Changes[i].Adopts:
			return apply.Other, nil
		}
	}
	now, err := place.thing.read(ctx)
	same := func(wanted string) bool { return now == wanted || place.thing.same(now, wanted) }
	switch {
	case err != nil:
		return apply.Other, err
	case same(value.Wanted):
		return apply.AsPlanned, nil
	case value.Fresh, same(value.Found):
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

func (s *setupApplier) lookAtObject(ctx context.Context, g setupGroup, whose string, v ScanSetupValue) (apply.Now, error) {
	switch whose {
	case v.Wanted:
		return apply.AsPlanned, g.waitReady(ctx)
	case v.Found:
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

func (g setupGroup) waitReady(ctx context.Context) error {
	if g.ready == nil {
		return nil
	}
	return g.ready(ctx)
}

// do makes a change, and waits until what was created is seen: AWS may answer a
// read with what was there before.
func (s *setupApplier) do(ctx context.Context, i int) error {
	place, value := s.at[i], s.plan.Values[i]
	if err := place.thing.write(ctx, value.Found, value.Wanted); err != nil {
		return err
	}
	object := place.group.object
	if object == nil || object.resource() != place.thing.resource() {
		return nil
	}
	if err := settle(ctx, *object); err != nil {
		return err
	}
	return place.group.waitReady(ctx)
}

// settleTries bounds how long settle waits: some two minutes.
const settleTries = 8

// settle waits until an object is seen with its mark.
func settle(ctx context.Context, object setupThing) error {
	wait := time.Second
	for try := 1; ; try++ {
		whose, err := object.read(ctx)
		if err != nil || whose == ours {
			return err
		}
		if try == settleTries {
			return errors.New("it was made, and is not seen with its tag; apply the plan again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait *= 2
	}
}
