package fms_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/fms"
)

const (
	admin  = "123456789012"
	member = "210987654321"
	region = "eu-central-1"
)

func newClient(t *testing.T) (*fms.Service, *sdk.Client) {
	cloud := awstest.New(t)
	return fms.New(cloud, admin), sdk.NewFromConfig(cloud.Config(region, admin))
}

func want(t *testing.T, what string, err error, text string) {
	t.Helper()
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %v, want %q", what, err, text)
	}
}

func newPolicy(name string) *types.Policy {
	return &types.Policy{
		PolicyName: &name, ResourceType: aws.String("ResourceTypeList"),
		ResourceTypeList: []string{"AWS::ApiGateway::Stage", "AWS::ElasticLoadBalancingV2::LoadBalancer"},
		SecurityServicePolicyData: &types.SecurityServicePolicyData{
			Type: types.SecurityServiceTypeWafv2, ManagedServiceData: aws.String(`{"type":"WAFV2","defaultAction":{"type":"ALLOW"},` +
				`"preProcessRuleGroups":[{"ruleGroupType":"RuleGroup","ruleGroupArn":"arn:aws:wafv2:x"}]}`),
		},
	}
}

func TestPutPolicy(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*types.Policy)
		want   string
	}{
		{"as it is", func(*types.Policy) {}, ""},
		{"one type", func(p *types.Policy) {
			p.ResourceType, p.ResourceTypeList = aws.String("AWS::ApiGateway::Stage"), nil
		}, ""},
		{"no name", func(p *types.Policy) { p.PolicyName = aws.String("") }, "InvalidInputException"},
		{"long name", func(p *types.Policy) { p.PolicyName = aws.String(strings.Repeat("x", 129)) }, "InvalidInputException"},
		{"character in the description", func(p *types.Policy) { p.PolicyDescription = aws.String("a&b") }, "description"},
		{"both maps", func(p *types.Policy) {
			p.IncludeMap, p.ExcludeMap = map[string][]string{"ACCOUNT": {member}}, map[string][]string{"ACCOUNT": {admin}}
		}, "inclusions and exclusions"},
		{"type and list", func(p *types.Policy) { p.ResourceType = aws.String("AWS::ApiGateway::Stage") }, "a list of them"},
		{"no type", func(p *types.Policy) { p.ResourceTypeList = nil }, "no resource type"},
		{"type of another policy", func(p *types.Policy) { p.ResourceTypeList = []string{"AWS::AppSync::GraphQLApi"} }, "cannot cover"},
		{"distributions", func(p *types.Policy) { p.ResourceTypeList = []string{"AWS::CloudFront::Distribution"} }, "us-east-1"},
		{"no data", func(p *types.Policy) { p.SecurityServicePolicyData.ManagedServiceData = nil }, "ManagedServiceData"},
		{"long data", func(p *types.Policy) {
			p.SecurityServicePolicyData.ManagedServiceData = aws.String(*p.SecurityServicePolicyData.ManagedServiceData + strings.Repeat(" ", 30_000))
		}, "ManagedServiceData"},
		{"token of nothing", func(p *types.Policy) { p.PolicyUpdateToken = aws.String("1:x") }, "update token"},
		{"id of nothing", func(p *types.Policy) { p.PolicyId = aws.String(strings.Repeat("a", 36)) }, "ResourceNotFoundException"},
		{"no id", func(p *types.Policy) { p.PolicyId = aws.String("a") }, "InvalidInputException"},
		{"name again", func(p *types.Policy) { p.PolicyName = aws.String("first") }, "InvalidOperationException"},
	} {
		t.Run(test.name, func(t *testing.T) {
			service, c := newClient(t)
			service.CreatePolicy(admin, region, *newPolicy("first"), nil)
			service.CreatePolicy(admin, "us-east-1", *newPolicy("second"), nil)
			p := newPolicy("second")
			test.change(p)
			out, err := c.PutPolicy(t.Context(), &sdk.PutPolicyInput{Policy: p})
			want(t, test.name, err, test.want)
			if err == nil && (len(service.IDs("second")) != 2 || *out.Policy.PolicyUpdateToken == "") {
				t.Errorf("got %+v", out)
			}
			if err != nil && len(service.IDs("second")) != 1 {
				t.Error("a refused policy is there")
			}
		})
	}
}

