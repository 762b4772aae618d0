package wafv2

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A ManagedRuleGroup is what a test says of a managed rule group.
type ManagedRuleGroup struct {
	Vendor, Name string
	Capacity     int64
	Versions     []string // beside the default one; all need the same capacity
	Expired      []string
}

// addAWS adds some of the managed rule groups of AWS, with the capacities of "AWS
// Managed Rules rule groups list" in the developer guide.
func (s *Service) addAWS() {
	for name, capacity := range map[string]int64{
		"AWSManagedRulesCommonRuleSet":          700,
		"AWSManagedRulesAdminProtectionRuleSet": 100,
		"AWSManagedRulesKnownBadInputsRuleSet":  200,
		"AWSManagedRulesSQLiRuleSet":            200,
		"AWSManagedRulesLinuxRuleSet":           200,
		"AWSManagedRulesAmazonIpReputationList": 25,
		"AWSManagedRulesAnonymousIpList":        50,
		"AWSManagedRulesBotControlRuleSet":      50,
	} {
		s.AddManagedRuleGroup(ManagedRuleGroup{Vendor: "AWS", Name: name, Capacity: capacity, Versions: []string{"Version_1.0"}})
	}
}

// AddManagedRuleGroup adds a managed rule group for everybody, or replaces it.
func (s *Service) AddManagedRuleGroup(g ManagedRuleGroup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.managed[g.Vendor+"/"+g.Name] = g
}

// CreateRuleGroup makes a rule group of an account, and returns its ARN.
func (s *Service) CreateRuleGroup(account, region, name string, scope types.Scope, capacity int64) (arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(&item{place: place{account, region, scope, "rulegroup"}, name: name, capacity: capacity})
}

func (s *Service) getRuleGroup(ctx context.Context, in *sdk.GetRuleGroupInput) (*sdk.GetRuleGroupOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.either(ctx, in.ARN, in.Scope, "rulegroup", in.Name, in.Id)
	if err != nil {
		return nil, err
	}
	return &sdk.GetRuleGroupOutput{LockToken: i.token(), RuleGroup: &types.RuleGroup{
		ARN: aws.String(i.arn()), Id: &i.id, Name: &i.name, Capacity: &i.capacity, Rules: []types.Rule{},
		VisibilityConfig: &types.VisibilityConfig{MetricName: &i.name},
	}}, nil
}

func (s *Service) describeManagedRuleGroup(ctx context.Context, in *sdk.DescribeManagedRuleGroupInput) (*sdk.DescribeManagedRuleGroupOutput, error) {
	if _, err := placeOf(ctx, in.Scope, "managedruleset"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.managed[*in.VendorName+"/"+*in.Name]
	version := aws.ToString(in.VersionName)
	switch {
	case slices.Contains(g.Expired, version):
		return nil, awstest.Status(http.StatusBadRequest, &types.WAFExpiredManagedRuleGroupVersionException{
			Message: aws.String("The operation failed because the specified version for the managed rule group has expired."),
		})
	case !ok, version != "" && !slices.Contains(g.Versions, version):
		return nil, nonexistent()
	}
	return &sdk.DescribeManagedRuleGroupOutput{
		Capacity: &g.Capacity, VersionName: in.VersionName, Rules: []types.RuleSummary{},
		LabelNamespace: aws.String("awswaf:managed:" + strings.ToLower(g.Vendor) + ":" + g.Name + ":"),
	}, nil
}
