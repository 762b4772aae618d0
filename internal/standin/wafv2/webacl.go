package wafv2

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// A WebACL is what a test says of a web ACL.
type WebACL struct {
	Name        string
	Description string
	Scope       types.Scope // defaults to REGIONAL; CLOUDFRONT is in us-east-1
	Capacity    int64
	Rules       []types.Rule
	Tags        map[string]string

	Managed, Retrofitted bool // by Firewall Manager
	Pre, Post            []types.FirewallManagerRuleGroup

	Logging []types.LoggingConfiguration // one for each scope; an empty one is CUSTOMER

	// Resources that it is associated with, by type, but not distributions.
	Resources map[types.ResourceType][]string
}

// CreateWebACL makes a web ACL, and returns its ARN.
func (s *Service) CreateWebACL(account, region string, w WebACL) (arn string) {
	w.Resources = maps.Clone(w.Resources)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(&item{place: place{account, region, w.Scope, "webacl"}, name: w.Name, description: w.Description, tags: w.Tags, acl: &w})
}

// ChangeWebACL changes a web ACL by another hand. Its name and scope stay.
func (s *Service) ChangeWebACL(arn string, change func(*WebACL)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.items[arn]
	change(i.acl)
	i.tags = maps.Clone(i.acl.Tags)
	i.version++
}

// Associate associates a web ACL with one more resource.
func (s *Service) Associate(webACL string, kind types.ResourceType, arn string) {
	s.ChangeWebACL(webACL, func(w *WebACL) {
		if w.Resources == nil {
			w.Resources = map[types.ResourceType][]string{}
		}
		w.Resources[kind] = append(slices.Clone(w.Resources[kind]), arn)
	})
}

// OwnGroup is a rule group that Firewall Manager put into a web ACL, by the ARN of
// an account's own.
func OwnGroup(name string, priority int32, arn string) types.FirewallManagerRuleGroup {
	return group(name, priority, types.FirewallManagerStatement{
		RuleGroupReferenceStatement: &types.RuleGroupReferenceStatement{ARN: &arn},
	})
}

// VendorGroup is a managed rule group that Firewall Manager put into a web ACL. An
// empty version is the vendor's default.
func VendorGroup(name string, priority int32, vendor, ruleGroup, version string) types.FirewallManagerRuleGroup {
	statement := &types.ManagedRuleGroupStatement{VendorName: &vendor, Name: &ruleGroup}
	if version != "" {
		statement.Version = &version
	}
	return group(name, priority, types.FirewallManagerStatement{ManagedRuleGroupStatement: statement})
}

func group(name string, priority int32, statement types.FirewallManagerStatement) types.FirewallManagerRuleGroup {
	return types.FirewallManagerRuleGroup{
		Name: &name, Priority: priority, FirewallManagerStatement: &statement,
		OverrideAction:   &types.OverrideAction{None: &types.NoneAction{}},
		VisibilityConfig: &types.VisibilityConfig{MetricName: &name, CloudWatchMetricsEnabled: true},
	}
}

func (s *Service) listWebACLs(ctx context.Context, in *sdk.ListWebACLsInput) (*sdk.ListWebACLsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := placeOf(ctx, in.Scope, "webacl")
	if err != nil {
		return nil, err
	}
	page, next, err := s.list(at, in.Limit, in.NextMarker)
	out := &sdk.ListWebACLsOutput{NextMarker: next, WebACLs: []types.WebACLSummary{}}
	for _, i := range page {
		out.WebACLs = append(out.WebACLs, types.WebACLSummary{
			ARN: aws.String(i.arn()), Id: &i.id, Name: &i.name, Description: aws.String(i.description), LockToken: i.token(),
		})
	}
	return out, err
}

func (s *Service) getWebACL(ctx context.Context, in *sdk.GetWebACLInput) (*sdk.GetWebACLOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.either(ctx, in.ARN, in.Scope, "webacl", in.Name, in.Id)
	if err != nil {
		return nil, err
	}
	w := i.acl
	return &sdk.GetWebACLOutput{LockToken: i.token(), WebACL: &types.WebACL{
		ARN: aws.String(i.arn()), Id: &i.id, Name: &i.name, Description: aws.String(i.description), Capacity: w.Capacity,
		DefaultAction:    &types.DefaultAction{Allow: &types.AllowAction{}},
		VisibilityConfig: &types.VisibilityConfig{MetricName: &i.name, CloudWatchMetricsEnabled: true},
		Rules:            slices.Clone(w.Rules),
		LabelNamespace:   aws.String("awswaf:" + i.account + ":webacl:" + i.name + ":"),

		ManagedByFirewallManager: w.Managed, RetrofittedByFirewallManager: w.Retrofitted,
		PreProcessFirewallManagerRuleGroups: slices.Clone(w.Pre), PostProcessFirewallManagerRuleGroups: slices.Clone(w.Post),
	}}, nil
}

// listResourcesForWebACL lists the resources of one type: load balancers if the call
// names none. For a global web ACL the service refuses to list anything regional
// (prowler-cloud/prowler#5805); Amplify apps are the one type that it has here, and
// no regional one has them ("ListResourcesForWebACL" in the API reference).
func (s *Service) listResourcesForWebACL(ctx context.Context, in *sdk.ListResourcesForWebACLInput) (*sdk.ListResourcesForWebACLOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := in.ResourceType
	if kind == "" {
		kind = types.ResourceTypeApplicationLoadBalancer
	}
	if !slices.Contains(kind.Values(), kind) {
		return nil, invalid("The resource type is not valid.", "RESOURCE_TYPE", string(kind))
	}
	i, err := s.find(ctx, in.WebACLArn, "webacl")
	if err != nil {
		return nil, err
	}
	if (i.scope == types.ScopeCloudfront) != (kind == types.ResourceTypeAmplify) {
		return nil, invalid("The scope is not valid.", "SCOPE_VALUE", string(i.scope))
	}
	return &sdk.ListResourcesForWebACLOutput{ResourceArns: append([]string{}, i.acl.Resources[kind]...)}, nil
}

// getLoggingConfiguration returns the logging of one scope.
func (s *Service) getLoggingConfiguration(ctx context.Context, in *sdk.GetLoggingConfigurationInput) (*sdk.GetLoggingConfigurationOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.find(ctx, in.ResourceArn, "webacl")
	if err != nil {
		return nil, err
	}
	for _, l := range i.acl.Logging {
		if logScope(l.LogScope) == logScope(in.LogScope) {
			l.ResourceArn, l.LogScope, l.LogType = in.ResourceArn, logScope(l.LogScope), types.LogTypeWafLogs
			return &sdk.GetLoggingConfigurationOutput{LoggingConfiguration: &l}, nil
		}
	}
	return nil, nonexistent()
}

func logScope(s types.LogScope) types.LogScope {
	if s == "" {
		return types.LogScopeCustomer
	}
	return s
}

// inUse reports whether a rule of a web ACL refers to an IP set. Only the statement
// of the rule itself is looked at, not those inside it. The caller of inUse holds
// s.mu.
func (s *Service) inUse(ipSet string) bool {
	refers := func(r types.Rule) bool {
		return r.Statement != nil && r.Statement.IPSetReferenceStatement != nil && aws.ToString(r.Statement.IPSetReferenceStatement.ARN) == ipSet
	}
	for _, i := range s.items {
		if i.acl != nil && slices.ContainsFunc(i.acl.Rules, refers) {
			return true
		}
	}
	return false
}
