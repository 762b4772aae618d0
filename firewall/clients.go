package firewall

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"

	"github.com/awspatterns/awspatterns/internal/useragent"
)

// Clients are the AWS clients that this package works with, all of one account
// and Region. A pattern needs those that its permissions name; others may be nil.
type Clients struct {
	APIGateway      APIGatewayAPI
	Athena          AthenaAPI
	CloudFront      CloudFrontAPI
	CloudWatch      CloudWatchAPI
	ELB             ELBAPI
	FMS             FMSAPI
	Logs            LogsAPI
	NetworkFirewall NetworkFirewallAPI
	Organizations   OrganizationsAPI
	S3              S3API
	STS             STSAPI
	WAF             WAFAPI

	// Region that the clients are in. Plans are made for it.
	Region string
}

// A ClientsFunc returns the clients of an account in a Region. It stands where
// [Clients] stands in patterns over many accounts, is called from several
// goroutines, and is the place to assume a role. That it fails for one account is
// reported for that account.
type ClientsFunc func(account, region string) (Clients, error)

// NewClients returns clients for cfg, which name this library in their user agent.
func NewClients(cfg aws.Config) Clients {
	cfg = useragent.Add(cfg)
	return Clients{
		APIGateway:      apigateway.NewFromConfig(cfg),
		Athena:          athena.NewFromConfig(cfg),
		CloudFront:      cloudfront.NewFromConfig(cfg),
		CloudWatch:      cloudwatch.NewFromConfig(cfg),
		ELB:             elb.NewFromConfig(cfg),
		FMS:             fms.NewFromConfig(cfg),
		Logs:            cloudwatchlogs.NewFromConfig(cfg),
		NetworkFirewall: networkfirewall.NewFromConfig(cfg),
		Organizations:   organizations.NewFromConfig(cfg),
		S3:              s3.NewFromConfig(cfg),
		STS:             sts.NewFromConfig(cfg),
		WAF:             wafv2.NewFromConfig(cfg),
		Region:          cfg.Region,
	}
}

// APIGatewayAPI is what this package needs of *apigateway.Client.
type APIGatewayAPI interface {
	GetRestApis(context.Context, *apigateway.GetRestApisInput, ...func(*apigateway.Options)) (*apigateway.GetRestApisOutput, error)
	GetStages(context.Context, *apigateway.GetStagesInput, ...func(*apigateway.Options)) (*apigateway.GetStagesOutput, error)
}

// AthenaAPI is what this package needs of *athena.Client.
type AthenaAPI interface {
	GetQueryExecution(context.Context, *athena.GetQueryExecutionInput, ...func(*athena.Options)) (*athena.GetQueryExecutionOutput, error)
	GetQueryResults(context.Context, *athena.GetQueryResultsInput, ...func(*athena.Options)) (*athena.GetQueryResultsOutput, error)
	StartQueryExecution(context.Context, *athena.StartQueryExecutionInput, ...func(*athena.Options)) (*athena.StartQueryExecutionOutput, error)
	StopQueryExecution(context.Context, *athena.StopQueryExecutionInput, ...func(*athena.Options)) (*athena.StopQueryExecutionOutput, error)
}

// CloudFrontAPI is what this package needs of *cloudfront.Client.
type CloudFrontAPI interface {
	ListDistributions(context.Context, *cloudfront.ListDistributionsInput, ...func(*cloudfront.Options)) (*cloudfront.ListDistributionsOutput, error)
	ListTagsForResource(context.Context, *cloudfront.ListTagsForResourceInput, ...func(*cloudfront.Options)) (*cloudfront.ListTagsForResourceOutput, error)
}

