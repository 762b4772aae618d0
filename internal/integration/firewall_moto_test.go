package integration_test

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	apitypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/respond"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// motoIPSet makes an IP set with one address, and returns its ARN.
func motoIPSet(t *testing.T, c *wafv2.Client, name string, version waftypes.IPAddressVersion, address string) string {
	t.Helper()
	out, err := c.CreateIPSet(t.Context(), &wafv2.CreateIPSetInput{
		Name: &name, Scope: waftypes.ScopeRegional, IPAddressVersion: version, Addresses: []string{address}, Description: aws.String("of the team"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Summary.ARN
}

// held returns what an IP set of an ARN has, in order.
func held(t *testing.T, c *wafv2.Client, arn string) []string {
	t.Helper()
	parts := strings.Split(arn, "/")
	out, err := c.GetIPSet(t.Context(), &wafv2.GetIPSetInput{Name: &parts[len(parts)-2], Id: &parts[len(parts)-1], Scope: waftypes.ScopeRegional})
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(out.IPSet.Description) != "of the team" {
		t.Errorf("%s: the description is %q", arn, aws.ToString(out.IPSet.Description))
	}
	return slices.Sorted(slices.Values(out.IPSet.Addresses))
}

// TestBlockInMoto blocks the addresses of a finding in IP sets of moto's AWS WAF and
// tags an instance of its EC2, through HTTP, and lifts the block. moto has no rule groups of
// Network Firewall.
func TestBlockInMoto(t *testing.T) {
	config := motoConfig(startMoto(t))
	waf, machines := wafv2.NewFromConfig(config), ec2.NewFromConfig(config)
	v4 := motoIPSet(t, waf, "blocked4", waftypes.IPAddressVersionIpv4, "203.0.113.200/32")
	v6 := motoIPSet(t, waf, "blocked6", waftypes.IPAddressVersionIpv6, "2001:db8:1::/48")
	started, err := machines.RunInstances(t.Context(), &ec2.RunInstancesInput{ImageId: aws.String("ami-12345678"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1)})
	if err != nil {
		t.Fatal(err)
	}
	opts := blockEverything()
	opts.Finding.Instance = *started.Instances[0].InstanceId
	opts.Finding.Remote = []respond.Remote{{Addr: netip.MustParseAddr("198.51.100.7")}, {Addr: netip.MustParseAddr("2001:db8::7")}}
	opts.Targets = []respond.Target{{WAFIPSet: v4}, {WAFIPSet: v6}}
	clients := respond.NewClients(config)

	plan, err := respond.PlanBlock(t.Context(), clients, opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Changes) != 3 {
		t.Errorf("%d changes, want 3:\n%s", len(plan.Changes), plan)
	}
	if _, err := respond.ApplyBlock(t.Context(), clients, plan); err != nil {
		t.Fatal(err)
	}
	if again, err := respond.PlanBlock(t.Context(), clients, opts); err != nil || !again.Empty() {
		t.Errorf("planning again: %v\n%s", err, again)
	}
	if got := held(t, waf, v4); !slices.Equal(got, []string{"198.51.100.7/32", "203.0.113.200/32"}) {
		t.Errorf("blocked4 has %q", got)
	}
	if got := held(t, waf, v6); len(got) != 2 {
		t.Errorf("blocked6 has %q", got)
	}
	tags, err := machines.DescribeTags(t.Context(), &ec2.DescribeTagsInput{Filters: []ec2types.Filter{{Name: aws.String("resource-id"), Values: []string{opts.Finding.Instance}}}})
	if err != nil || len(tags.Tags) != 1 || *tags.Tags[0].Key != "infected" || *tags.Tags[0].Value != "cryptomining" {
		t.Errorf("tags %+v, %v", tags, err)
	}
	liftInMoto(t, clients, opts)
	if four, six := held(t, waf, v4), held(t, waf, v6); !slices.Equal(four, []string{"203.0.113.200/32"}) || len(six) != 1 {
		t.Errorf("after the block the sets have %q and %q", four, six)
	}
}

// liftInMoto lifts the blocks when they are over, and not before.
func liftInMoto(t *testing.T, clients respond.Clients, opts respond.BlockOptions) {
	t.Helper()
	for _, step := range []struct {
		after   time.Duration
		changes int
	}{{opts.For - time.Second, 0}, {opts.For, 2}, {opts.For, 0}} {
		plan, err := respond.PlanExpiry(t.Context(), clients, respond.ExpiryOptions{Store: opts.Store, Now: opts.Finding.Updated.Add(step.after)})
		if err != nil || len(plan.Changes) != step.changes {
			t.Fatalf("after %v: %v, want %d changes\n%s", step.after, err, step.changes, plan)
		}
		if _, err := respond.ApplyExpiry(t.Context(), clients, plan); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDashboardInMoto plans the dashboard of a firewall of moto's, through HTTP. moto
// does not know the protocol that CloudWatch is spoken to with: that nothing can be read
// from there is not that nothing is there.
func TestDashboardInMoto(t *testing.T) {
	config := motoConfig(startMoto(t))
	prepareFirewall(t, config)
	clients := firewall.NewClients(config)
	clients.NetworkFirewall = withEndpoint{clients.NetworkFirewall}
	plan, err := firewall.PlanDashboard(t.Context(), clients, firewall.DashboardOptions{Firewalls: []string{"edge"}})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Count(awspatterns.Unknown) != len(plan.Changes) || plan.Empty() {
		t.Errorf("want that all is unknown:\n%s", plan)
	}
	if len(plan.Dashboard.Body.Widgets) != 60 || len(plan.Dashboard.Rules) != 26 {
		t.Errorf("%d widgets and %d rules", len(plan.Dashboard.Body.Widgets), len(plan.Dashboard.Rules))
	}
	for _, rule := range plan.Dashboard.Rules {
		if text := string(rule.Definition.JSON()); !strings.Contains(text, `"/edge/flow"`) && !strings.Contains(text, `"/edge/alert"`) {
			t.Errorf("%s: no log group in %s", rule.Name, text)
		}
	}
}

// withEndpoint gives firewalls an endpoint, which those of moto lack.
type withEndpoint struct{ firewall.NetworkFirewallAPI }

func (w withEndpoint) DescribeFirewall(ctx context.Context, in *networkfirewall.DescribeFirewallInput, opts ...func(*networkfirewall.Options)) (*networkfirewall.DescribeFirewallOutput, error) {
	out, err := w.NetworkFirewallAPI.DescribeFirewall(ctx, in, opts...)
	if err == nil {
		out.FirewallStatus = &nfwtypes.FirewallStatus{Status: nfwtypes.FirewallStatusValueReady, SyncStates: map[string]nfwtypes.SyncState{
			"eu-central-1a": {Attachment: &nfwtypes.Attachment{SubnetId: aws.String("subnet-0a"), EndpointId: aws.String("vpce-0a"), Status: nfwtypes.AttachmentStatusReady}},
		}}
	}
	return out, err
}

// prepareFirewall makes a firewall edge that logs to CloudWatch.
func prepareFirewall(t *testing.T, config aws.Config) {
	t.Helper()
	firewalls, groups := networkfirewall.NewFromConfig(config), cloudwatchlogs.NewFromConfig(config)
	_, err := firewalls.CreateFirewall(t.Context(), &networkfirewall.CreateFirewallInput{
		FirewallName: aws.String("edge"), FirewallPolicyArn: aws.String(firewallARN + "firewall-policy/edge"), VpcId: aws.String("vpc-1"),
		SubnetMappings: []nfwtypes.SubnetMapping{{SubnetId: aws.String("subnet-0a")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var logging []nfwtypes.LogDestinationConfig
	for name, kind := range map[string]nfwtypes.LogType{"/edge/flow": nfwtypes.LogTypeFlow, "/edge/alert": nfwtypes.LogTypeAlert} {
		if _, err := groups.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}); err != nil {
			t.Fatal(err)
		}
		logging = append(logging, nfwtypes.LogDestinationConfig{
			LogType: kind, LogDestinationType: nfwtypes.LogDestinationTypeCloudwatchLogs, LogDestination: map[string]string{"logGroup": name},
		})
	}
	_, err = firewalls.UpdateLoggingConfiguration(t.Context(), &networkfirewall.UpdateLoggingConfigurationInput{
		FirewallName: aws.String("edge"), LoggingConfiguration: &nfwtypes.LoggingConfiguration{LogDestinationConfigs: logging},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReadStateInMoto reads what moto has of web ACLs and of what they protect. It does
// not know which resources a web ACL has: that is unread, and not none.
func TestReadStateInMoto(t *testing.T) {
	config := motoConfig(startMoto(t))
	config.RetryMaxAttempts = 1 // it fails for what it does not know as if it could be tried again
	prepareWebACLs(t, config)
	balancer, stage := prepareBalancer(t, config), prepareStage(t, config)
	s, err := firewall.ReadState(t.Context(), func(string, string) (firewall.Clients, error) { return firewall.NewClients(config), nil },
		firewall.ReadStateOptions{Accounts: []retrofit.Account{{ID: motoAccount}}, Regions: []string{"eu-central-1"}})
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]string{} // tag team, by ARN or name
	for _, r := range s.Resources {
		read[r.ARN] = string(r.Type) + " " + r.Tags["team"]
	}
	for _, acl := range s.WebACLs {
		read[acl.Name] = acl.Tags["team"]
		if len(acl.Associations) != 0 || len(acl.Unread) != 6 {
			t.Errorf("%s: associations %v, unread %q", acl.Name, acl.Associations, acl.Unread)
		}
	}
	want := map[string]string{
		"one": "a", "two": "b", balancer: string(retrofit.LoadBalancer) + " c", stage: string(retrofit.APIStage) + " d",
	}
	if !maps.Equal(read, want) {
		t.Errorf("got %q, want %q", read, want)
	}
	if len(s.Unread) != 12 {
		t.Errorf("%d are unread, want the 6 types of the 2 web ACLs: %v", len(s.Unread), s.Unread)
	}
}

func prepareWebACLs(t *testing.T, config aws.Config) {
	t.Helper()
	for name, team := range map[string]string{"one": "a", "two": "b"} {
		_, err := wafv2.NewFromConfig(config).CreateWebACL(t.Context(), &wafv2.CreateWebACLInput{
			Name: &name, Scope: waftypes.ScopeRegional, DefaultAction: &waftypes.DefaultAction{Allow: &waftypes.AllowAction{}},
			VisibilityConfig: &waftypes.VisibilityConfig{MetricName: &name}, Tags: []waftypes.Tag{{Key: aws.String("team"), Value: &team}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func prepareBalancer(t *testing.T, config aws.Config) (arn string) {
	t.Helper()
	subnets, err := ec2.NewFromConfig(config).DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{})
	if err != nil || len(subnets.Subnets) < 2 {
		t.Fatalf("%d subnets, %v", len(subnets.Subnets), err)
	}
	out, err := elb.NewFromConfig(config).CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{
		Name: aws.String("shop"), Subnets: []string{*subnets.Subnets[0].SubnetId, *subnets.Subnets[1].SubnetId},
		Tags: []elbtypes.Tag{{Key: aws.String("team"), Value: aws.String("c")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.LoadBalancers[0].LoadBalancerArn
}

func prepareStage(t *testing.T, config aws.Config) (arn string) {
	t.Helper()
	apis := apigateway.NewFromConfig(config)
	api, err := apis.CreateRestApi(t.Context(), &apigateway.CreateRestApiInput{Name: aws.String("orders")})
	if err != nil {
		t.Fatal(err)
	}
	resource, get := api.RootResourceId, aws.String("GET")
	_, err = apis.PutMethod(t.Context(), &apigateway.PutMethodInput{RestApiId: api.Id, ResourceId: resource, HttpMethod: get, AuthorizationType: aws.String("NONE")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = apis.PutIntegration(t.Context(), &apigateway.PutIntegrationInput{RestApiId: api.Id, ResourceId: resource, HttpMethod: get, Type: apitypes.IntegrationTypeMock})
	if err != nil {
		t.Fatal(err)
	}
	made, err := apis.CreateDeployment(t.Context(), &apigateway.CreateDeploymentInput{RestApiId: api.Id})
	if err != nil {
		t.Fatal(err)
	}
	_, err = apis.CreateStage(t.Context(), &apigateway.CreateStageInput{
		RestApiId: api.Id, DeploymentId: made.Id, StageName: aws.String("live"), Tags: map[string]string{"team": "d"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return "arn:aws:apigateway:eu-central-1::/restapis/" + *api.Id + "/stages/live"
}
