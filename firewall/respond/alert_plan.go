package respond

import (
	"context"
	"errors"
	"fmt"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// An alertPart is one thing that an alert consists of.
type alertPart struct {
	kind, id string

	// read returns the value, empty if there is none. What is in the way is a *formError.
	read func(context.Context) (string, error)

	wanted string
	fields func(found string) []awspatterns.Field
	write  func(ctx context.Context, found string) error

	// manual tells why only a person can change it.
	manual string
}

func (p alertPart) resource() awspatterns.Resource {
	return awspatterns.Resource{Type: p.kind, ID: p.id}
}

// An alertGroup is an object, whose value is its tags, and what it has.
type alertGroup struct {
	object  alertPart
	given   bool // the caller named it: it is never made nor tagged
	setting []alertPart

	// born are settings that the object is created with: those with an index below.
	born int
}

func planAlert(ctx context.Context, c Clients, opts AlertOptions) (AlertPlan, error) {
	if err := opts.validate(); err != nil {
		return AlertPlan{}, err
	}
	at, err := checkAlert(ctx, c, opts)
	if err != nil {
		return AlertPlan{}, err
	}
	p := AlertPlan{
		Plan:    awspatterns.Plan{Pattern: alertPattern, Target: at, Costs: []awspatterns.Cost{{Item: "SNS notifications, by use", Unit: "notification"}}},
		Options: opts, Values: []AlertValue{},
		Notes: []string{"whoever is to get the messages is subscribed to the topic by the caller"},
	}
	topic := alertTopicOf(c, opts, at)
	for _, g := range []alertGroup{topic.group(), alertRuleOf(c, opts, at).group()} {
		if err := p.addGroup(ctx, g); err != nil {
			return AlertPlan{}, err
		}
	}
	p.Notes = append(p.Notes, topic.notes...)
	return p, apply.Seal(&p.Plan, &p)
}

func (p *AlertPlan) add(part alertPart, c awspatterns.Change, v AlertValue) {
	c.Resource = part.resource()
	p.Changes, p.Values = append(p.Changes, c), append(p.Values, v)
}

// addGroup decides about an object and its settings. Only the end of ctx is an error.
func (p *AlertPlan) addGroup(ctx context.Context, g alertGroup) error {
	tags, err := g.object.read(ctx)
	if err == nil && tags == "" && g.given {
		err = &formError{"the topic does not exist", "create it, or leave TopicARN out to have one made", false}
	}
	if err != nil {
		return p.unread(ctx, g.object, err)
	}
	theirs := tags != "" && !marked(tags)
	if !g.given && tags != g.object.wanted && (!theirs || p.Options.Adopt) {
		p.addPart(g.object, tags, theirs)
	}
	for i, s := range g.setting {
		if tags == "" && i < g.born {
			continue
		}
		found := ""
		if tags != "" {
			if found, err = s.read(ctx); err != nil {
				if err := p.unread(ctx, s, err); err != nil {
					return err
				}
				continue
			}
		}
		if found != s.wanted {
			p.addPart(s, found, theirs)
		}
	}
	return nil
}

// addPart adds the change of something that is not as wanted.
func (p *AlertPlan) addPart(part alertPart, found string, theirs bool) {
	c := awspatterns.Change{Action: awspatterns.Update, Fields: part.fields(found), Adopts: theirs}
	v := AlertValue{found, part.wanted}
	switch {
	case part.manual != "":
		c, v = awspatterns.Change{Action: awspatterns.Manual, Fields: c.Fields, Reason: part.manual, Steps: []string{"set a key of your own, whose policy lets events.amazonaws.com use kms:Decrypt and kms:GenerateDataKey*"}}, AlertValue{}
	case theirs && !p.Options.Adopt:
		c.Action, c.Adopts, v = awspatterns.Blocked, false, AlertValue{}
		c.Reason = "this library did not make it"
		c.Steps = []string{"make this change by hand, name another one, or set Adopt to have it made"}
	case found == "":
		c.Action = awspatterns.Create
	}
	p.add(part, c, v)
}

func (p *AlertPlan) unread(ctx context.Context, part alertPart, err error) error {
	if ctx.Err() != nil {
		return err
	}
	c := awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(err)}
	if form, ok := errors.AsType[*formError](err); ok {
		c = awspatterns.Change{Action: awspatterns.Blocked, Reason: form.reason, Steps: []string{form.fix}}
	}
	p.add(part, c, AlertValue{})
	return nil
}

// An alerter applies a plan.
type alerter struct {
	plan  AlertPlan
	parts map[awspatterns.Resource]alertPlace
}

// An alertPlace is a part with the group that it is in.
type alertPlace struct {
	group alertGroup
	part  alertPart
}

func applyAlert(ctx context.Context, c Clients, plan AlertPlan, result *AlertResult) error {
	if err := apply.Verify(&plan.Plan, &plan, alertPattern); err != nil {
		return err
	}
	if err := plan.Options.validate(); err != nil {
		return err
	}
	a := alerter{plan, map[awspatterns.Resource]alertPlace{}}
	for _, g := range []alertGroup{alertTopicOf(c, plan.Options, plan.Target).group(), alertRuleOf(c, plan.Options, plan.Target).group()} {
		a.parts[g.object.resource()] = alertPlace{g, g.object}
		for _, s := range g.setting {
			a.parts[s.resource()] = alertPlace{g, s}
		}
	}
	if err := a.check(); err != nil {
		return err
	}
	var err error
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{
		Prepare: func(ctx context.Context) error {
			at, err := checkAlert(ctx, c, plan.Options)
			if err != nil {
				return err
			}
			return apply.CheckTarget(plan.Plan, at)
		},
		Look: a.look, Progress: plan.Progress,
		Do: func(ctx context.Context, i int) error {
			return a.parts[plan.Changes[i].Resource].part.write(ctx, plan.Values[i].Found)
		},
	})
	return err
}

// check checks that the changes, which were approved, are about what the options say.
func (a alerter) check() error {
	if len(a.plan.Values) != len(a.plan.Changes) {
		return fmt.Errorf("%d changes and %d values: %w", len(a.plan.Changes), len(a.plan.Values), awspatterns.ErrAltered)
	}
	for i, c := range a.plan.Changes {
		place, ok := a.parts[c.Resource]
		wrong := c.Action.Applies() && (place.part.write == nil || a.plan.Values[i].Wanted != place.part.wanted ||
			c.Action != awspatterns.Create && c.Action != awspatterns.Update)
		if !ok || wrong {
			return fmt.Errorf("the change %s %s is not one of this alert: %w", c.Action, c.Resource, awspatterns.ErrAltered)
		}
	}
	return nil
}

// look compares a part with the plan. What an object has that is another's by now is
// not changed.
func (a alerter) look(ctx context.Context, i int) (apply.Now, error) {
	change, value := a.plan.Changes[i], a.plan.Values[i]
	place := a.parts[change.Resource]
	tags, err := place.group.object.read(ctx)
	if err != nil {
		return apply.Other, err
	}
	now := tags
	if place.part.resource() != place.group.object.resource() {
		if tags == "" || !marked(tags) && !change.Adopts {
			return apply.Other, nil
		}
		if now, err = place.part.read(ctx); err != nil {
			return apply.Other, err
		}
	}
	switch now {
	case value.Wanted:
		return apply.AsPlanned, nil
	case value.Found:
		return apply.AsFound, nil
	}
	return apply.Other, nil
}