func TestUpdate(t *testing.T) {
	service, c := newClient(t)
	service.CreatePolicy(admin, region, *newPolicy("p"), nil)
	id := service.IDs("p")[0]
	get := func() *types.Policy {
		out, err := c.GetPolicy(t.Context(), &sdk.GetPolicyInput{PolicyId: &id})
		want(t, "get", err, "")
		return out.Policy
	}
	put := func(p *types.Policy) error {
		_, err := c.PutPolicy(t.Context(), &sdk.PutPolicyInput{Policy: p})
		return err
	}
	first, late := get(), get()
	first.RemediationEnabled = true
	want(t, "update", put(first), "")
	want(t, "update with an old token", put(late), "InvalidInputException")
	if now := get(); !now.RemediationEnabled || *now.PolicyUpdateToken == *first.PolicyUpdateToken {
		t.Errorf("got %+v", now)
	}
	service.ChangePolicy(id, func(p *types.Policy) { p.PolicyStatus = types.CustomerPolicyStatusOutOfAdminScope })
	want(t, "update out of scope", put(get()), "InvalidOperationException")
	service.DeletePolicy(id)
	want(t, "update of nothing", put(first), "ResourceNotFoundException")
}

// TestShown: what the service answers is not what it was told, though it means the
// same.
func TestShown(t *testing.T) {
	service, c := newClient(t)
	id := service.CreatePolicy(admin, region, *newPolicy("p"), nil)
	out, err := c.GetPolicy(t.Context(), &sdk.GetPolicyInput{PolicyId: &id})
	want(t, "get", err, "")
	data := *out.Policy.SecurityServicePolicyData.ManagedServiceData
	for _, part := range []string{`"loggingConfiguration":null`, `"webACLSource":null`, `"managedRuleGroupIdentifier":null`, `"type":"WAFV2"`} {
		if !strings.Contains(data, part) {
			t.Errorf("%s lacks %s", data, part)
		}
	}
	if out.Policy.ResourceTagLogicalOperator != "AND" || out.Policy.ResourceTypeList[0] != "AWS::ElasticLoadBalancingV2::LoadBalancer" {
		t.Errorf("got %+v", out.Policy)
	}
	kept, _, _ := service.Policy(id)
	if kept.ResourceTypeList[0] != "AWS::ApiGateway::Stage" || strings.Contains(*kept.SecurityServicePolicyData.ManagedServiceData, "null") {
		t.Errorf("showing a policy changed it: %+v", kept)
	}
}

func TestListPoliciesPages(t *testing.T) {
	service, c := newClient(t)
	service.PageSize = 2
	for i := range 5 {
		service.CreatePolicy(admin, region, *newPolicy(fmt.Sprint("p", i)), nil)
	}
	service.CreatePolicy(admin, "us-east-1", *newPolicy("elsewhere"), nil)
	var names []string
	pages := sdk.NewListPoliciesPaginator(c, &sdk.ListPoliciesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		want(t, "page", err, "")
		for _, p := range page.PolicyList {
			names = append(names, *p.PolicyName)
		}
	}
	if got := strings.Join(names, " "); got != "p0 p1 p2 p3 p4" {
		t.Errorf("got %s", got)
	}
	_, err := c.ListPolicies(t.Context(), &sdk.ListPoliciesInput{NextToken: aws.String("status x 2")})
	want(t, "token of another list", err, "NextToken")
	_, err = c.ListPolicies(t.Context(), &sdk.ListPoliciesInput{MaxResults: aws.Int32(101)})
	want(t, "too many", err, "MaxResults")
}

func TestOnlyTheAdministrator(t *testing.T) {
	cloud := awstest.New(t)
	service := fms.New(cloud, admin, "111111111111")
	id := service.CreatePolicy(admin, region, *newPolicy("p"), nil)
	other := sdk.NewFromConfig(cloud.Config(region, member))
	_, err := other.ListPolicies(t.Context(), &sdk.ListPoliciesInput{})
	want(t, "list", err, "AccessDeniedException: Operation: ListPolicies is only available to Administration account")
	_, err = other.PutPolicy(t.Context(), &sdk.PutPolicyInput{Policy: newPolicy("q")})
	want(t, "put", err, "AccessDeniedException")
	second := sdk.NewFromConfig(cloud.Config(region, "111111111111"))
	_, err = second.GetPolicy(t.Context(), &sdk.GetPolicyInput{PolicyId: &id})
	want(t, "the policy of another administrator", err, "ResourceNotFoundException")
}

