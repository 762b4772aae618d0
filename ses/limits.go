package ses

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// LimitsOptions say what each Region must be able to carry alone.
type LimitsOptions struct {
	region.LimitsOptions

	// NoSupportCase keeps AWS from opening a support case. A request that AWS would not grant
	// without one then ends as NOT_APPROVED.
	NoSupportCase bool `json:"noSupportCase,omitempty"`

	// Rates are calls per second of SES, where an account has others than the usual ones.
	Rates Rates `json:"rates,omitempty"`
}

// A LimitsPlan is which increases are requested.
type LimitsPlan struct {
	awspatterns.Plan
	Secondary awspatterns.Target `json:"secondary"`
	Options   LimitsOptions      `json:"options"`

	// Limits are the quotas that the changes are about, one for each, in the same order.
	Limits []region.Limit `json:"limits"`

	// Waiting are the quotas for which there is nothing to do but to wait: increases are
	// requested already.
	Waiting []region.Limit `json:"waiting,omitempty"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// String returns the plan as text, with what is waited for.
func (p LimitsPlan) String() string { return p.Plan.String() + strings.Join(p.waiting(""), "") }

// WriteMarkdown writes the plan for a pull request, with what is waited for.
func (p LimitsPlan) WriteMarkdown(w io.Writer) error {
	if err := p.Plan.WriteMarkdown(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n"+strings.Join(p.waiting("- "), ""))
	return err
}

// waiting returns what is waited for, a line each.
func (p LimitsPlan) waiting(mark string) (lines []string) {
	for _, l := range p.Waiting {
		lines = append(lines, fmt.Sprintf("%sWaiting in %s: %s, an increase from %s to %s was requested (%s): %s.\n",
			mark, l.Region, region.LimitName(l.Quota), region.LimitText(l.Has), region.LimitText(l.Last.Value), printable.Escape(l.Last.Status), l.Reason))
	}
	return lines
}

// A LimitsResult is what came of requesting increases.
type LimitsResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan

	// Increases are the requests of the changes that were applied, or had been, in the same
	// order; the zero value for others.
	Increases []region.Increase
}

const limitsPattern = "ses.Limits"

// PlanLimits finds the sending quotas that do not let each of two Regions carry all mail
// alone, and plans to request increases. It only reads.
//
// While a request is open nothing is planned: see LimitsPlan.Waiting. What AWS has denied is
// left to a person, with its status, for the 90 days that Service Quotas tells of requests,
// and so is leaving the sandbox, which is no quota. It never asks for less than there is.
//
// Requesting costs nothing. Whether an increase is granted, AWS decides, mostly within 24
// hours (https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-request-increase.html).
//
// IAM actions: [LimitsPermissions].
func PlanLimits(ctx context.Context, primary, secondary Clients, opts LimitsOptions) (LimitsPlan, error) {
	plan, err := planLimits(ctx, primary, secondary, opts)
	if err != nil {
		return LimitsPlan{}, fmt.Errorf("ses: plan limits of %s and %s: %w", primary.Region, secondary.Region, reason.Cause(ctx, err))
	}
	return plan, nil
}

func planLimits(ctx context.Context, primary, secondary Clients, opts LimitsOptions) (LimitsPlan, error) {
	p, err := newLimitsPair(primary, secondary, opts)
	if err != nil {
		return LimitsPlan{}, err
	}
	if err := p.identify(ctx); err != nil {
		return LimitsPlan{}, err
	}
	limits, err := p.readLimits(ctx, opts)
	if err != nil {
		return LimitsPlan{}, err
	}
	plan := LimitsPlan{
		Plan:      awspatterns.Plan{Pattern: limitsPattern, Target: p.primary.target},
		Secondary: p.secondary.target, Options: opts, Limits: []region.Limit{},
	}
	for _, l := range limits {
		if l.Action == "" {
			plan.Waiting = append(plan.Waiting, l)
			continue
		}
		plan.Limits = append(plan.Limits, l)
		plan.Changes = append(plan.Changes, limitChange(l, plan.Target))
	}
	return plan, apply.Seal(&plan.Plan, &plan)
}

// newLimitsPair checks options and clients.
func newLimitsPair(primary, secondary Clients, opts LimitsOptions) (*pair, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	for _, c := range []Clients{primary, secondary} {
		if c.SES == nil || c.Quotas == nil || c.STS == nil {
			return nil, errors.New("the Clients of " + c.Region + " need SES, Quotas and STS")
		}
	}
	return newPair(primary, secondary, opts.Rates)
}

// readLimits reads the quotas of both Regions and, where they are short, which increases were
// requested.
func (p *pair) readLimits(ctx context.Context, opts LimitsOptions) ([]region.Limit, error) {
	states := [2]region.State{p.primary.readQuotas(ctx), p.secondary.readQuotas(ctx)}
	for _, l := range region.Limits(states[0], states[1], opts.LimitsOptions) {
		if l.Action != awspatterns.Update {
			continue
		}
		site, state := p.secondary, &states[1]
		if l.Region == p.primary.Region {
			site, state = p.primary, &states[0]
		}
		increases, err := site.readIncreases(ctx, l.Quota)
		if err != nil {
			state.Unread = append(state.Unread, region.Unread{Kind: region.Quotas, Name: l.Quota, Reason: reason.Of(err)})
		}
		state.Increases = append(state.Increases, increases...)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return region.Limits(states[0], states[1], opts.LimitsOptions), nil
}

// readQuotas reads the settings of the account, and nothing else.
func (s *site) readQuotas(ctx context.Context) region.State {
	state := region.State{Partition: s.target.Partition, Account: s.target.Account, Region: s.Region}
	settings, err := s.readSettings(ctx)
	if err != nil {
		state.Unread = []region.Unread{{Kind: region.Account, Reason: reason.Of(err)}}
		return state
	}
	state.Settings = *settings
	return state
}

// limitChange returns the change that is about a quota.
func limitChange(l region.Limit, primary awspatterns.Target) awspatterns.Change {
	c := awspatterns.Change{
		Action: l.Action, Reason: l.Reason, Steps: l.Steps,
		Resource: awspatterns.Resource{Type: "SES account", ID: primary.Account},
	}
	if l.Region != primary.Region {
		c.Resource.Region = l.Region
	}
	if l.Quota != "" {
		c.Resource.Type, c.Resource.ID = "SES sending quota", l.Quota
		c.Fields = []awspatterns.Field{{Name: region.LimitName(l.Quota), Old: region.LimitText(l.Has), New: region.LimitText(l.Want)}}
	}
	if l.Action == awspatterns.Update {
		c.Reason = "this is a request: AWS decides whether it is granted"
		c.Irreversible = "a request cannot be withdrawn, and while it is open there can be no other"
	}
	return c
}