// CloudWatchAPI is what this package needs of *cloudwatch.Client.
type CloudWatchAPI interface {
	DeleteAlarms(context.Context, *cloudwatch.DeleteAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DeleteAlarmsOutput, error)
	DeleteDashboards(context.Context, *cloudwatch.DeleteDashboardsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DeleteDashboardsOutput, error)
	DeleteInsightRules(context.Context, *cloudwatch.DeleteInsightRulesInput, ...func(*cloudwatch.Options)) (*cloudwatch.DeleteInsightRulesOutput, error)
	DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error)
	DescribeInsightRules(context.Context, *cloudwatch.DescribeInsightRulesInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeInsightRulesOutput, error)
	GetDashboard(context.Context, *cloudwatch.GetDashboardInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetDashboardOutput, error)
	ListTagsForResource(context.Context, *cloudwatch.ListTagsForResourceInput, ...func(*cloudwatch.Options)) (*cloudwatch.ListTagsForResourceOutput, error)
	PutDashboard(context.Context, *cloudwatch.PutDashboardInput, ...func(*cloudwatch.Options)) (*cloudwatch.PutDashboardOutput, error)
	PutInsightRule(context.Context, *cloudwatch.PutInsightRuleInput, ...func(*cloudwatch.Options)) (*cloudwatch.PutInsightRuleOutput, error)
	PutMetricAlarm(context.Context, *cloudwatch.PutMetricAlarmInput, ...func(*cloudwatch.Options)) (*cloudwatch.PutMetricAlarmOutput, error)
	TagResource(context.Context, *cloudwatch.TagResourceInput, ...func(*cloudwatch.Options)) (*cloudwatch.TagResourceOutput, error)
}

// ELBAPI is what this package needs of *elb.Client.
type ELBAPI interface {
	DescribeLoadBalancers(context.Context, *elb.DescribeLoadBalancersInput, ...func(*elb.Options)) (*elb.DescribeLoadBalancersOutput, error)
	DescribeTags(context.Context, *elb.DescribeTagsInput, ...func(*elb.Options)) (*elb.DescribeTagsOutput, error)
}

// FMSAPI is what this package needs of *fms.Client.
type FMSAPI interface {
	GetComplianceDetail(context.Context, *fms.GetComplianceDetailInput, ...func(*fms.Options)) (*fms.GetComplianceDetailOutput, error)
	GetPolicy(context.Context, *fms.GetPolicyInput, ...func(*fms.Options)) (*fms.GetPolicyOutput, error)
	GetViolationDetails(context.Context, *fms.GetViolationDetailsInput, ...func(*fms.Options)) (*fms.GetViolationDetailsOutput, error)
	ListComplianceStatus(context.Context, *fms.ListComplianceStatusInput, ...func(*fms.Options)) (*fms.ListComplianceStatusOutput, error)
	ListPolicies(context.Context, *fms.ListPoliciesInput, ...func(*fms.Options)) (*fms.ListPoliciesOutput, error)
	ListTagsForResource(context.Context, *fms.ListTagsForResourceInput, ...func(*fms.Options)) (*fms.ListTagsForResourceOutput, error)
	PutPolicy(context.Context, *fms.PutPolicyInput, ...func(*fms.Options)) (*fms.PutPolicyOutput, error)
	TagResource(context.Context, *fms.TagResourceInput, ...func(*fms.Options)) (*fms.TagResourceOutput, error)
}

// LogsAPI is what this package needs of *cloudwatchlogs.Client.
type LogsAPI interface {
	DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error)
	GetQueryResults(context.Context, *cloudwatchlogs.GetQueryResultsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetQueryResultsOutput, error)
	StartQuery(context.Context, *cloudwatchlogs.StartQueryInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.StartQueryOutput, error)
	StopQuery(context.Context, *cloudwatchlogs.StopQueryInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.StopQueryOutput, error)
}

