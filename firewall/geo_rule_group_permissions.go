package firewall

import (
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// GeoRuleGroupPermissions returns what [PlanGeoRuleGroup] and [ApplyGeoRuleGroup] need.
// A dry run needs the same as what it tries. Who changes a policy must be allowed to
// list rule groups and TLS inspection configurations, and to use all that the policy
// refers to, which is why those are not narrowed. A rule group that is adopted and
// encrypted by a KMS key of the account's also needs what the key asks for. Options that
// PlanGeoRuleGroup refuses need nothing.
func GeoRuleGroupPermissions(opts GeoRuleGroupOptions) awspatterns.Permissions {
	opts = opts.complete()
	if opts.validate() != nil {
		return awspatterns.Permissions{}
	}
	groups := []string{networkFirewallARN("stateful-rulegroup/" + opts.Name), networkFirewallARN("stateful-rulegroup/" + opts.Name + "-*")}
	allow := func(actions ...string) (p awspatterns.Policy) {
		for _, action := range actions {
			p = append(p, awspatterns.Permission{Action: "network-firewall:" + action, Resources: groups, Source: networkFirewallActions})
		}
		return p
	}
	read := append(awspatterns.Policy{identity.Permission}, allow("DescribeRuleGroup")...)
	change := allow("CreateRuleGroup", "UpdateRuleGroup", "TagResource")
	list := awspatterns.Permission{Action: "network-firewall:ListRuleGroups", Resources: []string{"*"}, Source: networkFirewallActions}
	plan := append(slices.Clone(read), list)
	applied := append(slices.Clone(read), append(change, allow("DeleteRuleGroup")...)...)
	if opts.DryRun {
		plan = append(plan, change...)
	}
	if opts.Policy != "" {
		describe, update := policyPermissions(opts.Policy)
		plan, applied = append(plan, describe), append(append(applied, describe), update...)
	}
	return awspatterns.Permissions{Plan: plan, Apply: applied}
}

const networkFirewallActions = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsnetworkfirewall.html"

func networkFirewallARN(resource string) string {
	return "arn:${Partition}:network-firewall:${Region}:${Account}:" + resource
}

// policyPermissions are those of reading and of changing a firewall policy.
func policyPermissions(nameOrARN string) (describe awspatterns.Permission, update []awspatterns.Permission) {
	arn := nameOrARN
	if !strings.HasPrefix(arn, "arn:") {
		arn = networkFirewallARN("firewall-policy/" + arn)
	}
	const changes = "network-firewall:UpdateFirewallPolicy"
	implied := func(action, resource string) awspatterns.Permission {
		return awspatterns.Permission{Action: "network-firewall:" + action, Resources: []string{resource}, ImpliedBy: changes, Source: networkFirewallActions}
	}
	tls := networkFirewallARN("tls-configuration/*")
	referred := "arn:${Partition}:network-firewall:${Region}:*:"
	return awspatterns.Permission{Action: "network-firewall:DescribeFirewallPolicy", Resources: []string{arn}, Source: networkFirewallActions},
		[]awspatterns.Permission{
			{Action: changes, Source: networkFirewallActions, Resources: []string{
				arn, referred + "stateful-rulegroup/*", referred + "stateless-rulegroup/*", tls,
			}},
			implied("ListRuleGroups", "*"), implied("ListTLSInspectionConfigurations", tls),
		}
}
