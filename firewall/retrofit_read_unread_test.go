package firewall_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	wafsdk "github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/standin/apigateway"
	standincloudfront "github.com/awspatterns/awspatterns/internal/standin/cloudfront"
	"github.com/awspatterns/awspatterns/internal/standin/elbv2"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/wafv2"
)

// lists matches a listing of the resources of a type.
func lists(kind types.ResourceType) func(awstest.Call) bool {
	return func(c awstest.Call) bool {
		return c.Input.(*wafsdk.ListResourcesForWebACLInput).ResourceType == kind
	}
}

func scoped(scope types.Scope) func(awstest.Call) bool {
	return func(c awstest.Call) bool { return c.Input.(*wafsdk.ListWebACLsInput).Scope == scope }
}

// TestReadStateDenied denies one read after the other. What is unknown is said, and
// never taken for absent; all else is as it is without the fault.
func TestReadStateDenied(t *testing.T) {
	const listing = "WAFV2.ListResourcesForWebACL"
	for _, test := range []struct {
		name  string
		fault awstest.Fault
		want  string // what is unread; the account is left out
		check func(p placed, s retrofit.State) bool
	}{
		{
			"regional web ACLs", awstest.Fault{Operation: "WAFV2.ListWebACLs", Match: scoped(types.ScopeRegional)},
			"eu-central-1: web ACLs\nus-east-1: web ACLs", func(p placed, s retrofit.State) bool {
				return len(s.WebACLs) == 1 && resourceOf(s, p.shopALB).WebACLUnread && resourceOf(s, p.bareALB).WebACLUnread &&
					resourceOf(s, p.prod).WebACL == p.shop && !resourceOf(s, p.dev).WebACLUnread
			},
		},
		{
			"the second page of web ACLs", awstest.Fault{Operation: "WAFV2.ListWebACLs", Region: frankfurt, Skip: 1},
			"eu-central-1: web ACLs", func(p placed, s retrofit.State) bool {
				return len(s.WebACLs) == 2 && resourceOf(s, p.bareALB).WebACLUnread
			},
		},
		{
			"global web ACLs", awstest.Fault{Operation: "WAFV2.ListWebACLs", Match: scoped(types.ScopeCloudfront)},
			"us-east-1: web ACLs CLOUDFRONT", func(p placed, s retrofit.State) bool {
				return len(s.WebACLs) == 2 && resourceOf(s, p.site).WebACL == p.edge && !resourceOf(s, p.bareALB).WebACLUnread
			},
		},
		{
			"details", awstest.Fault{Operation: "WAFV2.GetWebACL", Region: frankfurt},
			"eu-central-1: web ACL blog: details\neu-central-1: web ACL shop: details", func(p placed, s retrofit.State) bool {
				w := webACLOf(s, p.shop)
				return slices.Equal(w.Unread, []string{"details"}) && len(w.Associations) == 4 && w.Logging != nil && w.Name == "shop"
			},
		},
		{
			"tags of web ACLs", awstest.Fault{Operation: "WAFV2.ListTagsForResource", Region: frankfurt},
			"eu-central-1: web ACL blog: tags\neu-central-1: web ACL shop: tags", func(p placed, s retrofit.State) bool {
				w := webACLOf(s, p.shop)
				return slices.Equal(w.Unread, []string{"tags"}) && w.Tags == nil && w.Capacity == 812
			},
		},
		{
			"logging", awstest.Fault{Operation: "WAFV2.GetLoggingConfiguration", Region: frankfurt},
			"eu-central-1: web ACL blog: logging\neu-central-1: web ACL shop: logging", func(p placed, s retrofit.State) bool {
				w := webACLOf(s, p.blog)
				return slices.Equal(w.Unread, []string{"logging"}) && w.Logging == nil
			},
		},
		{
			"load balancers of web ACLs", awstest.Fault{Operation: listing, Match: lists(types.ResourceTypeApplicationLoadBalancer)},
			"eu-central-1: web ACL blog: associations AWS::ElasticLoadBalancingV2::LoadBalancer\n" +
				"eu-central-1: web ACL shop: associations AWS::ElasticLoadBalancingV2::LoadBalancer", func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.shopALB).WebACLUnread && resourceOf(s, p.bareALB).WebACLUnread && resourceOf(s, p.bareALB).WebACL == "" &&
					resourceOf(s, p.pool).WebACL == p.shop
			},
		},
		{
			"load balancers of one web ACL", awstest.Fault{Operation: listing, Match: lists(types.ResourceTypeApplicationLoadBalancer), Times: 1},
			"eu-central-1: web ACL blog: associations AWS::ElasticLoadBalancingV2::LoadBalancer", func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.shopALB).WebACL == p.shop && resourceOf(s, p.bareALB).WebACLUnread
			},
		},
		{
			"stages of web ACLs", awstest.Fault{Operation: listing, Match: lists(types.ResourceTypeApiGateway)},
			"eu-central-1: web ACL blog: associations AWS::ApiGateway::Stage\neu-central-1: web ACL shop: associations AWS::ApiGateway::Stage",
			func(p placed, s retrofit.State) bool { // stages tell themselves
				return slices.Contains(webACLOf(s, p.shop).Associations, p.prod) && resourceOf(s, p.prod).WebACL == p.shop && !resourceOf(s, p.dev).WebACLUnread
			},
		},
		{
			"user pools of web ACLs", awstest.Fault{Operation: listing, Match: lists(types.ResourceTypeCognitioUserPool)},
			"eu-central-1: web ACL blog: associations AWS::Cognito::UserPool\neu-central-1: web ACL shop: associations AWS::Cognito::UserPool",
			func(p placed, s retrofit.State) bool {
				return slices.Equal(webACLOf(s, p.shop).Unread, []string{"associations AWS::Cognito::UserPool"}) && !resourceOf(s, p.bareALB).WebACLUnread
			},
		},
		{
			"Amplify apps of web ACLs", awstest.Fault{Operation: listing, Match: lists(types.ResourceTypeAmplify)},
			"us-east-1: web ACL edge: associations AWS::Amplify::App",
			func(p placed, s retrofit.State) bool { return len(webACLOf(s, p.edge).Associations) == 1 },
		},
		{
			"load balancers", awstest.Fault{Operation: "Elastic Load Balancing v2.DescribeLoadBalancers", Region: frankfurt},
			"eu-central-1: resources AWS::ElasticLoadBalancingV2::LoadBalancer", func(p placed, s retrofit.State) bool {
				shop := resourceOf(s, p.shopALB)
				return shop.WebACL == p.shop && shop.TagsUnread && resourceOf(s, p.bareALB).ARN == ""
			},
		},
		{
			"the second page of load balancers", awstest.Fault{Operation: "Elastic Load Balancing v2.DescribeLoadBalancers", Region: frankfurt, Skip: 1},
			"eu-central-1: resources AWS::ElasticLoadBalancingV2::LoadBalancer", func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.shopALB).TagsUnread && resourceOf(s, p.bareALB).ARN != "" && !resourceOf(s, p.bareALB).TagsUnread
			},
		},
		{
			"tags of load balancers", awstest.Fault{Operation: "Elastic Load Balancing v2.DescribeTags"},
			"eu-central-1: tags AWS::ElasticLoadBalancingV2::LoadBalancer", func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.shopALB).TagsUnread && resourceOf(s, p.bareALB).TagsUnread && resourceOf(s, p.shopALB).WebACL == p.shop
			},
		},
		{
			"REST APIs", awstest.Fault{Operation: "API Gateway.GetRestApis", Region: frankfurt},
			"eu-central-1: resources AWS::ApiGateway::Stage", func(p placed, s retrofit.State) bool {
				prod := resourceOf(s, p.prod)
				return prod.WebACL == p.shop && prod.TagsUnread && prod.Account == member && prod.Region == frankfurt && resourceOf(s, p.dev).ARN == ""
			},
		},
		{
			"stages", awstest.Fault{Operation: "API Gateway.GetStages"},
			"eu-central-1: resources AWS::ApiGateway::Stage\neu-central-1: resources AWS::ApiGateway::Stage\neu-central-1: resources AWS::ApiGateway::Stage",
			func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.prod).TagsUnread && strings.Contains(s.Unread[0].Reason, "API ") && strings.Contains(s.Unread[0].Reason, "API Gateway GetStages: AccessDenied")
			},
		},
		{
			"distributions", awstest.Fault{Operation: "CloudFront.ListDistributions"},
			"us-east-1: resources AWS::CloudFront::Distribution\nus-east-1: web ACL edge: associations AWS::CloudFront::Distribution",
			func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.site).ARN == "" && slices.Equal(webACLOf(s, p.edge).Unread, []string{"associations AWS::CloudFront::Distribution"})
			},
		},
		{
			"the second page of distributions", awstest.Fault{Operation: "CloudFront.ListDistributions", Skip: 1},
			"us-east-1: resources AWS::CloudFront::Distribution\nus-east-1: web ACL edge: associations AWS::CloudFront::Distribution",
			func(p placed, s retrofit.State) bool {
				return (resourceOf(s, p.site).ARN == "") != (resourceOf(s, p.bareSite).ARN == "") && len(webACLOf(s, p.edge).Unread) == 1
			},
		},
		{
			"tags of distributions", awstest.Fault{Operation: "CloudFront.ListTagsForResource"},
			"us-east-1: tags AWS::CloudFront::Distribution",
			func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.site).TagsUnread && resourceOf(s, p.site).WebACL == p.edge
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newFleetWorld(awstest.New(t))
				p := w.populate(member)
				w.pages(1)
				test.fault.Err = awstest.Denied()
				hits := w.Inject(test.fault)
				state := mustReadState(t.Context(), t, w, fleetOptions(member))
				if hits() == 0 {
					t.Fatal("the fault hit nothing")
				}
				if got := strings.ReplaceAll(unreadOf(state), member+" ", ""); got != test.want {
					t.Errorf("unread:\n%s\nwant:\n%s", got, test.want)
				}
				if !test.check(p, state) {
					t.Errorf("got %s", stateJSON(t, state))
				}
				w.ClearFaults()
				for _, u := range mustReadState(t.Context(), t, w, fleetOptions(member)).Unread {
					t.Errorf("without the fault: %+v", u)
				}
			})
		})
	}
}

