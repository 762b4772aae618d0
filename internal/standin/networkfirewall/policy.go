package networkfirewall

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Policy is what a test says of a firewall policy.
type Policy struct {
	Name        string
	Description string
	Policy      types.FirewallPolicy
	Tags        map[string]string
	Encryption  *types.EncryptionConfiguration // Defaults to a key that AWS owns.
	Status      types.ResourceStatus           // Defaults to ACTIVE.
}

type policy struct {
	Policy
	arn   string
	token string
}

const policyKind = "firewall-policy"

// These limits are from "AWS Network Firewall quotas".
const (
	maxReferences  = 20
	maxPolicyRules = 30_000
)

// CreatePolicy makes a firewall policy, or replaces it, and returns its ARN. Actions
// for stateless traffic default to forwarding it to the stateful rules. It panics if
// the service would not take the policy.
func (s *Service) CreatePolicy(account, region string, p Policy) (arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := &policy{Policy: cloned(p), token: s.token()}
	q.arn, _ = arnOf(awstest.Caller{Account: account, Region: region}, policyKind, nil, &p.Name)
	if q.Tags == nil {
		q.Tags = map[string]string{}
	}
	if q.Encryption == nil {
		q.Encryption = awsOwned()
	}
	if q.Status == "" {
		q.Status = types.ResourceStatusActive
	}
	for _, actions := range []*[]string{&q.Policy.Policy.StatelessDefaultActions, &q.Policy.Policy.StatelessFragmentDefaultActions} {
		if *actions == nil {
			*actions = []string{"aws:forward_to_sfe"}
		}
	}
	if err := s.checkPolicy(q.Policy.Policy, region); err != nil {
		panic(err)
	}
	s.policies[q.arn] = q
	return q.arn
}

// Policy returns a firewall policy.
func (s *Service) Policy(account, region, name string) (Policy, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn, _ := arnOf(awstest.Caller{Account: account, Region: region}, policyKind, nil, &name)
	p := s.policies[arn]
	if p == nil {
		return Policy{}, false
	}
	return cloned(p.Policy), true
}

// ChangePolicy changes a policy as another program would: its token is another one
// then. It panics if there is no such policy or the service would not take it.
func (s *Service) ChangePolicy(account, region, name string, change func(*types.FirewallPolicy)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn, _ := arnOf(awstest.Caller{Account: account, Region: region}, policyKind, nil, &name)
	next := cloned(s.policies[arn].Policy.Policy)
	change(&next)
	if err := s.checkPolicy(next, region); err != nil {
		panic(err)
	}
	s.replace(s.policies[arn], next)
}

// users returns the ARNs of the policies that refer to a group. The caller holds s.mu.
func (s *Service) users(group string) (arns []string) {
	for arn, p := range s.policies {
		if refers(p.Policy.Policy, group) {
			arns = append(arns, arn)
		}
	}
	return arns
}

func refers(p types.FirewallPolicy, group string) bool {
	return slices.ContainsFunc(p.StatefulRuleGroupReferences, func(r types.StatefulRuleGroupReference) bool { return aws.ToString(r.ResourceArn) == group })
}

// replace sets the content of a policy. The caller holds s.mu.
func (s *Service) replace(p *policy, next types.FirewallPolicy) {
	for _, r := range p.Policy.Policy.StatefulRuleGroupReferences {
		if g := s.groups[*r.ResourceArn]; g != nil && !refers(next, *r.ResourceArn) {
			g.freed = time.Now()
		}
	}
	p.Policy.Policy, p.token = cloned(next), s.token()
}

func (s *Service) openPolicy(ctx context.Context, arn, name *string) (*policy, error) {
	id, err := arnOf(awstest.CallerOf(ctx), policyKind, arn, name)
	if err != nil {
		return nil, err
	}
	p := s.policies[id]
	if p == nil || !owns(ctx, id) {
		return nil, notFound(id)
	}
	return p, nil
}

func (s *Service) describeFirewallPolicy(ctx context.Context, in *nfw.DescribeFirewallPolicyInput) (*nfw.DescribeFirewallPolicyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.openPolicy(ctx, in.FirewallPolicyArn, in.FirewallPolicyName)
	if err != nil {
		return nil, err
	}
	content := cloned(p.Policy.Policy)
	return &nfw.DescribeFirewallPolicyOutput{FirewallPolicy: &content, FirewallPolicyResponse: s.policyResponse(p), UpdateToken: aws.String(p.token)}, nil
}

// policyResponse describes a policy. The caller holds s.mu.
func (s *Service) policyResponse(p *policy) *types.FirewallPolicyResponse {
	firewalls := 0
	for _, f := range s.firewalls {
		if f.PolicyARN == p.arn {
			firewalls++
		}
	}
	return &types.FirewallPolicyResponse{
		FirewallPolicyArn: aws.String(p.arn), FirewallPolicyId: aws.String("id-of-" + p.Name), FirewallPolicyName: aws.String(p.Name),
		Description: set(p.Description), FirewallPolicyStatus: p.Status, NumberOfAssociations: aws.Int32(int32(firewalls)),
		ConsumedStatefulRuleCapacity: aws.Int32(s.capacity(p.Policy.Policy)), EncryptionConfiguration: cloned(p.Encryption), Tags: tagList(p.Tags),
	}
}

// capacity is what the groups of a policy reserve. The caller holds s.mu.
func (s *Service) capacity(p types.FirewallPolicy) (sum int32) {
	for _, r := range p.StatefulRuleGroupReferences {
		if g := s.groups[aws.ToString(r.ResourceArn)]; g != nil {
			sum += g.Capacity
		}
	}
	return sum
}

