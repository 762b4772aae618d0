package firewall

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/rules"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
)

const (
	ruleGroupType      = "Network Firewall rule group"
	firewallPolicyType = "Network Firewall policy"
)

// decideGeoRuleGroup compares what was found with what there should be.
func decideGeoRuleGroup(opts GeoRuleGroupOptions, target awspatterns.Target, found foundGeoGroups) (GeoRuleGroupPlan, error) {
	p := GeoRuleGroupPlan{
		Plan: awspatterns.Plan{Pattern: geoGroupPattern, Target: target},
		Name: opts.Name,
	}
	if found.tellUnknown(&p, opts) {
		return p, apply.Seal(&p.Plan, &p)
	}
	d := geoGroupDecision{plan: &p, opts: opts, found: found}
	if err := d.decide(); err != nil {
		return p, err
	}
	return p, apply.Seal(&p.Plan, &p)
}

// tellUnknown adds what could not be read, and reports whether there is any.
func (f foundGeoGroups) tellUnknown(p *GeoRuleGroupPlan, opts GeoRuleGroupOptions) bool {
	tell := func(err error, kind, id string) {
		if err != nil {
			p.Changes = append(p.Changes, awspatterns.Change{
				Action: awspatterns.Unknown, Resource: awspatterns.Resource{Type: kind, ID: id}, Reason: reason.Of(err),
			})
		}
	}
	tell(f.unknown, ruleGroupType+"s", "all")
	for _, g := range f.groups {
		tell(g.unknown, ruleGroupType, g.arn)
	}
	tell(f.policyUnknown, firewallPolicyType, opts.Policy)
	return len(p.Changes) > 0
}

// A geoGroupDecision makes a plan of what was found, all of which is known.
type geoGroupDecision struct {
	plan  *GeoRuleGroupPlan
	opts  GeoRuleGroupOptions
	found foundGeoGroups

	ours []geoGroup // of this Name, by number
	keep *geoGroup  // that stays or is changed; nil if one is created
}

func (d *geoGroupDecision) decide() error {
	foreign := ""
	for _, g := range d.found.groups {
		switch {
		case d.marked(g) || d.opts.Adopt && g.number == 1:
			d.ours = append(d.ours, g)
		case g.number == 1:
			foreign = g.arn
		}
	}
	if foreign != "" && len(d.ours) == 0 {
		d.block(ruleGroupType, foreign, "there is a rule group of that name that this library did not create",
			"delete it, choose another Name, or set Adopt to take it over")
		return nil
	}
	for i, g := range d.ours {
		if orderOf(g.rules) == d.opts.Order {
			d.keep = &d.ours[i]
		}
	}
	if d.keep != nil && d.keep.status == types.ResourceStatusError {
		d.block(ruleGroupType, d.keep.arn, "its status is ERROR", "see to it in the console; it may lack its KMS key")
		return nil
	}
	rendered, ok, err := d.render()
	if err != nil || !ok {
		return err
	}
	d.setGroup(rendered)
	if d.obstacle() {
		return nil
	}
	d.group()
	d.policy()
	d.surplus()
	return nil
}

func (d *geoGroupDecision) marked(g geoGroup) bool {
	return g.tags[geoGroupMarkKey] == geoGroupMark(d.opts.Name)
}

func (d *geoGroupDecision) block(kind, id, why string, steps ...string) {
	d.add(awspatterns.Change{Action: awspatterns.Blocked, Reason: why, Steps: steps}, kind, id)
}

func (d *geoGroupDecision) add(c awspatterns.Change, kind, id string) {
	c.Resource = awspatterns.Resource{Type: kind, ID: id}
	d.plan.Changes = append(d.plan.Changes, c)
}

// render renders the rules with the sids that there are. It is not ok if these are not
// known, which blocks.
func (d *geoGroupDecision) render() (rendered rules.GeoRules, ok bool, err error) {
	var sids rules.Sids
	if d.opts.Sids != nil {
		sids = *d.opts.Sids
	} else if n := len(d.ours); n > 0 {
		from := d.ours[n-1]
		if d.keep != nil {
			from = *d.keep
		}
		if sids, err = recoverSids(from.rules); err != nil {
			d.block(ruleGroupType, from.arn, "not all of its rules can be read, so that their sids are not known: "+err.Error(),
				"remove what cannot be read, or set Sids")
			return rendered, false, nil
		}
	}
	capacity := 0
	if d.keep != nil {
		capacity = d.keep.capacity
	}
	rendered, err = d.opts.render(sids, capacity)
	if rendered.Capacity.NeedsReplace {
		d.keep = nil
	}
	return rendered, err == nil, err
}