// TestReadStateEveryRead denies every operation in turn: no resource that has a web
// ACL is said not to have one, no tags that are there are missing without saying so,
// and nothing disappears without an entry.
func TestReadStateEveryRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		w.populate(member)
		whole := mustReadState(t.Context(), t, w, fleetOptions(member))
		calls := w.Calls()
		for _, call := range calls {
			w.ClearFaults()
			w.Inject(awstest.Fault{Err: awstest.Denied(), Match: func(c awstest.Call) bool {
				return c.Region == call.Region && c.Request() == call.Request()
			}})
			state := mustReadState(t.Context(), t, w, fleetOptions(member))
			if len(state.Unread) == 0 {
				t.Errorf("%s denied: nothing is unread", call)
			}
			for _, res := range state.Resources {
				was := resourceOf(whole, res.ARN)
				if res.WebACL != was.WebACL && !res.WebACLUnread {
					t.Errorf("%s denied: %s has the web ACL %q", call, res.ARN, res.WebACL)
				}
				if !reflect.DeepEqual(res.Tags, was.Tags) && !res.TagsUnread {
					t.Errorf("%s denied: %s has the tags %v", call, res.ARN, res.Tags)
				}
			}
			for _, acl := range state.WebACLs {
				was := webACLOf(whole, acl.ARN)
				if !reflect.DeepEqual(acl, was) && len(acl.Unread) == 0 && !strings.Contains(unreadOf(state), "resources ") {
					t.Errorf("%s denied: got %+v", call, acl)
				}
			}
		}
	})
}

