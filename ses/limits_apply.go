package ses

import (
	"context"
	"errors"
	"fmt"

	quotastypes "github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// ApplyLimits requests the increases of a plan, and does not wait for AWS to decide. Each is
// requested once: before it asks it looks at the quota and at the requests so far. One that
// fails keeps none of the others.
//
// Errors wrap [awspatterns.ErrWrongAccount] and [awspatterns.ErrAltered] before anything is
// requested, [awspatterns.ErrStale] if another request has come between, and
// [awspatterns.ErrIncomplete] if unknown changes were left.
//
// IAM actions: [LimitsPermissions].
func ApplyLimits(ctx context.Context, primary, secondary Clients, plan LimitsPlan) (LimitsResult, error) {
	result := LimitsResult{Outcomes: apply.Pending(plan.Plan), Increases: make([]region.Increase, len(plan.Changes))}
	err := applyLimits(ctx, primary, secondary, plan, &result)
	if err != nil {
		err = fmt.Errorf("ses: apply limits of %s and %s: %w", primary.Region, secondary.Region, reason.Cause(ctx, err))
	}
	return result, err
}

func applyLimits(ctx context.Context, primary, secondary Clients, plan LimitsPlan, result *LimitsResult) error {
	if err := apply.Verify(&plan.Plan, &plan, limitsPattern); err != nil {
		return err
	}
	if err := plan.checkLimits(); err != nil {
		return err
	}
	p, err := newLimitsPair(primary, secondary, plan.Options)
	if err != nil {
		return err
	}
	l := &limitsApplier{pair: p, plan: plan, increases: result.Increases}
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{
		Prepare: func(ctx context.Context) error { return p.check(ctx, plan.Plan, plan.Secondary) },
		Look:    l.look, Do: l.do, Progress: plan.Progress, Independent: true,
	})
	return err
}

// checkLimits refuses a plan whose changes are not those of its limits.
func (p LimitsPlan) checkLimits() error {
	if len(p.Limits) != len(p.Changes) {
		return fmt.Errorf("%d changes and %d limits: %w", len(p.Changes), len(p.Limits), awspatterns.ErrAltered)
	}
	for i, l := range p.Limits {
		if change := limitChange(l, p.Target); change.Action != p.Changes[i].Action || change.Resource != p.Changes[i].Resource {
			return fmt.Errorf("the change %s %s is not that of its limit: %w", p.Changes[i].Action, p.Changes[i].Resource, awspatterns.ErrAltered)
		}
		if l.Action.Applies() && (l.Action != awspatterns.Update || l.Want <= l.Has || l.Quota == "") {
			return fmt.Errorf("the limit %s in %s asks for no increase: %w", l.Quota, l.Region, awspatterns.ErrAltered)
		}
	}
	return nil
}

// A limitsApplier applies a plan.
type limitsApplier struct {
	*pair
	plan      LimitsPlan
	increases []region.Increase // of each change
}

// site returns where a limit is.
func (l *limitsApplier) site(i int) *site { return l.at(l.plan.Limits[i].Region == l.primary.Region) }

// look tells whether an increase is still to be requested.
func (l *limitsApplier) look(ctx context.Context, i int) (apply.Now, error) {
	limit, s := l.plan.Limits[i], l.site(i)
	settings, err := s.readSettings(ctx)
	if err != nil {
		return apply.Other, err
	}
	increases, err := s.readIncreases(ctx, limit.Quota)
	if err != nil {
		return apply.Other, err
	}
	has := settings.Max24HourSend
	if limit.Quota == region.SendingRate {
		has = settings.MaxSendRate
	}
	var newest *region.Increase
	if len(increases) > 0 {
		newest = &increases[0]
		l.increases[i] = *newest
	}
	switch limit.Look(has, newest) {
	case region.AsFound:
		l.increases[i] = region.Increase{}
		return apply.AsFound, nil
	case region.AsPlanned:
		return apply.AsPlanned, nil
	}
	return apply.Other, nil
}

// do requests an increase. If one is open, which may be that of an attempt whose answer was
// lost, it is looked at again.
func (l *limitsApplier) do(ctx context.Context, i int) error {
	limit := l.plan.Limits[i]
	increase, err := l.site(i).requestIncrease(ctx, limit.Quota, limit.Want, !l.plan.Options.NoSupportCase)
	if _, open := errors.AsType[*quotastypes.ResourceAlreadyExistsException](err); open {
		if err := pace.Sleep(ctx, requestSettles); err != nil {
			return err
		}
		return fmt.Errorf("%w: already requested: %w", apply.ErrMoved, err)
	}
	l.increases[i] = increase
	return err
}

// LimitsPermissions returns what [PlanLimits] and [ApplyLimits] need in each Region. With the
// first request, Service Quotas makes its service-linked role in the name of the caller.
func LimitsPermissions(LimitsOptions) (primary, secondary awspatterns.Permissions) {
	const actions = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_servicequotas.html"
	both := func() awspatterns.Permissions {
		reads := func() awspatterns.Policy {
			return append(awspatterns.Policy{identity.Permission, quotaHistory()}, sesAllow("*", "GetAccount")...)
		}
		return awspatterns.Permissions{
			Plan: reads(),
			Apply: append(reads(),
				awspatterns.Permission{
					Action: "servicequotas:RequestServiceQuotaIncrease", Resources: sendingQuotas(), Source: actions,
				},
				awspatterns.Permission{
					Action:     "iam:CreateServiceLinkedRole",
					Resources:  []string{"arn:${Partition}:iam::${Account}:role/aws-service-role/servicequotas.amazonaws.com/*"},
					Conditions: map[string]map[string][]string{"StringEquals": {"iam:AWSServiceName": {"servicequotas.amazonaws.com"}}},
					ImpliedBy:  "servicequotas:RequestServiceQuotaIncrease",
					Source:     "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/ServiceQuotasFullAccess.html",
				}),
		}
	}
	return both(), both()
}

// quotaHistory allows to list requests for increases. Lists of IAM's actions disagree whether
// that is on a quota or on no resource: this holds either way, and it only reads.
func quotaHistory() awspatterns.Permission {
	return awspatterns.Permission{
		Action: "servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota", Resources: []string{"*"},
		Source: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_servicequotas.html",
	}
}

// sendingQuotas are the ARNs of the quotas that there are increases of.
func sendingQuotas() []string {
	const prefix = "arn:${Partition}:servicequotas:${Region}:${Account}:" + quotasService + "/"
	return []string{prefix + region.SendingQuota, prefix + region.SendingRate}
}
