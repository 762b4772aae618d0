package fms

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	fmssdk "github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) getPolicy(ctx context.Context, in *fmssdk.GetPolicyInput) (*fmssdk.GetPolicyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.open(ctx, "GetPolicy", *in.PolicyId)
	if err != nil {
		return nil, err
	}
	return &fmssdk.GetPolicyOutput{Policy: shown(p.Policy), PolicyArn: &p.arn}, nil
}

func (s *Service) listPolicies(ctx context.Context, in *fmssdk.ListPoliciesInput) (*fmssdk.ListPoliciesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := awstest.CallerOf(ctx)
	if !slices.Contains(s.admins, c.Account) {
		return nil, notAdmin("ListPolicies")
	}
	var all []types.PolicySummary
	for _, id := range slices.Sorted(maps.Keys(s.policies)) {
		p := s.policies[id]
		if !p.in(c) {
			continue
		}
		all = append(all, types.PolicySummary{
			DeleteUnusedFMManagedResources: p.DeleteUnusedFMManagedResources, RemediationEnabled: p.RemediationEnabled,
			PolicyArn: &p.arn, PolicyId: p.PolicyId, PolicyName: p.PolicyName, PolicyStatus: p.PolicyStatus,
			ResourceType: p.ResourceType, SecurityServiceType: p.SecurityServicePolicyData.Type,
		})
	}
	page, next, err := pageOf(s, all, "policies "+c.Account, in.MaxResults, in.NextToken)
	return &fmssdk.ListPoliciesOutput{PolicyList: page, NextToken: next}, err
}

// maxResults is from ListPolicies and ListComplianceStatus in the API reference.
const maxResults = 100

// pageOf returns the part of a list that a call asks for, and the token of the
// next. A token holds for the list that it was given for.
func pageOf[T any](s *Service, items []T, list string, most *int32, token *string) ([]T, *string, error) {
	size := int(aws.ToInt32(most))
	if most == nil {
		size = maxResults
	}
	if size < 1 || size > maxResults {
		return nil, nil, invalid("MaxResults must be 1 to 100")
	}
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	start := 0
	if token != nil {
		if _, err := fmt.Sscanf(*token, list+" %d", &start); err != nil || start < 0 || start > len(items) {
			return nil, nil, invalid("the NextToken is not valid")
		}
	}
	end := min(start+size, len(items))
	if end == len(items) {
		return items[start:], nil, nil
	}
	return items[start:end], aws.String(fmt.Sprintf("%s %d", list, end)), nil
}

// shown returns a policy as the service answers: with what has no order in another
// order, defaults written out, and an explicit null for whatever was left out of
// the data.
func shown(p types.Policy) *types.Policy {
	p.ResourceTags, p.ResourceTypeList = reversed(p.ResourceTags), reversed(p.ResourceTypeList)
	p.ResourceSetIds = reversed(p.ResourceSetIds)
	p.IncludeMap, p.ExcludeMap = reversedEach(p.IncludeMap), reversedEach(p.ExcludeMap)
	if p.ResourceTagLogicalOperator == "" {
		p.ResourceTagLogicalOperator = types.ResourceTagLogicalOperatorAnd
	}
	data := *p.SecurityServicePolicyData
	if data.Type == types.SecurityServiceTypeWafv2 {
		data.ManagedServiceData = withNulls(data.ManagedServiceData)
	}
	p.SecurityServicePolicyData = &data
	return &p
}

func reversed[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

func reversedEach(m map[string][]string) map[string][]string {
	m = maps.Clone(m)
	for key := range m {
		m[key] = reversed(m[key])
	}
	return m
}

// Members of the data and of its parts that the service shows whether set or not.
var (
	dataMembers = []string{
		"associationConfig", "captchaConfig", "challengeConfig", "customRequestHandling", "customResponse",
		"loggingConfiguration", "optimizeUnassociatedWebACL", "postProcessRuleGroups", "preProcessRuleGroups",
		"tokenDomains", "webACLSource",
	}
	groupMembers      = []string{"excludeRules", "managedRuleGroupIdentifier", "ruleActionOverrides", "ruleGroupArn"}
	identifierMembers = []string{"managedRuleGroupConfigs", "version", "versionEnabled"}
)

// withNulls returns data with null for each member that is not set. What is no
// JSON, as a test may want it, is returned as it is.
func withNulls(text *string) *string {
	var data map[string]any
	if text == nil || json.Unmarshal([]byte(*text), &data) != nil {
		return text
	}
	setNulls(data, dataMembers)
	for _, key := range []string{"preProcessRuleGroups", "postProcessRuleGroups"} {
		groups, _ := data[key].([]any)
		for _, g := range groups {
			group, _ := g.(map[string]any)
			setNulls(group, groupMembers)
			identifier, _ := group["managedRuleGroupIdentifier"].(map[string]any)
			setNulls(identifier, identifierMembers)
		}
	}
	out, err := json.Marshal(data)
	if err != nil {
		panic(err) // it came from JSON
	}
	return aws.String(string(out))
}

func setNulls(object map[string]any, members []string) {
	for _, m := range members {
		if _, ok := object[m]; !ok && object != nil {
			object[m] = nil
		}
	}
}