// TestReadStateThrottled has every call throttled twice; the clients' retryer makes
// nothing of it.
func TestReadStateThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		w.populate(member)
		want := mustReadState(t.Context(), t, w, fleetOptions(member))
		hits := w.Inject(awstest.Fault{Attempts: 2, Err: awstest.Throttled()})
		if got := mustReadState(t.Context(), t, w, fleetOptions(member)); !reflect.DeepEqual(got, want) || hits() == 0 {
			t.Errorf("got %s", stateJSON(t, got))
		}
	})
}

// during has something happen whenever an operation is called, before it is answered.
func (w *fleetWorld) during(operation string, happens func()) { w.duringIn("", operation, happens) }

// duringIn has it happen in one Region.
func (w *fleetWorld) duringIn(region, operation string, happens func()) {
	w.Inject(awstest.Fault{Operation: operation, Region: region, Match: func(awstest.Call) bool { happens(); return false }})
}

// TestReadStateMeanwhile has things deleted and moved while they are read.
func TestReadStateMeanwhile(t *testing.T) {
	for _, test := range []struct {
		name   string
		happen func(*fleetWorld, placed)
		unread string
		check  func(placed, retrofit.State) bool
	}{
		{
			"web ACL deleted before its details", func(w *fleetWorld, p placed) { w.during("WAFV2.GetWebACL", func() { w.waf.Delete(p.blog) }) }, "",
			func(p placed, s retrofit.State) bool { return webACLOf(s, p.blog).ARN == "" && len(s.WebACLs) == 2 },
		},
		{
			"web ACL deleted after its logging", func(w *fleetWorld, p placed) {
				w.during("WAFV2.ListResourcesForWebACL", func() { w.waf.Delete(p.blog) })
			}, "",
			func(p placed, s retrofit.State) bool { return webACLOf(s, p.blog).ARN == "" && len(s.WebACLs) == 2 },
		},
		{
			"load balancer deleted before its tags", func(w *fleetWorld, p placed) {
				w.during("Elastic Load Balancing v2.DescribeTags", func() { w.elb.Delete(p.bareALB) })
			}, "",
			func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.bareALB).ARN == "" && !resourceOf(s, p.shopALB).TagsUnread && resourceOf(s, p.shopALB).Tags["Team"] == "shop"
			},
		},
		{
			"API deleted before its stages", func(w *fleetWorld, p placed) {
				w.during("API Gateway.GetStages", func() { w.api.DeleteAPI(p.apiID) })
			}, "",
			func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.dev).ARN == "" && resourceOf(s, p.prod).TagsUnread // the web ACL still lists it
			},
		},
		{
			"distribution deleted before its tags", func(w *fleetWorld, p placed) {
				w.during("CloudFront.ListTagsForResource", func() { w.front.Delete(p.bareSite) })
			}, "",
			func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.bareSite).ARN == "" && resourceOf(s, p.site).ARN != ""
			},
		},
		{
			"load balancer created with a web ACL", func(w *fleetWorld, p placed) {
				once := false
				create := func() {
					if once {
						return
					}
					once = true
					w.waf.Associate(p.blog, types.ResourceTypeApplicationLoadBalancer,
						w.elb.Create(member, frankfurt, "new", elbtypes.LoadBalancerTypeEnumApplication, nil))
				}
				var listed [2]bool // whichever is listed second, it happens in between
				between := func(this, other int) {
					if listed[this] = true; listed[other] {
						create()
					}
				}
				w.duringIn(frankfurt, "WAFV2.ListWebACLs", func() { between(0, 1) })
				w.duringIn(frankfurt, "Elastic Load Balancing v2.DescribeLoadBalancers", func() { between(1, 0) })
			}, "",
			func(p placed, s retrofit.State) bool {
				for _, r := range s.Resources {
					if strings.Contains(r.ARN, "/app/new/") {
						return r.WebACL == p.blog && r.TagsUnread && r.Type == retrofit.LoadBalancer && r.Region == frankfurt
					}
				}
				return false
			},
		},
		{
			"a part of a web ACL that is there is said not to be", func(w *fleetWorld, p placed) {
				w.Inject(awstest.Fault{Operation: "WAFV2.ListTagsForResource", Region: frankfurt, Times: 1, Err: awstest.Status(400, &types.WAFNonexistentItemException{})})
			}, "eu-central-1: web ACL blog: tags",
			func(p placed, s retrofit.State) bool {
				return slices.Equal(webACLOf(s, p.blog).Unread, []string{"tags"}) && webACLOf(s, p.blog).Capacity == 5
			},
		},
		{
			"load balancer moved", func(w *fleetWorld, p placed) {
				w.waf.Associate(p.blog, types.ResourceTypeApplicationLoadBalancer, p.shopALB)
			},
			"eu-central-1: resource SHOP: web ACL",
			func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.shopALB).WebACLUnread && resourceOf(s, p.shopALB).WebACL == "" &&
					slices.Contains(webACLOf(s, p.blog).Associations, p.shopALB) && slices.Contains(webACLOf(s, p.shop).Associations, p.shopALB)
			},
		},
		{
			"stage moved", func(w *fleetWorld, p placed) { w.api.SetStage(p.apiID, "prod", p.blog, nil) },
			"eu-central-1: resource PROD: web ACL",
			func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.prod).WebACLUnread && slices.Contains(webACLOf(s, p.blog).Associations, p.prod)
			},
		},
		{
			"web ACLs of AWS WAF Classic", func(w *fleetWorld, p placed) {
				w.api.SetStage(p.apiID, "dev", "arn:aws:waf-regional:eu-central-1:222222222222:webacl/1", nil)
				w.front.Create(member, "473e64fd-f30b-4765-81a0-62ad96dd167a", nil)
			},
			"eu-central-1: resource DEV: web ACL\nus-east-1: resource CLASSIC: web ACL",
			func(p placed, s retrofit.State) bool {
				return resourceOf(s, p.dev).WebACL == "arn:aws:waf-regional:eu-central-1:222222222222:webacl/1" && strings.Contains(s.Unread[0].Reason, "AWS WAF Classic")
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newFleetWorld(awstest.New(t))
				p := w.populate(member)
				test.happen(w, p)
				state := mustReadState(t.Context(), t, w, fleetOptions(member))
				got := strings.NewReplacer(member+" eu", "eu", member+" us", "us", p.shopALB, "SHOP", p.prod, "PROD", p.dev, "DEV").Replace(unreadOf(state))
				for _, r := range state.Resources {
					if strings.HasPrefix(r.WebACL, "473e64fd") {
						got = strings.ReplaceAll(got, r.ARN, "CLASSIC")
					}
				}
				if got != test.unread {
					t.Errorf("unread:\n%s\nwant:\n%s", got, test.unread)
				}
				if !test.check(p, state) {
					t.Errorf("got %s", stateJSON(t, state))
				}
			})
		})
	}
}