// updateFirewallPolicy replaces the content of a policy, its description and its
// encryption; what a call leaves out is reset.
func (s *Service) updateFirewallPolicy(ctx context.Context, in *nfw.UpdateFirewallPolicyInput) (*nfw.UpdateFirewallPolicyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.openPolicy(ctx, in.FirewallPolicyArn, in.FirewallPolicyName)
	switch {
	case err != nil:
		return nil, err
	case *in.UpdateToken != p.token:
		return nil, staleToken()
	case policyOrder(*in.FirewallPolicy) != policyOrder(p.Policy.Policy):
		return nil, invalid("RuleOrder is invalid, context: StatefulEngineOptions.RuleOrder")
	case (in.FirewallPolicy.TLSInspectionConfigurationArn == nil) != (p.Policy.Policy.TLSInspectionConfigurationArn == nil):
		return nil, invalid("TLSInspectionConfigurationArn is invalid, context: TLSInspectionConfigurationArn")
	}
	if err := s.checkPolicy(*in.FirewallPolicy, awstest.CallerOf(ctx).Region); err != nil {
		return nil, err
	}
	if in.DryRun {
		next := &policy{Policy: p.Policy, arn: p.arn, token: s.token()}
		next.Policy.Policy = *in.FirewallPolicy
		return &nfw.UpdateFirewallPolicyOutput{FirewallPolicyResponse: s.policyResponse(next), UpdateToken: aws.String(next.token)}, nil
	}
	s.replace(p, *in.FirewallPolicy)
	p.Description, p.Encryption = aws.ToString(in.Description), cloned(in.EncryptionConfiguration)
	if p.Encryption == nil {
		p.Encryption = awsOwned()
	}
	s.writes++
	return &nfw.UpdateFirewallPolicyOutput{FirewallPolicyResponse: s.policyResponse(p), UpdateToken: aws.String(p.token)}, nil
}

// checkPolicy refuses what the service does. The caller holds s.mu.
func (s *Service) checkPolicy(p types.FirewallPolicy, region string) error {
	refs, order := p.StatefulRuleGroupReferences, policyOrder(p)
	if len(refs) > maxReferences {
		return invalid("StatefulRuleGroupReferences limit exceeded, parameter: [%d], context: StatefulRuleGroupReferences", len(refs))
	}
	if len(p.StatefulDefaultActions) > 0 && order != types.RuleOrderStrictOrder {
		return invalid("StatefulDefaultActions has invalid rule order, parameter: [%s], context: StatefulDefaultActions", order)
	}
	priorities, arns := map[int32]bool{}, map[string]bool{}
	for i, r := range refs {
		if err := s.checkReference(i, r, order, region); err != nil {
			return err
		}
		if r.Priority != nil && priorities[*r.Priority] {
			return invalid("Priority has duplicate values, parameter: [%d], context: StatefulRuleGroupReferences[%d][Priority=%[1]d]", *r.Priority, i)
		}
		if arns[*r.ResourceArn] {
			return invalid("ResourceArn has duplicate values, parameter: [%s], context: StatefulRuleGroupReferences[%d].ResourceArn", *r.ResourceArn, i)
		}
		arns[*r.ResourceArn] = true
		if r.Priority != nil {
			priorities[*r.Priority] = true
		}
	}
	if sum := s.capacity(p); sum > maxPolicyRules {
		return invalid("StatefulRuleGroupReferences capacity exceeded, parameter: [%d], context: StatefulRuleGroupReferences", sum)
	}
	return nil
}

func (s *Service) checkReference(i int, r types.StatefulRuleGroupReference, order types.RuleOrder, region string) error {
	arn := aws.ToString(r.ResourceArn)
	parts := strings.Split(arn, ":")
	switch {
	case len(parts) != 6 || !strings.HasPrefix(parts[5], groupKind+"/") || parts[3] != region:
		return invalid("ResourceArn is invalid, parameter: [%s], context: StatefulRuleGroupReferences[%d].ResourceArn", arn, i)
	case order == types.RuleOrderStrictOrder && r.Priority == nil:
		return invalid("Priority cannot be null, context: StatefulRuleGroupReferences[%d].Priority", i)
	case order != types.RuleOrderStrictOrder && r.Priority != nil:
		return invalid("Priority cannot be provided, parameter: [%d], context: StatefulRuleGroupReferences[%d][Priority=%[1]d]", *r.Priority, i)
	case r.Priority != nil && (*r.Priority < 1 || *r.Priority > 65535):
		return invalid("Priority is invalid, parameter: [%d], context: StatefulRuleGroupReferences[%d].Priority", *r.Priority, i)
	case parts[4] == "aws-managed":
		if strings.HasSuffix(arn, "StrictOrder") != (order == types.RuleOrderStrictOrder) {
			return invalid("ResourceArn has invalid rule order, parameter: [%s], context: StatefulRuleGroupReferences[%d].ResourceArn", arn, i)
		}
		return nil
	}
	g := s.groups[arn]
	switch {
	case g == nil || !g.deleted.IsZero():
		return invalid("ResourceArn does not exist, parameter: [%s], context: StatefulRuleGroupReferences[%d].ResourceArn", arn, i)
	case orderOf(g.Rules) != order:
		return invalid("ResourceArn has invalid rule order, parameter: [%s], context: StatefulRuleGroupReferences[%d].ResourceArn", arn, i)
	}
	return nil
}

func policyOrder(p types.FirewallPolicy) types.RuleOrder {
	if p.StatefulEngineOptions == nil || p.StatefulEngineOptions.RuleOrder == "" {
		return types.RuleOrderDefaultActionOrder
	}
	return p.StatefulEngineOptions.RuleOrder
}
