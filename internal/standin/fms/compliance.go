package fms

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	fmssdk "github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// An Account is what Firewall Manager has found of an account under a policy.
type Account struct {
	ID          string
	Violators   []Violator
	Issues      map[string]string // IssueInfoMap
	LastUpdated time.Time
	ExpiredAt   time.Time

	// Unevaluated: there is no result yet.
	Unevaluated bool
}

// A Violator is a resource that does not comply. Violations are what
// GetViolationDetails tells of it; without any, that fails.
type Violator struct {
	types.ComplianceViolator
	Violations []types.ResourceViolation
}

// Evaluate says what was found of an account under a policy.
func (s *Service) Evaluate(policyID string, a Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies[policyID].accounts[a.ID] = a
}

// listed is how many violators of an account are told ("PolicyComplianceDetail" in
// the API reference).
const listed = 100

func (a Account) result() []types.EvaluationResult {
	switch {
	case a.Unevaluated:
		return nil
	case len(a.Violators) == 0:
		return []types.EvaluationResult{{ComplianceStatus: types.PolicyComplianceStatusTypeCompliant}}
	}
	return []types.EvaluationResult{{
		ComplianceStatus: types.PolicyComplianceStatusTypeNonCompliant, ViolatorCount: int64(min(listed, len(a.Violators))),
		EvaluationLimitExceeded: len(a.Violators) > listed,
	}}
}

func (s *Service) listComplianceStatus(ctx context.Context, in *fmssdk.ListComplianceStatusInput) (*fmssdk.ListComplianceStatusOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.open(ctx, "ListComplianceStatus", *in.PolicyId)
	if err != nil {
		return nil, err
	}
	var all []types.PolicyComplianceStatus
	for _, id := range slices.Sorted(maps.Keys(p.accounts)) {
		a := p.accounts[id]
		all = append(all, types.PolicyComplianceStatus{
			EvaluationResults: a.result(), IssueInfoMap: a.Issues, LastUpdated: timed(a.LastUpdated), MemberAccount: &a.ID,
			PolicyId: p.PolicyId, PolicyName: p.PolicyName, PolicyOwner: aws.String(awstest.CallerOf(ctx).Account),
		})
	}
	page, next, err := pageOf(s, all, "status "+*p.PolicyId, in.MaxResults, in.NextToken)
	return &fmssdk.ListComplianceStatusOutput{PolicyComplianceStatusList: page, NextToken: next}, err
}

func (s *Service) getComplianceDetail(ctx context.Context, in *fmssdk.GetComplianceDetailInput) (*fmssdk.GetComplianceDetailOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.open(ctx, "GetComplianceDetail", *in.PolicyId)
	if err != nil {
		return nil, err
	}
	a, ok := p.accounts[*in.MemberAccount]
	if !ok {
		return nil, notFound("Account " + *in.MemberAccount)
	}
	detail := &types.PolicyComplianceDetail{
		EvaluationLimitExceeded: len(a.Violators) > listed, ExpiredAt: timed(a.ExpiredAt), IssueInfoMap: a.Issues,
		MemberAccount: &a.ID, PolicyId: p.PolicyId, PolicyOwner: aws.String(awstest.CallerOf(ctx).Account),
	}
	for _, v := range a.Violators[:min(listed, len(a.Violators))] {
		detail.Violators = append(detail.Violators, v.ComplianceViolator)
	}
	return &fmssdk.GetComplianceDetailOutput{PolicyComplianceDetail: detail}, nil
}

// detailed are the types of resources that GetViolationDetails knows.
var detailed = []string{
	"AWS::WAFv2::WebACL", "AWS::EC2::Instance", "AWS::EC2::NetworkInterface", "AWS::EC2::SecurityGroup",
	"AWS::NetworkFirewall::FirewallPolicy", "AWS::EC2::Subnet",
}

func (s *Service) getViolationDetails(ctx context.Context, in *fmssdk.GetViolationDetailsInput) (*fmssdk.GetViolationDetailsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.open(ctx, "GetViolationDetails", *in.PolicyId)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(detailed, *in.ResourceType) {
		return nil, invalid("there are no details of resources of type " + *in.ResourceType)
	}
	i := slices.IndexFunc(p.accounts[*in.MemberAccount].Violators, func(v Violator) bool {
		return *v.ResourceId == *in.ResourceId && *v.ResourceType == *in.ResourceType && len(v.Violations) > 0
	})
	if i < 0 {
		return nil, notFound("Violations of " + *in.ResourceId)
	}
	return &fmssdk.GetViolationDetailsOutput{ViolationDetail: &types.ViolationDetail{
		MemberAccount: in.MemberAccount, PolicyId: p.PolicyId, ResourceId: in.ResourceId, ResourceType: in.ResourceType,
		ResourceViolations: p.accounts[*in.MemberAccount].Violators[i].Violations,
	}}, nil
}

// timed returns nil for no time.
func timed(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
