package firewall

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/pace/sdkpace"
)

// An associationType is a type of resources that AWS WAF lists for a web ACL.
type associationType struct {
	waf   types.ResourceType
	kind  retrofit.ResourceType
	scope types.Scope
}

// associationTypes are all that the API knows. Amplify apps are associated with
// global web ACLs ("ListWebACLs" in the API reference: "For an Amplify application,
// use CLOUDFRONT"); the service refuses to list others for one, and tells of load
// balancers alone if it is asked for no type.
var associationTypes = []associationType{
	{types.ResourceTypeApplicationLoadBalancer, retrofit.LoadBalancer, types.ScopeRegional},
	{types.ResourceTypeApiGateway, retrofit.APIStage, types.ScopeRegional},
	{types.ResourceTypeAppsync, retrofit.GraphQLAPI, types.ScopeRegional},
	{types.ResourceTypeCognitioUserPool, retrofit.UserPool, types.ScopeRegional},
	{types.ResourceTypeAppRunnerService, retrofit.AppRunner, types.ScopeRegional},
	{types.ResourceTypeVerifiedAccessInstance, retrofit.VerifiedAccess, types.ScopeRegional},
	{types.ResourceTypeAmplify, retrofit.AmplifyApp, types.ScopeCloudfront},
}

// associationsOf names the part of a web ACL that its associations with a type are.
func associationsOf(kind retrofit.ResourceType) string { return "associations " + string(kind) }

// webACLs reads the web ACLs of a scope.
func (r *regionReader) webACLs(ctx context.Context, scope types.Scope) {
	listed, err := r.listWebACLs(ctx, scope)
	if err != nil && scope == types.ScopeRegional {
		r.incomplete = true
		r.unread("web ACLs", err)
	} else if err != nil {
		r.unread("web ACLs "+string(scope), err)
	}
	read := map[string]bool{}
	for _, s := range listed {
		if read[aws.ToString(s.ARN)] || ctx.Err() != nil {
			continue
		}
		read[aws.ToString(s.ARN)] = true
		if w, there := r.webACL(ctx, scope, s); there {
			r.state.WebACLs = append(r.state.WebACLs, w)
		}
	}
}

// listWebACLs lists web ACLs. With an error, it returns those listed before. A page
// that is the last one has a marker, too (boto/boto3#3715), so an empty one ends the
// list.
func (r *regionReader) listWebACLs(ctx context.Context, scope types.Scope) (listed []types.WebACLSummary, err error) {
	in := &wafv2.ListWebACLsInput{Scope: scope}
	for {
		out, err := r.WAF.ListWebACLs(ctx, in)
		if err != nil {
			return listed, err
		}
		listed = append(listed, out.WebACLs...)
		switch next := aws.ToString(out.NextMarker); {
		case next == "" || len(out.WebACLs) == 0:
			return listed, nil
		case next == aws.ToString(in.NextMarker):
			return listed, errors.New("WAFV2 ListWebACLs: the service repeats a page")
		}
		in.NextMarker = out.NextMarker
	}
}

// A webACLPart is a part of a web ACL, and how it is read.
type webACLPart struct {
	name string
	read func(context.Context, *retrofit.WebACL) error
}

func (r *regionReader) webACLParts(scope types.Scope, s types.WebACLSummary) []webACLPart {
	parts := []webACLPart{
		{"details", func(ctx context.Context, w *retrofit.WebACL) error { return r.details(ctx, w, s) }},
		{"tags", r.webACLTags},
		{"logging", r.logging},
	}
	if scope == types.ScopeCloudfront { // distributions tell their web ACL, not the other way round
		parts = append(parts, webACLPart{associationsOf(retrofit.Distribution), func(context.Context, *retrofit.WebACL) error { return r.unlisted }})
	}
	for _, a := range associationTypes {
		if a.scope == scope && !slices.Contains(r.missing, a.kind) {
			parts = append(parts, webACLPart{associationsOf(a.kind), func(ctx context.Context, w *retrofit.WebACL) error {
				return r.associations(ctx, w, a)
			}})
		}
	}
	return parts
}

// webACL reads a web ACL, and reports whether it is still there.
func (r *regionReader) webACL(ctx context.Context, scope types.Scope, s types.WebACLSummary) (w retrofit.WebACL, there bool) {
	w = retrofit.WebACL{
		ARN: aws.ToString(s.ARN), Name: aws.ToString(s.Name), Account: r.account, Region: r.region, Scope: string(scope),
		Associations: []string{},
	}
	unread := len(r.state.Unread)
	for _, part := range r.webACLParts(scope, s) {
		err := part.read(ctx, &w)
		if isNonexistent(err) && isNonexistent(r.details(ctx, &w, s)) {
			r.state.Unread = r.state.Unread[:unread]
			return w, false
		}
		if err != nil {
			w.Unread = append(w.Unread, part.name)
			r.unread("web ACL "+w.Name+": "+part.name, err)
		}
	}
	slices.Sort(w.Associations)
	w.Associations = slices.Compact(w.Associations)
	return w, true
}

