package firewall_test

import (
	"reflect"
	"testing"
	"testing/synctest"

	wafsdk "github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/standin/wafv2"
)

// testPolicy has a rule group of the administrator, whose ARN is to be set, and two
// managed ones.
func testPolicy() retrofit.Policy {
	managed := func(name, version string, pinned bool) retrofit.PolicyRuleGroup {
		return retrofit.PolicyRuleGroup{RuleGroupType: "ManagedRuleGroup", Managed: &retrofit.ManagedID{
			VendorName: "AWS", ManagedRuleGroupName: name, Version: version, VersionEnabled: pinned,
		}}
	}
	return retrofit.Policy{
		Name: "base", Region: frankfurt, Admin: fmsAdmin, ResourceTypes: []retrofit.ResourceType{retrofit.LoadBalancer},
		Data: retrofit.ServiceData{
			PreProcessRuleGroups: []retrofit.PolicyRuleGroup{
				{RuleGroupType: "RuleGroup", RuleGroupARN: "arn:aws:wafv2:" + frankfurt + ":" + fmsAdmin + ":regional/rulegroup/base/1"},
				managed("AWSManagedRulesCommonRuleSet", "Version_1.0", true),
			},
			PostProcessRuleGroups: []retrofit.PolicyRuleGroup{managed("AWSManagedRulesAmazonIpReputationList", "Version_1.0", false)},
		},
	}
}

func TestReadStateCapacity(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*fleetWorld, *firewall.ReadStateOptions)
		unread string
		want   []int64 // of those that could be read: IP reputation, common, own
	}{
		{"in the administrator's account", func(*fleetWorld, *firewall.ReadStateOptions) {}, "", []int64{25, 700, 50}},
		{
			"twice", func(_ *fleetWorld, o *firewall.ReadStateOptions) { o.Policies = append(o.Policies, o.Policies[0]) }, "", []int64{25, 700, 50},
		},
		{
			"which is read itself", func(_ *fleetWorld, o *firewall.ReadStateOptions) {
				o.Accounts = append(o.Accounts, retrofit.Account{ID: fmsAdmin})
			},
			"", []int64{25, 700, 50},
		},
		{
			"administrator unknown", func(_ *fleetWorld, o *firewall.ReadStateOptions) { o.Policies[0].Admin = "" }, "", []int64{25, 700, 50},
		},
		{
			"administrator unknown, nobody in the Region", func(_ *fleetWorld, o *firewall.ReadStateOptions) {
				o.Policies[0].Admin, o.Policies[0].Region = "", "eu-west-1"
			},
			": rule group AWS/AWSManagedRulesAmazonIpReputationList\n: rule group AWS/AWSManagedRulesCommonRuleSet@Version_1.0", []int64{50},
		},
		{
			"administrator denied", func(w *fleetWorld, _ *firewall.ReadStateOptions) {
				w.Inject(awstest.Fault{Account: fmsAdmin, Err: awstest.Denied()})
			},
			": rule group AWS/AWSManagedRulesAmazonIpReputationList\n" +
				": rule group AWS/AWSManagedRulesCommonRuleSet@Version_1.0\n" +
				": rule group OWN", nil,
		},
		{
			"own rule group deleted", func(w *fleetWorld, o *firewall.ReadStateOptions) {
				w.waf.Delete(o.Policies[0].Data.PreProcessRuleGroups[0].RuleGroupARN)
			}, ": rule group OWN", []int64{25, 700},
		},
		{
			"version expired", func(w *fleetWorld, _ *firewall.ReadStateOptions) {
				w.waf.AddManagedRuleGroup(wafv2.ManagedRuleGroup{Vendor: "AWS", Name: "AWSManagedRulesCommonRuleSet", Capacity: 1, Expired: []string{"Version_1.0"}})
			}, ": rule group AWS/AWSManagedRulesCommonRuleSet@Version_1.0", []int64{25, 50},
		},
		{
			"for distributions", func(_ *fleetWorld, o *firewall.ReadStateOptions) {
				o.Policies[0].Region, o.Policies[0].ResourceTypes = virginia, []retrofit.ResourceType{retrofit.Distribution}
			}, "", []int64{25, 700, 50},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newFleetWorld(awstest.New(t))
				own := w.waf.CreateRuleGroup(fmsAdmin, frankfurt, "base", "", 50)
				opts := fleetOptions(member)
				opts.Policies = []retrofit.Policy{testPolicy()}
				opts.Policies[0].Data.PreProcessRuleGroups[0].RuleGroupARN = own
				test.change(w, &opts)
				state := mustReadState(t.Context(), t, w, opts)
				scope := types.ScopeRegional
				if opts.Policies[0].Region == virginia {
					scope = types.ScopeCloudfront
				}
				for _, call := range w.Calls() {
					if in, ok := call.Input.(*wafsdk.DescribeManagedRuleGroupInput); ok && in.Scope != scope {
						t.Errorf("got the scope %s, want %s", in.Scope, scope)
					}
				}
				var got []int64
				for _, g := range state.RuleGroups {
					got = append(got, g.Capacity)
				}
				for i, u := range state.Unread {
					if u.What == "rule group "+own {
						state.Unread[i].What = "rule group OWN"
					}
				}
				if !reflect.DeepEqual(got, test.want) || unreadOf(state) != test.unread {
					t.Errorf("got %v, want %v\nunread:\n%s\nwant:\n%s", got, test.want, unreadOf(state), test.unread)
				}
			})
		})
	}
}
