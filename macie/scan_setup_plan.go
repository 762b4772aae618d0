package macie

import (
	"context"
	"errors"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// Whose an object is.
const (
	absent  = ""
	foreign = "foreign"
	ours    = "ours" // it has the mark
)

// The mark is a tag.
const (
	markKey   = "awspatterns"
	markValue = setupPattern
)

// A setupThing is one thing that setup looks after: an object, of which the value
// is whose it is, or a setting.
type setupThing struct {
	kind, id string

	// read returns the value, empty if there is none.
	read func(context.Context) (string, error)

	// want returns what a value is to become. An error tells that it cannot be told,
	// or a *blockedError what is in the way.
	want func(ctx context.Context, found string) (string, error)

	// same reports whether two values mean the same; equal texts do.
	same func(a, b string) bool

	// fields tells people how two values differ.
	fields func(found, wanted string) []awspatterns.Field

	// write makes the change.
	write func(ctx context.Context, found, wanted string) error

	// effect is what those who use an object feel when it is taken over, and loss
	// what they cannot get back.
	effect, loss string

	born   bool // the object is created with it
	preset bool // AWS gives a new object a default, which needs no look
}

func (t setupThing) resource() awspatterns.Resource {
	return awspatterns.Resource{Type: t.kind, ID: t.id}
}

// A setupGroup is an object and its settings. Without an object, what it has is
// nobody's in particular, such as the policy of a key.
type setupGroup struct {
	object   *setupThing
	settings []setupThing

	// after is set for what works only once the groups before it are right: why.
	after string

	// chosen is for what is there once in an account: what is found is somebody's
	// choice.
	chosen bool

	// ready waits until the object that was created can be used.
	ready func(context.Context) error
}

// A blockedError is why a change cannot be made, and what a person can do.
type blockedError struct {
	reason string
	steps  []string
}

func (e *blockedError) Error() string { return e.reason }

// decideSetup reads everything and compares it with what is wanted.
func decideSetup(ctx context.Context, c Clients, opts ScanSetupOptions, target awspatterns.Target) (ScanSetupPlan, error) {
	d := setupDecider{plan: ScanSetupPlan{
		Plan:    awspatterns.Plan{Pattern: setupPattern, Target: target, Costs: setupCosts(opts)},
		Options: opts,
		Values:  []ScanSetupValue{},
	}}
	for _, g := range setupGroups(c, opts, target) {
		if err := d.group(ctx, g); err != nil {
			return ScanSetupPlan{}, err
		}
	}
	return d.plan, apply.Seal(&d.plan.Plan, &d.plan)
}

// A setupDecider makes a plan.
type setupDecider struct{ plan ScanSetupPlan }

// group decides about an object and its settings. Only the end of ctx is an error.
func (d *setupDecider) group(ctx context.Context, g setupGroup) error {
	whose := ours
	if g.object != nil {
		var err error
		if whose, err = g.object.read(ctx); err != nil {
			return d.unread(ctx, *g.object, err)
		}
		d.object(*g.object, whose)
	}
	for _, t := range g.settings {
		if whose == absent && t.born {
			continue
		}
		if err := d.setting(ctx, g, t, whose); err != nil {
			return err
		}
	}
	return nil
}

// object decides whether an object is created, or marked.
func (d *setupDecider) object(t setupThing, whose string) {
	c := awspatterns.Change{Action: awspatterns.Create, Fields: t.fields(whose, ours)}
	switch {
	case whose == ours, whose == foreign && !d.plan.Options.Adopt:
		return
	case whose == foreign:
		c.Action, c.Adopts = awspatterns.Update, true
	}
	d.add(t, c, ScanSetupValue{Found: whose, Wanted: ours})
}

func (d *setupDecider) setting(ctx context.Context, g setupGroup, t setupThing, whose string) error {
	found, err := "", error(nil)
	if whose != absent {
		if found, err = t.read(ctx); err != nil {
			return d.unread(ctx, t, err)
		}
	}
	wanted, err := t.want(ctx, found)
	if err != nil {
		return d.unread(ctx, t, err)
	}
	if whose != absent && (found == wanted || t.same(found, wanted)) {
		return nil
	}
	c := d.changeOf(g, t, whose, found)
	c.Fields = t.fields(found, wanted)
	value := ScanSetupValue{Found: found, Wanted: wanted, Fresh: whose == absent && t.preset}
	if c.Action == awspatterns.Blocked {
		value = ScanSetupValue{}
	}
	d.add(t, c, value)
	return nil
}

// changeOf decides what becomes of a setting that is not as wanted.
func (d *setupDecider) changeOf(g setupGroup, t setupThing, whose, found string) awspatterns.Change {
	c := awspatterns.Change{Action: awspatterns.Update}
	if whose != absent {
		c.Irreversible = t.loss
	}
	theirs := whose == foreign || g.chosen && found != ""
	switch {
	case g.after != "" && d.unsettled():
		return awspatterns.Change{
			Action: awspatterns.Blocked, Reason: g.after,
			Steps: []string{"settle the changes above that are blocked or unknown, and plan again"},
		}
	case theirs && !d.plan.Options.Adopt:
		return awspatterns.Change{
			Action: awspatterns.Blocked, Reason: "this library did not make it",
			Steps: []string{"make this change by hand, name another one, or set Adopt to have it made"},
		}
	case theirs:
		c.Adopts, c.Reason = true, t.effect
	case found == "":
		c.Action = awspatterns.Create
	}
	return c
}

// unread adds a change that tells why nothing can be decided.
func (d *setupDecider) unread(ctx context.Context, t setupThing, err error) error {
	if ctx.Err() != nil {
		return err
	}
	c := awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(err)}
	if blocked, ok := errors.AsType[*blockedError](err); ok {
		c = awspatterns.Change{Action: awspatterns.Blocked, Reason: blocked.reason, Steps: blocked.steps}
	}
	if manual, ok := errors.AsType[*manualError](err); ok {
		c = awspatterns.Change{Action: awspatterns.Manual, Reason: manual.reason, Steps: manual.steps}
	}
	d.add(t, c, ScanSetupValue{})
	return nil
}