// setGroup says what the group is to be.
func (d *geoGroupDecision) setGroup(rendered rules.GeoRules) {
	d.plan.Sids, d.plan.Capacity, d.plan.Notes = rendered.Sids, rendered.Capacity, rendered.Notes
	g := PlannedRuleGroup{
		Name: d.newName(), Description: d.opts.Description, Order: rendered.Order, Capacity: rendered.Capacity.Reserve,
		Variables: d.opts.Variables, References: d.opts.References, Tags: map[string]string{},
	}
	if d.keep != nil {
		g.Name, g.Token, g.Capacity = d.keep.name, d.keep.token, d.keep.capacity
	}
	if d.opts.Form == SuricataText {
		g.Text = rendered.Text
	} else {
		g.Standard = rendered.Standard
	}
	maps.Copy(g.Tags, d.opts.Tags)
	g.Tags[geoGroupMarkKey] = geoGroupMark(d.opts.Name)
	t := d.plan.Target
	g.ARN = strings.Join([]string{"arn", t.Partition, "network-firewall", t.Region, t.Account, "stateful-rulegroup/" + g.Name}, ":")
	d.plan.Group = g
}

// newName is a name that no group has. The first may be that of one that is being
// deleted, which is waited for.
func (d *geoGroupDecision) newName() string {
	if len(d.ours) == 0 {
		return d.opts.Name
	}
	number := d.ours[len(d.ours)-1].number + 1
	for d.found.taken[number] {
		number++
	}
	return numberedName(d.opts.Name, number)
}

// others are the ARNs of the groups of this Name that do not stay.
func (d *geoGroupDecision) others() (arns []string) {
	for _, g := range d.ours {
		if g.arn != d.plan.Group.ARN {
			arns = append(arns, g.arn)
		}
	}
	return arns
}

// obstacle adds what keeps the policy from using the group, and reports whether there
// is any. Nothing is changed then.
func (d *geoGroupDecision) obstacle() bool {
	if d.found.policy == nil {
		return false
	}
	change := d.found.policy.Obstacle(d.plan.Group.ARN, types.RuleOrder(d.opts.Order), int32(d.opts.Priority), d.others())
	if change.Action == "" {
		return false
	}
	d.add(change, firewallPolicyType, d.found.policy.ARN)
	return true
}

// group adds the change of the group, if any.
func (d *geoGroupDecision) group() {
	want := d.plan.Group
	if d.keep != nil {
		if fields := d.keep.fields(want); len(fields) > 0 {
			d.add(d.noted(*d.keep, awspatterns.Change{Action: awspatterns.Update, Fields: d.used(*d.keep, fields)}), ruleGroupType, want.ARN)
		}
		return
	}
	if len(d.ours) == 0 {
		none := geoGroup{}
		d.add(d.noted(none, awspatterns.Change{Action: awspatterns.Create, Fields: d.used(none, none.fields(want))}), ruleGroupType, want.ARN)
		return
	}
	old := d.ours[len(d.ours)-1]
	d.add(d.noted(old, awspatterns.Change{
		Action: awspatterns.Replace, Fields: d.used(old, old.fields(want)), Reason: d.whyReplace(old), Steps: d.steps(old),
	}), ruleGroupType, old.arn)
}

// used puts before the fields how much capacity the rules take. It alone is no
// difference: the service counts by itself.
func (d *geoGroupDecision) used(g geoGroup, fields []awspatterns.Field) []awspatterns.Field {
	f := awspatterns.Field{Name: "capacity used", New: fmt.Sprintf("%d of %d", d.plan.Capacity.Used, d.plan.Group.Capacity)}
	if g.capacity > 0 {
		f.Old = fmt.Sprintf("%d of %d", g.consumed, g.capacity)
	}
	if f.Old == f.New {
		return fields
	}
	return append([]awspatterns.Field{f}, fields...)
}

// noted says of a change that the group is not ours, if it is not, and what is to be
// known of the rules.
func (d *geoGroupDecision) noted(g geoGroup, c awspatterns.Change) awspatterns.Change {
	var why []string
	if c.Reason != "" {
		why = append(why, c.Reason)
	}
	if g.arn != "" && !d.marked(g) {
		c.Adopts, why = true, append(why, "this library did not create it, and its rules are replaced")
	}
	for _, note := range d.plan.Notes {
		why = append(why, note.String())
	}
	c.Reason = strings.Join(why, "; ")
	return c
}

