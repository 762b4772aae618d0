package integration_test

import (
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/rules"
)

// TestGeoRuleGroupPolicies compares the permissions that the pattern declares with the
// IAM actions that there are.
func TestGeoRuleGroupPolicies(t *testing.T) {
	opts := firewall.GeoRuleGroupOptions{
		Name: "geo", Policy: "edge", Priority: 100,
		Rules: []rules.GeoRule{{Name: "block-jp", Action: rules.Drop, Match: rules.Any, Countries: []string{"JP"}}},
	}
	declared := firewall.GeoRuleGroupPermissions(opts)
	opts.DryRun = true
	tried := firewall.GeoRuleGroupPermissions(opts)
	target := awspatterns.Target{Partition: "aws", Account: motoAccount, Region: "eu-central-1"}
	checkPolicies(t, []policyDocument{
		{"PlanGeoRuleGroup", declared.Plan.Document(target), true},
		{"PlanGeoRuleGroup, with a dry run", tried.Plan.Document(target), false},
		{"ApplyGeoRuleGroup", declared.Apply.Document(target), false},
	})
}
