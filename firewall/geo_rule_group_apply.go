package firewall

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/networkpolicy"
	"github.com/awspatterns/awspatterns/internal/pace"
)

// check checks that the changes, which are what was approved, are about what the plan
// holds beside them.
func (p *GeoRuleGroupPlan) check() error {
	for _, c := range p.Changes {
		if c.Action.Applies() && !p.fits(c) {
			return fmt.Errorf("the change %s %s is not about what the plan holds: %w", c.Action, c.Resource.ID, awspatterns.ErrAltered)
		}
	}
	return nil
}

func (p *GeoRuleGroupPlan) fits(c awspatterns.Change) bool {
	switch {
	case c.Resource.Type == firewallPolicyType:
		return c.Action == awspatterns.Update && p.Policy != nil && p.Policy.ARN == c.Resource.ID
	case c.Action == awspatterns.Delete:
		return p.surplus(c.Resource.ID) >= 0 && c.Resource.ID != p.Group.ARN
	case c.Action == awspatterns.Update:
		return p.Group.Token != "" && c.Resource.ID == p.Group.ARN
	case c.Action == awspatterns.Create:
		return p.Group.Token == "" && c.Resource.ID == p.Group.ARN
	}
	return p.Group.Token == "" && c.Resource.ID != p.Group.ARN // a replacement
}

func (p *GeoRuleGroupPlan) surplus(arn string) int {
	return slices.IndexFunc(p.Surplus, func(f FoundRuleGroup) bool { return f.ARN == arn })
}

// A geoGroupApplier applies a plan.
type geoGroupApplier struct {
	plan    GeoRuleGroupPlan
	clients Clients
	result  *GeoRuleGroupResult

	// What the last look found.
	group  geoGroup
	there  bool
	policy networkpolicy.Policy
}

// prepare checks what can be checked before anything is changed.
func (a *geoGroupApplier) prepare(ctx context.Context) error {
	if err := checkGeoGroupClients(a.clients); err != nil {
		return err
	}
	target, err := identity.Target(ctx, a.clients.STS, a.clients.Region)
	if err != nil {
		return err
	}
	return apply.CheckTarget(a.plan.Plan, target)
}

// look compares a group or the policy with the plan.
func (a *geoGroupApplier) look(ctx context.Context, i int) (apply.Now, error) {
	c := a.plan.Changes[i]
	switch {
	case c.Resource.Type == firewallPolicyType:
		return a.lookPolicy(ctx)
	case c.Action == awspatterns.Delete:
		return a.lookSurplus(ctx, a.plan.Surplus[a.plan.surplus(c.Resource.ID)])
	}
	return a.lookGroup(ctx)
}

func (a *geoGroupApplier) read(ctx context.Context, arn string) error {
	a.group, a.there = geoGroupReader{a.clients.NetworkFirewall}.get(ctx, arn)
	return a.group.unknown
}

