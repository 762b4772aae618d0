package firewall

import (
	"context"
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
	wanted map[awspatterns.Resource]string // the settings that there should be
	result *DashboardResult
	looked dashboardPart // by the last look
}

// wanted returns the settings that there should be, by resource.
func (p *DashboardPlan) wanted() map[awspatterns.Resource]string {
	settings := map[awspatterns.Resource]string{}
	for kind, parts := range wantedParts(p.Dashboard) {
		for _, part := range parts {
			settings[awspatterns.Resource{Type: kind, ID: part.name}] = part.settings
		}
	}
	return settings
}

// check checks that what is in the plan fits together: the changes are what was approved.
func (p *DashboardPlan) check(wanted map[awspatterns.Resource]string) error {
	if len(p.Found) != len(p.Changes) {
		return fmt.Errorf("%d changes, and %d things that were found: %w", len(p.Changes), len(p.Found), awspatterns.ErrAltered)
	}
	for i, c := range p.Changes {
		_, isWanted := wanted[c.Resource]
		fits := isPartOf(c.Resource, p.Name)
		switch c.Action {
		case awspatterns.Create:
			fits = fits && isWanted && p.Found[i] == ""
		case awspatterns.Update:
			fits = fits && isWanted && p.Found[i] != ""
		case awspatterns.Delete:
			fits = fits && !isWanted && p.Found[i] != ""
		default:
			fits = !c.Action.Applies()
		}
		if !fits {
			return fmt.Errorf("the change %s %s is not one of this dashboard: %w", c.Action, c.Resource, awspatterns.ErrAltered)
		}
	}
	return nil
}

// isPartOf reports whether a resource can be a part of a dashboard.
func isPartOf(r awspatterns.Resource, name string) bool {
	switch r.Type {
	case dashboardKind:
		return r.ID == name
	case ruleKind:
		return dashboard.IsRuleName(r.ID)
	}
	return r.Type == alarmKind && dashboard.IsAlarmName(r.ID)
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
	change := a.plan.Changes[i]
	part, err := a.parts.part(ctx, change.Resource.Type, change.Resource.ID)
	if err != nil {
		return apply.Other, err
	}
	a.looked = part
	ours := part.mark == a.parts.mark()
	wanted := change.Action != awspatterns.Delete && !part.gone && part.settings == a.wanted[change.Resource]
	switch {
	case part.gone && change.Action == awspatterns.Delete, ours && wanted:
		return apply.AsPlanned, nil
	case part.gone && change.Action == awspatterns.Create:
		return apply.AsFound, nil
	case !part.gone && (ours || change.Adopts) && change.Action != awspatterns.Create && (wanted || part.hash() == a.plan.Found[i]):
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
		if a.looked.settings == a.wanted[change.Resource] {
			return nil
		}
	}
	messages, err := a.parts.write(ctx, kind, name, a.wanted[change.Resource], change.Action == awspatterns.Create)
	a.result.Messages = append(a.result.Messages, messages...)
	return err
}
