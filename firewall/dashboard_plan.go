package firewall

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// dashboardReads is how many things are read at a time.
const dashboardReads = 4

// ruleQuota is how many Contributor Insights rules an account has in a Region, unless
// its quota was raised ("CloudWatch service quotas" in the user guide).
const ruleQuota = 100

// A dashboardDecider makes a plan.
type dashboardDecider struct {
	opts  DashboardOptions
	parts dashboardParts
	plan  DashboardPlan

	stale []staleDashboardPart // what is to be deleted
}

type staleDashboardPart struct {
	kind string
	part dashboardPart
}

// decide reads everything and compares it with what is wanted.
func (d *dashboardDecider) decide(ctx context.Context) error {
	target := d.parts.target
	d.plan = DashboardPlan{
		Plan: awspatterns.Plan{Pattern: dashboardPattern, Target: target},
		Name: d.opts.Name, Found: []string{},
	}
	options, err := d.render(ctx)
	if err != nil || d.plan.Count(awspatterns.Unknown) > 0 {
		return err
	}
	wanted := wantedParts(d.plan.Dashboard)
	for _, kind := range []string{ruleKind, alarmKind} {
		if err := d.decideAll(ctx, kind, wanted[kind]); err != nil {
			return err
		}
	}
	if err := d.decideDashboard(ctx, wanted[dashboardKind]); err != nil {
		return err
	}
	d.deleteStale()
	if !d.opts.Remove && d.plan.Applies() {
		d.plan.Costs = dashboard.Costs(options, d.opts.Usage, d.opts.Prices)
	}
	return nil
}

// render reads the firewalls and renders what there should be: nothing for a removal,
// and if a firewall could not be read, for which it adds an unknown change.
func (d *dashboardDecider) render(ctx context.Context) (dashboard.Options, error) {
	target := d.parts.target
	options := dashboard.Options{
		Name: d.opts.Name, Partition: target.Partition, Account: target.Account, Region: target.Region,
		TopN: d.opts.TopN, RulesState: d.opts.RulesState, Alarms: d.opts.Alarms, Mark: d.parts.mark(),
	}
	if d.opts.Remove {
		return options, nil
	}
	var err error
	if options.Firewalls, err = d.firewalls(ctx); err != nil || d.plan.Count(awspatterns.Unknown) > 0 {
		return options, err
	}
	d.plan.Dashboard, err = dashboard.Render(options)
	return options, errors.Unwrap(err) // without its prefix
}

// A wantedDashboardPart is what there should be.
type wantedDashboardPart struct {
	name, settings string
	fields         []awspatterns.Field // that tell people what is created
}

// wantedParts returns the parts of a dashboard by kind.
func wantedParts(d dashboard.Dashboard) map[string][]wantedDashboardPart {
	wanted := map[string][]wantedDashboardPart{}
	for _, r := range d.Rules {
		wanted[ruleKind] = append(wanted[ruleKind], wantedDashboardPart{r.Name, wantedRule(r), insightRuleFields(r)})
	}
	for _, a := range d.Alarms {
		wanted[alarmKind] = append(wanted[alarmKind], wantedDashboardPart{a.AlarmName, wantedAlarm(a), alarmFields(a)})
	}
	if d.Name != "" {
		wanted[dashboardKind] = []wantedDashboardPart{{d.Name, string(dashboard.Canonical(d.Body.JSON())), dashboardFields(d)}}
	}
	return wanted
}

// firewalls reads the firewalls, and reports all that is wrong with any.
func (d *dashboardDecider) firewalls(ctx context.Context) ([]dashboard.Firewall, error) {
	read := make([]dashboardFirewall, len(d.opts.Firewalls))
	parallel.ForEach(len(read), dashboardReads, func(i int) { read[i] = readFirewall(ctx, d.parts.clients, d.opts.Firewalls[i]) })
	var firewalls []dashboard.Firewall
	refused := &DashboardProblemsError{}
	for _, f := range read {
		if f.unknown != nil && ctx.Err() != nil {
			return nil, f.unknown
		}
		if f.unknown != nil {
			d.addUnknown("Network Firewall firewall", f.Name, f.unknown)
		}
		for _, p := range f.problems {
			if slices.Contains(d.opts.Accept, p.Kind) {
				d.plan.Accepted = append(d.plan.Accepted, p)
			} else {
				refused.Problems = append(refused.Problems, p)
			}
		}
		f.SharedLogs = d.opts.SharedLogs
		firewalls = append(firewalls, f.Firewall)
	}
	if len(refused.Problems) > 0 {
		return nil, refused
	}
	return firewalls, nil
}

// add adds a change of what was found, by a hash that is empty for nothing.
func (d *dashboardDecider) add(kind, name, found string, c awspatterns.Change) {
	c.Resource = awspatterns.Resource{Type: kind, ID: name}
	d.plan.Changes = append(d.plan.Changes, c)
	d.plan.Found = append(d.plan.Found, found)
}

func (d *dashboardDecider) addUnknown(kind, name string, err error) {
	d.add(kind, name, "", awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(err)})
}

