package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// Limits of tags are those of "Tag" in the API reference; one is for this library's.
const (
	maxPolicyOwnTags  = 200
	maxPolicyTagKey   = 128
	maxPolicyTagValue = 256
)

func checkPolicyTags(tags map[string]string) error {
	if len(tags) >= maxPolicyOwnTags {
		return fmt.Errorf("%d Tags; want at most %d", len(tags), maxPolicyOwnTags-1)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		switch {
		case key == policyMarkKey:
			return fmt.Errorf("the tag %q is that of this library", key)
		case key == "" || utf8.RuneCountInString(key) > maxPolicyTagKey || strings.HasPrefix(strings.ToLower(key), "aws:"):
			return fmt.Errorf("the key %q of Tags; want 1 to %d characters and no \"aws:\" before them", key, maxPolicyTagKey)
		case utf8.RuneCountInString(tags[key]) > maxPolicyTagValue:
			return fmt.Errorf("the tag %q has more than %d characters", key, maxPolicyTagValue)
		}
	}
	return nil
}

// findPolicy reads the policy that is there in place of the one that is wanted, with
// its tags; nil if there is none. unknown is why it could not be read.
func findPolicy(ctx context.Context, c FMSAPI, want retrofit.Policy) (found *foundPolicy, unknown, err error) {
	id := want.ID
	if id == "" {
		id, err = onePolicy(ctx, c, "", want.Name)
		if errors.Is(err, ErrNoPolicy) {
			return nil, nil, nil
		}
	}
	if err != nil {
		unknown, err = unreadPolicy(ctx, err)
		return nil, unknown, err
	}
	p, err := getPolicy(ctx, c, id)
	if err == nil {
		p.tags, err = policyTags(ctx, c, p.arn)
	}
	if err != nil {
		unknown, err = unreadPolicy(ctx, err)
		return nil, unknown, err
	}
	return &p, nil, nil
}

// unreadPolicy tells an error that leaves a policy unknown from one that says
// something for certain, or ends the call.
func unreadPolicy(ctx context.Context, err error) (unknown, certain error) {
	_, asked := errors.AsType[*smithy.OperationError](err)
	if !asked || ctx.Err() != nil || errors.Is(err, ErrNotAdministrator) || errors.Is(err, ErrNoPolicy) {
		return nil, err
	}
	return err, nil
}

// policyTags reads the tags of a policy.
func policyTags(ctx context.Context, c FMSAPI, arn string) (map[string]string, error) {
	out, err := c.ListTagsForResource(ctx, &fms.ListTagsForResourceInput{ResourceArn: &arn}, retried)
	if err != nil {
		return nil, policyError(err)
	}
	tags := map[string]string{}
	for _, t := range out.TagList {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, nil
}

const policyType = "Firewall Manager policy"

// decideRetrofit compares what was found with what there should be.
func decideRetrofit(opts RetrofitOptions, target awspatterns.Target, found *foundPolicy, unknown error) (RetrofitPlan, error) {
	plan := RetrofitPlan{
		Plan:   awspatterns.Plan{Pattern: retrofitPattern, Target: target},
		Policy: opts.Policy,
	}
	change := awspatterns.Change{Resource: awspatterns.Resource{Type: policyType, ID: opts.Policy.Name}}
	var err error
	switch {
	case unknown != nil:
		change.Action, change.Reason = awspatterns.Unknown, reason.Of(unknown)
	case found == nil:
		err = plan.create(opts, &change)
	default:
		err = plan.update(opts, &change, *found)
	}
	if err != nil {
		return RetrofitPlan{}, err
	}
	if change.Action != "" {
		plan.Changes = append(plan.Changes, change)
	}
	if err := plan.predict(opts, found, unknown); err != nil {
		return RetrofitPlan{}, err
	}
	return plan, apply.Seal(&plan.Plan, &plan)
}

func (p *RetrofitPlan) create(opts RetrofitOptions, change *awspatterns.Change) (err error) {
	p.Policy.UpdateToken, p.Policy.Status = "", ""
	p.Tags = markedPolicyTags(opts.Tags)
	change.Action = awspatterns.Create
	change.Fields, err = policyFields(nil, p.Policy)
	change.Fields = append(change.Fields, p.tagFields()...)
	return err
}

func (p *RetrofitPlan) update(opts RetrofitOptions, change *awspatterns.Change, found foundPolicy) error {
	p.Policy.ID, p.Policy.UpdateToken, p.Policy.Status, p.PolicyARN = found.ID, found.UpdateToken, found.Status, found.arn
	marked := found.tags[policyMarkKey] == policyMark
	p.Tags = maps.Clone(opts.Tags)
	if marked || opts.Adopt {
		p.Tags = markedPolicyTags(opts.Tags)
	}
	for key := range p.Tags {
		if value, ok := found.tags[key]; ok {
			if p.FoundTags == nil {
				p.FoundTags = map[string]string{}
			}
			p.FoundTags[key] = value
		}
	}
	fields, err := policyFields(&found.Policy, p.Policy)
	if err != nil {
		return err
	}
	if token := opts.Policy.UpdateToken; len(fields) > 0 && token != "" && token != found.UpdateToken {
		return fmt.Errorf("policy %s: %w: it is not of the version any more that the Policy was made from; read it and change it again", found.ID, awspatterns.ErrStale)
	}
	change.Fields = append(fields, p.tagFields()...)
	if len(change.Fields) == 0 {
		return nil
	}
	change.Action, change.Adopts = awspatterns.Update, !marked && opts.Adopt
	if found.Name != p.Policy.Name {
		change.Resource.ID = found.Name
	}
	block(opts, change, found, marked)
	return nil
}

// block blocks a change that must not or cannot be made.
func block(opts RetrofitOptions, change *awspatterns.Change, found foundPolicy, marked bool) {
	switch {
	case opts.Policy.ID == "" && !marked && !opts.Adopt:
		change.Action = awspatterns.Blocked
		change.Reason = fmt.Sprintf("there is a policy of that name, %s, that this library did not create", found.ID)
		change.Steps = []string{"set the ID of the Policy to change it as it is, set Adopt to take it over, or choose another name"}
	case found.Status == string(types.CustomerPolicyStatusOutOfAdminScope):
		change.Action = awspatterns.Blocked
		change.Reason = "the policy is out of the scope of this administrator, who may see it but not change it"
		change.Steps = []string{"have the organization's management account widen the scope of the administrator with PutAdminAccount, or use one in whose scope it is"}
	}
}

// markedPolicyTags returns tags with the one of this library.
func markedPolicyTags(tags map[string]string) map[string]string {
	marked := maps.Clone(tags)
	if marked == nil {
		marked = map[string]string{}
	}
	marked[policyMarkKey] = policyMark
	return marked
}

// tagFields returns what differs in the tags that the policy is to have.
func (p *RetrofitPlan) tagFields() []awspatterns.Field {
	var fields []awspatterns.Field
	for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
		old, ok := p.FoundTags[key]
		if ok && old == p.Tags[key] {
			continue
		}
		f := awspatterns.Field{Name: "tag " + key, New: cmp.Or(p.Tags[key], `""`)}
		if ok {
			f.Old = cmp.Or(old, `""`)
		}
		fields = append(fields, f)
	}
	return fields
}
