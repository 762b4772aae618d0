package fms

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	fmssdk "github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Forms and limits are those of Policy in the API reference.
var (
	idForm   = regexp.MustCompile(`^[a-z0-9A-Z-]{36}$`)
	nameForm = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

const (
	maxName         = 128
	maxDescription  = 256
	maxServiceData  = 30_000
	maxResourceTags = 50
)

// protected are the types of resources that a policy of type WAFV2 can cover.
var protected = []string{"AWS::ApiGateway::Stage", "AWS::CloudFront::Distribution", "AWS::ElasticLoadBalancingV2::LoadBalancer"}

// putPolicy creates a policy, or replaces all of one that has the ID and the update
// token. The documents do not say with which error a wrong token is refused; people
// report an InvalidInputException.
func (s *Service) putPolicy(ctx context.Context, in *fmssdk.PutPolicyInput) (*fmssdk.PutPolicyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := awstest.CallerOf(ctx)
	if !slices.Contains(s.admins, c.Account) {
		return nil, notAdmin("PutPolicy")
	}
	if err := check(*in.Policy, c.Region); err != nil {
		return nil, err
	}
	if in.Policy.PolicyId != nil {
		return s.update(ctx, in)
	}
	if in.Policy.PolicyUpdateToken != nil {
		return nil, invalid("an update token for a new policy")
	}
	for _, p := range s.policies {
		if *p.PolicyName == *in.Policy.PolicyName && p.in(c) && !s.SameNames {
			return nil, invalidOperation("a policy with the name " + *p.PolicyName + " exists already")
		}
	}
	tags, err := tagMap(in.TagList)
	if err != nil {
		return nil, err
	}
	p := s.create(c, *in.Policy, tags)
	return &fmssdk.PutPolicyOutput{Policy: shown(p.Policy), PolicyArn: &p.arn}, nil
}

func (s *Service) update(ctx context.Context, in *fmssdk.PutPolicyInput) (*fmssdk.PutPolicyOutput, error) {
	p, err := s.open(ctx, "PutPolicy", *in.Policy.PolicyId)
	switch {
	case err != nil:
		return nil, err
	case len(in.TagList) > 0:
		return nil, notImplemented("tags in the update of a policy")
	case aws.ToString(in.Policy.PolicyUpdateToken) != *p.PolicyUpdateToken:
		return nil, invalid("the update token is not that of the current version of the policy")
	case p.PolicyStatus == types.CustomerPolicyStatusOutOfAdminScope:
		return nil, invalidOperation("the policy is out of the scope of the administrator")
	case in.Policy.SecurityServicePolicyData.Type != p.SecurityServicePolicyData.Type:
		return nil, invalidType("the type of a policy cannot be changed")
	}
	status := p.PolicyStatus
	p.Policy = *in.Policy
	p.PolicyUpdateToken, p.PolicyStatus = s.token(), status
	return &fmssdk.PutPolicyOutput{Policy: shown(p.Policy), PolicyArn: &p.arn}, nil
}

func check(p types.Policy, region string) error {
	data := p.SecurityServicePolicyData
	if data.Type != types.SecurityServiceTypeWafv2 {
		return notImplemented("policies of type " + string(data.Type))
	}
	covered := p.ResourceTypeList
	if *p.ResourceType != "ResourceTypeList" {
		covered = append(covered, *p.ResourceType)
	}
	for _, problem := range []struct {
		is   bool
		text string
	}{
		{!named(*p.PolicyName, 1, maxName), "the name is not valid"},
		{!named(aws.ToString(p.PolicyDescription), 0, maxDescription), "the description is not valid"},
		{len(p.IncludeMap) > 0 && len(p.ExcludeMap) > 0, "inclusions and exclusions"},
		{len(p.ResourceTags) > maxResourceTags, "too many resource tags"},
		{len(covered) == 0, "no resource type"},
		{*p.ResourceType != "ResourceTypeList" && len(covered) > 1, "a resource type and a list of them"},
		{slices.ContainsFunc(covered, func(t string) bool { return !slices.Contains(protected, t) }), "a resource type that the policy cannot cover"},
		{slices.Contains(covered, "AWS::CloudFront::Distribution") && region != "us-east-1", "distributions in another Region than us-east-1"},
		{!wafData(aws.ToString(data.ManagedServiceData)), "the ManagedServiceData is not valid"},
	} {
		if problem.is {
			return invalid(problem.text)
		}
	}
	return nil
}

func named(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && n <= most && nameForm.MatchString(s)
}

// wafData reports whether a text is the data of a policy of type WAFV2.
func wafData(text string) bool {
	var data struct {
		Type          string
		DefaultAction struct{ Type string }
	}
	return len(text) <= maxServiceData && json.Unmarshal([]byte(text), &data) == nil && data.Type == "WAFV2" &&
		(data.DefaultAction.Type == "ALLOW" || data.DefaultAction.Type == "BLOCK")
}