// TestReadStateManyLoadBalancers has more than tags are told of in one call, and
// some that are deleted before.
func TestReadStateManyLoadBalancers(t *testing.T) {
	for _, size := range []int{0, 7} {
		synctest.Test(t, func(t *testing.T) {
			w := newFleetWorld(awstest.New(t))
			w.elb.PageSize = size
			var arns []string
			for i := range 50 {
				arns = append(arns, w.elb.Create(member, frankfurt, fmt.Sprintf("b%02d", i), elbtypes.LoadBalancerTypeEnumApplication, map[string]string{"n": fmt.Sprint(i)}))
				w.elb.Create(member, frankfurt, fmt.Sprintf("n%02d", i), elbtypes.LoadBalancerTypeEnumNetwork, nil)
			}
			w.during("Elastic Load Balancing v2.DescribeTags", func() { w.elb.Delete(arns[3]); w.elb.Delete(arns[44]) })
			opts := fleetOptions(member)
			opts.Regions = []string{frankfurt}
			state := mustReadState(t.Context(), t, w, opts)
			if len(state.Resources) != 48 || len(state.Unread) > 0 {
				t.Errorf("got %d resources, unread %+v", len(state.Resources), state.Unread)
			}
			for i, arn := range arns {
				if r := resourceOf(state, arn); i != 3 && i != 44 && (r.Tags["n"] != fmt.Sprint(i) || r.TagsUnread || r.WebACLUnread) {
					t.Errorf("got %+v", r)
				}
			}
		})
	}
}

