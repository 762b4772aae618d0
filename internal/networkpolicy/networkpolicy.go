// Package networkpolicy reads a policy of AWS Network Firewall and changes which
// stateful rule groups it refers to. All else of the policy is put back as it was
// read.
package networkpolicy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
)

// API is what this package needs of *networkfirewall.Client.
type API interface {
	DescribeFirewallPolicy(context.Context, *nfw.DescribeFirewallPolicyInput, ...func(*nfw.Options)) (*nfw.DescribeFirewallPolicyOutput, error)
	UpdateFirewallPolicy(context.Context, *nfw.UpdateFirewallPolicyInput, ...func(*nfw.Options)) (*nfw.UpdateFirewallPolicyOutput, error)
}

// A Policy is a firewall policy as it was read.
type Policy struct {
	ARN, Name string
	Token     string // changes with every change of the policy
	Status    types.ResourceStatus
	Order     types.RuleOrder
	Content   types.FirewallPolicy

	description *string
	encryption  *types.EncryptionConfiguration
}

// MaxReferences is how many stateful rule groups a policy can refer to ("AWS Network
// Firewall quotas"; it cannot be raised).
const MaxReferences = 20

// MaxPriority is the highest priority of a rule group, and 1 the lowest
// (StatefulRuleGroupReference in the API reference).
const MaxPriority = 65535

// Read reads the policy with a name or ARN.
func Read(ctx context.Context, c API, nameOrARN string) (Policy, error) {
	in := &nfw.DescribeFirewallPolicyInput{FirewallPolicyName: &nameOrARN}
	if strings.HasPrefix(nameOrARN, "arn:") {
		in = &nfw.DescribeFirewallPolicyInput{FirewallPolicyArn: &nameOrARN}
	}
	out, err := c.DescribeFirewallPolicy(ctx, in)
	if err != nil {
		return Policy{}, err
	}
	r := out.FirewallPolicyResponse
	if out.FirewallPolicy == nil || r == nil {
		return Policy{}, fmt.Errorf("the firewall policy %s has no content that this library knows; change it by hand", nameOrARN)
	}
	p := Policy{
		ARN: aws.ToString(r.FirewallPolicyArn), Name: aws.ToString(r.FirewallPolicyName), Token: aws.ToString(out.UpdateToken),
		Status: r.FirewallPolicyStatus, Order: types.RuleOrderDefaultActionOrder, Content: *out.FirewallPolicy,
		description: r.Description, encryption: r.EncryptionConfiguration,
	}
	if o := p.Content.StatefulEngineOptions; o != nil {
		p.Order = cmp.Or(o.RuleOrder, p.Order)
	}
	return p, nil
}

// Put makes a policy be as p is. If it was changed since p was read, the error wraps
// [apply.ErrMoved].
func Put(ctx context.Context, c API, p Policy) error {
	_, err := c.UpdateFirewallPolicy(ctx, &nfw.UpdateFirewallPolicyInput{
		FirewallPolicyArn: &p.ARN, UpdateToken: &p.Token, FirewallPolicy: &p.Content,
		Description: p.description, EncryptionConfiguration: p.encryption,
	})
	if _, stale := errors.AsType[*types.InvalidTokenException](err); stale {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

// Reference returns the reference to a rule group, nil if there is none.
func (p Policy) Reference(group string) *types.StatefulRuleGroupReference {
	i := slices.IndexFunc(p.Content.StatefulRuleGroupReferences, func(r types.StatefulRuleGroupReference) bool { return aws.ToString(r.ResourceArn) == group })
	if i < 0 {
		return nil
	}
	return &p.Content.StatefulRuleGroupReferences[i]
}

// Attach returns the policy with a reference to a rule group at a priority, in the
// place of references to others. Priority is 0 in a policy that acts in the order of
// actions. A policy that is so already is returned with changed false.
func (p Policy) Attach(group string, priority int32, instead []string) (attached Policy, changed bool) {
	refs, done := []types.StatefulRuleGroupReference{}, false
	for _, r := range p.Content.StatefulRuleGroupReferences {
		arn := aws.ToString(r.ResourceArn)
		if arn != group && !slices.Contains(instead, arn) {
			refs = append(refs, r)
			continue
		}
		changed = changed || done || arn != group || aws.ToInt32(r.Priority) != priority
		if !done {
			refs, done = append(refs, reference(r, group, priority)), true
		}
	}
	if !done {
		refs, changed = append(refs, reference(types.StatefulRuleGroupReference{}, group, priority)), true
	}
	p.Content.StatefulRuleGroupReferences = refs
	return p, changed
}

func reference(r types.StatefulRuleGroupReference, group string, priority int32) types.StatefulRuleGroupReference {
	r.ResourceArn, r.Priority = &group, nil
	if priority != 0 {
		r.Priority = &priority
	}
	return r
}

// Obstacle tells why a rule group with an order cannot be attached at a priority, and
// what to do. It is the zero Change if it can.
func (p Policy) Obstacle(group string, order types.RuleOrder, priority int32, instead []string) awspatterns.Change {
	blocked := func(step, format string, args ...any) awspatterns.Change {
		return awspatterns.Change{Action: awspatterns.Blocked, Reason: fmt.Sprintf(format, args...), Steps: []string{step}}
	}
	if p.Status != "" && p.Status != types.ResourceStatusActive {
		return blocked("see to the policy, and plan again", "its status is %s", p.Status)
	}
	if p.Order != order {
		return blocked("give the rule group the order of the policy, or choose a policy of its order",
			"its order is %s, that of the rule group %s, and neither can be changed", p.Order, order)
	}
	attached, _ := p.Attach(group, priority, instead)
	if n := len(attached.Content.StatefulRuleGroupReferences); n > MaxReferences {
		return blocked("detach a rule group, or put its rules into another", "it would refer to %d stateful rule groups, and a policy can to %d", n, MaxReferences)
	}
	for _, r := range attached.Content.StatefulRuleGroupReferences {
		if arn := aws.ToString(r.ResourceArn); arn != group && priority != 0 && aws.ToInt32(r.Priority) == priority {
			return blocked("choose another Priority, or change that of "+arn, "priority %d is that of %s", priority, arn)
		}
	}
	return awspatterns.Change{}
}