func isNonexistent(err error) bool {
	_, is := errors.AsType[*types.WAFNonexistentItemException](err)
	return is
}

func (r *regionReader) details(ctx context.Context, w *retrofit.WebACL, s types.WebACLSummary) error {
	out, err := r.WAF.GetWebACL(ctx, &wafv2.GetWebACLInput{Name: s.Name, Id: s.Id, Scope: types.Scope(w.Scope)})
	if err != nil {
		return err
	}
	acl := out.WebACL
	if acl == nil {
		return errors.New("WAFV2 GetWebACL: the answer has no web ACL")
	}
	w.Capacity, w.Managed, w.Retrofitted = acl.Capacity, acl.ManagedByFirewallManager, acl.RetrofittedByFirewallManager
	w.Pre, w.Post = managedGroups(acl.PreProcessFirewallManagerRuleGroups), managedGroups(acl.PostProcessFirewallManagerRuleGroups)
	rules := slices.Clone(acl.Rules)
	slices.SortStableFunc(rules, func(a, b types.Rule) int { return cmp.Compare(a.Priority, b.Priority) })
	w.Rules = nil
	for _, rule := range rules {
		w.Rules = append(w.Rules, aws.ToString(rule.Name))
	}
	return nil
}

// managedGroups returns the rule groups of Firewall Manager by their priority.
func managedGroups(groups []types.FirewallManagerRuleGroup) (found []retrofit.ManagedGroup) {
	for _, g := range groups {
		m := retrofit.ManagedGroup{Name: aws.ToString(g.Name), Priority: g.Priority}
		if o := g.OverrideAction; o != nil && o.Count != nil {
			m.Override = "COUNT"
		} else if o != nil && o.None != nil {
			m.Override = "NONE"
		}
		if s := g.FirewallManagerStatement; s != nil && s.RuleGroupReferenceStatement != nil {
			m.RuleGroup = aws.ToString(s.RuleGroupReferenceStatement.ARN)
		} else if s != nil && s.ManagedRuleGroupStatement != nil {
			managed := s.ManagedRuleGroupStatement
			m.Version = aws.ToString(managed.Version)
			m.RuleGroup = managedGroupID(aws.ToString(managed.VendorName), aws.ToString(managed.Name), m.Version)
		}
		found = append(found, m)
	}
	slices.SortStableFunc(found, func(a, b retrofit.ManagedGroup) int { return cmp.Compare(a.Priority, b.Priority) })
	return found
}

// managedGroupID is the ID of a managed rule group; see [retrofit.RuleGroup].
func managedGroupID(vendor, name, version string) string {
	if version != "" {
		version = "@" + version
	}
	return vendor + "/" + name + version
}

func (r *regionReader) webACLTags(ctx context.Context, w *retrofit.WebACL) error {
	in, tags := &wafv2.ListTagsForResourceInput{ResourceARN: &w.ARN}, map[string]string{}
	for {
		out, err := r.WAF.ListTagsForResource(ctx, in)
		if err != nil {
			return err
		}
		if out.TagInfoForResource == nil {
			return errors.New("WAFV2 ListTagsForResource: the answer has no tags")
		}
		before := len(tags)
		for _, tag := range out.TagInfoForResource.TagList {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		if aws.ToString(out.NextMarker) == "" || len(tags) == before {
			w.Tags = tagsOrNone(tags)
			return nil
		}
		in.NextMarker = out.NextMarker
	}
}

// tagsOrNone returns nil for no tags, as a state is that was read from JSON.
func tagsOrNone(tags map[string]string) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	return tags
}

// logging reads the logging of scope CUSTOMER, which is also that of Firewall
// Manager. Other scopes belong to Security Lake and CloudWatch.
func (r *regionReader) logging(ctx context.Context, w *retrofit.WebACL) error {
	out, err := r.WAF.GetLoggingConfiguration(ctx, &wafv2.GetLoggingConfigurationInput{ResourceArn: &w.ARN, LogScope: types.LogScopeCustomer})
	if isNonexistent(err) {
		return nil // there is none; if there is no web ACL any more, that shows next
	}
	if err != nil {
		return err
	}
	if out.LoggingConfiguration == nil {
		return errors.New("WAFV2 GetLoggingConfiguration: the answer has no configuration")
	}
	w.Logging = &retrofit.Logging{Managed: out.LoggingConfiguration.ManagedByFirewallManager}
	if to := out.LoggingConfiguration.LogDestinationConfigs; len(to) > 0 {
		w.Logging.Destination = to[0]
	}
	return nil
}

func (r *regionReader) associations(ctx context.Context, w *retrofit.WebACL, a associationType) error {
	out, err := r.WAF.ListResourcesForWebACL(ctx, &wafv2.ListResourcesForWebACLInput{WebACLArn: &w.ARN, ResourceType: a.waf},
		func(o *wafv2.Options) { o.APIOptions = append(o.APIOptions, sdkpace.Attempts(r.lists)) })
	if err != nil {
		return err
	}
	for _, arn := range out.ResourceArns {
		r.kinds[arn] = a.kind
	}
	w.Associations = append(w.Associations, out.ResourceArns...)
	return nil
}