// A manualError is why only a person can make a change, and how.
type manualError blockedError

func (e *manualError) Error() string { return e.reason }

func (d *setupDecider) add(t setupThing, c awspatterns.Change, v ScanSetupValue) {
	c.Resource = t.resource()
	d.plan.Changes = append(d.plan.Changes, c)
	d.plan.Values = append(d.plan.Values, v)
}

// unsettled reports whether something before cannot be made.
func (d *setupDecider) unsettled() bool {
	return d.plan.Count(awspatterns.Unknown)+d.plan.Count(awspatterns.Blocked) > 0
}

// setupCosts are what setting up leads to. All of it is charged by use.
func setupCosts(o ScanSetupOptions) []awspatterns.Cost {
	costs := []awspatterns.Cost{
		{Item: "S3 storage, by use", Unit: "GB-month"},
		{Item: "S3 requests, by use", Unit: "request"},
		{Item: "KMS requests, by use", Unit: "request"},
	}
	if o.Events == nil {
		return costs
	}
	costs = append(costs,
		awspatterns.Cost{Item: "SNS notifications, by use", Unit: "notification"},
		awspatterns.Cost{Item: "DynamoDB requests, by use", Unit: "request unit"},
		awspatterns.Cost{Item: "DynamoDB storage, by use", Unit: "GB-month"})
	if o.Events.TargetARN != "" && o.Events.Schedule == everyFiveMinutes {
		costs = append(costs, awspatterns.Cost{Item: "calls of the target by the schedule, in 30 days", Quantity: 30 * 24 * 12, Unit: "call"})
	}
	return costs
}
