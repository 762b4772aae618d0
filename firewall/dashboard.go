package firewall

import (
	"context"
	"fmt"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// DashboardOptions say which firewalls a dashboard shows.
type DashboardOptions struct {
	// Firewalls by name, of the account and Region of the clients. Each has a section
	// of 60 widgets and 26 Contributor Insights rules; a dashboard holds eight.
	Firewalls []string `json:"firewalls,omitempty"`

	// Name of the dashboard: 1 to 255 letters, digits, "-" and "_", which no dashboard
	// of another Region has, since they belong to the account. Defaults to the name of
	// the firewall with "-dashboard", if there is one.
	Name string `json:"name,omitempty"`

	// TopN is how many contributors and rows lists have, 1 to 100. Defaults to 10.
	TopN int `json:"topN,omitempty"`

	// RulesState is ENABLED, the default, or DISABLED. A rule that changes between
	// them keeps its history.
	RulesState string `json:"rulesState,omitempty"`

	// Alarms, if any are wanted.
	Alarms *dashboard.AlarmOptions `json:"alarms,omitempty"`

	// SharedLogs says that firewalls that are not on this dashboard log to the same log
	// groups. Those of the dashboard that share a group are told apart anyway.
	SharedLogs bool `json:"sharedLogs,omitempty"`

	// Accept are problems in spite of which there is to be a dashboard.
	Accept []DashboardProblemKind `json:"accept,omitempty"`

	// Adopt takes over a dashboard, rules and alarms of the same names that this
	// library did not make for this dashboard, such as those of the template by AWS. They
	// are otherwise blocked.
	Adopt bool `json:"adopt,omitempty"`

	// Remove deletes the dashboard and all rules and alarms that were made for it, also
	// if another dashboard makes use of them. Firewalls then only serve to name it, and
	// need not be there any more.
	Remove bool `json:"remove,omitempty"`

	// Usage and Prices are for the costs that the plan states.
	Usage  dashboard.Usage  `json:"usage,omitzero"`
	Prices dashboard.Prices `json:"prices,omitzero"`
}

// A DashboardPlan says what is created, changed and deleted.
type DashboardPlan struct {
	awspatterns.Plan

	Name string `json:"name"`

	// Dashboard is all that there should be, changed or not: to be looked at, or to be
	// created by others. It is empty for a removal, and while a firewall is unknown.
	Dashboard dashboard.Dashboard `json:"dashboard"`

	// Found belong to the changes with the same index: a hash of the settings that were
	// there, empty if there were none.
	Found []string `json:"found"`

	// Accepted are the problems that were found and accepted.
	Accepted []DashboardProblem `json:"accepted,omitempty"`

	// Notes tell what may keep the plan from being applied, a sentence each.
	Notes []string `json:"notes,omitempty"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// DashboardResult is what applying a plan did.
type DashboardResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan
	Name     string
	URL      string // of the dashboard in the console, empty after a removal

	// Messages are what CloudWatch said of the body although it took it.
	Messages []DashboardMessage
}

// A DashboardMessage is what CloudWatch says of a part of a body.
type DashboardMessage struct {
	DataPath string `json:"dataPath"` // such as "/widgets/3/properties"
	Message  string `json:"message"`
}

const dashboardPattern = "firewall.Dashboard"

// PlanDashboard compares what is in the account with a CloudWatch dashboard of
// firewalls, as [dashboard.Render] renders it. It only reads: of each firewall its
// endpoints and where it logs to, whether the log groups are there, and what has the
// names of the dashboard, its rules and its alarms.
//
// What stands in the way of a dashboard that shows right numbers, such as logs that go
// to S3, is an error of planning, a [*DashboardProblemsError] with everything that was
// found of all firewalls. What cannot be read is an unknown change, and the plan is
// incomplete; a firewall that cannot be read leaves the whole dashboard unknown.
//
// Rules and alarms that this library makes carry a tag with the Region and name of the
// dashboard, and the dashboard has it in the text of its first widget. Others are left
// alone without Adopt, and a dashboard makes use of those that are as it needs them: so
// two dashboards can show one firewall. What was made for the dashboard and is no longer part of it, such
// as the rules of a firewall that it does not show any more, is deleted. Bodies,
// definitions and alarms are compared by what they mean, so that planning after applying
// finds nothing.
//
// Costs are of a month and stated whenever the plan changes something: Contributor
// Insights charges for each log event once for every rule that it matches.
//
// IAM actions: [DashboardPermissions].
func PlanDashboard(ctx context.Context, c Clients, opts DashboardOptions) (DashboardPlan, error) {
	opts = opts.withDefaults()
	plan, err := planDashboard(ctx, c, opts)
	if err != nil {
		return DashboardPlan{}, fmt.Errorf("firewall: plan dashboard %s: %w", opts.Name, reason.Cause(ctx, err))
	}
	return plan, nil
}

func planDashboard(ctx context.Context, c Clients, opts DashboardOptions) (DashboardPlan, error) {
	if err := opts.validate(c.Region); err != nil {
		return DashboardPlan{}, err
	}
	if err := c.checkDashboard(!opts.Remove); err != nil {
		return DashboardPlan{}, err
	}
	target, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return DashboardPlan{}, err
	}
	d := dashboardDecider{opts: opts, parts: dashboardParts{clients: c, target: target, name: opts.Name}}
	if err := d.decide(ctx); err != nil {
		return DashboardPlan{}, err
	}
	return d.plan, apply.Seal(&d.plan.Plan, &d.plan)
}

// ApplyDashboard makes the changes of a plan: rules and alarms, then the dashboard that
// shows them, then deletions. To remove it, the dashboard goes first. Before each
// change it looks again: what is already as planned is left, so that a plan may be
// applied again after a failure; what is not as found makes the error wrap
// [awspatterns.ErrStale]. CloudWatch knows no conditional writes, so what others change
// between that look and the change is lost.
//
// A rule or alarm that is adopted is tagged first. No rule is deleted and made again.
//
// A plan without changes calls nothing. The result is valid even if there is an error:
// it has an outcome for each change.
//
// Errors wrap [awspatterns.ErrWrongAccount] and [awspatterns.ErrAltered] before anything
// is changed, [awspatterns.ErrStale] when it is found, and [awspatterns.ErrIncomplete] if
// blocked or unknown changes, or deletions of an incomplete plan, were left. A body that
// CloudWatch refuses and a rule that it does not delete, a [*DashboardRuleError], are
// errors, too.
//
// IAM actions: [DashboardPermissions].
func ApplyDashboard(ctx context.Context, c Clients, plan DashboardPlan) (DashboardResult, error) {
	result := DashboardResult{Outcomes: apply.Pending(plan.Plan), Name: plan.Name, URL: plan.Dashboard.URL}
	err := applyDashboard(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("firewall: apply dashboard %s: %w", plan.Name, reason.Cause(ctx, err))
	}
	return result, err
}

func applyDashboard(ctx context.Context, c Clients, plan DashboardPlan, result *DashboardResult) error {
	if err := apply.Verify(&plan.Plan, &plan, dashboardPattern); err != nil {
		return err
	}
	wanted := plan.wanted()
	if err := plan.check(wanted); err != nil {
		return err
	}
	a := dashboardApplier{plan: plan, parts: dashboardParts{clients: c, target: plan.Target, name: plan.Name}, wanted: wanted, result: result}
	var err error
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{Prepare: a.prepare, Look: a.look, Do: a.do, Progress: plan.Progress})
	return err
}