func (d *geoGroupDecision) whyReplace(old geoGroup) string {
	if has := orderOf(old.rules); has != d.opts.Order {
		return fmt.Sprintf("its order is %s, which cannot be changed", has)
	}
	return fmt.Sprintf("its capacity is %d, which cannot be changed, and the rules take %d", old.capacity, d.plan.Capacity.Used)
}

func (d *geoGroupDecision) steps(old geoGroup) []string {
	steps := []string{"create the rule group " + d.plan.Group.Name}
	if d.found.policy != nil {
		steps = append(steps, "put it into the policy "+d.found.policy.Name+", in one change, in the place of "+old.name)
	}
	return append(steps, "delete the rule group "+old.name+" once no policy uses it")
}

// fields returns what differs. Of a group that does not exist, all does.
func (g *geoGroup) fields(want PlannedRuleGroup) []awspatterns.Field {
	beside := []awspatterns.Field{
		{Name: "name", Old: g.name, New: want.Name},
		{Name: "description", Old: g.description, New: want.Description},
		{Name: "capacity", Old: shownNumber(g.capacity), New: shownNumber(want.Capacity)},
	}
	beside = slices.DeleteFunc(beside, func(f awspatterns.Field) bool { return f.Old == f.New })
	return slices.Concat(beside, differences(g.rules, want.content()), settingFields(g.tagsIn(want.Tags), want.Tags, "tag "))
}

// tagsIn returns those tags of the group that there is a wish about.
func (g *geoGroup) tagsIn(want map[string]string) map[string]string {
	tags := maps.Clone(g.tags)
	maps.DeleteFunc(tags, func(key, _ string) bool { _, wanted := want[key]; return !wanted })
	return tags
}

func shownNumber(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// policy adds the change of the policy, if any.
func (d *geoGroupDecision) policy() {
	p := d.found.policy
	if p == nil {
		return
	}
	d.plan.Policy = &PlannedReference{ARN: p.ARN, Token: p.Token, Priority: d.opts.Priority}
	fields := []awspatterns.Field{}
	for _, arn := range append(d.others(), d.plan.Group.ARN) {
		old, next := "", ""
		if r := p.Reference(arn); r != nil {
			old = shownReference(r)
			if arn != d.plan.Group.ARN {
				d.plan.Policy.Instead = append(d.plan.Policy.Instead, arn)
			}
		}
		if arn == d.plan.Group.ARN {
			next = shownReference(&types.StatefulRuleGroupReference{Priority: aws.Int32(int32(d.opts.Priority))})
		}
		if old != next {
			fields = append(fields, awspatterns.Field{Name: "rule group " + arn, Old: old, New: next})
		}
	}
	if _, changed := p.Attach(d.plan.Group.ARN, int32(d.opts.Priority), d.plan.Policy.Instead); changed {
		d.add(awspatterns.Change{Action: awspatterns.Update, Fields: fields}, firewallPolicyType, p.ARN)
	}
}

func shownReference(r *types.StatefulRuleGroupReference) string {
	if n := aws.ToInt32(r.Priority); n != 0 {
		return fmt.Sprintf("priority %d", n)
	}
	return "used"
}

// surplus adds the deletion of groups whose place is taken. One that other policies use
// is left to a person.
func (d *geoGroupDecision) surplus() {
	for _, g := range d.ours {
		if g.arn == d.plan.Group.ARN {
			continue
		}
		uses := g.uses
		if d.found.policy != nil && d.found.policy.Reference(g.arn) != nil {
			uses--
		}
		if uses > 0 {
			d.add(awspatterns.Change{
				Action: awspatterns.Manual, Reason: fmt.Sprintf("other policies use it: %d", uses),
				Steps: []string{"put " + d.plan.Group.ARN + " in its place there, and plan again: then it is deleted"},
			}, ruleGroupType, g.arn)
			continue
		}
		d.plan.Surplus = append(d.plan.Surplus, FoundRuleGroup{Name: g.name, ARN: g.arn, Token: g.token})
		d.add(awspatterns.Change{
			Action: awspatterns.Delete, Reason: d.plan.Group.Name + " has taken its place", Adopts: !d.marked(g),
			Irreversible: "its rules; those of " + d.plan.Group.Name + " act instead",
		}, ruleGroupType, g.arn)
	}
}
