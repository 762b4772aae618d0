package firewall_test

import (
	"context"
	"fmt"
	"log"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/rules"
)

// A rule group that blocks a country is planned, shown, created and put into a policy.
// The clients are of in-process AWS; yours are firewall.NewClients(cfg).
func ExamplePlanGeoRuleGroup() {
	ctx := context.Background()
	clients := newGeoWorld(awstest.New(nil)).clients()

	plan, err := firewall.PlanGeoRuleGroup(ctx, clients, firewall.GeoRuleGroupOptions{
		Name:     "geo",
		Policy:   "edge",
		Priority: 100,
		Rules: []rules.GeoRule{
			{Name: "block-jp", Action: rules.Drop, Match: rules.Any, Countries: []string{"JP"}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan)
	result, err := firewall.ApplyGeoRuleGroup(ctx, clients, plan)
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range result.Outcomes {
		fmt.Println(o.State, o.Resource.Type)
	}
	// Output:
	// Plan of firewall.GeoRuleGroup: account 123456789012, eu-north-1
	//
	// +   create Network Firewall rule group arn:aws:network-firewall:eu-north-1:123456789012:stateful-rulegroup/geo
	//       capacity used    1 of 11
	//       name             geo
	//       capacity         11
	//       form             text
	//       order            STRICT_ORDER
	//       rule 1332058100  drop ip any any -> any any (msg:"Drop from or to JP, Japan"; flow:to_server; geoip:any,JP; metadata:geo JP, geo_rule block-jp; sid:1332058100; rev:1;)
	//       tag awspatterns  firewall.GeoRuleGroup/geo
	// ~   update Network Firewall policy arn:aws:network-firewall:eu-north-1:123456789012:firewall-policy/edge
	//       rule group arn:aws:network-firewall:eu-north-1:123456789012:stateful-rulegroup/geo  priority 100
	//
	// 1 to create, 1 to update, 0 to replace, 0 to delete.
	//
	// applied Network Firewall rule group
	// applied Network Firewall policy
}
