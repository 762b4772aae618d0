package respond

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"

	"github.com/awspatterns/awspatterns/internal/useragent"
)

// Clients are the AWS clients that this package works with, all of one account
// and Region. A pattern needs those that its permissions name; others may be nil.
type Clients struct {
	EC2             EC2API
	EventBridge     EventBridgeAPI
	GuardDuty       GuardDutyAPI
	NetworkFirewall NetworkFirewallAPI
	SNS             SNSAPI
	STS             STSAPI
	WAF             WAFAPI

	// Region that the clients are in. Plans are made for it.
	Region string
}

// NewClients returns clients for cfg, which name this library in their user agent.
func NewClients(cfg aws.Config) Clients {
	cfg = useragent.Add(cfg)
	return Clients{
		EC2:             ec2.NewFromConfig(cfg),
		EventBridge:     eventbridge.NewFromConfig(cfg),
		GuardDuty:       guardduty.NewFromConfig(cfg),
		NetworkFirewall: networkfirewall.NewFromConfig(cfg),
		SNS:             sns.NewFromConfig(cfg),
		STS:             sts.NewFromConfig(cfg),
		WAF:             wafv2.NewFromConfig(cfg),
		Region:          cfg.Region,
	}
}

// EC2API is what this package needs of *ec2.Client.
type EC2API interface {
	CreateTags(context.Context, *ec2.CreateTagsInput, ...func(*ec2.Options)) (*ec2.CreateTagsOutput, error)
	DeleteTags(context.Context, *ec2.DeleteTagsInput, ...func(*ec2.Options)) (*ec2.DeleteTagsOutput, error)
	DescribeTags(context.Context, *ec2.DescribeTagsInput, ...func(*ec2.Options)) (*ec2.DescribeTagsOutput, error)
}

// EventBridgeAPI is what this package needs of *eventbridge.Client.
type EventBridgeAPI interface {
	DescribeRule(context.Context, *eventbridge.DescribeRuleInput, ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error)
	ListTagsForResource(context.Context, *eventbridge.ListTagsForResourceInput, ...func(*eventbridge.Options)) (*eventbridge.ListTagsForResourceOutput, error)
	ListTargetsByRule(context.Context, *eventbridge.ListTargetsByRuleInput, ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error)
	PutRule(context.Context, *eventbridge.PutRuleInput, ...func(*eventbridge.Options)) (*eventbridge.PutRuleOutput, error)
	PutTargets(context.Context, *eventbridge.PutTargetsInput, ...func(*eventbridge.Options)) (*eventbridge.PutTargetsOutput, error)
	TagResource(context.Context, *eventbridge.TagResourceInput, ...func(*eventbridge.Options)) (*eventbridge.TagResourceOutput, error)
	TestEventPattern(context.Context, *eventbridge.TestEventPatternInput, ...func(*eventbridge.Options)) (*eventbridge.TestEventPatternOutput, error)
}

// GuardDutyAPI is what this package needs of *guardduty.Client.
type GuardDutyAPI interface {
	CreateSampleFindings(context.Context, *guardduty.CreateSampleFindingsInput, ...func(*guardduty.Options)) (*guardduty.CreateSampleFindingsOutput, error)
	GetFindings(context.Context, *guardduty.GetFindingsInput, ...func(*guardduty.Options)) (*guardduty.GetFindingsOutput, error)
	ListDetectors(context.Context, *guardduty.ListDetectorsInput, ...func(*guardduty.Options)) (*guardduty.ListDetectorsOutput, error)
	ListFindings(context.Context, *guardduty.ListFindingsInput, ...func(*guardduty.Options)) (*guardduty.ListFindingsOutput, error)
}

// NetworkFirewallAPI is what this package needs of *networkfirewall.Client.
type NetworkFirewallAPI interface {
	DescribeRuleGroup(context.Context, *networkfirewall.DescribeRuleGroupInput, ...func(*networkfirewall.Options)) (*networkfirewall.DescribeRuleGroupOutput, error)
	UpdateRuleGroup(context.Context, *networkfirewall.UpdateRuleGroupInput, ...func(*networkfirewall.Options)) (*networkfirewall.UpdateRuleGroupOutput, error)
}

// SNSAPI is what this package needs of *sns.Client.
type SNSAPI interface {
	CreateTopic(context.Context, *sns.CreateTopicInput, ...func(*sns.Options)) (*sns.CreateTopicOutput, error)
	GetTopicAttributes(context.Context, *sns.GetTopicAttributesInput, ...func(*sns.Options)) (*sns.GetTopicAttributesOutput, error)
	ListTagsForResource(context.Context, *sns.ListTagsForResourceInput, ...func(*sns.Options)) (*sns.ListTagsForResourceOutput, error)
	TagResource(context.Context, *sns.TagResourceInput, ...func(*sns.Options)) (*sns.TagResourceOutput, error)
	SetTopicAttributes(context.Context, *sns.SetTopicAttributesInput, ...func(*sns.Options)) (*sns.SetTopicAttributesOutput, error)
}

// STSAPI is what this package needs of *sts.Client.
type STSAPI interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// WAFAPI is what this package needs of *wafv2.Client.
type WAFAPI interface {
	GetIPSet(context.Context, *wafv2.GetIPSetInput, ...func(*wafv2.Options)) (*wafv2.GetIPSetOutput, error)
	UpdateIPSet(context.Context, *wafv2.UpdateIPSetInput, ...func(*wafv2.Options)) (*wafv2.UpdateIPSetOutput, error)
}
