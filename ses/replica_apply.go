package ses

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/policydoc"
	"github.com/awspatterns/awspatterns/ses/region"
)

// A replicaApplier makes the changes of plans about replicas.
type replicaApplier struct {
	*pair
	plan      awspatterns.Plan
	secondary awspatterns.Target
	steps     []ReplicaStep

	// Of replicas that are created.
	configurationSet string
	tags             map[string]string
}

// run makes the changes. They are what was approved, so they must be about these domains.
func (a replicaApplier) run(ctx context.Context, domains []string, progress func(awspatterns.Outcome)) ([]awspatterns.Outcome, error) {
	if err := a.checkSteps(domains); err != nil {
		return apply.Pending(a.plan), err
	}
	return apply.Run(ctx, a.plan, apply.Maker{
		Prepare:  func(ctx context.Context) error { return a.check(ctx, a.plan, a.secondary) },
		Look:     a.look,
		Do:       a.do,
		Progress: progress,
	})
}

func (a replicaApplier) checkSteps(domains []string) error {
	if len(a.steps) != len(a.plan.Changes) {
		return fmt.Errorf("%d changes and %d steps: %w", len(a.plan.Changes), len(a.steps), awspatterns.ErrAltered)
	}
	known := map[string]bool{}
	for _, d := range domains {
		known[d] = true
	}
	for i, step := range a.steps {
		c := a.plan.Changes[i]
		deletes := c.Action == awspatterns.Delete
		if !known[step.Domain] || c.Resource != step.resource(a.plan.Target.Region, a.secondary.Region) ||
			c.Action.Applies() && (deletes != (step.Want == "") || c.Action == awspatterns.Create && step.Found != "") {
			return fmt.Errorf("the change %s %s is none of this plan's: %w", c.Action, c.Resource, awspatterns.ErrAltered)
		}
	}
	return nil
}

// replicaValue tells the origin of an identity's keys and, if it has the mark, the Region
// that it was made for.
func replicaValue(origin, mark string) string {
	if mark == "" {
		return origin
	}
	return origin + ", made for " + mark
}

// valueOf returns what a step is about, as it is now. Nothing of an identity that is not
// there is as any step wants it.
func (step ReplicaStep) valueOf(id *region.Identity) (value string, ok bool) {
	switch {
	case step.Aspect == region.Object && id == nil:
		return "", true
	case id == nil:
		return "", false
	}
	switch step.Aspect {
	case region.Object:
		return replicaValue(id.DKIM.Origin, id.Tags[region.MarkTag]), true
	case region.Policy:
		return id.Policies[region.PolicyName], true
	case region.Origin:
		return id.DKIM.Origin, true
	case region.DefaultSet:
		return id.ConfigurationSet, true
	case region.Tags:
		var want map[string]string
		err := json.Unmarshal([]byte(step.Want), &want)
		return tagsText(id.Tags, want), err == nil
	}
	return "", false
}

// look compares an identity with the plan. What gets the keys of a parent needs one that
// still can be: if it cannot, the plan is stale.
func (a replicaApplier) look(ctx context.Context, i int) (apply.Now, error) {
	step := a.steps[i]
	id, err := a.at(step.Primary).readIdentity(ctx, step.Domain)
	if err != nil {
		return apply.Other, err
	}
	now, ok := step.valueOf(id)
	switch {
	case !ok:
		return apply.Other, nil
	case now == step.Want || step.Aspect == region.Policy && step.Want != "" && policydoc.Same(now, step.Want):
		return apply.AsPlanned, nil
	case now != step.Found:
		return apply.Other, nil
	case step.Want != "" && (step.Aspect == region.Object || step.Aspect == region.Origin):
		return a.lookAtParent(ctx, step.Domain)
	}
	return apply.AsFound, nil
}

func (a replicaApplier) lookAtParent(ctx context.Context, domain string) (apply.Now, error) {
	parent, err := a.primary.readIdentity(ctx, domain)
	if err != nil {
		return apply.Other, err
	}
	if b := parentBlock(domain, a.primary.Region, parent); b != nil {
		return apply.Other, fmt.Errorf("the parent: %s: %w: plan again", b.reason, awspatterns.ErrStale)
	}
	return apply.AsFound, nil
}

// do makes a change.
func (a replicaApplier) do(ctx context.Context, i int) error {
	step, s := a.steps[i], a.at(a.steps[i].Primary)
	err := a.make(ctx, s, step, a.plan.Changes[i].Action)
	_, there := errors.AsType[*sestypes.AlreadyExistsException](err)
	_, gone := errors.AsType[*sestypes.NotFoundException](err)
	if there || gone {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

func (a replicaApplier) make(ctx context.Context, s *site, step ReplicaStep, action awspatterns.Action) (err error) {
	switch {
	case action == awspatterns.Delete && step.Aspect == region.Object:
		return a.deleteIdentity(ctx, s, step)
	case action == awspatterns.Delete && step.Aspect == region.Policy:
		name := region.PolicyName
		_, err = s.SES.DeleteEmailIdentityPolicy(ctx, &sesv2.DeleteEmailIdentityPolicyInput{EmailIdentity: &step.Domain, PolicyName: &name},
			s.turn("DeleteEmailIdentityPolicy"))
		return err
	}
	v := region.Identity{Name: step.Domain}
	put := region.Step{Kind: region.Identities, Name: step.Domain, Aspect: step.Aspect}
	switch step.Aspect {
	case region.Object:
		v.DKIM.Origin = region.ReplicationOrigin(a.primary.Region)
		v.ConfigurationSet, v.Tags = a.configurationSet, replicaTags(a.primary.Region, a.tags)
		return s.createIdentity(ctx, v)
	case region.Policy:
		put.Part, v.Policies = region.PolicyName, map[string]string{region.PolicyName: step.Want}
		return s.putIdentityPolicy(ctx, put, v, foundPolicy(step))
	case region.Origin:
		v.DKIM.Origin = step.Want
	case region.DefaultSet:
		v.ConfigurationSet = step.Want
	case region.Tags:
		return s.tagReplica(ctx, step)
	}
	return s.putIdentity(ctx, put, v, nil)
}

// foundPolicy returns the identity as it was looked at, as far as its policy goes.
func foundPolicy(step ReplicaStep) *region.Value {
	if step.Found == "" {
		return nil
	}
	return &region.Value{Identity: &region.Identity{Policies: map[string]string{region.PolicyName: step.Found}}}
}

// tagReplica sets tags of an identity.
func (s *site) tagReplica(ctx context.Context, step ReplicaStep) error {
	var tags map[string]string
	if err := json.Unmarshal([]byte(step.Want), &tags); err != nil {
		return fmt.Errorf("%w: %w", awspatterns.ErrAltered, err)
	}
	arn := s.arn("identity/" + step.Domain)
	_, err := s.SES.TagResource(ctx, &sesv2.TagResourceInput{ResourceArn: &arn, Tags: asTags(tags)}, s.turn("TagResource"))
	return err
}

// deleteIdentity deletes a replica or a parent.
func (a replicaApplier) deleteIdentity(ctx context.Context, s *site, step ReplicaStep) error {
	_, err := s.SES.DeleteEmailIdentity(ctx, &sesv2.DeleteEmailIdentityInput{EmailIdentity: &step.Domain}, s.turn("DeleteEmailIdentity"))
	if _, refused := errors.AsType[*sestypes.BadRequestException](err); refused && step.Primary {
		return fmt.Errorf("SES deletes no parent that has replicas: look for %s in all Regions, and remove those first: %w", step.Domain, err)
	}
	return err
}