// TestReadStateMissing has a type that the service refuses in a Region. It stays
// unknown until the caller says that it does not exist there.
func TestReadStateMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		p := w.populate(member)
		hits := w.Inject(awstest.Fault{
			Operation: "WAFV2.ListResourcesForWebACL", Match: lists(types.ResourceTypeAppRunnerService),
			Err: awstest.Status(400, &types.WAFInvalidParameterException{Message: aws.String("The resource type is not valid.")}),
		})
		opts := fleetOptions(member)
		refused := mustReadState(t.Context(), t, w, opts)
		part := "associations AWS::AppRunner::Service"
		if got := webACLOf(refused, p.shop).Unread; !slices.Equal(got, []string{part}) || hits() != 2 {
			t.Errorf("got %q after %d calls", got, hits())
		}
		opts.Missing = map[string][]retrofit.ResourceType{frankfurt: {retrofit.AppRunner}}
		if got := mustReadState(t.Context(), t, w, opts); len(got.Unread) > 0 || hits() != 2 {
			t.Errorf("got %+v after %d calls", got.Unread, hits())
		}
	})
}

// TestReadStateMarkers has a service that returns a marker with every page.
func TestReadStateMarkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, test := range map[string]struct {
			page func(*wafsdk.ListWebACLsInput) []types.WebACLSummary
			want string
		}{
			"an empty page ends it": {
				func(in *wafsdk.ListWebACLsInput) []types.WebACLSummary {
					if in.NextMarker == nil {
						return []types.WebACLSummary{{Name: aws.String("a"), Id: aws.String("1"), ARN: aws.String("arn:aws:wafv2:eu-central-1:222222222222:regional/webacl/a/1")}}
					}
					return nil
				}, "",
			},
			"a page comes again": {
				func(*wafsdk.ListWebACLsInput) []types.WebACLSummary {
					return []types.WebACLSummary{{Name: aws.String("a"), Id: aws.String("1"), ARN: aws.String("arn:aws:wafv2:eu-central-1:222222222222:regional/webacl/a/1")}}
				}, member + " eu-central-1: web ACLs",
			},
		} {
			w := newFleetWorld(awstest.New(t))
			awstest.Handle(w.Cloud, func(_ context.Context, in *wafsdk.ListWebACLsInput) (*wafsdk.ListWebACLsOutput, error) {
				return &wafsdk.ListWebACLsOutput{NextMarker: aws.String("more"), WebACLs: test.page(in)}, nil
			})
			opts := fleetOptions(member)
			opts.Regions = []string{frankfurt}
			if got := unreadOf(mustReadState(t.Context(), t, w, opts)); got != test.want {
				t.Errorf("%s: unread %q, want %q", name, got, test.want)
			}
		}
	})
}