// lookGroup also takes a group for as found whose rules were changed and whose tags
// were not yet.
func (a *geoGroupApplier) lookGroup(ctx context.Context) (apply.Now, error) {
	want := a.plan.Group
	if err := a.read(ctx, want.ARN); err != nil {
		return apply.Other, err
	}
	switch {
	case !a.there && want.Token == "":
		return apply.AsFound, nil
	case !a.there:
		return apply.Other, nil
	case len(a.group.fields(want)) == 0:
		a.result.ARN = want.ARN
		return apply.AsPlanned, nil
	case want.Token != "" && (a.group.token == want.Token || a.isChanged()):
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

// isChanged reports whether the group is as planned but for its tags.
func (a *geoGroupApplier) isChanged() bool {
	want := a.plan.Group
	want.Tags = nil
	return len(a.group.fields(want)) == 0
}

func (a *geoGroupApplier) lookPolicy(ctx context.Context) (now apply.Now, err error) {
	want := a.plan.Policy
	if a.policy, err = networkpolicy.Read(ctx, a.clients.NetworkFirewall, want.ARN); err != nil {
		return apply.Other, err
	}
	_, changed := a.policy.Attach(a.plan.Group.ARN, int32(want.Priority), want.Instead)
	switch {
	case !changed:
		return apply.AsPlanned, nil
	case a.policy.Token == want.Token:
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

func (a *geoGroupApplier) lookSurplus(ctx context.Context, f FoundRuleGroup) (apply.Now, error) {
	if err := a.read(ctx, f.ARN); err != nil {
		return apply.Other, err
	}
	switch {
	case !a.there:
		return apply.AsPlanned, nil
	case a.group.token == f.Token:
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

// do makes a change.
func (a *geoGroupApplier) do(ctx context.Context, i int) error {
	c := a.plan.Changes[i]
	switch {
	case c.Resource.Type == firewallPolicyType:
		attached, _ := a.policy.Attach(a.plan.Group.ARN, int32(a.plan.Policy.Priority), a.plan.Policy.Instead)
		return explained(networkpolicy.Put(ctx, a.clients.NetworkFirewall, attached))
	case c.Action == awspatterns.Delete:
		return explained(a.delete(ctx, c.Resource.ID))
	case c.Action == awspatterns.Update:
		return explained(a.update(ctx))
	}
	return explained(a.create(ctx))
}

// create creates the group, once one of its name is gone that was being deleted.
func (a *geoGroupApplier) create(ctx context.Context) error {
	for until := time.Now().Add(geoGroupWait); a.group.status == types.ResourceStatusDeleting; {
		if err := wait(ctx, until); err != nil {
			return fmt.Errorf("a rule group of that name is being deleted: %w", err)
		}
		if err := a.read(ctx, a.plan.Group.ARN); err != nil {
			return err
		}
	}
	in := a.plan.Group.createInput()
	for _, in.DryRun = range []bool{true, false} {
		if _, err := a.clients.NetworkFirewall.CreateRuleGroup(ctx, in); err != nil {
			return a.movedIfThere(ctx, err)
		}
	}
	a.result.ARN = a.plan.Group.ARN
	return nil
}

// movedIfThere marks the refusal of a creation as one that tells that the group has
// come to be: by another hand, or by this call if its answer was lost and the SDK made
// it again.
func (a *geoGroupApplier) movedIfThere(ctx context.Context, err error) error {
	if _, refused := errors.AsType[*types.InvalidRequestException](err); !refused {
		return err
	}
	if a.read(ctx, a.plan.Group.ARN) == nil && a.there {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

// update changes what is not yet as planned: the rules, then the tags.
func (a *geoGroupApplier) update(ctx context.Context) error {
	if !a.isChanged() {
		in := a.plan.Group.updateInput(a.group)
		for _, in.DryRun = range []bool{true, false} {
			_, err := a.clients.NetworkFirewall.UpdateRuleGroup(ctx, in)
			if _, stale := errors.AsType[*types.InvalidTokenException](err); stale {
				return fmt.Errorf("%w: %w", apply.ErrMoved, err)
			}
			if err != nil {
				return err
			}
		}
	}
	a.result.ARN = a.plan.Group.ARN
	if len(settingFields(a.group.tagsIn(a.plan.Group.Tags), a.plan.Group.Tags, "")) == 0 {
		return nil
	}
	_, err := a.clients.NetworkFirewall.TagResource(ctx, &nfw.TagResourceInput{ResourceArn: &a.plan.Group.ARN, Tags: groupTags(a.plan.Group.Tags)})
	return err
}

// delete deletes a group. For a moment after the policy that used it is changed, the
// service takes it for used.
func (a *geoGroupApplier) delete(ctx context.Context, arn string) error {
	for until := time.Now().Add(geoGroupWait); ; {
		_, err := a.clients.NetworkFirewall.DeleteRuleGroup(ctx, &nfw.DeleteRuleGroupInput{RuleGroupArn: &arn})
		if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
			return nil
		}
		if _, refused := errors.AsType[*types.InvalidOperationException](err); !refused {
			return err
		}
		if unread := a.read(ctx, arn); unread != nil || !a.there {
			return unread
		}
		if late := wait(ctx, until); late != nil {
			return fmt.Errorf("%w: policies that use it: %d: %w", late, a.group.uses, err)
		}
	}
}

const (
	geoGroupPoll = 2 * time.Second
	geoGroupWait = 10 * time.Minute
)

// wait waits a moment. It is an error that the time is up.
func wait(ctx context.Context, until time.Time) error {
	if !time.Now().Before(until) {
		return fmt.Errorf("the service is not ready in %v; apply the plan again later", geoGroupWait)
	}
	return pace.Sleep(ctx, geoGroupPoll)
}

// explained adds to an error of the service what to do about it.
func explained(err error) error {
	if _, limit := errors.AsType[*types.LimitExceededException](err); limit {
		return fmt.Errorf("%w; delete rule groups that no policy uses, or have the quota raised (Service Quotas, AWS Network Firewall)", err)
	}
	if _, room := errors.AsType[*types.InsufficientCapacityException](err); room {
		return fmt.Errorf("%w; AWS has no room for it now: apply the plan again later", err)
	}
	return err
}

// dryRun has the service judge the change of the group.
func (p *GeoRuleGroupPlan) dryRun(ctx context.Context, c NetworkFirewallAPI, found foundGeoGroups) error {
	for _, change := range p.Changes {
		if change.Resource.Type != ruleGroupType {
			continue
		}
		var err error
		switch change.Action {
		case awspatterns.Create, awspatterns.Replace:
			in := p.Group.createInput()
			in.DryRun = true
			_, err = c.CreateRuleGroup(ctx, in)
		case awspatterns.Update:
			i := slices.IndexFunc(found.groups, func(g geoGroup) bool { return g.arn == p.Group.ARN })
			in := p.Group.updateInput(found.groups[i])
			in.DryRun = true
			_, err = c.UpdateRuleGroup(ctx, in)
		}
		if err != nil {
			return fmt.Errorf("a dry run of the rule group %s: %w", p.Group.Name, explained(err))
		}
	}
	return nil
}

func (p PlannedRuleGroup) createInput() *nfw.CreateRuleGroupInput {
	content := p.content()
	in := &nfw.CreateRuleGroupInput{
		RuleGroupName: &p.Name, Type: types.RuleGroupTypeStateful, Capacity: aws.Int32(int32(p.Capacity)),
		RuleGroup: &content, Tags: groupTags(p.Tags),
	}
	if p.Description != "" {
		in.Description = &p.Description
	}
	return in
}

// updateInput keeps what the plan is not about.
func (p PlannedRuleGroup) updateInput(has geoGroup) *nfw.UpdateRuleGroupInput {
	content := p.content()
	in := &nfw.UpdateRuleGroupInput{
		RuleGroupArn: &p.ARN, UpdateToken: &has.token, RuleGroup: &content,
		EncryptionConfiguration: has.response.EncryptionConfiguration,
		SourceMetadata:          has.response.SourceMetadata, SummaryConfiguration: has.response.SummaryConfiguration,
		Description: &p.Description, // also to empty it
	}
	return in
}

func groupTags(tags map[string]string) []types.Tag {
	var list []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}
