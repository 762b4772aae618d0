package firewall

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// check checks that the change, which was approved, and the policy, which is put,
// are about the same.
func (p *RetrofitPlan) check() error {
	if len(p.Changes) > 1 {
		return fmt.Errorf("%d changes: %w", len(p.Changes), awspatterns.ErrAltered)
	}
	for _, c := range p.Changes {
		if creates := c.Action == awspatterns.Create; c.Action.Applies() && creates != (p.Policy.ID == "") ||
			c.Action == awspatterns.Delete || c.Action == awspatterns.Replace {
			return fmt.Errorf("the change %s %s is not about the policy %q: %w", c.Action, c.Resource.ID, p.Policy.Name, awspatterns.ErrAltered)
		}
	}
	return nil
}

// A policyApplier applies a plan.
type policyApplier struct {
	plan    RetrofitPlan
	clients Clients
	result  *RetrofitResult

	// What the last look found to be done.
	put, tag bool
}

// prepare checks what can be checked before anything is changed.
func (a *policyApplier) prepare(ctx context.Context) error {
	if err := checkRetrofitClients(a.clients); err != nil {
		return err
	}
	target, err := identity.Target(ctx, a.clients.STS, a.clients.Region)
	if err != nil {
		return err
	}
	return apply.CheckTarget(a.plan.Plan, target)
}

// look compares the policy with the plan. As found is the update token of the plan,
// or a policy as planned that lacks its tags yet.
func (a *policyApplier) look(ctx context.Context, _ int) (apply.Now, error) {
	want := a.plan.Policy
	found, unread, err := findPolicy(ctx, a.clients.FMS, want)
	if errors.Is(err, ErrNoPolicy) {
		return apply.Other, nil
	}
	if err := errors.Join(unread, err); err != nil {
		return apply.Other, err
	}
	if found == nil {
		a.put, a.tag = true, false
		return apply.AsFound, nil
	}
	fields, err := policyFields(&found.Policy, want)
	if err != nil {
		return apply.Other, err
	}
	a.put, a.tag = len(fields) > 0, !a.tagged(found.tags)
	switch {
	case !a.put && !a.tag:
		a.result.PolicyID, a.result.PolicyARN, a.result.UpdateToken = found.ID, found.arn, found.UpdateToken
		return apply.AsPlanned, nil
	case want.ID != "" && a.retaggable(found.tags) && (!a.put || found.UpdateToken == want.UpdateToken):
		return apply.AsFound, nil
	}
	return apply.Other, nil
}

// tagged reports whether the tags are as planned.
func (a *policyApplier) tagged(tags map[string]string) bool {
	for key, value := range a.plan.Tags {
		if now, ok := tags[key]; !ok || now != value {
			return false
		}
	}
	return true
}

// retaggable reports whether each tag is as found or as planned.
func (a *policyApplier) retaggable(tags map[string]string) bool {
	for key, value := range a.plan.Tags {
		old, had := a.plan.FoundTags[key]
		if now, has := tags[key]; !(has && now == value) && (has != had || now != old) {
			return false
		}
	}
	return true
}

// do makes what the last look found to be missing.
func (a *policyApplier) do(ctx context.Context, i int) error {
	if a.put {
		if err := a.putPolicy(ctx); err != nil {
			return a.refused(ctx, i, err)
		}
	}
	if !a.tag {
		return nil
	}
	_, err := a.clients.FMS.TagResource(ctx, &fms.TagResourceInput{ResourceArn: &a.plan.PolicyARN, TagList: tagList(a.plan.Tags)}, retried)
	return policyError(err)
}

func (a *policyApplier) putPolicy(ctx context.Context) error {
	policy, err := policyToAPI(a.plan.Policy)
	if err != nil {
		return err
	}
	in, option := &fms.PutPolicyInput{Policy: policy}, retried
	if policy.PolicyId == nil {
		in.TagList, option = tagList(a.plan.Tags), retriedIfRefused
	}
	out, err := a.clients.FMS.PutPolicy(ctx, in, option)
	if err != nil {
		return policyError(err)
	}
	a.result.PolicyARN = aws.ToString(out.PolicyArn)
	if out.Policy != nil {
		a.result.PolicyID, a.result.UpdateToken = aws.ToString(out.Policy.PolicyId), aws.ToString(out.Policy.PolicyUpdateToken)
	}
	return nil
}

// refused looks at the policy after PutPolicy failed. The documents do not say which
// error stands for a wrong update token or a name that is taken, so it is the policy
// that tells whether another hand was there, or this call whose answer was lost.
func (a *policyApplier) refused(ctx context.Context, i int, err error) error {
	if now, lookErr := a.look(ctx, i); lookErr == nil && (now != apply.AsFound || !a.put) {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

// retriedIfRefused has the client retry what was refused for its rate alone. A
// creation has no update token, nor any token of its own, and it is not documented
// that two policies cannot have one name: after any other error it may have been
// made, and is looked for first.
func retriedIfRefused(o *fms.Options) { o.Retryer = throttledOnly{o.Retryer} }

type throttledOnly struct{ aws.Retryer }

func (r throttledOnly) IsErrorRetryable(err error) bool {
	throttle := retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}
	return throttle.IsErrorThrottle(err) == aws.TrueTernary && r.Retryer.IsErrorRetryable(err)
}

func tagList(tags map[string]string) []types.Tag {
	var list []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: &key, Value: aws.String(tags[key])})
	}
	return list
}
