package firewall_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/standin/apigateway"
	"github.com/awspatterns/awspatterns/internal/standin/cloudfront"
	"github.com/awspatterns/awspatterns/internal/standin/elbv2"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/wafv2"
)

const (
	frankfurt = "eu-central-1"
	virginia  = "us-east-1"
	member    = "222222222222"
	fmsAdmin  = "999999999999"
)

// A fleetWorld is AWS with the services that ReadState reads, in all accounts.
type fleetWorld struct {
	*awstest.Cloud
	waf   *wafv2.Service
	elb   *elbv2.Service
	api   *apigateway.Service
	front *cloudfront.Service
}

func newFleetWorld(c *awstest.Cloud) *fleetWorld {
	sts.Handle(c)
	return &fleetWorld{Cloud: c, waf: wafv2.New(c), elb: elbv2.New(c), api: apigateway.New(c), front: cloudfront.New(c)}
}

// pages sets how much one page of any listing holds.
func (w *fleetWorld) pages(size int) {
	w.waf.PageSize, w.elb.PageSize, w.api.PageSize, w.front.PageSize = size, size, size, size
}

// clients are those of the account and Region that are asked for.
func (w *fleetWorld) clients(account, region string) (firewall.Clients, error) {
	return firewall.NewClients(w.Config(region, account)), nil
}

// A placed is what populate made in one account and Region.
type placed struct {
	shop, blog, edge string // web ACLs
	shopALB, bareALB string
	nlb              string
	prod, dev        string // stages
	apiID            string
	site, bareSite   string // distributions
	pool, graph, app string
}

// populate makes what every account has: in Frankfurt a web ACL "shop" that Firewall
// Manager retrofitted, with a load balancer, a stage, an API of AppSync and a user
// pool; one, "blog", without anything; and load balancers and stages without one.
// In us-east-1 it makes a global web ACL with a distribution and an Amplify app.
func (w *fleetWorld) populate(account string) placed {
	var p placed
	own := "arn:aws:wafv2:" + frankfurt + ":" + fmsAdmin + ":regional/rulegroup/base/11111111-2222-3333-4444-555555555555"
	p.shopALB = w.elb.Create(account, frankfurt, "shop", elbtypes.LoadBalancerTypeEnumApplication, map[string]string{"Tier": "Production", "Team": "shop"})
	p.bareALB = w.elb.Create(account, frankfurt, "bare", elbtypes.LoadBalancerTypeEnumApplication, nil)
	p.nlb = w.elb.Create(account, frankfurt, "net", elbtypes.LoadBalancerTypeEnumNetwork, nil)
	w.elb.Create(account, frankfurt, "inspect", elbtypes.LoadBalancerTypeEnumGateway, nil)
	p.pool = "arn:aws:cognito-idp:" + frankfurt + ":" + account + ":userpool/" + frankfurt + "_1"
	p.graph = "arn:aws:appsync:" + frankfurt + ":" + account + ":apis/1"
	p.app = "arn:aws:amplify:eu-west-1:" + account + ":apps/d1"
	p.shop = w.waf.CreateWebACL(account, frankfurt, wafv2.WebACL{
		Name: "shop", Capacity: 812, Retrofitted: true, Tags: map[string]string{"a": "1", "b": "2", "c": ""},
		Rules: []types.Rule{{Name: aws.String("second"), Priority: 2}, {Name: aws.String("first"), Priority: 1}},
		Pre: []types.FirewallManagerRuleGroup{
			wafv2.VendorGroup("PREFMManaged-base-1700000000001", 1, "AWS", "AWSManagedRulesCommonRuleSet", "Version_1.0"),
			wafv2.OwnGroup("PREFMManaged-base-1700000000000", 0, own),
		},
		Post:    []types.FirewallManagerRuleGroup{wafv2.VendorGroup("POSTFMManaged-base-1700000000002", 0, "AWS", "AWSManagedRulesAmazonIpReputationList", "")},
		Logging: []types.LoggingConfiguration{{LogDestinationConfigs: []string{"arn:aws:s3:::aws-waf-logs-base"}, ManagedByFirewallManager: true}},
		Resources: map[types.ResourceType][]string{
			types.ResourceTypeApplicationLoadBalancer: {p.shopALB}, types.ResourceTypeCognitioUserPool: {p.pool}, types.ResourceTypeAppsync: {p.graph},
		},
	})
	p.apiID = w.api.CreateAPI(account, frankfurt, "orders")
	p.prod = w.api.SetStage(p.apiID, "prod", p.shop, map[string]string{"Tier": "Production"})
	p.dev = w.api.SetStage(p.apiID, "dev", "", nil)
	w.api.CreateAPI(account, frankfurt, "no stages")
	w.api.CreateAPI(account, frankfurt, "none either")
	w.waf.Associate(p.shop, types.ResourceTypeApiGateway, p.prod)
	p.blog = w.waf.CreateWebACL(account, frankfurt, wafv2.WebACL{
		Name: "blog", Capacity: 5,
		Logging: []types.LoggingConfiguration{{LogDestinationConfigs: []string{"lake"}, LogScope: types.LogScopeSecurityLake}},
	})
	p.edge = w.waf.CreateWebACL(account, virginia, wafv2.WebACL{
		Name: "edge", Scope: types.ScopeCloudfront, Capacity: 10, Resources: map[types.ResourceType][]string{types.ResourceTypeAmplify: {p.app}},
	})
	p.site = w.front.Create(account, p.edge, map[string]string{"Tier": "Production"})
	p.bareSite = w.front.Create(account, "", nil)
	return p
}

// fleetOptions read an account in Frankfurt and us-east-1.
func fleetOptions(accounts ...string) firewall.ReadStateOptions {
	opts := firewall.ReadStateOptions{Regions: []string{frankfurt, virginia}}
	for _, id := range accounts {
		opts.Accounts = append(opts.Accounts, retrofit.Account{ID: id, OrgUnits: []string{}})
	}
	return opts
}

// mustReadState reads a state that is not to fail. It is called in a bubble, as
// reading waits for quotas.
func mustReadState(ctx context.Context, t *testing.T, w *fleetWorld, opts firewall.ReadStateOptions) retrofit.State {
	t.Helper()
	state, err := firewall.ReadState(ctx, w.clients, opts)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func resourceOf(s retrofit.State, arn string) retrofit.Resource {
	i := slices.IndexFunc(s.Resources, func(r retrofit.Resource) bool { return r.ARN == arn })
	if i < 0 {
		return retrofit.Resource{}
	}
	return s.Resources[i]
}

func webACLOf(s retrofit.State, arn string) retrofit.WebACL {
	i := slices.IndexFunc(s.WebACLs, func(w retrofit.WebACL) bool { return w.ARN == arn })
	if i < 0 {
		return retrofit.WebACL{}
	}
	return s.WebACLs[i]
}

// unreadOf returns what could not be read, one a line.
func unreadOf(s retrofit.State) string {
	var lines []string
	for _, u := range s.Unread {
		lines = append(lines, strings.TrimSpace(u.Account+" "+u.Region)+": "+u.What)
	}
	return strings.Join(lines, "\n")
}

func stateJSON(t *testing.T, s retrofit.State) string {
	t.Helper()
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}
