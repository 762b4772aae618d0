package retrofit_test

import (
	"fmt"
	"os"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// Which web ACLs change, and what would have to be done about those that do not?
// The state was read by firewall.ReadState and kept as JSON.
func Example() {
	state := retrofit.State{
		Accounts: []retrofit.Account{{ID: "111122223333", Regions: []string{"eu-central-1"}}},
		WebACLs: []retrofit.WebACL{{
			ARN:  "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/Shop/1",
			Name: "Shop", Account: "111122223333", Region: "eu-central-1", Capacity: 25,
			Associations: []string{
				"arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/shop/1",
				"arn:aws:appsync:eu-central-1:111122223333:apis/abc",
			},
		}},
		RuleGroups: []retrofit.RuleGroup{{ID: "AWS/AWSManagedRulesCommonRuleSet", Capacity: 700}},
	}
	policy := retrofit.Policy{
		Name: "Baseline", Region: "eu-central-1", Remediate: true,
		ResourceTypes: []retrofit.ResourceType{retrofit.LoadBalancer},
		Data: retrofit.ServiceData{
			Type: "WAFV2", WebACLSource: retrofit.SourceRetrofit,
			DefaultAction:              retrofit.DefaultAction{Type: "ALLOW"},
			OptimizeUnassociatedWebACL: true,
			PreProcessRuleGroups: []retrofit.PolicyRuleGroup{{
				RuleGroupType:  "ManagedRuleGroup",
				Managed:        &retrofit.ManagedID{VendorName: "AWS", ManagedRuleGroupName: "AWSManagedRulesCommonRuleSet"},
				OverrideAction: retrofit.DefaultAction{Type: "NONE"},
			}},
		},
	}
	evaluation, err := retrofit.Evaluate(state, policy)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	shop := evaluation.WebACLs[0]
	fmt.Println(shop.Name, shop.Outcome, shop.Compliance)
	for _, r := range shop.OutOfScope {
		fmt.Println(r.Why)
	}
	for _, r := range shop.Remedies {
		fmt.Println(r.Text)
	}
	// Output:
	// Shop delayed noncompliant
	// no policy covers AWS::AppSync::GraphQLApi
	// disassociate abc from web ACL Shop; to delete it without that can delay the remedy by up to 24 hours
}