func TestTags(t *testing.T) {
	service, c := newClient(t)
	out, err := c.PutPolicy(t.Context(), &sdk.PutPolicyInput{Policy: newPolicy("p"), TagList: []types.Tag{{Key: aws.String("b"), Value: aws.String("1")}}})
	want(t, "put", err, "")
	_, err = c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: out.PolicyArn, TagList: []types.Tag{{Key: aws.String("a"), Value: aws.String("2")}}})
	want(t, "tag", err, "")
	list, err := c.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceArn: out.PolicyArn})
	if err != nil || len(list.TagList) != 2 || *list.TagList[0].Key != "a" {
		t.Errorf("got %+v and %v", list, err)
	}
	_, err = c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: aws.String(strings.Replace(*out.PolicyArn, region, "us-east-1", 1)), TagList: list.TagList})
	want(t, "tag nothing", err, "ResourceNotFoundException")
	if _, tags, ok := service.Policy(*out.Policy.PolicyId); !ok || tags["a"] != "2" {
		t.Errorf("got %v", tags)
	}
}

func TestCompliance(t *testing.T) {
	service, c := newClient(t)
	service.PageSize = 1
	id := service.CreatePolicy(admin, region, *newPolicy("p"), nil)
	acl := fms.Violator{
		ComplianceViolator: types.ComplianceViolator{
			ResourceId: aws.String("acl"), ResourceType: aws.String("AWS::WAFv2::WebACL"), ViolationReason: types.ViolationReasonWebACLConfigurationOrScopeOfUse,
		},
		Violations: []types.ResourceViolation{{WebACLHasIncompatibleConfigurationViolation: &types.WebACLHasIncompatibleConfigurationViolation{Description: aws.String("logging")}}},
	}
	many := []fms.Violator{acl}
	for i := range 120 {
		many = append(many, fms.Violator{ComplianceViolator: types.ComplianceViolator{
			ResourceId: aws.String(fmt.Sprint("alb", i)), ResourceType: aws.String("AWS::ElasticLoadBalancingV2::LoadBalancer"),
			ViolationReason: types.ViolationReasonResourceMissingWebAcl,
		}})
	}
	now := time.Date(2026, 9, 25, 0, 0, 0, 0, time.UTC)
	service.Evaluate(id, fms.Account{ID: "111111111111", LastUpdated: now})
	service.Evaluate(id, fms.Account{ID: "222222222222", Violators: many, ExpiredAt: now})
	service.Evaluate(id, fms.Account{ID: "333333333333", Unevaluated: true, Issues: map[string]string{"AWSCONFIG": "off"}})

	var got []string
	pages := sdk.NewListComplianceStatusPaginator(c, &sdk.ListComplianceStatusInput{PolicyId: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		want(t, "page", err, "")
		for _, s := range page.PolicyComplianceStatusList {
			for _, r := range s.EvaluationResults {
				got = append(got, fmt.Sprint(*s.MemberAccount, " ", r.ComplianceStatus, " ", r.ViolatorCount, " ", r.EvaluationLimitExceeded))
			}
		}
	}
	if fmt.Sprint(got) != "[111111111111 COMPLIANT 0 false 222222222222 NON_COMPLIANT 100 true]" {
		t.Errorf("got %v", got)
	}
	out, err := c.GetComplianceDetail(t.Context(), &sdk.GetComplianceDetailInput{PolicyId: &id, MemberAccount: aws.String("222222222222")})
	if err != nil || len(out.PolicyComplianceDetail.Violators) != 100 || !out.PolicyComplianceDetail.EvaluationLimitExceeded {
		t.Errorf("got %+v and %v", out, err)
	}
	_, err = c.GetComplianceDetail(t.Context(), &sdk.GetComplianceDetailInput{PolicyId: &id, MemberAccount: aws.String("999999999999")})
	want(t, "detail of an account that is not there", err, "ResourceNotFoundException")

	details := func(resource, kind string) error {
		_, err := c.GetViolationDetails(t.Context(), &sdk.GetViolationDetailsInput{
			PolicyId: &id, MemberAccount: aws.String("222222222222"), ResourceId: &resource, ResourceType: &kind,
		})
		return err
	}
	want(t, "violation", details("acl", "AWS::WAFv2::WebACL"), "")
	want(t, "violation of a type without details", details("alb0", "AWS::ElasticLoadBalancingV2::LoadBalancer"), "InvalidInputException")
	want(t, "violation of nothing", details("x", "AWS::WAFv2::WebACL"), "ResourceNotFoundException")
}
