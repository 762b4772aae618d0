package firewall_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/golden"
)

const appTeam = "222222222222"

// articleState is the account of AWS's article on retrofitting: LoadBalancer1 and
// LoadBalancer3 have AppTeamNewWebACL, LoadBalancer2 has MyCustomWebACL, and all but
// LoadBalancer3 are tagged. LoadBalancer4 has no web ACL. Another account could not
// be read.
func articleState() *retrofit.State {
	s := &retrofit.State{
		Format:     retrofit.StateFormat,
		Accounts:   []retrofit.Account{{ID: appTeam, OrgUnits: []string{}, Regions: []string{policyRegion}}, {ID: "333333333333", Regions: []string{policyRegion}}},
		RuleGroups: []retrofit.RuleGroup{{ID: "AWS/AWSManagedRulesCommonRuleSet", Capacity: 700}},
		Unread:     []retrofit.Unread{{Account: "333333333333", What: "account", Reason: "Access Denied"}},
	}
	acls := map[string][]string{}
	for i, acl := range []string{"AppTeamNewWebACL", "MyCustomWebACL", "AppTeamNewWebACL", ""} {
		name := fmt.Sprintf("LoadBalancer%d", i+1)
		r := retrofit.Resource{ARN: loadBalancerARN(appTeam, name), Type: retrofit.LoadBalancer, Name: name, Account: appTeam, Region: policyRegion}
		if name != "LoadBalancer3" {
			r.Tags = map[string]string{"Tier": "Production"}
		}
		if acl != "" {
			r.WebACL = webACLARN(appTeam, acl)
			acls[acl] = append(acls[acl], r.ARN)
		}
		s.Resources = append(s.Resources, r)
	}
	for _, name := range []string{"AppTeamNewWebACL", "MyCustomWebACL"} {
		s.WebACLs = append(s.WebACLs, retrofit.WebACL{
			ARN: webACLARN(appTeam, name), Name: name, Account: appTeam, Region: policyRegion, Scope: "REGIONAL", Capacity: 25, Associations: acls[name],
		})
	}
	return s
}

// articlePolicy is the policy of the article, which covers tagged load balancers.
func articlePolicy() retrofit.Policy {
	return retrofit.Policy{
		Name: "MyWAFPolicyName", ResourceTypes: []retrofit.ResourceType{retrofit.LoadBalancer}, Remediate: true,
		Tags: []retrofit.Tag{{Key: "Tier", Value: "Production"}},
		Data: retrofit.ServiceData{
			Type: "WAFV2", WebACLSource: retrofit.SourceRetrofit, DefaultAction: retrofit.DefaultAction{Type: "ALLOW"}, OptimizeUnassociatedWebACL: true,
			PreProcessRuleGroups: []retrofit.PolicyRuleGroup{managedGroup("AWSManagedRulesCommonRuleSet")},
		},
	}
}

func TestRetrofitEffectsOfCreating(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	opts := firewall.RetrofitOptions{Policy: articlePolicy(), State: articleState(), Prices: firewall.RetrofitPrices{Policy: 100, WebACL: 5, RuleGroup: 1}}
	plan := plannedRetrofit(t, w, opts)
	golden.Equal(t, "testdata/golden/retrofit_effects_create.txt", plan.String())
	if plan.Incomplete || plan.Effects.Change != nil || len(plan.Effects.After.Unread) == 0 {
		t.Errorf("incomplete %t, %+v: what the State lacks is no hole of the plan", plan.Incomplete, plan.Effects.Change)
	}
	want := []awspatterns.Cost{ // LoadBalancer4 gets a web ACL, MyCustomWebACL and that one a rule group
		{Item: "AWS Firewall Manager policy, each month", Quantity: 1, Unit: "policy and Region", Price: 100},
		{Item: "web ACLs that Firewall Manager creates, as predicted, each month", Quantity: 1, Unit: "web ACL", Price: 5},
		{Item: "rule groups that it puts into web ACLs, as predicted, each month", Quantity: 2, Unit: "rule group", Price: 1},
	}
	if !reflect.DeepEqual(plan.Costs, want) {
		t.Errorf("got the costs\n%+v\nwant\n%+v", plan.Costs, want)
	}
	if _, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan); err != nil {
		t.Error(err)
	}

	// One rule group more, for the same web ACLs.
	opts.Policy.Data.PostProcessRuleGroups = []retrofit.PolicyRuleGroup{managedGroup("AWSManagedRulesKnownBadInputsRuleSet")}
	opts.State.RuleGroups = append(opts.State.RuleGroups, retrofit.RuleGroup{ID: "AWS/AWSManagedRulesKnownBadInputsRuleSet", Capacity: 200})
	want[1].Quantity = 0
	if got := plannedRetrofit(t, w, opts).Costs; !reflect.DeepEqual(got, want[1:]) {
		t.Errorf("got the costs\n%+v\nwant\n%+v", got, want[1:])
	}
}