// TestReadStateOddAnswers has answers that lack what they should have.
func TestReadStateOddAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		w.populate(member)
		awstest.Handle(w.Cloud, func(context.Context, *cloudfront.ListDistributionsInput) (*cloudfront.ListDistributionsOutput, error) {
			return &cloudfront.ListDistributionsOutput{}, nil
		})
		awstest.Handle(w.Cloud, func(context.Context, *wafsdk.GetWebACLInput) (*wafsdk.GetWebACLOutput, error) { return nil, nil })
		awstest.Handle(w.Cloud, func(context.Context, *wafsdk.ListTagsForResourceInput) (*wafsdk.ListTagsForResourceOutput, error) {
			return nil, nil
		})
		awstest.Handle(w.Cloud, func(context.Context, *wafsdk.GetLoggingConfigurationInput) (*wafsdk.GetLoggingConfigurationOutput, error) {
			return nil, nil
		})
		awstest.Handle(w.Cloud, func(context.Context, *wafsdk.ListResourcesForWebACLInput) (*wafsdk.ListResourcesForWebACLOutput, error) {
			return &wafsdk.ListResourcesForWebACLOutput{ResourceArns: []string{"nonsense"}}, nil
		})
		state := mustReadState(t.Context(), t, w, fleetOptions(member))
		if got := unreadOf(state); !strings.Contains(got, "us-east-1: resources AWS::CloudFront::Distribution") || !strings.Contains(got, "web ACL shop: details") {
			t.Errorf("got %s", got)
		}
		if r := resourceOf(state, "nonsense"); !r.WebACLUnread || r.Region == "" || r.Account != member {
			t.Errorf("got %+v", r)
		}
	})
}

// TestReadStatePermissions compares the permissions with what is called, with
// distributions and without.
func TestReadStatePermissions(t *testing.T) {
	for _, regions := range [][]string{{frankfurt}, {frankfurt, virginia}} {
		synctest.Test(t, func(t *testing.T) {
			w := newFleetWorld(awstest.New(t))
			w.populate(member)
			opts := fleetOptions(member)
			opts.Regions = regions
			for _, policies := range [][]retrofit.Policy{nil, {testPolicy()}} {
				if opts.Policies = policies; len(policies) > 0 {
					opts.Policies[0].Data.PreProcessRuleGroups[0].RuleGroupARN = w.waf.CreateRuleGroup(fmsAdmin, frankfurt, "base", "", 50)
				}
				before := len(w.Calls())
				mustReadState(t.Context(), t, w, opts)
				awstest.CheckPermissions(t, firewall.ReadStatePermissions(opts).Apply, w.Calls()[before:],
					sts.Actions, wafv2.Actions, elbv2.Actions, apigateway.Actions, standincloudfront.Actions)
			}
		})
	}
}
