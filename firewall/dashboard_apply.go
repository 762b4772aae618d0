package firewall

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// A dashboardApplier applies a plan.
type dashboardApplier struct {
	plan   DashboardPlan
	parts  dashboardParts
	result *DashboardResult
	looked dashboardPart // by the last look
}

// check checks that changes and values, which both are in the plan, fit each other: the
// changes are what was approved.
func (p *DashboardPlan) check() error {
	if len(p.Values) != len(p.Changes) {
		return fmt.Errorf("%d changes and %d values: %w", len(p.Changes), len(p.Values), awspatterns.ErrAltered)
	}
	for i, c := range p.Changes {
		if c.Action.Applies() && !p.fits(c, p.Values[i]) {
			return fmt.Errorf("the change %s %s is not one of this dashboard: %w", c.Action, c.Resource, awspatterns.ErrAltered)
		}
	}
	return nil
}

func (p *DashboardPlan) fits(c awspatterns.Change, v DashboardValue) bool {
	var named struct{ AlarmName string }
	switch id := c.Resource.ID; c.Resource.Type {
	case dashboardKind:
		if id != p.Name {
			return false
		}
	case ruleKind:
		if !dashboard.IsRuleName(id) {
			return false
		}
	case alarmKind:
		if !dashboard.IsAlarmName(id) || v.Wanted != "" && (json.Unmarshal([]byte(v.Wanted), &named) != nil || named.AlarmName != id) {
			return false
		}
	default:
		return false
	}
	switch c.Action {
	case awspatterns.Create:
		return v.Found == "" && json.Valid([]byte(v.Wanted))
	case awspatterns.Update:
		return v.Found != "" && json.Valid([]byte(v.Wanted))
	}
	return c.Action == awspatterns.Delete && v.Found != "" && v.Wanted == ""
}

// prepare checks what can be checked before anything is changed.
func (a *dashboardApplier) prepare(ctx context.Context) error {
	if err := a.parts.clients.checkDashboard(false); err != nil {
		return err
	}
	target, err := identity.Target(ctx, a.parts.clients.STS, a.parts.clients.Region)
	if err != nil {
		return err
	}
	return apply.CheckTarget(a.plan.Plan, target)
}

// look compares a part with the plan. One whose settings are as wanted and that lacks
// only the mark, or the other way round, is on the way of being taken over.
func (a *dashboardApplier) look(ctx context.Context, i int) (apply.Now, error) {
	change, value := a.plan.Changes[i], a.plan.Values[i]
	part, err := a.parts.part(ctx, change.Resource.Type, change.Resource.ID)
	if err != nil {
		return apply.Other, err
	}
	a.looked = part
	ours := part.mark == a.parts.mark()
	wanted := !part.gone && part.settings == value.Wanted
	switch {
	case part.gone && change.Action == awspatterns.Delete, ours && wanted:
		return apply.AsPlanned, nil
	case part.gone && change.Action == awspatterns.Create:
		return apply.AsFound, nil
	case !part.gone && (ours || change.Adopts) && change.Action != awspatterns.Create && (wanted || part.hash() == value.Found):
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

// do makes a change. What is adopted as it should be is only marked.
func (a *dashboardApplier) do(ctx context.Context, i int) error {
	change := a.plan.Changes[i]
	kind, name := change.Resource.Type, change.Resource.ID
	if change.Action == awspatterns.Delete {
		return a.parts.remove(ctx, kind, name)
	}
	if change.Adopts {
		if err := a.parts.adopt(ctx, kind, name); err != nil {
			return err
		}
		if a.looked.settings == a.plan.Values[i].Wanted {
			return nil
		}
	}
	messages, err := a.parts.write(ctx, kind, name, a.plan.Values[i].Wanted, change.Action == awspatterns.Create)
	a.result.Messages = append(a.result.Messages, messages...)
	return err
}