// decideAll decides about the rules or the alarms.
func (d *dashboardDecider) decideAll(ctx context.Context, kind string, wanted []wantedDashboardPart) error {
	found, total, err := d.parts.list(ctx, kind, "")
	if err != nil && ctx.Err() != nil {
		return err
	}
	if err != nil {
		d.addUnknown(kind, "all", err)
		return nil
	}
	d.readMarks(ctx, kind, found, wanted)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	byName := map[string]dashboardPart{}
	for _, part := range found {
		byName[part.name] = part
	}
	created := d.plan.Count(awspatterns.Create)
	for _, w := range wanted {
		part, ok := byName[w.name]
		part.gone = part.gone || !ok
		d.decidePart(kind, w, part)
		delete(byName, w.name)
	}
	created = d.plan.Count(awspatterns.Create) - created
	if kind == ruleKind && created > 0 && total+created > ruleQuota {
		d.plan.Notes = append(d.plan.Notes, fmt.Sprintf("There will be %d Contributor Insights rules in this Region, and without a raised quota an account has %d.", total+created, ruleQuota))
	}
	for _, part := range found {
		if _, other := byName[part.name]; other {
			d.decideOther(kind, part)
		}
	}
	return nil
}

// readMarks reads whose the parts are, where it matters: not of those that are as they
// should be, which are left whoever made them, unless they are to be adopted.
func (d *dashboardDecider) readMarks(ctx context.Context, kind string, found []dashboardPart, wanted []wantedDashboardPart) {
	settings := map[string]string{}
	for _, w := range wanted {
		settings[w.name] = w.settings
	}
	parallel.ForEach(len(found), dashboardReads, func(i int) {
		if d.opts.Adopt || settings[found[i].name] != found[i].settings {
			found[i] = d.parts.tagged(ctx, kind, found[i])
		}
	})
}

// decideOther decides about a part that is not wanted.
func (d *dashboardDecider) decideOther(kind string, part dashboardPart) {
	switch {
	case part.unknown != nil:
		d.addUnknown(kind, part.name, part.unknown)
	case !part.gone && part.mark == d.parts.mark():
		d.stale = append(d.stale, staleDashboardPart{kind, part})
	}
}

func (d *dashboardDecider) decideDashboard(ctx context.Context, wanted []wantedDashboardPart) error {
	part := d.parts.dashboard(ctx)
	if part.unknown != nil && ctx.Err() != nil {
		return part.unknown
	}
	if len(wanted) == 0 {
		d.decideOther(dashboardKind, part)
		return nil
	}
	d.decidePart(dashboardKind, wanted[0], part)
	return nil
}

// decidePart adds the change that a part takes, if any.
func (d *dashboardDecider) decidePart(kind string, want wantedDashboardPart, part dashboardPart) {
	ours := part.mark == d.parts.mark()
	switch {
	case part.unknown != nil:
		d.addUnknown(kind, want.name, part.unknown)
	case part.gone:
		d.add(kind, want.name, "", awspatterns.Change{Action: awspatterns.Create, Fields: want.fields})
	case part.settings == want.settings && (ours || !d.opts.Adopt):
	case ours:
		d.add(kind, want.name, part.hash(), awspatterns.Change{Action: awspatterns.Update, Fields: changedFields(kind, part.settings, want.settings)})
	case d.opts.Adopt:
		d.add(kind, want.name, part.hash(), awspatterns.Change{
			Action: awspatterns.Update, Adopts: true, Irreversible: adoptLoss(kind, part.settings != want.settings),
			Fields: append(d.markFields(kind, part), changedFields(kind, part.settings, want.settings)...),
			Reason: "this library did not make it for this dashboard; from now on it changes and deletes it",
		})
	default:
		d.add(kind, want.name, "", awspatterns.Change{Action: awspatterns.Blocked, Reason: foreignReason(part), Steps: []string{
			"remove what it belongs to, choose another name for the dashboard, or set Adopt to take it over",
		}})
	}
}

func foreignReason(part dashboardPart) string {
	if part.mark != "" {
		return "it has that name and belongs to " + part.mark
	}
	return "it has that name, and this library did not make it for this dashboard"
}

// adoptLoss tells what cannot be got back when something is taken over.
func adoptLoss(kind string, changes bool) string {
	if kind == dashboardKind && changes {
		return "what it shows now is replaced"
	}
	return ""
}

// deleteStale adds deletions: of the dashboard first, which shows the others.
func (d *dashboardDecider) deleteStale() {
	losses := map[string]string{ruleKind: "what it has counted: a new rule of that name begins anew"}
	for _, kind := range []string{dashboardKind, alarmKind, ruleKind} {
		for _, s := range d.stale {
			if s.kind == kind {
				d.add(kind, s.part.name, s.part.hash(), awspatterns.Change{
					Action: awspatterns.Delete, Reason: "made for this dashboard, and not wanted any more", Irreversible: losses[kind],
				})
			}
		}
	}
}