// TestRetrofitEffectsOfTheScope: as in the article, the scope is narrowed to tagged
// resources, of which LoadBalancer3 is none.
func TestRetrofitEffectsOfTheScope(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	all := articlePolicy()
	all.Tags = nil
	appliedRetrofit(t, w, firewall.RetrofitOptions{Policy: all})
	opts := firewall.RetrofitOptions{Policy: articlePolicy(), State: articleState()}
	plan := plannedRetrofit(t, w, opts)
	golden.Equal(t, "testdata/golden/retrofit_effects_scope.txt", plan.String())
	var markdown strings.Builder
	if err := plan.WriteMarkdown(&markdown); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/golden/retrofit_effects_scope.md", markdown.String())

	var kept firewall.RetrofitPlan
	if err := json.Unmarshal([]byte(asJSON(t, plan)), &kept); err != nil || kept.String() != plan.String() {
		t.Errorf("from JSON: %v\n%s", err, kept)
	}
	if _, err := firewall.ApplyRetrofit(t.Context(), w.clients(), kept); err != nil {
		t.Errorf("a plan that was kept: %v", err)
	}
	again := plannedRetrofit(t, w, opts)
	if !again.Empty() || !again.Effects.Change.Empty() || again.Costs != nil {
		t.Errorf("afterwards\n%s", again)
	}
}

// TestRetrofitEffectsOfRenaming: what the policy has retrofitted stays its own.
func TestRetrofitEffectsOfRenaming(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	opts := firewall.RetrofitOptions{Policy: articlePolicy(), State: articleState()}
	opts.Policy.ID = appliedRetrofit(t, w, opts).PolicyID
	opts.State.WebACLs[1].Retrofitted = true
	opts.State.WebACLs[1].Pre = []retrofit.ManagedGroup{{Name: "PREFMManaged-MyWAFPolicyName-1621880374078", RuleGroup: "AWS/AWSManagedRulesCommonRuleSet", Override: "NONE"}}
	opts.Policy.Name = "Renamed"
	plan := plannedRetrofit(t, w, opts)
	if got := briefChange(plan); len(got) != 2 || got[1] != "PolicyName: MyWAFPolicyName -> Renamed" || !plan.Effects.Change.Empty() {
		t.Errorf("got %q and\n%s", got, plan.Effects.Change)
	}
}

func TestRetrofitEffectsThatCannotBeTold(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	opts := firewall.RetrofitOptions{Policy: articlePolicy(), State: articleState(), Adopt: true}
	id := w.createPolicy("MyWAFPolicyName", nil, func(p *types.Policy) {
		p.SecurityServicePolicyData.ManagedServiceData = aws.String(`{"type": "WAFV2", "defaultAction": {"type": "ALLOW"}, "webACLSource": "NEW_SOURCE"}`)
	})
	plan := plannedRetrofit(t, w, opts)
	if plan.Effects.Change != nil || !strings.Contains(plan.String(), "What differs from now is unknown: ") || !strings.Contains(plan.String(), "NEW_SOURCE") {
		t.Errorf("got\n%s", plan)
	}
	w.Inject(awstest.Fault{Operation: "FMS.GetPolicy", Err: awstest.Denied()})
	opts.Policy.ID = id
	plan = plannedRetrofit(t, w, opts)
	if !plan.Incomplete || plan.Effects.Change != nil || !strings.Contains(plan.String(), "What differs from now is unknown: FMS GetPolicy: AccessDenied") || plan.Costs != nil {
		t.Errorf("got\n%s", plan)
	}
	opts.State = &retrofit.State{Format: retrofit.StateFormat, WebACLs: []retrofit.WebACL{{ARN: "a"}, {ARN: "a"}}}
	if _, err := firewall.PlanRetrofit(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "plan retrofit: the State: ") {
		t.Errorf("a state that contradicts itself: %v", err)
	}
}

func TestRetrofitCeiling(t *testing.T) {
	opts := firewall.RetrofitOptions{Policy: articlePolicy(), State: articleState()}
	opts.Policy.Data.OptimizeUnassociatedWebACL = false
	opts.State.Accounts[1] = retrofit.Account{ID: "444444444444", OrgUnits: []string{}, Regions: []string{policyRegion}}
	opts.State.Unread = nil
	for limit, want := range map[int]error{0: nil, 1: awspatterns.ErrCeiling, 2: nil} {
		w := newFMSWorld(awstest.New(t))
		opts.MaxWebACLs = limit
		_, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plannedRetrofit(t, w, opts))
		if !errors.Is(err, want) || (want == nil) != (len(w.fms.IDs(opts.Policy.Name)) == 1) {
			t.Errorf("at most %d: got %v, want %v", limit, err, want)
		}
	}
}

// TestRetrofitMarkdown: a plan over a large fleet fits a comment, and no name of the
// state ends the block.
func TestRetrofitMarkdown(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	opts := firewall.RetrofitOptions{Policy: articlePolicy(), State: articleState()}
	for i := range 3000 {
		opts.State.Resources = append(opts.State.Resources, retrofit.Resource{
			ARN: loadBalancerARN(appTeam, fmt.Sprint("more", i)), Type: retrofit.LoadBalancer, Name: "~~~~~", Account: appTeam, Region: policyRegion,
			Tags: map[string]string{"Tier": "Production"},
		})
	}
	opts.State.Unread = append(opts.State.Unread, retrofit.Unread{Account: "~~~~~\n~~~~~", What: "\n~~~~~"})
	var b strings.Builder
	if err := plannedRetrofit(t, w, opts).WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if len(text) > 65_536 || strings.Count(text, "\n~~~~~") != 4 || !strings.Contains(text, "more lines\n") {
		t.Errorf("%d bytes:\n%s", len(text), text)
	}
}
