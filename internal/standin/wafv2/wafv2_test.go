package wafv2_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/wafv2"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
	global  = "us-east-1"
)

func newClient(t *testing.T) (*wafv2.Service, *sdk.Client, *sdk.Client) {
	cloud := awstest.New(t)
	return wafv2.New(cloud), sdk.NewFromConfig(cloud.Config(region, account)), sdk.NewFromConfig(cloud.Config(global, account))
}

func want(t *testing.T, what string, err error, text string) {
	t.Helper()
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %v, want %q", what, err, text)
	}
}

// listed returns the names of all web ACLs of a scope, sorted, and how many pages
// they took.
func listed(t *testing.T, c *sdk.Client, scope types.Scope, limit *int32) (names []string, pages int) {
	t.Helper()
	in := &sdk.ListWebACLsInput{Scope: scope, Limit: limit}
	for pages = 1; ; pages++ {
		out, err := c.ListWebACLs(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range out.WebACLs {
			names = append(names, *w.Name)
		}
		if in.NextMarker = out.NextMarker; in.NextMarker == nil {
			slices.Sort(names)
			return names, pages
		}
	}
}

func TestListWebACLs(t *testing.T) {
	service, c, us := newClient(t)
	for _, name := range []string{"a", "b", "c", "d"} {
		service.CreateWebACL(account, region, wafv2.WebACL{Name: name})
	}
	service.CreateWebACL(account, global, wafv2.WebACL{Name: "global", Scope: types.ScopeCloudfront})
	service.CreateWebACL("444455556666", region, wafv2.WebACL{Name: "another's"})
	all := []string{"a", "b", "c", "d"}
	for _, test := range []struct {
		limit *int32
		pages int
	}{
		{nil, 1},
		{aws.Int32(1), 5},
		{aws.Int32(2), 3}, // the last page is full, and has a marker all the same
		{aws.Int32(3), 2},
		{aws.Int32(100), 1},
	} {
		if got, pages := listed(t, c, types.ScopeRegional, test.limit); !slices.Equal(got, all) || pages != test.pages {
			t.Errorf("limit %v: got %q in %d pages, want %d", aws.ToInt32(test.limit), got, pages, test.pages)
		}
	}
	if got, _ := listed(t, us, types.ScopeCloudfront, nil); !slices.Equal(got, []string{"global"}) {
		t.Errorf("got %q", got)
	}
	_, err := c.ListWebACLs(t.Context(), &sdk.ListWebACLsInput{Scope: types.ScopeCloudfront})
	want(t, "CLOUDFRONT elsewhere", err, "WAFInvalidParameterException")
	_, err = c.ListWebACLs(t.Context(), &sdk.ListWebACLsInput{Scope: "regional"})
	want(t, "no scope", err, "WAFInvalidParameterException")
	_, err = c.ListWebACLs(t.Context(), &sdk.ListWebACLsInput{Scope: types.ScopeRegional, Limit: aws.Int32(101)})
	want(t, "limit", err, "WAFInvalidParameterException")
}

func TestGetWebACL(t *testing.T) {
	service, c, us := newClient(t)
	own := service.CreateRuleGroup(account, region, "own", "", 50)
	arn := service.CreateWebACL(account, region, wafv2.WebACL{
		Name: "a", Capacity: 77, Retrofitted: true, Rules: []types.Rule{{Name: aws.String("r"), Priority: 1}},
		Pre:  []types.FirewallManagerRuleGroup{wafv2.OwnGroup("PREFMManaged-p-1689976399534", 0, own)},
		Post: []types.FirewallManagerRuleGroup{wafv2.VendorGroup("POSTFMManaged-p-1689976399534", 0, "AWS", "AWSManagedRulesCommonRuleSet", "")},
	})
	list, err := c.ListWebACLs(t.Context(), &sdk.ListWebACLsInput{Scope: types.ScopeRegional})
	if err != nil {
		t.Fatal(err)
	}
	first := list.WebACLs[0]
	got, err := c.GetWebACL(t.Context(), &sdk.GetWebACLInput{Name: first.Name, Id: first.Id, Scope: types.ScopeRegional})
	if err != nil {
		t.Fatal(err)
	}
	w := got.WebACL
	if *w.ARN != arn || w.Capacity != 77 || !w.RetrofittedByFirewallManager || w.ManagedByFirewallManager || len(w.Rules) != 1 ||
		*w.PreProcessFirewallManagerRuleGroups[0].FirewallManagerStatement.RuleGroupReferenceStatement.ARN != own ||
		*w.PostProcessFirewallManagerRuleGroups[0].FirewallManagerStatement.ManagedRuleGroupStatement.VendorName != "AWS" {
		t.Errorf("got %+v", w)
	}
	if *got.LockToken != *first.LockToken {
		t.Error("the listing has another lock token")
	}
	service.ChangeWebACL(arn, func(w *wafv2.WebACL) { w.Managed = true })
	again, err := c.GetWebACL(t.Context(), &sdk.GetWebACLInput{ARN: &arn})
	if err != nil || *again.LockToken == *got.LockToken || !again.WebACL.ManagedByFirewallManager {
		t.Errorf("got %+v and %v after a change", again, err)
	}
	_, err = us.GetWebACL(t.Context(), &sdk.GetWebACLInput{ARN: &arn})
	want(t, "another Region", err, "WAFInvalidParameterException")
	_, err = c.GetWebACL(t.Context(), &sdk.GetWebACLInput{ARN: &arn, Name: aws.String("a")})
	want(t, "both", err, "WAFInvalidParameterException")
	_, err = c.GetWebACL(t.Context(), &sdk.GetWebACLInput{})
	want(t, "neither", err, "WAFInvalidParameterException")
	_, err = c.GetWebACL(t.Context(), &sdk.GetWebACLInput{ARN: &own})
	want(t, "a rule group", err, "WAFNonexistentItemException")
	service.Delete(arn)
	_, err = c.GetWebACL(t.Context(), &sdk.GetWebACLInput{Name: first.Name, Id: first.Id, Scope: types.ScopeRegional})
	want(t, "deleted", err, "WAFNonexistentItemException")
}

func TestAssociations(t *testing.T) {
	service, c, us := newClient(t)
	arn := service.CreateWebACL(account, region, wafv2.WebACL{Name: "a", Resources: map[types.ResourceType][]string{
		types.ResourceTypeApplicationLoadBalancer: {"alb"},
	}})
	service.Associate(arn, types.ResourceTypeCognitioUserPool, "pool")
	front := service.CreateWebACL(account, global, wafv2.WebACL{Name: "g", Scope: types.ScopeCloudfront})
	service.Associate(front, types.ResourceTypeAmplify, "app")
	for _, test := range []struct {
		c    *sdk.Client
		arn  string
		kind types.ResourceType
		got  string
		want string // error
	}{
		{c, arn, "", "alb", ""},
		{c, arn, types.ResourceTypeApplicationLoadBalancer, "alb", ""},
		{c, arn, types.ResourceTypeCognitioUserPool, "pool", ""},
		{c, arn, types.ResourceTypeAppsync, "", ""},
		{c, arn, types.ResourceTypeAmplify, "", "WAFInvalidParameterException"},
		{c, arn, "DISTRIBUTION", "", "WAFInvalidParameterException"},
		{us, front, types.ResourceTypeAmplify, "app", ""},
		{us, front, "", "", "WAFInvalidParameterException"},
		{us, arn, "", "", "WAFInvalidParameterException"},
		{c, arn + "0", "", "", "WAFNonexistentItemException"},
	} {
		out, err := test.c.ListResourcesForWebACL(t.Context(), &sdk.ListResourcesForWebACLInput{WebACLArn: &test.arn, ResourceType: test.kind})
		want(t, string(test.kind), err, test.want)
		if err == nil && strings.Join(out.ResourceArns, " ") != test.got {
			t.Errorf("%s: got %q, want %s", test.kind, out.ResourceArns, test.got)
		}
	}
}

func TestLogging(t *testing.T) {
	service, c, _ := newClient(t)
	arn := service.CreateWebACL(account, region, wafv2.WebACL{Name: "a", Logging: []types.LoggingConfiguration{
		{LogScope: types.LogScopeSecurityLake, LogDestinationConfigs: []string{"lake"}},
	}})
	_, err := c.GetLoggingConfiguration(t.Context(), &sdk.GetLoggingConfigurationInput{ResourceArn: &arn})
	want(t, "no logging of the customer", err, "WAFNonexistentItemException")
	service.ChangeWebACL(arn, func(w *wafv2.WebACL) {
		w.Logging = append(w.Logging, types.LoggingConfiguration{LogDestinationConfigs: []string{"bucket"}, ManagedByFirewallManager: true})
	})
	for scope, destination := range map[types.LogScope]string{"": "bucket", types.LogScopeCustomer: "bucket", types.LogScopeSecurityLake: "lake"} {
		out, err := c.GetLoggingConfiguration(t.Context(), &sdk.GetLoggingConfigurationInput{ResourceArn: &arn, LogScope: scope})
		if err != nil || out.LoggingConfiguration.LogDestinationConfigs[0] != destination || *out.LoggingConfiguration.ResourceArn != arn {
			t.Errorf("%s: got %+v and %v", scope, out, err)
		}
	}
}

func TestRuleGroups(t *testing.T) {
	service, c, us := newClient(t)
	service.AddManagedRuleGroup(wafv2.ManagedRuleGroup{Vendor: "V", Name: "g", Capacity: 9, Versions: []string{"2"}, Expired: []string{"1"}})
	arn := service.CreateRuleGroup(account, region, "own", "", 50)
	out, err := c.GetRuleGroup(t.Context(), &sdk.GetRuleGroupInput{ARN: &arn})
	if err != nil || *out.RuleGroup.Capacity != 50 {
		t.Errorf("got %+v and %v", out, err)
	}
	for _, test := range []struct{ vendor, name, version, want string }{
		{"AWS", "AWSManagedRulesCommonRuleSet", "", ""},
		{"V", "g", "2", ""},
		{"V", "g", "3", "WAFNonexistentItemException"},
		{"V", "g", "1", "WAFExpiredManagedRuleGroupVersionException"},
		{"V", "h", "", "WAFNonexistentItemException"},
	} {
		in := &sdk.DescribeManagedRuleGroupInput{VendorName: &test.vendor, Name: &test.name, Scope: types.ScopeCloudfront}
		if test.version != "" {
			in.VersionName = &test.version
		}
		out, err := us.DescribeManagedRuleGroup(t.Context(), in)
		want(t, test.name+" "+test.version, err, test.want)
		if err == nil && *out.Capacity != map[string]int64{"AWS": 700, "V": 9}[test.vendor] {
			t.Errorf("%s: got %d", test.name, *out.Capacity)
		}
	}
}

func TestTags(t *testing.T) {
	service, c, _ := newClient(t)
	service.PageSize = 1
	arn := service.CreateWebACL(account, region, wafv2.WebACL{Name: "a", Tags: map[string]string{"a": "1", "b": "2"}})
	_, err := c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceARN: &arn, Tags: []types.Tag{{Key: aws.String("c"), Value: aws.String("")}}})
	want(t, "tag", err, "")
	got, in := "", &sdk.ListTagsForResourceInput{ResourceARN: &arn}
	for pages := 0; pages == 0 || in.NextMarker != nil; pages++ {
		out, err := c.ListTagsForResource(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range out.TagInfoForResource.TagList {
			got += *tag.Key + "=" + *tag.Value + " "
		}
		in.NextMarker = out.NextMarker
	}
	if got != "a=1 b=2 c= " {
		t.Errorf("got %s", got)
	}
	_, err = c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceARN: &arn, Tags: []types.Tag{{Key: aws.String("aws:x"), Value: aws.String("")}}})
	want(t, "reserved", err, "WAFInvalidParameterException")
}