// NetworkFirewallAPI is what this package needs of *networkfirewall.Client.
type NetworkFirewallAPI interface {
	CreateRuleGroup(context.Context, *networkfirewall.CreateRuleGroupInput, ...func(*networkfirewall.Options)) (*networkfirewall.CreateRuleGroupOutput, error)
	DeleteRuleGroup(context.Context, *networkfirewall.DeleteRuleGroupInput, ...func(*networkfirewall.Options)) (*networkfirewall.DeleteRuleGroupOutput, error)
	DescribeFirewall(context.Context, *networkfirewall.DescribeFirewallInput, ...func(*networkfirewall.Options)) (*networkfirewall.DescribeFirewallOutput, error)
	DescribeFirewallPolicy(context.Context, *networkfirewall.DescribeFirewallPolicyInput, ...func(*networkfirewall.Options)) (*networkfirewall.DescribeFirewallPolicyOutput, error)
	DescribeLoggingConfiguration(context.Context, *networkfirewall.DescribeLoggingConfigurationInput, ...func(*networkfirewall.Options)) (*networkfirewall.DescribeLoggingConfigurationOutput, error)
	DescribeRuleGroup(context.Context, *networkfirewall.DescribeRuleGroupInput, ...func(*networkfirewall.Options)) (*networkfirewall.DescribeRuleGroupOutput, error)
	ListFirewalls(context.Context, *networkfirewall.ListFirewallsInput, ...func(*networkfirewall.Options)) (*networkfirewall.ListFirewallsOutput, error)
	ListRuleGroups(context.Context, *networkfirewall.ListRuleGroupsInput, ...func(*networkfirewall.Options)) (*networkfirewall.ListRuleGroupsOutput, error)
	TagResource(context.Context, *networkfirewall.TagResourceInput, ...func(*networkfirewall.Options)) (*networkfirewall.TagResourceOutput, error)
	UpdateFirewallPolicy(context.Context, *networkfirewall.UpdateFirewallPolicyInput, ...func(*networkfirewall.Options)) (*networkfirewall.UpdateFirewallPolicyOutput, error)
	UpdateRuleGroup(context.Context, *networkfirewall.UpdateRuleGroupInput, ...func(*networkfirewall.Options)) (*networkfirewall.UpdateRuleGroupOutput, error)
}

// OrganizationsAPI is what this package needs of *organizations.Client.
type OrganizationsAPI interface {
	ListAccounts(context.Context, *organizations.ListAccountsInput, ...func(*organizations.Options)) (*organizations.ListAccountsOutput, error)
	ListParents(context.Context, *organizations.ListParentsInput, ...func(*organizations.Options)) (*organizations.ListParentsOutput, error)
}

// S3API is what this package needs of *s3.Client.
type S3API interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
}

// STSAPI is what this package needs of *sts.Client.
type STSAPI interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// WAFAPI is what this package needs of *wafv2.Client.
type WAFAPI interface {
	DescribeManagedRuleGroup(context.Context, *wafv2.DescribeManagedRuleGroupInput, ...func(*wafv2.Options)) (*wafv2.DescribeManagedRuleGroupOutput, error)
	GetLoggingConfiguration(context.Context, *wafv2.GetLoggingConfigurationInput, ...func(*wafv2.Options)) (*wafv2.GetLoggingConfigurationOutput, error)
	GetRuleGroup(context.Context, *wafv2.GetRuleGroupInput, ...func(*wafv2.Options)) (*wafv2.GetRuleGroupOutput, error)
	GetWebACL(context.Context, *wafv2.GetWebACLInput, ...func(*wafv2.Options)) (*wafv2.GetWebACLOutput, error)
	ListResourcesForWebACL(context.Context, *wafv2.ListResourcesForWebACLInput, ...func(*wafv2.Options)) (*wafv2.ListResourcesForWebACLOutput, error)
	ListTagsForResource(context.Context, *wafv2.ListTagsForResourceInput, ...func(*wafv2.Options)) (*wafv2.ListTagsForResourceOutput, error)
	ListWebACLs(context.Context, *wafv2.ListWebACLsInput, ...func(*wafv2.Options)) (*wafv2.ListWebACLsOutput, error)
}
